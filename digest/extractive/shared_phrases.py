"""Shared phrases: noun phrases that neighbouring papers, or most of a section, have in common. Pure.

Invariant: a phrase is named only as it stands in one of the texts (or in the plural), and only where all
the papers counted hold it (words compared by stem, in this order).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

from digest.text import noun_phrases
from digest.text.noun_phrases import Lexicon, Phrase
from digest.text.word_lists import NO_EDGE_WORDS
from store.text import tokens

_LATIN = re.compile(r"[A-Za-z][A-Za-z0-9-]*")  # "LoRAの動向" holds LoRA, though no blank sets it apart
_AUTOMATIC = tokens.stem("automatic")  # speech recognition is, whoever asked for it
_COUNTABLE = re.compile(
    r"(?:model|network|system|agent|algorithm|benchmark|dataset|field|transformer|encoder|decoder|adapter|graph|task"
    r"|image|language|user|matrix|prompt|token|layer|method|framework|corpus|attack|embedding|prior|trajectory|market"
    r"|mechanism|coefficient|function|process|cloud|architecture|classifier|detector|kernel|operator|policy|robot)$"
)


class SharedPhrases:
    """The phrases that two or more of some papers' texts hold and the question does not."""

    def __init__(self, texts: Sequence[str], *, question: str = "") -> None:
        self._lexicon = noun_phrases.build_lexicon(texts)
        self._everywhere = range(len(texts))
        self._shared = {
            key: phrase
            for key, phrase in self._lexicon.phrases.items()
            if len(phrase.weight) > 1 and not _is_in_question(key, question) and _is_telling(phrase, self._lexicon)
        }

    def find(
        self, papers: Collection[int] | None = None, *, least: float = 0.5, most: int = 3
    ) -> list[tuple[str, int]]:
        """Up to `most` phrases that at least this share of these texts (and two of them) hold, and how many do.

        The most telling first; none holds another. papers: numbers of texts; all of them where not given.
        """
        among = frozenset(self._everywhere if papers is None else papers)
        enough = max(2, least * len(among))
        known = {key: n for key, p in self._shared.items() if (n := len(among & p.weight.keys())) >= enough}
        chosen: dict[str, int] = {}
        for key in sorted(known, key=lambda key: (-known[key] * self._weigh(key), key)):
            longest = _longest_form(key, known)
            text = _spell(self._shared[longest], self._lexicon)
            if len(chosen) < most and not any(noun_phrases.are_alike(text, other) for other in chosen):
                chosen[text] = known[longest]
        return list(chosen.items())

    def _weigh(self, key: tuple[str, ...]) -> float:
        """A name says less than a phrase."""
        return 0.5 if len(self._shared[key].words) == 1 else 1.0 if len(key) == 2 else 1.15


def contains_phrase(phrase: str, text: str) -> bool:
    """Whether the text holds the phrase, in any inflection."""
    return " ".join(tokens.stems(phrase)) in " ".join(tokens.stems(text))


def _is_telling(phrase: Phrase, lexicon: Lexicon) -> bool:
    """Whether it names a topic; one word does where it is written as a name (LoRA, 3DGS, BERT)."""
    if len(phrase.words) > 1:
        return noun_phrases.is_title(phrase, lexicon)
    return phrase.stems not in noun_phrases.COMMONPLACE_STEMS and _is_name(
        noun_phrases.restore_case(phrase.words, lexicon)
    )


def _is_name(word: str) -> bool:
    parts = word.split("-")  # neither Low-Rank nor LLM-based is one, for all their capitals
    return len(word) > 2 and parts[-1] not in NO_EDGE_WORDS and any(sum(map(str.isupper, part)) > 1 for part in parts)


def _is_in_question(key: tuple[str, ...], question: str) -> bool:
    """Whether it says nothing that the question did not: its words, their initials, or those with a dull word more."""
    asked = tokens.stems(question) + tokens.stems(" ".join(_LATIN.findall(question)))
    initials = "".join(stem[0] for stem in asked if not tokens.is_stop(stem))
    rest = [stem for stem in key if stem not in asked]
    return all(tokens.is_generic(stem) or tokens.is_stop(stem) or stem == _AUTOMATIC for stem in rest) or (
        len(key) == 1 and key[0] in initials
    )


def _longest_form(key: tuple[str, ...], known: Mapping[tuple[str, ...], int]) -> tuple[str, ...]:
    """The longer phrase of which this one is nearly always a part: of the two, it says more."""
    longer = [k for k, n in known.items() if set(key) < set(k) and n >= 0.6 * known[key]]
    return max(longer, key=lambda k: (known[k], k), default=key)


def _spell(phrase: Phrase, lexicon: Lexicon) -> str:
    """ "reward models" for "reward model", which alone would want an article."""
    text = noun_phrases.restore_case(phrase.words, lexicon)
    match = _COUNTABLE.search(text)
    if not match or " " not in text:
        return text
    return text[: match.start()] + noun_phrases.pluralise(match.group())
