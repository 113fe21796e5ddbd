"""What the image and the service are made of, held against what the build needs and what the settings say."""

from __future__ import annotations

import configparser
import re
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest
import yaml

from paperroute.config.load import load
from tests import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
ROOMS = [name for name in PROJECT["tool"]["setuptools"]["packages"]["find"]["include"] if "*" not in name]
LOCK = "requirements-postgresql.lock"
NEEDED = [*ROOMS, *PROJECT["project"]["license-files"], "README.md", "pyproject.toml", LOCK, "setup.py"]
DEPLOY = ROOT / "docs" / "deploy"
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())


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


def test_compose_sets_what_there_is_and_trusts_its_proxy_alone(tmp_path: Path) -> None:
    head = (DEPLOY / "compose.yaml").read_text().split("services:")[0]
    section = re.findall(r"^#   (?!echo)(.+)$", head, re.MULTILINE)
    (tmp_path / "config.toml").write_text("\n".join(section))
    environment = {name: str(value) for name, value in COMPOSE["services"]["paperroute"]["environment"].items()}
    environment["PAPERROUTE_WEB__BASE_URL"] = "https://papers.example.org"
    config = load(tmp_path / "config.toml", environment)
    assert list(config.web.trusted_proxies) == [COMPOSE["services"]["caddy"]["networks"]["inside"]["ipv4_address"]]
    assert config.serve.log == "json"


def test_every_secret_of_compose_is_a_file_that_the_service_is_told_of() -> None:
    service = COMPOSE["services"]["paperroute"]
    named = {value for name, value in service["environment"].items() if name.endswith("_FILE")}
    assert (
        named
        == {f"/run/secrets/{name}" for name in COMPOSE["secrets"]}
        == {f"/run/secrets/{n}" for n in service["secrets"]}
    )


def test_both_services_wait_longer_than_a_drain() -> None:
    unit = configparser.RawConfigParser(strict=False)
    unit.optionxform = str  # type: ignore[method-assign,assignment]
    unit.read(DEPLOY / "paperroute.service")
    drain = load(None, {}).serve.drain_seconds
    assert float(unit["Service"]["TimeoutStopSec"]) > drain
    assert float(COMPOSE["services"]["paperroute"]["stop_grace_period"].removesuffix("s")) > drain


def test_the_classifiers_name_every_python_from_the_lowest_on() -> None:
    versions = re.findall(r"Python :: 3\.(\d+)", "\n".join(PROJECT["project"]["classifiers"]))
    lowest = int(PROJECT["project"]["requires-python"].removeprefix(">=3."))
    assert [int(version) for version in versions] == list(range(lowest, lowest + len(versions)))
    assert len(versions) > 1
