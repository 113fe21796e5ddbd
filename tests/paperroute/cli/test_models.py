"""Language models as a user has them: the program over a server that speaks both APIs.

What ends a process, or shows on its streams, is tested with a process; the rest calls `main` in this one: it is faster.
"""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from paperroute.cli import main
from tests.doubles.llm_server import LlmServer
from tests.paperroute.cli.test_main import QUESTION, fails, run

Run = Callable[..., subprocess.CompletedProcess[str]]
KEY = "sk-test-0123456789abcdef"
MINI, LARGE, VECTORS = "openai:gpt-5.4-mini", "openai:gpt-6.2-sol", "openai:text-embedding-3-large"


@pytest.fixture
def server() -> Iterator[LlmServer]:
    with LlmServer() as started:
        yield started


class Program:
    """The program called within this process, in a folder whose store is p.db."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self._monkeypatch, self._capsys = folder, monkeypatch, capsys

    def __call__(self, *args: str, **environment: str) -> subprocess.CompletedProcess[str]:
        own = {"PAPERROUTE_STORE__PATH": str(self.folder / "p.db"), "PAPERROUTE_SOURCE__KIND": "sample"} | environment
        with self._monkeypatch.context() as patch:
            patch.chdir(self.folder)
            patch.setattr(sys, "argv", ["paperroute", *args])
            for name, value in own.items():
                patch.setenv(name, value)
            with pytest.raises(SystemExit) as ended:
                main.main()
        shown = self._capsys.readouterr()
        return subprocess.CompletedProcess(args, int(ended.value.code or 0), shown.out, shown.err)


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    return Program(tmp_path, monkeypatch, capsys)


def openai(server: LlmServer) -> dict[str, str]:
    return {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": server.openai_url}


def anthropic(server: LlmServer) -> dict[str, str]:
    return {"ANTHROPIC_API_KEY": KEY, "ANTHROPIC_BASE_URL": server.anthropic_url}


def rows(folder: Path, what: str = "role, model, calls, retries, outcome") -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(folder / "p.db")) as raw:
        return raw.execute(f"SELECT {what} FROM usage ORDER BY row").fetchall()


def asked(server: LlmServer) -> Counter[tuple[str, str]]:
    """What the server was asked: role and model of every call, as the rows have them."""
    of = {"outline": "synthesis", "opening": "synthesis", "section": "synthesis", "single": "synthesis"}
    return Counter((of.get(call["role"], call["role"]), call["model"]) for call in server.log if call["body"])


def test_a_survey_by_the_key_at_hand_and_every_call_a_row(tmp_path: Path, server: LlmServer) -> None:
    server.fail("429:0.05", "500", match="You summarise")
    made = run(tmp_path, "survey", QUESTION, "--format", "json", **openai(server))
    assert made.returncode == 0, made.stderr
    assert made.stderr.startswith(
        f"models: queries {MINI} · summary {MINI} · synthesis {LARGE} · embedding {VECTORS}"
        f" · questions {MINI} · relevance {MINI} · verification {MINI}\n"
    )
    edition = json.loads(made.stdout)
    assert [line for line in edition["health"] if not line["ok"]] == []
    assert edition["counts"]["cited"] >= 0.9 * edition["counts"]["kept"]  # what its judge finds unsupported is left out
    written = rows(tmp_path)
    answered = Counter((role, f"{model}") for role, model, *_ in written)
    failed = Counter(call["fault"] for call in server.log)
    assert failed["429"] == failed["500"] == 1
    assert sum(retries for *_, retries, _ in written) == 2
    assert sum(answered.values()) + 2 == sum(asked(server).values())
    assert {(role, model.partition(":")[2]) for role, model in answered} == set(asked(server))
    assert Counter(outcome for *_, outcome in written) == {"ok": len(written)}
    by_edition = Counter(
        {(usage["role"], usage["model"]): usage["calls"] for usage in edition["usage"] if usage["usd"] != 0.0}
    )
    assert by_edition == answered
    assert set(rows(tmp_path, "kind, topic, edition_id")) == {("survey", "", edition["edition"])}
    assert KEY not in made.stdout + made.stderr


def test_a_second_question_over_the_same_papers_pays_for_no_paper_again(program: Run, server: LlmServer) -> None:
    assert program("survey", QUESTION, **openai(server)).returncode == 0
    server.log.clear()
    assert program("survey", "Image generation with LoRA", **openai(server)).returncode == 0
    second = asked(server)
    assert second[("summary", "gpt-5.4-mini")] == 0
    assert [len(call["body"]["input"]) for call in server.log if call["role"] == "embedding"] == [1], (
        "the question alone"
    )


def test_both_keys_write_by_anthropic_and_place_by_openai(program: Run, server: LlmServer) -> None:
    made = program("survey", QUESTION, **openai(server), **anthropic(server))
    assert made.returncode == 0, made.stderr
    assert {model for _, model in asked(server)} == {"claude-haiku-5-5", "claude-sonnet-5-5", "text-embedding-3-large"}


def test_a_server_of_ones_own_gets_its_own_key_and_no_other(tmp_path: Path, program: Run, server: LlmServer) -> None:
    (tmp_path / "config.toml").write_text(
        f'[providers.mine]\nbase_url = "{server.openai_url}"\n[prices]\n"mine:m" = [0, 0]\n'
        '[models]\nqueries = "mine:m"\nsummary = "mine:m"\nsynthesis = "mine:m"\nsynthesis_mode = "single"\n'
        'embedding = "builtin"\n'
    )
    (tmp_path / "key").write_text("sk-of-mine\n")
    keys = {"PAPERROUTE_PROVIDER_MINE_API_KEY_FILE": str(tmp_path / "key"), "OPENAI_API_KEY": KEY}
    made = program("survey", QUESTION, "--format", "json", **keys)
    assert made.returncode == 0, made.stderr
    assert {call["headers"]["authorization"] for call in server.log} == {"Bearer sk-of-mine"}
    assert Counter(call["role"] for call in server.log)["single"] == 1
    assert {usd for (usd,) in rows(tmp_path, "usd")} == {0.0}


def test_a_digests_calls_are_those_of_its_topic(tmp_path: Path, program: Run, server: LlmServer) -> None:
    program("topics", "add", "speech", "--question", "Speech recognition", "--cadence", "daily")
    made = program("digest", "speech", "--slot", "2024-12-30", "--since", "2024-10-14", **anthropic(server))
    assert made.returncode == 0, made.stderr
    assert set(rows(tmp_path, "kind, topic, edition_id")) == {("digest", "speech", "speech-2024-12-30-0800")}
    shown = json.loads(program("usage", "--by", "topic", "--format", "json").stdout)
    assert [row["key"] for row in shown["rows"]] == ["speech"]
    assert shown["total"]["calls"] == sum(asked(server).values())


@pytest.mark.parametrize("vendor", ["openai", "anthropic"])
def test_a_refused_key_is_one_clear_line_and_nothing_stands_in(tmp_path: Path, server: LlmServer, vendor: str) -> None:
    server.fail(*["401"] * 200)
    made = run(tmp_path, "--quiet", "survey", QUESTION, **{"openai": openai, "anthropic": anthropic}[vendor](server))
    fails(made, 1, f"{vendor.upper()}_API_KEY", "refused the key")
    assert len(made.stderr.strip().splitlines()) == 1
    assert KEY not in made.stderr
    assert {outcome for *_, outcome in rows(tmp_path)} == {"refused_key"}
    assert run(tmp_path, "history").returncode == 0


def test_a_missing_key_stops_a_survey_and_not_the_archive(program: Run) -> None:
    named = {"PAPERROUTE_MODELS__SUMMARY": "openai:gpt-5.4-mini"}
    fails(program("survey", QUESTION, **named), 2, "OPENAI_API_KEY is not set")
    assert program("history", **named).returncode == 0
    assert program("usage", **named).returncode == 0


def test_the_budget_stops_calls_before_they_are_made(tmp_path: Path, program: Run, server: LlmServer) -> None:
    spent = {"PAPERROUTE_MODELS__BUDGET_PER_DAY": "0.00001"}
    made = program("survey", QUESTION, **openai(server), **spent)
    assert made.returncode == 0, "there is a survey all the same, by the built-in vectors"
    assert "The order rests on the built-in vectors, because: openai:text-embedding-3-large was not called" in (
        " ".join(made.stdout.split())
    )
    assert server.log == []
    made = program("survey", QUESTION, **anthropic(server), **spent, PAPERROUTE_MODELS__SYNTHESIS="builtin")
    assert made.returncode == 0, "with built-in vectors and text there is a survey all the same"
    shown = " ".join(made.stdout.split())
    read = "was read by rules, without the language model, because: anthropic:claude-haiku-5-5 was"
    assert read in shown
    assert "judged without the language model, because: anthropic:claude-haiku-5-5 was not called" in shown
    assert "26 papers show their abstract, because: anthropic:claude-haiku-5-5 was not called" in shown
    assert server.log == []
    assert rows(tmp_path) == []


def test_what_is_in_the_store_needs_no_budget(program: Run, server: LlmServer) -> None:
    first = program("survey", QUESTION, "--format", "markdown", **openai(server))
    server.log.clear()
    budget = {"PAPERROUTE_MODELS__BUDGET_PER_DAY": "0.00001"}
    again = program("survey", QUESTION, "--format", "markdown", **openai(server), **budget)
    assert (again.returncode, again.stdout, server.log) == (0, first.stdout, [])
    anew = program("survey", QUESTION, "--refresh", "--format", "json", **openai(server), **budget)
    assert anew.returncode == 0, anew.stderr
    assert json.loads(anew.stdout)["counts"]["summarised"] == 0
    assert server.log == []


def test_a_killed_survey_leaves_its_rows_and_repeats_no_call(tmp_path: Path, server: LlmServer) -> None:
    server.fail(*["hang"] * 20, match="You write one section")
    process = start(tmp_path, "survey", QUESTION, **openai(server))
    wait_for(lambda: any(call["role"] == "section" for call in server.log))
    process.send_signal(signal.SIGKILL)
    process.communicate()
    done = Counter(role for role, *_ in rows(tmp_path))
    assert (done["questions"], done["embedding"], done["summary"]) == (1, 1, 27)
    server.faults.clear()
    server.log.clear()
    made = run(tmp_path, "survey", QUESTION, **openai(server))
    assert made.returncode == 0, made.stderr
    assert {call["role"] for call in server.log} <= {"section", "opening", "verification"}
    rest = Counter(synthesis=9, verification=9)
    assert Counter(role for role, *_ in rows(tmp_path)) - rest == done - rest


# A test run in the background ignores Ctrl-C, and its children would inherit that.
_INTERRUPTIBLE = (
    "import runpy, signal; signal.signal(signal.SIGINT, signal.default_int_handler);"
    "runpy.run_module('paperroute', run_name='__main__', alter_sys=True)"
)


def start(folder: Path, *args: str, **environment: str) -> subprocess.Popen[str]:
    own = {"PAPERROUTE_STORE__PATH": str(folder / "p.db"), "PAPERROUTE_SOURCE__KIND": "sample"} | environment
    command = [sys.executable, "-c", _INTERRUPTIBLE, *args]
    return subprocess.Popen(
        command, cwd=folder, env=os.environ | own, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def wait_for(there: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 180
    while not there():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_an_interrupted_survey_stops_its_workers(tmp_path: Path, server: LlmServer) -> None:
    server.fail(*["drip"] * 20, match="You write one section")
    process = start(tmp_path, "survey", QUESTION, PAPERROUTE_MODELS__CALL_SECONDS="5", **openai(server))
    wait_for(lambda: any(call["role"] == "section" for call in server.log))
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=180)
    assert (process.returncode, said.splitlines()[-1].startswith("Stopped.")) == (130, True)


def test_usage_says_so_where_there_is_none(program: Run) -> None:
    shown = program("usage", PAPERROUTE_MODELS__BUDGET_PER_DAY="2")
    assert shown.returncode == 0
    assert "No language model was called since" in shown.stderr
    assert "$0.00 of today's $2.00 spent" in shown.stderr
    assert program("usage", "--days", "0").returncode == 2
    assert program("usage", "--by", "colour").returncode == 2


@pytest.mark.parametrize("by", ["day", "topic", "role", "model"])
def test_usage_is_summed_by_what_is_asked_for(tmp_path: Path, program: Run, server: LlmServer, by: str) -> None:
    (tmp_path / "config.toml").write_text(f'[providers.mine]\nbase_url = "{server.openai_url}"\n')
    names = {"PAPERROUTE_MODELS__QUERIES": "mine:m", "PAPERROUTE_MODELS__SUMMARY": "builtin"}
    assert program("survey", QUESTION, **names, **openai(server)).returncode == 0
    shown = json.loads(program("usage", "--by", by, "--format", "json").stdout)
    assert shown["by"] == by
    assert shown["total"]["unpriced"] == 1, "the queries, by a model that the table does not have"
    assert sum(row["calls"] for row in shown["rows"]) == sum(asked(server).values())
    text = program("usage", "--by", by).stdout
    assert "1 of unknown price" in text
    for row in shown["rows"]:
        assert row["key"] in text


def test_doctor_asks_for_every_model(program: Run, server: LlmServer) -> None:
    server.models = {"gpt-5.4-mini", "text-embedding-3-large", "gpt-4o-mini"}
    found = program("doctor", **openai(server))
    assert found.returncode == 1
    assert (
        f"{MINI} (queries, summary, questions, relevance, verification): its provider at {server.openai_url} has it"
        in found.stdout
    )
    assert f"{LARGE} (synthesis): its provider at {server.openai_url} has no such model" in found.stdout
    assert "Set models.synthesis to another." in found.stdout
    assert f"{VECTORS}, 256 dimensions" in found.stdout
    assert "effort" not in found.stdout
    effort = {"PAPERROUTE_MODELS__EFFORT": "synthesis=medium"}
    assert re.search(r"effort\W+synthesis medium", program("doctor", **openai(server), **effort).stdout)
    old = {"PAPERROUTE_MODELS__SYNTHESIS": "openai:gpt-4o-mini", "PAPERROUTE_MODELS__BUDGET_PER_DAY": "2"}
    found = program("doctor", **openai(server), **old)
    assert found.returncode == 0
    assert "gpt-4o-mini ends on 2027-01-14" in found.stdout or "gpt-4o-mini ended on 2027-01-14" in found.stdout
    assert "of today's $2.00 spent" in found.stdout


@pytest.mark.parametrize(
    ("fault", "said", "step"),
    [
        ("401", "refused the key", "Check OPENAI_API_KEY (or OPENAI_API_KEY_FILE) in the environment."),
        ("html", "this is no model server", "Check the base URL"),
    ],
)
def test_doctor_names_what_is_wrong_with_a_provider(
    program: Run, server: LlmServer, fault: str, said: str, step: str
) -> None:
    server.fail(*[fault] * 50, match="/models")
    server.fail(*[fault] * 50)
    found = program("doctor", **openai(server))
    assert found.returncode == 1
    assert said in found.stdout
    assert step in found.stdout
    assert KEY not in found.stdout + found.stderr


def test_doctor_asks_nothing_offline(program: Run, server: LlmServer) -> None:
    found = program("doctor", "--offline", **openai(server), **anthropic(server))
    assert found.returncode == 0, found.stdout
    assert "claude-sonnet-5-5 (synthesis): not asked (--offline)" in found.stdout
    assert server.log == []


def test_doctor_says_which_key_is_missing_once(program: Run) -> None:
    found = program("doctor", "--offline", PAPERROUTE_MODELS__SUMMARY="anthropic:claude-haiku-5-5")
    online = program("doctor", PAPERROUTE_MODELS__SUMMARY="anthropic:claude-haiku-5-5")
    assert (found.returncode, online.returncode) == (1, 1)
    assert online.stdout.count("ANTHROPIC_API_KEY is not set") == 1
    assert found.stdout.count("ANTHROPIC_API_KEY is not set") == 1
