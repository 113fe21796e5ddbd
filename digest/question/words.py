"""Words of a question, each with what it was taken for so far; the text is read once, and nothing of it is lost.

Invariant: roles are given once: what one reader took (an id, a period), none takes after it. The words in order are
all of the text's; only marks and blanks are between them.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from store.records.questions import WordRole
from store.text.lazy_pattern import compile_lazily
from store.text.tokens import CJK_CONTENT, HIRAGANA, tokens

CJK = HIRAGANA + CJK_CONTENT
_PLAIN_CHARACTERS = str.maketrans({**dict.fromkeys("“”„«»「」『』＂", '"'), **dict.fromkeys("‐‑‒–−", "-"), "’": "'"})
_LETTER = rf"[^\W_{CJK}]"
# "GPT-3.5", "text-to-image", "Parkinson's", "C++"; a French or Italian article is a word of its own.
_WORD = compile_lazily(
    rf"(?:(?i:[cdjlmnst]|qu|jusqu|lorsqu|puisqu|(?:d|n)ell|all|dall|sull|un|quest)'(?=[^\W\d_]{{2}})|{_LETTER}+(?:[-'.]{_LETTER}+)*(?:(?:\+\+|\#)(?!{_LETTER}))?)"
    rf"|[{CJK}]+|[^\s]",
)
_INSIDE = compile_lazily(f"{_LETTER}{_LETTER}")
_QUOTED = compile_lazily(r'"[^"]{1,200}"')


@dataclass
class Token:
    """A word, or a mark that parts words. Places are in the reading's text."""

    start: int
    end: int
    text: str
    role: WordRole | None = None

    @property
    def lower(self) -> str:
        return self.text.lower()

    @property
    def is_mark(self) -> bool:
        return not tokens(self.text)

    @property
    def is_cjk(self) -> bool:
        return bool(_CJK_RUN.match(self.text))


_CJK_RUN = compile_lazily(f"[{CJK}]")


class Reading:
    """The text, compatibility forms folded, quotation marks and dashes plain, and the roles of its characters."""

    def __init__(self, text: str) -> None:
        self.text = unicodedata.normalize("NFKC", text).translate(_PLAIN_CHARACTERS)
        self._roles: list[WordRole | None] = [None] * len(self.text)
        self._cuts = {0, len(self.text)}

    def take(self, pattern: re.Pattern[str], role: WordRole, group: int | str = 0) -> list[re.Match[str]]:
        """Give the role to every match whose group nothing took before; those matches."""
        return [found for found in pattern.finditer(self.text) if self.take_span(*found.span(group), role)]

    def take_span(self, start: int, end: int, role: WordRole) -> bool:
        """False where there is nothing, where something of it has a role by now, or where it would cut a word."""
        if start >= end or not self.is_free(start, end) or self._cuts_word(start) or self._cuts_word(end):
            return False
        self._roles[start:end] = [role] * (end - start)
        return True

    def _cuts_word(self, at: int) -> bool:
        return 0 < at < len(self.text) and bool(_INSIDE.match(self.text, at - 1))

    def is_free(self, start: int, end: int) -> bool:
        return not any(self._roles[start:end])

    def cut(self, start: int, end: int) -> None:
        """No piece goes over an end of this place."""
        self._cuts |= {start, end}

    def pieces(self) -> list[Token]:
        """All words and marks; a run of Chinese or Japanese that nothing took is one piece still."""
        return [piece for start, end in self._spans() for piece in self._pieces_of(start, end)]

    def _spans(self) -> Iterator[tuple[int, int]]:
        """Where the roles change, and between cuts."""
        cuts = self._cuts | {at for at in range(1, len(self.text)) if self._roles[at] != self._roles[at - 1]}
        return itertools.pairwise(sorted(cuts))

    def _pieces_of(self, start: int, end: int) -> Iterator[Token]:
        role = self._roles[start]
        for found in _WORD.finditer(self.text, start, end):
            yield Token(*found.span(), found[0], role)

    def spans_of(self, role: WordRole) -> list[tuple[int, int]]:
        """Where the words are that have it."""
        return [(start, end) for start, end in self._spans() if self._roles[start] == role]

    def quoted_spans(self) -> list[tuple[int, int]]:
        return [found.span() for found in _QUOTED.finditer(self.text)]
