"""Names of authors: the one reading of an author that prose, lists, keys, bibliographies and author pages share. Pure.

Invariant: pure; a part of a name holds no word that the name does not have, and an author is never without one where
the name has a letter. What cannot be told from a name alone (two family names, a given name that stands last) is read
as most names are; the name as shown stays whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Literal, NamedTuple

from store.text.folding import fold, to_slug
from store.text.latex import latex_to_unicode
from store.text.lazy_pattern import compile_lazily
from store.text.tokens import is_stop

_PARTICLES = frozenset(
    "al ap ben bin d' d’ da dal dalla das de degli dei del della dello den der des di do dos du el het la las le los "
    "mac te ten ter und van vom von zu zum zur 't ’t".split()
)
_FIRST_PARTICLES = frozenset(
    ("de la", "de las", "de los", "van de", "van den", "van der", "von der")
)  # of a lone family
# A capital Van, Le, Do or Bin is no particle beside one of these: Thi Van Tran, Xue Bin Peng.
_NO_PARTICLES_BESIDE = frozenset(
    "anh bui chen cheng choi dang dao dinh doan duc duong hoang huynh jung kang kim lee linh liu luong ma mai minh ngo "
    "nguyen peng pham phan thi tran trinh truong vo vu wang wu xu yang zhang zhao zhou".split()
)
_SUFFIXES = frozenset("jr sr ii iii iv phd ph.d".split())
_TITLES_BEHIND = frozenset(("MD", "M.D"))  # but "Hasan Md" is a Mohammed
_GENERATIONS = frozenset("filho junior júnior neto netto sobrinho".split())  # of the family name where they stand last
_GROUP = compile_lazily(
    r"\b(?:alliance|association|authors|cent(?:er|re)|collaborations?|committee|community|consortium|contributors"
    r"|corporation|council|department|developers|experiment|foundation|group|initiative|institute|laborator(?:y|ies)"
    r"|labs?|members|network|observatory|project|research|society|survey|team|university|company|corp|gmbh|inc|llc|ltd)\b"
    r"|\b(?-i:AI)$|^(?-i:the)\s",
    re.IGNORECASE,
)
_ON_BEHALF = compile_lazily(r"[\s,(]*\b(?:on behalf of|for)\s+", re.IGNORECASE)
_OTHERS = compile_lazily(r"(?:and )?(?:(?:many )?others|et\.? al)\.?", re.IGNORECASE)
_AND_OTHERS = compile_lazily(r"[\s,]+(?:and (?:many )?others|et\.? al)\.?$", re.IGNORECASE)
_AND = compile_lazily(r"\s+(?:and|&)\s+")
_BETWEEN_PEOPLE = compile_lazily(r"\s?;\s?(?:(?:and|&)\s)?|,?\s(?:and|&)\s")
_INITIAL_FIRST = compile_lazily(r"(?:[^\W\d_]\.[ -]?){1,4}[^\W\d_]{2}")
_NOTE_MARK = r"(?:\d{1,3}|[a-z*∗†‡§¶])"
_NOTE_MARKS = compile_lazily(
    rf"\s*\^?[(\[]\s*{_NOTE_MARK}(?:\s*(?:,|;|&|and|-|–)\s*{_NOTE_MARK}){{0,20}}\s*(?:[)\]]|$)"
    r"|[\s,]*[*∗†‡§¶¹²³⁰⁴-⁹]+(?:[,\s]*[*∗†‡§¶¹²³⁰⁴-⁹]+){0,20}$"
)
_GLUED_MARKS = compile_lazily(rf"(?<=[^\W\d_]{{2}})[,^]?\d{{1,2}}(?:\s*,\s*{_NOTE_MARK}){{0,20}}$")
_BRACKETS = compile_lazily(r"\([^()]*\)?")
_INITIALS = compile_lazily(r"[^\W\d_]|(?:[^\W\d_]\.-?){1,4}")
_EDGE = " \t,;:.&/|"

AuthorKind = Literal["person", "group", "others"]


class Author(NamedTuple):
    """name: readable, as lists show it, in the order of speech, without marks of affiliations. Of a person given "Jan",
    family "van den Berg" with its particles, suffix "Jr.", group of whom the person speaks for: "PHENIX Collaboration".
    A group is its name and group; others are those whom "et al." stands for. What there is not is empty."""

    kind: AuthorKind
    name: str
    given: str = ""
    family: str = ""
    suffix: str = ""
    group: str = ""

    @property
    def surname(self) -> str:
        """What people call the author: "van den Berg", "King"; the whole name of a group."""
        return self.family or self.name

    @property
    def filing_word(self) -> str:
        """The word under which an author is filed: "Berg" of van den Berg, "ATLAS" of The ATLAS Collaboration."""
        words = self.surname.split()
        while self.family and len(words) > 1 and words[0].lower() in _PARTICLES:
            del words[0]
        return next((word for word in words if not is_stop(word)), "") if self.kind != "others" else ""


@lru_cache(maxsize=16_384)
def parse_author(name: str) -> Author:
    """One author as a source names one: "Jan van den Berg", "King, Martin Luther, Jr.", "A. Glenn for the PHENIX
    Collaboration", "The ATLAS Collaboration", "et al."."""
    name = _clean(name)
    if _OTHERS.fullmatch(name):
        return Author("others", name)
    person, group = _split_group(name)
    if not person:
        return Author("group", group, group=group)
    given, family, suffix = _split_person(_strip_edges(_BRACKETS.sub(" ", person)) or person)
    if given and name.startswith(f"{family},"):  # a list of names parts them by commas itself
        name = " ".join(filter(None, (given, family, suffix)))
    return Author("person", name, given, family, suffix, group)


