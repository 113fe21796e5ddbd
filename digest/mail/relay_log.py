"""Relay log: what a Postfix or Exim main log says became of mails, by queue id or Message-ID.

Invariant: a log is untrusted and of any size. It is read once, line by line; only what is said of the wanted mails is
kept; no line takes longer than its length; what cannot be read is passed over.
"""

from __future__ import annotations

import gzip
import io
import re
import zlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Literal

from digest.errors import BadInput

Fate = Literal["taken", "deferred", "delivered", "bounced"]  # taken: by the relay, which says no more
_MOST_BYTES = 16 * 2**30  # of a log, unpacked
_LINE_BYTES = 8192  # of a line that are looked at
_WORDS = 300  # letters of the other side's words that are kept
_CLOCK_SLACK = timedelta(days=1)  # that a log without a year may be ahead of us

_ISO = re.compile(r"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)(\.\d{1,9})? ?([+-]\d\d:?\d\d|Z)?(?= )")
_SYSLOG = re.compile(r"([A-Z][a-z]{2}) {1,2}(\d{1,2}) (\d\d):(\d\d):(\d\d)(?= )")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_SOURCE = re.compile(r"[\w.-]{1,60} {1,20}\| (?=\S)")  # what `docker compose logs` puts before a line
_PRIORITY = re.compile(r"<\d{1,3}>(1 )?")
_RFC_5424 = re.compile(r"(\S{1,255}) (\S{1,48}) (?:\d{1,10}|-) \S{1,32} (?:-|\[[^\]]{0,500}\]) (?:\ufeff)?")
_PROGRAM = re.compile(r"([\w.-]{1,60}(?:/[\w.-]{1,40}){0,4})(?:\[\d{1,10}\])?")
_POSTFIX_ID = re.compile(r"[0-9A-Za-z]{5,24}")
_POSTFIX_STATUS = re.compile(r", status=(sent|bounced|deferred|expired)\b ?")
_EXIM_LINE = re.compile(
    r"(?:\[\d{1,10}\] )?([0-9A-Za-z]{6}-[0-9A-Za-z]{6,11}-[0-9A-Za-z]{2,4}) (<=|=>|->|>>|\*\*|==|Completed)(?: |$)"
)
_EXIM_MESSAGE_ID = re.compile(r" id=(\S{1,998})")
_EXIM_FATES: dict[str, Fate] = {
    "=>": "delivered",
    "->": "delivered",
    ">>": "delivered",
    "**": "bounced",
    "==": "deferred",
    "Completed": "taken",
}
_STATUS_FATES: dict[str, Fate] = {
    "sent": "delivered",
    "bounced": "bounced",
    "expired": "bounced",
    "deferred": "deferred",
}
_STRENGTH: dict[Fate, int] = {"taken": 0, "deferred": 1, "bounced": 2, "delivered": 3}
_QUEUED_AS = re.compile(r"\bqueued as ([0-9A-Za-z]{5,24})\b|\bid=([0-9A-Za-z]{6}-[0-9A-Za-z]{6,11}-[0-9A-Za-z]{2,4})\b")


@dataclass(frozen=True)
class MailFate:
    """What a log says of one mail. words: the line's, bounded."""

    fate: Fate
    words: str
    at: datetime | None


def queue_id_of(detail: str) -> str:
    """The queue id in a relay's reply: "250 2.0.0 Ok: queued as 4F2A91"; "" where there is none."""
    found = _QUEUED_AS.search(detail)
    return (found[1] or found[2]) if found else ""


