"""Canvases of the stand-in for Slack: what the Web API does with them, and what it refuses by plan, place and dialect.

Invariant: as strict as Slack's pages say; where they name no error for a refusal, the nearest that they name stands in.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from tests.doubles.slack_state import SlackSays, State

Args = dict[str, Any]
MOST_BYTES, MOST_CELLS = 2**20, 300
MENTION = re.compile(r"(?<!\\)!\[[^\]\\]*\]\(([@#][A-Z0-9]+)\)")
_QUOTE = re.compile(r"(?m)^[ ]{0,3}>")


@dataclass
class Canvas:
    id: str
    title: str
    channel: str  # whose tab it is; "" for one that stands alone
    markdown: str
    readers: set[str] = field(default_factory=set)  # channels and users
    edits: int = 0

    @property
    def mentions(self) -> list[str]:
        return MENTION.findall(self.markdown)


def check_markdown(content: Any, failed: str) -> str:
    """Raises SlackSays; a construct that it does not know refuses the whole."""
    content = json.loads(content) if isinstance(content, str) else content
    if not isinstance(content, dict) or content.get("type") != "markdown" or not content.get("markdown"):
        raise SlackSays("invalid_arguments")
    text = str(content["markdown"])
    if len(text.encode()) > MOST_BYTES:
        raise SlackSays(failed, detail="content is too large")
    for number, line in enumerate(text.splitlines(), 1):
        if re.match(r"\s*>\s*(?:>|[-*+]\s|\d+[.)]\s)|\s*(?:[-*+]|\d+[.)])\s+>", line):
            raise SlackSays(failed, detail=f"line {number}: unsupported nesting in a quote")
        if re.match(r"#{4,}\s", line):
            raise SlackSays(failed, detail=f"line {number}: heading level")
    for table in re.findall(r"(?m)(?:^\|.*\|[ ]*\n?)+", text):
        if sum(row.count("|") - 1 for row in table.strip().splitlines()) > MOST_CELLS:
            raise SlackSays(failed, detail="table too large")
    return text


class CanvasMethods:
    """Mixed into the methods of the Web API."""

    state: State

    def canvases_create(self, args: Args) -> Args:
        state, channel = self.state, args.get("channel_id") or ""
        text = check_markdown(args.get("document_content"), "canvas_creation_failed")
        if state.plan == "none":
            raise SlackSays("canvas_disabled_user_team")
        if channel and not (state.channels.get(channel) or {}).get("is_member"):
            raise SlackSays("channel_not_found")
        if state.plan == "free" and not channel:
            raise SlackSays("free_teams_cannot_create_non_tabbed_canvases")
        if state.plan == "free" and any(canvas.channel == channel for canvas in state.canvases.values()):
            raise SlackSays("free_team_canvas_tab_already_exists")
        id_ = f"F0CANVAS{len(state.canvases)}"
        state.canvases[id_] = Canvas(id_, str(args.get("title") or ""), channel, text, {channel} - {""})
        return {"canvas_id": id_}

    def canvases_edit(self, args: Args) -> Args:
        canvas, changes = self._canvas(args), args.get("changes")
        changes = json.loads(changes) if isinstance(changes, str) else changes
        if not isinstance(changes, list) or len(changes) != 1:
            raise SlackSays("invalid_arguments")
        (change,) = changes
        if change.get("operation") != "replace" or change.get("section_id"):
            raise SlackSays("invalid_arguments")  # there are more operations; the bot has no use for them
        canvas.markdown = check_markdown(change.get("document_content"), "canvas_editing_failed")
        canvas.edits += 1
        return {}

    def canvases_access_set(self, args: Args) -> Args:
        canvas = self._canvas(args)
        channels, users = _ids(args.get("channel_ids")), _ids(args.get("user_ids"))
        if bool(channels) == bool(users) or args.get("access_level") not in ("read", "write", "owner"):
            raise SlackSays("invalid_arguments")
        for channel in channels:
            if channel.startswith("D") or channel not in self.state.channels:
                raise SlackSays("channel_not_found")
        for user in users:
            shown = [str(message) for message in self.state.messages.get(self.state.im(user), [])]
            if not any(canvas.id in message for message in shown):
                raise SlackSays("user_not_found")  # who was not sent the link
        canvas.readers |= {*channels, *users}
        return {}

    def canvases_delete(self, args: Args) -> Args:
        del self.state.canvases[self._canvas(args).id]
        return {}

    def _canvas(self, args: Args) -> Canvas:
        found = self.state.canvases.get(args.get("canvas_id", ""))
        if found is None:
            raise SlackSays("canvas_not_found")
        canvas: Canvas = found
        return canvas


def _ids(value: Any) -> list[str]:
    if isinstance(value, str):
        return [part.strip() for part in value.strip("[]").replace('"', "").split(",") if part.strip()]
    return list(value or [])
