"""Title phrases, pure: the noun phrases of a set of papers that could stand over some of them, and who has them.

Invariant: a phrase stands in some paper, word for word, reads as a heading, and says something that the question does
not say; a bare word is one only as a name or an acronym.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from digest.text import noun_phrases
from digest.text.noun_phrases import Lexicon, Phrase
from store.records.editions import Paper
from store.text.tokens import is_generic, is_stop, stems, tokens

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


def find_title_phrases(papers: Sequence[Paper], question: str) -> tuple[TitlePhrase, ...]:
    """By text. question: with all that is known to mean the same, as no section is named by what was asked."""
    found = noun_phrases.build_lexicon([paper.text for paper in papers])
    asked = frozenset(stems(question)) | _initials(question)
    phrases = (
        _title_phrase(phrase, found, asked) for phrase in found.phrases.values() if _is_apt(phrase, found, asked)
    )
    return tuple(sorted((phrase for phrase in phrases if not _is_bare(phrase.text)), key=lambda phrase: phrase.text))


def _initials(question: str) -> frozenset[str]:
    """How the terms of a question may be abbreviated: "nlp" for natural language processing."""
    letters = "".join(word[0] for word in tokens(question) if not is_stop(word))
    runs = (letters[i : i + n] for n in (2, 3, 4) for i in range(len(letters) - n + 1))
    return frozenset(form for run in runs for form in (run, f"{run}s"))


def _is_apt(phrase: Phrase, found: Lexicon, asked: frozenset[str]) -> bool:
    new = [word for word in phrase.words if not noun_phrases.bare_stems([word]) <= asked and not is_stop(word)]
    fits = len(" ".join(phrase.words)) <= LIMIT and any(not is_generic(word) for word in new)
    return fits and noun_phrases.is_title(phrase, found)


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
