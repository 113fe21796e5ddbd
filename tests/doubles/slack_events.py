"""Events, commands and clicks on their way to the app: over a socket, until they are acknowledged, or over signed HTTP.

Invariant: each envelope goes to one socket; what is not acknowledged in time, or was sent over a line that broke, is
sent again with a higher `retry_attempt`; what no socket could take waits for the next one. Slack gives up after a few
tries, and this does not: a bot on a busy machine may be late without being wrong.
"""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from tests.doubles.slack_link import Link
from tests.doubles.slack_state import APP, SIGNING_SECRET, TEAM, State


@dataclass
class Envelope:
    id: str
    kind: str
    payload: dict[str, Any]
    tried: float = 0.0  # time.monotonic() of the last sending
    attempts: int = 0
    acked: float = 0.0
    answer: dict[str, Any] | None = None
    done: threading.Event = field(default_factory=threading.Event)

    def wait(self, seconds: float = 180.0) -> dict[str, Any] | None:
        """What it is acknowledged with. Fails after so many seconds, far beyond what it takes."""
        assert self.done.wait(seconds), f"{self.kind} was not acknowledged within {seconds:.0f} s"
        return self.answer


class Delivery:
    def __init__(self, state: State) -> None:
        self.state = state
        self.redeliver_seconds = 15.0  # Slack: 3; more than Bolt takes to give a listener up
        self.http_target = ""  # where set, everything goes there instead of over sockets
        self.links: list[Link] = []
        self.envelopes: list[Envelope] = []
        self._numbers, self._turn = itertools.count(1), itertools.count()
        self._end, self._sending = threading.Event(), threading.Lock()
        self._pump = threading.Thread(target=self._redeliver, daemon=True)
        self._pump.start()

    def close(self) -> None:
        self._end.set()
        self._pump.join()
        for link in self.links:
            link.fin()

    def event(self, event: dict[str, Any], event_id: str = "") -> Envelope:
        payload = {
            "token": "x",
            "team_id": TEAM,
            "api_app_id": APP,
            "type": "event_callback",
            "event_id": event_id or f"Ev{next(self._numbers):06}",
            "event_time": int(time.time()),
            "authorizations": [{"team_id": TEAM, "user_id": "U0BOT", "is_bot": True, "is_enterprise_install": False}],
            "event": event,
        }
        return self.send("events_api", payload)

    def send(self, kind: str, payload: dict[str, Any]) -> Envelope:
        envelope = Envelope(f"env-{next(self._numbers)}", kind, payload)
        with self.state.changing():
            self.envelopes.append(envelope)
        if self.http_target:
            threading.Thread(target=self._post, args=(envelope,), daemon=True).start()
        else:
            self._try(envelope, 0)
        return envelope

    def connected(self, link: Link) -> None:
        with self.state.changing():
            self.links.append(link)
        hello = {
            "type": "hello",
            "num_connections": len(self.open_links()),
            "connection_info": {"app_id": APP},
            "debug_info": {"host": "double", "approximate_connection_time": 3600},
        }
        link.send(hello)
        for envelope in [envelope for envelope in self.envelopes if not envelope.attempts]:
            self._try(envelope, 0)

    def open_links(self) -> list[Link]:
        return [link for link in self.links if link.open]

    def heard(self, _: Link, message: dict[str, Any]) -> None:
        for envelope in self.envelopes:
            if envelope.id == message.get("envelope_id") and not envelope.acked:
                self._acked(envelope, message.get("payload"))

    def _acked(self, envelope: Envelope, answer: dict[str, Any] | None) -> None:
        with self.state.changing():
            envelope.acked, envelope.answer = time.monotonic(), answer
        envelope.done.set()

    def _try(self, envelope: Envelope, attempts: int) -> None:
        """Send it, if it was sent so often: a new socket, the pump and who writes it may all see it unsent."""
        with self._sending:
            if envelope.attempts == attempts and not envelope.acked and (links := self.open_links()):
                self._send_over(links, envelope)

    def _send_over(self, links: list[Link], envelope: Envelope) -> None:
        frame = {
            "envelope_id": envelope.id,
            "type": envelope.kind,
            "payload": envelope.payload,
            "accepts_response_payload": envelope.kind != "events_api",
            "retry_attempt": envelope.attempts,
            "retry_reason": "timeout" if envelope.attempts else "",
        }
        if links[next(self._turn) % len(links)].send(frame) or self.open_links():
            envelope.attempts += 1
            envelope.tried = time.monotonic()

    def _redeliver(self) -> None:
        while not self._end.wait(0.05):
            for envelope in list(self.envelopes):
                attempts, due = envelope.attempts, envelope.tried + self.redeliver_seconds < time.monotonic()
                if not self.http_target and not envelope.acked and attempts and due:
                    self._try(envelope, attempts)

    # HTTP

    def _post(self, envelope: Envelope) -> None:
        for attempt in range(4):
            try:
                status, body = self.post_signed(envelope.kind, envelope.payload, attempt)
            except (urllib.error.URLError, OSError):
                status, body = 0, b""
            if status == 200:
                self._acked(envelope, json.loads(body) if body.startswith(b"{") else None)
                return
            if self._end.wait(0.2 * attempt):
                return

    def post_signed(
        self,
        kind: str,
        payload: dict[str, Any],
        attempt: int = 0,
        *,
        secret: str = SIGNING_SECRET,
        timestamp: str = "",
        raw: bytes | None = None,
    ) -> tuple[int, bytes]:
        """Status and body of what the app answers. raw: a body in place of the payload's."""
        if kind == "events_api":
            body, content_type = json.dumps(payload), "application/json"
        elif kind == "slash_commands":
            body, content_type = urlencode(payload), "application/x-www-form-urlencoded"
        else:
            body, content_type = urlencode({"payload": json.dumps(payload)}), "application/x-www-form-urlencoded"
        stamp = timestamp or str(int(time.time()))
        data = body.encode() if raw is None else raw
        signed = hmac.new(secret.encode(), f"v0:{stamp}:".encode() + data, hashlib.sha256).hexdigest()
        headers = {"Content-Type": content_type, "X-Slack-Request-Timestamp": stamp}
        headers["X-Slack-Signature"] = f"v0={signed}"
        if attempt:
            headers |= {"X-Slack-Retry-Num": str(attempt), "X-Slack-Retry-Reason": "http_timeout"}
        request = urllib.request.Request(self.http_target, data, headers)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()
