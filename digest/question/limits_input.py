"""Parser of the limits of a search as people give them beside a question: dates, categories, authors, excluded terms.

Invariant: the one parser of every door (command line, page, API, assistants, forms in Slack), so that a limit is the
same limit everywhere; whatever was given becomes `SearchLimits`, or one `BadInput` whose line says what is wrong.
Days are UTC. `until` names the last day, month or year that is meant; the record has the moment behind it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from digest.categories import parse_category
from digest.errors import BadInput
from store.records.editions import Edition
from store.records.lazy_text import lazy_gettext
from store.records.questions import NO_LIMITS, SearchLimits
from store.text.tokens import tokens

MOST_VALUES = 20  # categories, authors and excluded terms, each
MOST_CHARACTERS = 100  # of one of them
_DATE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?", re.ASCII)
_DAY = timedelta(days=1)
NO_NAME_SIGNS = '0-9@/\\\\<>{}\\[\\]"=:;?*_|#$%&+~^'  # inside a character class: none stands in a name
_NO_NAME = re.compile(f"[{NO_NAME_SIGNS}]")
# How several values stand in one line of a form. An author may be written with a comma, and a term with a blank.
_BETWEEN_CATEGORIES, _BETWEEN_AUTHORS, _BETWEEN_TERMS = r"[,;\s、，]+", r"[;\n；]", r"[,;\n、，；]"


class ContradictoryLimits(BadInput):
    """Each limit is good by itself; together nothing can be within them."""


@dataclass(frozen=True)
class LimitValues:
    """Limits as they are typed, one by one. since, until: "2024", "2024-05" or "2024-05-31"; "": none."""

    since: str = ""
    until: str = ""
    categories: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    @classmethod
    def of_lines(cls, since: str, until: str, categories: str, authors: str, exclude: str) -> LimitValues:
        """Of a form whose fields are lines: categories and terms with commas between them, authors with semicolons."""
        return cls(
            since.strip(),
            until.strip(),
            _split(categories, _BETWEEN_CATEGORIES),
            _split(authors, _BETWEEN_AUTHORS),
            _split(exclude, _BETWEEN_TERMS),
        )

    @classmethod
    def of_limits(cls, limits: SearchLimits) -> LimitValues:
        """What somebody would type to get these limits again, to the day."""
        return cls(
            limits.since.date().isoformat() if limits.since else "",
            (limits.until - timedelta(microseconds=1)).date().isoformat() if limits.until else "",
            limits.categories,
            limits.authors,
            limits.exclude,
        )

    def as_lines(self) -> dict[str, str]:
        """What `of_lines` reads, by the names that options and parameters of addresses have."""
        return {
            "since": self.since,
            "until": self.until,
            "category": ", ".join(self.categories),
            "author": "; ".join(self.authors),
            "exclude": ", ".join(self.exclude),
        }


def limits_of(edition: Edition) -> SearchLimits:
    """What whoever asks the same anew has to ask for beside its words."""
    return edition.request.limits if edition.request else NO_LIMITS


def wanted_papers(edition: Edition) -> int | None:
    """How many papers were asked for; None where no number was."""
    return edition.request.max_papers if edition.request else None


def with_authors(question: str, authors: Sequence[str]) -> str:
    """The question with those of the authors whom it does not name: a topic has no field for them."""
    unnamed = [author for author in authors if author.casefold() not in question.casefold()]
    return " ".join([question, *(f"by {author}" for author in unnamed)])


def parse_limits(values: LimitValues, now: datetime) -> SearchLimits:  # decision 99
    """Raises BadInput, and ContradictoryLimits where only all of them together are wrong."""
    limits = SearchLimits(
        _start_of(values.since),
        _end_of(values.until),
        tuple(dict.fromkeys(map(parse_category, _kept(values.categories)))),
        tuple(dict.fromkeys(map(_author, _kept(values.authors)))),
        tuple(dict.fromkeys(map(_term, _kept(values.exclude)))),
    )
    if limits.since and limits.until and limits.since >= limits.until:
        raise ContradictoryLimits(
            lazy_gettext(
                "Nothing was submitted since {since} and until {until}: the one is after the other.",
                since=values.since,
                until=values.until,
            ),
            hint=lazy_gettext("Exchange the dates, or leave one out."),
        )
    if limits.since and limits.since > now:
        raise ContradictoryLimits(
            lazy_gettext("Nothing was submitted since {since} yet: that is in the future.", since=values.since)
        )
    return limits


def _start_of(date: str) -> datetime | None:
    return _span_of(date)[0] if date.strip() else None


def _end_of(date: str) -> datetime | None:
    return _span_of(date)[1] if date.strip() else None


def _span_of(date: str) -> tuple[datetime, datetime]:
    """The moments at which a day, month or year begins, and the next one does."""
    found = _DATE.fullmatch(date.strip())
    if found:
        year, month, day = (int(part) if part else None for part in found.groups())
        try:
            begin = datetime(year or 0, month or 1, day or 1, tzinfo=UTC)
        except ValueError:  # the 31st of April; the year 0
            pass
        else:
            return begin, _next_begin(begin, month, day)
    raise BadInput(
        lazy_gettext("{date:quoted} is no date.", date=_shorten(date)),
        hint=lazy_gettext("Write a year, a month or a day: 2024, 2024-05 or 2024-05-31."),
    )


def _next_begin(begin: datetime, month: int | None, day: int | None) -> datetime:
    try:
        if day:
            return begin + _DAY
        return (begin + 31 * _DAY).replace(day=1) if month else begin.replace(year=begin.year + 1)
    except (OverflowError, ValueError):  # behind the last day that there is
        return datetime.max.replace(tzinfo=UTC)


def _author(typed: str) -> str:
    if len(typed) > MOST_CHARACTERS or _NO_NAME.search(typed) or not any(map(str.isalpha, typed)):
        raise BadInput(
            lazy_gettext("{author:quoted} is no author’s name.", author=_shorten(typed)),
            hint=lazy_gettext("Write one name such as Ada Lovelace, without signs or digits."),
        )
    return typed


def _term(typed: str) -> str:
    if len(typed) > MOST_CHARACTERS or not tokens(typed):
        raise BadInput(
            lazy_gettext("{term:quoted} cannot be excluded.", term=_shorten(typed)),
            hint=lazy_gettext(
                "Write a word or a short phrase of letters and digits, of at most {n} characters.", n=MOST_CHARACTERS
            ),
        )
    return typed


def _kept(values: Sequence[str]) -> list[str]:
    """The values without blank ones, each in one line without what cannot be seen."""
    found = list(filter(None, (_clean(value) for value in values)))
    if len(found) > MOST_VALUES:
        raise BadInput(
            lazy_gettext("{n} values are too many for one limit.", n=len(found)),
            hint=lazy_gettext("Give at most {n}.", n=MOST_VALUES),
        )
    return found


def _clean(text: str) -> str:
    return " ".join("".join(_visible(unicodedata.normalize("NFC", text))).split())


def _visible(text: Iterable[str]) -> Iterator[str]:
    """Control and format characters become blanks; they could hide what a limit is."""
    return (" " if unicodedata.category(char)[0] == "C" else char for char in text)


def _split(line: str, between: str) -> tuple[str, ...]:
    return tuple(filter(None, (part.strip() for part in re.split(between, line))))


def _shorten(text: str) -> str:
    clean = _clean(text)
    return clean if len(clean) <= 60 else f"{clean[:59]}…"
