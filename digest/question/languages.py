"""Language of a question: by script, and for Latin letters by its words, of which the papers' own are English.

Invariant: pure; a word that English papers have speaks for English, one of a language's grammar or table for that
language, one of both for neither. A few technical terms are English.
"""

from __future__ import annotations

from collections.abc import Sequence

from digest.question.term_tables import LANGUAGES, fold_word, framing_words, head_word_parts, word_key
from digest.question.terms import MOST_LETTERS
from digest.question.translation import translate_word
from digest.question.words import Token
from digest.text.language import detect_language
from digest.text.word_frequencies import word_frequencies
from store.text.stop_words import STOP_WORDS

_LETTERS = {
    "de": set("äöüß"),
    "fr": set("àâçéèêëîïôùûœ"),
    "es": set("ñáíóú¿¡"),
    "pt": set("ãõâêôç"),
    "it": set("ìò"),
}  # that few others of these have
# What else tells the language: "les 5 meilleurs articles", "depuis 2023".
_TELLING = (None, "count", "period")


def question_language(text: str, pieces: Sequence[Token]) -> str:
    """BCP 47, of the question; "en" where nothing speaks for another."""
    by_rules = detect_language(text)
    words = [piece.text for piece in pieces if piece.role in _TELLING and not piece.is_mark]
    words = [word for word in words if len(word) <= MOST_LETTERS]
    if by_rules not in ("en", *LANGUAGES) or not words:
        return by_rules
    english = sum(_is_english(word) for word in words)
    weights = {
        tag: sum(_weight(word, tag) for word in words) + bool(_LETTERS[tag] & set(text.lower())) for tag in LANGUAGES
    }
    best = max(weights, key=lambda tag: (weights[tag], tag == by_rules))
    own = sum(_weight(word, best) == 1 for word in words)
    small = [word.lower().rstrip("'") for word in words]
    if any(word in STOP_WORDS and word not in framing_words(best) for word in small):  # English grammar
        own = sum(word in framing_words(best) and word not in STOP_WORDS for word in small)
    if own and weights[best] > english - sum(_weight(word, best) > 0 and _is_english(word) for word in words):
        return best
    return by_rules if by_rules in ("pt", "it") else "en"


def _is_english(word: str) -> bool:
    plain = word.lower()
    known = word_frequencies().words
    return plain in STOP_WORDS or plain in known or ("-" in plain and all(part in known for part in plain.split("-")))


def _weight(word: str, language: str) -> float:
    """1 for a word of this language that English has not, a half for one that both have."""
    plain = word.lower().rstrip("'")
    own = plain in framing_words(language) or word_key(plain, language) in head_word_parts(language)
    if not own and language == "de" and "-" not in plain and len(plain) > 8 and not _is_english(word):
        own = _is_compound(fold_word(plain, "de"))
    if not own:
        return 0
    return 0.5 if _is_english(word) else 1


def _is_compound(word: str) -> bool:
    english, guessed = translate_word(word, "de")
    return bool(english) and not guessed and " " in english
