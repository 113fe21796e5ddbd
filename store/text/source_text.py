"""Text as a source sends it -> one clean line: white space folded, HTML entities and unwanted characters gone. Pure.

Invariant: pure; LaTeX and markup stay as the authors wrote them.
"""

from __future__ import annotations

import html
import re

# Controls that are not white space, the marks that turn the direction of text (a title could hide in them), characters
# without width (no search would find the word around them), lone surrogates (no database takes them) and the byte order
# mark.
_UNWANTED = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff"
    "\ufff9-\ufffb\ud800-\udfff]"
)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")  # with its semicolon: not AT&T
_MOST_ESCAPES = 3  # "&amp;amp;lt;"


def clean_line(text: str) -> str:
    """One line: entities as characters, unwanted ones out, every run of white space a single space."""
    for _ in range(_MOST_ESCAPES):
        if not _ENTITY.search(text):
            break
        text = _ENTITY.sub(lambda entity: html.unescape(entity[0]), text)
    return " ".join(_UNWANTED.sub("", text).split())


def printable_line(text: str) -> str:
    """One line of what somebody, or a server, said, fit for a message: what cannot be printed is a space."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())
