"""Fencing of outside text in a prompt, so that it stays data (prompt injection).

Invariant: a text from outside cannot close the tag that it stands in, nor hide characters in it, nor hold a special
token of a model.
"""

from __future__ import annotations

import re
import unicodedata

from digest.text.special_tokens import disarm_special_tokens

_TAGS = (
    "abstract|claim|concept|contrast|counts|dates|exclusion|gap|heading|opening|paper|previous|question|section|sentence"
    "|statement|summary|text|title"
)
_TAG = re.compile(rf"[<＜﹤‹〈⟨](?=\s*/?\s*(?:{_TAGS})\b)", re.IGNORECASE)


def fence_data(text: str, most: int = 6_000) -> str:
    """A text from outside as it may stand between tags: on one line, visible, bounded, none of our tags in it."""
    line = " ".join(_strip_invisible(text).split())
    return _TAG.sub("(", disarm_special_tokens(line))[:most]


def fence_paragraphs(text: str, most: int = 20_000) -> str:
    """Likewise, with its paragraphs."""
    return "\n\n".join(fence_data(piece, most) for piece in text[:most].split("\n\n") if piece.strip())


def _strip_invisible(text: str) -> str:
    """Without control, format and private characters: what a person reading the abstract would not see either."""
    if text.isprintable():
        return text
    return "".join(" " if char.isspace() else char for char in text if char.isspace() or _is_visible(char))


def _is_visible(char: str) -> bool:
    return unicodedata.category(char)[0] != "C"
