"""A disk without one free byte: what is there can be read, what must write says why not, and nothing is lost."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests import ROOT
from tests.paperroute.cli.test_main import QUESTION, run

# A disk of its own for one process and what it starts: in namespaces of its own, so that nothing is left behind.
NAMESPACE = ["unshare", "--user", "--map-root-user", "--mount"]
SCRIPT = """
set -e
mount -t tmpfs -o size=3m tmpfs "$1"
cp "$2" "$1/p.db"
cat /dev/zero > "$1/fill" 2>/dev/null || true
shift 2
exec "$@"
"""


def _has_namespaces() -> bool:
    if not shutil.which("unshare"):
        return False
    made = subprocess.run([*NAMESPACE, "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True, check=False)
    return made.returncode == 0


pytestmark = pytest.mark.skipif(not _has_namespaces(), reason="no disk can be mounted here")


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of one survey."""
    folder = tmp_path_factory.mktemp("kept")
    made = run(folder, "survey", QUESTION)
    assert made.returncode == 0, made.stderr
    return folder / "p.db"


def run_full(folder: Path, kept: Path, *command: str) -> subprocess.CompletedProcess[str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("PAPERROUTE_")}
    own |= {
        "PAPERROUTE_STORE__PATH": str(folder / "p.db"),
        "PAPERROUTE_SOURCE__KIND": "sample",
        "PYTHONPATH": str(ROOT),
    }
    whole = [*NAMESPACE, "sh", "-c", SCRIPT, "sh", str(folder), str(kept), *command]
    return subprocess.run(whole, env=own, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["history"], "LoRA for image generation"),
        (["search", "LoRA"], "LoRA"),
        (["show", "latest", "--format", "markdown"], "# LoRA for image generation"),
    ],
)
def test_what_is_there_can_be_read(tmp_path: Path, kept: Path, args: list[str], words: str) -> None:
    shown = run_full(tmp_path, kept, sys.executable, "-m", "paperroute", *args)
    assert shown.returncode == 0, shown.stderr
    assert words in shown.stdout


@pytest.mark.parametrize(
    "args", [["survey", "Speech recognition"], ["topics", "add", "speech", "--question", "Speech"], ["serve"]]
)
def test_what_must_write_says_that_the_disk_is_full(tmp_path: Path, kept: Path, args: list[str]) -> None:
    failed = run_full(tmp_path, kept, sys.executable, "-m", "paperroute", *args)
    assert failed.returncode == 1
    last = failed.stderr.strip().splitlines()[-1]
    assert f"The disk of the store {tmp_path / 'p.db'} is full; nothing was changed." in last
    assert "Free some space" in last
    assert "Traceback" not in failed.stderr


FILL_WHILE_OPEN = """
import os, sys
from pathlib import Path
from store import Store
from store.errors import DiskFull
from tests.factories.store import paper
folder = Path(sys.argv[1])
(folder / "fill").unlink()
with Store.open(folder / "p.db") as store:
    held = store.papers.count()
    kept = 0
    try:
        for batch in range(1000):
            store.papers.add([paper(f"{batch}.{n}", abstract="word " * 200) for n in range(50)])
            kept += 50
    except DiskFull as error:
        print(error.message)
    assert 0 < kept < 50_000
    assert store.papers.count() == held + kept, "all of a batch or nothing"
    assert store.check() == ()
with Store.open(folder / "p.db") as store:
    assert store.papers.count() == held + kept
"""


def test_a_disk_that_becomes_full_loses_nothing_that_was_written(tmp_path: Path, kept: Path) -> None:
    done = run_full(tmp_path, kept, sys.executable, "-c", FILL_WHILE_OPEN, str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert "is full; nothing was changed" in done.stdout
