"""What the image and the service are made of, held against what the build needs and what the settings say."""

from __future__ import annotations

import configparser
import re
import tomllib
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml

from paperroute.config.load import load
from tests import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
ROOMS = [name for name in PROJECT["tool"]["setuptools"]["packages"]["find"]["include"] if "*" not in name]
LOCK = "requirements-postgresql.lock"
NEEDED = [*ROOMS, *PROJECT["project"]["license-files"], "README.md", "pyproject.toml", LOCK, "setup.py"]
DEPLOY = ROOT / "docs" / "deploy"
# Each compose file, with its services that are Paper Route.
COMPOSED = {"compose.yaml": ["paperroute"], "two-nodes/compose.yaml": ["one", "two"]}
SERVICES = [(file, service) for file, services in COMPOSED.items() for service in services]


def composed(file: str) -> Any:
    return yaml.safe_load((DEPLOY / file).read_text())


@pytest.mark.parametrize("name", NEEDED)
def test_what_the_build_needs_goes_into_the_image(name: str) -> None:
    copies = re.findall(r"^COPY (?!--)(.+) \S+$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert name in " ".join(copies).split()
    assert f"!{name}" in (ROOT / ".dockerignore").read_text().split()


@pytest.mark.parametrize(
    "name", [".git", ".venv", "paperroute.db", "paperroute.db.key", "config.toml", "demo", "secrets"]
)
def test_what_is_private_or_large_does_not(name: str) -> None:
    rules = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    last = [rule for rule in rules if fnmatch(name, rule.removeprefix("!"))][-1]
    assert not last.startswith("!")


@pytest.mark.parametrize(("file", "service"), SERVICES)
def test_compose_sets_what_there_is_and_trusts_its_proxy_alone(file: str, service: str, tmp_path: Path) -> None:
    head = (DEPLOY / file).read_text().split("services:")[0]
    section = re.findall(r"^#   (\[.+\]|\w+ = .+)$", head, re.MULTILINE)
    (tmp_path / "config.toml").write_text("\n".join(section))
    (tmp_path / "secret").write_text("postgresql://paperroute:word@database/paperroute")
    services = composed(file)["services"]
    environment = {name: str(value) for name, value in services[service]["environment"].items()}
    environment = {name: str(tmp_path / "secret") if "_FILE" in name else said for name, said in environment.items()}
    environment["PAPERROUTE_WEB__BASE_URL"] = "https://papers.example.org"
    config = load(tmp_path / "config.toml", environment)
    assert list(config.web.trusted_proxies) == [services["caddy"]["networks"]["inside"]["ipv4_address"]]
    assert config.serve.log == "json"
    assert bool(config.store.url) == (file != "compose.yaml")


@pytest.mark.parametrize(("file", "service"), SERVICES)
def test_every_secret_of_compose_is_a_file_that_the_service_is_told_of(file: str, service: str) -> None:
    made = composed(file)["services"][service]
    named = {value for name, value in made["environment"].items() if name.endswith("_FILE")}
    assert named == {f"/run/secrets/{name}" for name in made["secrets"]}
    assert set(made["secrets"]) <= set(composed(file)["secrets"])


def test_two_nodes_have_names_and_folders_of_their_own_behind_one_proxy() -> None:
    services = composed("two-nodes/compose.yaml")["services"]
    names, volumes = zip(
        *((services[name]["hostname"], services[name]["volumes"][0]) for name in ("one", "two")), strict=True
    )
    assert len(set(names)) == len(set(volumes)) == 2
    caddy = (DEPLOY / "two-nodes" / "Caddyfile").read_text()
    assert [name for name in names if f"{name}:8080" in caddy] == list(names)


def test_both_services_wait_longer_than_a_drain() -> None:
    unit = configparser.RawConfigParser(strict=False)
    unit.optionxform = str  # type: ignore[method-assign,assignment]
    unit.read(DEPLOY / "paperroute.service")
    drain = load(None, {}).serve.drain_seconds
    assert float(unit["Service"]["TimeoutStopSec"]) > drain
    for file, service in SERVICES:
        assert float(composed(file)["services"][service]["stop_grace_period"].removesuffix("s")) > drain


def test_the_classifiers_name_every_python_from_the_lowest_on() -> None:
    versions = re.findall(r"Python :: 3\.(\d+)", "\n".join(PROJECT["project"]["classifiers"]))
    lowest = int(PROJECT["project"]["requires-python"].removeprefix(">=3."))
    assert [int(version) for version in versions] == list(range(lowest, lowest + len(versions)))
    assert len(versions) > 1
