"""Operator's weekly letter: what was sent and what was not, silent topics, spend, disk; once a week by each way.

Invariant: a week's letter is noted before it goes out, and goes again only where it surely did not arrive; it names no
reader. It is English, as all that is said to the operator.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from digest.background.circuit_report import next_step, report_circuit
from digest.cadence import LetterSchedule
from digest.errors import PaperRouteError
from digest.operator.operator_notices import AlreadyBegun, OperatorMessage, OperatorNotices, OperatorWay, try_way
from digest.operator.silent_topics import silent_topics
from store import Store
from store.records.deliveries import PartState
from store.records.lazy_text import format_usd, lazy_gettext
from store.tables.deliveries import count_waiting

_log = logging.getLogger(__name__)
_WEEK = timedelta(days=7)
_LATEST = timedelta(days=3)  # after its slot, that a letter still goes out
_PAUSE_SECONDS = 900.0  # after a try that failed
_TICK_SECONDS = 60.0
_MOST_TOPICS = 20  # that are named


def write_letter(store: Store, until: datetime) -> OperatorMessage:
    """Of the seven days before a moment. First what is wrong."""
    troubles, figures = _troubles(store, until), _figures(store, until - _WEEK, until)
    state = f"{len(troubles)} to look at" if troubles else "all is well"
    days = f"{until - _WEEK:%Y-%m-%d} to {until:%Y-%m-%d}"
    lines = [f"! {trouble}" for trouble in troubles] + figures
    return OperatorMessage(f"Paper Route, {days}: {state}", "\n".join(lines), until)


def _troubles(store: Store, now: datetime) -> list[str]:
    stopped = [f"{report_circuit(circuit)}\nNext step: {next_step(circuit)}" for circuit in store.circuits.list_open()]
    silent = [f"{found.topic.slug}: {found.told}" for found in silent_topics(store, now)]
    if len(silent) > _MOST_TOPICS:
        silent = [*silent[:_MOST_TOPICS], f"{len(silent) - _MOST_TOPICS} more topics are silent: paperroute doctor"]
    unsure = store.deliveries.counts().get("uncertain", 0)
    settle = [f"{unsure} uncertain: paperroute deliveries list --state uncertain"] if unsure else []
    return [*stopped, *silent, *settle]


def _figures(store: Store, since: datetime, until: datetime) -> list[str]:
    digests, ended = store.operator_figures.digests(since, until), store.operator_figures.deliveries(since, until)
    reports, people = store.delivery_reports.counts(since), store.subscriptions.counts()
    bounced = store.operator_figures.bounced(since, until)
    complaints = sum(count for (kind, _), count in reports.items() if kind == "complaint")
    returned = sum(count for (kind, _), count in reports.items() if kind == "failed")
    return [
        f"Digests: {digests.made:,} made, of {digests.topics:,} topics; {digests.quiet:,} without new papers.",
        f"Deliveries: {_count(ended)}; {count_waiting(store.deliveries.counts()):,} wait now.",
        f"Came back: {returned:,} bounces after acceptance, {complaints:,} complaints.",
        f"Subscriptions: {people.get('active', 0):,} active; {bounced:,} bounced, {people.get('bounced', 0):,} in all.",
        f"Language models: {format_usd(store.usage.usd(since))}.",
        f"Disk: {store.size / 2**20:,.0f} MB of the store{_free_words(store.free_bytes())}.",
    ]


def _count(ended: Mapping[str, int]) -> str:
    return ", ".join(f"{ended.get(state, 0):,} {state}" for state in ("sent", "failed", "uncertain"))


class WeeklyLetter:
    """Sends each week's letter by each way, once. clock: seconds that nobody sets."""

    def __init__(
        self,
        store: Store,
        ways: Sequence[OperatorWay],
        schedule: LetterSchedule,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store, self._ways, self._schedule, self._clock = store, ways, schedule, clock
        self._not_before: dict[str, float] = {}  # way -> when it is tried again
        self._troubles: dict[str, str] = {}  # way -> why its last try did not succeed

    def send_due(self, now: datetime, *, at_any_time: bool = False) -> int:
        """By every way by which the newest week's letter did not go; how many took it.

        at_any_time: also where it should have gone days ago.
        """
        slot = self._schedule.latest(now)
        if now - slot > _LATEST and not at_any_time:
            return 0
        self._store.operator_letters.forget(after=now + _WEEK + timedelta(days=1))
        week = self._schedule.week(now)
        sent = self._store.operator_letters.sent(week)
        due = [way for way in self._ways if way.name not in sent and self._may_try(way)]
        message = write_letter(self._store, slot) if due else None
        return sum(self._send(way, week, message, now) for way in due if message)

    @property
    def troubles(self) -> list[str]:
        """Of each way whose last try did not succeed, in a line."""
        return [f"{name}: {why}" for name, why in list(self._troubles.items())]

    def _may_try(self, way: OperatorWay) -> bool:
        return self._clock() >= self._not_before.get(way.name, 0.0)

    def _send(self, way: OperatorWay, week: str, message: OperatorMessage, now: datetime) -> bool:
        begun = False

        def begin() -> None:
            nonlocal begun
            if not self._store.operator_letters.begin(week, way.name, now):
                raise AlreadyBegun
            begun = True

        try:
            receipt = try_way(way, message, begin)
        except AlreadyBegun:
            return False
        if receipt.state == "sent":
            self._troubles.pop(way.name, None)
            self._store.operator_letters.end(week, way.name, arrived=True)
            return True
        self._troubles[way.name] = receipt.detail
        self._not_before[way.name] = self._clock() + _PAUSE_SECONDS
        if begun and receipt.state != "uncertain":
            self._store.operator_letters.end(week, way.name, arrived=False)
        return False


class OperatorPart:
    """The part of the service that tells the operator; weekly: None where no letter is asked for."""

    name = "operator"

    def __init__(self, notices: OperatorNotices, weekly: WeeklyLetter | None) -> None:
        self._notices, self._weekly = notices, weekly
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="operator", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, seconds: float) -> bool:
        self._over.set()
        self._thread.join(seconds)
        return self._notices.stop(seconds) and not self._thread.is_alive()

    def state(self) -> PartState:
        of_letters = self._weekly.troubles if self._weekly else []
        if troubles := list(dict.fromkeys([*self._notices.troubles, *of_letters])):
            return PartState(self.name, "warn", lazy_gettext("could not be told: {why}", why="; ".join(troubles)))
        ways = ", ".join(way.name for way in self._notices.ways)
        return PartState(self.name, "ok", lazy_gettext("told of trouble by {ways}", ways=ways))

    def _run(self) -> None:
        while self._weekly:
            try:
                self._weekly.send_due(datetime.now(UTC))
            except PaperRouteError as error:
                _log.error("the operator's letter waits: %s", error.message)
            if self._over.wait(_TICK_SECONDS):
                return


def _free_words(free: int | None) -> str:
    return "" if free is None else f", {free / 2**30:,.1f} GB free"
