"""Title phrases, pure: the noun phrases of a set of papers that could stand over some of them, and who has them.

Invariant: a phrase stands in some paper, word for word, reads as a heading, and says something that the question does
not say; a bare word is one only as a name or an acronym.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from digest.text import noun_phrases
from digest.text.noun_phrases import Lexicon, Phrase
from digest.text.word_lists import MEASURE_NOUNS, RESOURCE_NOUNS
from store.records.editions import Paper
from store.text.tokens import is_generic, is_stop, stem, stems, tokens

_MEASURES, _RESOURCES = frozenset(map(stem, MEASURE_NOUNS)), frozenset(map(stem, RESOURCE_NOUNS))
_MEASURING = frozenset(stems("benchmark evaluation measure metric score"))

LIMIT = 60  # characters
_TITLED, _LITERAL, _LOOSE = 1.0, 0.85, 0.55  # how much a paper is about what its title, its abstract, its words say
_LENGTHS = (0.6, 1.0, 1.05)  # what one, two and three words are worth: more words say more
_OF, _GENERIC = 0.4, 0.85  # "notion of fairness", "pre-trained models"


@dataclass(frozen=True)
class TitlePhrase:
    text: str
    new: frozenset[str]  # stems of its words that the question lacks
    strength: Mapping[int, float]  # of the papers that have all its words: how much each is about it, 0..1
    literal: frozenset[int]  # the papers of these that have it word for word
    worth: float  # how well it reads, about 1


def find_title_phrases(
    papers: Sequence[Paper], question: str, resources: Collection[str] = ()
) -> tuple[TitlePhrase, ...]:
    """By text. question: with all that is known to mean the same, as no section is named by what was asked. resources:
    names of data sets, by which no section is named either: papers of any theme try their work on one.
    """
    found = noun_phrases.build_lexicon([paper.text for paper in papers])
    asked = frozenset(stems(question)) | _initials(question)
    named = frozenset(map(_fold_name, resources))
    phrases = (
        _title_phrase(phrase, found, asked)
        for phrase in found.phrases.values()
        if _is_apt(phrase, found, asked) and not _is_measure(phrase, asked) and not _is_resource(phrase, named)
    )
    return tuple(sorted((phrase for phrase in phrases if not _is_bare(phrase.text)), key=lambda phrase: phrase.text))


def prepare_phrases(paper: Paper) -> None:
    """Read one of the papers of a later `find_title_phrases`, which then takes half the time."""
    noun_phrases.read_runs(paper.text)


def _initials(question: str) -> frozenset[str]:
    """How the terms of a question may be abbreviated: "nlp" for natural language processing."""
    letters = "".join(word[0] for word in tokens(question) if not is_stop(word))
    runs = (letters[i : i + n] for n in (2, 3, 4) for i in range(len(letters) - n + 1))
    return frozenset(form for run in runs for form in (run, f"{run}s"))


def _is_apt(phrase: Phrase, found: Lexicon, asked: frozenset[str]) -> bool:
    new = [word for word in phrase.words if not noun_phrases.bare_stems([word]) <= asked and not is_stop(word)]
    fits = len(" ".join(phrase.words)) <= LIMIT and any(not is_generic(word) for word in new)
    return fits and noun_phrases.is_title(phrase, found)


def _is_measure(phrase: Phrase, asked: frozenset[str]) -> bool:
    """ "Retrieval recall", unless the question is about measuring."""
    return stem(phrase.words[-1]) in _MEASURES and asked.isdisjoint(_MEASURING)


def _is_resource(phrase: Phrase, named: frozenset[str]) -> bool:
    """ "WikiSQL", "nuScenes dataset"."""
    return _fold_name(" ".join(word for word in phrase.words if stem(word) not in _RESOURCES)) in named


def _fold_name(name: str) -> str:
    return re.sub(r"[\W_]", "", name).casefold()


def _title_phrase(phrase: Phrase, found: Lexicon, asked: frozenset[str]) -> TitlePhrase:
    papers = found.loosely(noun_phrases.bare_stems(phrase.words))
    strength = dict.fromkeys(sorted(papers), _LOOSE)
    strength |= {i: _TITLED if phrase.weight[i] >= 3 else _LITERAL for i in papers & phrase.weight.keys()}
    return TitlePhrase(
        noun_phrases.restore_case(phrase.words, found),
        frozenset(phrase.stems) - asked,
        strength,
        frozenset(papers & phrase.weight.keys()),
        _worth(phrase, len(papers)),
    )


def _worth(phrase: Phrase, papers: int) -> float:
    """A phrase whose words often stand apart is hardly a term; one that stands in titles is."""
    worth = _LENGTHS[min(len(phrase.words), len(_LENGTHS)) - 1] * (0.7 + 0.3 * len(phrase.weight) / papers)
    worth *= 1.1 if phrase.titled else 1.0
    worth *= _OF if "of" in phrase.words else 1.0
    return worth * (_GENERIC if any(is_generic(word) for word in phrase.words) else 1.0)


def _is_bare(text: str) -> bool:
    """ "Facts", unlike "LiDAR" and "self-attention"."""
    return text.isalpha() and text[1:] == text[1:].lower()
