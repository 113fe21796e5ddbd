"""Acronyms: what an abstract says that they stand for, and their first use written out. Pure.

Invariant: an acronym is written out only as its own abstract does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_DEFINITION = re.compile(r"(?P<before>(?:[\w’'-]+ ){1,8})\((?P<short>[A-Z][A-Za-z-]{0,8}[A-Za-z])\)")
_POSSESSIVE = re.compile(r"[’']s?$")
_ACRONYM = re.compile(
    r"(?P<article>\b[Aa]n? )?(?<![\w(‘“'\"-])(?P<short>[A-Z][A-Za-z-]{0,8}[A-Za-z])"
    r"(?![\w’”'\"-])(?P<closed>\))?(?! ?\()"
)


def find_acronyms(text: str) -> dict[str, str]:
    """Each acronym of a text, in the singular, with what it stands for."""
    found: dict[str, str] = {}
    for match in _DEFINITION.finditer(text):
        short = match["short"].removesuffix("s")
        if sum(map(str.isupper, short)) > 1 and (words := _spelt_out(short, match["before"].split())):
            whole = _POSSESSIVE.sub("", words)
            found.setdefault(short, whole.removesuffix("s") if short != match["short"] else whole)
    return found


def _spelt_out(short: str, words: list[str]) -> str:
    """The last of the words whose letters give the acronym, the first letter of each part of a word before others."""
    letters = [c for c in short.lower() if c.isalpha()]
    for count in range(1, min(len(words), len(letters) + 2) + 1):
        phrase = " ".join(words[-count:])
        initials = re.findall(r"(?:^|[ -])(\w)", phrase.lower())
        if initials[:1] == letters[:1] and _holds_in_order(initials, letters, phrase.lower()):
            return phrase
    return ""


def _holds_in_order(initials: list[str], letters: list[str], phrase: str) -> bool:
    """Whether the phrase has the letters in order, and each of its words' initials is one but for small words."""
    rest = iter(phrase)
    return all(letter in rest for letter in letters) and len(set(initials) - set(letters)) <= len(initials) // 3


def write_out_acronyms(sentence: str, meanings: Mapping[str, str], known: set[str]) -> str:
    """The sentence with each acronym that is not known yet written out before it; those it holds are known then."""

    def write_out(match: re.Match[str]) -> str:
        short = match["short"].removesuffix("s")
        if short not in meanings or short in known:
            return match[0]
        known.add(short)
        plural = "s" if match["short"] != short else ""
        if match["closed"]:
            return match[0]
        article = match["article"] or ""
        if article:
            article = article[0] + ("n " if meanings[short][0].lower() in "aeio" else " ")
        return f"{article}{meanings[short]}{plural} ({match['short']})"

    for match in _DEFINITION.finditer(sentence):
        known.add(match["short"].removesuffix("s"))
    return _ACRONYM.sub(write_out, sentence)
