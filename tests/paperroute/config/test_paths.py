"""A process without HOME, of an unknown user: what needs no home works, the rest says what to set."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import ROOT

# A user that no passwd knows, to the program; files may be read by whoever runs the test.
PROGRAM = """
import os, pwd
def nobody(uid): raise KeyError(uid)
pwd.getpwuid = nobody
from paperroute.__main__ import main
main()
"""


def run_homeless(folder: Path, *args: str, **environment: str) -> subprocess.CompletedProcess[str]:
    own = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)} | environment
    command = [sys.executable, "-c", PROGRAM, *args]
    return subprocess.run(command, cwd=folder, env=own, capture_output=True, text=True, check=False)


def test_the_program_says_its_version_without_a_home(tmp_path: Path) -> None:
    assert run_homeless(tmp_path, "--version").stdout.startswith("paperroute ")


def test_a_named_store_needs_no_home(tmp_path: Path) -> None:
    shown = run_homeless(tmp_path, "history", PAPERROUTE_STORE__PATH=str(tmp_path / "p.db"))
    assert shown.returncode == 0, shown.stderr
    assert (tmp_path / "p.db").is_file()


def test_xdg_is_a_home_for_data(tmp_path: Path) -> None:
    shown = run_homeless(tmp_path, "history", XDG_DATA_HOME=str(tmp_path))
    assert shown.returncode == 0, shown.stderr
    assert (tmp_path / "paperroute" / "paperroute.db").is_file()


@pytest.mark.parametrize(
    ("args", "environment", "named"),
    [
        (["history"], {}, "store.path (or PAPERROUTE_STORE__PATH)"),
        (["history"], {"PAPERROUTE_STORE__PATH": "~/p.db"}, "store.path (or PAPERROUTE_STORE__PATH) = ~/p.db"),
        (["history"], {"PAPERROUTE_STORE__PATH": "p.db", "PAPERROUTE_MAIL__FOLDER": "~/mail"}, "mail.folder = ~/mail"),
        (["survey", "x"], {"PAPERROUTE_STORE__PATH": "p.db", "OPENAI_API_KEY_FILE": "~/key"}, "OPENAI_API_KEY_FILE"),
    ],
)
def test_what_needs_a_home_is_one_line_that_says_what_to_set(
    tmp_path: Path, args: list[str], environment: dict[str, str], named: str
) -> None:
    failed = run_homeless(tmp_path, *args, **environment)
    assert failed.returncode == 2
    assert named in failed.stderr
    assert "no home folder" in failed.stderr
    assert "Traceback" not in failed.stderr
    assert len(failed.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "~").exists()


def test_a_home_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file, and so no folder, to root as well")
    failed = run_homeless(tmp_path, "history", HOME=str(tmp_path / "home"))
    assert failed.returncode == 1
    assert "PAPERROUTE_STORE__PATH" in failed.stderr
    assert len(failed.stderr.strip().splitlines()) == 1
