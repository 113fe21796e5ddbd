"""An IMAP server on loopback: as much of RFC 3501 as a reader of one folder asks for, over TLS or not."""

from __future__ import annotations

import re
import socketserver
import ssl
import threading
from dataclasses import dataclass, field
from typing import Any

USER, PASSWORD = "bounces@example.org", 's3cret "word\\'


@dataclass
class Mail:
    uid: int
    data: bytes
    flags: set[str] = field(default_factory=set)


class ImapServer:
    """capabilities: beyond those of the protocol itself. refuse: commands that are answered with NO."""

    def __init__(
        self, tls: ssl.SSLContext | None = None, *, capabilities: str = "MOVE UIDPLUS", refuse: str = ""
    ) -> None:
        self.folders: dict[str, list[Mail]] = {"INBOX": []}
        self.capabilities, self.refuse = capabilities, set(refuse.split())
        self.commands: list[str] = []
        self.tls = tls
        self.implicit = tls is not None
        self.validity = 7
        self.literal = 0  # what a fetched part claims to be as large as, where it lies
        self._next = 1
        self._server = _Server(("127.0.0.1", 0), _Session)
        self._server.state = self
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def put(self, data: bytes, folder: str = "INBOX") -> Mail:
        mail = Mail(self._next, data)
        self._next += 1
        self.folders.setdefault(folder, []).append(mail)
        return mail

    def __enter__(self) -> ImapServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address, daemon_threads = True, True
    state: ImapServer

    def handle_error(self, *_: Any) -> None:
        """A client that goes away in the middle, as over a certificate that it does not know, is no news."""


class _Session(socketserver.BaseRequestHandler):
    server: _Server

    def setup(self) -> None:
        self.state, self.folder = self.server.state, ""
        self.file = self.request.makefile("rb")

    def handle(self) -> None:
        self._wrap(self.state.tls if self.state.implicit else None)
        self._say(f"* OK [CAPABILITY IMAP4rev1 {self._offers()}] ready")
        while line := self.file.readline():
            tag, _, rest = line.decode().rstrip("\r\n").partition(" ")
            verb, _, argument = rest.partition(" ")
            if verb.upper() == "UID":
                verb, _, argument = argument.partition(" ")
            self.state.commands.append(
                verb.upper() if verb.upper() == "LOGIN" else f"{verb.upper()} {argument}".strip()
            )
            if verb.upper() in self.state.refuse:
                self._say(f"{tag} NO not today")
                continue
            if verb.upper() == "LOGOUT":
                self._say("* BYE", f"{tag} OK bye")
                return
            answer = getattr(self, f"_{verb.lower()}", None)
            self._say(f"{tag} {answer(argument) if answer else 'BAD what?'}")
            if verb.upper() == "STARTTLS":
                self._wrap(self.state.tls)

    def finish(self) -> None:
        self.file.close()
        self.request.close()

    def _wrap(self, tls: ssl.SSLContext | None) -> None:
        self.file.close()
        self.request = tls.wrap_socket(self.request, server_side=True) if tls else self.request
        self.file = self.request.makefile("rb")

    def _say(self, *lines: str) -> None:
        self.request.sendall("".join(f"{line}\r\n" for line in lines).encode())

    def _offers(self) -> str:
        return self.state.capabilities + ("" if self.state.implicit or not self.state.tls else " STARTTLS")

    def _capability(self, _: str) -> str:
        self._say(f"* CAPABILITY IMAP4rev1 {self._offers()}")
        return "OK done"

    def _starttls(self, _: str) -> str:
        return "OK begin"

    def _login(self, argument: str) -> str:
        words = [re.sub(r"\\(.)", r"\1", word) for word in re.findall(r'"((?:[^"\\]|\\.)*)"', argument)]
        plain = argument.split(" ", maxsplit=1)[0].strip('"')
        return "OK in" if [plain, words[-1]] == [USER, PASSWORD] else "NO [AUTHENTICATIONFAILED] wrong\x07 password"

    def _create(self, argument: str) -> str:
        name = argument.strip('"')
        if name in self.state.folders:
            return "NO [ALREADYEXISTS] it is there"
        self.state.folders[name] = []
        return "OK made"

    def _select(self, argument: str) -> str:
        self.folder = argument.strip('"')
        if self.folder not in self.state.folders:
            return "NO no such folder"
        self._say(f"* {len(self._mails)} EXISTS", f"* OK [UIDVALIDITY {self.state.validity}] of old")
        return "OK [READ-WRITE] selected"

    @property
    def _mails(self) -> list[Mail]:
        return self.state.folders[self.folder]

    def _find(self, argument: str) -> Mail:
        return next(mail for mail in self._mails if mail.uid == int(argument.split(" ", maxsplit=1)[0]))

    def _search(self, _: str) -> str:
        unseen = [str(mail.uid) for mail in self._mails if not mail.flags & {"\\Seen", "\\Deleted"}]
        self._say(f"* SEARCH {' '.join(unseen)}".rstrip())
        return "OK done"

    def _fetch(self, argument: str) -> str:
        mail = self._find(argument)
        most = int(re.search(r"<0\.(\d+)>", argument)[1])
        assert "PEEK" in argument
        data = mail.data[:most]
        self.request.sendall(f"* 1 FETCH (UID {mail.uid} BODY[]<0> {{{self.state.literal or len(data)}}}\r\n".encode())
        self.request.sendall(data + b")\r\n")
        return "OK done"

    def _store(self, argument: str) -> str:
        self._find(argument).flags.update(re.findall(r"\\\w+", argument))
        return "OK done"

    def _copy(self, argument: str) -> str:
        mail, name = self._find(argument), argument.split(" ", 1)[1].strip('"')
        if name not in self.state.folders:
            return "NO [TRYCREATE] no such folder"
        self.state.folders[name].append(Mail(mail.uid, mail.data, set(mail.flags)))
        return "OK done"

    def _move(self, argument: str) -> str:
        done = self._copy(argument)
        if done.startswith("OK"):
            self._mails.remove(self._find(argument))
        return done

    def _expunge(self, argument: str) -> str:
        self._mails.remove(self._find(argument))
        return "OK done"

    def _noop(self, _: str) -> str:
        return "OK done"
