"""Preparing a digest as a user does it: the program over stand-ins of arXiv and of both batch APIs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.doubles.arxiv_server import ArxivServer, Entry
from tests.doubles.llm_server import LlmServer
from tests.paperroute.cli.test_main import fails
from tests.paperroute.cli.test_models import Program, Run, anthropic, openai

CONFIG = """
[arxiv]
api_url = "{arxiv}"
delay_seconds = 0

[models]
batch = true
{models}

[[topics]]
slug = "pebbles"
question = "Counting pebbles"
cadence = "daily"
at = "{at}"
"""


@pytest.fixture
def server() -> Iterator[LlmServer]:
    with LlmServer() as started:
        yield started


@pytest.fixture
def arxiv() -> Iterator[ArxivServer]:
    yesterday = f"{datetime.now(UTC) - timedelta(days=1):%Y-%m-%dT12:00:00Z}"
    entries = [
        Entry(
            f"2611.{number:05}", f"Counting Pebbles, Part {number}", f"We count them by {number}.", published=yesterday
        )
        for number in range(1, 9)
    ]
    with ArxivServer(entries) as started:
        yield started


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    called = Program(tmp_path, monkeypatch, capsys)
    return lambda *args, **environment: called(*args, PAPERROUTE_SOURCE__KIND="arxiv", **environment)


def configured(folder: Path, arxiv: ArxivServer, models: str = "", hours: float = 3.0) -> None:
    at = f"{datetime.now(UTC) + timedelta(hours=hours):%H:%M}"
    (folder / "config.toml").write_text(CONFIG.format(arxiv=arxiv.url, models=models, at=at))


@pytest.mark.parametrize("api", ["openai", "anthropic"])
def test_a_digest_is_prepared_step_by_step(
    api: str, program: Run, tmp_path: Path, server: LlmServer, arxiv: ArxivServer
) -> None:
    keys = openai(server) if api == "openai" else anthropic(server)
    configured(tmp_path, arxiv)
    first = program("digest", "pebbles", "--ahead", **keys)
    assert first.returncode == 0, first.stderr
    assert first.stdout.startswith("pebbles, slot ")
    assert "running; 8 summaries handed in as " in first.stdout
    asked = len(arxiv.requests)
    second = program("digest", "pebbles", "--ahead", **keys)
    assert "done; 8 of 8 summaries came in a batch" in second.stdout
    assert len(arxiv.requests) == asked
    usage = json.loads(program("usage", "--by", "topic", "--format", "json", **keys).stdout)
    (row,) = [row for row in usage["rows"] if row["key"] == "pebbles"]
    assert row["calls"] >= 8
    assert row["usd"] > 0


def test_a_slot_far_away_waits_until_it_is_named(
    program: Run, tmp_path: Path, server: LlmServer, arxiv: ArxivServer
) -> None:
    configured(tmp_path, arxiv, hours=12)
    early = program("digest", "pebbles", "--ahead", **openai(server))
    assert early.returncode == 0
    assert early.stdout == ""
    assert "batches begin 6 hours before a slot" in early.stderr
    assert server.log == []
    tomorrow = f"{datetime.now(UTC) + timedelta(hours=30):%Y-%m-%dT%H:%M}+00:00"
    assert "running" in program("digest", "pebbles", "--ahead", "--slot", tomorrow, **openai(server)).stdout
    near = f"{datetime.now(UTC) + timedelta(minutes=20):%Y-%m-%dT%H:%M}+00:00"
    fails(program("digest", "pebbles", "--ahead", "--slot", near, **openai(server)), 2, "less than 1 h away")


def test_without_batches_the_reason_is_said(
    program: Run, tmp_path: Path, server: LlmServer, arxiv: ArxivServer
) -> None:
    configured(tmp_path, arxiv)
    fails(program("digest", "pebbles", "--ahead"), 2, "The built-in summaries need no batch")
    off = program("digest", "pebbles", "--ahead", PAPERROUTE_MODELS__BATCH="false", **openai(server))
    fails(off, 2, "models.batch is false")
    fails(program("digest", "nothing", "--ahead", **openai(server)), 1, "There is no topic")
    configured(tmp_path, arxiv, "batch_hours = 1\nbatch_least_hours = 2")
    fails(program("digest", "pebbles", "--ahead"), 2, "models.batch_least_hours is above models.batch_hours")


def test_a_refused_key_is_one_line(program: Run, tmp_path: Path, server: LlmServer, arxiv: ArxivServer) -> None:
    configured(tmp_path, arxiv)
    server.fail("401")
    fails(program("digest", "pebbles", "--ahead", **openai(server)), 1, "refused the key")
