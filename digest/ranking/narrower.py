"""Narrower questions for a broad one: what its best papers are about, as phrases of their titles. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from digest.ranking.question_terms import QuestionTerms
from digest.text.noun_phrases import bare_stems, build_lexicon, is_title, restore_case
from store.records.editions import Paper
from store.text.tokens import is_generic

_READ = 100  # papers
_LEAST_PAPERS, _MOST_SHARE = 3, 0.4
_OFFERED = 3


def narrower_questions(terms: QuestionTerms, papers: Sequence[Paper]) -> tuple[str, ...]:
    """Each names one thing that several of the papers are about, beside what was asked."""
    read = papers[:_READ]
    found = build_lexicon([f"{paper.readable_title}\n" for paper in read])
    asked = frozenset(terms.stems)
    offered: list[tuple[float, str, frozenset[str]]] = []
    for phrase in found.phrases.values():
        own = bare_stems(phrase.words)
        new = [word for word in phrase.words if not bare_stems([word]) <= asked and not is_generic(word)]
        if not new or not is_title(phrase, found) or not _LEAST_PAPERS <= len(phrase.weight) <= _MOST_SHARE * len(read):
            continue
        whole = _narrow(terms, restore_case(phrase.words, found), own)
        offered.append((len(phrase.weight) * (1 + 0.5 * (len(phrase.words) > 1)), whole, own - asked))
    chosen: list[tuple[str, frozenset[str]]] = []
    for _, text, own in sorted(offered, key=lambda one: (-one[0], one[1])):
        if len(chosen) < _OFFERED and not any(own & other for _, other in chosen):
            chosen.append((text, own))
    return tuple(text for text, _ in chosen)


def _narrow(terms: QuestionTerms, phrase: str, stems: frozenset[str]) -> str:
    """The question's concepts with the phrase in place of those that it holds, or behind them all."""
    left = [forms[0].text for forms in terms.concepts if not stems.issuperset(forms[0].stems)]
    return ", ".join([phrase, *left] if len(left) < len(terms.concepts) else [*left, phrase])
