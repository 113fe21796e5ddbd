"""Names of authors: the parts of a person's, with particles; collaborations and other groups; "et al.". Pure.

Invariant: pure; a name comes out with no word that it does not have, and never empty where it has a letter.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from store.text.tokens import is_stop

# They stand before a surname and belong to it where they are written small; the second set with a capital, too.
_PARTICLES = frozenset(
    "al bin da dal de del della den der des di dos du el la le los ten ter te van vom von zu zur".split()
)
_NO_GIVEN_NAMES = frozenset("del della den der des dos vom von zur".split())  # "Van Tran" and "Di Zhang" are people
_SUFFIXES = frozenset("jr sr ii iii iv phd ph.d md".split())
_GROUP = re.compile(
    r"\b(?:collaborations?|committee|consortium|group|initiative|institute|members|network|project|society|survey|team"
    r"|university)\b",
    re.IGNORECASE,
)
_ON_BEHALF = re.compile(r"[\s,(]*\b(?:on behalf of|for)\s+(?=the\b)", re.IGNORECASE)
_OTHERS = re.compile(r"(?:and )?(?:others|et al)\.?", re.IGNORECASE)
_AFFILIATION = re.compile(r"\([^()]*\)?")


class PersonName(NamedTuple):
    """family: with its particles, "van den Berg"; suffix: "Jr.", "III". What the name does not have is empty."""

    given: str
    family: str
    suffix: str


def is_group(name: str) -> bool:
    """Whether these authors are a collaboration, a consortium, a team."""
    return bool(_GROUP.search(_leading_name(name)))


def is_others(name: str) -> bool:
    """Whether the name stands for authors who are not named: "et al.", "and others"."""
    return bool(_OTHERS.fullmatch(name.strip()))


def surname(name: str) -> str:
    """What people call the author: "van den Berg" of "Jan van den Berg", "Hu" of "Hu, Edward", "King" of "M. L. King
    Jr.", "Glenn" of "A. Glenn for the PHENIX Collaboration"; the whole name of a group."""
    leading = _leading_name(name)
    if is_group(leading):
        return leading
    family, comma, rest = leading.partition(",")
    if comma and not _is_suffix(rest.strip()):
        return family.strip() or name
    words = [word for word in leading.replace(",", " ").split() if len(word.rstrip(".")) > 1 and not _is_suffix(word)]
    if not words:
        return leading or name
    start = len(words) - 1
    while start > 0 and _is_particle(words[start - 1], words[start]):
        start -= 1
    return " ".join(words[start:]).rstrip(".")


def split_person(name: str) -> PersonName:
    """The parts of a person's name: given "Martin Luther", family "King", suffix "Jr."; an affiliation is left out."""
    leading, family = _leading_name(name), surname(name)
    before, comma, rest = leading.partition(",")
    if comma and before.strip() and not _is_suffix(rest.strip()):  # Berg, Jan; Berg, Jan, Jr.
        given, _, suffix = rest.partition(",")
        return PersonName(given.strip(), family, suffix.replace(",", " ").strip())
    words = leading.replace(",", " ").split()
    own, named = family.split(), [word for word in words if not _is_suffix(word)]
    places = (n for n in reversed(range(len(named))) if _strip_dots(named[n : n + len(own)]) == _strip_dots(own))
    if (start := next(places, None)) is None:
        return PersonName("", family, "")
    others = named[:start] + named[start + len(own) :]  # initials may stand behind: Manjunath K E
    return PersonName(" ".join(others), family, " ".join(word for word in words if _is_suffix(word)))


def filing_word(name: str) -> str:
    """The word under which an author is filed: "Berg" of "van den Berg", "ATLAS" of "The ATLAS Collaboration"."""
    words = surname(name).split()
    while len(words) > 1 and _is_particle(words[0], words[1]):
        del words[0]
    return next((word for word in words if not is_stop(word)), "")


def _leading_name(name: str) -> str:
    """Without an affiliation in brackets; of "A. Glenn for the PHENIX Collaboration" the person."""
    person, *group = _ON_BEHALF.split(_AFFILIATION.sub(" ", name), maxsplit=1)
    return (person.strip() or "".join(group)).strip()


def _strip_dots(words: list[str]) -> list[str]:
    return [word.rstrip(".") for word in words]


def _is_suffix(word: str) -> bool:
    return word.rstrip(".").lower() in _SUFFIXES


def _is_particle(word: str, following: str) -> bool:
    """One of the rest may have a capital only before another: "Van der Berg", "De la Cruz"."""
    known = word.lower() in _PARTICLES
    return known and (word.islower() or word.lower() in _NO_GIVEN_NAMES or following.lower() in _PARTICLES)
