"""Date range of a question, if it names one: "since 2024", "seit März 2023", "2024年以降", "最近三个月". Pure.

Invariant: only words that plainly bound a time do; a bare year may be a name (ImageNet 2012), and bounds nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from store.records.lazy_text import AnyText, lazy_gettext
from store.text.lazy_pattern import compile_lazily

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan januar jänner janvier enero janeiro gennaio",
            "february feb februar février febrero fevereiro febbraio",
            "march mar märz mars marzo março",
            "april apr avril abril aprile",
            "may mai mayo maio maggio",
            "june jun juni juin junio junho giugno",
            "july jul juli juillet julio julho luglio",
            "august aug août agosto",
            "september sept sep septembre septiembre setembro settembre",
            "october oct oktober octobre octubre outubro ottobre",
            "november nov novembre noviembre novembro",
            "december dec dezember décembre diciembre dezembro dicembre",
        ),
        start=1,
    )
    for name in names.split()
}
_NUMBERS = {
    name: number
    for number, names in enumerate(
        (
            "a an ein einen einer un une una 一",
            "two couple few zwei paar deux dos dois duas due 二 两 兩 数 几",
            "three drei trois tres três tre 三",
            "four vier quatre cuatro quatro quattro 四",
            "five fünf cinq cinco cinque 五",
            "six sechs seis 六",
            "seven sieben sept siete 七",
            "eight acht huit ocho 八",
            "nine neun neuf nueve 九",
            "ten zehn dix diez 十",
        ),
        start=1,
    )
    for name in names.split()
}
_UNITS = {  # how each begins, longer ones first
    "year": "year jahr année ans an año 年",
    "month": "month monat mois mes mês 月",
    "week": "week woche semaine semana settimana 週 周 星期",
    "day": "day tag jour día dia giorn 日 天",
}
_DAYS = {"year": 365, "month": 31, "week": 7, "day": 1}
_NUMBER = rf"(?:\d{{1,3}}|{'|'.join(name for name in _NUMBERS if name.isascii() or len(name) > 1)})"
_CJK_NUMBER = r"(?:\d{1,3}|[一二两兩三四五六七八九十数几])"


def _moment(name: str) -> str:
    """A pattern: a year, or a month or day of one."""
    return (
        rf"(?:(?P<month_{name}>{'|'.join(_MONTHS)})\.?\s+(?:of\s+|de\s+|del\s+)?)?(?<!\d)(?P<year_{name}>(?:19|20)\d\d)(?!\d)"
        rf"(?:[-/](?P<number_{name}>0?[1-9]|1[0-2])(?:[-/](?P<day_{name}>0?[1-9]|[12]\d|3[01]))?(?![\d/-]))?"
        rf"(?:年(?:(?P<kanji_{name}>1[0-2]|[1-9])月)?)?"
    )


def _pattern(*forms: str) -> tuple[re.Pattern[str], ...]:
    """One a form, with moments "A" and "B" in it."""
    return tuple(
        compile_lazily(form.replace("<A>", _moment("a")).replace("<B>", _moment("b")), re.IGNORECASE) for form in forms
    )


_BETWEEN = _pattern(
    r"\b(?:from|between|von|zwischen|de|du|entre|desde)\s+<A>\s*(?:to|until|till|and|through|bis|und|à|au|et|a|al|y|hasta|[-–—])\s*<B>",
    r"<A>\s*(?:から|到|至|[~〜～])\s*<B>(?:の間|之间|间|まで)?(?:の|的)?",
    r"(?<![\d-])(?P<year_a>(?:19|20)\d\d)\s?[-–—]\s?(?P<year_b>(?:19|20)\d\d)(?![\d-])年?(?:の|的)?",
)
_SINCE = _pattern(
    r"\b(?:only\s+)?(?:since|starting in|seit|ab|depuis|desde|à partir de|a partir de|dal|a partire dal)\s+"
    r"(?:the year\s+|dem Jahr\s+|el año\s+)?<A>",
    r"\b(?:from|von)\s+<A>\s+(?:on|onwards?|an)\b",
    r"\b(?:no(?:t|thing|ne)?|nichts?|keine?|pas|rien|nada)\s+(?:(?:papers?|articles?|arbeiten)\s+)?"
    r"(?:before|earlier than|older than|prior to|vor|"
    r"älter als|avant|antes de|anterior(?:es)? a)\s+<A>",
    r"(?<![\w.])(?P<year_a>(?:19|20)\d\d)"
    r"(?:\s?\+|\s+(?:or (?:later|newer)|and (?:later|newer|after)|onwards?)\b)(?!\w)",
    r"自?<A>(?:以降|以后|以後|以來|以来|から|起)(?:の|的)?",
    r"自<A>",
)
_AFTER = _pattern(
    r"\b(?:only\s+)?(?:after|later than|newer than|nach|après|após|depois de|dopo il|después de|posteriores a)\s+<A>",
    r"<A>(?:より後|之后|之後)(?:の|的)?",
)
_BEFORE = _pattern(
    r"\b(?:only\s+)?(?:before|earlier than|older than|prior to|vor|avant|antes de|prima del|anteriores a)\s+<A>",
    r"<A>(?:より前|以前|之前)(?:の|的)?",
)
_UNTIL = _pattern(
    r"\b(?:only\s+)?(?:until|till|up to|bis(?: einschließlich)?|jusqu'(?:en|à)|hasta)\s+<A>",
    r"<A>まで(?:の)?",
)
_IN = _pattern(
    r"\b(?:only\s+)?(?:in|from|during|of|im|aus|von|en|em|de|du|nel|del|pendant|durante)\s+(?:the year\s+|Jahr\s+|"
    r"el año\s+|l'année\s+)?<A>(?:\s+only\b)?",
    r"(?=(?:19|20)\d\d年)<A>(?:の|に|发表|的|中)(?:的|の)?",
    r"\b(?:only|s[oó]lo|solamente|seulement|uniquement)\s+<A>|\b<B>\s+only\b",
    r"\b<A>\s+(?=(?:papers?|articles?|publications?|preprints?)\b)|(?<=papers )<B>\b",
)
_LAST = _pattern(
    rf"(?:\b(?:in|over|within|during|from|of)\s+)?(?:\bthe\s+)?\b(?:last|past|previous)\s+(?:(?P<count>{_NUMBER})\s+(?:of\s+)?)?(?P<unit>year|month|week|day)s?\b",
    rf"(?:\b(?:in|aus|während|innerhalb)\s+)?(?:\b(?:den|der|die|dem|das)\s+)?\b(?:letzte|vergangene|vorige)[nrsm]?\s+(?:(?P<count>{_NUMBER})\s+)?(?P<unit>jahr|monat|woche|tag)(?:e[ns]?|n|s)?\b",
    rf"(?:\b(?:dans|pendant|durant|au cours|lors)\s+)?(?:\b(?:de\s+|d')?(?:les|des|ces|le|la)\s+|"
    rf"\bl')?(?:(?P<before>{_NUMBER})\s+)?\bderni(?:er|ère)s?\s+(?:(?P<count>{_NUMBER})\s+)?(?P<unit>année|ans?|mois|"
    rf"semaine|jour)s?\b",
    r"(?:\b(?:le|la)\s+|\bl')(?P<unit>année|an|mois|semaine)\s+(?:derni(?:er|ère)|passée?)\b",
    rf"(?:\b(?:en|durante|de)\s+)?(?:\b(?:los|las|el|la)\s+)?(?:(?P<before>{_NUMBER})\s+)?\búltim[oa]s?\s+(?:(?P<count>{_NUMBER})\s+)?(?P<unit>año|mes|semana|día)(?:e?s)?\b",
    r"\b(?:el|la)\s+(?P<unit>año|mes|semana)\s+pasad[oa]\b",
    rf"(?:\bn?[oa]s?\s+)?(?:(?P<before>{_NUMBER})\s+)?\búltim[oa]s?\s+(?:(?P<count>{_NUMBER})\s+)?(?P<unit>ano|mês|mes|semana|dia)(?:e?s)?\b",
    rf"(?:\b(?:negli|nelle|nell|gli|le|degli|delle)\b'?\s*)?\bultim[oaie]\s+(?:(?P<count>{_NUMBER})\s+)?(?P<unit>ann|mes|settiman|giorn)[oaie]\b",
    rf"(?:最近|过去|過去|近|直近|ここ|この)的?\s*(?P<count>{_CJK_NUMBER})\s*(?:个|個|か|ヶ|ヵ|カ|ケ)?(?P<unit>日|天|週|周|星期|月|年)[間间]?(?:以内|以来|内|来|来)?(?:の|的|で|に)?",
    r"(?:先|上个|上個|上)(?P<unit>月|週|周)(?:の|的)?",
)
_THIS = _pattern(
    r"(?:\b(?:from|in|during|of)\s+)?\bthis\s+(?P<unit>year|month|week)\b",
    r"(?:\b(?:in|aus)\s+)?\bdiese[mnrs]?\s+(?P<unit>jahr|monat|woche)\w{0,2}\b",
    r"\bce\s+(?P<unit>mois)(?:-ci)?\b|\bcette\s+(?P<unit_b>année|semaine)(?:-ci)?\b",
    r"(?:\b(?:en|de)\s+)?\beste\s+(?P<unit>año|mes)\b|\besta\s+(?P<unit_b>semana)\b",
    r"(?:今|本|这个|這個|这)(?P<unit>年|月|週|周)度?(?:の|的|に)?",
)
_LAST_YEAR = _pattern("(?:去年|昨年)(?:の|的|に)?")


@dataclass(frozen=True)
class Period:
    """Submission times, UTC: from `since` (None: the beginning) to before `until` (None: now)."""

    since: datetime | None = None
    until: datetime | None = None


class FoundPeriod(NamedTuple):
    """A period, and where in the text the words are that name it. One that holds no time is told as it was asked."""

    period: Period
    start: int
    end: int


def locate_period(question: str, now: datetime) -> FoundPeriod | None:  # decision 27
    """The period that the question names, with its place; None where it names none."""
    for patterns, bounds in _READERS:
        for pattern in patterns:
            if (found := pattern.search(question)) and (period := bounds(found, now)):
                return FoundPeriod(period, *found.span())
    return None


def find_period(question: str, now: datetime) -> Period:
    """The period that the question names; one without bounds where it names none, or one that holds no time."""
    found = locate_period(question, now)
    if found is None or (found.period.since and found.period.until and found.period.since >= found.period.until):
        return Period()
    return found.period


def _moment_of(found: re.Match[str], name: str = "a") -> Period:
    """From the beginning to before the end of the year, month or day."""
    values = found.groupdict()
    if not values.get(f"year_{name}"):
        return Period()
    year = int(values[f"year_{name}"])
    named = _MONTHS.get((values.get(f"month_{name}") or "").lower(), 0)
    month = named or int(values.get(f"number_{name}") or values.get(f"kanji_{name}") or 0)
    if not month:
        return Period(datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC))
    start = datetime(year, month, 1, tzinfo=UTC)
    end = (start + timedelta(days=32)).replace(day=1)
    if not (day := int(values.get(f"day_{name}") or 0)):
        return Period(start, end)
    start += timedelta(days=day - 1)
    return Period(start, start + timedelta(days=1))


def _unit_of(text: str) -> str:
    return next(unit for unit, names in _UNITS.items() if text.lower().startswith(tuple(names.split())))


def _last(found: re.Match[str], now: datetime) -> Period:
    values = found.groupdict()
    count = (values.get("count") or values.get("before") or "1").lower()
    number = int(count) if count.isdigit() else _NUMBERS[count]
    return Period(_midnight(now - timedelta(days=number * _DAYS[_unit_of(found["unit"])])))


def _this(found: re.Match[str], now: datetime) -> Period:
    return Period(_unit_start(_unit_of(found["unit"] or found["unit_b"]), _midnight(now)))


def _last_year(_: re.Match[str], now: datetime) -> Period:
    start = _unit_start("year", _midnight(now))
    return Period(start.replace(year=start.year - 1), start)


def _unit_start(unit: str, day: datetime) -> datetime:
    """The first day of this year, month or week (which begins on Monday)."""
    if unit == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1, month=1) if unit == "year" else day.replace(day=1)


_Reader = Callable[[re.Match[str], datetime], Period]
_READERS: tuple[tuple[tuple[re.Pattern[str], ...], _Reader], ...] = (
    (_BETWEEN, lambda found, _: Period(_moment_of(found).since, _moment_of(found, "b").until)),
    (_SINCE, lambda found, _: Period(_moment_of(found).since)),
    (_AFTER, lambda found, _: Period(_moment_of(found).until)),
    (_BEFORE, lambda found, _: Period(None, _moment_of(found).since)),
    (_UNTIL, lambda found, _: Period(None, _moment_of(found).until)),
    (_LAST, _last),
    (_THIS, _this),
    (_LAST_YEAR, _last_year),
    (_IN, lambda found, _: _moment_of(found) if found["year_a"] else _moment_of(found, "b")),
)


def _midnight(moment: datetime) -> datetime:
    """A day's beginning, so that the same question on one day is the same search."""
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def describe_period(period: Period) -> AnyText:
    """For the reader: "from 2019-01-01 to 2019-12-31"; empty where nothing bounds it."""
    since = f"{period.since:%Y-%m-%d}" if period.since else ""
    until = f"{period.until - timedelta(microseconds=1):%Y-%m-%d}" if period.until else ""
    if since and until:
        return lazy_gettext("from {since} to {until}", since=since, until=until)
    if since:
        return lazy_gettext("from {day}", day=since)
    return lazy_gettext("to {day}", day=until) if until else ""
