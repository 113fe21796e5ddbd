"""The section [web]: addresses, hosts and proxies that are wrong are told, each with what to write."""

from pathlib import Path

import pytest

from digest.errors import ConfigError
from paperroute.config.load import load


def problem(folder: Path, line: str) -> str:
    path = folder / "config.toml"
    path.write_text(f"[web]\n{line}\n")
    with pytest.raises(ConfigError) as caught:
        load(path, {})
    return str(caught.value)


@pytest.mark.parametrize(
    "address",
    [
        "papers.example",
        "ftp://papers.example",
        "https:///archive",
        "https://user:password@papers.example",
        "https://papers.example:99999",
        "https://papers.example//archive",
        "https://papers.example/a/../b",
        "https://papers.example/%2e%2e/b",
        "https://papers.example\\\\archive",
        "https://papers.example/?q=1",
    ],
)
def test_a_base_address_is_one_that_a_browser_reads_as_it_stands(tmp_path: Path, address: str) -> None:
    assert "write an address such as https://papers.example" in problem(tmp_path, f'base_url = "{address}"')


def test_hosts_and_proxies_are_names_and_networks(tmp_path: Path) -> None:
    told = problem(tmp_path, 'hosts = ["https://x.example", "*", "ok.example"]\ntrusted_proxies = ["10.0.0.1/8"]')
    assert "web.hosts: 'https://x.example' is no name of a host; write papers.example.org" in told
    assert "ok.example'" not in told
    assert "web.trusted_proxies: '10.0.0.1/8'" in told
    assert "base_path" in problem(tmp_path, 'base_path = "sometimes"')


def test_what_is_right_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(
        '[web]\nbase_url = "https://bücher.example:8443/a/b/"\n'
        'hosts = ["lan", "[::1]:80", "192.0.2.1"]\nbase_path = "kept"\n'
    )
    section = load(path, {"PAPERROUTE_WEB__BASE_PATH": "stripped"}).web
    assert (section.base_path, section.hosts) == ("stripped", ("lan", "[::1]:80", "192.0.2.1"))
