"""Edition spec: what a survey or digest is to be, its window and its search, fixed before any work.

Invariant: a window begins where the last one that was wholly read ended, less the days by which arXiv announces late,
and ends at the slot; papers that an earlier edition of the topic had are never new.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from digest import cadence
from digest.errors import BadInput, NotFound
from digest.pipeline.services import DigestRequest, SurveyRequest
from digest.ports import SynthesisModel
from digest.question.understand import understand
from digest.retrieval.queries import clean_question
from digest.run_context import RunContext
from digest.text import language
from store.records.editions import EditionKind, Topic, fingerprint
from store.records.lazy_text import AnyText, LazyText, lazy_gettext, lazy_ngettext
from store.tables.editions import Editions
from store.tables.schedule import DigestAttempts
from store.tables.topics import Topics

_SLUG_LENGTH = 48
_LATE_AFTER = timedelta(minutes=15)  # later than this is worth a word
_MOST_DAYS_LISTED = 3


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
    cite_every: bool = False

    @property
    def until(self) -> datetime | None:
        return self.slot


def survey_id(request: SurveyRequest, now: datetime) -> str:
    """A survey is a new edition every time it is made, so its id holds the moment, and all that was asked for: two
    with other limits may be made in one. Raises BadInput.
    """
    question = clean_question(request.question)
    asked = repr(replace(request, question=question))
    return f"{_slug(question)}-{fingerprint(asked, now.isoformat())[:6]}"


def digest_id(topic: str, slot: datetime) -> str:
    """A digest is determined by its topic and slot, and so is its id."""
    return f"{topic}-{slot:%Y-%m-%d}" + (f"-{slot:%H%M}" if slot.strftime("%H%M") != "0000" else "")


def new_survey_spec(request: SurveyRequest, language: str, now: datetime) -> EditionSpec:
    question = clean_question(request.question)
    id_ = survey_id(request, now)
    return EditionSpec(id_, "survey", question, question, language, now, cite_every=request.cite_every)


def _slug(text: str) -> str:
    """The question as the readable part of an address; "survey" where it has no Latin letters."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    if len(words) > _SLUG_LENGTH:
        words = words[: _SLUG_LENGTH + 1].rsplit("-", 1)[0][:_SLUG_LENGTH]
    return words or "survey"


def note_lateness(topic: Topic, spec: EditionSpec, attempts: DigestAttempts, run: RunContext) -> None:
    """Add a health line where earlier attempts at this slot failed, and one where slots before it were missed."""
    assert spec.slot  # noqa: S101  # a digest has one
    tried = attempts.get(topic.slug, spec.slot)
    late = run.now - spec.slot
    if tried and late > _LATE_AFTER:
        detail = lazy_ngettext(
            "Written {delay} late, after it failed once: {reason}",
            "Written {delay} late, after it failed {n} times: {reason}",
            tried.attempts,
            delay=_format_delay(late),
            reason=tried.reason,
        )
        run.add_health("schedule", ok=False, detail=detail)
    missed = _missed_slots(topic, spec)
    if missed:
        days: AnyText = ", ".join(f"{slot:%Y-%m-%d}" for slot in missed[-_MOST_DAYS_LISTED:])
        if len(missed) > _MOST_DAYS_LISTED:
            days = lazy_gettext("{days} and {more} before", days=days, more=len(missed) - _MOST_DAYS_LISTED)
        detail = lazy_ngettext(
            "{n} earlier slot was missed ({days}); this digest covers it, too.",
            "{n} earlier slots were missed ({days}); this digest covers them, too.",
            len(missed),
            days=days,
        )
        run.add_health("schedule", ok=False, detail=detail)


def _missed_slots(topic: Topic, spec: EditionSpec) -> list[datetime]:
    """The slots between the topic's previous digest and this one."""
    if not (spec.previous and spec.slot):
        return []
    found = cadence.slots(topic.cadence, topic.at, topic.timezone, spec.previous, spec.slot)
    return [slot for slot in found if slot < spec.slot]


