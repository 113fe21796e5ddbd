"""The mail channel: writes each mail, and hands it to a lane (a relay's connection, or a folder)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from digest.errors import PaperRouteError
from digest.letter import Letter
from digest.ports import Outgoing, Receipt


class Lane(Protocol):
    """Takes one mail after the other, and never raises for what the other side does."""

    def post(self, letter: Letter) -> Receipt: ...

    def close(self) -> None: ...


@dataclass(frozen=True)
class MailChannel:
    """compose: makes the letter, the same bytes for the same delivery; raises PaperRouteError where it cannot."""

    lane: Lane
    compose: Callable[[Outgoing], Letter]

    def send(self, outgoing: Outgoing) -> Receipt:
        try:
            letter = self.compose(outgoing)
        except PaperRouteError as error:
            return Receipt("failed", " ".join(str(error).split())[:300], "content")
        return self.lane.post(letter)

    def close(self) -> None:
        self.lane.close()
