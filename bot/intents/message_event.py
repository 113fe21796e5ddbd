"""SlackMessage: a Slack message event as one record; what was written, by whom, where.

Invariant: pure; an event of a bot, of an edit or of anything else that is no message of a person's gives None.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_MENTION = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^>]*)?>")
_PERSON_SUBTYPES = (None, "file_share", "thread_broadcast")  # subtypes that a person's own message may have
_MOST_TEXT = 50_000  # characters; Slack lets people write 40,000


@dataclass(frozen=True)
class SlackMessage:
    team: str
    channel: str
    ts: str
    thread_ts: str  # "" outside of threads
    user: str
    raw: str  # as Slack sent it, bounded
    direct: bool  # a conversation with the bot alone
    mentions: bool  # the bot is named
    outside: bool  # by someone of another workspace
    files: bool = False
    edited: bool = False

    @property
    def root(self) -> str:
        """The thread that an answer goes to."""
        return self.thread_ts or self.ts


def parse_message_event(event: Mapping[str, Any], team: str, bot_user: str) -> SlackMessage | None:
    """team: whose event it is."""
    if (
        event.get("bot_id")
        or event.get("subtype") not in _PERSON_SUBTYPES
        or not event.get("user")
        or not event.get("ts")
    ):
        return None
    if event["user"] == bot_user:
        return None
    raw = str(event.get("text") or "")[:_MOST_TEXT]
    writer = event.get("user_team") or event.get("source_team") or event.get("team") or team
    return SlackMessage(
        team=team,
        channel=str(event.get("channel", "")),
        ts=str(event["ts"]),
        thread_ts=str(event.get("thread_ts") or ""),
        user=str(event["user"]),
        raw=raw,
        direct=event.get("channel_type") == "im" or str(event.get("channel", "")).startswith("D"),
        mentions=bot_user in _MENTION.findall(raw),
        outside=writer != team,
        files=bool(event.get("files")),
        edited="edited" in event,
    )
