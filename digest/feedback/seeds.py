"""Seeds: papers that say what a topic, or all topics of a reader, are to have more of; taken from a file or ids.

Invariant: a seed is a paper of the store; one that it lacks is asked of the source by its arXiv id, all at one go.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from digest.feedback.opinions import add_feedback, feedback_on
from digest.feedback.seed_files import SeedEntry, SeedFile
from digest.ports import PaperSource
from digest.retrieval.paper_lookup import NamedPapers, fetch_named, find_paper
from store import Store
from store.records.editions import Paper, Query
from store.records.feedback import Reader
from store.records.lazy_text import AnyText
from store.tables.papers import Papers
from store.text.tokens import stems, tokens

_TITLE_WORDS = 12


@dataclass(frozen=True)
class SeedImport:
    added: tuple[Paper, ...]
    missing: tuple[SeedEntry, ...]  # that neither the store nor the source has
    unreadable: int = 0


def import_seeds(
    store: Store,
    reader: Reader,
    topic: str,
    file: SeedFile,
    source: PaperSource,
    wait: Callable[[float, AnyText], None],
    now: datetime,
) -> SeedImport:
    """topic: slug; "" for all topics of the reader. Raises BadInput, NotFound (no such topic), SourceError."""
    found = {entry: _find(entry, store.papers) for entry in file.entries}
    lacking = tuple(entry.reference for entry, paper in found.items() if paper is None and entry.reference)
    if lacking:
        fetch_named(NamedPapers((), lacking), store.papers, source, wait)
        found |= {entry: _find(entry, store.papers) for entry, paper in found.items() if paper is None}
    papers = {paper.id: paper for paper in found.values() if paper}
    add_feedback(store, [feedback_on(paper, reader, topic, "seed", now) for paper in papers.values()])
    missing = tuple(entry for entry, paper in found.items() if paper is None)
    return SeedImport(tuple(papers.values()), missing, file.unreadable)


def _find(entry: SeedEntry, papers: Papers) -> Paper | None:
    """By its id or DOI; else by its title, which has to be the same word for word."""
    if entry.reference and (paper := find_paper(entry.reference.label, papers)):
        return paper
    words = tuple(tokens(entry.title))[:_TITLE_WORDS]
    if len(words) < 2 or (entry.reference and entry.reference.arxiv):
        return None
    alike = papers.matching([Query(words, "title")], limit=20)
    return next((paper for paper in alike if stems(paper.readable_title) == stems(entry.title)), None)
