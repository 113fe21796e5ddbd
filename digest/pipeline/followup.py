"""Follow-up questions about an edition, answered from that edition's papers alone, with its citations.

Invariant: a reply cites only papers of the edition, under the edition's numbers; papers from elsewhere in the store are
named as such, and only where "more like" one was asked for. What a paper's text says is never an instruction.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from digest.errors import NotFound, PaperRouteError, failure_usage, is_fatal
from digest.pipeline.about_papers import compare_papers, describe_paper, gist_of
from digest.pipeline.services import Services
from digest.ports import BriefPaper, Embedder, SectionBrief, Vectors
from digest.run_context import RunContext
from digest.text.citations import cited_numbers, resolve_citations
from digest.text.date_range import describe_period, find_period
from digest.text.sentences import split
from store import Store
from store.records.editions import Edition, EditionPaper, Paper, fingerprint
from store.records.lazy_text import AnyText, join_sentences, lazy_gettext, lazy_ngettext

_MOST_CONTEXT = 8  # papers that a question is answered from
_MOST_NEAR = 40
_MOST_RELATED = 8
_MOST_SENTENCES = 6
_EXTRACTS = lazy_gettext(
    "No language model was used: these are sentences of the abstracts, as their authors wrote them."
)
_NEAR_ENOUGH = 0.6  # of the best sentence's cosine


@dataclass(frozen=True)
class MoreLike:
    numbers: tuple[int, ...]  # the [n] of papers of the edition


@dataclass(frozen=True)
class FilterByPeriod:
    period: str  # in the words of digest.period


@dataclass(frozen=True)
class Shorten:
    """The edition in a few sentences."""


@dataclass(frozen=True)
class FollowUpQuestion:
    question: str


@dataclass(frozen=True)
class AboutPapers:
    """A question about some of the papers alone: "tell me more about [3]", "compare [2] and [5]"."""

    question: str
    numbers: tuple[int, ...]  # the [n] of papers of the edition


FollowUp = MoreLike | FilterByPeriod | Shorten | FollowUpQuestion | AboutPapers


@dataclass(frozen=True)
class RelatedPaper:
    """A paper of the store that the edition does not have."""

    id: str
    title: str
    url: str
    published: datetime


@dataclass(frozen=True)
class FollowUpReply:
    """text: paragraphs, citations as [n] of the edition; listed: its papers to be shown below, with what they say.

    beside: papers that the edition does not have.
    """

    text: AnyText
    listed: tuple[tuple[int, str], ...] = ()
    beside: tuple[RelatedPaper, ...] = ()
    note: AnyText = ""


def reply(edition: Edition, wish: FollowUp, services: Services, run: RunContext) -> FollowUpReply:
    """Raises NotFound (no such paper), ModelError, Cancelled."""
    if not edition.papers:
        return FollowUpReply(lazy_gettext("This edition has no papers, so there is nothing to tell from it."))
    if isinstance(wish, Shorten):
        return FollowUpReply(_shorten(edition))
    if isinstance(wish, MoreLike):
        return _more_like(edition, wish.numbers, services.store, services.embedder.model)
    if isinstance(wish, FilterByPeriod):
        return _filter_by_period(edition, wish.period, run.now)
    if isinstance(wish, AboutPapers):
        return _answer_about_papers(edition, wish, services, run)
    return _answer_from_papers(edition, wish.question, services, run)


def _shorten(edition: Edition) -> str:
    """The first words of the opening, and of each section the first sentence that rests on a paper."""
    known = {paper.number for paper in edition.papers}
    head = next(iter(split(edition.opening)), "")
    told = ((section.title, _first_cited_sentence(section.text, known)) for section in edition.sections)
    return "\n\n".join([head, *(f"{title}: {said}" for title, said in told if said)])


def _first_cited_sentence(text: str, known: set[int]) -> str:
    """Sentences are split paragraph by paragraph: a citation may stand behind the stop of its own."""
    found = [sentence for paragraph in text.split("\n\n") for sentence in split(paragraph)]
    return next((sentence for sentence in found if cited_numbers(sentence, known)), next(iter(found), ""))


def _more_like(edition: Edition, numbers: Sequence[int], store: Store, model: str) -> FollowUpReply:
    """The nearest to the middle of the papers that were named: within the edition, and in the rest of the store."""
    named = [_find_paper(edition, number) for number in numbers]
    inside = {paper.id: paper.number for paper in edition.papers}
    kept = store.papers.get([paper.id for paper in named])
    vectors = store.vectors.get([paper.text_hash for paper in kept.values()], model)
    if not vectors:
        raise NotFound(
            lazy_gettext("These papers have no vectors of the present model, so nothing can be compared with them.")
        )
    middle: Vectors = np.sum(list(vectors.values()), axis=0, dtype=np.float32)
    found = store.papers.get(id_ for id_, _ in store.vectors.nearest(model, middle, _MOST_NEAR))
    near = [paper for paper in found.values() if not paper.is_withdrawn]
    own = {paper.id for paper in named}
    here = [f"[{inside[paper.id]}]" for paper in near if paper.id in inside and paper.id not in own][:4]
    others = [paper for paper in near if paper.id not in inside][:_MOST_RELATED]
    markers = " ".join(f"[{paper.number}]" for paper in named)
    text: AnyText = (
        lazy_gettext("Nearest to {markers} among these papers: {found}.", markers=markers, found=" ".join(here))
        if here
        else lazy_gettext("Papers like {markers}:", markers=markers)
    )
    if not others:
        text = join_sentences(text, lazy_gettext("There is no other paper in the store."))
    return FollowUpReply(text, beside=tuple(map(_related_paper, others)))


def _related_paper(paper: Paper) -> RelatedPaper:
    return RelatedPaper(paper.id, paper.title, paper.url, paper.published)


def _find_paper(edition: Edition, number: int) -> EditionPaper:
    for paper in edition.papers:
        if paper.number == number:
            return paper
    raise NotFound(
        lazy_gettext("There is no paper [{number}] here.", number=str(number)),
        hint=lazy_gettext("They are numbered [1] to [{last}].", last=str(len(edition.papers))),
    )


def _filter_by_period(edition: Edition, words: str, now: datetime) -> FollowUpReply:
    asked = find_period(words, now)
    chosen = [
        paper
        for paper in edition.papers
        if (asked.since is None or paper.published >= asked.since)
        and (asked.until is None or paper.published < asked.until)
    ]
    if not chosen:
        years = sorted({paper.published.year for paper in edition.papers})
        return FollowUpReply(
            lazy_gettext(
                "None of these papers was submitted {period}: they are from {first} to {last}.",
                period=describe_period(asked),
                first=str(years[0]),
                last=str(years[-1]),
            )
        )
    head = lazy_ngettext(
        "{n} of the {all} papers was submitted {period}.",
        "{n} of the {all} papers were submitted {period}.",
        len(chosen),
        all=len(edition.papers),
        period=describe_period(asked),
    )
    return FollowUpReply(head, _with_gist(chosen))


def _answer_from_papers(edition: Edition, question: str, services: Services, run: RunContext) -> FollowUpReply:
    """Over the papers nearest to the question: a paragraph or two by a language model, else sentences of theirs."""
    store, model = services.store, services.synthesis
    vector = _question_vector(question, services.embedder, store, services.executor, run)
    chosen = _nearest_papers(edition, question, _cosines(edition, vector, store, services.embedder.model))
    papers = store.papers.get([paper.id for paper in chosen])
    if model.source == "extract":
        texts = {paper.number: _text(papers.get(paper.id), paper) for paper in chosen}
        said = _nearest_sentences(texts, vector, services.embedder, services.executor, run)
        return FollowUpReply(
            lazy_gettext("What comes nearest to that in these papers' abstracts:"), said, note=_EXTRACTS
        )
    without = FollowUpReply(lazy_gettext("These papers are nearest to the question."), _with_gist(chosen))
    return _write_answer(edition, question, chosen, papers, without, services, run)


def _answer_about_papers(edition: Edition, wish: AboutPapers, services: Services, run: RunContext) -> FollowUpReply:
    """From these papers alone: by a language model, else what their abstracts and facts say."""
    chosen = [_find_paper(edition, number) for number in wish.numbers]
    papers = services.store.papers.get([paper.id for paper in chosen])
    texts = {paper.number: _text(papers.get(paper.id), paper) for paper in chosen}
    if len(chosen) == 1:
        without = FollowUpReply(describe_paper(chosen[0], texts[chosen[0].number]), ((chosen[0].number, ""),))
    else:
        gists = tuple((paper.number, gist_of(paper, texts[paper.number])) for paper in chosen)
        without = FollowUpReply(compare_papers(chosen), gists)
    if services.synthesis.source == "extract":
        return replace(without, note=_EXTRACTS)
    return _write_answer(edition, wish.question, chosen, papers, without, services, run)


def _write_answer(
    edition: Edition,
    question: str,
    chosen: Sequence[EditionPaper],
    papers: Mapping[str, Paper],
    without: FollowUpReply,
    services: Services,
    run: RunContext,
) -> FollowUpReply:
    """By a language model, from these papers. without: the reply where it fails."""
    model = services.synthesis
    brief = SectionBrief(
        question,
        edition.language,
        question[:200],
        tuple(BriefPaper(paper.number, papers.get(paper.id) or _as_paper(paper), paper.summary) for paper in chosen),
        (0.5,) * (len(chosen) - 1),
    )
    try:
        text = run.result(services.executor.submit(model.section, brief, lambda _: None))
    except PaperRouteError as error:
        if is_fatal(error):
            raise
        run.count(failure_usage(error))
        return replace(without, note=lazy_gettext("No text could be written: {error}", error=error.summary))
    resolved = resolve_citations(text, {paper.number for paper in chosen})
    return FollowUpReply(resolved.text, note=model.note(edition.language))


def _nearest_sentences(  # decision 66
    texts: Mapping[int, str], question: Vectors, embedder: Embedder, executor: Executor, run: RunContext
) -> tuple[tuple[int, str], ...]:
    """The nearest sentence of each paper, the nearest first, those alone that are near enough to the best."""
    found = [(number, sentence) for number, text in texts.items() for sentence in split(text)]
    if not found:
        return ()
    vectors = run.result(executor.submit(embedder.embed, [sentence for _, sentence in found]))
    scored = zip((float(vector @ question) for vector in vectors), found, strict=True)
    ranked = sorted(scored, key=lambda scored_sentence: -scored_sentence[0])
    best: dict[int, str] = {}
    for score, (number, sentence) in ranked:
        if score >= _NEAR_ENOUGH * ranked[0][0]:
            best.setdefault(number, sentence)
    return tuple(best.items())[:_MOST_SENTENCES]


def _text(kept: Paper | None, paper: EditionPaper) -> str:
    return kept.abstract if kept else paper.summary.text


def _with_gist(papers: Sequence[EditionPaper]) -> tuple[tuple[int, str], ...]:
    """Each with what it found, or what else its summary says."""
    sums = [(paper.number, paper.summary) for paper in papers]
    return tuple((number, summary.result or summary.method or summary.text) for number, summary in sums)


def _nearest_papers(edition: Edition, question: str, cosines: Sequence[float]) -> list[EditionPaper]:
    """Those that the question names by number, and the nearest by vector, unless they were withdrawn; in route order.
    cosines: one a paper.
    """
    named = {int(number) for number in re.findall(r"\[(\d{1,3})\]", question)}
    scores = dict(zip((paper.id for paper in edition.papers), cosines, strict=True))
    offered = [paper for paper in edition.papers if paper.number in named or not paper.is_withdrawn] or edition.papers
    ranked = sorted(offered, key=lambda paper: (paper.number not in named, -scores[paper.id]))
    return sorted(ranked[:_MOST_CONTEXT], key=lambda paper: paper.number)


def _cosines(edition: Edition, question: Vectors, store: Store, model: str) -> Sequence[float]:
    papers = store.papers.get([paper.id for paper in edition.papers])
    hashes = {id_: paper.text_hash for id_, paper in papers.items()}
    have = store.vectors.get(hashes.values(), model)
    found = (have.get(hashes.get(paper.id, "")) for paper in edition.papers)
    return [0.0 if vector is None else float(vector @ question) for vector in found]


def _question_vector(question: str, embedder: Embedder, store: Store, executor: Executor, run: RunContext) -> Vectors:
    key, model = fingerprint(question), embedder.model
    if kept := store.vectors.get([key], model):
        return kept[key]
    made = run.result(executor.submit(embedder.embed, [question]))
    vector: Vectors = made[0]
    store.vectors.add(model, {key: vector})
    return vector


def _as_paper(paper: EditionPaper) -> Paper:
    """A paper that has left the store, as far as the edition knows it."""
    return Paper(
        paper.id,
        paper.version,
        paper.title,
        paper.summary.text,
        paper.authors,
        paper.categories,
        paper.primary_category,
        paper.published,
        paper.updated,
    )
