"""An in-process `ChatModel` for the logic of the roles: it answers what the test says, and keeps what it was asked.

What an SDK, a server or a socket may do to an answer is tested at wire level, not here.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from digest.errors import ModelError
from digest.ports import Answer, Prompt
from store.records.editions import Usage

Reply = str | dict[str, Any] | ModelError


@dataclass(frozen=True)
class Call:
    """What was asked. shape: the name of the object to be filled in, "" for free text."""

    prompt: Prompt
    role: str
    most_tokens: int
    shape: str = ""

    @property
    def numbers(self) -> list[int]:
        """The papers of the section that this call is about."""
        named = re.findall(r"Its papers, in order: ([\d, ]+)", self.prompt.ask)
        return [int(number) for number in re.findall(r"\d+", named[-1])] if named else []

    @property
    def graded(self) -> list[int]:
        """The papers that this call is to grade."""
        return [int(number) for number in re.findall(r'<paper number="(\d+)">', self.prompt.ask)]


@dataclass
class ScriptedChat:
    """answer: a reply to a call. pieces: in how many pieces a text streams in."""

    answer: Callable[[Call], Reply]
    model: str = "scripted:model"
    pieces: int = 4
    calls: list[Call] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()

    def write(
        self, prompt: Prompt, *, role: str, most_tokens: int, on_text: Callable[[str], None] = lambda _: None
    ) -> Answer[str]:
        text = self._reply(Call(prompt, role, most_tokens))
        assert isinstance(text, str), "a text was asked for"
        on_text("")
        step = max(1, len(text) // self.pieces)
        for end in (*range(step, len(text), step), len(text)):
            on_text(text[:end])
        return Answer(text, self.usage(role))

    def fill(self, prompt: Prompt, shape: Any, *, role: str, most_tokens: int) -> Answer[Any]:
        values = self._reply(Call(prompt, role, most_tokens, shape.__name__))
        assert isinstance(values, dict), "an object was asked for"
        return Answer(shape.model_validate(values), self.usage(role))

    def usage(self, role: str) -> Usage:
        return Usage(role, self.model, input_tokens=100, output_tokens=10, usd=0.001)

    def _reply(self, call: Call) -> Any:
        with self._lock:
            self.calls.append(call)
        reply = self.answer(call)  # outside the lock: one answer may wait for another
        if isinstance(reply, ModelError):
            reply.usage = self.usage(call.role)
            raise reply
        return reply


def in_turn(*replies: Reply) -> ScriptedChat:
    """A model that gives these replies one after the other, and must not be asked more often."""
    left: Iterator[Reply] = iter(replies)
    return ScriptedChat(lambda _: next(left))


def failing(kind: Any) -> ModelError:
    return ModelError(f"The scripted model failed ({kind}).", kind=kind)
