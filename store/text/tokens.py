"""Tokenizer and stemmer: how words are cut, compared, and known to tell little.

Invariant: two words match when their stems are equal (images/image, LoRAs/LoRA, optimisation/optimization,
Schrödinger/Schrodinger); a word never matches inside another (`lora` is not in `exploration`). Hyphens and slashes cut
words, so `LoRA-based` holds `lora`. Every Chinese, Japanese or Korean character is a word, as nothing cuts them.

The stemmer is Snowball English with four corrections, each for a family of words that research keeps apart or together
and Snowball does not: verbs in -ize keep that ending (normalization is not normal), -isation is spelt -ization,
irregular plurals meet their singular (matrices/matrix, analyses/analysis), and a short table of words that Snowball
confuses with others (experiment/experience, object/objective, transform/transformer).
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from typing import Any

from store.text.lazy_pattern import compile_lazily
from store.text.stop_words import GENERIC_WORDS, STOP_WORDS

HIRAGANA = "\u3041-\u3096\u309d-\u309f"  # without the voicing marks between, which are no letters
_KATAKANA = "\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff"
_HAN = "\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_HANGUL = "\u1100-\u11ff\uac00-\ud7af"
CJK_CONTENT = _KATAKANA + _HAN + _HANGUL  # as ranges for a pattern, as are the others
_CJK = HIRAGANA + CJK_CONTENT
_LETTER = rf"[^\W_{_CJK}]"
_WORD = compile_lazily(  # c++, c#, PointNet++, but text+image is two words
    rf"[{_CJK}]|{_LETTER}+(?:['’]{_LETTER}+)*(?:(?:\+\+|#)(?!{_LETTER}))?"
)
_ASCII_WORD = compile_lazily(r"[a-z0-9]+(?:'[a-z0-9]+)*(?:(?:\+\+|#)(?![a-z0-9]))?")  # the same, in half the time
_LETTER_BEFORE = compile_lazily(_LETTER)
_ACCENT = compile_lazily("(?<=[a-z])[\u0300-\u036f]+")  # of a letter that Unicode has no accented form of
PlacedWord = tuple[int, int, str]  # [start, end) in a text, and what stands there
_STEMMER_LOCK = threading.Lock()  # the stemmer holds the word it works on; two threads would get each other's

# "-ise" is a spelling of "-ize" unless a vowel, c, v or w stands before it (noise, precise, supervise, pairwise).
_IZE = compile_lazily(r"([a-z]{2,}(?:iz|[^aeioucvw\W]is))(?:e|es|ed|er|ers|ing|able|ation|ations)")
_IFY = compile_lazily(r"([a-z]{2,})ifications?")
_YSIS = compile_lazily(r"([a-z]{2,})y(?:sis|[sz](?:e|es|ed|er|ers|ing))")
_ESIS = compile_lazily(r"([a-z]+[^e\W])es(?:is|es|i[sz](?:e|es|ed|er|ers|ing))")

_IRREGULAR = dict(
    pair.split(":")
    for pair in """
    algae:alga antennae:antenna appendices:appendix automata:automaton axes:axis bacteria:bacterium basis:base
    children:child criteria:criterion foci:focus formulae:formula gases:gas helices:helix indices:index larvae:larva
    lens:lense loci:locus matrices:matrix maxima:maximum mice:mouse minima:minimum nebulae:nebula nuclei:nucleus
    optima:optimum phenomena:phenomenon quanta:quantum radii:radius simplices:simplex spectra:spectrum stimuli:stimulus
    strata:stratum supernovae:supernova vertices:vertex vortices:vortex women:woman men:man teeth:tooth feet:foot
    behaviour:behavior behaviours:behaviors behavioural:behavioral colour:color colours:colors coloured:colored
    colouring:coloring tumour:tumor tumours:tumors neighbour:neighbor neighbours:neighbors neighbouring:neighboring
    centre:center centres:centers centred:centered fibre:fiber fibres:fibers haemodynamic:hemodynamic catalogue:catalog
    catalogues:catalogs defence:defense defences:defenses odour:odor vapour:vapor labour:labor metre:meter metres:meters
    recognition:recognize detectors:detect detector:detect predictors:predict predictor:predict
    noisy:noise
    """.split()
)

# Snowball gives each of these the stem of another word (the comment of its test names it): they are their own stem.
_KEPT_APART = compile_lazily(
    r"activat|activit|adaptiv|adapter|additiv|animat|computer|constitution|conversation|conversion|critical|emergency|emergencies|"
    r"directional|executiv|experiment|formation|humanit|importan|integral|integrit|locality|marginal|meaning|"
    r"multiplicati|objectiv|operator|organism|personalit|polarit|ratings?$|reasoning|relativit|relativistic|rationalit|"
    r"transformer|transformation|transportation|universality"
)


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """The form under which a word is compared. `word` is one token, in any case."""
    plain = _fold_letters(word.lower()).replace("’", "'").removesuffix("'s").rstrip("'")
    plain = _regularise(_IRREGULAR.get(plain, plain))
    if apart := _KEPT_APART.match(plain):
        return apart[0].removesuffix("s")
    if verb := _IZE.fullmatch(plain):
        return verb[1][:-1] + "z"
    with _STEMMER_LOCK:
        return str(_stemmer().stemWord(plain))


@cache
def _stemmer() -> Any:
    import snowballstemmer  # noqa: PLC0415 - it loads the tables of thirty languages

    return snowballstemmer.stemmer("english")


class _FoldedLetters(dict[int, str]):
    """Letters without their accents: people type Schrodinger and Poincare. Other scripts keep their marks."""

    def __missing__(self, code: int) -> str:
        bare = "".join(c for c in unicodedata.normalize("NFKD", chr(code)) if not unicodedata.combining(c))
        self[code] = bare if bare.isascii() and bare.isalnum() else chr(code)
        return self[code]


_FOLDED = _FoldedLetters(
    str.maketrans({"ß": "ss", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "æ": "ae", "œ": "oe", "þ": "th", "ħ": "h"})
)


def _fold_letters(word: str) -> str:
    return word if word.isascii() else word.translate(_FOLDED)


def _regularise(word: str) -> str:
    """Nouns in -ification, -ysis and -esis and their verbs brought to one ending each."""
    for pattern, ending in ((_IFY, "ify"), (_YSIS, "ysis"), (_ESIS, "esis")):
        if found := pattern.fullmatch(word):
            return found[1] + ending
    return word


def tokens(text: str) -> list[str]:
    """The words of a text in order, lower case, compatibility forms folded (ﬁ to fi, full width to half)."""
    if text.isascii():
        return _ASCII_WORD.findall(text.lower())
    return _WORD.findall(_ACCENT.sub("", unicodedata.normalize("NFKC", text).lower()))


def stems(text: str) -> list[str]:
    """The stems of a text's words, in order."""
    return list(map(stem, tokens(text)))


