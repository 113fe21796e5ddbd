"""Ordering: papers and their vectors -> reading order, sections, section titles and places on the map.

Invariant: everything here is determined by the papers, their vectors and the settings; the same input gives the same
route, sections, titles and map.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np

from digest.facts.known_names import find_names
from digest.facts.roles import paper_role
from digest.pipeline.enrich import EmbeddedPapers
from digest.pipeline.services import SurveySettings
from digest.ports import T
from digest.retrieval.filter import SelectedPaper
from digest.route.map_layout import layout
from digest.route.order import Route, find_route, find_theme_route
from digest.route.section_titles import capitalise, title_sections
from digest.route.sections import cut
from digest.route.themes import Theme, find_themes, smallest_theme
from digest.route.title_phrases import TitlePhrase, find_title_phrases
from digest.run_context import RunContext
from store.records.editions import Paper
from store.records.lazy_text import lazy_gettext, lazy_ngettext


@dataclass(frozen=True)
class SectionPlan:
    positions: range  # on the route
    title: str  # "" where it is no theme, but papers that fit none, at the end

    @property
    def is_theme(self) -> bool:
        return bool(self.title)


@dataclass(frozen=True)
class OrderedPapers:
    """Papers along the route. Every sequence but `sections` has one item a paper, in route order."""

    kept: tuple[SelectedPaper, ...]
    route: Route
    sections: tuple[SectionPlan, ...]  # contiguous, covering all
    points: tuple[tuple[float, float], ...] = ()  # places on the map, 0..1; () until `add_points`

    def along_route(self, values: Sequence[T]) -> tuple[T, ...]:
        """What there is of each paper, given in the order in which the papers were."""
        return tuple(values[at] for at in self.route.order)


def find_phrases(papers: Sequence[Paper], question: str) -> Sequence[TitlePhrase]:
    """What sections may be called, found without any vectors. question: with other words for what it asks about."""
    return find_title_phrases(papers, question, _names_of_data_sets(papers))


def order_papers(
    kept: Sequence[SelectedPaper],
    embedded: EmbeddedPapers,
    phrases: Sequence[TitlePhrase],
    settings: SurveySettings,
    run: RunContext,
) -> OrderedPapers:
    """phrases: from `find_phrases`."""
    with run.stage("order", len(kept)) as stage:
        route, sections = _find_route(kept, embedded, phrases, settings)
        stage.detail = lazy_gettext(
            "{papers} in {sections}, by {solver}",
            papers=lazy_ngettext("{n} paper", "{n} papers", len(kept)),
            sections=lazy_ngettext("{n} section", "{n} sections", len(sections)),
            solver=route.solver,
        )
    return OrderedPapers(tuple(kept[i] for i in route.order), route, sections)


def add_points(ordered: OrderedPapers, embedded: EmbeddedPapers) -> OrderedPapers:
    """With their places on the map, which only the edition needs in the end."""
    vectors = embedded.vectors[list(ordered.route.order)]
    section_of = [index for index, section in enumerate(ordered.sections) for _ in section.positions]
    points = tuple((float(x), float(y)) for x, y in layout(vectors, section_of=section_of))
    return replace(ordered, points=points)


def _find_route(
    kept: Sequence[SelectedPaper], embedded: EmbeddedPapers, phrases: Sequence[TitlePhrase], settings: SurveySettings
) -> tuple[Route, tuple[SectionPlan, ...]]:
    """Themes and a route over them; where nothing makes a theme, or another order is asked for, cuts of the route."""
    if settings.controlled and settings.order != "tsp":
        return _find_route_in_its_cuts(kept, embedded, phrases, settings)
    vectors, smallest, largest = embedded.vectors, settings.section_smallest, settings.section_largest
    relevance = _relevance(kept, embedded)
    tsp = settings.order == "tsp"
    if tsp and (themes := find_themes(vectors, phrases, smallest=smallest_theme(len(kept), smallest), largest=largest)):
        return _route_over_themes(themes, embedded, relevance)
    everything = range(len(kept))
    first = int(relevance.argmax())
    route = (
        find_theme_route(vectors, [everything], first)
        if tsp
        else find_route(vectors, order=settings.order, start=embedded.question)
    )
    return route, _plan_sections(
        route, cut(route.legs, papers=len(kept), smallest=smallest, largest=largest), kept, phrases
    )


# decision 172
def _find_route_in_its_cuts(
    kept: Sequence[SelectedPaper], embedded: EmbeddedPapers, phrases: Sequence[TitlePhrase], settings: SurveySettings
) -> tuple[Route, tuple[SectionPlan, ...]]:
    """Another order in as many sections, of the same sizes, as the route has: they differ in the order alone."""
    _, sections = _find_route(kept, embedded, phrases, replace(settings, order="tsp"))
    route = find_route(embedded.vectors, order=settings.order, start=embedded.question)
    return route, _plan_sections(route, [section.positions for section in sections], kept, phrases)


def _plan_sections(
    route: Route, cuts: Sequence[range], kept: Sequence[SelectedPaper], phrases: Sequence[TitlePhrase]
) -> tuple[SectionPlan, ...]:
    groups = [route.order[section.start : section.stop] for section in cuts]
    return tuple(map(SectionPlan, cuts, title_sections(groups, phrases, [selected.paper for selected in kept])))


def _names_of_data_sets(papers: Sequence[Paper]) -> list[str]:
    return [name for paper in papers for name in find_names(paper, paper_role(paper))[1]]


def _relevance(kept: Sequence[SelectedPaper], embedded: EmbeddedPapers) -> np.ndarray:
    """To the question, by what chose the papers; by their vectors where that was a rule."""
    cosines = np.round(embedded.vectors @ embedded.question, 6)
    given = [selected.relevance for selected in kept]
    return np.array([cosine if one is None else one for one, cosine in zip(given, cosines, strict=True)])


def _route_over_themes(
    themes: Sequence[Theme], embedded: EmbeddedPapers, relevance: np.ndarray
) -> tuple[Route, tuple[SectionPlan, ...]]:
    """From the most relevant paper of the most relevant theme to the least relevant one, or to what fits no theme."""
    ranked = sorted(themes, key=lambda theme: -round(float(relevance[list(theme.papers)].mean()), 6))
    first = max(ranked[0].papers, key=lambda paper: relevance[paper])
    rest = set(range(len(relevance))).difference(*(theme.papers for theme in themes))
    groups = [theme.papers for theme in ranked] + ([tuple(sorted(rest))] if rest else [])
    route = find_theme_route(embedded.vectors, groups, first)
    title_of = {paper: capitalise(theme.title) for theme in themes for paper in theme.papers}
    sections, start = list[SectionPlan](), 0
    for title, papers in groupby(route.order, key=lambda paper: title_of.get(paper, "")):
        stop = start + len(list(papers))
        sections.append(SectionPlan(range(start, stop), title))
        start = stop
    return route, tuple(sections)
