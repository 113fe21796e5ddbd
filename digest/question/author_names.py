"""Authors that a question names: "papers by Geoffrey Hinton", "what did Yann LeCun write on", "Arbeiten von X zu".

Invariant: pure and linear; a name is capitalised words, or any few words between "papers by" and "on" of which one is
no word that many papers have. A method (by BERT, by Deep Learning) is none.
"""

from __future__ import annotations

import re

from digest.question.words import Reading
from digest.text.word_frequencies import word_frequencies
from store.text.lazy_pattern import compile_lazily
from store.text.stop_words import STOP_WORDS

_PARTICLE = r"(?:van|von|de|der|den|del|della|di|da|dos|la|le|el|al|bin|ten|ter)"  # not "zu": "Arbeiten von X zu Y"
_UPPER = "[A-ZÀ-ÖØ-ÞĀĂĄĆĈĊČĎĐĒĔĖĘĚĞĢĪĮİĶĹĻĽŁŃŅŇŌŎŐŒŔŘŚŞŠŢŤŨŪŮŰŲŹŻŽ]"
_LETTER = r"[A-Za-zÀ-ɏ]"
_PART = rf"(?:(?:{_UPPER}\.-?){{1,4}}(?![\w.])|{_UPPER}{_LETTER}{{0,30}}(?:[-']{_LETTER}{{1,30}}){{0,2}})"
_NAME = rf"(?<![\w.'-]){_PART}(?:\s+(?:{_PARTICLE}\s+){{0,2}}{_PART}){{0,4}}"
_ANY_CASE_NAME = r"[^\W\d_]+\.?(?:[-' ]\s?[^\W\d_]+\.?){0,3}"
_AND = r"(?:\s*,\s*(?:and|und|et|y)\s+|\s*[,&]\s*|\s+(?:and|und|et|y|with)\s+)"
_NAMES = rf"(?P<names>{_NAME}(?:{_AND}{_NAME}){{0,5}})"
_PAPERS = (
    r"(?i:papers?|articles?|publications?|preprints?|works?|research|studies|written|published|authored|paper[ns]?|arbeiten|"
    r"artikeln?|veröffentlichungen|publikationen|veröffentlicht|geschrieben|travaux|publiés?|écrits?|artículos?|trabajos?|"
    r"publicaciones|publicados?|escritos?|artigos?|trabalhos?|articol[oi]|lavor[oi])"
)
_BY_NAME = tuple(
    compile_lazily(pattern)
    for pattern in (
        rf"\b{_PAPERS}\s+(?i:by|from|of|von|par|de|del|do|da|di|d')\s*(?i:the\s+group\s+of\s+|prof(?:essor|\.)?\s+|dr\.?\s+)?{_NAMES}",
        (
            rf"\b(?i:what|which papers|was|qu'est-ce que?|qué)\s+(?i:did|has|have|does|do|hat|haben|ha|a)\s+{_NAMES}\s+"
            r"(?i:(?:recently\s+|lately\s+)?(?:writ(?:e|ten)|wrote|publish(?:ed)?|work(?:ed)?|do|done|say|said|geschrieben|"
            r"veröffentlicht|publicado|escrito|publié|écrit))\b"
        ),
        rf"\b(?i:hat)\s+{_NAMES}(?=\s+(?i:zu|über)\b)",
        rf"{_NAMES}(?:'s?)\s+(?i:(?:recent|latest|new|early)\s+)?{_PAPERS}\b",
        rf"\b(?i:authors?|au|auteurs?|autor(?:en|es)?)\s*(?:[:=]\s*|(?i:is)\s+){_NAMES}",
        rf"{_NAMES}\s*(?:等)?(?:さん|氏|教授|先生)?(?:による|が書いた|の|的|写的|发表的)(?:最近の|最新の|最新|最近的)?(?:論文|论文|研究|文章|著作)",
    )
)
_WITH_SUBJECT = compile_lazily(
    rf"{_NAMES}\s*(?:さん|氏|教授|先生)?(?:の|による|的|关于)(?=[^、。，,]{{1,40}}(?:論文|论文|文章))"
)
_BY_CAPITALS = compile_lazily(rf"(?<!\w)(?i:by)\s+{_NAMES}")
_BY_ANY_CASE = compile_lazily(
    rf"\b(?:papers?|articles?|publications?|work|works)\s+(?:by|from)\s+(?P<names>{_ANY_CASE_NAME}?(?:\s+and\s+{_ANY_CASE_NAME}?)?)"
    r"(?=\s+(?:on|about|in|regarding|concerning|for|since|from|after|before|between|with)\b|\s*[,.?!;]|\s*$)",
    re.IGNORECASE,
)
_SPLIT = compile_lazily(r"\s*,\s*(?:and|und|et|y)\s+|\s*[,&]\s*|\s+(?:and|und|et|y|with)\s+")
_OFTEN = 300  # papers that a word is in which is no part of a name by itself
_ORGANISATIONS = frozenset(
    "google deepmind openai meta facebook microsoft nvidia apple amazon anthropic ibm baidu tencent alibaba "
    "bytedance huawei "
    "samsung mit stanford cmu berkeley harvard oxford cambridge eth cern nasa fair mila inria google's".split()
)


def take_authors(reading: Reading) -> tuple[str, ...]:
    """Each author once, as the question writes the name."""
    found: dict[int, re.Match[str]] = {}
    for pattern in (*_BY_NAME, _WITH_SUBJECT, _BY_CAPITALS, _BY_ANY_CASE):
        for match in pattern.finditer(reading.text):
            if _is_name(match["names"], alone=pattern in (_BY_CAPITALS, _WITH_SUBJECT)) and _take(reading, match):
                found[match.start("names")] = match
    names = [name for at in sorted(found) for name in _SPLIT.split(found[at]["names"])]
    return tuple(dict.fromkeys(_spell(name) for name in names if name.strip()))


def _take(reading: Reading, match: re.Match[str]) -> bool:
    """The names are authors, the words about them framing."""
    if not reading.is_free(*match.span()) or not reading.take_span(*match.span("names"), "author"):
        return False
    reading.take_span(match.start(), match.start("names"), "framing")
    reading.take_span(match.end("names"), match.end(), "framing")
    return True


def _is_name(names: str, *, alone: bool) -> bool:
    """Whether each holds a word that is hardly a word of papers. alone: nothing but "by" speaks for it."""
    return all(map(_is_one_name if not alone else _is_surely_name, _SPLIT.split(names)))


def _is_one_name(name: str) -> bool:
    words = [word for word in re.findall(r"[^\W\d_]+", name.lower()) if len(word) > 1]
    counts = word_frequencies().words
    telling = [word for word in words if word not in STOP_WORDS and counts.get(word, 0) < _OFTEN]
    return bool(telling) and not (len(words) == 1 and words[0] in _ORGANISATIONS)


def _is_surely_name(name: str) -> bool:
    """Two words and more, or a rare one; and none in capitals alone, as methods are."""
    words = name.split()
    if any(len(word) > 2 and word.isupper() for word in words) or not _is_one_name(name):
        return False
    return len(words) > 1 or not word_frequencies().words.get(name.lower())


def _spell(name: str) -> str:
    return name.strip().title() if name.islower() else name.strip()
