"""The words of a question by which it says how it is to be answered: how many papers, in which language, of which time.

Invariant: pure; what is found here is what `understand` finds, read by the same readers in the same order.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from digest.question.author_names import take_authors
from digest.question.search_limits import take_categories, take_count, take_language, take_paper_ids
from digest.question.words import Reading
from digest.text.date_range import locate_period
from store.text.lazy_pattern import compile_lazily

RequestRole = Literal["count", "language", "period"]
_PUBLISHED = compile_lazily(
    r"(?:(?:that|which)\s+(?:were|was|appeared|came out)\s+)?(?<!\w)(?:published|submitted|posted|released|"
    r"appeared|appearing|written|"
    r"veröffentlicht|erschienen|eingereicht|publiée?s?|parue?s?|publicad[oa]s?|enviad[oa]s?)\s+$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class RequestWords:
    """text: the question, its quotation marks and dashes plain. places: what is said where in it, from start to end.

    language: a tag; "" where none is asked for.
    """

    text: str
    places: tuple[tuple[int, int, RequestRole], ...]
    max_papers: int | None
    language: str


def find_request_words(text: str, now: datetime) -> RequestWords:
    """What the question says beside its subject."""
    reading = Reading(text)
    take_paper_ids(reading)
    take_categories(reading)
    places: list[tuple[int, int, RequestRole]] = []
    found = locate_period(reading.text, now)
    is_bounded = found and reading.take_span(found.start, found.end, "period")
    max_papers, language = take_count(reading), take_language(reading)
    take_authors(reading)
    if found and is_bounded:
        places.append((take_publishing(reading, found.start), found.end, "period"))
    roles: tuple[RequestRole, ...] = ("count", "language")
    places += [(start, end, role) for role in roles for start, end in reading.spans_of(role)]
    return RequestWords(reading.text, tuple(sorted(places)), max_papers, language)


def take_publishing(reading: Reading, start: int) -> int:
    """Where a period begins whose words begin at `start`: with "published", where that is no author's verb."""
    before = _PUBLISHED.search(reading.text, 0, start)
    return before.start() if before and reading.take_span(before.start(), start, "period") else start
