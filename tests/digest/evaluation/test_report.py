"""The report: what is counted and shown, and what is said not to be known or varied."""

import json
from dataclasses import replace

import pytest

from digest.evaluation.article import ARTICLE, Q1, QUESTIONS
from digest.evaluation.document import to_html, to_markdown
from digest.evaluation.experiment import Cell, ModelSet, Outcome, outcome, plan, spread, total
from digest.evaluation.report import results_document, results_json
from digest.generative.queries import ChatQueries
from digest.generative.summaries import ChatSummaries
from digest.generative.synthesis import ChatSynthesis, SingleCallSynthesis
from digest.pipeline import pipeline
from digest.pipeline.services import Services, SurveyRequest, SurveySettings
from digest.run_context import RunContext
from store.records.editions import Edition, Usage
from tests.digest.pipeline.test_language_models import obedient
from tests.doubles.scripted_chat import ScriptedChat

BUILT_IN = ModelSet("builtin:keywords", "builtin:wordllama-256", "builtin:extractive", "builtin:assembled")
CHAT = ModelSet("scripted:model", "builtin:wordllama-256", "scripted:model", "scripted:model")
CELL = Cell(Q1.english, 1, "30s", "sections", "tsp")


@pytest.fixture
def edition(services: Services) -> Edition:
    return pipeline.survey(SurveyRequest(Q1.english), services, SurveySettings(), RunContext())


def results_markdown(outcomes: list[Outcome]) -> str:
    return to_markdown(results_document(outcomes))


def rows(text: str, *cells: str) -> list[list[str]]:
    """The rows of markdown tables that begin with these cells."""
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:1] == "|"]
    return [line for line in lines if line[: len(cells)] == list(cells)]


def test_the_plan_holds_every_cell_once_and_none_that_cannot_be_varied() -> None:
    assert len(set(plan(QUESTIONS, CHAT, runs=3))) == 4 * 3 * 2 * 2 * 3
    built_in = plan(QUESTIONS, BUILT_IN, runs=1, details=["15s"])
    assert len(built_in) == 4 * 3
    assert {(cell.detail, cell.synthesis) for cell in built_in} == {("30s", "sections")}
    half = plan(QUESTIONS, replace(BUILT_IN, summary="scripted:model"), runs=1)
    assert {(cell.detail, cell.synthesis) for cell in half} == {("30s", "sections"), ("15s", "sections")}


def test_one_way_to_choose_papers_is_compared_with_none(edition: Edition) -> None:
    result = outcome(CELL, BUILT_IN, edition)
    assert "By selection" not in results_markdown([result])
    other = replace(result, cell=replace(CELL, selection="all-words"), kept=7)
    shown = results_markdown([result, other])
    assert [row[:2] for row in rows(shown, "all-words") if row[1] == "7"] == [["all-words", "7"]]
    assert {cell.selection for cell in plan(["q"], BUILT_IN, runs=1)} == {"ranked"}


def test_what_cannot_be_varied_is_said_and_not_faked(edition: Edition) -> None:
    shown = results_markdown([outcome(CELL, BUILT_IN, edition)])
    assert rows(shown, "15s")[0][1:] == ["23.0 (15–28)", "not varied", "not varied"]
    assert next(row for row in rows(shown, "none") if len(row) == 4)[1:] == ["27.0 (24–29)", "not run", "not varied"]
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

    cells = plan([Q1.english], CHAT, runs=1, orders=["tsp", "none"])
    made = [outcome(cell, CHAT, make(cell)) for cell in cells]
    kept = made[0].kept
    assert [one.summarised for one in made] == [kept, 0, 0, 0, kept, 0, 0, 0]
    assert sum(usage.calls for one in made for usage in one.usage if usage.model == CHAT.summary) == len(chat.calls)
    shown = results_markdown(made)
    assert "not varied" not in shown
    assert [row[4] for row in rows(shown, "30s", "single")][:2] == [str(one.cited) for one in made[2:4]]
    everything = rows(shown, "all", "", "", "")[0]
    assert everything[4] == str(2 * kept)
    assert everything[7] == f"{sum(one.tokens('summary') for one in made):,}"
    assert rows(shown, "here, scripted:model, single")[0][1] == str(made[2].cited)


def test_a_price_that_is_unknown_is_unknown_everywhere(edition: Edition) -> None:
    unknown = (Usage("summary", "mine:model", input_tokens=1_000, usd=None), Usage("synthesis", "mine:model", usd=0.5))
    result = replace(outcome(CELL, CHAT, edition), usage=unknown)
    shown = results_markdown([result, replace(result, cell=replace(CELL, run=2))])
    counted, paid = rows(shown, "30s", "sections", "as it fits", "tsp")
    assert (counted[14], counted[15], paid[-1]) == ("1,000", "unknown", "unknown")
    assert json.loads(results_json([result]))["outcomes"][0]["usd"] is None
    assert total([0.5, None]) is None
    assert total([]) == 0.0


def test_runs_are_shown_with_their_spread(edition: Edition) -> None:
    runs = [
        replace(outcome(CELL, CHAT, edition), cell=replace(CELL, run=run), cited=cited, usage=())
        for run, cited in enumerate((10, 14, 15), start=1)
    ]
    assert next(row for row in rows(results_markdown(runs), "tsp") if len(row) == 4) == [
        "tsp",
        "36.7 (32–42)",
        "13.0 (10–15)",
        "not run",
    ]
    assert spread([1, None]) is None


def test_sets_of_models_stand_beside_each_other(edition: Edition) -> None:
    shown = results_markdown([outcome(CELL, BUILT_IN, edition), replace(outcome(CELL, CHAT, edition), cited=3)])
    assert rows(shown, "here, built-in models, sections")[0][1] == str(edition.counts.cited)
    assert rows(shown, "here, scripted:model, sections")[0][1] == "3"


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


def test_the_page_says_what_the_markdown_says_and_takes_no_markup_from_questions(edition: Edition) -> None:
    asked = replace(CELL, question="<script>alert(1)</script> | LoRA")
    blocks = results_document([outcome(asked, BUILT_IN, edition)])
    page = to_html(blocks, "Results")
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; | LoRA" in page
    assert page.count("<table>") == to_markdown(blocks).count("\n| --")
