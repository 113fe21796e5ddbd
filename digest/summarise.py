"""Papers -> summaries: only those that the store lacks, side by side, handed over as they come.

Invariant: every paper given comes back exactly once, with a summary; one that could not be made is the abstract, and
says so (source "abstract"), with the reason beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, as_completed
from dataclasses import dataclass

from digest.errors import PaperRouteError
from digest.ports import Answer, SummaryModel
from store.records import Paper, Summary


@dataclass(frozen=True)
class Summarised:
    """A paper's summary as just made; `failure` is the reason when it is only the abstract."""

    paper: Paper
    answer: Answer[Summary] | None
    summary: Summary
    failure: str = ""


def summarise(papers: Sequence[Paper], model: SummaryModel, language: str, executor: Executor) -> Iterator[Summarised]:
    """Summaries in the order in which they are done. Leaving the loop early cancels what has not begun."""
    futures = {executor.submit(model.summarise, paper, language): paper for paper in papers}
    try:
        for future in as_completed(futures):
            paper = futures[future]
            try:
                answer = future.result()
            except PaperRouteError as error:
                yield Summarised(paper, None, abstract_of(paper), str(error))
            else:
                yield Summarised(paper, answer, answer.value)
    finally:
        for future in futures:
            future.cancel()


def abstract_of(paper: Paper) -> Summary:
    """What stands where a summary could not be made: the abstract, labelled so."""
    return Summary("", "", "", paper.abstract, "", "abstract")
