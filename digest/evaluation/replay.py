"""Replay of a topic's archive: with what a reader kept of the first half of its digests, how high does what the same
reader keeps of the second half stand?

Invariant: pure; a digest's papers are ranked among themselves, once by the relevance that they had without anybody's
feedback and once with the reader's keeps of the first half alone, so that nothing of the second half is known
beforehand. Simulated readers keep by a plain rule (a word, a category), never by the vectors that the ranking compares.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from digest.ports import Vectors
from digest.ranking.feedback import Examples, change_relevance
from digest.text.noun_phrases import build_lexicon, is_title
from store.records.editions import Paper
from store.records.feedback import OPERATOR_READER, Feedback
from store.text.tokens import stems

_READERS = 10  # of either kind
_FEWEST_KEEPS = 3  # in each half
_SHARE = (0.015, 0.25)  # of the papers: somebody who keeps more has no interest of their own
_ABOUT = 3.0  # of what `build_lexicon` weighs
_LIKENESS = 0.4  # share of common papers from which on two simulated readers are one
_MOST_USUAL = 300
_SOME_DAY = datetime(2000, 1, 1, tzinfo=UTC)  # when something was kept plays no part


@dataclass(frozen=True)
class ArchivedPaper:
    """relevance: that it had in its digest, without what readers said."""

    paper: Paper
    relevance: float


@dataclass(frozen=True)
class ReplayReader:
    name: str
    kept: frozenset[str]  # ids


@dataclass(frozen=True)
class ReplayOutcome:
    """Of one reader. Ranks are means over what was held out, 1 the best; shown: of how many papers."""

    reader: ReplayReader
    keeps: int  # of the first half
    held_out: int  # of the second
    shown: float
    without: float
    with_feedback: float


Digests = Sequence[Sequence[ArchivedPaper]]  # the oldest first


def replay(reader: ReplayReader, digests: Digests, vectors: Mapping[str, Vectors]) -> ReplayOutcome | None:
    """None where there is too little to tell from. vectors: by id, (d,), of length 1."""
    first, second = digests[: len(digests) // 2], digests[len(digests) // 2 :]
    earlier = [one.paper for papers in first for one in papers]
    kept = [paper for paper in earlier if paper.id in reader.kept]
    before, after, shown = list[float](), list[float](), list[int]()
    for papers in second:
        held_out = [at for at, one in enumerate(papers) if one.paper.id in reader.kept]
        if not held_out or not kept:
            continue
        plain = np.array([one.relevance for one in papers])
        moved = np.clip(plain + _changes([one.paper for one in papers], kept, earlier, vectors), 0, 1)
        before += [_rank(plain, at) for at in held_out]
        after += [_rank(moved, at) for at in held_out]
        shown += [len(papers)] * len(held_out)
    if min(len(kept), len(before)) < _FEWEST_KEEPS:
        return None
    figures = [float(np.mean(values)) for values in (shown, before, after)]
    return ReplayOutcome(reader, len(kept), len(before), *figures)


def simulate_readers(digests: Digests, question: str) -> list[ReplayReader]:
    """Readers with interests of their own, and not the topic's: each keeps what is about one thing, or one category."""
    papers = [one.paper for digest in digests for one in digest]
    categories = sorted({paper.primary_category for paper in papers})
    by_category = [
        ReplayReader(f"keeps {name}", frozenset(paper.id for paper in papers if paper.primary_category == name))
        for name in categories
    ]
    by_name = [ReplayReader(f"keeps what is about “{name}”", ids) for name, ids in _names(papers, question).items()]
    return _distinct(by_name, len(papers)) + _distinct(by_category, len(papers))


