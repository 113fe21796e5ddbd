"""What is told of one or a few papers of an edition without a language model: from their abstracts and facts.

Invariant: pure; every sentence is the paper's own, or a fact that is recorded, and carries its number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from digest.text.sentences import split
from store.records.editions import Counts, Edition, EditionPaper, FilterReport, Paper, RouteReport
from store.records.lazy_text import AnyText, LazyText, join_sentences, lazy_gettext, lazy_ngettext

_SENTENCES = 6  # of an abstract that are told where a summary has no parts
_LEAD = 2  # likewise, of each of several papers
_ROLES: Mapping[str, LazyText] = {
    "survey": lazy_gettext("It is a survey."),
    "benchmark": lazy_gettext("It is a benchmark or a data set."),
    "method": lazy_gettext("It proposes a method."),
    "application": lazy_gettext("It is an application."),
    "theory": lazy_gettext("It is theory."),
    "position": lazy_gettext("It is a position paper."),
}


def edition_of_papers(papers: Sequence[Paper], question: str, language: str, now: datetime) -> Edition:
    """Papers that are asked about beside any edition, as one that is kept nowhere."""
    shown = tuple(
        replace(EditionPaper.alone(paper), number=number, reason=lazy_gettext("the paper that the question names"))
        for number, paper in enumerate(papers, start=1)
    )
    return Edition(
        id="",
        kind="survey",
        title=question,
        question=question,
        topic="",
        slot=None,
        since=None,
        until=None,
        language=language,
        created_at=now,
        queries=(),
        counts=Counts(kept=len(shown)),
        filter=FilterReport(""),
        papers=shown,
        route=RouteReport(),
        opening="",
        sections=(),
        health=(),
        usage=(),
    )


def describe_paper(paper: EditionPaper, abstract: str) -> AnyText:
    """A paragraph for each thing that is known of it."""
    summary, mark = paper.summary, f"[{paper.number}]"
    labels = (lazy_gettext("Problem"), lazy_gettext("Method"), lazy_gettext("Result"))
    parts = zip(labels, (summary.problem, summary.method, summary.result), strict=True)
    told: list[AnyText] = [
        _marked(lazy_gettext("{label}: {text}", label=label, text=part), mark) for label, part in parts if part
    ]
    if not told:
        told = [_marked(" ".join(split(abstract)[:_SENTENCES]), mark)]
    if facts := _facts(paper):
        told.append(join_sentences(*facts))
    return _paragraphs(told)


def compare_papers(papers: Sequence[EditionPaper]) -> AnyText:
    """What they are recorded to share, and which is the newer."""
    marks = tuple(f"[{paper.number}]" for paper in papers)
    told: list[AnyText] = [lazy_gettext("{papers:series} side by side.", papers=marks)]
    if methods := _shared([paper.facts.methods for paper in papers]):
        told.append(lazy_gettext("All of them name {methods:all}.", methods=methods))
    if datasets := _shared([paper.facts.datasets for paper in papers]):
        told.append(lazy_gettext("All of them use the data of {datasets:all}.", datasets=datasets))
    first, *_, last = sorted(papers, key=lambda paper: paper.published)
    if first.published.date() != last.published.date():
        days = [f"{paper.published:%Y-%m-%d}" for paper in (first, last)]
        oldest, newest = (f"[{paper.number}]" for paper in (first, last))
        told.append(
            lazy_gettext(
                "{first} is of {day}, {last} of {other}.", first=oldest, day=days[0], last=newest, other=days[1]
            )
        )
    return join_sentences(*told)


def gist_of(paper: EditionPaper, abstract: str) -> str:
    """What it does and what came of it, for a line beside others."""
    summary = paper.summary
    told = " ".join(filter(None, (summary.method, summary.result)))
    return told or " ".join(split(summary.text or abstract)[:_LEAD])


def _facts(paper: EditionPaper) -> list[AnyText]:
    facts = paper.facts
    told: list[AnyText] = [_ROLES[facts.role]] if facts.role in _ROLES else []
    if facts.venue:
        told.append(lazy_gettext("It appeared at {venue}.", venue=facts.venue))
    if facts.citations:
        told.append(lazy_ngettext("{n} paper cites it.", "{n} papers cite it.", facts.citations))
    if facts.methods:
        told.append(lazy_gettext("Methods that it names: {names:series}.", names=facts.methods[:6]))
    if facts.datasets:
        told.append(lazy_gettext("Data that it names: {names:series}.", names=facts.datasets[:6]))
    return told


def _shared(names: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    first, *others = names
    return tuple(name for name in first if all(name in other for other in others))


def _marked(text: AnyText, mark: str) -> AnyText:
    return LazyText("{text} {mark}", values={"text": text, "mark": mark})


def _paragraphs(told: Sequence[AnyText]) -> AnyText:
    whole = told[0]
    for one in told[1:]:
        whole = LazyText("{text}\n\n{next}", values={"text": whole, "next": one})
    return whole
