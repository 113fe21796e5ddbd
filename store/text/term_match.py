"""Whether a text has a term, and how often: words match as words with their inflections, terms as neighbours.

Invariant: pure; no word matches inside another (`lora` is not in `exploration`); hyphenated and multi-word terms match
as neighbours (text-to-image, text to image), and a hyphenated word as one (fewshot for few-shot, multi-modal for
multimodal).
"""

from __future__ import annotations

import re
from functools import lru_cache

from store.text.tokens import PlacedWord, stem, stems, tokens

_HYPHENATED = re.compile(r"(?<!\w)[^\W_]++(?:[-‐‑–][^\W_]++)+")
_AFTER_APOSTROPHE = re.compile(r"['’](?<=[^\W_].)([^\W_]{3,})")  # d'Alembert is looked for as Alembert, too


def has_stems(stemmed: str, term: str) -> bool:
    """Of what `stem_text` made of a text. A term without a letter or digit is in no text."""
    return any(f" {form} " in stemmed for form in term_forms(term))


def count_stems(stemmed: str, term: str) -> int:
    return max((stemmed.count(f" {form} ") for form in term_forms(term)), default=0)


def stem_text(readable: str) -> str:
    """The stems of a readable text between single spaces, then its grown words: " few shot learn | fewshot ".

    A bar is no neighbour of a word: what is asked for never reaches over it.
    """
    grown = [stem(word) for _, _, word in place_grown_words(readable)]
    return f" {' '.join([*stems(readable), *(['|', *grown] if grown else [])])} "


def place_grown_words(readable: str) -> list[PlacedWord]:
    """What else words are looked for as, where they stand: fewshot for few-shot, Alembert for d'Alembert."""
    hyphenated = [(*found.span(), "".join(tokens(found[0]))) for found in _HYPHENATED.finditer(readable)]
    rest = [(*found.span(1), found[1].lower()) for found in _AFTER_APOSTROPHE.finditer(readable)]
    return [placed for placed in hyphenated + rest if placed[2]]


@lru_cache(maxsize=4096)
def term_forms(term: str) -> tuple[str, ...]:
    """The forms of which one must be in a text's stems: the term's stems as neighbours, and grown together."""
    parts = stems(term)
    together = stem("".join(tokens(term))) if _HYPHENATED.fullmatch(term) else ""
    return tuple(form for form in (" ".join(parts), together) if form)
