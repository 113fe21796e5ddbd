"""What a program measures in a survey's text beside its citations: repetition, and how alike neighbours are.

Invariant: pure. Neither looks at the vectors that an order was made from: what a route makes short is no proof of it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from digest.text.citations import resolve_citations
from store.records.editions import EditionPaper
from store.text.tokens import is_stop, stem, tokens

RUN = 5  # words; fewer are any author's phrases


def repetition(texts: Sequence[str]) -> float:
    """0..1: of the runs of five words in these sections, how many stand in another section, too."""
    runs = [_runs(text) for text in texts]
    sections = Counter(run for each in runs for run in set(each))
    every = [run for each in runs for run in each]
    return sum(sections[run] > 1 for run in every) / len(every) if every else 0.0


def _runs(text: str) -> list[tuple[str, ...]]:
    """Of each paragraph, without its markers."""
    paragraphs = resolve_citations(text, ()).text.splitlines()
    words = [[word.lower() for word in tokens(paragraph)] for paragraph in paragraphs]
    return [tuple(each[at : at + RUN]) for each in words for at in range(len(each) - RUN + 1)]


def likeness_of_neighbours(papers: Sequence[EditionPaper]) -> float | None:
    """0..1: mean cosine of the words of each paper and the next, rare words counting most; None for fewer than two.

    By title and summary, which is what the text was written from.
    """
    if len(papers) < 2:
        return None
    words = [Counter(stem(token) for token in tokens(_read(paper)) if not is_stop(token)) for paper in papers]
    common = Counter(word for each in words for word in each)
    weighed = [{word: n * math.log(len(papers) / common[word]) for word, n in each.items()} for each in words]
    return round(sum(_cosine(one, other) for one, other in pairwise(weighed)) / (len(papers) - 1), 4)


def _read(paper: EditionPaper) -> str:
    return f"{paper.readable_title}\n{paper.summary.text}"


def _cosine(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    length = math.sqrt(_squares(one.values()) * _squares(other.values()))
    return sum(weight * other.get(word, 0.0) for word, weight in one.items()) / length if length else 0.0


def _squares(weights: Iterable[float]) -> float:
    return sum(weight * weight for weight in weights)
