"""Translation of German, French, Spanish, Portuguese and Italian words: the table of head words first, guesses last.

Invariant: the longest entry of the table that begins at a word is taken; what is only concluded (from a suffix, or a
like English word) is marked as guessed; what is neither is unknown, never dropped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from digest.question.corrections import nearest_word
from digest.question.term_tables import ACTIONS, fold_word, framing_words, head_words, singular, word_key
from digest.question.terms import MOST_LETTERS, Term
from digest.question.words import Token
from digest.text.word_frequencies import word_frequencies
from store.text.folding import fold
from store.text.stop_words import STOP_WORDS

_LONGEST = 6  # words of an entry
_OFTEN = 20  # papers that an English word must be in to stand for a foreign one
_GENITIVES = {"de": ("von",), "fr": ("de", "d"), "es": ("de",), "pt": ("de",), "it": ("di", "d")}
_WITH_ARTICLE = {
    "de": ("der", "des"),
    "fr": ("du", "des", "de la", "de l"),
    "es": ("del", "de la", "de los", "de las"),
    "pt": ("do", "da", "dos", "das"),
    "it": ("del", "dello", "della", "dell", "dei", "degli", "delle"),
}
_NAME = re.compile(r"\w*[A-Z]\w*[A-Z]|\w*\d|.*[+#]")
_LATIN = re.compile(r"[A-Za-z0-9\u00c0-\u024f\u0370-\u03ff]")
_UMLAUT = re.compile("([aou])e")
_LINKS = ("", "s", "es", "n", "en", "er", "e")
_FEWEST_LETTERS = 3  # of a part of a German compound
# Endings that have a counterpart in English, longer ones first.
_SUFFIXES = {
    "de": "isierung:ization isierung:ize fizierung:fication ierung:ation ierung:ing ität:ity ische:ic ische:ical "
    "isch:ic isch:ical "
    "logie:logy grafie:graphy graphie:graphy ik:ics ik:ic ie:y ive:ive iv:ive ren:r or:or eur:er z:ce en: e: s: n:",
    "fr": "isation:ization isation:isation ique:ic ique:ics ique:ical iques:ic logie:logy graphie:graphy ité:ity "
    "ités:ity eur:or eur:er "
    "euse:er trice:or aire:ary aire:ar if:ive ive:ive eux:ous euse:ous ie:y iste:ist elle:al el:al ée:ed é:ed "
    "ement:ement er:e "
    "es: e: s: x:",
    "es": "ización:ization ción:tion sión:sion dad:ty tad:ty ico:ic ica:ic ica:ics ico:ical ica:ical icos:ic icas:ic "
    "logía:logy "
    "grafía:graphy ía:y ismo:ism ivo:ive iva:ive oso:ous osa:ous ador:ator adora:ator ncia:nce ncia:ncy mento:ment "
    "ario:ary "
    "aria:ary ado:ated ada:ated ar:ate ar:e es: os: as: o: a: s:",
    "pt": "ização:ization izações:izations ção:tion ções:tions são:sion dade:ty ico:ic ica:ic ica:ics ico:ical "
    "ica:ical icos:ic icas:ic logia:logy grafia:graphy ia:y ismo:ism ivo:ive iva:ive oso:ous osa:ous ador:ator "
    "ência:ence ência:ency ância:ance mento:ment ário:ary ária:ary ado:ated ada:ated ar:ate ar:e es: os: as: o: a: s:",
    "it": "izzazione:ization izzazioni:izations zione:tion zioni:tions sione:sion ità:ity ico:ic ica:ic ica:ics ici:ic "
    "iche:ic ico:ical ica:ical ale:al ali:al are:ar logia:logy grafia:graphy ia:y ismo:ism ivo:ive iva:ive oso:ous "
    "osa:ous atore:ator enza:ence enza:ency anza:ance mento:ment ario:ary aria:ary ato:ated ata:ated o: a: e: i:",
}


def read_foreign(pieces: Sequence[Token], language: str) -> list[Term]:
    terms: list[Term] = []
    at = 0
    while at < len(pieces):
        size, english = _longest_entry(pieces, at, language)
        term = Term(list(pieces[at : at + size]), "content", english) if size else _read_word(pieces[at], language)
        term.linked = term.kind == "content" and _is_genitive(terms, language)
        terms.append(term)
        at += size or 1
    return terms


def _is_genitive(before: Sequence[Term], language: str) -> bool:
    """Whether what stands before a term makes it the genitive of the term before that."""
    small: list[str] = []
    for term in before[:-4:-1]:
        if term.kind != "grammar":
            break
        small.insert(0, term.lower.rstrip("'"))
    if not small or len(small) >= len(before):
        return False
    words = " ".join(small)
    head = before[-len(small) - 1]
    return head.kind == "content" and (
        words in _GENITIVES[language] or (words in _WITH_ARTICLE[language] and head.english in ACTIONS)
    )


def _longest_entry(pieces: Sequence[Token], at: int, language: str) -> tuple[int, str]:
    """How many pieces from here on are an entry of the table, and its English words; 0 where none is."""
    table = head_words(language)
    keys: list[str] = []
    best = (0, "")
    for size, piece in enumerate(pieces[at : at + _LONGEST], start=1):
        if piece.is_mark:
            break
        keys.extend(word_key(part[: MOST_LETTERS + 1], language) for part in piece.text.split("'") if part)
        if english := table.get(tuple(keys)):
            best = (size, english)
    if best[0] == 1 and is_foreign_grammar(pieces[at].text, language):
        return (0, "")
    return best


def is_foreign_grammar(word: str, language: str) -> bool:
    """One small word, or several with hyphens amid them ("sont-ils")."""
    small = framing_words(language)
    plain = word.lower().rstrip("'")
    return plain in small or ("-" in plain and all(part in small for part in plain.split("-")))


def _read_word(piece: Token, language: str) -> Term:
    if piece.is_mark:
        return Term([piece], "mark")
    if is_foreign_grammar(piece.text, language):
        return Term([piece], "grammar")
    english, guessed = translate_word(piece.text, language)
    return Term([piece], "content" if english else "unknown", english, guessed)


@lru_cache(maxsize=20_000)
def translate_word(word: str, language: str) -> tuple[str, bool]:
    """The English of one word, and whether it is but a guess; "" where nothing is like it."""
    if len(word) > MOST_LETTERS or not _LATIN.search(word):
        return "", False
    if _NAME.match(word):
        return word, False
    if "-" in word:
        parts = [translate_word(part, language) for part in word.split("-") if part]
        if all(english for english, _ in parts):
            return " ".join(english for english, _ in parts), any(guess for _, guess in parts)
    plain = word.lower()
    if _is_frequent(plain):
        return plain, False
    if language == "de" and (english := _translate_compound(fold_word(word, "de"))):
        return english, False
    return next(((guess, True) for guess in _guesses(plain, language)), ("", False))


def _is_frequent(word: str) -> bool:
    return word_frequencies().words.get(word, 0) >= _OFTEN and word not in STOP_WORDS


def _guesses(word: str, language: str) -> Iterator[str]:
    """English words that it may be, likelier ones first."""
    bare = fold(word)
    if _is_frequent(bare):
        yield bare
    for form in _other_spellings(bare):
        for pair in _SUFFIXES.get(language, "").split():
            ending, _, other = pair.partition(":")
            if form.endswith(fold(ending)) and len(form) - len(ending) >= 3:
                guess = form[: len(form) - len(fold(ending))] + other
                if _is_frequent(guess):
                    yield guess
    if len(bare) >= 8 and (near := nearest_word(bare)) and near[:2] == bare[:2]:
        yield near


def _other_spellings(word: str) -> Iterator[str]:
    """The word, and as English would write its sounds: Klassifikation with c."""
    yield word
    for old, new in (("k", "c"), ("f", "ph"), ("z", "c")):
        if old in word:
            yield word.replace(old, new)


@lru_cache(maxsize=20_000)
def _translate_compound(word: str) -> str:
    """The parts of a German compound in English, from the right as long as they can be: "Sprach|modell|en"."""
    table = head_words("de")
    if english := table.get((word_key(word, "de"),)):
        return english
    if (bare := _UMLAUT.sub(r"\1", word)) != word and (english := table.get((word_key(bare, "de"),))):
        return english  # a plural: Krankenhäuser
    for at in range(_FEWEST_LETTERS, len(word) - _FEWEST_LETTERS + 1):
        last = table.get((word_key(word[at:], "de"),)) or (word[at:] if _is_loan(word[at:]) else "")
        if last and (first := _translate_first_part(word[:at])):
            return f"{singular(first)} {last}"
    return ""


def _translate_first_part(word: str) -> str:
    """Of a compound's beginning, with or without the letters that link it to what follows."""
    for link in _LINKS:
        bare = word.removesuffix(link) if link else word
        if len(bare) >= _FEWEST_LETTERS and (english := _translate_compound(bare)):
            return english
    return word if _is_loan(word) else ""


def _is_loan(part: str) -> bool:
    return len(part) > 4 and _is_frequent(part)
