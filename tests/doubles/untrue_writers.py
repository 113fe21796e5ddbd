"""Writers that must not be believed, and judges of them: what an `LlmServer` answers in place of the plain stand-in.

A writer takes what it was asked and the honest text, whose every sentence is a sentence of the paper that it cites.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from tests.doubles import llm_answers

Asked = dict[str, Any]
Answer = str | dict[str, Any]
Writer = Callable[[Asked, str], str]

_MARKER = r"\[\d+[\d.]*\]"
_TOLD = re.compile(r"\s*(.+?)\s*\[(\d+)[\d.]*\]\.", re.DOTALL)
_SHOWN = re.compile(r"^\[(\d+)\.\d+\] (.*)$", re.MULTILINE)
_VERB = re.compile(r"\b(?:is|are|was|were|has|have|can|will|does|do)\b|\b[Ww]e\b(?= \w)")
_NUMBER = re.compile(r"(?<![\w.])\d+(?:[.,]\d+)*")


def statements(text: str) -> list[tuple[str, str]]:
    """What is said, and the number of the paper that it is said of."""
    return _TOLD.findall(text)


def written(told: list[tuple[str, str]]) -> str:
    return " ".join(f"{said.rstrip('.')} [{number}]." for said, number in told)


def invents(every: int) -> Writer:
    """Each so many-th statement says what no paper says."""

    def write(_: Asked, text: str) -> str:
        return written(
            [
                (f"A trial with {37 * (at + 2)} patients in Norway found that herbal tea lowers blood pressure", number)
                if at % every == 0
                else (said, number)
                for at, (said, number) in enumerate(statements(text))
            ]
        )

    return write


def shifts(_: Asked, text: str) -> str:
    """Every statement stands under the number of the next paper."""
    told = statements(text)
    numbers = [number for _, number in told]
    return written([(said, other) for (said, _), other in zip(told, numbers[1:] + numbers[:1], strict=True)])


def negates(_: Asked, text: str) -> str:
    return written([(_negate(said), number) for said, number in statements(text)])


def _negate(said: str) -> str:
    verb = _VERB.search(said)
    if verb is None:
        return f"It is not true that {said[:1].lower()}{said[1:]}"
    return f"{said[: verb.end()]} {'do not' if verb[0].lower() == 'we' else 'not'}{said[verb.end() :]}"


def changes_numbers(asked: Asked, text: str) -> str:
    """Of each paper that gives figures a sentence with them, and every one of them wrong."""
    shown = [(number, said) for number, said in _SHOWN.findall(asked["prompt"]) if _NUMBER.search(said)]
    figures = dict(reversed(shown))
    return written(
        [
            (_NUMBER.sub(lambda found: str(7 * int(re.sub(r"\D", "", found[0])) + 3), said), number)
            for number, said in ((number, figures.get(number, plain)) for plain, number in statements(text))
        ]
    )


def cites_all_at_once(_: Asked, text: str) -> str:
    """One sentence, and all papers behind it."""
    told = statements(text)
    return f"{told[0][0]} {''.join(f'[{number}]' for _, number in told)}." if told else text


def repeats(asked: Asked, text: str) -> str:
    """Behind its own, each section tells in nearly the same words what the sections before it told."""
    told = statements(text)
    first = min((int(number) for _, number in told), default=0)
    said_before = {
        int(number): said for number, said in reversed(_SHOWN.findall(asked["prompt"])) if int(number) < first
    }
    again = [
        (f"As said above, {said[:1].lower()}{said[1:]}", str(number)) for number, said in sorted(said_before.items())
    ]
    return written([*told, *again])


def finds_everything(asked: Asked) -> Answer:
    """A judge that has a good eye: what is no sentence of a paper that it cites is not supported."""
    sentences = re.findall(r'<sentence number="([\d.]+)">(.*?)</sentence>', asked["ask"])
    return {"statements": [_look_up(int(number), said, sentences) for number, said in _asked_of(asked)]}


def _look_up(number: int, statement: str, sentences: list[tuple[str, str]]) -> dict[str, Any]:
    cited = set(re.findall(r"\[(\d+)\]", statement))
    said = " ".join(re.sub(_MARKER, "", statement).split()).rstrip(" .…")
    held = [place for place, text in sentences if place.partition(".")[0] in cited and said in " ".join(text.split())]
    verdict = "supported" if held else "unsupported"
    return _verdict(number, held[:1], verdict, "" if held else "absent")


def says_yes(asked: Asked) -> Answer:
    """A judge that finds all supported, by the first sentence of the paper."""
    cited = [(int(number), re.findall(r"\[(\d+)\]", said)) for number, said in _asked_of(asked)]
    return {"statements": [_verdict(number, [f"{papers[0]}.1"], "supported", "") for number, papers in cited]}


def _asked_of(asked: Asked) -> list[tuple[str, str]]:
    return re.findall(r'<statement number="(\d+)">(.*?)</statement>', asked["ask"], re.DOTALL)


def _verdict(number: int, evidence: list[str], verdict: str, fault: str) -> dict[str, Any]:
    return {"number": number, "evidence": evidence, "verdict": verdict, "fault": fault, "correction": ""}


def untrue(write: Writer, judge: Callable[[Asked], Answer] = llm_answers.answer) -> Callable[[Asked], Answer]:
    """What a server answers: sections by that writer, verdicts by that judge, all else as the plain stand-in."""

    def answer(asked: Asked) -> Answer:
        if asked["role"] == "verification":
            return judge(asked)
        told = llm_answers.answer(asked)
        return write(asked, told) if asked["role"] == "section" and isinstance(told, str) else told

    return answer
