"""A store where nothing can be written: it is opened for reading, and what must write says why it cannot."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import ROOT
from tests.paperroute.cli.test_main import QUESTION, fails, run

# As a user who may not write: root may, whatever the permissions say.
PROGRAM = """
import decimal, os, sys  # decimal and what follows: that user may not see into the folder where Python is
from importlib import import_module
from paperroute.cli import main as cli
from store.store import _PLACES
for name in cli.VERBS:
    cli.load_verb(name)
for place in _PLACES.values():
    import_module("store." + place)
for name in (
    "importlib.readers", "typer._adapters", "rich.progress", "paperroute.compose.app", "digest.sources.sample",
    "snowballstemmer", "store.sqlite.sqlite_opening",
):
    import_module(name)
if os.geteuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
cli.main()
"""


def open_to_all(path: Path) -> bool:
    return all(folder.stat().st_mode & 0o001 for folder in (path, *path.parents) if folder.is_dir())


pytestmark = pytest.mark.skipif(
    os.geteuid() == 0 and not (open_to_all(Path(sys.prefix)) and open_to_all(Path(__file__))),
    reason="root may write everywhere, and no other user may look into this folder",
)


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A folder with a store of one survey, both read-only, in which everybody may look."""
    path = Path(tempfile.mkdtemp(prefix="paperroute-readonly-"))
    made = run(path, "survey", QUESTION)
    assert made.returncode == 0, made.stderr
    (path / "p.db").chmod(0o444)
    path.chmod(0o555)
    yield path
    path.chmod(0o755)
    shutil.rmtree(path)


def read(folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PAPERROUTE_")}
    environment |= {"PAPERROUTE_STORE__PATH": str(folder / "p.db"), "PAPERROUTE_SOURCE__KIND": "sample"}
    environment |= {"PYTHONPATH": str(ROOT), "HOME": str(folder)}
    command = [sys.executable, "-c", PROGRAM, *args]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["history"], "LoRA for image generation"),
        (["history", "--search", "LoRA"], "LoRA for image generation"),
        (["show", "latest", "--format", "markdown"], "# LoRA for image generation"),
        (["usage"], ""),
        (["topics", "list"], ""),
    ],
)
def test_the_archive_can_be_read(folder: Path, args: list[str], words: str) -> None:
    shown = read(folder, *args)
    assert shown.returncode == 0, shown.stderr
    assert words in shown.stdout
    assert [file.name for file in folder.iterdir()] == ["p.db"]


def test_a_new_survey_says_why_there_can_be_none(folder: Path) -> None:
    fails(read(folder, "survey", "Speech recognition"), 1, f"{folder / 'p.db'} cannot be written")


def test_a_topic_cannot_be_added(folder: Path) -> None:
    fails(read(folder, "topics", "add", "speech", "--question", "Speech"), 1, "cannot be written")
