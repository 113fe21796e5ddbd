"""Connections that the web has open: how long each may take, and which gives way to a newcomer.

Invariant: no more stand than `budget`, nor of one client more than its share; whoever is answered keeps its place. A
deadline is that of a whole phase, so that a byte a second gains nothing.
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

_log = logging.getLogger(__name__)

_MOST = 2048  # of a site that is made for groups; each idle one takes some 20 KB
_SHARE = 4  # one client has a fourth of all places at most
_TELL_SECONDS = 60.0


class Phase(Enum):
    """What a connection waits for. IDLE: nothing has come since the last answer; HEAD: the head of a request."""

    IDLE = "idle"
    HEAD = "head"
    BODY = "body"
    ANSWER = "answer"  # us, or its reader


@dataclass(frozen=True)
class ConnectionLimits:
    """Deadlines. Those of idle connections are uvicorn's."""

    head_seconds: float = 10.0
    body_seconds: float = 20.0
    body_pace: int = 500  # bytes that give a body a second more
    body_most_seconds: float = 120.0
    unread_seconds: float = 30.0  # in which a reader takes `unread_bytes` at least
    unread_bytes: int = 8 * 1024


class Connection(Protocol):
    counted_as: str  # its client; "": it is not counted by client, being a proxy of many

    @property
    def phase(self) -> Phase: ...

    @property
    def unread(self) -> int:
        """Bytes of answers that its reader has not taken."""
        ...

    def drop(self) -> None:
        """End it at once, whatever is unread."""
        ...


@dataclass(eq=False)
class Place:
    """A connection's place among the others."""

    connection: Connection
    since: float  # when its phase began
    phase: Phase = Phase.HEAD
    body_bytes: int = 0
    unread: int = 0
    unread_since: float = 0.0


@dataclass
class _Group:
    """Places of one client, or of all: how many, and those that may have to give way, the longest first."""

    count: int = 0
    waiting: dict[Place, None] = field(default_factory=dict)  # for a request, or its head
    sending: dict[Place, None] = field(default_factory=dict)  # a body

    def longest(self) -> Place | None:
        return next(iter(self.waiting or self.sending), None)

    def put(self, place: Place) -> None:
        self.remove(place)
        if place.phase in (Phase.IDLE, Phase.HEAD):
            self.waiting[place] = None
        elif place.phase is Phase.BODY:
            self.sending[place] = None

    def remove(self, place: Place) -> None:
        self.waiting.pop(place, None)
        self.sending.pop(place, None)


class Connections:
    """The register of all; of one thread, the event loop's."""

    def __init__(
        self, budget: int, limits: ConnectionLimits | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.budget = budget
        self._share = max(1, budget // _SHARE)
        self._limits = limits or ConnectionLimits()
        self._clock = clock
        self._places: dict[Place, None] = {}
        self._all, self._clients = _Group(), dict[str, _Group]()
        self._gave_way, self._told = 0, -_TELL_SECONDS

    def __len__(self) -> int:
        return len(self._places)

    def add(self, connection: Connection) -> Place | None:
        """A place for a newcomer, made by ending the longest silent one at need. None: all are being answered."""
        client = connection.counted_as
        if not (self._make_room(self._clients.get(client), self._share) and self._make_room(self._all, self.budget)):
            return None
        place = Place(connection, self._clock())
        self._places[place] = None
        if client:
            self._clients.setdefault(client, _Group())
        for group in self._groups(place):
            group.count += 1
            group.put(place)
        return place

    def remove(self, place: Place) -> None:
        """Twice is once."""
        if place not in self._places:
            return
        del self._places[place]
        for group in self._groups(place):
            group.count -= 1
            group.remove(place)
        if (client := place.connection.counted_as) and not self._clients[client].count:
            del self._clients[client]

    def note(self, place: Place, received: int = 0) -> None:
        """Something happened to it: so many bytes came, or an answer ended."""
        phase = place.connection.phase
        if phase is not place.phase and place in self._places:
            place.phase, place.since, place.body_bytes = phase, self._clock(), 0
            place.unread = 0
            for group in self._groups(place):
                group.put(place)
        place.body_bytes += received

    async def sweep(self) -> None:
        """End those whose time is over; to be called each second."""
        now = self._clock()
        for place in list(self._places):
            self.note(place)
            self._note_reading(place, now)
            if self._is_over(place, now):
                self._drop(place)
        if self._gave_way and now - self._told >= _TELL_SECONDS:
            _log.warning("%d silent connections gave way to new ones; %d stand", self._gave_way, len(self))
            self._gave_way, self._told = 0, now

    def _make_room(self, group: _Group | None, most: int) -> bool:
        if group is None or group.count < most:
            return True
        if not (longest := group.longest()):
            return False
        self._gave_way += 1
        self._drop(longest)
        return True

    def _drop(self, place: Place) -> None:
        self.remove(place)
        place.connection.drop()

    def _groups(self, place: Place) -> tuple[_Group, ...]:
        client = place.connection.counted_as
        return (self._all, self._clients[client]) if client else (self._all,)

    def _note_reading(self, place: Place, now: float) -> None:
        unread = place.connection.unread if place.phase is Phase.ANSWER else 0
        if not unread or not place.unread or unread <= place.unread - self._limits.unread_bytes:
            place.unread, place.unread_since = unread, now

    def _is_over(self, place: Place, now: float) -> bool:
        limits, took = self._limits, now - place.since
        if place.phase is Phase.HEAD:
            return took > limits.head_seconds
        if place.phase is Phase.BODY:
            earned = limits.body_seconds + place.body_bytes / limits.body_pace
            return took > min(earned, limits.body_most_seconds)
        return place.unread > 0 and now - place.unread_since > limits.unread_seconds


def connection_budget() -> int:
    """How many connections the web may have: half of what this process may open, so that all else has the others."""
    if sys.platform == "win32":
        return _MOST
    import resource  # noqa: PLC0415 - not on Windows

    most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _MOST if most == resource.RLIM_INFINITY else max(8, min(_MOST, most // 2))
