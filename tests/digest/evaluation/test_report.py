"""The article's experiment, re-run: what is counted, what is shown, and that nothing is made twice."""

import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from digest.errors import Cancelled, ModelError, NotFound
from digest.evaluation.experiment import (
    ARTICLE,
    Q1,
    QUESTIONS,
    Cell,
    ModelSet,
    Outcome,
    outcome,
    plan,
    spread,
    total,
)
from digest.evaluation.report import make_surveys, results_json, results_markdown
from digest.generative.queries import ChatQueries
from digest.generative.summaries import ChatSummaries
from digest.generative.synthesis import ChatSynthesis, SingleCallSynthesis
from digest.pipeline import pipeline
from digest.pipeline.services import Services, SurveyRequest, SurveySettings
from digest.run_context import RunContext
from paperroute.cli.evaluate import ResultsFolder
from store.records.editions import Edition, Usage
from tests.digest.pipeline.test_language_models import obedient
from tests.doubles.scripted_chat import ScriptedChat

BUILT_IN = ModelSet("builtin:keywords", "builtin:wordllama-256", "builtin:extractive", "builtin:assembled")
CHAT = ModelSet("scripted:model", "builtin:wordllama-256", "scripted:model", "scripted:model")
CELL = Cell(Q1.english, 1, "30s", "sections", "tsp")


@pytest.fixture
def edition(services: Services) -> Edition:
    return pipeline.survey(SurveyRequest(Q1.english), services, SurveySettings(), RunContext())


def evaluate(folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    own = {key: value for key, value in os.environ.items() if not re.match("PAPERROUTE_|OPENAI_|ANTHROPIC_", key)}
    own |= {"PAPERROUTE_STORE__PATH": str(folder / "archive.db"), "PAPERROUTE_SOURCE__KIND": "sample"}
    command = [sys.executable, "-m", "paperroute", "evaluate", "-o", "ev", *args]
    return subprocess.run(command, cwd=folder, env=own, capture_output=True, text=True, check=False)


def rows(text: str, *cells: str) -> list[list[str]]:
    """The rows of markdown tables that begin with these cells."""
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:1] == "|"]
    return [line for line in lines if line[: len(cells)] == list(cells)]


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
    for entry in held:
        ((*_, cited, single),) = [row for row in rows(second.stdout, entry["cell"]["order"]) if len(row) == 4]
        assert (cited, single) == (str(entry["cited"]), "not varied")
        counted, paid = rows(second.stdout, "30s", "sections", entry["cell"]["order"])
        assert counted[3:9] == [
            str(entry["cited"]),
            f"{100 * entry['coverage']:.0f}%",
            str(entry["unknown_markers"]),
            f"{entry['support']:.2f}",
            str(entry["weak"]),
            f"{entry['step']:.2f}",
        ]
        assert paid[3] == str(entry["summarised"])


def test_a_bad_question_or_folder_is_one_clear_line(tmp_path: Path) -> None:
    assert evaluate(tmp_path, "--question", " ? ").returncode == 2
    assert not (tmp_path / "ev").exists()
    (tmp_path / "ev").write_text("a file")
    refused = evaluate(tmp_path, "--runs", "1")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr.startswith("paperroute: ev cannot be made")


def test_the_plan_holds_every_cell_once_and_none_that_cannot_be_varied() -> None:
    assert len(set(plan(QUESTIONS, CHAT, runs=3))) == 4 * 3 * 2 * 2 * 3
    built_in = plan(QUESTIONS, BUILT_IN, runs=1, details=["15s"])
    assert len(built_in) == 4 * 3
    assert {(cell.detail, cell.synthesis) for cell in built_in} == {("30s", "sections")}
    half = plan(QUESTIONS, replace(BUILT_IN, summary="scripted:model"), runs=1)
    assert {(cell.detail, cell.synthesis) for cell in half} == {("30s", "sections"), ("15s", "sections")}


def test_ways_to_choose_papers_stand_beside_each_other(tmp_path: Path) -> None:
    args = ("--question", Q1.english, "--order", "tsp", "--runs", "1")
    made = evaluate(tmp_path, *args, "--selection", "ranked", "--selection", "all-words")
    assert made.returncode == 0, made.stderr
    held = json.loads((tmp_path / "ev" / "results.json").read_text())["outcomes"]
    assert [entry["cell"]["selection"] for entry in held] == ["ranked", "all-words"]
    for entry in held:
        (row,) = rows(made.stdout, entry["cell"]["selection"])
        assert row[1:3] == [str(entry["kept"]), str(entry["cited"])]
        assert f"papers kept ({entry['cell']['selection']}); searched for" in made.stdout
    assert made.stdout.count(f"### {Q1.english}") == 1


def test_one_way_to_choose_papers_is_compared_with_none(edition: Edition) -> None:
    result = outcome(CELL, BUILT_IN, edition)
    assert "By selection" not in results_markdown([result])
    other = replace(result, cell=replace(CELL, selection="ranked"), kept=7)
    shown = results_markdown([result, other])
    assert [row[:2] for row in rows(shown, "ranked")] == [["ranked", "7"]]
    assert {cell.selection for cell in plan(["q"], BUILT_IN, runs=1)} == {"ranked"}


def test_what_cannot_be_varied_is_said_and_not_faked(edition: Edition) -> None:
    shown = results_markdown([outcome(CELL, BUILT_IN, edition)])
    assert rows(shown, "15s")[0][1:] == ["23.0 (15–28)", "not varied", "not varied"]
    assert rows(shown, "none")[0][1:] == ["27.0 (24–29)", "not run", "not varied"]
    assert "detail is not varied" in shown
    assert "every run gives the same" in shown


