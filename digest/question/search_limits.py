"""Limits that a question names: ids of papers, categories, a number of papers, the language of the answer.

Invariant: pure and linear in the text; only what plainly is one is taken, with the words that go with it ("papers",
"at most"), so that nothing is searched for that was said to narrow a search.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from digest.categories import AREA_CATEGORIES, find_category
from digest.question.author_names import take_authors
from digest.question.words import Reading
from digest.text.date_range import locate_period
from store.text.identifiers import parse_arxiv_id, parse_dois
from store.text.language_names import LANGUAGE_NAMES
from store.text.lazy_pattern import compile_lazily

_ADDRESS = compile_lazily(
    r"<?\b(?:https?://|www\.|(?:\w{1,30}\.){0,3}(?:arxiv|alphaxiv|doi|huggingface)\.(?:org|co)/)[^\s<>，、。」]{1,500}"
)
_ID = compile_lazily(
    r"(?<![^\W぀-鿿])(?<![./])(?:oai:arxiv\.org:|arxiv\s?[:.]?\s?)?"
    r"(?:\d{2}(?:0[1-9]|1[0-2])\.\d{4,5}|[a-z]{2,8}(?:-[a-z]{2,4})?(?:\.[a-z]{2})?/\d{7})(?:v[1-9]\d?)?(?:\.pdf)?(?![^\W぀-鿿]|\.\d)",
    re.IGNORECASE,
)
_DOI = compile_lazily(r"(?:doi:\s?)?(?<![\d.])10\.\d{4,9}(?:\.\d{1,9})*/[^\s，；、。]{1,500}", re.IGNORECASE)
_ID_IN_ADDRESS = compile_lazily(
    r"(?<![\w.])(?:\d{2}(?:0[1-9]|1[0-2])\.\d{4,5}|[a-z]{2,8}(?:-[a-z]{2,4})?(?:\.[a-z]{2})?/\d{7})", re.IGNORECASE
)

_ARCHIVES = "astro-ph cond-mat cs econ eess gr-qc hep-ex hep-lat hep-ph hep-th math math-ph nlin nucl-ex nucl-th"
_ARCHIVES += " physics q-bio q-fin quant-ph stat"
_WITHOUT_SUBJECT = [name for name in _ARCHIVES.split() if "-" in name and name not in ("q-bio", "q-fin")]
_AREAS = "|".join(category.replace("_", "[_-]") for category in AREA_CATEGORIES)
_IN_CATEGORY = (
    r"(?:(?:\b(?:only\s+)?(?:in|from|within|under|of|en|dans|"
    r"aus)\s+)?(?:the\s+)?(?:\b(?:arxiv\s+)?categor(?:y|ies):?\s+|\bcat:)?"
)
_CATEGORY = compile_lazily(
    rf"{_IN_CATEGORY})(?<![\w./-])(?P<category>(?:{'|'.join(_ARCHIVES.split())})\.(?:[a-z]{{2}}\b|[a-z]{{3,4}}-[a-z]{{2,4}}\b|\*)"
    rf"|(?:{'|'.join(_WITHOUT_SUBJECT)})(?![\w.-])|(?:{_AREAS})(?![\w-]))(?:\s+(?:categor(?:y|ies)|papers)\b)?",
    re.IGNORECASE,
)

_NUMBERS = {
    name: value
    for value, names in {
        2: "two zwei deux dos 二 两 兩",
        3: "three drei trois tres 三",
        4: "four vier quatre cuatro 四",
        5: "five fünf cinq cinco 五",
        6: "six sechs seis 六",
        7: "seven sieben sept siete 七",
        8: "eight acht huit ocho 八",
        9: "nine neun neuf nueve 九",
        10: "ten zehn dix diez 十",
        12: "twelve zwölf douze doce",
        15: "fifteen fünfzehn quinze quince",
        20: "twenty zwanzig vingt veinte 二十",
        30: "thirty dreißig trente treinta 三十",
    }.items()
    for name in names.split()
}
_LATIN_NUMBER = (
    rf"(?P<n>(?!(?:19|20)\d\d\b)\d{{1,4}}|{'|'.join(name for name in _NUMBERS if name.isascii() or len(name) > 2)})"
)
_PAPERS = (
    r"(?:papers?|articles?|publications?|preprints?|results?|references?|works?|paper[ns]?|arbeiten|artikeln?|"
    r"veröffentlichungen|publikationen|travaux|résultats?|artículos?|trabajos?|publicaciones|resultados?)"
)
_ADJECTIVE = (
    r"(?:most\s+|plus\s+|más\s+)?(?:best|top|relevant|important|recent|influential|cited|newest|latest|good|key|main|"
    r"besten|wichtigsten|neuesten|neusten|relevantesten|meilleurs|importants|récents|pertinents|mejores|importantes|"
    r"recientes|relevantes)"
)
_AT_MOST = (
    r"(?:(?:at most|up to|no more than|max(?:imum|imal)?\.?|about|around|only|in|with|höchstens|bis zu|in|au plus|"
    r"au maximum|"
    r"como máximo|máximo|los|las|les|die|the|top|best|first)\s+){0,2}"
)
_COUNTS = tuple(
    compile_lazily(pattern, re.IGNORECASE)
    for pattern in (
        (
            rf"(?<![\w-]){_AT_MOST}{_LATIN_NUMBER}\s+(?:{_ADJECTIVE}(?:\s+and\s+|"
            rf"\s+)){{0,2}}{_PAPERS}\b(?:\s+(?:at most|"
            rf"or so|max))?(?!-)"
        ),
        (
            r"(?<![\w-])(?:the\s+|die\s+|les\s+|los\s+)?(?:top|best(?:en)?|meilleurs|mejores)\s+"
            rf"{_LATIN_NUMBER}\b(?!-)"
            r"(?!\s*(?:%|percent\b|accuracy\b|errors?\b))"
        ),
        rf"(?<![\w-])(?:the|die|les|los|las)\s+{_LATIN_NUMBER}\s+{_ADJECTIVE}(?:\s+{_ADJECTIVE})?(?:\s+{_PAPERS})?\b",
        (
            r"(?<=[,;(]\s)(?:at most|up to|no more than|max(?:imum|imal)?\.?|höchstens|bis zu|au plus|au maximum|"
            rf"como máximo|máximo)\s+{_LATIN_NUMBER}(?=\s*(?:$|[.,;!?)]))"
        ),
        r"(?:上位|最大|最多|前)?\s*(?P<n>\d{1,4}|[二两兩三四五六七八九十]|[二三]十)\s*(?:篇|本(?!の矢)|件|報|編)(?:の|的)?(?:以内|以内の)?(?:論文|论文|論⽂|文章|文献)?",
        r"(?:上位|最大)\s*(?P<n>\d{1,4})(?![\d.])",
    )
)

_NATIVE_NAMES = dict(
    pair.split(":")
    for pair in """
    deutsch:de englisch:en französisch:fr spanisch:es japanisch:ja chinesisch:zh italienisch:it deutscher:de
    français:fr francais:fr anglais:en allemand:de espagnol:es japonais:ja chinois:zh italien:it
    español:es espanol:es castellano:es inglés:en ingles:en alemán:de francés:fr japonés:ja chino:zh italiano:it
    português:pt 日本語:ja 英語:en 中国語:zh 韓国語:ko ドイツ語:de フランス語:fr スペイン語:es
    中文:zh 英文:en 英语:en 日语:ja 日文:ja 德语:de 法语:fr 西班牙语:es 韩语:ko
    """.split()
) | {name.lower(): tag for tag, name in LANGUAGE_NAMES.items()}
_NAME = "|".join(sorted(map(re.escape, _NATIVE_NAMES), key=len, reverse=True))
_ANSWER = (
    r"(?:please\s+)?(?:answer|reply|respond|write|written|explain|summari[sz]e|antworte|antwort|bitte|réponds|répondez|"
    r"réponse|responde|respuesta)(?:\s+(?:it|me|this))?"
)
_ASKED_LANGUAGE = compile_lazily(
    rf"(?P<answer>(?:\b{_ANSWER}\s+|[,;(]\s*|[?!.]\s+(?=\w+\s+\w+(?:\s+please)?[\s.!]*$)))?"
    rf"\b(?:in|auf|en)\s+(?P<name>{_NAME})\b(?P<end>\s*(?:\)|please|bitte|"
    rf"svp|por favor)?\s*(?=[.,;!?)]|$))?"
    r"|(?:用|以)?(?P<cjk>日本語|英語|中国語|韓国語|ドイツ語|フランス語|スペイン語)で(?!の|書|話|訓)(?:お願いします|回答して(?:ください)?|答えて(?:ください)?|教えて)?"
    r"|(?:请)?(?:用|以)(?P<zh>中文|英文|英语|日语|日文|德语|法语|西班牙语|韩语)(?:回答|写|总结|说明|介绍)?",
    re.IGNORECASE,
)
# Where these are asked about, "in Japanese" is what the question is about, but behind a comma.
_ABOUT_LANGUAGE = compile_lazily(
    r"\b(?:speech|spoken|recognition|asr|tts|translat\w*|languages?|dialects?|accents?|texts?|nlp|corpus|corpora|words?|grammar|"
    r"syntax|morphology|parsing|tagging|tokeni[sz]\w*|ocr|handwriting|sarcasm|written|speak\w*|talk\w*|qa|llms?|prompts?|"
    r"question answering|dialogues?|conversations?|sentiment|summari[sz]ation|ner|comprehension|stemming|"
    r"lemmati[sz]ation|"
    r"pronunciation|poetry|idioms|proverbs|spelling|sprach\w*|spracherkennung|übersetzung|parole|langues?|langage|traduction|"
    r"vocale|lenguaje|lengua|idioma|habla|traducción)\b",
    re.IGNORECASE,
)


def take_paper_ids(reading: Reading) -> tuple[str, ...]:
    """arXiv ids without version, and DOIs, each once, in the order in which they stand."""
    found: dict[int, str] = {}
    for pattern in (_ADDRESS, _DOI, _ID):
        for match in reading.take(pattern, "paper"):
            if paper_id := _paper_id(match[0].strip("<>.,;:!?)")):
                found[match.start()] = paper_id
    return tuple(dict.fromkeys(found[at] for at in sorted(found)))


def _paper_id(text: str) -> str:
    if arxiv := parse_arxiv_id(text):
        return arxiv.id
    if dois := parse_dois(text):
        return dois[0]
    inside = _ID_IN_ADDRESS.search(text)  # of alphaXiv, or a mirror
    arxiv = parse_arxiv_id(inside[0]) if inside else None
    return arxiv.id if arxiv else ""


def take_categories(reading: Reading) -> tuple[str, ...]:
    """As arXiv writes them: cs.CL, hep-th; subject areas: biorxiv:cell_biology."""
    names = [match["category"] for match in reading.take(_CATEGORY, "category")]
    return tuple(dict.fromkeys(_spell_category(name) for name in names))


def _spell_category(name: str) -> str:
    if ":" in name:
        return find_category(name)
    archive, dot, subject = name.lower().partition(".")
    return archive + dot + (subject if "-" in subject else subject.upper())


def take_count(reading: Reading) -> int | None:
    """How many papers are asked for; the first number counts."""
    for pattern in _COUNTS:
        for match in reading.take(pattern, "count"):
            number = match["n"].lower()
            return int(number) if number.isdigit() else _NUMBERS[number]
    return None


def take_language(reading: Reading) -> str:
    """The language that the answer is asked for in, or "": "in Japanese" may be what the question is about."""
    about = bool(_ABOUT_LANGUAGE.search(reading.text))
    for match in _ASKED_LANGUAGE.finditer(reading.text):
        name = match["cjk"] or match["zh"] or match["name"]
        latin = bool(match["name"])
        behind = not reading.is_free(max(0, match.start() - 2), match.start())  # "last month in Japanese"
        asked = not latin or bool(match["answer"]) or (match["end"] is not None and (behind or not about))
        if asked and reading.take_span(*match.span(), "language"):
            return _NATIVE_NAMES[name.lower()]
    return ""


RequestRole = Literal["count", "language", "period"]
_PUBLISHED = compile_lazily(
    r"(?:(?:that|which)\s+(?:were|was|appeared|came out)\s+)?(?<!\w)(?:published|submitted|posted|released|"
    r"appeared|appearing|written|"
    r"veröffentlicht|erschienen|eingereicht|publiée?s?|parue?s?|publicad[oa]s?|enviad[oa]s?)\s+$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class RequestWords:
    """text: the question, its quotation marks and dashes plain. places: what is said where in it, from start to end.

    language: a tag; "" where none is asked for.
    """

    text: str
    places: tuple[tuple[int, int, RequestRole], ...]
    max_papers: int | None
    language: str


def find_request_words(text: str, now: datetime) -> RequestWords:
    """What the question says beside its subject."""
    reading = Reading(text)
    take_paper_ids(reading)
    take_categories(reading)
    places: list[tuple[int, int, RequestRole]] = []
    found = locate_period(reading.text, now)
    is_bounded = found and reading.take_span(found.start, found.end, "period")
    max_papers, language = take_count(reading), take_language(reading)
    take_authors(reading)
    if found and is_bounded:
        places.append((take_publishing(reading, found.start), found.end, "period"))
    roles: tuple[RequestRole, ...] = ("count", "language")
    places += [(start, end, role) for role in roles for start, end in reading.spans_of(role)]
    return RequestWords(reading.text, tuple(sorted(places)), max_papers, language)


def take_publishing(reading: Reading, start: int) -> int:
    """Where a period begins whose words begin at `start`: with "published", where that is no author's verb."""
    before = _PUBLISHED.search(reading.text, 0, start)
    return before.start() if before and reading.take_span(before.start(), start, "period") else start
