"""Ordering: papers and their vectors -> reading order, sections, section titles and places on the map.

Invariant: everything here is determined by the papers, their vectors and the settings; the same input gives the same
route, sections, titles and map.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from digest.pipeline.enrich import EnrichedPapers
from digest.pipeline.services import SurveySettings
from digest.ports import Embedder, Vectors
from digest.retrieval.filter import SelectedPaper
from digest.route.map_layout import layout
from digest.route.order import Route, find_route
from digest.route.section_titles import title_sections
from digest.route.sections import cut
from digest.run_context import RunContext
from store.records.editions import Paper, Summary
from store.records.lazy_text import lazy_gettext, lazy_ngettext


@dataclass(frozen=True)
class OrderedPapers:
    """Papers along the route. Every sequence but `sections` and `titles` has one item a paper, in route order."""

    kept: tuple[SelectedPaper, ...]
    summaries: tuple[Summary, ...]
    points: tuple[tuple[float, float], ...]  # places on the map, 0..1
    route: Route
    sections: tuple[range, ...]  # positions, contiguous, covering all
    titles: tuple[str, ...]


def order_papers(
    kept: Sequence[SelectedPaper],
    enriched: EnrichedPapers,
    question: str,
    settings: SurveySettings,
    embedder: Embedder,
    title_embedder: Embedder | None,
    run: RunContext,
) -> OrderedPapers:
    """title_embedder: makes the vectors of titles in place of `embedder`, whose vectors of the papers it cannot use."""
    with run.stage("order", len(kept)) as stage:
        route = find_route(enriched.vectors, order=settings.order, start=enriched.question)
        sections = cut(route.legs, smallest=settings.section_smallest, largest=settings.section_largest)
        ordered = tuple(kept[i] for i in route.order)
        vectors = enriched.vectors[list(route.order)]
        papers = [selected.paper for selected in ordered]
        titles = _section_titles(papers, vectors, sections, question, embedder, title_embedder, run)
        section_of = [index for index, section in enumerate(sections) for _ in section]
        points = tuple((float(x), float(y)) for x, y in layout(vectors, section_of=section_of))
        stage.detail = lazy_gettext(
            "{papers} in {sections}, by {solver}",
            papers=lazy_ngettext("{n} paper", "{n} papers", len(kept)),
            sections=lazy_ngettext("{n} section", "{n} sections", len(sections)),
            solver=route.solver,
        )
    return OrderedPapers(ordered, tuple(enriched.summaries[i] for i in route.order), points, route, sections, titles)


def _section_titles(
    papers: Sequence[Paper],
    vectors: Vectors,
    sections: Sequence[range],
    question: str,
    embedder: Embedder,
    title_embedder: Embedder | None,
    run: RunContext,
) -> tuple[str, ...]:
    def embed(texts: Sequence[str]) -> Vectors:
        return run.count_and_unwrap((title_embedder or embedder).embed(texts))

    if title_embedder:  # vectors of two models never meet
        vectors = embed([paper.text for paper in papers])
    groups = [papers[section.start : section.stop] for section in sections]
    return title_sections(
        groups, question=question, embed=embed, vectors=[vectors[section.start : section.stop] for section in sections]
    )
