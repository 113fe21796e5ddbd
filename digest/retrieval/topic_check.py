"""Topic validation: every problem at once, in words for the person who wrote it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from zoneinfo import ZoneInfo

from digest.cadence import parse_cadence, parse_time
from digest.errors import BadInput
from digest.retrieval.queries import clean_question, parse_query
from digest.text.language import is_language_option
from store.records.editions import Topic
from store.records.lazy_text import AnyText, lazy_gettext

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
# An archive (cs, hep-th), an archive with its class (cs.CL, astro-ph.GA), or all of an archive (cs.*).
_CATEGORY = re.compile(r"[a-z][a-z-]{1,15}(?:\.(?:[A-Za-z-]{2,10}|\*))?")


def topic_problems(topic: Topic, built_in: Callable[[str], object] | None = None) -> tuple[tuple[str, AnyText], ...]:
    """Everything that is wrong with a topic, as (field of `Topic`, what is wrong with it); empty when it is good.

    built_in: what finds the search words of a question where no language model does, by rules alone. A question in
    which it finds none would fail at every slot.
    """
    return (*_naming(topic), *_searching(topic, built_in), *_calendar(topic), *_bounds(topic))


def _naming(topic: Topic) -> Iterator[tuple[str, AnyText]]:
    if not (_SLUG.fullmatch(topic.slug) and len(topic.slug) <= 60):
        yield (
            "slug",
            lazy_gettext(
                "“{slug}” is none; use up to 60 small letters, digits, single hyphens, such as speech-recognition",
                slug=topic.slug,
            ),
        )
    if not topic.title.strip() or len(topic.title) > 200:
        yield "title", lazy_gettext("give one of 1 to 200 characters")


def _searching(topic: Topic, built_in: Callable[[str], object] | None) -> Iterator[tuple[str, AnyText]]:
    if not topic.question and not topic.queries:
        yield "question", lazy_gettext("give one, or give queries")
    if topic.question:
        wrong = tuple(_complaints("question", clean_question, topic.question))
        yield from wrong
        if built_in and not topic.queries and not wrong:
            yield from _complaints("question", built_in, clean_question(topic.question))
    for query in topic.queries:
        yield from _complaints("queries", parse_query, query)
    for category in topic.categories:
        if not _CATEGORY.fullmatch(category):
            yield (
                "categories",
                lazy_gettext("“{category}” is no arXiv category; write cs.CL, hep-th or cs.*", category=category),
            )
    for field, words in (("include", topic.include), ("exclude", topic.exclude)):
        for word in words:
            yield from _complaints(field, parse_query, f'"{word}"')


def _bounds(topic: Topic) -> Iterator[tuple[str, AnyText]]:
    if not is_language_option(topic.language):
        yield (
            "language",
            lazy_gettext("“{language}” is no tag; write auto, or a tag such as en or ja", language=topic.language),
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
            lazy_gettext("“{timezone}” is no IANA zone; write Europe/Berlin or UTC", timezone=topic.timezone),
        )


def _complaints(field: str, check: Callable[[str], object], value: str) -> Iterator[tuple[str, AnyText]]:
    try:
        check(value)
    except BadInput as error:
        yield field, error.text
    except ValueError as error:  # of a schedule, which readers choose from a list
        yield field, str(error)
