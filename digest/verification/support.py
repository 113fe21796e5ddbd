"""Support of a text: how much of it the papers that it cites say, and whether that is too little. Pure.

Invariant: what was left out since no paper supports it counts as written: a text of which a third had to go is no
sound one, however well the rest stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from store.records.editions import Check, Statement
from store.records.lazy_text import AnyText, lazy_gettext, lazy_ngettext

_LEAST_JUDGED = 5  # statements; of fewer a share says nothing, unless it is all of
_LEAST_IN_ALL = 2
_LEAST_UNSUPPORTED = 3  # of the built-in check's own false alarms five statements may well have two
_MOST_UNSUPPORTED = 0.35
_LEAST_MEAN = 0.5


@dataclass(frozen=True)
class TextSupport:
    """count: statements that something judged; mean: of their scores, None where there are none; weak: those that are
    not supported, a line for each paper that they cite; dropped: those that were left out.
    """

    count: int
    mean: float | None
    weak: tuple[Check, ...]
    unsupported: int
    dropped: int = 0

    @classmethod
    def of(cls, statements: Sequence[Statement], dropped: int = 0) -> TextSupport:
        scores = [statement.score for statement in statements if statement.score is not None]
        unsupported = [statement for statement in statements if statement.verdict == "unsupported"]
        weak = tuple(
            Check(statement.section, statement.sentence, number, statement.score or 0.0)
            for statement in unsupported
            for number in statement.papers
        )
        mean = round(sum(scores) / len(scores), 3) if scores else None
        return cls(len(scores), mean, weak, len(unsupported), dropped)

    @property
    def warning(self) -> AnyText:  # decision 166
        """What is wrong with a text that is not to be relied on; "" of every other."""
        written, bad = self.count + self.dropped, self.unsupported + self.dropped
        if written < _LEAST_JUDGED and (bad < written or written < _LEAST_IN_ALL):
            return ""
        if bad == written or (bad >= _LEAST_UNSUPPORTED and bad > _MOST_UNSUPPORTED * written):
            told = lazy_gettext(
                "of {n} statements {bad} are not supported by the papers that they cite", n=written, bad=bad
            )
            left = lazy_ngettext("{n} of them was left out", "{n} of them were left out", self.dropped)
            return lazy_gettext("{what}; {how}", what=told, how=left) if self.dropped else told
        if self.mean is not None and self.mean < _LEAST_MEAN:
            return lazy_gettext("much of what its {n} statements say is not in the papers that they cite", n=written)
        return ""
