"""Slack's own assistant as a client: whose signature is trusted, and answers in its blocks.

Invariant: what a request says of its user is believed only after its signature held. Blocks hold addresses of https
alone, and within Slack's limits: one wrong block would cost the answer all of them.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from typing import Any

from digest.render.safe_text import shorten
from web.http.access import SLACK_SIGNATURE
from web.settings import SlackbotAccess

_TIMESTAMP = "x-slack-request-timestamp"
TOOL_META = {"slack": {"supportsBlockKit": True}}
_OLDEST_SECONDS = 300  # of a request: one that was overheard is soon worth nothing
_MOST_CELL = 200  # characters; a table of 21 rows and 4 columns stays below the 20,000 of all cells
_Cell = dict[str, Any]


def is_signed_by_slack(secret: str, headers: Mapping[str, str], body: bytes) -> bool:
    said, moment = headers.get(SLACK_SIGNATURE, ""), headers.get(_TIMESTAMP, "")
    if not (moment.isascii() and moment.isdecimal()) or abs(time.time() - int(moment[:12])) > _OLDEST_SECONDS:
        return False
    made = hmac.new(secret.encode(), b"v0:" + moment.encode() + b":" + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(f"v0={made}".encode(), said.encode(errors="replace"))


def may_call(allowed: SlackbotAccess, body: bytes) -> bool:
    """Whether the user of a signed request is one of those who may ask; what is no call of a tool names no user."""
    if not (allowed.teams or allowed.users):
        return True
    try:
        message = json.loads(body)
    except (ValueError, RecursionError):
        return True  # the SDK refuses it
    if not isinstance(message, dict) or message.get("method") != "tools/call":
        return True
    user = _identity(message)
    in_team = not allowed.teams or {user.get("team_id"), user.get("enterprise_id")} & {*allowed.teams}
    return bool(in_team) and (not allowed.users or user.get("user_id") in allowed.users)


def _identity(message: dict[str, Any]) -> dict[str, str]:
    found: Any = message
    for name in ("params", "_meta", "slack"):
        found = found.get(name) if isinstance(found, dict) else None
    return {name: value for name, value in found.items() if isinstance(value, str)} if isinstance(found, dict) else {}


def create_blocks(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Of a structured answer: a table of its papers or editions; [] where words say it as well."""
    if papers := values.get("papers"):
        return [_table("Papers", ("Paper", "Authors", "Year"), map(_paper_row, papers))]
    if (editions := values.get("editions")) and "abstract" not in values:
        return [_table("Surveys and digests", ("Title", "Kind", "Date"), map(_edition_row, editions))]
    return []


def _table(caption: str, heads: tuple[str, ...], rows: Any) -> dict[str, Any]:
    return {
        "type": "data_table",
        "caption": caption,
        "page_size": 10,
        "rows": [[_text(head) for head in heads], *rows],
    }


def _paper_row(paper: Mapping[str, Any]) -> list[_Cell]:
    year = int(paper["published"][:4])
    names = ", ".join(paper["authors"][:3]) + (" et al." if len(paper["authors"]) > 3 else "")
    link = _link(paper["title"] or paper["id"], paper["page"] or paper["url"])
    return [link, _text(names), {"type": "raw_number", "value": year, "text": str(year)}]


def _edition_row(edition: Mapping[str, Any]) -> list[_Cell]:
    title = _link(edition["title"] or edition["id"], edition["page"] or "")
    return [title, _text(edition["kind"]), _text(edition["date"])]


def _link(text: str, url: str) -> _Cell:
    if not url.startswith("https://"):
        return _text(text)
    link = {"type": "link", "url": url, "text": shorten(text, _MOST_CELL)}
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [link]}]}


def _text(text: str) -> _Cell:
    return {"type": "raw_text", "text": shorten(text, _MOST_CELL) or "–"}