def parse_authors(names: Iterable[str]) -> list[Author]:
    """The authors of a list. What has neither letter nor digit is none; a suffix that the source took for an author is
    its neighbour's; who ends in "et al." is followed by others."""
    authors: list[Author] = []
    for name in map(_clean, names):
        if not is_name(name):
            continue
        if is_suffix(name) and authors and authors[-1].kind == "person" and not authors[-1].suffix:
            authors[-1] = authors[-1]._replace(name=f"{authors[-1].name} {name}", suffix=name)
            continue
        own = _AND_OTHERS.sub("", name)
        authors += [parse_author(part) for part in (*split_people(own), name[len(own) :]) if part]
    return authors


def split_people(name: str) -> list[str]:
    """Whom one entry of a list of authors names: two of "Jo Doe and Max Foo", three of "J. Doe, M. Foo; A. Bar". What
    may be one, as "Smith and Sons" or "Doe Foo, Jo", is one.
    """
    if _GROUP.search(name):
        return [name]
    parts = [part for part in _BETWEEN_PEOPLE.split(name) if part]
    is_series = len(parts) > 1 and "," not in parts[-1]
    people = [person for part in parts for person in _split_series(part, is_series=is_series)]
    return people if len(people) > 1 and all(" " in person for person in people) else [name]


def _split_series(names: str, *, is_series: bool) -> list[str]:
    """is_series: more follow, in the order of speech; else only initials tell that a comma stands between people."""
    parts = [part.strip() for part in names.split(",")]
    if any(" " not in part or is_suffix(part) for part in parts):
        return [names]
    return parts if is_series or all(map(_INITIAL_FIRST.match, parts)) else [names]


def is_name(text: str) -> bool:
    """Whether an entry of a list of authors names any: ":" and "(1)" do not."""
    return any(char.isalnum() for char in _NOTE_MARKS.sub("", text))


def surname(name: str) -> str:
    """What people call the author: "van den Berg" of "Jan van den Berg", "Hu" of "Hu, Edward", "King" of "M. L. King
    Jr.", "Glenn" of "A. Glenn for the PHENIX Collaboration"; the whole name of a group."""
    return parse_author(name).surname


def is_named(author: str, asked: str) -> bool:
    """Whether an author may be the one asked for: the same family name, and no part of the given names against it
    ("G. Hinton", "Hinton" and "Geoffrey Hinton" for Geoffrey E. Hinton).
    """
    one, other = parse_author(author), parse_author(asked)
    if to_slug(one.surname) != to_slug(other.surname):
        return False
    givens = to_slug(one.given).split("-"), to_slug(other.given).split("-")
    return all(a.startswith(b) or b.startswith(a) for a, b in zip(*givens, strict=False))


