"""Prepared papers -> a laid route: their order, the sections it falls into, the sections' titles, and the map.

Invariant: everything here is determined by the papers, their vectors and the policy; the same input gives the same
route, sections, titles and map.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from digest.pipeline.enrich import Prepared
from digest.pipeline.services import Parts, Policy
from digest.ports import Vectors
from digest.retrieval.filter import Kept
from digest.route.map_layout import layout
from digest.route.order import Route, along, route
from digest.route.section_titles import titles
from digest.route.sections import cut
from digest.run_context import Run, counted
from store.records.editions import Paper, Summary, fingerprint


@dataclass(frozen=True)
class Laid:
    """Papers along the route. Every sequence but `sections` and `titles` has one item a paper, in route order."""

    kept: tuple[Kept, ...]
    summaries: tuple[Summary, ...]
    points: tuple[tuple[float, float], ...]  # places on the map, 0..1
    route: Route
    sections: tuple[range, ...]  # positions, contiguous, covering all
    titles: tuple[str, ...]


def lay_route(kept: Sequence[Kept], ready: Prepared, question: str, parts: Parts, policy: Policy, run: Run) -> Laid:
    with run.stage("order", len(kept)) as stage:
        path = _route(ready, parts, policy)
        sections = cut(path.legs, smallest=policy.section_smallest, largest=policy.section_largest)
        ordered = tuple(kept[i] for i in path.order)
        vectors = ready.vectors[list(path.order)]
        names = _titles([one.paper for one in ordered], vectors, sections, question, parts, run)
        section_of = [index for index, section in enumerate(sections) for _ in section]
        points = tuple((float(x), float(y)) for x, y in layout(vectors, section_of=section_of))
        stage.detail = f"{counted(len(kept), 'paper')} in {counted(len(sections), 'section')}, by {path.solver}"
    return Laid(ordered, tuple(ready.summaries[i] for i in path.order), points, path, sections, names)


def _route(ready: Prepared, parts: Parts, policy: Policy) -> Route:
    """The route, found once for the same vectors: the solver takes no seed, and equal asking deserves equal answers."""
    key = fingerprint("route", policy.order, policy.solver, _fingerprint(ready))
    if kept := parts.store.texts.get(key):
        order, solver = json.loads(kept)
        return along(ready.vectors, tuple(order), solver)
    path = route(ready.vectors, order=policy.order, start=ready.question, solver=policy.solver)
    parts.store.texts.add(key, "route", path.solver, json.dumps([path.order, path.solver]))
    return path


def _fingerprint(ready: Prepared) -> str:
    return hashlib.sha256(ready.vectors.tobytes() + ready.question.tobytes()).hexdigest()


def _titles(
    papers: Sequence[Paper], vectors: Vectors, sections: Sequence[range], question: str, parts: Parts, run: Run
) -> tuple[str, ...]:
    def embed(texts: Sequence[str]) -> Vectors:
        return run.took((parts.words or parts.embedder).embed(texts))

    if parts.words:  # vectors of two models never meet
        vectors = embed([paper.text for paper in papers])
    groups = [papers[section.start : section.stop] for section in sections]
    return titles(
        groups, question=question, embed=embed, vectors=[vectors[section.start : section.stop] for section in sections]
    )
