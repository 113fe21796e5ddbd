"""Edition spec: what a survey or digest is to be, its window and its search, fixed before any work.

Invariant: a window begins where the last one that was wholly read ended, less the days by which arXiv announces late,
and ends at the slot; papers that an earlier edition of the topic had are never new.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta

from digest import cadence
from digest.errors import BadInput, NotFound
from digest.pipeline.services import DigestRequest, Services, SurveySettings
from digest.ports import SearchRequest
from digest.retrieval.search import SearchSpec
from digest.run_context import RunContext
from digest.text import language
from digest.text.language import language_name
from store.records.editions import EditionKind, Query, Topic, fingerprint

# What an edition is to be about, fixed before any work: its identity, its question and, for a digest, its window.

_SLUG_LENGTH = 48


@dataclass(frozen=True)
class EditionSpec:
    id: str
    kind: EditionKind
    title: str
    question: str
    language: str
    created_at: datetime
    topic: str = ""
    slot: datetime | None = None
    since: datetime | None = None  # window of submission times, UTC
    previous: datetime | None = None  # slot of the topic's digest before this one

    @property
    def until(self) -> datetime | None:
        return self.slot


def new_survey_spec(question: str, language: str, now: datetime) -> EditionSpec:
    """A survey is a new edition every time it is made, so its id holds the moment."""
    id_ = f"{_slug(question)}-{fingerprint(question, now.isoformat())[:6]}"
    return EditionSpec(id_, "survey", question, question, language, now)


def new_digest_spec(
    topic: Topic, language: str, slot: datetime, since: datetime, previous: datetime | None, now: datetime
) -> EditionSpec:
    """A digest is determined by its topic and slot, and so is its id."""
    id_ = f"{topic.slug}-{slot:%Y-%m-%d}" + (f"-{slot:%H%M}" if slot.strftime("%H%M") != "0000" else "")
    question = topic.question or topic.title
    return EditionSpec(id_, "digest", topic.title, question, language, now, topic.slug, slot, since, previous)


def _slug(text: str) -> str:
    """The question as the readable part of an address; "survey" where it has no Latin letters."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    if len(words) > _SLUG_LENGTH:
        words = words[: _SLUG_LENGTH + 1].rsplit("-", 1)[0][:_SLUG_LENGTH]
    return words or "survey"


# What a digest says of its own lateness: that it was tried before, and which slots it covers beside its own.

_LATE_AFTER = timedelta(minutes=15)  # later than this is worth a word
_MOST_DAYS_LISTED = 3


def note_lateness(topic: Topic, commission: EditionSpec, parts: Services, run: RunContext) -> None:
    """Add a health line where earlier attempts at this slot failed, and one where slots before it were missed."""
    assert commission.slot  # noqa: S101  # a digest has one
    tried = parts.store.digest_attempts.get(topic.slug, commission.slot)
    late = run.now - commission.slot
    if tried and late > _LATE_AFTER:
        times = "once" if tried.attempts == 1 else f"{tried.attempts} times"
        run.add_health(
            "schedule", ok=False, detail=f"Written {_format_delay(late)} late, after it failed {times}: {tried.reason}"
        )
    missed = _missed_slots(topic, commission)
    if missed:
        days = ", ".join(f"{slot:%Y-%m-%d}" for slot in missed[-_MOST_DAYS_LISTED:])
        more = f" and {len(missed) - _MOST_DAYS_LISTED} before" if len(missed) > _MOST_DAYS_LISTED else ""
        noun = "slot was" if len(missed) == 1 else "slots were"
        detail = f"{len(missed)} earlier {noun} missed ({days}{more}); this digest covers them, too."
        run.add_health("schedule", ok=False, detail=detail)


def _missed_slots(topic: Topic, commission: EditionSpec) -> list[datetime]:
    """The slots between the topic's previous digest and this one."""
    if not (commission.previous and commission.slot):
        return []
    found = cadence.slots(topic.cadence, topic.at, topic.timezone, commission.previous, commission.slot)
    return [slot for slot in found if slot < commission.slot]


