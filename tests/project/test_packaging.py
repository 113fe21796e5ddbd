"""What the wheel will hold, held against what is there. That it runs is seen by .ci/run, which installs it clean."""

import os
import re
import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from importlib.metadata import version
from pathlib import Path

import pytest

from store import Store
from tests import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
SETUPTOOLS = PROJECT["tool"]["setuptools"]
INCLUDE = SETUPTOOLS["packages"]["find"]["include"]
ROOMS = {pattern for pattern in INCLUDE if "*" not in pattern}


def goes_along(folder: Path) -> bool:
    return any(fnmatch(".".join(folder.relative_to(ROOT).parts), pattern) for pattern in INCLUDE)


def test_every_chapter_goes_along_and_nothing_else() -> None:
    folders = {path for path in ROOT.iterdir() if path.is_dir() and path.name.isidentifier()}
    assert {path.name for path in folders if goes_along(path)} == ROOMS
    assert all(goes_along(path.parent) for room in ROOMS for path in (ROOT / room).rglob("__init__.py"))


def test_every_chapter_is_a_package() -> None:
    """A folder of modules without `__init__.py` would be found here, and by no type checker."""
    folders = {path.parent for room in ROOMS for path in (ROOT / room).rglob("*.py")}
    assert [folder for folder in folders if not (folder / "__init__.py").exists()] == []


@pytest.mark.parametrize("room", sorted(ROOMS))
def test_every_file_that_is_no_module_goes_along(room: str) -> None:
    for path in (ROOT / room).rglob("*"):
        if path.is_dir() or path.suffix == ".py" or "__pycache__" in path.parts:
            continue
        if path.suffix in (".po", ".mo"):  # the one is compiled into the other when the wheel is built
            assert "locale/*/*.mo" in SETUPTOOLS["package-data"]["templates"]
            continue
        package = ".".join(path.parent.relative_to(ROOT).parts)
        patterns = SETUPTOOLS["package-data"].get(package, [])
        assert any(fnmatch(path.name, pattern) for pattern in patterns), path.relative_to(ROOT)


def test_the_installed_program_is_of_this_version() -> None:
    assert version("paperroute") == PROJECT["project"]["version"]


def test_the_licence_and_the_notice_are_there() -> None:
    for name in PROJECT["project"]["license-files"]:
        assert (ROOT / name).stat().st_size > 500


def read_lock(name: str) -> set[str]:
    """A block a package: its pin, and its hashes."""
    return set(re.split(r"\n(?=\S)", (ROOT / name).read_text().strip()))


def test_the_extra_adds_its_packages_to_those_of_the_program_and_changes_none() -> None:
    plain, whole = read_lock("requirements.lock"), read_lock("requirements-postgresql.lock")
    assert plain < whole
    assert {block.partition("==")[0] for block in whole - plain} == {"psycopg", "psycopg-binary", "psycopg-pool"}
    assert whole - plain < read_lock("requirements-dev.lock")


def test_every_locked_name_has_a_hash() -> None:
    for name in ("requirements.lock", "requirements-postgresql.lock", "requirements-dev.lock"):
        blocks = (ROOT / name).read_text().split("\n")
        pins = [number for number, line in enumerate(blocks) if "==" in line and not line.startswith(" ")]
        assert len(pins) > 20
        assert all("--hash=sha256:" in blocks[number + 1] for number in pins)


HEAVY = set(
    """
    slack_sdk slack_bolt fastapi uvicorn apscheduler mcp openai anthropic tokenizers dkim dns numpy babel sqlite_utils
    arxiv requests httpx2 email_validator jinja2 markdown_it PIL snowballstemmer py3langid lxml python_tsp cryptography
    css_inline digest.pipeline digest.question digest.llm.requests digest.mail web bot
    """.split()
)


@pytest.mark.parametrize(
    ("arguments", "also"),
    [("--help", {"pydantic", "store.store"}), ("--version", {"pydantic"}), ("history", set())],
)
def test_a_call_loads_nothing_that_it_has_no_need_of(arguments: str, also: set[str], tmp_path: Path) -> None:
    """Each of these costs a call of the program a part of a second: `python -m bench.start`."""
    (tmp_path / "config.toml").write_text('[[topics]]\nslug = "speech"\ntitle = "Speech"\nquestion = "Speech"\n')
    Store.open(tmp_path / "p.db").close()
    script = (
        "import atexit, sys; sys.argv[0] = 'paperroute'; from paperroute.__main__ import main\n"
        "atexit.register(lambda: print('loaded', *sys.modules)); main()"
    )
    environment = os.environ | {"PAPERROUTE_STORE__PATH": str(tmp_path / "p.db"), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", script, arguments],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert not set(done.stdout.split("loaded", 1)[1].split()) & (HEAVY | also)
