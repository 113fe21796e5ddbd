"""Mail relays on loopback: of raw sockets, failing as told at any stage; a real one; a port where nobody listens."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from aiosmtpd.controller import Controller

HANG_UP, SILENCE = "<hang up>", "<silence>"
_USUAL = {
    "greeting": "220 relay.example.org ESMTP",
    "EHLO": "250-relay.example.org\r\n250-SIZE 1000000\r\n250 ENHANCEDSTATUSCODES",
    "HELO": "250 relay.example.org",
    "MAIL": "250 2.1.0 ok",
    "RCPT": "250 2.1.5 ok",
    "DATA": "354 go ahead",
    "body": "",  # HANG_UP: in the middle of the text
    "dot": "250 2.0.0 ok: queued as 4f2a91",
    "RSET": "250 2.0.0 flushed",
    "QUIT": "221 2.0.0 bye",
}


@contextmanager
def unheard_port() -> Iterator[int]:
    """Where a connection is refused: bound, so that no other process gets it meanwhile, and not listened to."""
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        yield unheard.getsockname()[1]


class OnAnyPort(Controller):
    """aiosmtpd's relay at port 0, told after it was bound."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@dataclass
class FaultyRelay:
    """Answers each command as `replies` says; several answers for a command are given in turn, the last for good."""

    replies: Mapping[str, str | list[str]] = field(default_factory=dict)
    commands: list[str] = field(default_factory=list)
    texts: list[bytes] = field(default_factory=list)  # of the mails that were taken whole, dots undone
    connections: int = 0

    def __post_init__(self) -> None:
        self._turns: dict[str, int] = {}
        self._ended, self.silent = threading.Event(), threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._open: list[socket.socket] = []
        self._thread = threading.Thread(target=self._accept)

    def __enter__(self) -> FaultyRelay:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._thread.join()

    def _accept(self) -> None:
        threads = []
        while not self._ended.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                break
            self._open.append(connection)
            self.connections += 1
            threads.append(threading.Thread(target=self._serve, args=(connection,)))
            threads[-1].start()
        for thread in threads:
            thread.join()

    def _serve(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as lines, suppress(OSError, EOFError):
            self._answer(connection, "greeting")
            while line := lines.readline():
                verb = line.split()[0].decode(errors="replace").upper() if line.split() else ""
                self.commands.append(line.decode(errors="replace").strip())
                said = self._answer(connection, verb)
                if verb == "DATA" and said.startswith("354"):
                    self._take(connection, lines)
                if verb == "QUIT" or said.startswith("421"):
                    return

    def _take(self, connection: socket.socket, lines) -> None:
        if self._next("body") == HANG_UP:
            lines.readline()
            raise EOFError
        text = []
        while (line := lines.readline()) != b".\r\n":
            if not line:
                raise EOFError
            text.append(line.removeprefix(b".") if line.startswith(b".") else line)
        self.texts.append(b"".join(text))
        self._answer(connection, "dot")

    def _answer(self, connection: socket.socket, what: str) -> str:
        said = self._next(what)
        if said == HANG_UP:
            raise EOFError
        if said == SILENCE:
            self.silent.set()
            self._ended.wait()
            raise EOFError
        connection.sendall(said.encode() + b"\r\n")
        return said

    def _next(self, what: str) -> str:
        said = self.replies.get(what, _USUAL.get(what, "502 5.5.1 unknown"))
        if isinstance(said, str):
            return said
        turn = self._turns.get(what, 0)
        self._turns[what] = turn + 1
        return said[min(turn, len(said) - 1)]
