"""Whether a text is in the language that was asked for: script, grammar words, and a language library's opinion.

Invariant: a text that is plainly English is never called anything else, however many names, numbers and formulas stand
in it; the library (py3langid) is asked only where grammar words leave doubt, and believed only where it is sure, of
pieces long enough, and of no language that is hardly told from the one asked for (Danish from Norwegian).
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from functools import cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from digest.text import sentences
from digest.text.language import has_own_script, is_in_language, is_plainly_english, primary_tag
from store.text import math

_NO_PROSE = re.compile(r"\\[A-Za-z]+|\[[\d., ;-]+\]|\S*[\d_/@]\S*|\b\w*[A-Z]\w*[A-Z]\w*\b")
_WORDS_OF_A_PIECE = 10  # words; of fewer the library says little
_SURE = 0.9
_MOST_FOREIGN = 0.34  # of a text: a long name or a quotation decides nothing, a paragraph of several does
_LOADING = threading.Lock()
_KIN = tuple(
    frozenset(group.split())
    for group in (
        "no nb nn da sv|hr sr bs sl|id ms jv|cs sk|pt gl es ca an oc ast ext|de lb gsw|it vec lij|nl af fy"
        "|ru uk be bg mk sr|fr wa oc gcr gcf|en pcm|tr az crh tk|fi et|ar fa"
    ).split("|")
)


def is_written_in(text: str, language: str) -> bool:
    """False where the text, or a third of it, is plainly in another language than `language` (BCP 47)."""
    if not is_in_language(text, language):
        return False
    if has_own_script(language):
        return True
    pieces = list(_pieces(text))
    foreign = sum(len(piece) for piece in pieces if _is_foreign(piece, primary_tag(language)))
    return foreign <= _MOST_FOREIGN * sum(map(len, pieces))


def _pieces(text: str) -> Iterator[str]:
    """Sentences, short ones together with those after them."""
    for paragraph in text.splitlines():
        piece = ""
        for sentence in sentences.split(math.replace_formulas(paragraph, lambda _: " ")):
            piece = f"{piece} {_NO_PROSE.sub(' ', sentence)}".strip()
            if len(piece.split()) >= _WORDS_OF_A_PIECE:
                yield piece
                piece = ""
        if piece:
            yield piece


def _is_foreign(piece: str, tag: str) -> bool:
    if len(piece.split()) < _WORDS_OF_A_PIECE:
        return False
    if is_plainly_english(piece):
        return tag != "en"
    identifier = load_identifier()
    found, probability = identifier.classify(piece)
    known = tag in identifier.labels
    return known and probability >= _SURE and found not in _kin(tag)


def _kin(tag: str) -> frozenset[str]:
    return frozenset({tag}).union(*(group for group in _KIN if tag in group))


def load_identifier() -> LanguageIdentifier:
    """Loaded by whom first needs it, while all others wait: it takes a second, and by each of them many."""
    with _LOADING:
        return _load_identifier()


@cache
def _load_identifier() -> LanguageIdentifier:
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
