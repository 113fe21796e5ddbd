"""Chat request, and what a server was found not to take.

Invariant: what a request is made of is decided once, of what was known when it began: a lesson that another thread
learns meanwhile changes the next request, never one under way.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from digest.llm.requests.json_schema import schema_instruction
from digest.ports import Prompt


@dataclass(frozen=True)
class ChatRequest:
    """One request. schema: what the server should hold the model to, None for free text.

    cites: its documents may go as what the provider itself cites; never where an object is asked for, in words either.
    """

    prompt: Prompt
    most_tokens: int
    schema: dict[str, Any] | None = None
    cites: bool = False

    @property
    def idle_parameters(self) -> frozenset[str]:
        """The optional parameters that say nothing here."""
        prompt = self.prompt
        used = {
            "schema": self.schema is not None,
            "citations": self.cites and bool(prompt.documents),
            "cache_key": bool(prompt.cache_key),
        }
        return frozenset(name for name, is_used in used.items() if not is_used)

    def in_words(self, complaint: str = "") -> ChatRequest:
        """The same with its schema in words; with what was wrong with the answer before."""
        if self.schema is None:
            return self
        again = f"\n\nYour last answer could not be read ({complaint}). Keep every field short." if complaint else ""
        ask = f"{self.prompt.ask}\n\n{schema_instruction(self.schema)}{again}"
        return replace(self, prompt=replace(self.prompt, ask=ask), schema=None)


@dataclass
class ServerCapabilities:
    """What we learnt of a server: which optional parameters it turned down, how much its model thinks.

    optional: parameter -> what a server's complaint about it looks like ("schema" is one of them everywhere).
    allowance: tokens granted for thoughts, beside those for the text. Threads share it without a lock: a lesson that
    is lost in a race is learnt again.
    """

    optional: dict[str, str]
    allowance: int = 0
    unknown: frozenset[str] = frozenset()

    def supports(self, parameter: str) -> bool:
        return parameter not in self.unknown

    def forget(self, *parameters: str) -> None:
        """Send these no more."""
        self.unknown |= set(parameters)

    def parameters_for(self, order: ChatRequest) -> frozenset[str]:
        """The optional parameters of a request for this order."""
        return frozenset(self.optional) - self.unknown - order.idle_parameters

    def record_rejection(self, words: str, sent: frozenset[str]) -> bool:
        """Whether the server's words complain about something in `sent` that can be left out."""
        blamed = {name for name in sent if re.search(self.optional[name], words, re.IGNORECASE)}
        self.forget(*blamed)
        return bool(blamed)
