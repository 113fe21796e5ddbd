"""Grades of many candidates: batches, what is kept, the share, failures, a cancelled run and one that goes on."""

import threading
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from digest.errors import Cancelled, ModelError
from digest.extractive.summaries import ExtractiveSummaries
from digest.fan_out import FanOut
from digest.generative.relevance import ChatRelevance
from digest.generative.survey_cost import SurveyCost
from digest.llm.budget import Budget, CallLabels, CallMeter, MeteredChat, RetryCounter
from digest.llm.pricing import PriceTable
from digest.ports import ChatModel, Grade
from digest.retrieval.grading import GradingJob
from digest.run_context import Advanced, Finished, RunContext, RunEvent, collect_results
from store import Store
from store.records.editions import Paper
from store.records.questions import SearchLimits
from tests.digest.generative.test_relevance import QUESTION
from tests.doubles.scripted_chat import Call, Reply, ScriptedChat, failing
from tests.factories.chat import paper

PAPERS = [paper(number) for number in range(1, 51)]
PRICES = PriceTable([{"model": "scripted:model", "input": 1, "output": 5}])


@pytest.fixture
def executor() -> Iterator[Executor]:
    with ThreadPoolExecutor(4) as pool:
        yield pool


def obedient(call: Call) -> Reply:
    return {"grades": [{"number": n, "grade": n % 4, "reason": f"it is number {n}"} for n in call.graded]}


def over(chat: ChatModel) -> ChatRelevance:
    return ChatRelevance(chat, ExtractiveSummaries(), SurveyCost(PRICES, "scripted:model", "scripted:model"))


def grade(
    chat: ChatModel,
    store: Store,
    executor: Executor,
    run: RunContext | None = None,
    *,
    papers: list[Paper] = PAPERS,
    most: int = 60,
    question: object = QUESTION,
) -> dict[str, Grade]:
    run = run or RunContext()
    fan_out = FanOut(executor, store.usage)
    job = GradingJob(question, papers, over(chat), store.model_texts, fan_out, run, most)  # type: ignore[arg-type]
    collect_results(run, job)
    return job.grades


def test_fifty_papers_are_three_batches_and_each_has_its_own_grade(store: Store, executor: Executor) -> None:
    chat, events = ScriptedChat(obedient), list[RunEvent]()
    run = RunContext(events.append)
    grades = grade(chat, store, executor, run)
    assert sorted(len(call.graded) for call in chat.calls) == [10, 20, 20]
    assert list(grades) == [paper.id for paper in PAPERS]
    assert grades[PAPERS[22].id] == Grade(1.0, "it is number 3")
    assert [usage.calls for usage in run.usage if usage.role == "relevance"] == [3]
    assert {event.stage for event in events} == {"relevance"}
    assert max(event.done for event in events if isinstance(event, Advanced)) == 50
    assert [str(event.detail) for event in events if isinstance(event, Finished)] == ["50 papers graded"]
    assert run.health == []


def test_what_was_graded_is_not_graded_again_and_another_question_is(store: Store, executor: Executor) -> None:
    first = grade(ScriptedChat(obedient), store, executor, papers=PAPERS[:30])
    chat, events = ScriptedChat(obedient), list[RunEvent]()
    grades = grade(chat, store, executor, RunContext(events.append))
    assert [len(call.graded) for call in chat.calls] == [20]
    assert {id_: grades[id_] for id_ in first} == first
    assert str(events[-1].detail) == "20 papers graded, the others were in the store"  # type: ignore[union-attr]
    dated = replace(QUESTION, limits=replace(QUESTION.limits, since=datetime(2026, 1, 1, tzinfo=UTC)))
    again = ScriptedChat(obedient)
    assert grade(again, store, executor, question=dated) == grades
    assert again.calls == []
    grade(again, store, executor, question=replace(QUESTION, limits=SearchLimits()))
    assert len(again.calls) == 3


def test_a_new_text_of_a_paper_is_graded_anew(store: Store, executor: Executor) -> None:
    grade(ScriptedChat(obedient), store, executor)
    chat = ScriptedChat(obedient)
    grade(chat, store, executor, papers=[paper(1, "We retract all of it."), *PAPERS[1:]])
    assert [call.graded for call in chat.calls] == [[1]]


