"""Term tables: the tables of terms and of framing words, one text file each, read once.

Invariant: a line is a name, a colon and its entries with commas between; "#" begins a comment. Which entry a line has
is data; how it is matched is told here: `term_key` folds what one word may look like.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib.resources import files

from store.text.folding import fold
from store.text.tokens import stems

LANGUAGES = ("de", "fr", "es", "pt", "it")  # with a table of head words
ROMANCE = ("fr", "es", "pt", "it")  # adjectives behind their noun, a plural in each word
_DIMENSIONS = {"一": "1", "二": "2", "三": "3", "四": "4"}
_DIMENSION = re.compile("[一二三四](?=次元|维|維)")
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
_ENDINGS = {
    "de": re.compile(r"(?<=\w{3})(?:innen|ern|en|er|es|em|e|(?<!au)s)$"),
    "fr": re.compile(r"(?<=\w{3})(?:es|e|s|x)$"),
    "es": re.compile(r"(?<=\w{3})(?:es|as|os|a|o|e|s)$"),
    "pt": re.compile(r"(?<=\w{3})(?:es|as|os|a|o|e|s)$"),
    "it": re.compile(r"(?<=\w{3})(?:hi|he|a|o|e|i)$"),
}
_PORTUGUESE_SINGULARS = {"oes": "ao", "aes": "ao", "ais": "al", "eis": "el", "ois": "ol", "ns": "m"}
_PORTUGUESE_PLURAL = re.compile(rf"(?:{'|'.join(_PORTUGUESE_SINGULARS)})$")
# What is done to something: there a genitive with its article is one thing, too ("prediction of the structure").
ACTIONS = frozenset(
    """
    prediction detection recognition segmentation classification generation estimation reconstruction translation
    forecasting discovery planning control synthesis compression optimization simulation tracking retrieval extraction
    design analysis diagnosis monitoring evaluation
    """.split()
)
TermKey = tuple[str, ...]


def read_entries(name: str) -> Iterator[tuple[str, list[str]]]:
    """The lines of a table: what stands before the colon, and the entries behind it."""
    for line in (files("digest.question") / f"{name}.txt").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            head, _, entries = line.partition(":")
            yield head.strip(), [entry.strip() for entry in entries.split(",") if entry.strip()]


@lru_cache(maxsize=1)
def glossary() -> Mapping[str, str]:
    """Terms of Japanese and Chinese, their spelling folded, and the English words."""
    return {fold_spelling(term): english for english, terms in read_entries("glossary") for term in terms}


def fold_spelling(text: str) -> str:
    """One spelling: compatibility forms folded, no middle dots, 3次元 for 三次元."""
    plain = unicodedata.normalize("NFKC", text).replace("・", "").lower()
    return _DIMENSION.sub(lambda found: _DIMENSIONS[found[0]], plain)


@lru_cache(maxsize=8)
def framing_words(language: str) -> frozenset[str]:
    """Words of grammar, politeness and requests, in small letters."""
    return frozenset(word.lower() for name, words in read_entries("framing") if name == language for word in words)


@lru_cache(maxsize=8)
def head_words(language: str) -> Mapping[TermKey, str]:
    """Terms of a language as keys, with the English words. The first line that has a term counts."""
    table: dict[TermKey, str] = {}
    for english, terms in read_entries(f"head_words_{language}"):
        for term in terms:
            table.setdefault(term_key(term, language), english)
    return table


def term_key(term: str, language: str) -> TermKey:
    """The words of a term without accents and endings, so that number and case do not matter."""
    return tuple(word_key(word, language) for word in re.split(r"[\s'’]+", term))


def fold_word(word: str, language: str) -> str:
    """Without accents; German umlauts as two letters, since they make another word (Schule, Schüler)."""
    return fold(word.lower().translate(_UMLAUTS) if language == "de" else word)


@lru_cache(maxsize=50_000)
def word_key(word: str, language: str) -> str:
    plain = fold_word(word, language)
    if language == "fr" and len(plain) > 5 and plain.endswith("aux") and not plain.endswith("eaux"):
        plain = f"{plain[:-3]}al"
    if language == "pt" and len(plain) > 4:
        plain = _PORTUGUESE_PLURAL.sub(lambda found: _PORTUGUESE_SINGULARS[found[0]], plain)
    if language in ("fr", "es", "pt") and plain.endswith("s"):
        plain = plain[:-1]
    return _ENDINGS[language].sub("", plain, count=1)


@lru_cache(maxsize=1)
def english_terms() -> tuple[tuple[str, ...], ...]:
    """Each set of forms that mean the same, the usual one first."""
    return tuple((usual, *others) for usual, others in read_entries("english"))


@lru_cache(maxsize=1)
def english_forms() -> Mapping[TermKey, tuple[str, ...]]:
    """The sets by the stems of each of their forms."""
    table: dict[TermKey, tuple[str, ...]] = {}
    for forms in english_terms():
        for form in forms:
            table.setdefault(tuple(stems(form)), forms)
    return table


@lru_cache(maxsize=1)
def _known_phrases() -> frozenset[TermKey]:
    """The stems of all English terms of several words."""
    tables = ("english", "glossary", *(f"head_words_{language}" for language in LANGUAGES))
    usual = {english for name in tables for english, _ in read_entries(name)}
    keys = {tuple(stems(term)) for term in usual} | set(english_forms())
    return frozenset(key for key in keys if len(key) > 1)


def is_known_phrase(words: str) -> bool:
    return tuple(stems(words)) in _known_phrases()


@lru_cache(maxsize=8)
def head_word_parts(language: str) -> frozenset[str]:
    """The keys of all words that stand in a language's table, alone or with others."""
    return frozenset(part for key in head_words(language) for part in key)


def singular(words: str) -> str:
    """Of a term that another word follows: "image segmentation"."""
    if words.endswith("imaging"):
        return f"{words.removesuffix('imaging')}image"
    if words.endswith("ies") and not words.endswith(("series", "species")):
        return f"{words.removesuffix('ies')}y"
    plural = words.endswith("s") and not words.endswith(("ss", "us", "is", "ics", "news", "ies")) and len(words) > 3
    return words[:-1] if plural else words