def person_key(name: str) -> str:
    """The author in an address: "edward-hu" of "Edward Hu" and "Hu, Edward"; "" of others and of what has no letter."""
    author = parse_author(name)
    if author.kind == "others" or not any(map(str.isalpha, author.name)):
        return ""
    parts = (author.given, author.family, author.suffix) if author.kind == "person" else (author.name,)
    return to_slug(" ".join(parts)).removeprefix("the-")[:200].strip("-")


def _clean(name: str) -> str:
    """Readable, on one line, without marks of affiliations and what is left of the list that it stood in."""
    line = " ".join("".join(filter(_may_stand_in_name, latex_to_unicode(name))).split())
    bare = _NOTE_MARKS.sub(" ", line)
    if not _GROUP.search(bare) and " " in bare.strip():
        bare = _GLUED_MARKS.sub("", bare.rstrip())
    return _strip_edges(re.sub(r"^(?:and|&)\s+(?=\S)|\s+(?:and|&)$", "", " ".join(bare.split()))) or line


def _may_stand_in_name(char: str) -> bool:
    return char.isprintable() or char.isspace() or char in "\u200c\u200d"  # joiners, which Persian needs


def _strip_edges(text: str) -> str:
    return text.lstrip(_EDGE).rstrip(_EDGE.replace(".", ""))


def _split_group(name: str) -> tuple[str, str]:
    """A person, and the group that the person speaks for; one of them alone is all of the name."""
    if name.startswith("(") and _GROUP.search(name):
        name = _strip_edges(name.strip("()"))
    for bracket in re.findall(r"\(([^()]*)\)?", name):
        if _GROUP.search(bracket) and (person := _strip_edges(name[: name.index("(")])) and not _GROUP.search(person):
            return person, _strip_edges(_ON_BEHALF.sub("", bracket, count=1))
    person, *rest = _ON_BEHALF.split(name, maxsplit=1)
    if rest and (not person or _GROUP.search(rest[0])):
        return _strip_edges(person), _strip_edges(rest[0])
    group, colon, person = name.partition(":")
    if colon and _GROUP.search(group):
        return _strip_edges(person), _strip_edges(group)
    own = _BRACKETS.sub(" ", name)
    return ("", name) if _GROUP.search(own) or _AND.search(own) else (name, "")


def _split_person(name: str) -> tuple[str, str, str]:
    """(given, family, suffix) of "Jan van den Berg Jr." or of "van den Berg, Jan, Jr."."""
    first, *rest = [part.strip() for part in name.split(",") if part.strip()] or [name]
    suffix = " ".join(part for part in rest if is_suffix(part))
    if given := " ".join(part for part in rest if not is_suffix(part)):
        return given, first, suffix
    words = first.split()
    behind = len(words)
    while behind > 1 and is_suffix(words[behind - 1]):
        behind -= 1
    given, family = _split_words(words[:behind])
    return given, family, " ".join(filter(None, (*words[behind:], suffix)))


def _split_words(words: list[str]) -> tuple[str, str]:
    """(given, family). Initials may stand behind the family name: "Manjunath K E"."""
    full = [at for at, word in enumerate(words) if not _INITIALS.fullmatch(word)]
    if not full:
        return "", " ".join(words)
    start = end = full[-1]
    if start > 1 and words[start].lower() in _GENERATIONS:
        start -= 1
    while start > 0 and _is_particle(words, start - 1):
        start -= 1
    if start > 2 and words[start - 1] in ("y", "i"):  # Blaise Agüera y Arcas
        start -= 2
    return " ".join(words[:start] + words[end + 1 :]), " ".join(words[start : end + 1]).rstrip(".")


def _is_particle(words: list[str], at: int) -> bool:
    """With a capital only where a given name stands before it: "Di Zhang" and "Van Tran" are people."""
    word = words[at]
    if word.lower() not in _PARTICLES:
        return False
    if word.islower() and not " ".join(words).islower():
        return True
    if at == 0:
        return len(words) > 2 and f"{word} {words[1]}".lower() in _FIRST_PARTICLES
    return not any(fold(other) in _NO_PARTICLES_BESIDE for other in words)


def is_suffix(word: str) -> bool:
    """Whether a word is what stands behind a name: "Jr.", "III"."""
    bare = word.rstrip(".")
    return bare.lower() in _SUFFIXES or bare in _TITLES_BEHIND
