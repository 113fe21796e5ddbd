"""What to read first: a few papers of an edition, each of another kind, with the reason in one line. Pure.

Invariant: a reason is true of its paper among all that are shown: "the newest" is never the second newest. No paper
stands twice; one that was withdrawn, or is at the edge of the question, is never named.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from store.records.editions import EditionKind, EditionPaper
from store.records.lazy_text import AnyText, lazy_gettext, lazy_ngettext
from store.records.paper_facts import PaperRole, StartKind, StartPaper

_MOST, _FEWEST = 5, 3
_SMALLEST_EDITION = 6  # papers; fewer are read whole
_FEWEST_CITATIONS = 10  # below, "the most cited" tells nothing
_READING_ORDER: tuple[StartKind, ...] = (
    "survey",
    "relevant",
    "cited",
    "central",
    "theory",
    "benchmark",
    "application",
    "code",
    "new",
    "position",
)
Choice = tuple[EditionPaper, AnyText]


def choose_start(papers: Sequence[EditionPaper], kind: EditionKind) -> tuple[StartPaper, ...]:
    """3 to 5 papers in the order in which to read them; none where there are too few to choose from."""
    fit = [paper for paper in papers if paper.core and not paper.is_withdrawn]
    if len(fit) < _SMALLEST_EDITION:
        return ()
    most = min(_MOST, len(fit) // 2)
    chosen: dict[int, StartPaper] = {}
    for name, choose in _choices(kind):
        if len(chosen) < most and (found := choose(fit)) and found[0].number not in chosen:
            chosen[found[0].number] = StartPaper(found[0].number, name, found[1])
    for paper in _by_relevance(fit):
        if len(chosen) < _FEWEST and paper.number not in chosen:
            reason = lazy_gettext("among the nearest to the question")
            chosen[paper.number] = StartPaper(paper.number, "relevant", reason)
    return tuple(sorted(chosen.values(), key=lambda start: (_READING_ORDER.index(start.kind), start.paper)))


def _choices(kind: EditionKind) -> list[tuple[StartKind, Callable[[Sequence[EditionPaper]], Choice | None]]]:
    """What is chosen, the most useful first."""
    return [
        ("survey", _survey),
        ("central", _central),
        ("new", _new_to_topic) if kind == "digest" else ("cited", _cited),
        ("code", _newest_with_code),
        ("benchmark", _benchmark),
        ("cited", _cited),
        ("relevant", _relevant),
        ("new", _newest),
        ("theory", lambda papers: _of_role(papers, "theory", lazy_gettext("the most relevant of the theory"))),
        ("application", lambda papers: _of_role(papers, "application", lazy_gettext("the most relevant application"))),
        ("position", lambda papers: _of_role(papers, "position", lazy_gettext("the most relevant position paper"))),
    ]


def _by_relevance(papers: Sequence[EditionPaper]) -> list[EditionPaper]:
    """The nearest to the question first; where nothing was graded, the most central."""
    return sorted(papers, key=lambda paper: (-_relevance(paper), -(paper.facts.centrality or 0.0), paper.number))


def _relevance(paper: EditionPaper) -> float:
    return paper.relevance or 0.0


def _nearer_half(papers: Sequence[EditionPaper]) -> list[EditionPaper]:
    return _by_relevance(papers)[: (len(papers) + 1) // 2]


def _of_role(papers: Sequence[EditionPaper], role: PaperRole, reason: AnyText) -> Choice | None:
    found = _by_relevance([paper for paper in papers if paper.facts.role == role])
    return (found[0], reason) if found else None


def _survey(papers: Sequence[EditionPaper]) -> Choice | None:
    count = sum(paper.facts.role == "survey" for paper in papers)
    reason = lazy_ngettext("the survey of the field", "the most relevant of {n} surveys of the field", count)
    return _of_role(papers, "survey", reason)


def _benchmark(papers: Sequence[EditionPaper]) -> Choice | None:
    count = sum(paper.facts.role == "benchmark" for paper in papers)
    reason = lazy_ngettext("the benchmark or data set", "the most relevant of {n} benchmarks and data sets", count)
    return _of_role(papers, "benchmark", reason)


def _central(papers: Sequence[EditionPaper]) -> Choice | None:
    """The method that is near to the others and to the question."""
    placed = [paper for paper in papers if paper.facts.centrality is not None]
    methods = [paper for paper in placed if paper.facts.role == "method"]
    if not placed:
        return None
    found = max(methods or placed, key=lambda paper: (paper.facts.centrality or 0.0) + _relevance(paper))
    return found, lazy_gettext("the most central method") if methods else lazy_gettext("the most central paper")


def _newest_with_code(papers: Sequence[EditionPaper]) -> Choice | None:
    found = [paper for paper in _nearer_half(papers) if paper.facts.code_url]
    return (_latest(found), lazy_gettext("the newest with code")) if found else None


def _newest(papers: Sequence[EditionPaper]) -> Choice | None:
    return _latest(_nearer_half(papers)), lazy_gettext("the newest of the most relevant")


def _new_to_topic(papers: Sequence[EditionPaper]) -> Choice | None:
    found = [paper for paper in _nearer_half(papers) if paper.facts.novelty is not None]
    if not found:
        return None
    reason = lazy_gettext("the most unlike what earlier digests had")
    return max(found, key=lambda paper: paper.facts.novelty or 0.0), reason


def _cited(papers: Sequence[EditionPaper]) -> Choice | None:
    found = max(papers, key=lambda paper: paper.facts.citations or 0)
    citations = found.facts.citations or 0
    if citations < _FEWEST_CITATIONS:
        return None
    return found, lazy_ngettext("the most cited: {n} citation", "the most cited: {n} citations", citations)


def _relevant(papers: Sequence[EditionPaper]) -> Choice | None:
    found = _by_relevance(papers)[0]
    return (found, lazy_gettext("the nearest to the question")) if found.relevance is not None else None


def _latest(papers: Sequence[EditionPaper]) -> EditionPaper:
    return max(papers, key=lambda paper: (paper.published, _relevance(paper)))
