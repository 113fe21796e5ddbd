"""Topic validation: every problem at once, in words for the person who wrote it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from zoneinfo import ZoneInfo

from digest.cadence import parse_cadence, parse_time
from digest.categories import parse_category
from digest.errors import BadInput
from digest.retrieval.queries import clean_question, parse_query
from digest.text.language import is_language_option
from store.records.editions import Topic
from store.records.lazy_text import AnyText, lazy_gettext
from store.records.questions import SearchLimits
from store.records.repositories import split_category

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
# An archive (cs, hep-th), an archive with its class (cs.CL, astro-ph.GA), or all of an archive (cs.*).
_CATEGORY = re.compile(r"[a-z][a-z-]{1,15}(?:\.(?:[A-Za-z-]{2,10}|\*))?")


def topic_problems(topic: Topic, *, by_rules: bool = False) -> tuple[tuple[str, AnyText], ...]:
    """Everything that is wrong with a topic, as (field of `Topic`, what is wrong with it); empty when it is good.

    by_rules: whether questions are read without a language model. One in which rules find nothing to search for would
    fail at every slot.
    """
    return (*_naming(topic), *_searching(topic, by_rules=by_rules), *_calendar(topic), *_bounds(topic))


def _naming(topic: Topic) -> Iterator[tuple[str, AnyText]]:
    if not (_SLUG.fullmatch(topic.slug) and len(topic.slug) <= 60):
        yield (
            "slug",
            lazy_gettext(
                "{slug:quoted} is none; use up to 60 small letters, digits, single hyphens, such as speech-recognition",
                slug=topic.slug,
            ),
        )
    if not topic.title.strip() or len(topic.title) > 200:
        yield "title", lazy_gettext("give one of 1 to 200 characters")


def _searching(topic: Topic, *, by_rules: bool) -> Iterator[tuple[str, AnyText]]:
    if not topic.question and not topic.queries:
        yield "question", lazy_gettext("give one, or give queries")
    if topic.question:
        wrong = tuple(_complaints("question", clean_question, topic.question))
        yield from wrong
        if by_rules and not topic.queries and not wrong:
            yield from _complaints("question", partial(_read_by_rules, topic.categories), topic.question)
    for query in topic.queries:
        yield from _complaints("queries", parse_query, query)
    for category in topic.categories:
        if split_category(category)[0]:
            yield from _complaints("categories", parse_category, category)
        elif not _CATEGORY.fullmatch(category):
            yield (
                "categories",
                lazy_gettext("{category:quoted} is no arXiv category; write cs.CL, hep-th or cs.*", category=category),
            )
    for field, words in (("include", topic.include), ("exclude", topic.exclude)):
        for word in words:
            yield from _complaints(field, parse_query, f'"{word}"')


def _read_by_rules(categories: tuple[str, ...], question: str) -> None:
    # The configuration's topics are checked at every start, and without this.
    from digest.question.understand import restrict, understand  # noqa: PLC0415
    from digest.retrieval.question_reading import refuse_empty  # noqa: PLC0415

    record = understand(clean_question(question), datetime.now(UTC))
    refuse_empty(restrict(record, SearchLimits(categories=categories)))


def _bounds(topic: Topic) -> Iterator[tuple[str, AnyText]]:
    if not is_language_option(topic.language):
        yield (
            "language",
            lazy_gettext("{tag:quoted} is no tag; write auto, or a tag such as en or ja", tag=topic.language),
        )
    if not 1 <= topic.max_papers <= 300:
        yield "max_papers", lazy_gettext("{n} is out of range; choose 1 to 300", n=str(topic.max_papers))


def _calendar(topic: Topic) -> Iterator[tuple[str, AnyText]]:
    yield from _complaints("cadence", parse_cadence, topic.cadence)
    yield from _complaints("at", parse_time, topic.at)
    try:
        ZoneInfo(topic.timezone)
    except (KeyError, ValueError, OSError):  # not found; absurd; the name of a folder of zones
        yield (
            "timezone",
            lazy_gettext("{zone:quoted} is no IANA zone; write Europe/Berlin or UTC", zone=topic.timezone),
        )


def _complaints(field: str, check: Callable[[str], object], value: str) -> Iterator[tuple[str, AnyText]]:
    try:
        check(value)
    except BadInput as error:
        yield field, error.text
