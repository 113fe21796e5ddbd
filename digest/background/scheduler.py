"""Scheduler, one tick: which slots are due and not made, made side by side, each topic by itself.

Invariant: the store says what was made, never a timer: a restart, a sleeping machine, a slow run or a second process
loses no slot and makes none twice; several processes share the slots, and none waits for another's. A topic that fails
is tried again later, and holds up no other.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from digest import cadence
from digest.errors import Cancelled, PaperRouteError
from digest.pipeline.pipeline import digest_lease
from digest.pipeline.services import DigestRequest
from digest.retry import Backoff
from digest.run_context import RunContext
from store import Store
from store.records.editions import Edition, Topic
from store.records.lazy_text import LazyText, lazy_gettext
from store.tables.editions import EditionHead

_log = logging.getLogger(__name__)
RETRY_BACKOFF = Backoff(first=300.0, most=3600.0)  # seconds after the failures of a slot
_PREFETCHING = ""  # stands among the topics under way; no slug is empty
_MOST_OF_FAULT = 500  # characters of an unexpected error that are kept
_MOST_SET_BACK = timedelta(days=1)  # further, and what was made in the future counts for nothing
_LAST_CHANCE = timedelta(minutes=15)  # so long before the next slot, a digest is made of what there is

MakeDigest = Callable[[DigestRequest, RunContext], Edition]
PrefetchDigests = Callable[[RunContext], object]


@dataclass(frozen=True)
class DueDigest:
    topic: Topic
    slot: datetime
    following: datetime  # the topic's next slot
    attempts: int = 0  # that failed


class DigestScheduler:
    """make: writes one digest. executor: how many topics are made side by side. after: told of each new edition.

    prepare: a step for all digests whose slot is yet to come, at each tick; None: nothing is prepared.
    """

    def __init__(
        self,
        store: Store,
        make: MakeDigest,
        executor: Executor,
        *,
        after: Callable[[Edition], None] = lambda _: None,
        prepare: PrefetchDigests | None = None,
    ) -> None:
        self._store = store
        self._make = make
        self._executor = executor
        self._after = after
        self._prepare = prepare
        self._busy: set[str] = set()
        self._lock = threading.Lock()
        self._cancel = threading.Event()

    def tick(self, now: datetime | None = None) -> int:
        """Begin every digest that is due and not under way here; how many were begun."""
        begun, now = 0, now or datetime.now(UTC)
        if put_off := self._store.clock_changes.follow(now):
            _log.warning("the clock was ahead: %d deliveries that waited for it are due now", put_off)
        for due in self.due(now):
            if self._take(due.topic.slug):
                self._executor.submit(self._digest, due)
                begun += 1
        if self._prepare and self._take(_PREFETCHING):
            self._executor.submit(self._ahead, self._prepare)
        return begun

    def due(self, now: datetime) -> list[DueDigest]:
        """The newest slot of each topic that has no edition yet, and is not waiting for another try.

        Digests of slots further ahead, which a clock made that was wrong then, stand in the way of none.
        """  # decision 151
        found, newest = [], self._store.edition_links.newest_by_topic(now)
        for topic in self._store.topics.list(active_only=True):
            try:
                if due := self._due(topic, newest.get(topic.slug), now):
                    found.append(due)
            except (ValueError, KeyError) as error:  # a topic whose zone this machine lost, say
                _log.error("topic %s has no slots: %s", topic.slug, error)
        return found

    def stop(self) -> None:
        """Begin nothing more, and stop what is under way between two steps; it goes on from there next time."""
        self._cancel.set()

    @property
    def working_on(self) -> tuple[str, ...]:
        """Slugs of the topics whose digest is under way here."""
        with self._lock:
            return tuple(sorted(self._busy - {_PREFETCHING}))

    def _due(self, topic: Topic, last: EditionHead | None, now: datetime) -> DueDigest | None:
        editions, slot = self._store.editions, cadence.latest_slot(topic.cadence, topic.at, topic.timezone, now)
        if last and last.slot and last.slot >= slot and not editions.release_slot(topic.slug, last.slot):
            return None
        waiting = self._store.digest_attempts.get(topic.slug, slot)
        # Further ahead than any back-off: the clock was ahead when that was written.
        if waiting and now < waiting.next_at <= now + timedelta(seconds=RETRY_BACKOFF.most):
            return None
        following = cadence.next_slot(topic.cadence, topic.at, topic.timezone, now)
        is_near = following - now < _MOST_SET_BACK and editions.of_slot(topic.slug, following)
        if is_near and not editions.release_slot(topic.slug, following):
            return None  # the clock was set back over that slot: its digest covers the one before, too
        return DueDigest(topic, slot, following, waiting.attempts if waiting else 0)

    def _take(self, slug: str) -> bool:
        with self._lock:
            if self._cancel.is_set() or slug in self._busy:
                return False
            self._busy.add(slug)
            return True

    def _digest(self, due: DueDigest) -> None:
        slug, now = due.topic.slug, datetime.now(UTC)
        try:
            # It waited while the machine slept: the next tick makes the newest slot.
            if now >= due.following or self._is_done_elsewhere(due):
                return
            request = DigestRequest(slug, due.slot.isoformat(), patient=due.following - now > _LAST_CHANCE)
            edition = self._make(request, RunContext(cancel=self._cancel))
            self._store.digest_attempts.clear(slug, due.slot)
            _log.info("digest %s: %d papers%s", edition.id, len(edition.papers), " (quiet)" if edition.quiet else "")
            self._after(edition)
        except Cancelled:
            _log.info("the digest of %s was stopped; it goes on at the next start", slug)
        except Exception as error:  # noqa: BLE001 - one bad topic never holds up the others, whatever it is
            self._postpone(due, error)
        finally:
            with self._lock:
                self._busy.discard(slug)

    def _is_done_elsewhere(self, due: DueDigest) -> bool:
        """Whether another process writes it, or has failed at it since the tick: the next tick looks again."""
        tried = self._store.digest_attempts.get(due.topic.slug, due.slot)
        if tried and tried.attempts > due.attempts:
            return True
        return self._store.leases.is_any_held([digest_lease(due.topic.slug, due.slot)])

    def _ahead(self, prepare: PrefetchDigests) -> None:
        try:
            prepare(RunContext(cancel=self._cancel))
        except Cancelled:
            _log.info("what was being prepared was stopped; it goes on at the next start")
        except Exception as error:  # noqa: BLE001 - a digest is made without its preparation, too
            _log.warning("coming digests could not be prepared: %s", error)
        finally:
            with self._lock:
                self._busy.discard(_PREFETCHING)

    def _postpone(self, due: DueDigest, error: Exception) -> None:
        reason = error.text if isinstance(error, PaperRouteError) else _describe_fault(error)
        now = datetime.now(UTC)
        next_at = now + timedelta(seconds=RETRY_BACKOFF.pause(due.attempts + 1))
        if now < due.following - _LAST_CHANCE < next_at:
            next_at = due.following - _LAST_CHANCE
        _log.warning("digest of %s failed, next try at %s: %s", due.topic.slug, f"{next_at:%H:%M} UTC", reason)
        try:
            self._store.digest_attempts.postpone(due.topic.slug, due.slot, now, next_at, reason)
        except PaperRouteError as unwritten:
            _log.error("that could not be recorded, so it is tried again at once: %s", unwritten.message)


def _describe_fault(error: Exception) -> LazyText:
    told = f"{type(error).__name__}: {error}"[:_MOST_OF_FAULT]
    return lazy_gettext("a fault of Paper Route: {error}", error=told)