def test_a_language_model_varies_all_and_its_cells_share_what_the_store_has(services: Services) -> None:
    chat = ScriptedChat(obedient)

    def make(cell: Cell) -> Edition:
        roles = replace(
            services,
            queries=ChatQueries(chat),
            summary=ChatSummaries(chat, detail=cell.detail),
            synthesis=ChatSynthesis(chat),
            single_call=SingleCallSynthesis(chat) if cell.synthesis == "single" else None,
        )
        return pipeline.survey(SurveyRequest(cell.question, order=cell.order), roles, SurveySettings(), RunContext())

    made: list[Outcome] = []
    cells = plan([Q1.english], CHAT, runs=1, orders=["tsp", "none"])
    assert make_surveys(cells, make, lambda cell, edition: made.append(outcome(cell, CHAT, edition))) == []
    kept = made[0].kept
    assert [outcome.summarised for outcome in made] == [kept, 0, 0, 0, kept, 0, 0, 0]
    assert sum(usage.calls for outcome in made for usage in outcome.usage if usage.model == CHAT.summary) == len(
        chat.calls
    )
    shown = results_markdown(made)
    assert "not varied" not in shown
    assert [row[3] for row in rows(shown, "30s", "single")][:2] == [str(outcome.cited) for outcome in made[2:4]]
    everything = rows(shown, "all", "", "")[0]
    assert everything[3] == str(2 * kept)
    assert everything[6] == f"{sum(outcome.tokens('summary') for outcome in made):,}"
    assert rows(shown, "here, scripted:model, single")[0][1] == str(made[2].cited)


def test_a_price_that_is_unknown_is_unknown_everywhere(edition: Edition) -> None:
    unknown = (Usage("summary", "mine:model", input_tokens=1_000, usd=None), Usage("synthesis", "mine:model", usd=0.5))
    result = replace(outcome(CELL, CHAT, edition), usage=unknown)
    shown = results_markdown([result, replace(result, cell=replace(CELL, run=2))])
    counted, paid = rows(shown, "30s", "sections", "tsp")
    assert (counted[9], counted[10], paid[-1]) == ("1,000", "unknown", "unknown")
    assert json.loads(results_json([result]))["outcomes"][0]["usd"] is None
    assert total([0.5, None]) is None
    assert total([]) == 0.0


def test_runs_are_shown_with_their_spread(edition: Edition) -> None:
    runs = [
        replace(outcome(CELL, CHAT, edition), cell=replace(CELL, run=run), cited=cited, usage=())
        for run, cited in enumerate((10, 14, 15), start=1)
    ]
    assert rows(results_markdown(runs), "tsp")[0] == ["tsp", "36.7 (32–42)", "13.0 (10–15)", "not run"]
    assert spread([1, None]) is None


def test_sets_of_models_stand_beside_each_other(edition: Edition) -> None:
    shown = results_markdown([outcome(CELL, BUILT_IN, edition), replace(outcome(CELL, CHAT, edition), cited=3)])
    assert rows(shown, "here, built-in models, sections")[0][1] == str(edition.counts.cited)
    assert rows(shown, "here, scripted:model, sections")[0][1] == "3"


def test_a_survey_that_fails_is_tried_again_and_the_others_go_on(edition: Edition) -> None:
    cells = plan([Q1.english], BUILT_IN, runs=1)

    def make(cell: Cell) -> Edition:
        if cell.order == "similarity":
            raise NotFound("No paper.")
        return edition

    kept: list[Cell] = []
    failed = make_surveys(cells, make, lambda cell, _: kept.append(cell))
    assert [cell.order for cell, _ in failed] == ["similarity"]
    assert [cell.order for cell in kept] == ["tsp", "none"]


@pytest.mark.parametrize("error", [Cancelled("Stopped."), ModelError("No.", kind="refused_key")])
def test_what_would_fail_for_every_cell_ends_the_evaluation(error: Exception) -> None:
    def make(cell: Cell) -> Edition:
        raise error

    with pytest.raises(type(error)):
        make_surveys([CELL, CELL], make, lambda cell, edition: None)


def test_a_line_that_a_crash_cut_off_is_a_survey_still_to_be_made(tmp_path: Path, edition: Edition) -> None:
    folder, result = ResultsFolder(tmp_path / "ev"), outcome(CELL, BUILT_IN, edition)
    folder.add(result)
    lines = tmp_path / "ev" / "results.jsonl"
    lines.write_bytes(lines.read_bytes() * 2)
    lines.write_bytes(lines.read_bytes()[:-40])
    assert folder.outcomes() == [result]
    second = replace(result, cell=replace(CELL, order="none"), support=None, faults=("summary: it broke",))
    folder.add(second)
    assert folder.outcomes() == [result, second]
    assert "it broke" in folder.write()


def test_the_articles_means_are_those_that_it_gives() -> None:
    means = {
        what: {level: [round(sum(n) / 3, 1) for n in both] for level, both in levels.items()}
        for what, levels in ARTICLE.items()
    }
    assert means == {
        "order": {"tsp": [36.7, 25.7], "similarity": [18.3, 15.0], "none": [27.0, 20.3]},
        "detail": {"30s": [36.7, 25.7], "15s": [23.0, 17.7]},
        "summary": {"GPT-3.5-Turbo": [36.7, 25.7], "Claude 3 Haiku": [34.3, 16.7]},
        "synthesis": {"Claude 3 Sonnet": [36.7, 25.7], "Claude 3 Opus": [26.7, 16.3], "GPT-4-Turbo": [10.7, 10.3]},
    }
