"""What becomes of a text that its papers do not support: by every kind of writer, before every kind of judge."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from digest.errors import ModelError
from digest.generative.verification import ChatVerification
from digest.pipeline.services import Services
from digest.run_context import RunContext
from store.records.editions import Edition
from tests.digest.pipeline.test_language_models import ask, obedient, over
from tests.doubles import llm_answers
from tests.doubles.scripted_chat import Call, Reply, ScriptedChat, failing

FABRICATED = (
    "Tulips in Norwegian greenhouses bloom {n} days earlier under violet lamps",
    "Harbour seals prefer herring to mackerel in {n} of the observed winters",
    "The cathedral's bells were recast after the fire, and {n} of them kept their pitch",
)
MARKER = r"\[(\d+)[\d.]*\]"
CITED = re.compile(rf"[^\[]*{MARKER}\.\s*")

Writer = Callable[[str], str]


def fabricates(every: int) -> Writer:
    """Every so many statements are of nothing that a paper says."""

    def write(text: str) -> str:
        told = list(CITED.finditer(text))
        return " ".join(
            FABRICATED[at % 3].format(n=10 + at) + f" [{match[1]}]." if at % every == 0 else match[0].strip()
            for at, match in enumerate(told)
        )

    return write


def shifts(text: str) -> str:
    """Every statement stands under the number of the next paper."""
    numbers = re.findall(MARKER, text)
    others = iter(numbers[1:] + numbers[:1])
    return re.sub(MARKER, lambda _: f"[{next(others)}]", text)


def honest(text: str) -> str:
    return text


def writer(write: Writer, name: str) -> ScriptedChat:
    def answer(call: Call) -> Reply:
        reply = obedient(call)
        return write(reply) if isinstance(reply, str) and call.numbers else reply

    return ScriptedChat(answer, f"scripted:{name}")


def judge(answer: Callable[[Call], Reply], name: str) -> ChatVerification:
    return ChatVerification(ScriptedChat(answer, f"scripted:{name}"))


def fair(call: Call) -> Reply:
    return {"statements": llm_answers.verdicts(call.prompt.ask)}


def always(verdict: str, evidence: bool) -> Callable[[Call], Reply]:
    def answer(call: Call) -> Reply:
        told = re.findall(r'<statement number="(\d+)">.*?\[(\d+)\]', call.prompt.ask)
        return {
            "statements": [
                {
                    "number": int(number), "evidence": [f"{paper}.1"] if evidence else [], "verdict": verdict,
                    "fault": "", "correction": "",
                }
                for number, paper in told
            ]
        }  # fmt: skip

    return answer


def garbage(_: Call) -> Reply:
    return {"statements": [{"number": 99, "evidence": ["§"], "verdict": "🙂", "fault": "", "correction": ""}]}


JUDGES: dict[str, Callable[[Call], Reply] | None] = {
    "none": None,
    "fair": fair,
    "failing": lambda _: failing("down"),
    "garbage": garbage,
    "without evidence": always("supported", evidence=False),
    "of one mind": always("supported", evidence=True),
}


def survey_by(services: Services, write: Writer, name: str) -> tuple[Edition, ScriptedChat]:
    chat = writer(write, "writer")
    answer = JUDGES[name]
    verification = judge(answer, f"judge-{name.replace(' ', '-')}") if answer else None
    return ask(over(services, chat, verification=verification)), chat


def health(edition: Edition, source: str) -> list[str]:
    return [str(line.detail) for line in edition.health if line.source == source and not line.ok]


@pytest.mark.parametrize("name", JUDGES)
def test_an_honest_survey_is_not_warned_of(services: Services, name: str) -> None:
    edition, _ = survey_by(services, honest, name)
    assert health(edition, "support") == []
    assert edition.counts.cited == edition.counts.kept
    assert edition.checks == ()
    assert {statement.verdict for statement in edition.statements} == {"supported"}


@pytest.mark.parametrize("name", JUDGES)
@pytest.mark.parametrize("write", [fabricates(1), fabricates(2), shifts], ids=["invented", "half invented", "shifted"])
def test_an_invented_survey_never_looks_healthy(services: Services, write: Writer, name: str) -> None:
    edition, _ = survey_by(services, write, name)
    assert len(health(edition, "support")) == 1
    assert edition.statements
    for section, one in ((statement.section, statement) for statement in edition.statements):
        assert one.sentence in (edition.opening if section < 0 else edition.sections[section].text)
    assert services.store.editions.get(edition.id) == edition


def test_what_is_invented_is_left_out_and_said_to_be(services: Services) -> None:
    edition, _ = survey_by(services, fabricates(2), "fair")
    text = "\n".join(section.text for section in edition.sections)
    assert "Tulips" not in text
    assert "Harbour seals" not in text
    assert {statement.verdict for statement in edition.statements} == {"supported"}
    assert [line.ok for line in edition.health if line.source == "verification"] == [True]
    assert "were left out" in health(edition, "support")[0]


def test_without_a_judge_it_stays_and_is_marked(services: Services) -> None:
    edition, _ = survey_by(services, fabricates(2), "none")
    invented = [statement for statement in edition.statements if statement.verdict == "unsupported"]
    assert len(invented) >= len(edition.statements) // 3
    assert {statement.checked_by for statement in edition.statements} == {"builtin"}
    assert all(check.score < 0.4 for check in edition.checks)


@pytest.mark.parametrize("name", ["failing", "garbage", "without evidence"])
def test_a_judge_that_is_of_no_use_is_named_and_the_built_in_check_stands(services: Services, name: str) -> None:
    edition, _ = survey_by(services, honest, name)
    assert "checked without the language model" in health(edition, "verification")[0]
    assert {statement.checked_by for statement in edition.statements} == {"builtin"}
    spent = sum(usage.calls for usage in edition.usage if usage.role == "verification")
    assert spent == (1 if name == "failing" else 2) * len(edition.sections)


def test_a_judge_that_is_set_up_wrongly_is_never_replaced(services: Services) -> None:
    verification = judge(lambda _: failing("refused_key"), "judge")
    with pytest.raises(ModelError):
        ask(over(services, writer(honest, "writer"), verification=verification))


def negates(text: str) -> str:
    return re.sub(r"\b(We|we) (\w+)", r"\1 do not \2", text)


def polar(call: Call) -> Reply:
    """It sees a "not" on one side only, and takes it out."""
    found: list[dict[str, Any]] = llm_answers.verdicts(call.prompt.ask)
    told = dict(re.findall(r'<statement number="(\d+)">(.*?)</statement>', call.prompt.ask))
    for one in found:
        if " do not " in (said := told[str(one["number"])]):
            one |= {"verdict": "unsupported", "fault": "contrary", "correction": said.replace(" do not ", " ")}
    return {"statements": found}


def test_what_is_negated_is_put_right_by_a_judge(services: Services) -> None:
    chat = writer(negates, "writer")
    assert " do not " in str(ask(over(services, chat)).sections)
    edition = ask(over(services, chat, verification=judge(polar, "judge")), refresh=True)
    assert " do not " not in str(edition.sections)
    assert health(edition, "support") == []
    assert any("corrected" in str(line.detail) for line in edition.health if line.source == "verification")


def test_the_opening_is_written_from_what_is_supported(services: Services) -> None:
    edition, chat = survey_by(services, fabricates(2), "fair")
    openings = [call.prompt for call in chat.calls if not call.shape and not call.numbers]
    assert openings
    assert not any("Tulips" in prompt.ask + prompt.shared for prompt in openings)
    assert edition.checks == ()


def test_sentences_that_the_writer_named_are_the_first_evidence(services: Services) -> None:
    edition = ask(over(services, writer(lambda text: re.sub(MARKER, r"[\1.2, \1.1]", text), "writer")))
    assert not re.search(r"\[\d+\.", "".join(section.text for section in edition.sections))
    assert edition.counts.unknown_markers == 0
    for statement in edition.statements:
        places = {(one.paper, one.position) for one in statement.evidence[:2]}
        assert places == {(statement.papers[0], 2), (statement.papers[0], 1)}


def test_nothing_that_was_verified_is_verified_again(services: Services) -> None:
    chats = [ScriptedChat(fair, "scripted:judge") for _ in range(2)]
    one, two = (
        ask(over(services, writer(honest, "writer"), verification=ChatVerification(chat)), refresh=True)
        for chat in chats
    )
    assert len(chats[0].calls) == len(one.sections)
    assert chats[1].calls == []
    assert one.statements == two.statements


def test_a_judge_that_cannot_hold_a_section_gets_it_in_halves(services: Services) -> None:
    def narrow(call: Call) -> Reply:
        return fair(call) if call.prompt.ask.count("<statement ") <= 3 else failing("too_long")

    chat = ScriptedChat(narrow, "scripted:narrow")
    edition = ask(over(services, writer(honest, "writer"), verification=ChatVerification(chat)))
    assert {statement.checked_by for statement in edition.statements} == {"scripted:narrow"}
    assert health(edition, "verification") == []


def test_built_in_text_is_not_paid_for(services: Services) -> None:
    chat = ScriptedChat(fair)
    edition = ask(
        over(services, writer(honest, "writer"), synthesis=services.synthesis, verification=ChatVerification(chat)),
        RunContext(),
    )
    assert chat.calls == []
    assert {statement.checked_by for statement in edition.statements} == {"builtin"}


def test_an_opening_that_stands_in_for_the_models_is_not_paid_for(services: Services) -> None:
    def refuses_openings(call: Call) -> Reply:
        reply = obedient(call)
        return reply if call.shape or call.numbers else "I'm sorry, but I can't help with that."

    chat = ScriptedChat(fair, "scripted:judge")
    edition = ask(
        over(
            services,
            ScriptedChat(refuses_openings, "scripted:writer"),
            spare_synthesis=services.synthesis,
            verification=ChatVerification(chat),
        )
    )
    assert "The opening is built from the papers' abstracts" in health(edition, "synthesis")[0]
    assert edition.opening
    assert len(chat.calls) == len(edition.sections)
    checkers = {statement.checked_by for statement in edition.statements if statement.section < 0}
    assert checkers <= {"builtin", ""}
