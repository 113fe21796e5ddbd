"""A paper as statements are held against it: its sentences, and what a statement says otherwise than they. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import chain, pairwise

from digest.claims.denials import is_denied_otherwise
from digest.claims.exchanges import exchange_gain, phrases
from digest.claims.figure_places import FigurePlaces
from digest.claims.figures import figures, missing_figures
from digest.claims.polarity import is_replaced_otherwise, is_sent_back, is_turned_round
from digest.claims.relations import is_crossed
from digest.claims.same_words import content_words, spell_out
from digest.claims.word_order import active_words, kept_order
from digest.text import sentences
from store.records.editions import Paper
from store.records.lazy_text import AnyText, lazy_gettext
from store.text.tokens import is_stop, stem, tokens

# What is left of a score: measured on bench/claims.jsonl, as is what is a fault at all. decision 210
_CONTRADICTED = 0.15
_NUMBER_DIFFERS = 0.2
_NAME_UNKNOWN = 0.33
_DISORDERED = 0.2  # of a statement whose words stand in no order of the paper's best sentence
_EXCHANGE_COST = 2.5  # of what a statement would gain by an exchange of two phrases
_MISPLACED = 0.25  # so much better another figure would fit than one that is in its place
_LOOSEST = 0.65  # of a statement whose neighbouring words stand nowhere near each other in the paper

_LONGEST_NAME = 3  # words
_NEAR = 5  # words between two that belong together
_ALIGNED = 2  # sentences of a paper that a statement is aligned with
_COMPARED = 4  # likewise, where it compares
_BETWEEN_CLAUSES = 2  # words that the end of a clause counts as
_PRESENTED = re.compile(
    r"\b(?:propose|present|introduce|develop|called|named|dubbed)\s(?:(?:a|an|the)\s)?([A-Z][a-z]*[A-Z\d]\w*(?:-\w+)*)"
)
_CLAUSE = re.compile(r"[,;:.()]|\b(?:while|whereas|and|but|which|then|before|after)\b")
_NAME = re.compile(r"(?<![.!?:]\s)(?<!^)\b(?:[A-Z][A-Za-z]*\d*[A-Za-z]*|[a-z]+[A-Z][A-Za-z]*)\b")


class PaperReading:
    """One paper's sentences, the title first, with their words and figures."""

    def __init__(self, paper: Paper) -> None:
        self.sentences = paper_sentences(paper)
        clauses = [[content_words(clause) for clause in _CLAUSE.split(sentence)] for sentence in self.sentences]
        self._sets = [frozenset(chain.from_iterable(words)) for words in clauses]
        self._places = _places(clauses)
        self._text = f"{paper.readable_title}\n{paper.readable_abstract}"
        self._figures = figures(f"{self._text} {paper.published.year}")
        words = tokens(self._text)
        self._initials = f" {' '.join(word[0] for word in words)} "
        self._known = frozenset(map(stem, (*words, *tokens(" ".join(paper.authors)))))
        self._names = _own_names(paper.readable_title, self._text)

    def best(self, text: str) -> list[int]:
        """Positions of the sentences that share most with a text, the best first; those that share nothing are out."""
        said = frozenset(content_words(text))
        shared = {at: len(said & words) / (3 + len(words)) ** 0.25 for at, words in enumerate(self._sets)}
        return sorted((at for at in shared if shared[at]), key=lambda at: (-shared[at], at))

    def fault(self, text: str) -> tuple[float, AnyText]:
        """What is left of the score of a statement, 0..1, and why."""
        # decision 159
        ranked = self._quoted(text, self.best(text))
        evidence = [self.sentences[at] for at in ranked[:_ALIGNED] if at] or [self.sentences[0]]
        further = [self.sentences[at] for at in ranked[:_COMPARED] if at] or evidence
        left = self._looseness(text) * self._orderliness(text, ranked) * self._settledness(text)
        for is_fault, share, reason in (
            (is_denied_otherwise(text, evidence), _CONTRADICTED, lazy_gettext("the abstract says the opposite")),
            (
                is_turned_round(text, further, self._names),
                _CONTRADICTED,
                lazy_gettext("the comparison goes the other way"),
            ),
            (
                is_replaced_otherwise(text, evidence) or is_sent_back(text, evidence) or is_crossed(text, further),
                _CONTRADICTED,
                lazy_gettext("who does what is turned round"),
            ),
            (
                missing_figures(text, self._figures) > 0,
                _NUMBER_DIFFERS,
                lazy_gettext("a number is not in the abstract"),
            ),
            (
                self._has_misplaced_figure(text),
                _NUMBER_DIFFERS,
                lazy_gettext("a number means something else in the abstract"),
            ),
            (
                self._has_unknown_name(text),
                _NAME_UNKNOWN,
                lazy_gettext("it names something that the abstract does not"),
            ),
        ):
            if is_fault:
                return left * share, reason
        return left, ""

    def _quoted(self, text: str, ranked: list[int]) -> list[int]:
        """The sentence whose words a statement repeats, if there is one: no other can gainsay it. Else all of them."""
        said = content_words(text)
        quoted = (at for at in ranked if _is_part(said, content_words(self.sentences[at])))
        return [first] if (first := next(quoted, None)) is not None else ranked

    def _has_misplaced_figure(self, text: str) -> bool:
        return bool(figures(text)) and self._figure_places.misfit(text) > _MISPLACED

    @cached_property
    def _figure_places(self) -> FigurePlaces:
        return FigurePlaces(self.sentences)  # for the few papers of which a statement has a figure

    def _has_unknown_name(self, text: str) -> bool:
        return any(
            stem(token) not in self._known and stem(token.removesuffix("s")) not in self._known
            for name in _NAME.findall(spell_out(text))
            if not self._is_abbreviation(name)
            for token in tokens(name)
            if not is_stop(token)
        )

    def _is_abbreviation(self, name: str) -> bool:
        """Whether words in a row in the paper begin with its letters: SVD for a singular value decomposition."""
        letters = name.removesuffix("s").lower()
        return len(letters) > 1 and f" {' '.join(letters)} " in self._initials

    def _looseness(self, text: str) -> float:
        """_LOOSEST..1, by the share of neighbouring words of a statement that are near each other in the paper, too."""
        parts = ([word for word in content_words(part) if word in self._places] for part in text.split(";"))
        pairs = [pair for words in parts for pair in pairwise(words) if pair[0] != pair[1]]
        if not pairs:
            return 1.0
        near = sum(self._are_near(*pair) for pair in pairs) / len(pairs)
        return _LOOSEST + (1 - _LOOSEST) * near

    def _orderliness(self, text: str, ranked: list[int]) -> float:
        """_DISORDERED..1, by the order of the words that a statement shares with the best sentence."""
        said = active_words(text)
        kept = kept_order(said, active_words(self.sentences[ranked[0]])) if ranked else 1.0
        return _DISORDERED + (1 - _DISORDERED) * kept

    def _settledness(self, text: str) -> float:
        """_DISORDERED..1, by how little the statement would gain if two of its phrases changed places."""
        return max(_DISORDERED, 1 - _EXCHANGE_COST * exchange_gain(phrases(text), self._places))

    def _are_near(self, one: str, other: str) -> bool:
        return any(abs(a - b) <= _NEAR for a in self._places[one] for b in self._places[other])


def paper_sentences(paper: Paper) -> tuple[str, ...]:
    """Its title, then the sentences of its abstract: the position of each is its index."""
    return (paper.readable_title, *sentences.split(paper.readable_abstract))


def _is_part(said: Sequence[str], words: Sequence[str]) -> bool:
    """Whether words stand in others, in their order."""
    left = iter(words)
    return all(word in left for word in said)


def _own_names(title: str, text: str) -> frozenset[str]:
    """Stems of what a paper calls its own: what stands before the colon of its title, and what it says it presents."""
    name, colon, _ = title.partition(":")
    named = [name] if colon and name.count(" ") < _LONGEST_NAME else []
    return frozenset(stem(token) for name in (*named, *_PRESENTED.findall(text)) for token in tokens(name))


def _places(sentences_of_paper: Iterable[Iterable[Sequence[str]]]) -> dict[str, list[int]]:
    """Where each word stands; words of two clauses are further apart, those of two sentences never near."""
    places: dict[str, list[int]] = {}
    at = 0
    for clauses in sentences_of_paper:
        for words in clauses:
            for word in words:
                places.setdefault(word, []).append(at)
                at += 1
            at += _BETWEEN_CLAUSES
        at += _NEAR
    return places
