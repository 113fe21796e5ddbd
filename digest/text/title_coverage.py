"""Title coverage: whether the papers below a title say what it says. Pure.

Invariant: papers are in English, so a title in another language cannot be held against them; nothing is said of one.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from store.text.tokens import is_generic, is_stop, stems

CARRIED = 0.6  # the share of a section's papers that have the words of its title
_WORD = re.compile(r"\w+(?:-\w+)*")
_ACRONYM_PLURAL = re.compile(r"(?<=[A-Z])s\b")


def is_carried(title: str, texts: Collection[str], question: str) -> bool:
    """Whether at least CARRIED of the papers have every word of the title that names something. Words of the question
    name nothing that sets a section apart, nor do generic ones ("improving ... methods").
    """
    asked = _stems(question)
    said = [word for word in _WORD.findall(singular_acronyms(title)) if not is_stop(word) and not is_generic(word)]
    naming = [word for word in said if not set(stems(word)) <= asked]
    share = sum(_has_words(naming, _stems(text)) for text in texts) / max(1, len(texts))
    return bool(naming) and share >= CARRIED


def singular_acronyms(text: str) -> str:
    """With LLMs as LLM, which no stemmer does."""
    return _ACRONYM_PLURAL.sub("", text)


def _has_words(words: Collection[str], known: frozenset[str]) -> bool:
    """Pre-trained is pretrained."""
    return all(known.issuperset(stems(word)) or known.issuperset(stems(word.replace("-", ""))) for word in words)


def _stems(text: str) -> frozenset[str]:
    single = singular_acronyms(text)
    return frozenset(stems(single)) | frozenset(stems(single.replace("-", "")))
