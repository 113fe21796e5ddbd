"""Whether a text that was to be written in a language is in it, and what that language is called.

Invariant: pure; the benefit of the doubt goes to the text: a short or technical one is never in the wrong language, and
a language that cannot be told from another (Dutch from German, Persian from Arabic) passes for it.
"""

from __future__ import annotations

import re

from digest import sentences
from digest.language import detect

_NAMES = dict(
    pair.split(":")
    for pair in """
    ar:Arabic bg:Bulgarian bn:Bengali ca:Catalan cs:Czech da:Danish de:German el:Greek en:English es:Spanish et:Estonian
    fa:Persian fi:Finnish fr:French he:Hebrew hi:Hindi hr:Croatian hu:Hungarian id:Indonesian it:Italian ja:Japanese
    ko:Korean lt:Lithuanian lv:Latvian ms:Malay nb:Norwegian nl:Dutch no:Norwegian pl:Polish pt:Portuguese ro:Romanian
    ru:Russian sk:Slovak sl:Slovenian sr:Serbian sv:Swedish sw:Swahili ta:Tamil th:Thai tl:Tagalog tr:Turkish
    uk:Ukrainian ur:Urdu vi:Vietnamese zh:Chinese
    """.split()
)
_TAGS = {name.lower(): tag for tag, name in _NAMES.items()}
# What `detect` may call a text of each language with a script of its own.
_SCRIPT = {
    **{tag: {tag} for tag in ("ja", "ko", "zh", "th", "hi", "he", "ar", "el")},
    **{tag: {"ru", "uk"} for tag in ("ru", "uk", "bg", "be", "mk", "kk", "mn", "ky", "tg")},
    **{tag: {"ar"} for tag in ("fa", "ur", "ps", "ckb", "ug", "sd")},
    **{tag: {"hi"} for tag in ("mr", "ne", "sa")},
    "yue": {"zh"},
    "yi": {"he"},
}
# Languages without a profile, which may look like their neighbours.
_PROFILED = frozenset({"de", "fr", "es", "pt", "it"})
# Grammar words of English that no neighbour has, or hardly; about a quarter of English prose, however technical.
_ENGLISH = frozenset(
    """
    and are by can each for from has have how into it its of than that the their these they this to using was were what
    when where which while with without
    """.split()
)
_WORD = re.compile(r"[^\W\d_]+")
_NO_PROSE = re.compile(r"\$[^$]*\$|\\[A-Za-z]+|\[\d+\]")
_SHORT = 24  # letters; fewer prove nothing
_FEW = 8  # words; likewise
_ENGLISH_SHARE = 0.12
_WANTED_SHARE = 0.5


def name(tag: str) -> str:
    """The language as a prompt names it: "Japanese (ja)"."""
    known = _NAMES.get(_primary(tag))
    return f"{known} ({tag})" if known else f"the language with the tag {tag}"


def tag_of(name: str) -> str:
    """The tag of a language by its English name, in any case; "" where it is none of the known."""
    return _TAGS.get(name.lower(), "")


def speaks(text: str, language: str) -> bool:
    """False where the text is plainly in another language than `language` (BCP 47)."""
    plain, tag = _NO_PROSE.sub(" ", text), _primary(language)
    if sum(char.isalpha() for char in plain) < _SHORT:
        return True
    if family := _SCRIPT.get(tag):
        return _share(plain, frozenset(family)) >= _WANTED_SHARE
    if tag != "en" and plainly_english(plain):
        return False
    # A tongue without a profile may pass for any Latin one.
    return _share(plain, frozenset({tag, "en"} if tag in _PROFILED | {"en"} else _PROFILED | {"en"})) >= _WANTED_SHARE


def plainly_english(text: str) -> bool:
    """Whether enough of its words are grammar words that only English has."""
    words = [word.lower() for word in _WORD.findall(_NO_PROSE.sub(" ", text))]
    return len(words) >= _FEW and sum(word in _ENGLISH for word in words) >= _ENGLISH_SHARE * len(words)


def own_script(language: str) -> bool:
    """Whether it is not written in Latin letters, so that a Latin word in it is a foreign one."""
    return _primary(language) in _SCRIPT


def _share(text: str, wanted: frozenset[str]) -> float:
    """How much of a text stands in sentences of one of these languages, 0..1: one foreign name decides nothing."""
    pieces = [piece for paragraph in text.splitlines() for piece in sentences.split(paragraph)]
    return sum(len(piece) for piece in pieces if detect(piece) in wanted) / (sum(map(len, pieces)) or 1)


def _primary(tag: str) -> str:
    return tag.partition("-")[0].lower()
