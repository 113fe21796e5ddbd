"""What the wheel will hold, held against what is there. That it runs is seen by .ci/run, which installs it clean."""

import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from importlib.metadata import version
from pathlib import Path

import pytest

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


def test_every_locked_name_has_a_hash() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        blocks = (ROOT / name).read_text().split("\n")
        pins = [number for number, line in enumerate(blocks) if "==" in line and not line.startswith(" ")]
        assert len(pins) > 20
        assert all("--hash=sha256:" in blocks[number + 1] for number in pins)


def test_the_command_line_loads_nothing_that_only_one_verb_needs() -> None:
    """Each of these costs every call of the program a part of a second."""
    heavy = "slack_sdk slack_bolt fastapi uvicorn apscheduler mcp openai anthropic tokenizers dkim dns"
    script = f"import sys, paperroute.cli.main; print(*(name for name in {heavy.split()!r} if name in sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == ""
