"""Terms of a question: its words, one or several together, with what they are in English; or marks and grammar.

Invariant: the terms in order hold every word of the question once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from digest.question.words import Token
from store.records.questions import Correction, WordRole

MOST_LETTERS = 60  # of a word that anybody can have meant
TermKind = Literal["content", "grammar", "mark", "unknown"]


@dataclass
class Term:
    """english: what an abstract would write; of "content" alone. typed: its words as they stand, where one was
    corrected. linked: a genitive stands between it and the term before, which in English follows it ("réseau de
    neurones"). after: it stands right behind the term before, nothing between.
    """

    pieces: list[Token]
    kind: TermKind
    english: str = ""
    guessed: bool = False
    typed: str = ""
    linked: bool = False
    role: WordRole | None = None
    corrections: tuple[Correction, ...] = field(default=())

    @property
    def start(self) -> int:
        return self.pieces[0].start

    @property
    def end(self) -> int:
        return self.pieces[-1].end

    @property
    def lower(self) -> str:
        return " ".join(piece.lower for piece in self.pieces)


def role_term(piece: Token) -> Term:
    """Of a piece whose role is known."""
    return Term([piece], "mark" if piece.is_mark else "grammar", role=piece.role)
