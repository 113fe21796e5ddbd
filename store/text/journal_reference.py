"""Where a paper was published, read from the one line that its authors typed: "Phys. Rev. B 76, 064432 (2007)". Pure.

Invariant: pure; nothing is invented and nothing is lost: what is no journal, no proceedings and no chapter of a book
stays a note, and where a word or a number of the line found no place in a field, the whole line is the note as well.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

PublicationKind = Literal["journal", "proceedings", "chapter", "preprint"]

_MEETING = r"conference|workshop|symposium"
_PROCEEDINGS = re.compile(rf"\b(?:proc(?:\.|eedings)?|{_MEETING})\b", re.IGNORECASE)
_COLLECTION = re.compile(
    r"\bin:|^in (?!press|prep|print|prod|progress|peer|revi|submi|vitro|vivo|silico)", re.IGNORECASE
)
# With a volume, those of a society are a journal: Proc. Natl. Acad. Sci. 105; Proc. IEEE 95; Proc. R. Soc. 9.
_PROCEEDINGS_JOURNAL = re.compile(
    r"\bproc(?:eedings)?\b(?:\.? ?suppl|(?:\.| of the)? (?:ieee|ire)[\s,]+(?:vol|[0-9])|.{0,60}\b(?:acad(?:emy)?"
    r"|soc(?:iety)?|inst(?:itute)?|endow(?:ment)?|enhancing technol(?:ogies)?"
    r"|acm (?:comput|hum|interact|manag|meas|netw|program|softw)\w*)\b)",
    re.IGNORECASE,
)
_ONE_MEETING = re.compile(
    rf"\b(?:{_MEETING}|conf|meeting|congress|colloquium|[0-9]+(?:st|nd|rd|th))\b|\bin:", re.IGNORECASE
)
_BOOK = r"(?:the )?(?:\w+ )?(?:handbook|encyclopa?edia)\b"
_CHAPTER = re.compile(
    r"(?:(?:invited |book )?chap(?:ter|\.)[\s,]*(?P<number>[0-9]{1,3}\b)?[\s,:]*(?:(?:in|of)\b[\s:]*)?"
    rf"|(?:in\b[\s:]*)?(?={_BOOK}))(?P<book>.*[^\W\d_].*)",
    re.IGNORECASE,
)
_IN_BOOK = re.compile(rf"\bin:? {_BOOK}", re.IGNORECASE)
_IN = re.compile(r"^in\b[\s:]*(?=.*\w)", re.IGNORECASE)
_PUBLISHED_IN = re.compile(r"^(?:published|appeared|printed) in\b[\s:]*(?=\w)", re.IGNORECASE)
_YEAR = r"(?<![0-9])(?:19|20)[0-9]{2}(?![0-9])"
_ANY_YEAR = re.compile(_YEAR)
_FIRST_YEAR = re.compile(rf"^[(\[]?({_YEAR})[)\]]?[\s,:]+(?=[^\W\d_])")  # 2007 J. Phys. A 40 1021
_YEAR_IN_BRACKETS = re.compile(rf"[(\[][^()\[\]]{{0,20}}?({_YEAR})\s*[)\]]")
_LONE_YEAR = re.compile(rf"(?<![-–—/.\w])({_YEAR})(?![-–—/\w])")
# Up to the volume: J. Inv. Res. 12; Phys.Rev.D 101; J.Phys.A41; Inv., 2001, vol. 5; Inv. 2021, 13(4); Inv. J. (IJ) 3;
# Ann. Inv. (2) 167, of the second series, whose name holds it. JHEP 2010, 045 has no volume: no volume begins so.
_VOLUME = re.compile(
    r"^(?P<journal>[^\W\d_](?:[^0-9():;]|:(?=\s[^\W\d_])){1,100}?(?:\s?\((?:[^\W\d_][^0-9():;]{1,15}|[0-9])\))?)"
    rf"(?:[\s,]*\(?{_YEAR}\)?[,;]?(?=[\s,]+(?:vol|(?!0[0-9]{{2}})[0-9]{{1,3}}\s?[(:,])))?"
    r"(?:[\s,(]*\bvol(?:ume)?\b[.:\s]*(?P<named>[A-Z]?[0-9]{1,4}(?:\.?[A-Z]\b)?)|[\s,]*(?P<bare>(?<![-–—])[0-9]{1,4}))"
    r"(?![0-9\-–—])",
    re.IGNORECASE,
)
# Without a volume only what calls itself a journal is one: IEEE Invented Letters, 2025.
_NAMED_JOURNAL = re.compile(
    r"^(?P<journal>[^\d]*\b(?:journal|transactions|letters|reviews?|annals|magazine)\b[^\d():;]*?)"
    r"[\s,]*\(?[0-9]{4}\)?\.?$",
    re.IGNORECASE,
)
_NUMBER = re.compile(
    r"^\s*\(\s*(?:no\.?\s*)?([0-9]{1,3}(?:[-–/][0-9]{1,3})?)\s*\)"
    r"|(?<!\bart )(?<!\bart\. )(?<!\barticle )"  # Art. no. 99 is a page
    r"\b(?:no|nr|num|number|issue|iss)\b[.:\s]*([0-9]{1,4}(?:[-–/][0-9]{1,3})?)\b",
    re.IGNORECASE,
)
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_MONTH_NAME = (
    r"(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)"
)
_MONTH = re.compile(
    rf"(?<![-–—/\w])(?:[0-9]{{1,2}}\.?\s+)?{_MONTH_NAME}\b\.?(?:\s[0-9]{{1,2}}\b(?=,))?(?!\s*[-–—/])", re.IGNORECASE
)
_IS_MONTH = re.compile(_MONTH_NAME)
_PAGE = r"[A-Za-z]{0,5}[0-9]{1,8}"
_PAGES = re.compile(rf"(?<![\w.\-–—])({_PAGE})\s*(?:-{{1,3}}|–|—)\s*({_PAGE})(?![\w\-–—])")
_ONE_PAGE = re.compile(rf"(?<![\w.\-–—])({_PAGE})(?![\w\-–—]|\.[0-9])")
# A number of the article and no page: Phys. Rev. counts them with a zero before, others in six digits or after an "e".
_ARTICLE_NUMBER = re.compile(r"[A-Z]?0[0-9]{4,}|[0-9]{6,}|[eE][A-Za-z]{0,4}[0-9]{3,}")


def _year_beside(page: str) -> str:
    """Nothing but the year and a page, in either order."""
    return rf"[\s,:]*(?:\(?{_YEAR}\)?[\s,:]*{page}|{page}[\s,]*\(?{_YEAR}\)?)\.?$"


# The year in place of a volume: J. Stat. Mech. (2009) P03024; or as one: JHEP 2010 (2010) 45.
_YEAR_FOR_VOLUME = re.compile(
    r"^(?P<journal>(?=J[A-Z]{3}\b|[^0-9]*\.|[^0-9]*\bjournal\b)[^\W\d_][^0-9();]{1,100}?)"
    + _year_beside(r"(?:[A-Z]{1,2}[0-9]{3,6}|0[0-9]{1,5})(?:-{1,2}[A-Z]?[0-9]{1,6})?"),
    re.IGNORECASE,
)
_REST_BEHIND_YEAR = re.compile(_year_beside(rf"{_PAGE}(?:-{{1,2}}{_PAGE})?"))
_WORDS = re.compile(r"\d+|[^\W\d_]+")
_FILLERS = frozenset(
    "vol volume no nr num number issue iss p pp page pages art article id eid and chapter chap in of".split()
)


@dataclass(frozen=True)
class Publication:
    """container: the name of a journal, proceedings or book. month: 1 to 12, 0 where none is named. pages: first and
    last, or one page or article number alone. chapter: its number. note: the line, where a word of it stands in no
    other field."""

    kind: PublicationKind
    year: str
    month: int = 0
    container: str = ""
    volume: str = ""
    number: str = ""
    pages: tuple[str, ...] = ()
    note: str = ""
    chapter: str = ""

    @property
    def article_number(self) -> str:
        return self.pages[0] if len(self.pages) == 1 and _ARTICLE_NUMBER.fullmatch(self.pages[0]) else ""


@lru_cache(maxsize=4_096)
def parse_journal_reference(reference: str, first_year: int) -> Publication:
    """reference: one readable line, or "". first_year: of the first version, where the line names none."""
    if not reference:
        return Publication("preprint", str(first_year))
    line = _PUBLISHED_IN.sub("", reference)
    found = _parse_collection(line, first_year) or _parse_journal(line) or _parse_named_journal(line)
    return _keep_all(found, reference) if found else Publication("preprint", str(first_year), note=reference)


def _parse_collection(reference: str, first_year: int) -> Publication | None:
    """Proceedings, which are a whole line; or a chapter of a book."""
    years = _LONE_YEAR.findall(reference) or _ANY_YEAR.findall(reference)
    year = years[-1] if years else str(first_year)
    if _PROCEEDINGS.search(reference):
        is_journal = _PROCEEDINGS_JOURNAL.search(reference) and not _ONE_MEETING.search(reference)
        journal = _parse_journal(reference) if is_journal else None
        return journal or Publication("proceedings", year, container=_IN.sub("", reference))
    if found := _CHAPTER.match(reference):
        return Publication("chapter", year, container=found["book"], chapter=found["number"] or "")
    if _COLLECTION.search(reference) or _IN_BOOK.search(reference):
        kind: PublicationKind = "chapter" if _IN_BOOK.search(reference) else "proceedings"
        return Publication(kind, year, container=_IN.sub("", reference))
    return None


def _parse_named_journal(reference: str) -> Publication | None:
    found, year = _NAMED_JOURNAL.match(reference), _find_year(reference)
    return Publication("journal", year, container=found["journal"].strip()) if found and year else None


def _parse_journal(reference: str) -> Publication | None:
    leading = _FIRST_YEAR.match(reference)
    line = reference[leading.end() :] if leading else reference
    year = leading[1] if leading else _find_year(line)
    named = _VOLUME.match(line)
    volume = (named["named"] or named["bare"]) if named else ""
    if not named or (volume in _ANY_YEAR.findall(reference) and not _is_year_a_volume(line, volume, named.end())):
        named, volume = _YEAR_FOR_VOLUME.match(line), ""
    if not named or not year:
        return None
    rest = line[named.end() if volume else named.end("journal") :].partition(";")[0]  # behind it stands an erratum
    number, rest = _cut(_NUMBER, rest if leading else _cut_year(rest, year))
    month, rest = _cut(_MONTH, rest)
    single = _ONE_PAGE.findall(rest)
    return Publication(
        "journal",
        year,
        _MONTHS.index(month[:3].lower()) + 1 if month else 0,
        named["journal"].strip(" ,"),
        volume,
        number,
        pages.groups() if (pages := _PAGES.search(rest)) else tuple(single) if len(single) == 1 else (),
    )


def _is_year_a_volume(line: str, year: str, end: int) -> bool:
    return _LONE_YEAR.findall(line).count(year) > 1 and bool(_REST_BEHIND_YEAR.match(line[end:]))


def _find_year(text: str) -> str:
    """The first in brackets, else the last that stands alone; "" where there is none."""
    years = _YEAR_IN_BRACKETS.findall(text)[:1] or _LONE_YEAR.findall(text)
    return years[-1] if years else ""


def _cut_year(text: str, year: str) -> str:
    """Without the year, so that no page is taken for it: in brackets, or the last."""
    found = _YEAR_IN_BRACKETS.search(text)
    place = found.start(1) if found and found[1] == year else text.rfind(year)
    return f"{text[:place]} {text[place + len(year) :]}" if place >= 0 else text


def _cut(pattern: re.Pattern[str], text: str) -> tuple[str, str]:
    found = pattern.search(text)
    if not found:
        return "", text
    return next(filter(None, found.groups())), f"{text[: found.start()]} {text[found.end() :]}"


def _keep_all(made: Publication, reference: str) -> Publication:
    """With the line as its note where a word of it stands in no field."""
    fields = [made.container, made.volume, made.number, made.chapter, made.year, *made.pages]
    left = Counter(_words(reference)) - Counter(word for field in fields for word in _words(field))
    told = {word for word in left if made.month and _IS_MONTH.fullmatch(word) and word[:3] == _MONTHS[made.month - 1]}
    return replace(made, note=reference) if set(left) - _FILLERS - told - {made.year} else made


def _words(text: str) -> list[str]:
    return _WORDS.findall(text.lower())
