"""Facts of an edition's papers, found by program. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from digest.facts.known_names import find_names
from digest.facts.links import find_links
from digest.facts.nearness import centralities, novelties
from digest.facts.roles import paper_role
from digest.facts.venues import find_pages, find_venue
from digest.ports import Vectors
from store.records.editions import Paper
from store.records.paper_facts import PaperFacts


def find_facts(papers: Sequence[Paper], vectors: Vectors, earlier: Sequence[Vectors] = ()) -> dict[str, PaperFacts]:
    """What is known of each paper, by its id. vectors: of the papers, (n, d), unit rows. earlier: of papers that the
    topic's editions had before, each (d,).
    """
    figures = zip(papers, centralities(vectors), novelties(vectors, earlier), strict=True)
    return {paper.id: _facts(paper, centrality, novelty) for paper, centrality, novelty in figures}


def _facts(paper: Paper, centrality: float | None, novelty: float | None) -> PaperFacts:
    role = paper_role(paper)
    code, data = find_links(paper)
    methods, datasets = find_names(paper, role)
    return PaperFacts(
        role=role,
        centrality=centrality,
        novelty=novelty,
        code_url="" if role == "survey" else code,  # what a survey links is a list of papers
        data_url=data,
        pages=find_pages(paper),
        venue=find_venue(paper),
        methods=methods,
        datasets=datasets,
    )
