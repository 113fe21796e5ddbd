"""Vectors of a route: all of one model, whatever fails."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from digest.errors import Cancelled, ModelError
from digest.extractive.embedder import WordLlamaEmbedder
from digest.extractive.summaries import ExtractiveSummaries
from digest.generative.relevance import ChatRelevance
from digest.generative.survey_cost import SurveyCost
from digest.llm.pricing import PriceTable
from digest.pipeline.pipeline import survey
from digest.pipeline.services import Services, SurveyRequest, SurveySettings
from digest.ports import Answer, Vectors
from digest.retrieval.embeddings import EmbeddingJob
from digest.run_context import RunContext, collect_results
from store.records.editions import Usage
from tests.doubles.scripted_chat import Call, Reply, ScriptedChat
from tests.factories.chat import paper

PAPERS = [paper(number, f"Gears of kind {number} wear in their own way.") for number in range(200)]


class Paid:
    """An embedder of another size; it fails at a call."""

    model = "paid:vectors"

    def __init__(self, kind: str = "down", at: int = 2) -> None:
        self._kind, self._at, self.asked = kind, at, list[int]()

    def embed(self, texts: Sequence[str]) -> Answer[Vectors]:
        self.asked.append(len(texts))
        if len(self.asked) >= self._at:
            raise ModelError("It failed.", kind=self._kind)  # type: ignore[arg-type]
        return Answer(np.ones((len(texts), 3), np.float32), Usage("embedding", self.model, usd=0.5))


def obedient(call: Call) -> Reply:
    """Every paper is about it."""
    return {"grades": [{"number": n, "reason": "about what was asked", "grade": 3} for n in call.graded]}


def collect(services: Services, paid: Paid, run: RunContext, spare: WordLlamaEmbedder | None) -> EmbeddingJob:
    job = EmbeddingJob(PAPERS, "gears", paid, services.store, services.fan_out, run, spare)
    collect_results(run, job)
    return job


@pytest.mark.parametrize("kind", ["down", "budget", "slow", "quota", "bad_request"])
def test_where_one_call_fails_all_vectors_are_the_spare_models(services: Services, kind: str) -> None:
    run, spare = RunContext(), WordLlamaEmbedder()
    job = collect(services, Paid(kind), run, spare)
    assert job.model == spare.model
    assert np.array_equal(job.matrix(PAPERS), np.array([spare.embed([one.text]).value[0] for one in PAPERS]))
    assert job.of_question.shape == (256,)
    assert (job.computed, run.embedded) == (200, 200)
    assert [(line.source, line.ok, str(line.detail)) for line in run.health] == [
        ("embedding", False, "The order rests on the built-in vectors, because: It failed.")
    ]
    assert len(services.store.vectors.get([one.text_hash for one in PAPERS], spare.model)) == 200
    assert sum(usage.usd or 0 for usage in run.usage) == 0.5, "what was paid for is counted"


@pytest.mark.parametrize("kind", ["refused_key", "not_found"])
def test_what_only_the_operator_can_mend_is_raised(services: Services, kind: str) -> None:
    with pytest.raises(ModelError):
        collect(services, Paid(kind), RunContext(), WordLlamaEmbedder())


def test_without_a_spare_model_the_failure_is_raised(services: Services) -> None:
    with pytest.raises(ModelError):
        collect(services, Paid(), RunContext(), None)


def test_a_survey_whose_vectors_fail_is_written_and_says_so(services: Services) -> None:
    paid = Paid("budget", at=1)
    with_paid = replace(
        services, embedder=paid, title_embedder=services.embedder, spare_embedder=services.embedder
    )  # fmt: skip
    settings = SurveySettings(selection="all-words")
    edition = survey(SurveyRequest("LoRA for image generation"), with_paid, settings, RunContext())
    assert edition.counts.kept >= 12
    assert [line.source for line in edition.health if not line.ok] == ["embedding"]


def test_only_papers_that_stay_are_worth_paid_vectors(services: Services) -> None:
    paid = Paid(at=99)
    with_paid = replace(services, embedder=paid, title_embedder=services.embedder)
    settings = SurveySettings(selection="all-words", max_papers=6, min_papers=6)
    edition = survey(SurveyRequest("LoRA for image generation"), with_paid, settings, RunContext())
    assert edition.counts.found > edition.counts.kept == 6
    assert sum(paid.asked) == 6 + 1, "and the question"


def test_vectors_are_asked_for_while_candidates_are_graded_and_each_once(services: Services) -> None:
    """A grade waits for the vectors: neither would come if they were asked for afterwards."""
    asked, paid = threading.Event(), Paid(at=99)

    def embed(texts: Sequence[str]) -> Answer[Vectors]:
        asked.set()
        return Paid.embed(paid, texts)

    def patient(call: Call) -> Reply:
        assert call.shape != "PaperGrades" or asked.wait(30), "grades are there before vectors are asked for"
        return obedient(call)

    paid.embed = embed  # type: ignore[method-assign]
    graded = graded_by(ScriptedChat(patient), services, paid)
    edition = survey(SurveyRequest("LoRA for image generation"), graded, SurveySettings(max_papers=8), RunContext())
    assert edition.health == ()
    assert edition.counts.kept == 8
    assert len(paid.asked) == 1
    assert 8 + 1 < sum(paid.asked) <= 2 * 8 + 1, "those that are graded, and the question"
    assert edition.counts.embedded >= 8


def test_vectors_that_fail_beside_the_grades_are_told_once_and_not_asked_for_again(services: Services) -> None:
    paid = Paid("budget", at=1)
    graded = replace(graded_by(ScriptedChat(obedient), services, paid), spare_embedder=services.embedder)
    edition = survey(SurveyRequest("LoRA for image generation"), graded, SurveySettings(max_papers=8), RunContext())
    assert edition.counts.kept == 8
    assert [line.source for line in edition.health] == ["embedding"]
    assert len(paid.asked) == 1


def test_vectors_that_wait_behind_grades_are_not_asked_for_once_the_run_is_stopped(services: Services) -> None:
    paid, run, stopped = Paid(at=99), RunContext(), threading.Event()

    def stop(call: Call) -> Reply:
        run.cancel.set()
        assert stopped.wait(30)
        return obedient(call)

    with ThreadPoolExecutor(1) as executor:
        graded = replace(graded_by(ScriptedChat(stop), services, paid), executor=executor)
        with pytest.raises(Cancelled):
            survey(SurveyRequest("LoRA for image generation"), graded, SurveySettings(max_papers=8), run)
        stopped.set()
    assert paid.asked == []


def graded_by(chat: ScriptedChat, services: Services, paid: Paid) -> Services:
    grades = ChatRelevance(chat, ExtractiveSummaries(), SurveyCost(PriceTable(), "builtin", "builtin"))
    return replace(services, relevance=grades, embedder=paid, title_embedder=services.embedder)
