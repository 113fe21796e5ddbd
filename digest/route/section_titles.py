"""Section titles by TF-IDF of noun phrases, pure: what sets each section apart from the others.

Invariant: one title per section, none empty, all different, at most LIMIT characters, made only of words that the
section's own papers use.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from digest.ports import Vectors
from digest.text import noun_phrases
from digest.text.noun_phrases import Lexicon, Phrase
from store.records.editions import Paper
from store.text.tokens import is_generic, is_stop, stems

LIMIT = 60
_COMMON = 0.4  # in more than this share of the other sections' papers, a phrase sets no section apart
_SHORTLIST = 40  # phrases a section that are embedded
_SHARE = 1 / 3  # of a section's papers: what fewer have is not what the section is about, where more have another
_NARROW = 0.2  # what a phrase counts for that fewer have
_SPARE = 0.1  # what a phrase of one paper's title counts for: it serves where nothing is left that papers share


@dataclass(frozen=True)
class _Candidate:
    text: str
    stems: frozenset[str]
    score: float
    papers: frozenset[int]  # of the section, as numbers over all


def title_sections(
    groups: Sequence[Sequence[Paper]],
    *,
    question: str,
    embed: Callable[[Sequence[str]], Vectors],
    vectors: Sequence[Vectors] | None = None,
) -> tuple[str, ...]:
    """One title for each group of papers, in their order.

    question: its own words name no section, as they would name them all. embed: texts -> (n, d), the model of
    `vectors`. vectors: of the papers, group by group; without them the wording alone decides.
    """
    papers = [paper for group in groups for paper in group]
    found = noun_phrases.build_lexicon([paper.text for paper in papers])
    numbers = _numbers(groups)
    shortlists = [_shortlist(found, own, len(papers), frozenset(stems(question))) for own in numbers]
    if vectors is not None and len(groups) > 1:
        shortlists = _rank_by_meaning(shortlists, embed, vectors)
    return _choose_distinct([_phrasings(shortlist) for shortlist in shortlists], groups)


def _numbers(groups: Sequence[Sequence[Paper]]) -> list[frozenset[int]]:
    ends = np.cumsum([len(group) for group in groups]).tolist()
    return [frozenset(range(end - len(group), end)) for end, group in zip(ends, groups, strict=True)]


def _shortlist(found: Lexicon, own: frozenset[int], n: int, asked: frozenset[str]) -> list[_Candidate]:
    near = [p for p in found.phrases.values() if not own.isdisjoint(p.weight) and _is_apt(p, found, asked)]
    apart = [p for p in near if len(p.weight.keys() - own) <= _COMMON * max(1, n - len(own))]
    shared = [p for p in apart if _is_shared(p, found, own, asked)]
    spare = [p for p in apart if p.titled and p not in shared and len(p.words) > 1]
    ranked = (sorted((_candidate(p, found, own, n, asked) for p in some), key=_rank) for some in (shared, spare))
    first, second = ranked
    return first[:_SHORTLIST] + [replace(c, score=c.score * _SPARE) for c in second[:_SHORTLIST]]


def _is_apt(phrase: Phrase, found: Lexicon, asked: frozenset[str]) -> bool:
    """Whether it reads as a heading, and says something that the question does not."""
    fits = len(" ".join(phrase.words)) <= LIMIT and noun_phrases.is_title(phrase, found)
    new = [word for word in phrase.words if not noun_phrases.bare_stems([word]) <= asked and not is_stop(word)]
    return fits and any(not is_generic(word) for word in new)


def _is_shared(phrase: Phrase, found: Lexicon, own: frozenset[int], asked: frozenset[str]) -> bool:
    """In two papers to the word; or in one paper's title, with its words in another paper: else it is one paper's.

    One word alone says little: it must be what many of them are about.
    """
    literally, needed = len(own & phrase.weight.keys()), 2 if len(own) > 2 else 1
    if len(phrase.words) == 1:
        return literally >= max(needed, 0.3 * len(own)) and phrase.titled >= needed
    loosely = own & found.loosely(noun_phrases.bare_stems(phrase.words) - asked)
    return literally >= needed or (phrase.titled > 0 and len(loosely) >= max(3, _SHARE * len(own)))


def _candidate(phrase: Phrase, found: Lexicon, own: frozenset[int], n: int, asked: frozenset[str]) -> _Candidate:
    new = noun_phrases.bare_stems(phrase.words) - asked
    loosely = found.loosely(new)
    return _Candidate(
        noun_phrases.restore_case(phrase.words, found), new, _worth(phrase, loosely, own, n), own & loosely
    )


def _worth(phrase: Phrase, loosely: frozenset[int], own: frozenset[int], n: int) -> float:
    """Class-based TF-IDF over papers: how much of this section it covers, how rare it is, how little others have it."""
    credit = sum(min(phrase.weight[i], 4.0) if i in phrase.weight else 0.5 for i in own & loosely) / len(own)
    inside, outside = len(own & loosely) / len(own), len(loosely - own) / max(1, n - len(own))
    rarity = float(np.log(1 + n / len(loosely)))
    broad = 1.0 if len(own & phrase.weight.keys()) >= _SHARE * len(own) else _NARROW
    length = (0.6, 1.15, 1.2)[min(3, len(phrase.words)) - 1]  # two or three words say more than one
    return float(np.sqrt(credit * inside)) * rarity * (inside / (inside + outside)) * length * broad


def _rank_by_meaning(
    shortlists: list[list[_Candidate]], embed: Callable[[Sequence[str]], Vectors], vectors: Sequence[Vectors]
) -> list[list[_Candidate]]:
    """Weigh each phrase by whether it points from the middle of all papers towards this section."""
    texts = sorted({candidate.text for shortlist in shortlists for candidate in shortlist})
    if not texts:
        return shortlists
    embedded = dict(zip(texts, _unit(np.asarray(embed(texts), dtype=np.float64)), strict=True))
    middle = np.vstack(vectors).mean(axis=0)
    return [
        sorted((_weigh_direction(c, embedded[c.text], rows.mean(axis=0) - middle) for c in shortlist), key=_rank)
        for shortlist, rows in zip(shortlists, vectors, strict=True)
    ]


def _rank(candidate: _Candidate) -> tuple[float, str]:
    return -candidate.score, candidate.text


def _weigh_direction(candidate: _Candidate, vector: NDArray[np.float64], towards: NDArray[np.floating]) -> _Candidate:
    cosine = float(vector @ _unit(np.asarray(towards, dtype=np.float64)))
    return _Candidate(candidate.text, candidate.stems, candidate.score * max(0.05, cosine + 0.2), candidate.papers)


def _unit(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    norms = np.linalg.norm(rows, axis=-1, keepdims=True)
    return np.asarray(rows / np.where(norms > 0, norms, 1.0), dtype=np.float64)


def _phrasings(shortlist: Sequence[_Candidate]) -> list[tuple[_Candidate, ...]]:
    """Possible titles of one section, best first: two phrases that name different papers, or one."""
    best = _drop_contained(shortlist)
    found: list[tuple[_Candidate, ...]] = []
    for first in best[:8]:
        others = [c for c in best if _goes_with(c, first)]
        others.sort(key=lambda c: (-_new_share(c, first) * c.score, c.text))
        found += [*((first, second) for second in others[:2]), (first,)]
    return found


def _drop_contained(shortlist: Sequence[_Candidate]) -> list[_Candidate]:
    """Drop what a better phrase holds, and put the fuller of two phrases first where nearly the same papers have it."""
    kept: list[_Candidate] = []
    for candidate in shortlist:
        wider = [k for k in kept if k.stems >= candidate.stems or k.stems <= candidate.stems]
        if not wider:
            kept.append(candidate)
        elif candidate.stems > wider[0].stems and _is_fuller(candidate, wider[0]):
            kept[kept.index(wider[0])] = _Candidate(candidate.text, candidate.stems, wider[0].score, candidate.papers)
    return kept


def _is_fuller(longer: _Candidate, shorter: _Candidate) -> bool:
    return len(longer.papers) >= 0.5 * len(shorter.papers) and longer.score >= 0.3 * shorter.score


def _goes_with(second: _Candidate, first: _Candidate) -> bool:
    """One good phrase is better than a pair with a weak half."""
    fits = len(first.text) + len(" and ") + len(second.text) <= LIMIT
    solid = any(c in " -" or c.isupper() for c in second.text) and second.score >= 0.6 * first.score
    return fits and solid and not noun_phrases.are_alike(second.text, first.text) and _new_share(second, first) > 0


def _new_share(second: _Candidate, first: _Candidate) -> float:
    """The share of the second phrase's papers that the first does not name already."""
    return len(second.papers - first.papers) / len(second.papers)


def _join_phrases(phrases: Sequence[_Candidate]) -> str:
    text = " and ".join(phrase.text for phrase in phrases)
    word = text.split(" ", 1)[0]
    return text[0].upper() + text[1:] if word == word.lower() else text


def _choose_distinct(
    phrasings: Sequence[Sequence[tuple[_Candidate, ...]]], groups: Sequence[Sequence[Paper]]
) -> tuple[str, ...]:
    """The section with most right to a phrase takes it; the others take their next."""
    chosen: dict[int, str] = {}
    used: set[frozenset[str]] = set()
    for section in sorted(range(len(groups)), key=lambda i: (-phrasings[i][0][0].score if phrasings[i] else 0.0, i)):
        mine = next((p for p in phrasings[section] if used.isdisjoint(phrase.stems for phrase in p)), ())
        used.update(phrase.stems for phrase in mine)
        options = [_join_phrases(mine)] if mine else []
        taken = {text.casefold() for text in chosen.values()}
        options += _last_resorts(groups[section], section)
        chosen[section] = next(text for text in options if text.casefold() not in taken)
    return tuple(chosen[i] for i in range(len(groups)))


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
