"""A topic and its slot -> what its digest is to be, and which papers to look for: fixed before any work.

Invariant: a window begins where the last one that was wholly read ended, less the days by which arXiv announces late,
and ends at the slot; papers that an earlier edition of the topic had are never new.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from digest import language, schedule
from digest.commission import Commission, digest_commission
from digest.errors import BadInput, NotFound
from digest.gather import Wanted
from digest.parts import DigestRequest, Parts, Policy
from digest.ports import SearchRequest
from digest.run import Run
from digest.tongue import name
from store.records.editions import Query, Topic


def topic_of(slug: str, parts: Parts) -> Topic:
    topic = parts.store.topics.get(slug)
    if topic is None:
        known = ", ".join(one.slug for one in parts.store.topics.list()) or "none yet"
        raise NotFound(f"There is no topic “{slug}”.", hint=f"Topics: {known}. Add one: paperroute topics add --help")
    return topic


def slot_of(request: DigestRequest, topic: Topic, run: Run) -> datetime:
    if not request.slot:
        return schedule.latest_slot(topic.cadence, topic.at, topic.timezone, run.now)
    slot = moment_of(request.slot, topic)
    if slot > run.now:
        raise BadInput(f"The slot {request.slot} is in the future.", hint="Its papers are not submitted yet.")
    return slot


def since_of(request: DigestRequest, topic: Topic, slot: datetime) -> datetime | None:
    """Where the window is asked to begin; None where that is left to the digests before. Raises BadInput."""
    if not request.since:
        return None
    since = moment_of(request.since, topic)
    if since >= slot:
        raise BadInput(
            f"The window would begin at {since:%Y-%m-%d %H:%M} UTC, after its slot.", hint="Give an earlier --since."
        )
    return since


def moment_of(text: str, topic: Topic) -> datetime:
    try:
        return schedule.slot_of(text, topic.at, topic.timezone)
    except ValueError as error:
        raise BadInput(f"{error}.") from None


def tongue_of(asked: str, text: str) -> str:
    if not language.is_valid(asked):
        raise BadInput(f"“{asked}” is no language tag.", hint="Write auto, or a tag such as en or ja.")
    return language.detect(text) if asked == "auto" else asked


def written_tongue(asked: str, text: str, parts: Parts, run: Run) -> str:
    """The language that the edition will be in: that of `tongue_of`, where its text can be written in it."""
    wanted = tongue_of(asked, text)
    written = parts.synthesis.written_in(wanted)
    if written != wanted:
        detail = f"Written in {name(written)}: without a language model there are no texts in {name(wanted)}."
        run.note("language", ok=True, detail=detail)
    return written


def commission_of(request: DigestRequest, topic: Topic, slot: datetime, parts: Parts, run: Run) -> Commission:
    tongue = written_tongue(topic.language, topic.question or topic.title, parts, run)
    since = since_of(request, topic, slot) or _window_start(topic, slot, parts)
    previous = parts.store.editions.last_digest(topic.slug, slot)
    return digest_commission(topic, tongue, slot, since, previous.slot if previous else None, run.now)


def _window_start(topic: Topic, slot: datetime, parts: Parts) -> datetime:
    """Where the last window that was wholly read ended, less the days by which arXiv announces late."""
    read_until = parts.store.editions.last_complete_until(topic.slug)
    if read_until is None:
        return slot - timedelta(days=schedule.first_window_days(topic.cadence))
    return min(read_until, slot) - timedelta(days=schedule.overlap_days(topic.cadence))


def new_papers(
    topic: Topic, queries: tuple[Query, ...], commission: Commission, parts: Parts, policy: Policy
) -> Wanted:
    request = SearchRequest(
        queries,
        categories=topic.categories,
        since=commission.since,
        until=commission.until,
        limit=policy.max_window_results,
        order="submitted",
    )
    return Wanted(
        request,
        include=topic.include,
        exclude=topic.exclude,
        language=commission.language,
        unseen=lambda ids: parts.store.editions.unseen(topic.slug, ids),
    )
