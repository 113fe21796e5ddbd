"""Slack payloads: who, where and what stands in the body of an event, a click, a command or a submitted form.

Invariant: pure; a part that is missing gives "". What a payload names comes from outside and may be gone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.intents.message_event import SlackMessage
from bot.slack.thread import ThreadRef

Body = Mapping[str, Any]


def team_id(body: Body) -> str:
    return str(body.get("team_id") or _id(body, "team"))


def user_id(body: Body) -> str:
    """Whoever clicked, submitted or typed the command."""
    return _id(body, "user") or str(body.get("user_id") or "")


def channel_id(body: Body) -> str:
    """Where the click was; "" in the Home tab and in forms."""
    return _id(body, "channel")


def action_value(action: Body) -> str:
    """Of a button, or of what was chosen from a menu."""
    return str((action.get("selected_option") or action).get("value", ""))


def is_in_home(body: Body) -> bool:
    return str((body.get("view") or {}).get("type", "")) == "home"


def thread_of_click(body: Body) -> ThreadRef:
    """The thread that a click happened in, and who clicked."""
    message, container = body.get("message") or {}, body.get("container") or {}
    channel = channel_id(body) or str(container.get("channel_id") or "")
    ts = str(message.get("thread_ts") or message.get("ts") or container.get("message_ts") or "")
    return ThreadRef(channel, ts, user_id(body), team_id(body), response_url=response_url(body))


def message_of_click(body: Body) -> SlackMessage:
    """Who clicked, as if they had written: the same rules are for them."""
    thread = thread_of_click(body)
    return SlackMessage(
        team=thread.team,
        channel=thread.channel,
        ts=thread.thread_ts,
        thread_ts=thread.thread_ts,
        user=thread.user,
        raw="",
        direct=thread.channel.startswith("D"),
        mentions=True,
        outside=((body.get("user") or {}).get("team_id") or thread.team) != thread.team,
    )


def response_url(body: Body) -> str:
    """A secret; "" where there is none, as in the Home tab and in forms."""
    return str(body.get("response_url") or "")


def once_key(kind: str, *parts: object) -> str:
    """The `ts` under which what is no message (a click, a form, a command) is claimed once and for all.

    Slack may tell the same click twice, and to another process. Colons are in no ts of a message, so none is taken.
    """
    return ":".join((kind, *map(str, parts)))


def _id(body: Body, name: str) -> str:
    return str((body.get(name) or {}).get("id") or "")
