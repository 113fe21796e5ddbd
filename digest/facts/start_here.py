"""What to read first: a few papers of an edition, each of another kind, with the reason in one line. Pure.

Invariant: a reason is true of its paper among all that answer the question: "the newest" is never the second newest;
"the most cited" is so among all that are shown. No paper stands twice; none that was withdrawn is named, and one at the
edge of the question only where hardly any is nearer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import median

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
Choose = Callable[[Sequence[EditionPaper]], Choice | None]


def choose_start(papers: Sequence[EditionPaper], kind: EditionKind) -> tuple[StartPaper, ...]:
    """3 to 5 papers in the order in which to read them; none where there are too few to choose from."""
    if len(papers) < _SMALLEST_EDITION:
        return ()
    live = [paper for paper in papers if not paper.is_withdrawn]
    core = [paper for paper in live if paper.core]
    fit = core if len(core) >= _FEWEST else _by_relevance(live)[:_SMALLEST_EDITION]
    most = min(_MOST, len(papers) // 2)
    chosen: dict[int, StartPaper] = {}
    for name, choose in _choices(papers, kind):
        if len(chosen) < most and (found := choose(fit)) and found[0].number not in chosen:
            chosen[found[0].number] = StartPaper(found[0].number, name, found[1])
    for paper in _by_relevance(fit):
        if len(chosen) < _FEWEST and paper.number not in chosen:
            reason = lazy_gettext("among the nearest to the question")
            chosen[paper.number] = StartPaper(paper.number, "relevant", reason)
    return tuple(sorted(chosen.values(), key=lambda start: _READING_ORDER.index(start.kind)))  # else as chosen


def _choices(papers: Sequence[EditionPaper], kind: EditionKind) -> list[tuple[StartKind, Choose]]:
    """What is chosen, the most useful first. papers: all that are shown."""
    surveys, benchmarks = (sum(paper.facts.role == role for paper in papers) for role in ("survey", "benchmark"))
    best_survey = lazy_ngettext("the survey of the field", "the most relevant of {n} surveys of the field", surveys)
    best_benchmark = lazy_ngettext(
        "the benchmark or data set", "the most relevant of {n} benchmarks and data sets", benchmarks
    )
    typical = median(map(_relevance, papers))
    of_survey: list[tuple[StartKind, Choose]] = [("new", _newest)] if kind == "survey" else []
    of_digest: list[tuple[StartKind, Choose]] = [("new", _new_to_topic)] if kind == "digest" else []
    return [
        ("survey", lambda fit: _of_role(fit, "survey", best_survey)),
        ("central", _central),
        *of_digest,
        ("cited", lambda fit: _cited(papers, fit)),
        ("code", lambda fit: _newest_with_code(fit, typical)),
        ("benchmark", lambda fit: _of_role(fit, "benchmark", best_benchmark)),
        ("relevant", _relevant),
        *of_survey,
        ("theory", lambda fit: _of_role(fit, "theory", lazy_gettext("the most relevant theory"))),
        ("application", lambda fit: _of_role(fit, "application", lazy_gettext("the most relevant application"))),
        ("position", lambda fit: _of_role(fit, "position", lazy_gettext("the most relevant position paper"))),
    ]


def _by_relevance(papers: Sequence[EditionPaper]) -> list[EditionPaper]:
    """The nearest to the question first; where nothing was graded, the most central."""
    return sorted(papers, key=lambda paper: (-_relevance(paper), -(paper.facts.centrality or 0.0), paper.number))


def _relevance(paper: EditionPaper) -> float:
    return paper.relevance or 0.0


def _nearest_third(papers: Sequence[EditionPaper]) -> list[EditionPaper]:
    return _by_relevance(papers)[: max(_FEWEST, len(papers) // 3)]


def _of_role(papers: Sequence[EditionPaper], role: PaperRole, reason: AnyText) -> Choice | None:
    found = _by_relevance([paper for paper in papers if paper.facts.role == role])
    return (found[0], reason) if found else None


def _central(papers: Sequence[EditionPaper]) -> Choice | None:
    """The method that is near to the others and to the question."""
    placed = [paper for paper in papers if paper.facts.centrality is not None]
    methods = [paper for paper in placed if paper.facts.role == "method"]
    if not placed:
        return None
    found = max(methods or placed, key=lambda paper: (paper.facts.centrality or 0.0) + _relevance(paper))
    return found, lazy_gettext("the most central method") if methods else lazy_gettext("the most central paper")


def _newest_with_code(papers: Sequence[EditionPaper], typical: float) -> Choice | None:
    """typical: the relevance below which nobody is sent to a paper for its code."""
    found = [paper for paper in papers if paper.facts.code_url]
    near = [paper for paper in found if _relevance(paper) >= typical]
    if not near:
        return None
    newest = _latest(near)
    if newest == _latest(found):
        return newest, lazy_gettext("the newest with code")
    return newest, lazy_gettext("the newest with code among the more relevant")


def _newest(papers: Sequence[EditionPaper]) -> Choice | None:
    return _latest(_nearest_third(papers)), lazy_gettext("the newest of the most relevant")


def _new_to_topic(papers: Sequence[EditionPaper]) -> Choice | None:
    found = [paper for paper in _nearest_third(papers) if paper.facts.novelty is not None]
    if not found:
        return None
    reason = lazy_gettext("the most unlike what earlier digests had")
    return max(found, key=lambda paper: paper.facts.novelty or 0.0), reason


def _cited(papers: Sequence[EditionPaper], fit: Sequence[EditionPaper]) -> Choice | None:
    """The most cited of all papers that are shown, if it is among those to send readers to."""
    found = max(papers, key=lambda paper: paper.facts.citations or 0)
    citations = found.facts.citations or 0
    if citations < _FEWEST_CITATIONS or found not in fit:
        return None
    return found, lazy_ngettext("the most cited: {n} citation", "the most cited: {n} citations", citations)


def _relevant(papers: Sequence[EditionPaper]) -> Choice | None:
    found = _by_relevance(papers)[0]
    return (found, lazy_gettext("the nearest to the question")) if found.relevance is not None else None


def _latest(papers: Sequence[EditionPaper]) -> EditionPaper:
    return max(papers, key=lambda paper: (paper.published, _relevance(paper)))
