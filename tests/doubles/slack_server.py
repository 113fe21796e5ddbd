"""A stand-in for Slack that speaks its wire: the Web API over HTTP, Socket Mode over WebSocket, uploads, response URLs.

It keeps messages, streams and sessions, enforces scopes and limits on blocks, redelivers what is not acknowledged, and
fails where it is told to. As a process: python -m tests.doubles.slack_server, which prints its address.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import sys
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, parse_qsl, urlsplit

from tests.doubles.slack_events import Delivery
from tests.doubles.slack_faults import Fault, Faults
from tests.doubles.slack_link import Link, accept_key
from tests.doubles.slack_methods import READING, Methods
from tests.doubles.slack_people import People
from tests.doubles.slack_state import APP_TOKEN, BOT_TOKEN, Call, SlackSays, State


class SlackServer(People):
    """A context manager. `url`: its address; the bot's SLACK_API_URL is `read_api_url`."""

    def __init__(self) -> None:
        self.state, self.faults = State(), Faults()
        self.delivery = Delivery(self.state)
        self.methods = Methods(self.state, lambda: self.url)
        self.tickets: set[str] = set()
        self.opens: list[float] = []  # time.monotonic() of each apps.connections.open
        self.refuse_sockets = 0  # so many handshakes are answered with 503
        self.too_many_sockets = False
        self.silent_sockets = 0  # so many go silent as soon as they are open
        self.idle: list[Callable[[], bool]] = []  # of each bot that runs here: whether it has nothing left to do
        self._numbers = itertools.count(1)
        self._http = _Server(("127.0.0.1", 0), _Handler)
        self._http.slack = self
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}"

    @property
    def api_url(self) -> str:
        return f"{self.url}/api/"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.faults.clear()
        self.delivery.close()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def answer(self, method: str, token: str, args: dict[str, Any]) -> dict[str, Any]:
        """What a call gets. Raises SlackSays."""
        app_level = method == "apps.connections.open"
        if token not in (BOT_TOKEN, APP_TOKEN):
            raise SlackSays("invalid_auth")
        if (token == APP_TOKEN) != app_level:
            raise SlackSays("not_allowed_token_type")
        if app_level:
            return {"url": self._ticket()}
        return self.methods.call(method, args)

    def _ticket(self) -> str:
        self.opens.append(time.monotonic())
        ticket = f"t{next(self._numbers)}"
        self.tickets.add(ticket)
        return f"ws://127.0.0.1:{self._http.server_port}/link/?ticket={ticket}"

    def settle(self) -> None:
        """Until everything that was sent is acknowledged, and every bot has done what it began by it."""
        envelopes = self.delivery.envelopes
        # In this order: a bot begins by an envelope before it acknowledges it.
        self.state.wait(lambda: all(sent.acked for sent in envelopes) and all(is_idle() for is_idle in self.idle))

    def disconnect(self, reason: str = "refresh_requested") -> None:
        """The notice that Slack sends before it closes a socket."""
        for link in self.delivery.open_links():
            link.send({"type": "disconnect", "reason": reason, "debug_info": {"host": "double"}})


class _Server(ThreadingHTTPServer):
    slack: SlackServer
    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def shutdown_request(self, request: Any) -> None:
        """Without a FIN where the line is to be reset."""
        if any(link.was_reset and link.is_over(request) for link in self.slack.delivery.links):
            self.close_request(request)
        else:
            super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], OSError):  # a client that went away is no fault of ours
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # head and body go out in two writes, and the second would wait for the client

    def log_message(self, *_: object) -> None: ...

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        slack, ticket = self.server.slack, parse_qs(parts.query).get("ticket", [""])[0]
        if parts.path != "/link/" or ticket not in slack.tickets or slack.refuse_sockets > 0:
            slack.refuse_sockets -= slack.refuse_sockets > 0
            slack.tickets.discard(ticket)
            self._put(503 if parts.path == "/link/" else 404, {})
            return
        slack.tickets.discard(ticket)
        self.close_connection = True
        self.send_response(101)
        for name, value in (("Upgrade", "websocket"), ("Connection", "Upgrade")):
            self.send_header(name, value)
        self.send_header("Sec-WebSocket-Accept", accept_key(self.headers["Sec-WebSocket-Key"]))
        self.end_headers()
        link = Link(self.connection, slack.delivery.heard)
        if slack.too_many_sockets:
            link.send({"type": "disconnect", "reason": "too_many_websockets"})
        else:
            if slack.silent_sockets:
                slack.silent_sockets -= 1
                link.silence()  # before anything can be sent over it
            slack.delivery.connected(link)
        link.serve()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = urlsplit(self.path).path
        if path.startswith("/api/"):
            self._api(path.removeprefix("/api/"), _arguments(body, self.headers.get("Content-Type") or ""))
        elif path.startswith("/upload/"):
            with self.server.slack.state.changing():
                self.server.slack.state.files[path.removeprefix("/upload/")]["data"] = body
            self._put(200, {"ok": True})
        elif path.startswith("/response/"):
            wrong = self.server.slack.state.use_response_url(path.rsplit("/", 1)[1], json.loads(body or b"{}"))
            self._put(404 if wrong else 200, {"ok": False, "error": wrong} if wrong else {"ok": True})
        else:
            self._put(404, {})

    def _api(self, method: str, args: dict[str, Any]) -> None:
        slack = self.server.slack
        call = Call(method, args, time.monotonic())
        fault = slack.faults.of(method)
        if fault is None or fault.kind == "lost":
            self._answered(call)
        if fault is not None:
            self._faulty(call, fault)
        with slack.state.changing():
            slack.state.calls.append(call)
        if fault is None or fault.kind in ("limited", "failing"):
            limited = {"Retry-After": str(fault.retry_after)} if fault and fault.kind == "limited" else {}
            self._put(call.status, call.answer, limited)
        else:
            self.close_connection = True

    def _answered(self, call: Call) -> None:
        if "json" in (self.headers.get("Content-Type") or "") and call.method in READING:
            call.args.clear()  # Slack looks for their arguments in a form alone
        token = (self.headers.get("Authorization") or "").removeprefix("Bearer ") or call.args.pop("token", "")
        try:
            call.answer = {"ok": True} | self.server.slack.answer(call.method, token, call.args)
        except SlackSays as said:
            call.answer, call.status = {"ok": False, "error": said.error} | said.more, said.status

    def _faulty(self, call: Call, fault: Fault) -> None:
        if fault.kind == "limited":
            call.answer, call.status = {"ok": False, "error": "ratelimited"}, 429
        elif fault.kind == "failing":
            call.answer = {"ok": False, "error": fault.error or "internal_error"}
            call.status = 200 if fault.error else 500
        elif fault.kind == "stalled":
            self.server.slack.faults.released.wait(60)

    def _put(self, status: int, answer: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        data = json.dumps(answer, default=str).encode()
        with contextlib.suppress(OSError):
            self.send_response(status)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(data)))
            self.send_header("X-OAuth-Scopes", ",".join(self.server.slack.state.scopes))
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)


def _arguments(body: bytes, content_type: str) -> dict[str, Any]:
    if "json" in content_type:
        found = json.loads(body) if body.strip() else {}
        return found if isinstance(found, dict) else {}
    return dict(parse_qsl(body.decode(errors="replace")))


if __name__ == "__main__":
    with SlackServer() as server:
        sys.stdout.write(f"{server.api_url}\n")
        sys.stdout.flush()
        sys.stdin.read()
