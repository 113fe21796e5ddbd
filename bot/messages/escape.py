"""Escaping (sanitising) text from Slack, arXiv and models for Slack.

Invariant: what leaves `mrkdwn` or `markdown` mentions nobody, links nowhere, and holds no control or bidirectional
character; what leaves `markdown` formats nothing, either. The only links are the ones made by `mrkdwn_link` and
`markdown_link`, and their addresses come from a record or from the configuration, never from a text.

Slack turns host names into links by itself, so the dots of whatever could be one become "one dot leaders", which look
the same. Mentions are broken twice: angle brackets are escaped or replaced, and the @ of @channel is a wide one. How
Slack reads entities in a markdown block is not known, so none is left in one: they are decoded, then made inert.
"""

from __future__ import annotations

import html
import re

from digest.render.safe_text import strip_harmful

_SCHEME = re.compile(r"(mailto|javascript|data|tel)?:(?(1)|(?=//))", re.IGNORECASE)
_HOST_DOT = re.compile(r"(?<=[^\W_])\.(?=[^\W\d_]{2,})|(?<=\bwww)\.", re.IGNORECASE)
_BROADCAST = re.compile(r"@(?=(?:channel|here|everyone|group)\b)", re.IGNORECASE)
_TAG = re.compile(r"<(?=[!@#/?\w])([^<>\n]{0,400})>")
_OPEN_TAG = re.compile(r"<(?=[!@#/?\w])")
_ENTITY = re.compile(r"&(?=#?\w+;)")
_MARKS = re.compile(r"[\\`*_\[\]|~]")
_LINE_START = re.compile(r"(?m)^(\s*)(?:([-+=>#])|(\d{1,9})([.)]))(?=\s|$|[-=#>])")

LEADER, WIDE_AT, COLON, WIDE_AND = "\u2024", "＠", "∶", "＆"  # look-alikes that Slack reads nothing into; decision 51


def mrkdwn(text: str) -> str:
    """Words for a mrkdwn text object, or for a message's fallback text."""
    return _break_links(strip_harmful(text)).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def plain(text: str) -> str:
    """Words for a plain_text object: Slack reads nothing into one, so they only lose what could act on a reader."""
    return strip_harmful(text)


def markdown(text: str) -> str:
    """Words for a markdown block: nothing in them is markup.

    Parentheses stay as they are: behind an escaped bracket they mean nothing.
    """
    return _LINE_START.sub(_escape_line_start, markdown_inside(text))


def markdown_inside(text: str) -> str:
    """Words within a line of a markdown block: in a heading, in a link."""
    return _MARKS.sub(r"\\\g<0>", make_inert(text))


def make_inert(text: str) -> str:
    """Words that mention nobody and link nowhere, before any escaping: what has to be seen whole to be seen."""
    return _ENTITY.sub(WIDE_AND, _break_links(_disarm_tags(_decode_entities(strip_harmful(text)))))


def mrkdwn_link(address: str, label: str) -> str:
    """A link in mrkdwn; the label is plain words."""
    return f"<{address}|{mrkdwn(label).replace('|', '¦')}>"


def markdown_link(address: str, label: str) -> str:
    """A link in a markdown block; the label is plain words."""
    return f"[{markdown_inside(label)}]({address})"


def _escape_line_start(found: re.Match[str]) -> str:
    indent, mark, number, closing = found.groups()
    return f"{indent}\\{mark}" if mark else f"{indent}{number}\\{closing}"


def _break_links(text: str) -> str:
    text = _SCHEME.sub(lambda found: (found[1] or "") + COLON, text)
    return _BROADCAST.sub(WIDE_AT, _HOST_DOT.sub(LEADER, text))


def _decode_entities(text: str) -> str:
    """Without entities, so that "&lt;!channel&gt;" is seen for what it is; what was encoded thrice stays an oddity."""
    for _ in range(3):
        if (bare := html.unescape(text)) == text:
            break
        text = strip_harmful(bare)
    return text


def _disarm_tags(text: str) -> str:
    return _OPEN_TAG.sub("‹", _TAG.sub(r"‹\1›", text))
