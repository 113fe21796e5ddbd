"""Repetition in a text: a statement that says of the same papers what stands before it, and nothing else, is left out.

Invariant: pure; no section is left without a sentence that cites, no paper without one, and nothing on whose subject
the next sentence goes on is left out. What adds a figure, a name, a direction or a "not" is no repetition.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from digest.claims.claim_words import DIRECTIONS
from digest.claims.denials import DENIAL, HALF_DENIAL
from digest.claims.figures import figures
from digest.claims.same_words import same_word
from digest.text.word_lists import REPORTING_WORDS
from digest.verification.repair import RepairedText, StatementFinding, repair_text
from store.records.editions import Statement
from store.text.tokens import is_generic, is_stop, tokens

_WORDS_TO_ONE = 10  # words of a statement for each that may be new in it
_POINTS_BACK = frozenset(
    "above again also already before earlier mentioned noted previously said seen similarly".split()
)
_TELLS_NOTHING = frozenset(map(same_word, (*_POINTS_BACK, *REPORTING_WORDS)))
_MARKER = re.compile(r"\s*\[\d+\]")
_NAME = re.compile(r"(?<!^)\b(?=\w*[A-Z])\w+")  # the first word of a sentence is none by its capital


@dataclass(frozen=True)
class _Content:
    """What is compared of a statement."""

    words: frozenset[str]
    fixed: frozenset[str | float]  # figures, names, directions and denials, of which none may be new
    is_denial: bool

    @classmethod
    def of(cls, sentence: str) -> _Content:
        said = _MARKER.sub("", sentence)
        found = [token for token in tokens(said) if not is_stop(token) and not is_generic(token)]
        named = (token for name in _NAME.findall(said) for token in tokens(name))
        names = (same_word(token) for token in named if not is_stop(token) and not is_generic(token))
        turning = (token for token in tokens(said) if token in DIRECTIONS or HALF_DENIAL.fullmatch(token))
        words = frozenset(map(same_word, found)) - _TELLS_NOTHING
        return cls(words, frozenset((*names, *map(same_word, turning), *figures(said))), bool(DENIAL.search(said)))

    def says_no_more_than(self, other: _Content) -> bool:
        held = other.words | other.fixed
        new = self.words - held
        return (
            self.is_denial == other.is_denial
            and self.fixed <= held
            and len(new) <= len(self.words) // _WORDS_TO_ONE
            and bool(self.words)
        )


def drop_repetition(texts: Sequence[RepairedText]) -> list[RepairedText]:  # decision 206
    """The texts, in the order in which they are read, each without what it or one before it says already."""
    told = list[tuple[Statement, _Content]]()
    return [_drop_from(text, told) for text in texts]


def _drop_from(text: RepairedText, told: list[tuple[Statement, _Content]]) -> RepairedText:
    """told: what stands before it, to which its own is added."""
    findings = list[StatementFinding]()
    for statement in text.statements:
        content = _Content.of(statement.sentence)
        again = any(_is_repetition(statement, content, *before) for before in told)
        findings.append(StatementFinding(statement, statement, drop=again))
        told.append((statement, content))
    if not any(finding.drop for finding in findings):
        return text
    left = repair_text(text.text, findings)
    return replace(text, text=left.text, statements=left.statements, repeated=left.dropped)


def _is_repetition(statement: Statement, content: _Content, earlier: Statement, earlier_content: _Content) -> bool:
    return (
        set(statement.papers) <= set(earlier.papers)
        and earlier.verdict in (statement.verdict, "supported")
        and content.says_no_more_than(earlier_content)
    )
