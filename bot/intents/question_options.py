"""Parser of options in a question: "LoRA for image generation, last month, top 20, in Japanese, no cache".

Invariant: pure; only phrases at the end or the beginning of a question are options, so that no word amid its subject
is ever taken away; what is not understood stays in the question. The grammar, in any order, with commas or without:

    papers     top 20 · 20 papers · at most 20 papers · 上位20件
    period     last month · past 2 weeks · last 10 days · this year · since 2024 · in 2025 · only 2025 ·
               from 2019 to 2021 · 過去2週間 · 2024年以降
    language   in Japanese · answer in German · auf Deutsch · 日本語で
    length     in short · briefly · in full · short version · 簡潔に · 詳しく
    search     no cache · refresh · search again · キャッシュなし

A period stays in the question, in words that `digest.period` bounds the search by. "Speech recognition in Japanese"
asks about a language; behind a comma, or as "answer in Japanese", it always asks for one.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from digest.pipeline.services import SurveyRequest
from digest.text.language import language_tag
from store.records.editions import EditionLength

_YEAR = r"(?:19|20)\d\d"
_SEPARATOR = r"[\s,;:.。、，()（）\[\]–—-]"
_SEPARATORS_AT_ENDS = re.compile(r"^[\s,;:.。、，)）\]–—-]+|[\s,;:.。、，(（\[–—-]+$")


@dataclass(frozen=True)
class Options:
    max_papers: int | None = None
    language: str = ""  # tag; "": the question's own
    period: str = ""  # as digest.period reads it
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


def parse_question(text: str) -> ParsedQuestion:  # decision 55
    """Read one line of words, as `message_event.extract_question` gives it."""
    subject, options = text.strip(), Options()
    while step := _split_off_option(subject, options):
        subject, options = step
    return ParsedQuestion(subject, options)


def _split_off_option(text: str, options: Options) -> tuple[str, Options] | None:
    """The text without one option, at its end or its beginning; None where there is none."""
    for pattern, take in _OPTIONS:
        if (found := pattern.last.search(text)) and (taken := take(found, options)):
            return _trim_separators(text[: found.start()]), taken
        if (found := pattern.first.match(text)) and (taken := take(found, options)):
            return _trim_separators(text[found.end() :]), taken
    return None


def _trim_separators(text: str) -> str:
    """Without the separators that an option leaves behind; a bracket goes only where its partner went."""
    while (bare := _SEPARATORS_AT_ENDS.sub("", text)) != text:
        text = bare
    return text


class _Pattern:
    """A phrase at the end of a text, or at its beginning with a mark or a preposition behind it.

    apart: a word that a subject may end with, too (DRAM refresh), counts only behind a mark.
    """

    def __init__(self, phrase: str, *, apart: bool = False) -> None:
        before = (
            r"(?:^|(?<=[,;(（\[、，]\s)|(?<=[,;(（\[、，]))" if apart else rf"(?:^|(?<={_SEPARATOR})|(?<=[^\x00-\x7f]))"
        )
        self.last = re.compile(rf"{before}(?:{phrase}){_SEPARATOR}*$", re.IGNORECASE)
        self.first = re.compile(rf"(?:{phrase})\s*(?:[,;:、，：]+|\b(?:on|about|of|for)\b)\s*(?=\S)", re.IGNORECASE)


OptionReader = Callable[[re.Match[str], Options], Options | None]


def _read_max_papers(found: re.Match[str], options: Options) -> Options | None:
    number = next(part for part in found.groups() if part)
    return replace(options, max_papers=int(number)) if options.max_papers is None else None


def _read_refresh(_: re.Match[str], options: Options) -> Options:
    return replace(options, refresh=True)


def _length_reader(length: EditionLength) -> OptionReader:
    def take(_: re.Match[str], options: Options) -> Options | None:
        return None if options.length else replace(options, length=length)

    return take


def _read_language(found: re.Match[str], options: Options) -> Options | None:
    tag = language_tag(found["name"]) or _NATIVE.get(found["name"].lower(), "")
    about_it = not found["answer"] and _ABOUT_LANGUAGE.search(found.string[: found.start()])
    return replace(options, language=tag) if tag and not options.language and not about_it else None


def _period_reader(form: str) -> OptionReader:
    """form: the period in the words of digest.period, of the groups that matched."""

    def take(found: re.Match[str], options: Options) -> Options | None:
        period = " ".join(form.format(*(part or "" for part in found.groups())).lower().split())
        return None if options.period else replace(options, period=period)

    return take


_NATIVE = dict(
    pair.split(":")
    for pair in """
    deutsch:de français:fr francais:fr español:es espanol:es italiano:it português:pt 日本語:ja 英語:en 中国語:zh
    韓国語:ko ドイツ語:de フランス語:fr スペイン語:es
    """.split()
)
# Behind these, "in Japanese" is what the question is about.
_ABOUT_LANGUAGE = re.compile(
    r"\b(?:speech|spoken|recognition|asr|tts|synthesis|translat\w*|languages?|dialects?|accents?|text|texts|nlp|"
    r"corpus|corpora|words?|grammar|syntax|morphology|parsing|tagging|tokeni[sz]ation|ocr|handwriting|hate|sarcasm|"
    r"written|speak\w*|talk\w*|questions?|qa|llms?|prompts?|dialogues?|conversations?|sentiment(?:\s+analysis)?|"
    r"summari[sz]ation|ner|comprehension|stemming|lemmati[sz]ation|pronunciation|poetry|idioms|proverbs|spelling)\s*$",
    re.IGNORECASE,
)
_KANJI_UNIT = r"(?:日|週|か月|ヶ月|ヵ月|カ月|ケ月|年)"


def _read_japanese_period(found: re.Match[str], options: Options) -> Options | None:
    unit = {"日": "days", "週": "weeks", "年": "years"}.get(found["unit"][0], "months")
    count = int(found["count"])
    return None if options.period else replace(options, period=f"last {count} {unit}")


_OPTIONS: tuple[tuple[_Pattern, OptionReader], ...] = (
    (_Pattern(r"(?:the\s+)?(?:top|best|first)\s*(\d{1,6})(?:\s+(?:papers|results))?"), _read_max_papers),
    (
        _Pattern(
            r"(?:(?:at\s+most|up\s+to|max(?:imum)?|no\s+more\s+than|with|only)\s+)?(\d{1,6})\s+papers(?:\s+at\s+most)?"
        ),
        _read_max_papers,
    ),
    (_Pattern(r"(?:上位|最大)\s*(\d{1,6})\s*(?:件|本|報)?"), _read_max_papers),
    (
        _Pattern(r"(?:and\s+)?(?:no|without|skip|ignore)\s+(?:the\s+)?cache|キャッシュ(?:なし|無し)"),
        _read_refresh,
    ),
    (_Pattern(r"in\s+(?:short|brief)|briefly|(?:the\s+)?short\s+(?:version|answer)|簡潔に"), _length_reader("short")),
    (_Pattern(r"in\s+full|(?:the\s+)?(?:full|long)\s+(?:version|answer)|詳しく"), _length_reader("full")),
    (
        _Pattern(
            r"(?P<answer>(?:please\s+)?(?:answer|reply|respond|write|written)\s+(?:it\s+)?)?(?:in|auf|en)\s+(?P<name>[^\W\d_]+)"
        ),
        _read_language,
    ),
    (_Pattern(r"(?P<answer>)(?P<name>[^\W\d_]{1,4}語)で(?:お願いします|回答|答えて)?"), _read_language),
    (
        _Pattern(
            r"(?:(?:from|in|of|over|within|during)\s+)?(?:the\s+)?(?:last|past)\s+(?:(\d{1,3})\s+)?(days?|weeks?|months?|years?)"
        ),
        _period_reader("last {0} {1}"),
    ),
    (_Pattern(r"(?:from\s+)?this\s+(week|month|year)"), _period_reader("this {0}")),
    (_Pattern("(?:from )?today", apart=True), _period_reader("last day")),
    (_Pattern("refresh|search again", apart=True), _read_refresh),
    (
        _Pattern(rf"(?:from|between)\s+({_YEAR})\s*(?:to|until|and|through|[-–—])\s*({_YEAR})"),
        _period_reader("from {0} to {1}"),
    ),
    (_Pattern(rf"(?:only\s+)?(since|after|before|until)\s+({_YEAR})"), _period_reader("{0} {1}")),
    (_Pattern(rf"from\s+({_YEAR})\s+on(?:wards?)?"), _period_reader("since {0}")),
    (
        _Pattern(rf"(?:only\s+)?(?:in|from|during)\s+({_YEAR})(?:\s+only)?|only\s+({_YEAR})|({_YEAR})\s+only"),
        _period_reader("in {0}{1}{2}"),
    ),
    (_Pattern(rf"({_YEAR})年(以降|以前|まで|から)"), _period_reader("{0}年{1}")),
    (_Pattern(rf"(?:過去|直近|ここ|この)\s*(?P<count>\d{{1,3}})\s*(?P<unit>{_KANJI_UNIT})間?"), _read_japanese_period),
    (_Pattern(r"先月|この1か月"), _period_reader("last month")),
    (_Pattern(r"先週"), _period_reader("last week")),
)
