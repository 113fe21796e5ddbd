"""SlackMessage: a Slack message event as one record (what was written, by whom, where), and the question in its text.

Invariant: pure; an event of a bot, of an edit or of anything else that is no message of a person's gives None. Any text
gives a question, which may be empty, in time that grows with its length alone.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from digest.render.safe_text import strip_harmful
from digest.retrieval.paper_lookup import parse_reference

_MENTION = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^>]*)?>")
_SPEAKS_OF = re.compile(
    r"\b(?:ask|asked|use|used|try|tried|ping|tag|mention|call|with|by|from|of|about|via|like|what|than|frag\w*|"
    r"nutze?|mit|von|über|"
    r"demande|utilise|avec|par|de|pregunta|usa|con|por)\s+$|(?:に|を|は)\s*$",
    re.IGNORECASE,
)
_GROUP = re.compile(r"<!(?:subteam\^|here|channel|everyone)")
_PERSON_SUBTYPES = (None, "file_share", "thread_broadcast")  # subtypes that a person's own message may have
_MOST_TEXT = 50_000  # characters; Slack lets people write 40,000
MOST_READ = 40_000  # characters of a message; Slack cuts there, too

# Every repetition is bounded: a message of 40,000 marks is read in no time, too.
_CODE_FENCE = re.compile(r"```")
_LINK = re.compile(r"<((?:https?|mailto|tel|ftp)[^<|>\s]{0,3000})(?:\|([^<>]{0,500}))?>", re.IGNORECASE)
_CHANNEL = re.compile(r"<#[A-Z0-9]{1,40}(?:\|([^>]{0,200}))?>")
_USER = re.compile(r"<@[A-Z0-9]{1,40}(?:\|[^>]{0,200})?>")
_SPECIAL = re.compile(r"<![^<|>]{0,200}(?:\|([^<>]{0,200}))?>")
_EMOJI = re.compile(r"(?<![\w:]):(?:[+-]1|(?=[a-z0-9_+'-]*[a-z])[a-z0-9_+'-]{1,60}):(?::skin-tone-\d:)?")
_EMPHASIS = re.compile(r"(?<![\w*_~`])([*_~`])(?=\S)([^\n]{0,500}?\S)\1(?![\w*_~`])")
_QUOTED = re.compile(r"(?m)^\s*&gt;(?:&gt;&gt;)?\s?")
_SYMBOLS = ("So", "Sk", "Cf", "Mn", "Zs")  # categories of the characters of emoji, and of what joins them
_ADDRESS = re.compile(r"^(?:[a-z]+://|mailto:|tel:)", re.IGNORECASE)


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
    to_others: bool = False  # somebody else, or a group, is named
    of_us: bool = False  # it speaks to somebody else, and of us: "@Ben, ask @Paper Route"

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
        to_others=bool({*_MENTION.findall(raw)} - {bot_user} or _GROUP.search(raw)),
        of_us=_speaks_of(raw, bot_user),
    )


def _speaks_of(raw: str, bot_user: str) -> bool:
    """Whether it begins with somebody else's name, and names us only behind a word that speaks of us."""
    first = _MENTION.search(raw)
    before, named, _ = raw.partition(f"<@{bot_user}")
    others = first is not None and first[1] != bot_user and not raw[: first.start()].strip(" ,>")
    return bool(others and named and _SPEAKS_OF.search(before))


def extract_question(message: str) -> str:
    """What a person asked, as one line of words: no mention, address, emoji code or formatting. Never raises.

    A link keeps its label; one that shows only its address goes, unless that names a paper: then its id stays. May be
    empty; reads at most MOST_READ characters.
    """
    text = strip_harmful(message[:MOST_READ])
    text = _USER.sub(" ", _SPECIAL.sub(lambda found: f" {_unless_mention(found[1] or '')} ", text))
    text = _CHANNEL.sub(lambda found: f" {found[1] or ''} ", text)
    text = _LINK.sub(lambda found: f" {_label(found[1], found[2] or '')} ", text)
    text = _QUOTED.sub("", _EMOJI.sub(" ", _CODE_FENCE.sub(" ", text)))
    for _ in range(4):  # marks nest: *_both_*
        text = _EMPHASIS.sub(r"\2", text)
    return " ".join(html.unescape(text).split()).lstrip(",:; ")  # "@Paper Route: LoRA"


def is_reaction(message: str) -> bool:
    """Whether it is emoji and nothing else, as codes or as characters."""
    plain = _USER.sub("", message[:MOST_READ]).strip()
    return bool(plain) and all(unicodedata.category(mark) in _SYMBOLS for mark in _EMOJI.sub("", plain))


def spell_out_addresses(message: str) -> str:
    """The words of a message with the addresses that its links lead to, in place of their labels."""
    text = _LINK.sub(r" \1 ", _USER.sub(" ", strip_harmful(message[:MOST_READ])))
    return " ".join(html.unescape(text).split()).strip(",: ")


def _label(address: str, label: str) -> str:
    """What stands for a link: its label, unless that is an address; then the id of the paper that it leads to."""
    shows_address = not label or _ADDRESS.match(label) or label in address
    reference = parse_reference(html.unescape(address)) if shows_address and address.startswith("http") else None
    if reference:
        return reference.label
    return "" if _ADDRESS.match(label) else label


def _unless_mention(label: str) -> str:
    return "" if label.startswith("@") else label