def _format_delay(late: timedelta) -> LazyText:
    minutes = int(late.total_seconds() // 60)
    if minutes < 120:
        return lazy_ngettext("{n} minute", "{n} minutes", minutes)
    return lazy_ngettext("{n} hour", "{n} hours", minutes // 60)


def get_topic(slug: str, topics: Topics) -> Topic:
    topic = topics.get(slug)
    if topic is None:
        known = tuple(other.slug for other in topics.list())
        hint = (
            lazy_gettext("Topics: {topics:series}. Add one: paperroute topics add --help", topics=known)
            if known
            else lazy_gettext("Topics: none yet. Add one: paperroute topics add --help")
        )
        listed = (
            lazy_gettext("Topics: {topics:series}.", topics=known) if known else lazy_gettext("There are none yet.")
        )
        raise NotFound(lazy_gettext("There is no topic {slug:quoted}.", slug=slug), hint=hint, for_readers=listed)
    return topic


def requested_slot(request: DigestRequest, topic: Topic, now: datetime) -> datetime:
    if not request.slot:
        return cadence.latest_slot(topic.cadence, topic.at, topic.timezone, now)
    slot = parse_moment(request.slot, topic)
    if slot > now:
        raise BadInput(
            lazy_gettext("The slot {slot} is in the future.", slot=request.slot),
            hint=lazy_gettext("Its papers are not submitted yet."),
        )
    return slot


def requested_since(request: DigestRequest, topic: Topic, slot: datetime) -> datetime | None:
    """Where the window is asked to begin; None where that is left to the digests before. Raises BadInput."""
    if not request.since:
        return None
    since = parse_moment(request.since, topic)
    if since >= slot:
        time = f"{since:%Y-%m-%d %H:%M}"
        raise BadInput(
            lazy_gettext("The window would begin at {time} UTC, after its slot.", time=time),
            hint=lazy_gettext("Give an earlier --since."),
        )
    return since


def parse_moment(text: str, topic: Topic) -> datetime:
    return cadence.parse_slot(text, topic.at, topic.timezone)


def resolve_language(asked: str, text: str) -> str:
    check_language(asked)
    return understand(text, datetime.now(UTC)).language if asked == "auto" else asked


def check_language(asked: str) -> None:
    """Raises BadInput for what is no language."""
    if not language.is_language_option(asked):
        raise BadInput(
            lazy_gettext("{tag:quoted} is no language tag.", tag=asked),
            hint=lazy_gettext("Write auto, or a tag such as en or ja."),
        )


def choose_edition_language(asked: str, text: str, model: SynthesisModel, run: RunContext) -> str:
    """The language that the edition will be in: that of `resolve_language`, where its text can be written in it."""
    wanted = resolve_language(asked, text)
    written = model.written_in(wanted)
    if written != wanted:
        detail = lazy_gettext(
            "Written in {written:language}: without a language model there are no texts in {wanted:language}.",
            written=written,
            wanted=wanted,
        )
        run.add_health("language", ok=True, detail=detail)
    return written


def resolve_digest_spec(
    request: DigestRequest, topic: Topic, slot: datetime, model: SynthesisModel, editions: Editions, run: RunContext
) -> EditionSpec:
    question = topic.question or topic.title
    written = choose_edition_language(topic.language, question, model, run)
    since = requested_since(request, topic, slot) or _window_start(topic, slot, editions, run.now)
    previous = editions.last_digest(topic.slug, slot)
    return EditionSpec(
        _free_digest_id(topic.slug, slot, editions),
        "digest",
        topic.title,
        question,
        written,
        run.now,
        topic.slug,
        slot,
        since,
        previous.slot if previous else None,
    )


def _free_digest_id(topic: str, slot: datetime, editions: Editions) -> str:
    """Another one where a clock that was ahead made a digest of this slot before: its address stays its own."""
    id_ = digest_id(topic, slot)
    return id_ if editions.get(id_) is None else f"{id_}-again"


def _window_start(topic: Topic, slot: datetime, editions: Editions, now: datetime) -> datetime:
    """Where the last window that was wholly read ended, less the days by which arXiv announces late."""
    read_until = editions.last_complete_until(topic.slug, now)
    if read_until is None:
        return slot - timedelta(days=cadence.first_window_days(topic.cadence))
    return min(read_until, slot) - timedelta(days=cadence.overlap_days(topic.cadence))