@pytest.mark.parametrize("kind", ["down", "refused", "malformed", "slow", "budget"])
def test_a_batch_that_fails_is_left_without_grades_and_said_so(store: Store, executor: Executor, kind: str) -> None:
    def answer(call: Call) -> Reply:
        return failing(kind) if "resin 21." in call.prompt.ask else obedient(call)

    run = RunContext()
    grades = grade(ScriptedChat(answer), store, executor, run)
    assert list(grades) == [paper.id for paper in (*PAPERS[:20], *PAPERS[40:])]
    assert [(line.source, line.ok) for line in run.health] == [("relevance", False)]
    assert "20 candidates were judged without the language model" in str(run.health[0].detail)
    assert kind in str(run.health[0].detail)
    assert sum(usage.calls for usage in run.usage) == (4 if kind == "refused" else 3)
    healed = grade(ScriptedChat(obedient), store, executor)
    assert len(healed) == 50


@pytest.mark.parametrize("kind", ["refused_key", "not_found"])
def test_a_model_set_up_wrongly_is_an_error(store: Store, executor: Executor, kind: str) -> None:
    with pytest.raises(ModelError):
        grade(ScriptedChat(lambda _: failing(kind)), store, executor)


def test_a_day_without_money_grades_nothing_and_calls_nothing(store: Store, executor: Executor) -> None:
    chat = ScriptedChat(obedient)
    meter = CallMeter(
        CallLabels("survey"), Budget(1e-6, store.usage), store.usage, PRICES, pauses=RetryCounter(), stage_seconds=60
    )
    run = RunContext()
    assert grade(MeteredChat(chat, meter), store, executor, run) == {}
    assert chat.calls == []
    assert "50 candidates" in str(run.health[0].detail)
    assert "of today's budget" in str(run.health[0].detail)


def test_only_the_most_promising_are_graded_within_the_share(store: Store, executor: Executor) -> None:
    chat, events = ScriptedChat(obedient), list[RunEvent]()
    share = over(chat).most_graded(20)
    assert 0 < share < 50
    grades = grade(chat, store, executor, RunContext(events.append), most=20)
    assert list(grades) == [paper.id for paper in PAPERS[:share]]
    assert str(events[-1].detail) == f"{share} papers graded, the most promising of 50"  # type: ignore[union-attr]
    again = ScriptedChat(obedient)
    assert grade(again, store, executor, most=20) == grades
    assert again.calls == []


def test_no_share_is_no_call(store: Store, executor: Executor) -> None:
    chat = ScriptedChat(obedient)
    assert grade(chat, store, executor, most=0) == {}
    assert grade(chat, store, executor, papers=[]) == {}
    assert chat.calls == []


def test_a_cancelled_run_comes_back_at_once_and_the_next_goes_on(store: Store, executor: Executor) -> None:
    cancel, first_done, release = threading.Event(), threading.Event(), threading.Event()

    def answer(call: Call) -> Reply:
        if "resin 1." in call.prompt.ask:
            first_done.set()
            return obedient(call)
        cancel.set()
        release.wait(10)
        return failing("down")

    run = RunContext(cancel=cancel)
    with pytest.raises(Cancelled):
        grade(ScriptedChat(answer), store, executor, run)
    release.set()
    assert first_done.wait(10)
    executor.shutdown(wait=True)
    chat = ScriptedChat(obedient)
    with ThreadPoolExecutor(4) as other:
        assert len(grade(chat, store, other)) == 50
    assert sorted(len(call.graded) for call in chat.calls) == [10, 20]


def test_two_papers_of_one_text_are_graded_once(store: Store, executor: Executor) -> None:
    chat = ScriptedChat(obedient)
    twin = replace(PAPERS[0], id="other:1")
    grades = grade(chat, store, executor, papers=[PAPERS[0], twin])
    assert [call.graded for call in chat.calls] == [[1]]
    assert grades[twin.id] == grades[PAPERS[0].id]