def _format_delay(late: timedelta) -> str:
    minutes = int(late.total_seconds() // 60)
    return f"{minutes} minutes" if minutes < 120 else f"{minutes // 60} hours"


def get_topic(slug: str, parts: Services) -> Topic:
    topic = parts.store.topics.get(slug)
    if topic is None:
        known = ", ".join(one.slug for one in parts.store.topics.list()) or "none yet"
        raise NotFound(f"There is no topic “{slug}”.", hint=f"Topics: {known}. Add one: paperroute topics add --help")
    return topic


def requested_slot(request: DigestRequest, topic: Topic, run: RunContext) -> datetime:
    if not request.slot:
        return cadence.latest_slot(topic.cadence, topic.at, topic.timezone, run.now)
    slot = parse_moment(request.slot, topic)
    if slot > run.now:
        raise BadInput(f"The slot {request.slot} is in the future.", hint="Its papers are not submitted yet.")
    return slot


def requested_since(request: DigestRequest, topic: Topic, slot: datetime) -> datetime | None:
    """Where the window is asked to begin; None where that is left to the digests before. Raises BadInput."""
    if not request.since:
        return None
    since = parse_moment(request.since, topic)
    if since >= slot:
        raise BadInput(
            f"The window would begin at {since:%Y-%m-%d %H:%M} UTC, after its slot.", hint="Give an earlier --since."
        )
    return since


def parse_moment(text: str, topic: Topic) -> datetime:
    try:
        return cadence.parse_slot(text, topic.at, topic.timezone)
    except ValueError as error:
        raise BadInput(f"{error}.") from None


def resolve_language(asked: str, text: str) -> str:
    if not language.is_language_option(asked):
        raise BadInput(f"“{asked}” is no language tag.", hint="Write auto, or a tag such as en or ja.")
    return language.detect_language(text) if asked == "auto" else asked


def choose_edition_language(asked: str, text: str, parts: Services, run: RunContext) -> str:
    """The language that the edition will be in: that of `resolve_language`, where its text can be written in it."""
    wanted = resolve_language(asked, text)
    written = parts.synthesis.written_in(wanted)
    if written != wanted:
        detail = (
            f"Written in {language_name(written)}: "
            f"without a language model there are no texts in {language_name(wanted)}."
        )
        run.add_health("language", ok=True, detail=detail)
    return written


def resolve_digest_spec(
    request: DigestRequest, topic: Topic, slot: datetime, parts: Services, run: RunContext
) -> EditionSpec:
    tongue = choose_edition_language(topic.language, topic.question or topic.title, parts, run)
    since = requested_since(request, topic, slot) or _window_start(topic, slot, parts)
    previous = parts.store.editions.last_digest(topic.slug, slot)
    return new_digest_spec(topic, tongue, slot, since, previous.slot if previous else None, run.now)


def _window_start(topic: Topic, slot: datetime, parts: Services) -> datetime:
    """Where the last window that was wholly read ended, less the days by which arXiv announces late."""
    read_until = parts.store.editions.last_complete_until(topic.slug)
    if read_until is None:
        return slot - timedelta(days=cadence.first_window_days(topic.cadence))
    return min(read_until, slot) - timedelta(days=cadence.overlap_days(topic.cadence))


def digest_search_spec(
    topic: Topic, queries: tuple[Query, ...], commission: EditionSpec, parts: Services, policy: SurveySettings
) -> SearchSpec:
    request = SearchRequest(
        queries,
        categories=topic.categories,
        since=commission.since,
        until=commission.until,
        limit=policy.max_window_results,
        order="submitted",
    )
    return SearchSpec(
        request,
        include=topic.include,
        exclude=topic.exclude,
        language=commission.language,
        unseen=lambda ids: parts.store.editions.unseen(topic.slug, ids),
    )
