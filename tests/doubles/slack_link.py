"""One WebSocket of Socket Mode, from the server's side: frames, pings, and the ways in which a line can break."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import socket
import struct
import threading
from collections.abc import Callable
from typing import Any

_MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT, CLOSE, PING, PONG = 0x1, 0x8, 0x9, 0xA


def accept_key(key: str) -> str:
    return base64.b64encode(hashlib.sha1((key + _MAGIC).encode()).digest()).decode()


class Link:
    """heard: called with every JSON frame that the client sends."""

    def __init__(self, sock: socket.socket, heard: Callable[[Link, dict[str, Any]], None]) -> None:
        self._sock, self._heard = sock, heard
        self._lock = threading.Lock()
        self.open = True
        self.mute = False  # nothing arrives any more, in either direction, and nobody says so
        self.pings = 0
        self.was_reset = False

    def send(self, message: dict[str, Any]) -> bool:
        """Whether it could be put on the line."""
        return self._frame(TEXT, json.dumps(message).encode())

    def serve(self) -> None:
        """Read until the line ends."""
        try:
            while self.open and (frame := self._read()) is not None:
                self._take(*frame)
        except OSError:
            pass
        finally:
            self.open = False

    def _take(self, opcode: int, data: bytes) -> None:
        if self.mute:
            return
        if opcode == PING:
            self.pings += 1
            self._frame(PONG, data)
        elif opcode == CLOSE:
            self._frame(CLOSE, data)
            self.open = False
        elif opcode == TEXT and data:
            self._heard(self, json.loads(data))

    def close(self) -> None:
        """With a close frame, as in peace."""
        self._frame(CLOSE, struct.pack("!H", 1000))
        self._end()

    def fin(self) -> None:
        """The peer's process is gone: no close frame."""
        self._end()

    def reset(self) -> None:
        """The connection is reset."""
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.open = False
        self.was_reset = True
        with contextlib.suppress(OSError):  # the reader has seen `open`, and the server has closed the socket already
            self._sock.shutdown(socket.SHUT_RD)  # wakes the reader, whose server then closes the socket

    def is_over(self, sock: object) -> bool:
        return sock is self._sock

    def silence(self) -> None:
        """Packets vanish: the socket stays open, and nothing arrives."""
        self.mute = True

    def _end(self) -> None:
        self.open = False
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)

    def _frame(self, opcode: int, data: bytes) -> bool:
        if not self.open or self.mute:
            return False
        head = bytes([0x80 | opcode])
        if len(data) < 126:
            head += bytes([len(data)])
        elif len(data) < 2**16:
            head += bytes([126]) + struct.pack("!H", len(data))
        else:
            head += bytes([127]) + struct.pack("!Q", len(data))
        try:
            with self._lock:
                self._sock.sendall(head + data)
        except OSError:
            self.open = False
        return self.open

    def _read(self) -> tuple[int, bytes] | None:
        first = self._exactly(2)
        if first is None:
            return None
        size, masked = first[1] & 0x7F, first[1] & 0x80
        if size > 125:
            more = self._exactly(2 if size == 126 else 8) or b"\0\0"
            size = int.from_bytes(more, "big")
        mask = (self._exactly(4) or b"") if masked else b"\0\0\0\0"
        data = self._exactly(size) if size else b""
        if data is None:
            return None
        whole = (mask * (size // 4 + 1))[:size]
        plain = int.from_bytes(data, "big") ^ int.from_bytes(whole, "big")
        return first[0] & 0x0F, plain.to_bytes(size, "big")

    def _exactly(self, count: int) -> bytes | None:
        got = b""
        while len(got) < count:
            piece = self._sock.recv(count - len(got))
            if not piece:
                return None
            got += piece
        return got
