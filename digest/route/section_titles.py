"""Section titles by TF-IDF of title phrases, pure: what sets each section apart from the others.

Invariant: one title per section, none empty, all different, at most LIMIT characters, made only of words that the
section's own papers use.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from digest.route.title_phrases import LIMIT, TitlePhrase
from digest.text import noun_phrases
from digest.text.title_coverage import CARRIED
from store.records.editions import Paper
from store.text.tokens import is_stop

_COMMON = 0.4  # in more than this share of the other sections' papers, a phrase sets no section apart
_SHARE = 1 / 3  # of a section's papers: what fewer have is not what the section is about, where more have another
_NARROW = 0.2  # what a phrase counts for that fewer have
_SPARE = 0.1  # what a phrase of one paper counts for: it serves where nothing is left that papers share

_Option = tuple[float, TitlePhrase]


def title_sections(
    groups: Sequence[Sequence[int]], phrases: Sequence[TitlePhrase], papers: Sequence[Paper]
) -> tuple[str, ...]:
    """One title for each group of papers (their numbers), in their order. phrases: of all papers."""
    options = [_rank(frozenset(group), phrases, len(papers)) for group in groups]
    return _choose_distinct(options, [[papers[number] for number in group] for group in groups])


def _rank(own: frozenset[int], phrases: Sequence[TitlePhrase], n: int) -> list[_Option]:
    """Best first. What CARRIED of the papers have is better than anything that fewer have."""
    near = [phrase for phrase in phrases if not own.isdisjoint(phrase.literal)]
    apart = [phrase for phrase in near if len(phrase.literal - own) <= _COMMON * max(1, n - len(own))]
    options = [(_score(phrase, own, n), phrase) for phrase in apart]
    return sorted(options, key=lambda option: (_cover(option[1], own) < CARRIED, -option[0], option[1].text))


def _cover(phrase: TitlePhrase, own: Collection[int]) -> float:
    return len(phrase.strength.keys() & own) / len(own)


def _score(phrase: TitlePhrase, own: frozenset[int], n: int) -> float:
    """Class-based TF-IDF over papers: how much of this section it covers, how rare it is, how little others have it."""
    inside = phrase.strength.keys() & own
    share, outside = len(inside) / len(own), len(phrase.strength.keys() - own) / max(1, n - len(own))
    credit = sum(phrase.strength[paper] for paper in inside) / len(own)
    score = float(np.sqrt(credit * share) * np.log(1 + n / len(phrase.strength))) * share / (share + outside)
    literally = len(own & phrase.literal)
    score *= 1.0 if literally >= _SHARE * len(own) else _NARROW
    return phrase.worth * score * (1.0 if literally >= min(2, len(own)) else _SPARE)


def _choose_distinct(options: Sequence[Sequence[_Option]], groups: Sequence[Sequence[Paper]]) -> tuple[str, ...]:
    """The section with most right to a phrase takes it; the others take their next."""
    chosen: dict[int, str] = {}
    used: list[TitlePhrase] = []
    for section in sorted(range(len(groups)), key=lambda i: (-options[i][0][0] if options[i] else 0.0, i)):
        mine = next((phrase for _, phrase in options[section] if all(phrase.new != other.new for other in used)), None)
        titles = _last_resorts(groups[section], section)
        if mine:
            used.append(mine)
            titles.insert(0, capitalise(mine.text))
        taken = {text.casefold() for text in chosen.values()}
        chosen[section] = next(text for text in titles if text.casefold() not in taken)
    return tuple(chosen[i] for i in range(len(groups)))


def capitalise(text: str) -> str:
    """As a heading; mBERT and iPhone stay as they are."""
    word = text.split(" ", 1)[0]
    return text[0].upper() + text[1:] if word == word.lower() else text


def _last_resorts(group: Sequence[Paper], section: int) -> list[str]:
    """Where no phrase names the section: its papers' own titles, shortened; where they have none, its number."""
    return [text for paper in group if (text := _shorten(paper.title))] + [f"Section {section + 1}"]


def _shorten(title: str) -> str:
    text = max((" ".join(run) for run in noun_phrases.clauses(title)), key=len, default="")
    while len(text) > LIMIT or is_stop(text.rpartition(" ")[2]):
        text = text.rpartition(" ")[0] if " " in text else text[:LIMIT]
        if " " not in text:
            break
    return text
