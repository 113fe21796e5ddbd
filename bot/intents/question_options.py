"""Options of a question in a chat, beside what any question says of itself: "LoRA, last month, top 20, in short".

Invariant: pure; how many papers, which language and which time are read as everywhere (`digest.question`); only words
at the beginning or the end are taken away, so that no word amid a subject ever is. What only a chat has:

    length     in short · briefly · short version · in full · full version · in detail ·
               kurz gefasst · en bref · en breve · 簡潔に · 詳しく
    search     no cache · refresh · search again · キャッシュなし
    period     today, behind a mark

A period stays in the question, in the words that name it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal

from digest.pipeline.services import SurveyRequest
from digest.question.search_limits import RequestRole, RequestWords, find_request_words
from digest.question.term_tables import LANGUAGES
from digest.question.understand import understand
from store.records.editions import EditionLength

_SEPARATOR = r"[\s,;:.。、，()（）\[\]–—-]"
_POLITE = (
    r"(?:(?:please|pls|plz|thanks|thank you|bitte|danke|s'il (?:vous|te) pla[iî]t|svp|stp|merci|por favor|gracias)\b"
    r"|お願いします|お願い|ください|下さい)"
)
_AROUND = rf"(?:{_SEPARATOR}|[!?？！]|{_POLITE})*"
_BEFORE_COUNT = re.compile(
    r"(?:(?:can|could|would|will) you |(?:i|we) (?:want|need|would like) |i'd like )?(?:please )?"
    r"(?:(?:give|show|find|list|send|get|name|tell|recommend|suggest|bring)(?: me| us)? |what(?: are|'s| is) |"
    r"which are )?"
    r"(?:(?:nenne?|zeige?|gib|such|finde)(?: mir| uns)? |was sind |welche sind )?"
    r"(?:(?:donne|montre|trouve|cherche|cite)[sz]?(?:-moi|-nous)? |quels sont |(?:dame|muéstrame|busca|"
    r"encuentra) |cuáles son )?"
    r"(?:the |die |les |los |las )?",
    re.IGNORECASE,
)
_LOOSE_ENDS = re.compile(
    rf"^[\s,;:.。、，)）\]–—-]+|(?:[\s,;:.。、，(（\[–—-]|(?:^|\s)(?:and|und|et|y|with|mit|avec|con)$|{_POLITE}$)+$",
    re.IGNORECASE,
)
_CONNECTION = re.compile(
    r"(?:papers |arbeiten |articles |artículos )?(?:on|about|of|for|regarding|zum|zur|zu|über|für|von|sur|de|du|"
    r"des|sobre|para|del?)\s+(?=\S)"
    r"|^(?:d'|の)",
    re.IGNORECASE,
)
_READ = ("en", "ja", "zh", *LANGUAGES)  # languages whose questions are read by rules
ANY_DAY = datetime(2026, 1, 1, tzinfo=UTC)  # where words of time stand does not hang on the day


@dataclass(frozen=True)
class Options:
    max_papers: int | None = None
    language: str = ""  # tag; "": the question's own
    period: str = ""  # the words that name it
    refresh: bool = False
    length: EditionLength | Literal[""] = ""  # of the answer


@dataclass(frozen=True)
class ParsedQuestion:
    """subject: what the survey is about; options: how it is to be made."""

    subject: str
    options: Options = Options()

    @property
    def question(self) -> str:
        """The question as the pipeline takes it: the subject, and the period that bounds it."""
        return " ".join(filter(None, (self.subject, self.options.period)))

    def request(self) -> SurveyRequest:
        return SurveyRequest(
            self.question,
            max_papers=self.options.max_papers,
            language=self.options.language or None,
            refresh=self.options.refresh,
        )


def parse_question(text: str) -> ParsedQuestion:  # decision 113
    """Read one line of words, as `message_event.extract_question` gives it."""
    subject, options = text.strip(), Options()
    while step := _split_off_own(subject, options) or _split_off_shared(subject, options):
        subject, options = step
    if not options.language:
        options = replace(options, language=find_request_words(subject, ANY_DAY).language)
    return ParsedQuestion(subject, options)


def has_subject(text: str) -> bool:
    """Whether there is anything to search for; a text in a language that is read by a model alone may have."""
    record = understand(text, ANY_DAY)
    limits = record.limits
    asked = record.concepts or record.paper_ids or limits.authors or limits.categories or record.not_understood
    return bool(asked) or (record.language not in _READ and any(map(str.isalpha, text)))


def without_period(question: str) -> str:
    """A question without the words that bound it in time, for one that bounds it anew."""
    words = find_request_words(question, ANY_DAY)
    place = next((place for place in words.places if place[2] == "period"), None)
    if place is None:
        return question
    kept = f"{words.text[: place[0]].rstrip()} {words.text[place[1] :].lstrip()}"
    return _trim_separators(re.sub(r"\(\s*\)", "", kept)) or question


def _split_off_shared(text: str, options: Options) -> tuple[str, Options] | None:
    """The text without the first or last of its words that say how many, in which language, or of which time."""
    words = find_request_words(text, ANY_DAY)
    for start, end, role in words.places:
        taken = _take(role, words, words.text[start:end], options)
        if taken is None:
            continue
        before, behind = words.text[:start], words.text[end:]
        if re.fullmatch(_AROUND, behind, re.IGNORECASE):
            return _trim_separators(before), taken
        opening = role == "count" and _BEFORE_COUNT.fullmatch(before)
        if opening or re.fullmatch(_AROUND, before, re.IGNORECASE):
            rest = _trim_separators(behind)
            return (_CONNECTION.sub("", rest, count=1) if _CONNECTION.match(rest) else rest), taken
    return None


def _take(role: RequestRole, words: RequestWords, said: str, options: Options) -> Options | None:
    """None where the same was said before."""
    if role == "count":
        return replace(options, max_papers=words.max_papers) if options.max_papers is None else None
    if role == "language":
        return replace(options, language=words.language) if not options.language else None
    return replace(options, period=said.strip(" ,;の的")) if not options.period else None


def _split_off_own(text: str, options: Options) -> tuple[str, Options] | None:
    for pattern, take in _OWN:
        if (found := pattern.last.search(text)) and (taken := take(options)):
            return _trim_separators(text[: found.start()]), taken
        if (found := pattern.first.match(text)) and (taken := take(options)):
            return _trim_separators(text[found.end() :]), taken
    return None


def _trim_separators(text: str) -> str:
    """Without the separators that an option leaves behind; a bracket goes only where its partner went."""
    while (bare := _LOOSE_ENDS.sub("", text)) != text:
        text = bare
    return text


class _Pattern:
    """A phrase at the end of a text, or at its beginning with a mark or a preposition behind it.

    apart: a word that a subject may end with, too (DRAM refresh), counts only behind a mark.
    """

    def __init__(self, phrase: str, *, apart: bool = False) -> None:
        before = (
            r"(?:^|(?<=[,;(（\[、，]\s)|(?<=[,;(（\[、，]))"
            if apart
            else rf"(?:^|(?<={_SEPARATOR})|"
            r"(?<=[^\x00-\x7f]))"
        )
        self.last = re.compile(rf"{before}(?:{phrase}){_AROUND}$", re.IGNORECASE)
        self.first = re.compile(
            rf"{_BEFORE_COUNT.pattern}(?:{phrase})\s*(?:[,;:、，：]+|\b(?:on|about|of|for|über|zum?r?|sur|sobre|"
            rf"del?|des)\b)\s*(?=\S)",
            re.IGNORECASE,
        )


def _length_reader(length: EditionLength) -> Callable[[Options], Options | None]:
    return lambda options: None if options.length else replace(options, length=length)


_OWN: tuple[tuple[_Pattern, Callable[[Options], Options | None]], ...] = (
    (
        _Pattern(r"(?:and\s+)?(?:no|without|skip|ignore)\s+(?:the\s+)?cache|キャッシュ(?:なし|無し)"),
        lambda options: replace(options, refresh=True),
    ),
    (_Pattern("refresh|search again", apart=True), lambda options: replace(options, refresh=True)),
    (
        _Pattern(
            r"in\s+(?:short|brief)|briefly|(?:an?|the)?\s*(?:short|brief|quick)\s+(?:version|answer|overview|"
            r"summary|survey)|簡潔に|kurz(?:fassung| gefasst)|"
            r"in kürze|(?:einen?|eine)\s+(?:kurzen?|knappen?)\s+(?:überblick|zusammenfassung|übersicht)|"
            r"une?\s+(?:bref|brève|court|courte|rapide)\s+(?:aperçu|résumé|synthèse)|"
            r"un\s+(?:breve|corto)\s+(?:resumen|panorama)|"
            r"en\s+bref|en\s+résumé|en\s+breve|en\s+resumen"
        ),
        _length_reader("short"),
    ),
    (
        _Pattern(
            r"in\s+(?:full|detail)|(?:the\s+)?(?:full|long|detailed)\s+(?:version|answer|overview|survey)|詳しく|"
            r"ausführlich|en\s+détail|"
            r"en\s+detalle"
        ),
        _length_reader("full"),
    ),
    (
        _Pattern("(?:from )?today", apart=True),
        lambda options: None if options.period else replace(options, period="last day"),
    ),
)
