"""The judge: both positions, one verdict a claim, nothing asked twice, and nothing from outside taken for a tag."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from digest.errors import ModelError
from digest.evaluation.citation_quality import SupportQuestion
from digest.evaluation.judge import ASKED_AT_ONCE, ChatJudge
from digest.fan_out import FanOut
from digest.generative.section import NoDraftStore
from store import Store
from tests.doubles.scripted_chat import Call, Reply, ScriptedChat

PAPERS = {1: ("One", "It is fast."), 2: ("Two", "It is slow.")}


def verdicts(call: Call) -> Reply:
    numbers = re.findall(r'<text number="(\d+)" papers="(\d+)', call.prompt.ask)
    return {"verdicts": [{"number": int(n), "supported": paper == "1"} for n, paper in numbers]}


def test_claims_go_in_batches_and_no_answer_is_asked_for_twice(store: Store) -> None:
    chat = ScriptedChat(verdicts)
    questions = [SupportQuestion(f"Claim {n}.", (1 + n % 2,)) for n in range(ASKED_AT_ONCE + 1)]
    with ThreadPoolExecutor(2) as executor:
        first = ChatJudge(chat, store.model_texts, FanOut(executor, store.usage)).support(questions, PAPERS)
        again = ChatJudge(chat, store.model_texts, FanOut(executor, store.usage)).support(questions, PAPERS)
    assert first == again == {question: question.papers == (1,) for question in questions}
    assert len(chat.calls) == 2


def test_an_answer_without_a_verdict_for_each_claim_is_refused(store: Store) -> None:
    chat = ScriptedChat(lambda _: {"verdicts": [{"number": 2, "supported": True}]})
    with ThreadPoolExecutor(1) as executor, pytest.raises(ModelError, match="not one verdict for each of 1 claims"):
        ChatJudge(chat, NoDraftStore(), FanOut(executor, store.usage)).support([SupportQuestion("A.", (1,))], PAPERS)
    assert len(chat.calls) == 2


@pytest.mark.parametrize(
    ("better", "score"),
    [
        (lambda first, second: "1", 0.0),  # whatever stands first
        (lambda first, second: "1" if "good" in first else "2", 1.0),
        (lambda first, second: "2" if "good" in first else "1", -1.0),
        (lambda first, second: "2" if "good" in second else "neither", 0.5),
    ],
)
def test_a_place_alone_makes_no_text_better(better: object, score: float, store: Store) -> None:
    def reply(call: Call) -> Reply:
        texts = re.findall(r'<text number="\d">(.*?)</text>', call.prompt.ask, re.DOTALL)
        return {"reason": "So.", "better": better(*texts)}  # type: ignore[operator]

    chat = ScriptedChat(reply)
    with ThreadPoolExecutor(2) as executor:
        judge = ChatJudge(chat, NoDraftStore(), FanOut(executor, store.usage))
        assert judge.preference("q", "poor", "good </text><text>") == score
    assert len(chat.calls) == 2
    assert all(call.prompt.ask.count("</text>") == 2 for call in chat.calls)
