"""Killed at one of a survey's calls and asked again: no call that had its answer is made twice, the plan's included."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.doubles.llm_server import Fault, LlmServer
from tests.paperroute.cli.test_main import QUESTION, run

# One call at a time, so that every call before the deadly one had its answer.
SETTINGS = {"PAPERROUTE_MODELS__WIDTH": "1", "PAPERROUTE_SURVEY__MAX_PAPERS": "14"}


def keys(server: LlmServer) -> dict[str, str]:
    return {"OPENAI_API_KEY": "sk-test-0123456789abcdef", "OPENAI_BASE_URL": server.openai_url} | SETTINGS


def answered(folder: Path) -> Counter[str]:
    with closing(sqlite3.connect(folder / "p.db")) as raw:
        return Counter(role for (role,) in raw.execute("SELECT role FROM usage WHERE outcome = 'ok'"))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Counter[str]:
    """What a survey takes that nobody kills."""
    folder = tmp_path_factory.mktemp("whole")
    with LlmServer() as server:
        made = run(folder, "survey", QUESTION, **keys(server))
    assert made.returncode == 0, made.stderr
    return answered(folder)


class Deadly(LlmServer):
    """It kills its caller when the call of that kind and number arrives."""

    process: subprocess.Popen[bytes]
    at: tuple[str, int]
    counts: Counter[str]

    def take(self, asked: dict[str, Any]) -> Fault:
        self.counts[asked["role"]] += 1
        if (asked["role"], self.counts[asked["role"]]) == self.at:
            os.kill(self.process.pid, signal.SIGKILL)
        return super().take(asked)


@pytest.mark.parametrize(
    ("what", "number"),
    [
        ("embedding", 1),
        ("summary", 5),
        ("outline", 1),
        ("section", 1),
        ("section", 2),
        ("verification", 1),
        ("verification", 2),
        ("opening", 1),
    ],
)
def test_no_answered_call_is_made_twice(what: str, number: int, whole: Counter[str], tmp_path: Path) -> None:
    with Deadly() as server:
        server.at, server.counts = (what, number), Counter()
        environment = os.environ | {"PAPERROUTE_STORE__PATH": str(tmp_path / "p.db")} | keys(server)
        environment |= {"PAPERROUTE_SOURCE__KIND": "sample"}
        command = [sys.executable, "-m", "paperroute", "survey", QUESTION]
        server.process = subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=-3, stderr=-3)
        assert server.process.wait(120) == -signal.SIGKILL
        before = answered(tmp_path)
        again = run(tmp_path, "survey", QUESTION, **keys(server))
    assert again.returncode == 0, again.stderr
    assert answered(tmp_path) == whole
    assert before.total() < whole.total()
