"""Letters folded for keys and addresses: case and accents off, letters of other Latin alphabets spelt in ours. Pure."""

from __future__ import annotations

import re
import unicodedata

_SPELT = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h"})


def fold(text: str) -> str:
    """ "Håkan Łuczak" is "hakan luczak"; a word of another script keeps its marks."""
    spelt = unicodedata.normalize("NFC", text.casefold()).translate(_SPELT)  # casefold: ß is ss
    return re.sub(r"\w+", lambda found: _strip_accents(found[0]), spelt)


def to_ascii(text: str) -> str:
    """The letters a to z and the digits of a folded text; all others are left out."""
    return re.sub(r"[^a-z0-9]", "", _strip_accents(text.casefold().translate(_SPELT), any_script=True))


def to_slug(text: str) -> str:
    """The folded words of a text with hyphens amid them: "erdos-renyi"."""
    return re.sub(r"[\W_]+", "-", fold(text)).strip("-")


def _strip_accents(word: str, *, any_script: bool = False) -> str:
    bare = "".join(char for char in unicodedata.normalize("NFKD", word) if not unicodedata.combining(char))
    return bare if any_script or bare.isascii() else unicodedata.normalize("NFKC", word)
