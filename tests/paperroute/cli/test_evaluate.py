"""The verb evaluate as its users call it: what it leaves, what it spends, that it goes on, what its judge may do."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from digest.evaluation.article import Q1
from tests.doubles import survey_writers
from tests.doubles.llm_server import LlmServer
from tests.doubles.survey_writers import Answer

LOCAL = """
[source]
kind = "sample"
[models]
synthesis = "local:writer"
[providers.local]
base_url = "{url}"
[survey]
section_smallest = 3
section_largest = 8
{more}
"""
FREE = '[prices]\n"local:writer" = [0, 0]\n"local:judge" = [0, 0]\n"local:other" = [0, 0]'
ONE = ("--question", "LoRA for image generation", "--runs", "1", "--detail", "30s", "--synthesis", "sections")


def start(folder: Path, *args: str) -> subprocess.Popen[str]:
    own = {key: value for key, value in os.environ.items() if not re.match("PAPERROUTE_|OPENAI_|ANTHROPIC_", key)}
    own |= {"PAPERROUTE_STORE__PATH": str(folder / "archive.db"), "PAPERROUTE_SOURCE__KIND": "sample"}
    config = ["--config", "c.toml"] if (folder / "c.toml").exists() else []
    command = [sys.executable, "-m", "paperroute", *config, "evaluate", "-o", "ev", *args]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=folder, env=own, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, text=True)


def evaluate(folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    with start(folder, *args) as process:
        out, err = process.communicate()
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def use(folder: Path, server: LlmServer, more: str = FREE) -> None:
    (folder / "c.toml").write_text(LOCAL.format(url=server.openai_url, more=more))


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def rows(text: str, *cells: str) -> list[list[str]]:
    """The rows of markdown tables that begin with these cells."""
    table = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:1] == "|"]
    return [line for line in table if line[: len(cells)] == list(cells)]


def answer(asked: dict[str, Any]) -> Answer:
    judged = asked["model"] == "judge" and asked["schema"]
    return survey_writers.judges(asked) if judged else survey_writers.loses_papers(asked)


def test_the_verb_counts_writes_goes_on_and_leaves_the_archive_alone(tmp_path: Path) -> None:
    args = ("--question", Q1.english, "--order", "tsp", "--runs", "1")
    first = evaluate(tmp_path, *args)
    assert first.returncode == 0, first.stderr
    assert first.stdout == (tmp_path / "ev" / "results.md").read_text()
    before = (tmp_path / "ev" / "results.jsonl").read_text()

    second = evaluate(tmp_path, *args, "--order", "none")
    assert "2 surveys, 1 of them made before" in second.stderr
    assert second.stderr.count("synthesise: ") == 1
    after = (tmp_path / "ev" / "results.jsonl").read_text()
    assert after.startswith(before)
    assert len(after.splitlines()) == 2
    assert not (tmp_path / "archive.db").exists()

    held = json.loads((tmp_path / "ev" / "results.json").read_text())["outcomes"]
    assert [entry["cell"]["order"] for entry in held] == ["tsp", "none"]
    assert [entry["summarised"] for entry in held] == [held[0]["kept"], 0]
    assert len({entry["material"] for entry in held}) == 1
    for entry in held:
        ((*_, cited, single),) = [row for row in rows(second.stdout, entry["cell"]["order"]) if len(row) == 4]
        assert (cited, single) == (str(entry["cited"]), "not varied")
        counted, paid = rows(second.stdout, "30s", "sections", "as it fits", entry["cell"]["order"])
        assert counted[4:9] == [
            str(entry["cited"]),
            f"{100 * entry['draft_coverage']:.0f}%",
            f"{100 * entry['coverage']:.0f}%",
            str(entry["unknown_markers"]),
            f"{entry['support']:.2f}",
        ]
        assert paid[4] == str(entry["summarised"])
    page = (tmp_path / "ev" / "results.html").read_text()
    assert "<h1>The article&#39;s experiment, re-run</h1>" in page
    assert not re.search(r"<script|<link|\ssrc=|url\(", page)


def test_a_bad_question_or_folder_is_one_clear_line(tmp_path: Path) -> None:
    assert evaluate(tmp_path, "--question", " ? ").returncode == 2
    assert not (tmp_path / "ev").exists()
    (tmp_path / "ev").write_text("a file")
    refused = evaluate(tmp_path, "--runs", "1")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr.startswith("paperroute: ev cannot be made")


def test_ways_to_choose_papers_stand_beside_each_other(tmp_path: Path) -> None:
    args = ("--question", Q1.english, "--order", "tsp", "--runs", "1")
    made = evaluate(tmp_path, *args, "--selection", "ranked", "--selection", "all-words")
    assert made.returncode == 0, made.stderr
    held = json.loads((tmp_path / "ev" / "results.json").read_text())["outcomes"]
    assert [entry["cell"]["selection"] for entry in held] == ["ranked", "all-words"]
    for entry in held:
        (row,) = [row for row in rows(made.stdout, entry["cell"]["selection"]) if row[1] == str(entry["kept"])]
        assert row[2] == str(entry["cited"])
        assert f"papers kept ({entry['cell']['selection']}); searched for" in made.stdout
    assert made.stdout.count(f"### {Q1.english}") == 1


def test_nothing_is_spent_that_nobody_agreed_to(tmp_path: Path) -> None:
    with LlmServer(answer=answer) as server:
        use(tmp_path, server, more="")
        refused = evaluate(tmp_path, *ONE)
        assert (refused.returncode, refused.stdout) == (2, "")
        assert "tokens are still to be paid for: an unknown price" in refused.stderr
        assert "Give --yes to spend it." in refused.stderr
        use(tmp_path, server, more='[prices]\n"local:writer" = [2, 10]')
        assert re.search(r"still to be paid for: \$\d+\.\d+ at most", evaluate(tmp_path, *ONE).stderr)
        assert not [call for call in server.log if call["role"]]
        assert evaluate(tmp_path, *ONE, "--order", "tsp", "--yes").returncode == 0
        assert [call for call in server.log if call["role"] == "section"]
        again = evaluate(tmp_path, *ONE, "--order", "tsp")
        assert (again.returncode, "1 surveys, 1 of them made before" in again.stderr) == (0, True)


def test_a_judge_says_what_it_is_worth_and_then_of_claims_and_pairs(tmp_path: Path) -> None:
    with LlmServer(answer=answer) as server:
        use(tmp_path, server)
        made = evaluate(tmp_path, *ONE, "--order", "tsp", "--order", "none", "--judge", "local:judge")
        assert made.returncode == 0, made.stderr
    calibration, first, second, pair = lines(tmp_path / "ev" / "judged.jsonl")
    assert calibration["right"] == calibration["asked"]
    assert [one["cell"]["order"] for one in (first, second)] == ["tsp", "none"]
    assert 0 < first["quality"]["supported"] <= first["quality"]["claims"]
    assert pair["score"] in (-1, 0, 1)  # the same text wins in both positions
    assert "### Judged by local:judge" in made.stdout
    assert rows(made.stdout, "none", "preferred, blind", "1")
    shown = [call["prompt"] for call in server.log if call["model"] == "judge"]
    assert not [prompt for prompt in shown if re.search(r"tsp|travelling|similarity|local:writer", prompt)]


@pytest.mark.parametrize(
    ("judge", "said"),
    [("local:writer", "local:writer writes, so it cannot judge."), ("mine", "mine is no judge: write provider:model")],
)
def test_a_judge_that_cannot_be_one_is_refused_before_anything_is_asked(tmp_path: Path, judge: str, said: str) -> None:
    with LlmServer(answer=answer) as server:
        use(tmp_path, server)
        refused = evaluate(tmp_path, *ONE, "--judge", judge)
        assert (refused.returncode, refused.stdout) == (2, "")
        assert said in refused.stderr
        assert not [call for call in server.log if call["role"]]


def test_a_judge_no_better_than_a_coin_judges_nothing(tmp_path: Path) -> None:
    def nods(asked: dict[str, Any]) -> Answer:
        told = answer(asked)
        if isinstance(told, dict) and "verdicts" in told:
            told["verdicts"] = [verdict | {"supported": True} for verdict in told["verdicts"]]
        return told

    with LlmServer(answer=nods) as server:
        use(tmp_path, server)
        refused = evaluate(tmp_path, *ONE, "--order", "tsp", "--judge", "local:judge")
    assert refused.returncode == 1
    assert "balanced accuracy of 0.50; a judge needs 0.70" in refused.stderr
    assert not lines(tmp_path / "ev" / "judged.jsonl")


def test_writers_and_citing_are_compared(tmp_path: Path) -> None:
    with LlmServer(answer=answer) as server:
        use(tmp_path, server)
        arms = ("--writer", "local:writer", "--writer", "builtin", "--citing", "as-it-fits", "--citing", "every")
        made = evaluate(tmp_path, *ONE, "--order", "tsp", *arms)
        assert made.returncode == 0, made.stderr
    held = [(one["models"]["synthesis"], one["cell"]["cite_every"]) for one in lines(tmp_path / "ev" / "results.jsonl")]
    assert held == [("local:writer", False), ("local:writer", True), ("builtin:assembled", False)]
    assert "#### By citing, against as it fits" in made.stdout
    assert "## What the writer changes" in made.stdout


def stop_where(folder: Path, server: LlmServer, finished: Path, count: int, *args: str) -> list[str]:
    """Run the verb, kill it in the middle of a call once so many lines are finished; the prompts asked until then."""
    reached, released, before, plain = threading.Event(), threading.Event(), list[str](), server.answer

    def blocks(asked: dict[str, Any]) -> Answer:
        if len(lines(finished)) >= count:
            reached.set()
            released.wait()
        else:
            before.append(asked["prompt"])
        return plain(asked)

    server.answer = blocks
    with start(folder, *args) as process:
        assert reached.wait(120)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    released.set()
    server.answer = plain
    return before


def test_a_killed_experiment_repeats_no_call_of_what_was_finished(tmp_path: Path) -> None:
    orders = (*ONE, "--order", "tsp", "--order", "none", "--judge", "local:judge")
    with LlmServer(answer=answer) as server:
        use(tmp_path, server)
        surveys, judged = tmp_path / "ev" / "results.jsonl", tmp_path / "ev" / "judged.jsonl"
        first = stop_where(tmp_path, server, surveys, 1, *orders)
        second = stop_where(tmp_path, server, judged, 2, *orders)
        kept = surveys.read_text()
        while server.busy:
            time.sleep(0.01)
        done = Counter(first) + Counter(second)
        last = evaluate(tmp_path, *orders)
        assert last.returncode == 0, last.stderr
        asked = Counter(call["prompt"] for call in server.log if call["role"] or call["model"] == "judge")
    assert surveys.read_text() == kept
    assert len(lines(surveys)) == 2
    assert [type_of(one) for one in lines(judged)] == ["calibration", "survey", "calibration", "survey", "pair"]
    blocked = {prompt: count for prompt, count in asked.items() if count > done[prompt]}
    assert max(asked[prompt] for prompt in first if prompt in asked) == 1
    assert not set(first) & set(blocked)


def type_of(judged: dict[str, Any]) -> str:
    return "calibration" if "asked" in judged else "pair" if "score" in judged else "survey"
