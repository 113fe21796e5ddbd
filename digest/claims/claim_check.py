"""Claim check: each clause that cites is scored against the abstracts that it cites, to find unsupported ones. Pure.

Invariant: pure; a statement is judged only by what can be judged: its content words in English, otherwise its names,
abbreviations and numbers; where it has too few of them it is not judged at all.

The score is the weighted share of those words that the paper's title, abstract, authors or year have, lowered in
English where the paper says otherwise (digest/claims/paper_reading.py). A word that few
papers of the edition have weighs more than one that all have, as it tells their papers apart; a number weighs most.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from digest.claims.claim_words import DIRECTIONS
from digest.claims.paper_reading import PaperReading
from digest.claims.same_words import same_word, spell_out
from digest.text import sentences
from digest.text.language import has_own_script, is_plainly_english, primary_tag
from digest.text.word_lists import REPORTING_WORDS
from store.records.editions import Paper
from store.records.lazy_text import AnyText
from store.text.tokens import is_generic, is_stop, stem, tokens

# A statement that scores less is listed: 3 % of the 227 true ones of parts a to d of bench/claims.jsonl, 15 % of the 95
# of part e, which it was not made on, 19 % of the 63 of part f, whose wording is farther.
WEAK_SCORE = 0.4
_MIN_WORDS = 3  # words of content; a statement with fewer says too little to be judged
_EASE = 0.62  # an exponent: order and nearness take something of nearly every paraphrase
_MOST_SHARED = 3  # papers over which a statement may be spread
_NUMBER_WEIGHT = 2.0
_GENERIC_WEIGHT = 0.3

_MARKERS = re.compile(r"(?:[ \t]*\[\d+\])+")
_MARKER = re.compile(r"\[(\d+)\]")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_LATIN_WORD = re.compile(r"[A-Za-z0-9]*[A-Za-z][A-Za-z0-9]*")
_TECHNICAL = re.compile(
    r"[A-Za-z0-9]*[A-Z][a-z0-9]*[A-Z][A-Za-z0-9]*|(?=[A-Za-z0-9]*\d)[A-Za-z0-9]*[A-Za-z][A-Za-z0-9]*"
)

_REPORTING_STEMS = frozenset(map(stem, REPORTING_WORDS))


@dataclass(frozen=True)
class _WeightedWords:
    """What is compared: stems and numbers, each with its first weight."""

    stems: Mapping[str, float]
    numbers: frozenset[str]
    text: str = ""  # what was read, without markers; "" where only names are compared

    def __len__(self) -> int:
        return len(self.stems) + len(self.numbers)


class Evidence:
    """The papers of an edition, by their number, as statements are held against them."""

    def __init__(self, papers: Mapping[int, Paper]) -> None:
        self._texts = {number: _paper_words(paper) for number, paper in papers.items()}
        self._readings = {number: PaperReading(paper) for number, paper in papers.items()}
        common = Counter(word for words in self._texts.values() for word in words.stems)
        self._rarity = {word: math.log(1 + len(papers) / count) for word, count in common.items()}
        self._rarest = math.log(1 + len(papers))

    def __contains__(self, number: int) -> bool:
        return number in self._texts

    def reading(self, number: int) -> PaperReading:
        return self._readings[number]

    def judge(self, clause: CitedClause) -> ClauseJudgement:
        """How much of what a clause says of its papers the text of each says, too, and what they say otherwise.

        What is said of several is divided among them: each need have its part only, as long as all together have all.
        """
        left, reason = self._fault(clause)
        together = self._share(clause.said, clause.papers)
        several = min(len(clause.papers), _MOST_SHARED)
        return ClauseJudgement(
            {
                number: round((min(1.0, several * self._share(clause.said, [number]), together) * left) ** _EASE, 3)
                for number in clause.papers
                if number in self
            },
            reason,
        )

    def _fault(self, clause: CitedClause) -> tuple[float, AnyText]:
        """What of the score is left, and why: of several papers by the one that fits best."""
        if not clause.said.text:
            return 1.0, ""
        found = [self._readings[number].fault(clause.said.text) for number in clause.papers if number in self._readings]
        return max(found, key=lambda fault: fault[0], default=(1.0, ""))

    def _share(self, said: _WeightedWords, numbers: Sequence[int]) -> float:
        texts = [self._texts[number] for number in numbers if number in self._texts]
        weights = {word: weight * self._rarity.get(word, self._rarest) for word, weight in said.stems.items()}
        of_numbers = _NUMBER_WEIGHT * self._rarest
        found = sum(weight for word, weight in weights.items() if any(word in text.stems for text in texts))
        found += of_numbers * sum(any(number in text.numbers for text in texts) for number in said.numbers)
        return found / (sum(weights.values()) + of_numbers * len(said.numbers))


@dataclass(frozen=True)
class CitedClause:
    """What a sentence says about the papers of one run of markers."""

    said: _WeightedWords
    papers: tuple[int, ...]


@dataclass(frozen=True)
class ClauseJudgement:
    """scores: 0..1, by the number of each cited paper that there is. reason: what is said otherwise; "" for nothing."""

    scores: Mapping[int, float]
    reason: AnyText


def judgeable_clauses(text: str, language: str) -> Iterator[CitedClause]:
    """What a text says of its papers, without what says too little."""
    return (clause for clause in _cited_clauses(text, language) if len(clause.said) >= _MIN_WORDS)


def _cited_clauses(text: str, language: str) -> Iterator[CitedClause]:
    for paragraph in text.splitlines():
        for sentence in sentences.split(paragraph):
            yield from _clauses(sentence, _choose_reader(sentence, language))


def _clauses(sentence: str, read: Callable[[str], _WeightedWords]) -> Iterator[CitedClause]:
    """ "A does x [1], while B does y [2]." is two; a clause that says too little is judged as the whole sentence."""
    runs = list(_MARKERS.finditer(sentence))
    starts = [0, *(run.end() for run in runs[:-1])]
    # What follows the last marker belongs to it: "In [3], a second encoder reads ..."
    ends = [*(run.start() for run in runs[:-1]), len(sentence)]
    for run, start, end in zip(runs, starts, ends, strict=False):
        said = read(_MARKERS.sub("", sentence[start:end]))
        if len(said) < _MIN_WORDS:
            said = read(_MARKERS.sub("", sentence))
        yield CitedClause(said, tuple(map(int, _MARKER.findall(run[0]))))


def _paper_words(paper: Paper) -> _WeightedWords:
    text = f"{paper.text} {' '.join(paper.authors)} {paper.published.year}"
    return _WeightedWords({same_word(token): 1.0 for token in tokens(spell_out(text))}, _numbers(text))


def _choose_reader(sentence: str, language: str) -> Callable[[str], _WeightedWords]:
    if primary_tag(language) == "en" or is_plainly_english(sentence):
        return _english_words
    return partial(_name_words, pattern=_LATIN_WORD if has_own_script(language) else _TECHNICAL)


def _english_words(text: str) -> _WeightedWords:
    weights = {same_word(t): _weight(t) for t in tokens(spell_out(text)) if _is_telling(t)}
    return _WeightedWords(weights, _numbers(text), text)


def _name_words(text: str, *, pattern: re.Pattern[str]) -> _WeightedWords:
    """Of another language only what an English abstract has as well: names, abbreviations, numbers."""
    found = (token for name in pattern.findall(text) for token in tokens(name))
    return _WeightedWords({same_word(token): 1.0 for token in found if _is_telling(token)}, _numbers(text))


def _weight(token: str) -> float:
    return _GENERIC_WEIGHT if is_generic(token) or token in DIRECTIONS else 1.0


def _is_telling(token: str) -> bool:
    is_word = not token.isdigit() and len(token) > 1 and not is_stop(token)
    return is_word and stem(token) not in _REPORTING_STEMS


def _numbers(text: str) -> frozenset[str]:
    return frozenset(number.replace(",", "") for number in _NUMBER.findall(text))
