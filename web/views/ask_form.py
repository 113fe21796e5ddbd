"""What a reader fills in to ask for a survey: question, period, number of papers, language, limits; read and judged.

Invariant: pure; whatever stands in a form or an address becomes what a survey is made of, or one BadInput whose line
says what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from digest.errors import BadInput
from digest.i18n import LANGUAGES
from digest.question.limits_input import LimitValues, parse_limits
from digest.render.safe_text import strip_harmful
from digest.retrieval.queries import clean_question
from store.records.lazy_text import AnyText, lazy_gettext
from store.records.questions import SearchLimits
from web import urls

MOST_PAPERS = 100
MOST_LINE = 1_000  # letters of a line with several limits
_NO_LIMIT_VALUES = LimitValues()
# Days back from today; the values stand in addresses.
PERIODS: dict[str, AnyText] = {
    "7": lazy_gettext("the last week"),
    "31": lazy_gettext("the last month"),
    "366": lazy_gettext("the last year"),
    "1096": lazy_gettext("the last three years"),
}
# Each shows another thing that may be asked for; the questions themselves stay English, as the papers are.
EXAMPLES = (
    {"question": "LoRA for image generation"},
    {"question": "Speech recognition on a phone", "period": "31", "papers": "20"},
    {"question": "Surveys of graph neural networks", "category": "cs.LG", "period": "1096"},
)


@dataclass(frozen=True)
class SurveyWish:
    """What is asked for, as far as it was said. language: a tag; None: as the question tells."""

    question: str
    limits: SearchLimits
    papers: int | None
    language: str | None


@dataclass(frozen=True)
class AskForm:
    """The fields as typed, without what could act on a page. period: one of PERIODS, language: of LANGUAGES; or ""."""

    question: str = ""
    period: str = ""
    papers: str = ""
    language: str = ""
    limits: LimitValues = _NO_LIMIT_VALUES

    @classmethod
    def of_fields(cls, fields: Mapping[str, Sequence[str]]) -> AskForm:
        def first(name: str) -> str:
            return " ".join(strip_harmful(next(iter(fields.get(name, ())), "")).split())

        return cls(
            first("question"),
            next((period for period in PERIODS if period == first("period")), ""),
            first("papers")[:10],
            next((language for language in LANGUAGES if language == first("language")), ""),
            _limit_values(fields),
        )

    @property
    def is_narrowed(self) -> bool:
        """Whether more is asked for than an answer to the question."""
        return self != AskForm(self.question)

    def parameters(self) -> dict[str, str]:
        """Those of the address that fills in the same, beside the question."""
        return {
            "period": self.period, "papers": self.papers, "language": self.language, **self.limits.as_lines()
        }  # fmt: skip

    def read_wish(self, now: datetime) -> SurveyWish:
        """Raises BadInput."""
        return SurveyWish(
            _read_question(self.question), self.read_limits(now), self._read_papers(), self.language or None
        )

    def read_limits(self, now: datetime) -> SearchLimits:
        """A day that was typed goes before the period. Raises BadInput."""
        values = self.limits
        if self.period and not values.since:
            values = replace(values, since=(now - timedelta(days=int(self.period))).date().isoformat())
        return parse_limits(values, now)

    def _read_papers(self) -> int | None:
        if not self.papers:
            return None
        is_number = self.papers.isascii() and self.papers.isdecimal() and len(self.papers) < 5
        if not is_number or not 1 <= int(self.papers) <= MOST_PAPERS:
            raise BadInput(lazy_gettext("Papers at most: write a number from 1 to {n}.", n=MOST_PAPERS))
        return int(self.papers)


EMPTY_FORM = AskForm()


def _read_question(typed: str) -> str:
    if not typed:
        raise BadInput(lazy_gettext("Write a question first."))
    if len(typed) > urls.MOST_QUESTION:
        raise BadInput(
            lazy_gettext("A question has at most {n} characters; this one has {m}.", n=urls.MOST_QUESTION, m=len(typed))
        )
    clean_question(typed)
    return typed


def _limit_values(fields: Mapping[str, Sequence[str]]) -> LimitValues:
    """A field may be there more than once, as in an address that was written by hand."""
    dates = (next(iter(fields.get(name, ())), "") for name in ("since", "until"))
    lists = (
        (";" if name == "author" else ",").join(fields.get(name, ())) for name in ("category", "author", "exclude")
    )
    return LimitValues.of_lines(*(strip_harmful(text[:MOST_LINE]) for text in (*dates, *lists)))
