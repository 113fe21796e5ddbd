"""Whether a text has a term, and how often: words match as words with their inflections, terms as neighbours.

Invariant: pure; no word matches inside another (`lora` is not in `exploration`); hyphenated and multi-word terms match
as neighbours (text-to-image, text to image), and a hyphenated word as one (fewshot for few-shot, multi-modal for
multimodal); LaTeX commands are not words.
"""

from __future__ import annotations

import re
from functools import lru_cache

from store.text.latex import latex_to_unicode
from store.text.tokens import stem, stems, tokens

_HYPHENATED = re.compile(r"(?<!\w)[^\W_]++(?:[-‐‑–][^\W_]++)+")


def has_term(text: str, term: str) -> bool:
    """A term without a letter or digit is in no text."""
    words = _stemmed_words(text)
    return any(form in words for form in _forms(term))


def count_term(text: str, term: str) -> int:
    words = _stemmed_words(text)
    return max((words.count(form) for form in _forms(term)), default=0)


@lru_cache(maxsize=4096)
def _stemmed_words(text: str) -> str:
    """The stems of a text between single spaces, then its hyphenated words as one: " few shot learn | fewshot "."""
    plain = latex_to_unicode(text)
    compounds = (stem("".join(tokens(word))) for word in _HYPHENATED.findall(plain))
    return f" {' '.join(stems(plain))} | {' '.join(compounds)} "


@lru_cache(maxsize=4096)
def _forms(term: str) -> tuple[str, ...]:
    """The forms of which one must be in a text's words: the stems as neighbours, and grown together."""
    parts = stems(term)
    together = stem("".join(tokens(term))) if len(parts) > 1 and " " not in term else ""
    return tuple(f" {form} " for form in (" ".join(parts), together) if form)
