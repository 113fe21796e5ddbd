"""A digest that several processes begin at the same time is made once, and paid for once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.doubles.arxiv_server import ArxivServer, papers
from tests.doubles.llm_server import LlmServer

NEW = 30


def test_a_day_with_30_new_papers_costs_30_summaries_from_three_processes_at_once(tmp_path: Path) -> None:
    day = papers(NEW, published="2026-10-01T12:00:00Z")
    with ArxivServer(day) as arxiv, LlmServer() as llm:
        environment = os.environ | {
            "PAPERROUTE_STORE__PATH": str(tmp_path / "p.db"),
            "PAPERROUTE_ARXIV__API_URL": arxiv.url,
            "PAPERROUTE_ARXIV__DELAY_SECONDS": "0",
            "OPENAI_API_KEY": "sk-test-0123456789",
            "OPENAI_BASE_URL": llm.openai_url,
        }

        def begin(*args: str) -> subprocess.Popen[str]:
            command = [sys.executable, "-m", "paperroute", "--quiet", *args]
            pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
            return subprocess.Popen(command, env=environment, cwd=tmp_path, **pipes)

        added = begin("topics", "add", "pebbles", "--question", "Counting pebbles", "--cadence", "daily")
        assert added.communicate(timeout=120)[1] == ""
        digest = ("digest", "pebbles", "--slot", "2026-10-02", "--format", "json")
        answers = [process.communicate(timeout=300) for process in [begin(*digest) for _ in range(3)]]
    editions = [json.loads(out) for out, _ in answers]
    assert editions[0] == editions[1] == editions[2]
    assert len(editions[0]["papers"]) == NEW
    asked = [call["role"] for call in llm.log if call["body"]]
    assert asked.count("summary") == NEW
    assert asked.count("opening") == 1
