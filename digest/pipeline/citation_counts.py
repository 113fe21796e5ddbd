"""How often papers are cited, as an index of citations knows it: what the store has of the last week, and the rest
asked for while other work goes on.

Invariant: an answer is in the store before it is handed on. Where the index is away, the counts are missing and a
health line says so; nothing waits for them longer than one call may take, and nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from datetime import timedelta

from digest.errors import PaperRouteError
from digest.fan_out import FanOut
from digest.ports import CitationIndex
from digest.run_context import RunContext
from store import Store
from store.records.editions import ARXIV, Paper
from store.records.lazy_text import AnyText, lazy_gettext, lazy_ngettext
from store.records.paper_facts import CitationRecord, PaperFacts

_KEPT_FOR = timedelta(days=7)
_MOST_DOIS = 3  # of a paper: arXiv's, and what the authors typed


def look_up_records(index: CitationIndex, dois: Sequence[str]) -> dict[str, CitationRecord | None]:
    """A task of the fan-out. None is an answer, too: the index knows few papers in their first days."""
    found = index.look_up(dois)
    return {doi: found.get(doi) for doi in dois}


class CitationJob:
    """The records of papers, under way from the start; `collect_results` brings them. index: None for none."""

    def __init__(
        self, papers: Sequence[Paper], index: CitationIndex | None, store: Store, fan_out: FanOut, run: RunContext
    ) -> None:
        self._store, self._run, self._name = store, run, index.name if index else ""
        self._failure: AnyText = ""
        self._dois = {paper.id: lookup_dois(paper) for paper in papers} if index else {}
        wanted = list(dict.fromkeys(doi for dois in self._dois.values() for doi in dois))
        self._known = store.citation_counts.get(wanted, run.now - _KEPT_FOR)
        missing = [doi for doi in wanted if doi not in self._known]
        self.futures = {
            fan_out.submit(look_up_records, index, batch, keep=self._put_into_store): batch
            for index in filter(None, [index])
            for batch in (missing[at : at + index.most] for at in range(0, len(missing), index.most))
        }

    def _put_into_store(self, records: Mapping[str, CitationRecord | None]) -> None:
        self._store.citation_counts.put(records, self._run.now)

    def keep(self, future: Future[dict[str, CitationRecord | None]]) -> None:
        try:
            self._known |= future.result()
        except PaperRouteError as error:
            self._failure = error.summary

    def close(self) -> None:
        if self._failure:
            detail = lazy_gettext(
                "{index} could not tell how often papers are cited: {why}.", index=self._name, why=self._failure
            )
            self._run.add_health(self._name.lower(), ok=False, detail=detail)
        elif known := len(self.records):
            detail = lazy_ngettext(
                "{index} tells how often {n} of the papers is cited.",
                "{index} tells how often {n} of the papers are cited.",
                known,
                index=self._name,
            )
            self._run.add_health(self._name.lower(), ok=True, detail=detail)

    @property
    def records(self) -> dict[str, CitationRecord]:
        """By id, of the papers that the index knows. One paper may stand there as several works: the largest count is
        what is known at least.
        """
        found = {id_: [record for doi in dois if (record := self._known.get(doi))] for id_, dois in self._dois.items()}
        return {id_: _join(records) for id_, records in found.items() if records}


def lookup_dois(paper: Paper) -> tuple[str, ...]:
    """In small letters: the one that arXiv registers for each of its papers, and those of the journal."""
    registered = [f"10.48550/arxiv.{paper.id}"] if paper.source == ARXIV else []
    return tuple(dict.fromkeys(doi.lower() for doi in [*registered, *paper.dois]))[:_MOST_DOIS]


def add_citations(facts: Mapping[str, PaperFacts], records: Mapping[str, CitationRecord]) -> dict[str, PaperFacts]:
    """Facts with the index's, by id; where the paper says by itself where it appeared, that stands."""
    return {id_: _with_record(known, records.get(id_)) for id_, known in facts.items()}


def _with_record(facts: PaperFacts, record: CitationRecord | None) -> PaperFacts:
    return replace(facts, citations=record.citations, venue=facts.venue or record.venue) if record else facts


def _join(records: Sequence[CitationRecord]) -> CitationRecord:
    venue = next((record.venue for record in records if record.venue), "")
    return CitationRecord(max(record.citations for record in records), venue)
