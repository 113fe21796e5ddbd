"""A question read by a model: kept, cancelled, replaced by rules with a health line where it fails."""

import threading
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from digest.errors import Cancelled, ModelError
from digest.generative.questions import ChatQuestions
from digest.question.understand import understand
from digest.retrieval.question_reading import read_question
from digest.run_context import RunContext
from store import Store
from store.records.questions import Correction, StructuredQuestion
from tests.digest.generative.test_questions import ENGLISH, GOOD, NOW
from tests.doubles.scripted_chat import Call, Reply, ScriptedChat, failing
from tests.factories.store import paper


@pytest.fixture
def executor() -> Iterator[Executor]:
    with ThreadPoolExecutor(2) as pool:
        yield pool


def read(
    chat: ScriptedChat | None, store: Store, executor: Executor, run: RunContext | None = None, text: str = ENGLISH
) -> StructuredQuestion:
    model = ChatQuestions(chat) if chat else None
    return read_question(text, model, store.model_texts, store.vocabulary, executor, run or RunContext(now=NOW))


def test_a_question_is_paid_for_once_a_day(store: Store, executor: Executor) -> None:
    chat, run = ScriptedChat(lambda _: GOOD), RunContext(now=NOW)
    record = read(chat, store, executor, run)
    assert record.concepts[0].forms == ("diffusion model", "score-based generative model")
    assert [(usage.role, usage.calls) for usage in run.usage] == [("questions", 1)]
    again = RunContext(now=NOW + timedelta(hours=3))
    assert read(chat, store, executor, again) == record
    assert len(chat.calls) == 1
    assert [(usage.role, usage.calls) for usage in again.usage] == [("questions", 0)]
    read(chat, store, executor, RunContext(now=NOW + timedelta(days=1)))
    assert len(chat.calls) == 2


def test_a_record_of_another_shape_is_asked_for_anew(store: Store, executor: Executor) -> None:
    chat = ScriptedChat(lambda _: GOOD)
    store.model_texts.get = lambda key: '{"text": "old"}'  # type: ignore[method-assign]
    assert len(read(chat, store, executor).concepts) == 2


BROKEN: dict[str, Any] = {"parts": [], "since": "", "until": "", "max_papers": 0}


@pytest.mark.parametrize(
    ("reply", "calls"), [(BROKEN, 2), (failing("refused"), 2), (failing("down"), 1), (failing("budget"), 1)]
)
def test_where_the_model_fails_rules_read_it_and_that_is_said(
    store: Store, executor: Executor, reply: Reply, calls: int
) -> None:
    chat, run = ScriptedChat(lambda _: reply), RunContext(now=NOW)
    assert read(chat, store, executor, run) == understand(ENGLISH, NOW)
    assert len(chat.calls) == calls
    assert [(line.source, line.ok) for line in run.health] == [("questions", False)]
    assert "was read by rules" in str(run.health[0].detail)
    assert sum(usage.calls for usage in run.usage) == calls
    assert len(read(ScriptedChat(lambda _: GOOD), store, executor).concepts) == 2, "a failure is not kept"


def test_a_model_set_up_wrongly_is_an_error(store: Store, executor: Executor) -> None:
    with pytest.raises(ModelError):
        read(ScriptedChat(lambda _: failing("refused_key")), store, executor)


def test_without_a_model_rules_read_it(store: Store, executor: Executor) -> None:
    run = RunContext(now=datetime(2026, 11, 27, tzinfo=UTC))
    assert read(None, store, executor, run) == understand(ENGLISH, run.now)
    assert (run.health, run.usage) == ([], ())


def test_a_cancelled_run_does_not_wait_for_the_answer(store: Store, executor: Executor) -> None:
    cancel, release = threading.Event(), threading.Event()

    def answer(_: Call) -> Reply:
        cancel.set()
        release.wait(10)
        return GOOD

    with pytest.raises(Cancelled):
        read(ScriptedChat(answer), store, executor, RunContext(now=NOW, cancel=cancel))
    release.set()


def test_a_word_that_only_papers_of_the_store_have_is_what_somebody_meant(store: Store, executor: Executor) -> None:
    """Newer than the table of frequencies; near to a word of few papers, it may be a thing of its own."""
    store.papers.add([paper(str(n), title=f"Flashattention on kernel {n}") for n in range(2)])
    slip = "flashatention kernels"
    assert read(None, store, executor, text=slip).corrections == ()
    store.papers.add([paper("4", title="Flashattention again")])
    record = read(None, store, executor, text=slip)
    assert record.corrections == (Correction("flashatention", "flashattention"),)
    assert record.concepts[0].forms == ("flashattention kernels", "flashatention kernels")
    store.papers.add([paper("5", title="Another thing", abstract="We call it flashatention.")])
    assert read(None, store, executor, text=slip).corrections == ()


def test_names_of_people_are_no_corrections(store: Store, executor: Executor) -> None:
    store.papers.add([paper(str(n), title=f"Walks {n}", authors=("Ada Okaforia",)) for n in range(9)])
    assert read(None, store, executor, text="okafforia walks").corrections == ()
