"""English words of a question as terms: grammar, fixed terms with grammar in them, and words, their spelling corrected.

Invariant: a word is corrected only where no paper has it, and the typed form stays beside the other.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from digest.question.corrections import Known, correct_word
from digest.question.term_tables import english_forms, framing_words
from digest.question.terms import MOST_LETTERS, Term
from digest.question.words import Token
from store.records.questions import Correction
from store.text.tokens import is_stop, stems

_SUFFIX = re.compile(r"-(?:based|related|like|powered|enabled)$", re.IGNORECASE)
_LATIN = re.compile(r"[A-Za-z0-9\u00c0-\u024f\u0370-\u03ff]")
_LONGEST = 6  # words of a fixed term


def read_english(pieces: Sequence[Token], known: Known | None, *, correct: bool, shouted: bool) -> list[Term]:
    """correct: whether spelling is looked at. shouted: the question is in capitals, which then say nothing."""
    terms: list[Term] = []
    at = 0
    while at < len(pieces):
        size = _fixed_term(pieces, at)
        if size:
            run = list(pieces[at : at + size])
            terms.append(Term(run, "content", " ".join(_plain(piece, shouted) for piece in run)))
        else:
            terms.append(_read_word(pieces[at], known, correct=correct, shouted=shouted))
        at += size or 1
    return terms


def _fixed_term(pieces: Sequence[Token], at: int) -> int:
    """How many pieces from here on are one term with a small word in it ("mixture of experts"); 0: none."""
    if pieces[at].is_mark:
        return 0
    for size in range(min(_LONGEST, len(pieces) - at), 1, -1):
        run = pieces[at : at + size]
        if (
            any(is_stop(piece.text) for piece in run)
            and not any(piece.is_mark for piece in run)
            and tuple(stem for piece in run for stem in stems(piece.text)) in english_forms()
        ):
            return size
    return 0


def is_grammar(word: str, *, shouted: bool = False) -> bool:
    """Stop words and request words; but capitals of two and more letters are a name (US, IT)."""
    if len(word) > 1 and word.isupper() and word.isalpha() and not shouted and word.lower() not in ("phd", "sota"):
        return False
    return is_stop(word) or word.lower() in framing_words("en") or (len(word) == 1 and word.lower() in "aiou")


def _read_word(piece: Token, known: Known | None, *, correct: bool, shouted: bool) -> Term:
    if piece.is_mark:
        return Term([piece], "mark")
    if is_grammar(piece.text, shouted=shouted):
        return Term([piece], "grammar")
    if len(piece.text) > MOST_LETTERS or not _LATIN.search(piece.text):
        return Term([piece], "unknown")
    plain = _plain(piece, shouted)
    used = correct_word(plain, known) if correct else ""
    if not used:
        return Term([piece], "content", plain)
    if is_grammar(used):
        return Term([piece], "grammar", corrections=(Correction(piece.text, used),))
    return Term([piece], "content", used, typed=plain, corrections=(Correction(piece.text, used),))


def _plain(piece: Token, shouted: bool) -> str:
    text = _SUFFIX.sub("", piece.text)
    return text.lower() if shouted and len(text) > 5 else text
