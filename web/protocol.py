"""HTTP/1.1 on one connection: uvicorn's h11 protocol, which keeps the register of connections up to date.

Invariant: each connection has its place in the register from its first moment until it is lost, or is closed at once.
"""

from __future__ import annotations

import asyncio
import sys
from array import array
from collections.abc import Callable
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

from web.connections import Connections, Phase, Place

_UNKNOWN = "unknown"  # gone before it could be asked who it is


class CountedProtocol(H11Protocol):  # decision 174
    """client_of: by what a peer's address is counted."""

    def __init__(self, connections: Connections, client_of: Callable[[str], str], **given: Any) -> None:
        super().__init__(**given)
        self._register, self._client_of = connections, client_of
        self._place: Place | None = None
        self._begun = True  # whether a request is expected now: a new connection is given no time to be idle

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.counted_as = self._client_of(self.client[0]) if self.client else _UNKNOWN
        self._place = self._register.add(self)
        if not self._place:
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._place:
            self._register.remove(self._place)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._begun = True
        super().data_received(data)
        self._note(len(data))

    def on_response_complete(self) -> None:
        self._begun = False
        super().on_response_complete()
        self._note()

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._place:
            self._place.unread = 0  # its reader has taken most of it

    @property
    def phase(self) -> Phase:
        if self.cycle is not None and not self.cycle.response_complete:
            # What the application has not taken yet is not its sender's fault.
            return Phase.BODY if self.cycle.more_body and not self.flow.read_paused else Phase.ANSWER
        if self.transport.get_write_buffer_size():
            return Phase.ANSWER
        return Phase.HEAD if self._begun else Phase.IDLE

    @property
    def unread(self) -> int:
        return self.transport.get_write_buffer_size() + _unacknowledged(self.transport)

    def drop(self) -> None:
        self.transport.abort()

    def _note(self, received: int = 0) -> None:
        if self._place:
            self._register.note(self._place, received)


def _unacknowledged(transport: asyncio.Transport) -> int:
    """Bytes that the system has taken and the reader's has not; 0 where it does not tell."""
    if sys.platform != "linux":
        return 0
    import fcntl  # noqa: PLC0415 - not on Windows
    import termios  # noqa: PLC0415

    count = array("i", [0])
    try:
        fcntl.ioctl(transport.get_extra_info("socket").fileno(), termios.TIOCOUTQ, count)
    except OSError:
        return 0  # closed meanwhile
    return count[0]
