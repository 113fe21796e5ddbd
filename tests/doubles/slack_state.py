"""What a Slack workspace remembers: people, channels, messages, streams, sessions, and every call that was made.

Invariant: one lock guards it all; whoever waits for something is woken by every change.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

T = TypeVar("T")
TEAM, BOT, BOT_ID, APP = "T0TEAM", "U0BOT", "B0BOT", "A0APP"
BOT_TOKEN, APP_TOKEN, SIGNING_SECRET = "xoxb-double-bot", "xapp-1-double-app", "double-signing-secret"
SCOPES = (
    "app_mentions:read assistant:write chat:write commands files:write im:history im:write "
    "channels:history groups:history channels:read groups:read users:read reactions:write canvases:write"
).split()


@dataclass
class Call:
    """One call of the Web API: what was asked, and what was answered."""

    method: str
    args: dict[str, Any]
    at: float  # time.monotonic()
    answer: dict[str, Any] = field(default_factory=dict)
    status: int = 200


@dataclass
class Stream:
    channel: str
    ts: str
    began: float
    live: bool = True
    tasks: dict[str, dict[str, Any]] = field(default_factory=dict)
    title: str = ""
    text: str = ""
    stopped_by_user: bool = False


class SlackSays(Exception):
    """`ok: false` and an error's name."""

    def __init__(self, error: str, status: int = 200, **more: Any) -> None:
        super().__init__(error)
        self.error, self.status, self.more = error, status, more


class State:
    def __init__(self) -> None:
        self.changed = threading.Condition(threading.RLock())
        self.scopes = list(SCOPES)
        self.stream_seconds = 300.0
        self.trigger_seconds = 60.0  # Slack: 3, of which a busy machine would take its share
        self.users: dict[str, dict[str, Any]] = {}
        self.channels: dict[str, dict[str, Any]] = {}
        self.messages: dict[str, list[dict[str, Any]]] = {}
        self.streams: dict[str, Stream] = {}
        self.statuses: list[dict[str, Any]] = []
        self.sessions: dict[tuple[str, str], str] = {}
        self.files: dict[str, dict[str, Any]] = {}
        self.reactions: list[tuple[str, str, str]] = []
        self.views: dict[str, dict[str, Any]] = {}
        self.homes: dict[str, dict[str, Any]] = {}
        self.triggers: dict[str, float] = {}
        self.responses: list[dict[str, Any]] = []
        self.response_urls: dict[str, tuple[float, int]] = {}  # token -> when it was made, how often it was used
        self.response_seconds = 1_800.0
        self.canvases: dict[str, Any] = {}  # id -> slack_canvases.Canvas
        self.plan: Literal["paid", "free", "none"] = "paid"  # what the workspace may have of canvases
        self.calls: list[Call] = []
        self._last_ts = 0.0
        for user in ("U1ADA", "U2BEN"):
            self.add_user(user)
        self.add_channel("C1GENERAL", "general")

    def add_user(self, id_: str, **more: Any) -> str:
        kept = {"id": id_, "team_id": TEAM, "name": id_.lower(), "tz": "Europe/Berlin", "locale": "en-GB"}
        self.users[id_] = kept | {"is_bot": False, "is_restricted": False, "is_ultra_restricted": False} | more
        return id_

    def add_channel(self, id_: str, name: str = "", **more: Any) -> str:
        self.channels[id_] = {"id": id_, "name": name, "is_member": True, "is_archived": False} | more
        self.messages.setdefault(id_, [])
        return id_

    def im(self, user: str) -> str:
        """The direct channel with a user."""
        id_ = f"D{user[1:]}"
        if id_ not in self.channels:
            self.add_channel(id_, is_im=True, user=user)
        return id_

    def next_ts(self) -> str:
        with self.changed:
            self._last_ts = max(time.time(), self._last_ts + 0.000001)
            return f"{self._last_ts:.6f}"

    def add(self, channel: str, message: dict[str, Any]) -> dict[str, Any]:
        with self.changing():
            kept = {"ts": self.next_ts(), "channel": channel, "seen_at": time.monotonic()} | message
            self.messages.setdefault(channel, []).append(kept)
        return kept

    def message(self, channel: str, ts: str) -> dict[str, Any]:
        for message in self.messages.get(channel, []):
            if message["ts"] == ts:
                return message
        raise SlackSays("message_not_found")

    def new_response_url(self) -> str:
        token = secrets.token_hex(6)
        with self.changing():
            self.response_urls[token] = (time.monotonic(), 0)
        return token

    def use_response_url(self, token: str, said: dict[str, Any]) -> str:
        """ "" where it is taken; else why not."""
        with self.changing():
            made, used = self.response_urls.get(token, (0.0, 0))
            if not made or time.monotonic() - made > self.response_seconds:
                return "expired_url"
            if used >= 5:
                return "used_url"
            if not said.get("text") and not said.get("blocks") and not said.get("delete_original"):
                return "no_text"
            self.response_urls[token] = (made, used + 1)
            self.responses.append({"at": token} | said)
        return ""

    @contextmanager
    def changing(self) -> Iterator[None]:
        with self.changed:
            yield
            self.changed.notify_all()

    def wait(self, look: Callable[[], T], seconds: float = 180.0) -> T:
        """What `look` finds, as soon as it finds something. Fails after so many seconds, far beyond what it takes.

        `look` has to look for what the test caused, by its ts or by what only that can bring: another thing of the
        kind may be there already. Where nothing may come at all, or all of it is wanted, see `SlackServer.settle`.
        """
        deadline = time.monotonic() + seconds
        with self.changed:
            while not (found := look()):
                left = deadline - time.monotonic()
                if left <= 0:
                    said = [f"{call.method}: {call.answer.get('error', 'ok')}" for call in self.calls[-30:]]
                    raise AssertionError(f"nothing of the kind within {seconds:.0f} s; the last calls: {said}")
                self.changed.wait(min(left, 0.05))  # what is looked at may be in a store, whose changes nobody tells
            return found

    # What tests ask for.

    def thread(self, channel: str, thread_ts: str) -> list[dict[str, Any]]:
        with self.changed:
            return [message for message in self.messages.get(channel, []) if message.get("thread_ts") == thread_ts]

    def by_bot(self, channel: str, thread_ts: str | None = None) -> list[dict[str, Any]]:
        """Messages of the bot's, streams apart; in one thread where given."""
        with self.changed:
            found = [
                message
                for message in self.messages.get(channel, [])
                if message.get("bot_id") == BOT_ID and "stream" not in message
            ]
            return [message for message in found if thread_ts is None or message.get("thread_ts") == thread_ts]

    def answers(self, channel: str, thread_ts: str | None = None) -> list[dict[str, Any]]:
        """First parts of editions: the bot's messages whose metadata say so."""
        return [
            message
            for message in self.by_bot(channel, thread_ts)
            if _payload(message).get("kind") == "answer" and first(message)
        ]

    def called(self, method: str) -> list[Call]:
        with self.changed:
            return [call for call in self.calls if call.method == method]

    def refused(self) -> list[Call]:
        """Calls that were wrong in themselves: not those that a fault or a limit turned away."""
        passing = ("ratelimited", "internal_error", "service_unavailable", "fatal_error")
        with self.changed:
            return [
                call for call in self.calls if not call.answer.get("ok") and call.answer.get("error") not in passing
            ]


def _payload(message: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = message.get("metadata", {}).get("event_payload", {})
    return found


def first(message: dict[str, Any]) -> bool:
    return int(_payload(message).get("part", 0)) == 0
