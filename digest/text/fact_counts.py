"""What can be counted of an edition's papers: kinds, methods and data sets named most, code. Pure.

Invariant: what is not known of a paper counts for nothing, and what the question names itself is not told again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from store.records.paper_facts import PaperFacts, PaperRole
from store.text import tokens

KINDS: tuple[PaperRole, ...] = ("method", "survey", "benchmark", "theory", "application", "position")
_NAMES = 3
_NAMED_BY = 3  # papers at least
_NEARLY_ALL = 0.8  # a name that more of the papers have is what they are about, and sets none apart


@dataclass(frozen=True)
class FactCounts:
    """The most first. methods, datasets: empty where fewer than two are named often, since one is no ranking."""

    kinds: tuple[tuple[PaperRole, int], ...]
    methods: tuple[tuple[str, int], ...]
    datasets: tuple[tuple[str, int], ...]
    with_code: int


def count_facts(facts: Sequence[PaperFacts], question: str) -> FactCounts:
    roles = Counter(known.role for known in facts)
    kinds = sorted(((role, roles[role]) for role in KINDS if roles[role]), key=lambda counted: -counted[1])
    return FactCounts(
        tuple(kinds),
        _most_named([known.methods for known in facts], question),
        _most_named([known.datasets for known in facts], question),
        sum(bool(known.code_url) for known in facts),
    )


def _most_named(names: Sequence[Sequence[str]], question: str) -> tuple[tuple[str, int], ...]:
    asked = set(tokens.stems(question))
    initials = "".join(word[0] for word in tokens.tokens(question) if not tokens.is_stop(word))
    told = [
        [name for name in held if not asked.issuperset(tokens.stems(name)) and name.lower() not in initials]
        for held in names
    ]
    spellings = Counter(name for held in told for name in held)
    usual: dict[str, str] = {}  # "LibriSpeech" and "Librispeech", "Flan-T5" and "FLAN-T5" are one
    for name, _ in spellings.most_common():
        usual.setdefault(_same(name), name)
    counts = Counter(usual[key] for held in told for key in dict.fromkeys(map(_same, held)))
    apart = [
        (name, n) for name, n in counts.most_common() if _NAMED_BY <= n <= max(_NEARLY_ALL * len(names), _NAMED_BY)
    ]
    often = tuple(apart[:_NAMES])
    return often if len(often) > 1 else ()


def _same(name: str) -> str:
    return "".join(filter(str.isalnum, name.casefold()))