class RelayLog:
    """One or more logs of a relay, read in the order of time. wanted: the Message-IDs, in their angle brackets, and
    queue ids of the mails that are asked for. zone: of times that name none.
    """

    def __init__(self, wanted: Collection[str], zone: tzinfo, now: datetime) -> None:
        self._wanted = frozenset(key for key in wanted if key)
        self._zone, self._now = zone, now
        self._keys: dict[str, set[str]] = {key: {key} for key in self._wanted if not key.startswith("<")}
        self._queues: dict[str, list[str]] = {}  # Message-ID -> queue ids that had it, in order
        self._fates: dict[str, MailFate] = {}  # by queue id
        self.first: datetime | None = None
        self.last: datetime | None = None
        self.lines = 0  # of a mail program

    def read(self, log: io.BufferedReader) -> None:
        """Read a log, packed or not. Raises BadInput where it cannot be read to its end."""
        try:
            for line in _lines(log):
                self._read_line(line)
        except (OSError, EOFError, zlib.error) as error:
            raise BadInput(f"The log cannot be read: {error}.") from None

    def fate(self, message_id: str, queue_id: str = "") -> MailFate | None:
        """Of one mail; None where the log never says that the relay took it."""
        ids = [*self._queues.get(message_id, ()), *([queue_id] if queue_id else [])]
        found = [self._fates[id_] for id_ in ids if id_ in self._fates]
        # Taken in again, by a filter say, it has another queue id: the last one tells its end.
        return found[-1] if found else None

    def covers(self, since: datetime, until: datetime) -> bool:
        """Whether it begins before and ends after."""
        return bool(self.first and self.last and self.first <= since and until <= self.last)

    def _read_line(self, line: str) -> None:
        line = line[source.end() :] if (source := _SOURCE.match(line)) else line
        priority = _PRIORITY.match(line)
        at, rest = self._time_of(line[priority.end() :] if priority else line)
        if at is None:
            return
        if priority and priority[1]:
            rest = _RFC_5424.sub(r"\1 \2: ", rest, count=1)  # as the older form has it
        if _EXIM_LINE.match(rest):
            self._read_exim(at, rest)
            return
        head, colon, text = rest.partition(": ")
        program = _PROGRAM.fullmatch(head.rpartition(" ")[2])
        if not colon or not program:
            return
        name = program[1].rpartition("/")[2]
        if name.startswith("exim"):  # over syslog, with or without its own time
            inner, after = self._time_of(text)
            self._read_exim(at, after if inner else text)
        elif "/" in program[1]:
            self._read_postfix(at, name, text)

    def _read_postfix(self, at: datetime, name: str, text: str) -> None:
        id_, colon, said = text.partition(": ")
        if not colon or not _POSTFIX_ID.fullmatch(id_):
            return
        self._note_time(at)
        if name == "cleanup" and said.startswith("message-id="):
            self._note_message(id_, said.removeprefix("message-id=").strip())
        elif id_ not in self._keys:
            return
        elif status := _POSTFIX_STATUS.search(said):
            self._note_fate(id_, _STATUS_FATES[status[1]], said[status.end() :].strip("()") or status[1], at)
        elif said.startswith("from=<") or said == "removed":  # cleanup's line alone may be of a text that was cut off
            self._note_fate(id_, "taken", said, at)

    def _read_exim(self, at: datetime, text: str) -> None:
        found = _EXIM_LINE.match(text)
        if not found:
            return
        self._note_time(at)
        id_, said = found[1], text[found.end() :]
        if found[2] == "<=":
            named = _EXIM_MESSAGE_ID.search(f" {said}")
            if named:
                self._note_message(id_, f"<{named[1].strip('<>')}>")
            if id_ in self._keys:
                self._note_fate(id_, "taken", said, at)
        elif id_ in self._keys:
            self._note_fate(id_, _EXIM_FATES[found[2]], said or found[2], at)

    def _note_time(self, at: datetime) -> None:
        self.lines += 1
        self.first = min(self.first or at, at)
        self.last = max(self.last or at, at)

    def _note_message(self, queue_id: str, message_id: str) -> None:
        if message_id in self._wanted:
            self._keys.setdefault(queue_id, set()).add(message_id)
            self._queues.setdefault(message_id, []).append(queue_id)

    def _note_fate(self, queue_id: str, fate: Fate, words: str, at: datetime) -> None:
        before = self._fates.get(queue_id)
        if before is None or _STRENGTH[fate] >= _STRENGTH[before.fate]:
            self._fates[queue_id] = MailFate(fate, " ".join(words.split())[:_WORDS], at)

    def _time_of(self, line: str) -> tuple[datetime | None, str]:
        """When a line was written, and what stands behind that; None where it does not begin with a time."""
        try:
            if iso := _ISO.match(line):
                zone = (iso[3] or "").replace("Z", "+00:00")
                at = datetime.fromisoformat(iso[1] + zone)
                return (at if at.tzinfo else at.replace(tzinfo=self._zone)), line[iso.end() + 1 :]
            if old := _SYSLOG.match(line):
                month = _MONTHS.index(old[1]) + 1
                day, hour, minute, second = map(int, old.groups()[1:])
                return self._guess_year(month, day, time(hour, minute, second)), line[old.end() + 1 :]
        except (ValueError, OverflowError):
            pass
        return None, line

    def _guess_year(self, month: int, day: int, clock: time) -> datetime:
        """The latest that is not ahead of us."""
        year = self._now.year + 1
        while True:
            try:
                at = datetime.combine(date(year, month, day), clock, self._zone)
            except ValueError:  # 29 February
                at = None
            if at and at <= self._now + _CLOCK_SLACK:
                return at
            year -= 1
            if year < self._now.year - 8:
                raise ValueError("no such day")


def _lines(log: io.BufferedReader) -> Iterator[str]:
    """The beginning of each line. Odd bytes become question marks."""
    stream = gzip.GzipFile(fileobj=log) if log.peek(2)[:2] == b"\x1f\x8b" else log
    left, inside = _MOST_BYTES, False
    while chunk := stream.readline(_LINE_BYTES):
        left -= len(chunk)
        if left < 0:
            raise BadInput("The log is too large.", hint="Cut out the days that matter.")
        if not inside:
            yield chunk.decode("utf-8", "replace").rstrip("\r\n")
        inside = not chunk.endswith(b"\n")
