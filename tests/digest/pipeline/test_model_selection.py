"""A survey whose question is read, and whose candidates are graded, by a language model."""

import json
from dataclasses import replace
from typing import Any

import pytest

from digest.errors import ModelError
from digest.extractive.summaries import ExtractiveSummaries
from digest.generative.questions import ChatQuestions
from digest.generative.relevance import ChatRelevance
from digest.generative.survey_cost import SurveyCost
from digest.llm.pricing import PriceTable
from digest.pipeline.pipeline import survey
from digest.pipeline.services import Services, SurveyRequest, SurveySettings
from digest.run_context import RunContext
from store.records.editions import Edition
from tests.doubles.scripted_chat import Call, Reply, ScriptedChat, failing

QUESTION = "LoRA for image generation"
PARTS = [
    {"quote": "LoRA", "role": "concept", "terms": ["LoRA", "low-rank adaptation"], "corrected": ""},
    {"quote": "image generation", "role": "concept", "terms": ["image generation", "text-to-image"], "corrected": ""},
]


def obedient(call: Call) -> Reply:
    if call.shape == "ReadQuestion":
        return {"parts": PARTS, "since": "", "until": "", "max_papers": 0}
    reason = "about the question that was asked"
    return {"grades": [{"number": n, "grade": 3, "reason": reason} for n in call.graded]}


def over(services: Services, chat: ScriptedChat) -> Services:
    grades = ChatRelevance(chat, ExtractiveSummaries(), SurveyCost(PriceTable(), "builtin", "builtin"))
    return replace(services, questions=ChatQuestions(chat), relevance=grades)


def ask(services: Services, **options: Any) -> Edition:
    return survey(SurveyRequest(QUESTION, **options), services, SurveySettings(), RunContext())


def test_the_models_reading_and_grades_choose_the_papers_and_are_paid_for_once(services: Services) -> None:
    chat = ScriptedChat(obedient)
    edition = ask(over(services, chat))
    assert edition.health == ()
    assert {paper.reason for paper in edition.papers} == {"about the question that was asked"}
    spent = {usage.role: usage.calls for usage in edition.usage if usage.model == chat.model}
    assert spent == {"questions": 1, "relevance": len(chat.calls) - 1}
    again = ScriptedChat(obedient)
    ask(over(services, again), refresh=True)
    assert again.calls == []


def test_another_model_for_either_is_another_survey(services: Services) -> None:
    first = ask(over(services, ScriptedChat(obedient)))
    assert ask(over(services, ScriptedChat(obedient))).id == first.id
    other = ScriptedChat(obedient, model="scripted:other")
    ask(over(services, other))
    assert {call.role for call in other.calls} == {"questions", "relevance"}


@pytest.mark.parametrize("kind", ["down", "budget", "refused"])
def test_where_both_fail_the_survey_is_the_one_without_them_and_says_so(services: Services, kind: str) -> None:
    plain = ask(services)
    edition = ask(over(services, ScriptedChat(lambda _: failing(kind))))
    assert [paper.id for paper in edition.papers] == [paper.id for paper in plain.papers]
    assert {(line.source, line.ok) for line in edition.health} == {("questions", False), ("relevance", False)}


@pytest.mark.parametrize("shape", ["ReadQuestion", "PaperGrades"])
def test_a_model_set_up_wrongly_is_never_replaced(services: Services, shape: str) -> None:
    chat = ScriptedChat(lambda call: failing("refused_key") if call.shape == shape else obedient(call))
    with pytest.raises(ModelError):
        ask(over(services, chat))


def test_papers_that_the_model_finds_off_the_question_are_not_in_it(services: Services) -> None:
    off: list[int] = []

    def answer(call: Call) -> Reply:
        reply = json.loads(json.dumps(obedient(call)))
        for one in reply.get("grades", ()):
            one["grade"] = 0 if one["number"] > 5 else 3
            off.extend([one["number"]] if one["number"] > 5 else [])
        return reply

    edition = ask(over(services, ScriptedChat(answer)))
    assert off
    assert 0 < len(edition.papers) < len(ask(services).papers)