def _names(papers: Sequence[Paper], question: str) -> dict[str, frozenset[str]]:
    """What could be a section's title, with the ids of the papers that are about it: it stands in their title, or three
    times in their abstract.
    """
    lexicon, asked = build_lexicon([paper.text for paper in papers]), set(stems(question))
    phrases = [
        phrase
        for phrase in lexicon.phrases.values()
        if phrase.titled > 1
        and is_title(phrase, lexicon)
        and not (asked <= set(phrase.stems) or asked >= set(phrase.stems))
    ]
    return {
        " ".join(phrase.words): frozenset(papers[at].id for at, weight in phrase.weight.items() if weight >= _ABOUT)
        for phrase in phrases
    }


def _distinct(readers: Collection[ReplayReader], papers: int) -> list[ReplayReader]:
    """Those who keep most, of those who do not keep too much; of two who keep much the same, one."""
    fit = [one for one in readers if _SHARE[0] * papers <= len(one.kept) <= _SHARE[1] * papers]
    chosen = list[ReplayReader]()
    for one in sorted(fit, key=lambda one: (-len(one.kept), one.name)):
        if len(chosen) < _READERS and not any(_likeness(one.kept, other.kept) > _LIKENESS for other in chosen):
            chosen.append(one)
    return chosen


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other)


def _changes(
    papers: Sequence[Paper], kept: Sequence[Paper], earlier: Sequence[Paper], vectors: Mapping[str, Vectors]
) -> Vectors:
    """Of the papers' relevance, by what was kept, as `digest/feedback/adjustment.py` has it."""
    feedback = tuple(Feedback(OPERATOR_READER, "", "keep", paper.id, paper.title, _SOME_DAY) for paper in kept)
    examples = Examples(feedback, _matrix(kept, vectors), {})
    usual = _matrix([*papers, *earlier[-_MOST_USUAL:]], vectors)
    changes = change_relevance([()] * len(papers), _matrix(papers, vectors), usual, examples)
    return np.array([change.amount for change in changes])


def _matrix(papers: Sequence[Paper], vectors: Mapping[str, Vectors]) -> Vectors:
    return np.array([vectors[paper.id] for paper in papers], np.float32)


def _rank(scores: Vectors, at: int) -> float:
    """From 1, of those that are equal the mean."""
    return 1 + int((scores > scores[at]).sum()) + (int((scores == scores[at]).sum()) - 1) / 2


_HOW_TO_READ = """\
Each reader keeps papers of the first half. The rank is that of the papers that the same reader keeps of the second
half, each among the papers of its digest, on average: by relevance alone, and with what was kept. By chance it would be
the middle. Papers that no digest had room for are not ranked."""
_SIMULATED = """\
Simulated readers over these real papers: nobody kept anything. Each keeps, by rule, every paper that has a
thing in its title or three times in its abstract, or every paper of one primary category."""


def replay_markdown(topic: str, digests: Digests, outcomes: Sequence[ReplayOutcome], own: ReplayOutcome | None) -> str:
    """own: of what the topic's readers really kept, where they kept enough."""
    count = sum(map(len, digests))
    parts = [f"# Replay of {topic}", f"{len(digests)} digests with {count} papers.", _HOW_TO_READ]
    if own:
        parts += ["What readers of this topic kept:", _table([own])]
    if outcomes:
        parts += [_SIMULATED, _table(outcomes)]
    if not (own or outcomes):
        parts.append("The archive has too few papers to tell anything.")
    return "\n\n".join(parts) + "\n"


def _table(outcomes: Sequence[ReplayOutcome]) -> str:
    lines = ["| reader | kept | held out | papers | by relevance | with feedback |", "|---|---|---|---|---|---|"]
    for one in outcomes:
        figures = f"{one.shown:.1f} | {one.without:.1f} | {one.with_feedback:.1f}"
        lines.append(f"| {one.reader.name} | {one.keeps} | {one.held_out} | {figures} |")
    if len(outcomes) > 1:
        means = [np.mean([getattr(one, name) for one in outcomes]) for name in ("shown", "without", "with_feedback")]
        lines.append(f"| mean of {len(outcomes)} readers | | | {' | '.join(f'{mean:.1f}' for mean in means)} |")
    return "\n".join(lines)