def place_words(text: str, initials: str = "", start: int = 0) -> Iterator[PlacedWord]:
    """The words of a text from `start` on, as they stand there, which `stems` reads like any text.

    initials: letters; only those words whose stems may begin with one of them, which is many times as fast.
    """
    if not initials:
        return ((*found.span(), found[0]) for found in _WORD.finditer(text, start))
    return _place_by_initials(text, "".join(sorted(set(initials))), start)


def _place_by_initials(text: str, initials: str, start: int) -> Iterator[PlacedWord]:
    for found in _initial_pattern(initials).finditer(text, start):
        at = found.start()
        if at >= start and not (at and _LETTER_BEFORE.match(text, at - 1)) and (word := _WORD.match(text, at)):
            start = word.end()
            yield at, start, word[0]


@lru_cache(maxsize=512)
def _initial_pattern(initials: str) -> re.Pattern[str]:
    """Where a word may begin whose stem begins so: a stem begins as its word, but for accents and forms of letters,
    which only Unicode has.
    """
    # Without the scripts of words and without IGNORECASE, which take 10 and 40 ms to compile.  # decision 236
    return re.compile(rf"(?<![A-Za-z0-9])(?:[{re.escape(initials + initials.upper())}]|[^\x00-\x7f])")


def stand_near(text: str, terms: Iterable[str], apart: int) -> bool:
    """Whether all the terms stand near each other somewhere in a text: at most `apart` other words amid them."""
    wanted, words = [tuple(stems(term)) for term in terms], stems(text)
    places = sorted((at, which) for which, term in enumerate(wanted) for at in _find_term(term, words))
    room = sum(map(len, wanted)) + apart
    return any(
        {which for at, which in places if first <= at and at + len(wanted[which]) <= first + room}
        == set(range(len(wanted)))
        for first, _ in places
    )


def _find_term(term: tuple[str, ...], words: list[str]) -> list[int]:
    return [at for at in range(len(words)) if tuple(words[at : at + len(term)]) == term]


def unique_terms(terms: Iterable[str]) -> list[str]:
    """Each term once, in order, the first spelling kept: terms whose words have the same stems are the same."""
    first: dict[tuple[str, ...], str] = {}
    for term in terms:
        first.setdefault(tuple(stems(term)), term)
    return list(first.values())


@cache
def _generic_stems() -> frozenset[str]:
    return frozenset(map(stem, GENERIC_WORDS))


def is_stop(word: str) -> bool:
    return word.lower() in STOP_WORDS


def is_generic(word: str) -> bool:
    return stem(word) in _generic_stems()
