"""Sanitising of texts for display: control characters stripped, LaTeX readable, [n] split from words.

Invariant: what leaves here holds no control character, no bidirectional control and nothing that cannot be encoded;
a number comes out only where a paper of the edition has it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from store.text.latex import latex_to_unicode

_MARKER = re.compile(r"\[(\d{1,9})\]")
# Controls, bidi controls and invisible fillers, surrogates, tags, noncharacters. The joiners stay: emoji and Persian
# need them.
_HARMFUL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufdd0-\ufdef\ufeff"
    "\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f]"
)
_ESCAPE_SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]{0,2000}(?:\x07|\x1b\\)|[ -/]*[0-~])")
_BLANKS = re.compile(r"[ \t]+")
_PARAGRAPH_END = re.compile(r"\n[ \t]*\n\s*")
_EMPHASIS = re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1")
_HEADING = re.compile(r"(?m)^[ \t]{0,3}#{1,6}[ \t]+")
_ENDING = "…"


def strip_harmful(text: str) -> str:
    """The text without what could act on a terminal, a page or a reading direction."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n")
    return _HARMFUL.sub("", _ESCAPE_SEQUENCE.sub("", plain))


def to_line(text: str, limit: int = 1_000) -> str:
    """One readable line, cut at a blank where it is longer than `limit` characters."""
    return shorten(" ".join(strip_harmful(latex_to_unicode(text)).split()), limit)


def to_verbatim_line(text: str, limit: int = 1_000) -> str:
    """Likewise as it is: what was made readable before; commands, addresses, search words and errors hold no LaTeX, but
    "--" and "~"."""
    return shorten(" ".join(strip_harmful(text).split()), limit)


def split_paragraphs(text: str) -> list[str]:
    """The readable paragraphs of a text; line breaks inside one are kept."""
    pieces = _PARAGRAPH_END.split(strip_harmful(latex_to_unicode(text)).strip())
    return [_BLANKS.sub(" ", piece).strip() for piece in pieces if piece.strip()]


def split_citations(text: str, known: Collection[int]) -> Iterator[str | int]:
    """Words and citations in turn: a citation is its number."""
    end = 0
    for match in _MARKER.finditer(text):
        if (number := int(match[1])) in known:
            if before := text[end : match.start()]:
                yield before
            yield number
            end = match.end()
    if rest := text[end:]:
        yield rest


def strip_markers(text: str) -> str:
    """The words alone, where citations could lead nowhere."""
    return re.sub(r"\s*(?:\[\d{1,9}\])+", "", text)


def strip_markup(text: str) -> str:
    """A language model's paragraph without its emphasis and heading marks, for forms that show none."""
    return _HEADING.sub("", _EMPHASIS.sub(r"\2", text))


def shorten(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    return (cut.rsplit(" ", 1)[0] if " " in cut[limit // 2 :] else cut).rstrip(" ,;:.") + _ENDING
