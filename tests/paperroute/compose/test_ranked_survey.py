"""A whole survey whose question is read and whose candidates are graded by a language model, over the wire."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from digest.pipeline.services import SurveyRequest
from digest.run_context import RunContext
from paperroute.compose.app import App, open_app
from paperroute.config.load import load
from store.records.editions import Edition
from tests.doubles import llm_answers
from tests.doubles.llm_server import LlmServer

QUESTION = "LoRA for image generation, without diffusion"
PARTS = (("LoRA", "concept"), ("for", "framing"), ("image generation", "concept"), ("without", "framing"))
READ = {
    "parts": [
        *(
            {"quote": quote, "role": role, "terms": [quote] * (role == "concept"), "corrected": ""}
            for quote, role in PARTS
        ),
        {"quote": "diffusion", "role": "exclusion", "terms": ["diffusion"], "corrected": ""},
    ],
    "since": "",
    "until": "",
    "max_papers": 0,
}
BUDGET = "PAPERROUTE_MODELS__BUDGET_PER_DAY"
Opened = Callable[..., AbstractContextManager[App]]


def answer(asked: dict[str, Any]) -> str | dict[str, Any]:
    return READ if asked["role"] == "questions" else llm_answers.answer(asked)


@pytest.fixture(params=["openai", "anthropic"])
def server(request: pytest.FixtureRequest) -> Iterator[LlmServer]:
    with LlmServer(answer=answer) as opened:
        opened.api = request.param  # type: ignore[attr-defined]
        yield opened


@pytest.fixture
def app(server: LlmServer, tmp_path: Path) -> Opened:
    """The program over one store; texts are built in, so that every call is a question's or a grade's."""
    api = server.api  # type: ignore[attr-defined]
    url = server.openai_url if api == "openai" else server.anthropic_url
    keys = {f"{api.upper()}_API_KEY": "sk-test-0123456789abcdef", f"{api.upper()}_BASE_URL": url}
    model = {"openai": "openai:gpt-5.4-mini", "anthropic": "anthropic:claude-haiku-5-5"}[api]
    roles = dict.fromkeys(("QUERIES", "SUMMARY", "SYNTHESIS", "EMBEDDING"), "builtin")
    roles |= {"QUESTIONS": model, "RELEVANCE": model}
    settings = {f"PAPERROUTE_MODELS__{role}": chosen for role, chosen in roles.items()}
    settings |= {"PAPERROUTE_STORE__PATH": str(tmp_path / "p.db"), "PAPERROUTE_SOURCE__KIND": "sample"}

    @contextmanager
    def opened(**others: str) -> Iterator[App]:
        environment = keys | settings | others
        with open_app(load(None, environment), environment) as app:
            yield app

    return opened


def ask(app: App, **options: Any) -> Edition:
    return app.survey(SurveyRequest(QUESTION, max_papers=20, **options), RunContext())


def calls(server: LlmServer) -> Counter[str]:
    return Counter(asked["role"] for asked in server.log)


def test_the_question_is_read_the_candidates_are_graded_and_nothing_is_paid_for_twice(
    server: LlmServer, app: Opened
) -> None:
    with app() as first:
        edition = ask(first)
    assert edition.health == ()
    assert edition.request is not None
    assert [concept.forms[0] for concept in edition.request.concepts] == ["LoRA", "image generation"]
    assert edition.request.limits.exclude == ("diffusion",)
    assert edition.papers
    assert not any("diffusion" in paper.title.lower() for paper in edition.papers)
    assert {paper.reason for paper in edition.papers} == {"LoRA 3D-CNN"}
    made = calls(server)
    assert made["questions"] == 1
    assert made["relevance"] >= 1
    assert set(made) == {"questions", "relevance"}
    told = {usage.role: usage.calls for usage in edition.usage if usage.role in made}
    assert told == dict(made)
    assert all(usage.usd for usage in edition.usage if usage.role in made)

    with app() as second:
        again = ask(second, refresh=True)
    assert calls(server) == made
    assert [paper.id for paper in again.papers] == [paper.id for paper in edition.papers]
    assert not any(usage.calls for usage in again.usage if usage.role in made)


def test_where_the_budget_is_spent_no_call_is_made_and_rules_choose_the_papers(server: LlmServer, app: Opened) -> None:
    with app(**{BUDGET: "0.000001"}) as opened:
        edition = ask(opened)
    assert server.log == []
    assert [(line.source, line.ok) for line in edition.health] == [("questions", False), ("relevance", False)]
    assert all("budget" in str(line.detail) for line in edition.health)
    assert edition.request is not None
    assert edition.request.limits.exclude == ("diffusion",)
    assert edition.papers


@pytest.mark.parametrize("fault", ["malformed", "says:I would rather not say.", "refusal", "empty", "limit"])
@pytest.mark.parametrize("role", ["questions", "relevance"])
def test_a_broken_answer_costs_the_survey_nothing_but_that_answer(
    server: LlmServer, app: Opened, role: str, fault: str
) -> None:
    server.fail(*[fault] * 50, match=role)
    with app() as opened:
        edition = ask(opened)
    assert [(line.source, line.ok) for line in edition.health] == [(role, False)]
    assert edition.papers
    other = {"questions": "relevance", "relevance": "questions"}[role]
    assert calls(server)[other] >= 1
    assert sum(usage.calls for usage in edition.usage if usage.role == role) == calls(server)[role]


@pytest.mark.parametrize(
    ("role", "complaint"), [("questions", "it has no role for"), ("relevance", "it left out these papers")]
)
def test_an_answer_that_breaks_the_rules_is_asked_for_once_more(
    server: LlmServer, app: Opened, role: str, complaint: str
) -> None:
    broken: dict[str, Any] = {"questions": READ | {"parts": READ["parts"][:1]}, "relevance": {"grades": []}}[role]
    answers = iter([broken])

    def once(asked: dict[str, Any]) -> str | dict[str, Any]:
        return next(answers, answer(asked)) if asked["role"] == role else answer(asked)

    server.answer = once
    with app() as opened:
        edition = ask(opened)
    assert edition.health == ()
    assert sum(complaint in asked["prompt"] for asked in server.log) == 1
