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

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
# An archive (cs, hep-th), an archive with its class (cs.CL, astro-ph.GA), or all of an archive (cs.*).
_CATEGORY = re.compile(r"[a-z][a-z-]{1,15}(?:\.(?:[A-Za-z-]{2,10}|\*))?")


def topic_problems(topic: Topic, built_in: Callable[[str], object] | None = None) -> tuple[str, ...]:
    """Everything that is wrong with a topic; empty when it is good.

    built_in: what finds the search words of a question where no language model does, by rules alone. A question in
    which it finds none would fail at every slot.
    """
    return (*_naming(topic), *_searching(topic, built_in), *_calendar(topic), *_bounds(topic))


def _naming(topic: Topic) -> Iterator[str]:
    if not (_SLUG.fullmatch(topic.slug) and len(topic.slug) <= 60):
        yield f"slug “{topic.slug}”: use up to 60 small letters, digits and single hyphens, such as speech-recognition"
    if not topic.title.strip() or len(topic.title) > 200:
        yield "title: give one of 1 to 200 characters"


def _searching(topic: Topic, built_in: Callable[[str], object] | None) -> Iterator[str]:
    if not topic.question and not topic.queries:
        yield "question: give one, or give queries"
    if topic.question:
        wrong = tuple(_complaint(lambda: clean_question(topic.question), "question"))
        yield from wrong
        if built_in and not topic.queries and not wrong:
            yield from _complaint(lambda: built_in(clean_question(topic.question)), "question")
    for query in topic.queries:
        yield from _complaint(lambda query=query: parse_query(query), "queries")  # type: ignore[misc]
    for category in topic.categories:
        if not _CATEGORY.fullmatch(category):
            yield f"categories: “{category}” is no arXiv category; write cs.CL, hep-th or cs.*"
    for word in (*topic.include, *topic.exclude):
        yield from _complaint(lambda word=word: parse_query(f'"{word}"'), "include/exclude")  # type: ignore[misc]


def _bounds(topic: Topic) -> Iterator[str]:
    if not is_language_option(topic.language):
        yield f"language “{topic.language}”: write auto, or a tag such as en or ja"
    if not 1 <= topic.max_papers <= 300:
        yield f"max_papers {topic.max_papers}: choose 1 to 300"


def _calendar(topic: Topic) -> Iterator[str]:
    yield from _complaint(lambda: parse_cadence(topic.cadence), "cadence")
    yield from _complaint(lambda: parse_time(topic.at), "at")
    try:
        ZoneInfo(topic.timezone)
    except (KeyError, ValueError, OSError):  # not found; absurd; the name of a folder of zones
        yield f"timezone: “{topic.timezone}” is no IANA zone; write Europe/Berlin or UTC"


def _complaint(check: Callable[[], object], field: str) -> Iterator[str]:
    try:
        check()
    except (BadInput, ValueError) as error:
        yield f"{field}: {error}"
