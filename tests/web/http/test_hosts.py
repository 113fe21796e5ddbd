"""The names that the site answers to, over the wire."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Iterator
from ipaddress import ip_network

import pytest

from store import Store
from tests.factories import web
from web.http.hosts import KnownHosts, host_name
from web.server import WebService


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebService]:
    with Store.open(tmp_path_factory.mktemp("hosts") / "store.db") as store:
        web.fill(store)
        own = {"base_url": "https://Papers.example:8443", "hosts": ("lan-host", "bücher.example", "192.0.2.7")}
        with web.running(store, **own, trusted_proxies=(ip_network("127.0.0.1"),)) as service:
            yield service


def get(archive: WebService, host: str, path: str = "/topics", **headers: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection(archive.host, archive.port, timeout=30)
    connection.request("GET", path, headers={"Host": host, **headers})
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    return answer.status, body


@pytest.mark.parametrize(
    "host",
    [
        "papers.example",
        "papers.example:8443",
        "PAPERS.EXAMPLE.",
        "lan-host:8000",
        "xn--bcher-kva.example",
        "192.0.2.7",
        "localhost",
        "localhost:1",
        "127.0.0.1",
        "127.8.8.8:80",
        "[::1]:8080",
        "[0:0:0:0:0:0:0:1]",
    ],
)
def test_it_answers_to_its_own_names(archive: WebService, host: str) -> None:
    assert get(archive, host)[0] == 200


FOREIGN = [
    "evil.example",
    "papers.example.evil.example",
    "evil.papers.example",
    "localhost.evil.example",
    "198.51.100.7",
    "[2001:db8::1]",
    "papers.example@evil.example",
    "papers.example/",
    "papers.example:port",
    "[papers.example]",
    "127.1",
    "a" * 300,
    "",
]


@pytest.mark.parametrize("host", FOREIGN)
def test_it_answers_to_no_other(archive: WebService, host: str) -> None:
    for path in ("/topics", "/feed.xml", "/style.css", "/api/v1/editions", "/metrics", "/editions/latest"):
        status, body = get(archive, host, path)
        assert status == 421, path
        assert not host or host not in body
    assert get(archive, host, "/topics", **{"X-Forwarded-Host": "papers.example"})[0] == 421


@pytest.mark.parametrize("host", FOREIGN)
def test_what_a_proxy_says_of_the_name_has_to_be_known_too(archive: WebService, host: str) -> None:
    expected = 421 if host else 200
    assert get(archive, "127.0.0.1", "/topics", **{"X-Forwarded-Host": host})[0] == expected
    if host and "/" not in host:
        assert get(archive, "127.0.0.1", "/topics", Forwarded=f'for=192.0.2.1;host="{host}"')[0] == 421


def test_probes_ask_by_any_address_or_none_and_never_by_a_name(archive: WebService) -> None:
    for path in ("/healthz", "/readyz"):
        assert get(archive, "198.51.100.7:8080", path)[0] == 200
        assert get(archive, "[2001:db8::1]", path)[0] == 200
        assert get(archive, "evil.example", path)[0] == 421
    with socket.create_connection((archive.host, archive.port), timeout=30) as wire:
        wire.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
        assert b" 200 " in wire.recv(65536)


def test_the_refusal_says_what_to_do(archive: WebService) -> None:
    assert "web.hosts" in get(archive, "evil.example", "/")[1]
    assert "web.hosts" in get(archive, "evil.example", "/api/v1/topics")[1]


def test_the_address_that_was_connected_to_is_its_own() -> None:
    known = KnownHosts("", ())
    assert known.answers(["192.0.2.50:8080"], "/", "192.0.2.50")
    assert not known.answers(["192.0.2.51:8080"], "/", "192.0.2.50")
    assert not known.answers([], "/", "192.0.2.50")


@pytest.mark.parametrize("host", ["a b", "a\tb", "a..b", "[::1", "::1", "x:1:2", ".", "ü" * 70, "[1.2.3.4.5]"])
def test_what_is_no_host_has_no_name(host: str) -> None:
    assert host_name(host) == ""
