"""Papers -> summaries, side by side.

Invariant: every paper given comes back exactly once, with a summary; one that could not be made is the abstract, and
says so (source "abstract"), with the reason beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass

from digest.errors import PaperRouteError, absorbed
from digest.ports import Answer, SummaryModel
from store.records.editions import Paper, Summary, Usage


@dataclass(frozen=True)
class Summarised:
    """A paper's summary as just made. `answer` is None, and `failure` the reason, when it is only the abstract."""

    paper: Paper
    summary: Summary
    answer: Answer[Summary] | None
    failure: str = ""
    usage: Usage | None = None  # what a failure took


def submit(
    papers: Sequence[Paper], model: SummaryModel, language: str, executor: Executor
) -> dict[Future[Answer[Summary]], Paper]:
    """Start a summary of each paper; read each future with `summarised`, in the order in which they are done."""
    return {executor.submit(model.summarise, paper, language): paper for paper in papers}


def summarised(future: Future[Answer[Summary]], paper: Paper) -> Summarised:
    """The summary of a future that is done. Raises what only the operator can mend: that would fail for every paper."""
    try:
        answer = future.result()
    except PaperRouteError as error:
        return Summarised(paper, abstract_of(paper), None, str(error), absorbed(error))
    return Summarised(paper, answer.value, answer)


def abstract_of(paper: Paper) -> Summary:
    """What stands where a summary could not be made: the abstract, labelled so."""
    return Summary("", "", "", paper.abstract, "", "abstract")
