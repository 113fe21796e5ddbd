"""A survey's summaries, vectors, grades and verdicts on processes of their own: the same edition as on threads, every
call counted, and no secret in what is handed over."""

import pickle
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from digest.errors import ModelError
from digest.evaluation.citation_quality import SupportQuestion
from digest.evaluation.judge import ChatJudge
from digest.generative.section import NoDraftStore
from digest.llm.budget import CallLabels
from digest.pipeline.enrich import summarise_paper
from digest.pipeline.services import SurveyRequest
from digest.retrieval.embeddings import embed_texts
from digest.run_context import RunContext
from paperroute.compose.app import App, open_app
from paperroute.config.load import Config
from store.records.editions import Edition
from tests.doubles import llm_answers
from tests.doubles.llm_server import LlmServer
from tests.doubles.openalex_server import OpenAlexServer
from tests.factories.store import paper

KEY = "sk-of-nobody-0123456789"
NOW = datetime(2026, 11, 28, 9, tzinfo=UTC)
REQUEST = SurveyRequest("LoRA for image generation", max_papers=14)


class Handover(Executor):
    """Real processes, and a note of what is handed to them."""

    def __init__(self, pool: Executor) -> None:
        self._pool = pool
        self.tasks: list[tuple[str, bytes]] = []

    def submit(self, call: Callable[..., Any], /, *values: Any, **named: Any) -> Future[Any]:
        self.tasks.append((values[0].__name__, pickle.dumps((call, values, named))))
        return self._pool.submit(call, *values, **named)

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.tasks]


@pytest.fixture(scope="module")
def pool() -> Iterator[Executor]:
    """Started anew rather than forked, with the key in their environment."""
    with pytest.MonkeyPatch.context() as patch, ProcessPoolExecutor(2, get_context("spawn")) as started:
        patch.setenv("OPENAI_API_KEY", KEY)
        started.submit(len, "").result()
        yield started


@pytest.fixture
def processes(pool: Executor) -> Handover:
    return Handover(pool)


@pytest.fixture
def server() -> Iterator[LlmServer]:
    with LlmServer() as running:
        yield running


def config(path: Path, **others: Any) -> Config:
    return Config.model_validate({"store": {"path": path}, "source": {"kind": "sample"}, **others})


def calls(app: App) -> list[tuple[Any, ...]]:
    """By role; without dollars, which depend on what the provider's cache holds."""
    found = app.store.usage.sums(datetime(2026, 1, 1, tzinfo=UTC), "role")
    return [(one.key, one.calls, one.failed, one.input_tokens, one.output_tokens, one.unpriced) for one in found]


def told(edition: Edition) -> tuple[Any, ...]:
    usage = sorted((one.role, one.model, one.calls, one.input_tokens) for one in edition.usage)
    health = sorted(str(line.detail) for line in edition.health)
    return edition.id, edition.opening, edition.sections, edition.papers, edition.statements, health, usage


def keys(server: LlmServer) -> dict[str, str]:
    return {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": server.openai_url}


def survey(
    config: Config, environment: dict[str, str], engine: Executor | None = None
) -> tuple[tuple[Any, ...], list[tuple[Any, ...]]]:
    with open_app(config, environment, engine) as app:
        edition = app.survey(REQUEST, RunContext(now=NOW))
        return told(edition), calls(app)


def test_by_language_models_it_is_the_same_edition(tmp_path: Path, server: LlmServer, processes: Handover) -> None:
    by_threads = survey(config(tmp_path / "threads.db"), keys(server))
    asked = len(server.log)
    assert survey(config(tmp_path / "processes.db"), keys(server), processes) == by_threads
    assert len(server.log) == 2 * asked
    assert set(processes.names) == {"embed_texts", "grade_batch", "summarise_paper", "verify_batch"}
    assert processes.names.count("summarise_paper") == 14
    assert not [name for name, pickled in processes.tasks if KEY.encode() in pickled]


def test_by_the_built_in_models_too_and_citations_are_counted(tmp_path: Path, processes: Handover) -> None:
    with OpenAlexServer() as index:
        enrich = {"enrich": {"openalex": True, "openalex_url": index.url}}
        by_threads = survey(config(tmp_path / "threads.db", **enrich), {})
        assert survey(config(tmp_path / "processes.db", **enrich), {}, processes) == by_threads
    assert set(processes.names) == {"embed_texts", "look_up_records", "summarise_paper"}


def test_what_fails_there_is_told_as_here(tmp_path: Path, server: LlmServer, processes: Handover) -> None:
    """No summary is of the shape that was asked for: the abstracts stand, with the reason."""
    server.answer = lambda asked: {"text": "It is."} if asked["role"] == "summary" else llm_answers.answer(asked)
    by_threads = survey(config(tmp_path / "threads.db"), keys(server))
    assert survey(config(tmp_path / "processes.db"), keys(server), processes) == by_threads
    assert "14 papers show their abstract" in str(by_threads[0][5])


def test_a_spent_budget_is_known_there(tmp_path: Path, server: LlmServer, processes: Handover) -> None:
    budget = config(tmp_path / "p.db", models={"budget_per_day": 1e-9})
    with open_app(budget, keys(server), processes) as app:
        services = app.services
        made = services.fan_out.submit(summarise_paper, services.summary, paper(), "en", keep=lambda _: None)
        with pytest.raises(ModelError, match="of today's budget") as caught:
            made.result()
    assert caught.value.kind == "budget"
    assert server.log == []


def test_a_model_that_is_not_there_is_told_before_anything_is_paid_for(tmp_path: Path, pool: Executor) -> None:
    with LlmServer(models={"nothing"}) as server, open_app(config(tmp_path / "p.db"), keys(server), pool) as app:
        services = app.services
        made = services.fan_out.submit(embed_texts, services.embedder, ["gears"], keep=lambda _: None)
        with pytest.raises(ModelError, match="no such model"):
            made.result()
        assert server.log == []


def test_a_judge_asks_from_there(tmp_path: Path, server: LlmServer, processes: Handover) -> None:
    server.answer = lambda _: {"verdicts": [{"number": 1, "supported": True}]}
    with open_app(config(tmp_path / "p.db"), keys(server), processes) as app:
        chat = app.models.chat("openai:gpt-5.4-mini", CallLabels("evaluation"))
        judge = ChatJudge(chat, NoDraftStore(), app.services.fan_out)
        asked = SupportQuestion("It is fast.", (1,))
        assert judge.support([asked], {1: ("One", "It is fast.")}) == {asked: True}
        assert [call[:2] for call in calls(app)] == [("judge", 1)]
    assert processes.names == ["ask_judge"]
