"""Embeddings and summaries of the papers that stay: only what the store lacks, both side by side.

The route needs the vectors alone: it is found, and a survey planned over it, while summaries are still being made.

Invariant: each result is in the store before it is handed on, so that a crash loses none; progress is told by the
calling thread alone. Every paper comes back exactly once, with a summary; one that could not be made is the abstract,
and says so (source "abstract"), with the reason beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial

from digest.errors import PaperRouteError, failure_usage, is_fatal
from digest.facts.known_names import find_names
from digest.facts.roles import paper_role
from digest.pipeline.services import Services
from digest.ports import Answer, SummaryModel, Vectors
from digest.retrieval.embeddings import EmbeddingCalls, EmbeddingJob, begin_embedding
from digest.retrieval.search import english_query_text
from digest.route.title_phrases import prepare_phrases
from digest.run_context import PendingWork, RunContext, collect_results, describe_made
from store.records.editions import Paper, Query, Summary, SummaryKey, Usage
from store.records.lazy_text import AnyText, lazy_ngettext

# Of the calls side by side, those that no summary takes before the plan has been asked for: it, which takes longer than
# any of them, and a call for vectors are not to stand in the queue behind them.  # decision 162
_KEPT_FREE = 2


@dataclass(frozen=True)
class SummaryAttempt:
    """A paper's summary as just made. `answer` is None, and `failure` the reason, when it is only the abstract."""

    paper: Paper
    summary: Summary
    answer: Answer[Summary] | None
    failure: AnyText = ""
    usage: Usage | None = None  # what a failure took


def summarise_paper(model: SummaryModel, paper: Paper, language: str) -> Answer[Summary]:
    """A task of the fan-out."""
    return model.summarise(paper, language)


def read_summary(future: Future[Answer[Summary]], paper: Paper) -> SummaryAttempt:
    """The summary of a future that is done. Raises what only the operator can mend: that would fail for every paper."""
    try:
        answer = future.result()
    except PaperRouteError as error:
        if is_fatal(error):
            raise
        return SummaryAttempt(paper, abstract_as_summary(paper), None, error.text, failure_usage(error))
    return SummaryAttempt(paper, answer.value, answer)


def abstract_as_summary(paper: Paper) -> Summary:
    """What stands where a summary could not be made: the abstract, labelled so."""
    return Summary("", "", "", paper.abstract, "", "abstract")


@dataclass(frozen=True)
class EmbeddedPapers:
    """What the route needs of the papers, in the order in which they were given."""

    vectors: Vectors  # (n, d), unit rows
    question: Vectors  # (d,)
    model: str  # whose they are: the configured embedder's, or the spare one's


@dataclass(frozen=True)
class EnrichedPapers:
    """What the text needs beside, in the same order."""

    summaries: tuple[Summary, ...]
    summarised: int  # papers whose summary was made now; the others' were in the store


# decision 284
class CandidatePreparation:
    """What the route will need of candidates, begun while a language model grades them: a wait of a second or more.

    Their vectors are asked for where `services` has an embedder for what stays alone; what titles of sections are made
    of is read, and kept in memory. At most twice as many papers are graded as are shown. Close it when no vectors are
    wanted any more.
    """

    def __init__(self, question: str, services: Services) -> None:
        self._question, self._services = question, services
        self.calls: EmbeddingCalls = {}

    def begin(self, papers: Sequence[Paper], query: Query) -> None:
        services = self._services
        if services.title_embedder:
            question = english_query_text(self._question, [query])
            self.calls = begin_embedding(papers, question, services.embedder, services.store, services.fan_out)
        for paper in papers:
            prepare_phrases(paper)
            find_names(paper, paper_role(paper))

    def close(self) -> None:
        for future in self.calls:
            future.cancel()


class EnrichmentJob:
    """Vectors and summaries of papers, under way from the start; close it when they are not wanted any more.

    Where the embedder of `services` fails, its spare one makes all vectors; without one the ModelError is raised.
    begun: calls for vectors of these papers and of others, from `CandidatePreparation`.
    """

    def __init__(
        self,
        papers: Sequence[Paper],
        question: str,
        language: str,
        services: Services,
        begun: EmbeddingCalls,
        run: RunContext,
    ) -> None:
        self._papers, self._run = papers, run
        store, fan_out, spare = services.store, services.fan_out, services.spare_embedder
        self._embedding = EmbeddingJob(papers, question, services.embedder, store, fan_out, run, spare, begun)
        self._summarising = _SummaryJob(papers, language, services, run)

    def vectors(self) -> EmbeddedPapers:
        """As soon as they are there. Raises ModelError where they cannot be had."""
        collect_results(self._run, self._embedding)
        return EmbeddedPapers(self._embedding.matrix(self._papers), self._embedding.of_question, self._embedding.model)

    def begin_others(self) -> None:
        """Ask for the summaries that waited for the plan; a second time does nothing."""
        self._summarising.begin_others()

    def summaries(self, *beside: PendingWork) -> EnrichedPapers:
        """Once all are there, and what goes on beside them; where one cannot be made, the abstract stands and health
        says so.
        """
        self.begin_others()
        collect_results(self._run, self._summarising, *beside)
        done = tuple(self._summarising.done[paper.text_hash] for paper in self._papers)
        return EnrichedPapers(done, self._summarising.made)

    def close(self) -> None:
        for job in (self._embedding, self._summarising):
            for future in job.futures:
                future.cancel()


class _SummaryJob:
    """The summaries of papers: those in the store, and those under way."""

    def __init__(
        self,
        papers: Sequence[Paper],
        language: str,
        services: Services,
        run: RunContext,
    ) -> None:
        model = self._model = services.summary
        self._language, self._stored = language, services.store.summaries
        self._fan_out, self._run = services.fan_out, run
        self._key = SummaryKey(model.model, model.prompt_hash, language)
        self.done = dict(self._stored.get([paper.text_hash for paper in papers], self._key))
        missing = {paper.text_hash: paper for paper in papers if paper.text_hash not in self.done}
        self._total, self.made, self._failures = len(missing), 0, list[AnyText]()
        self._stage = run.begin("summarise", len(missing))
        at_once = max(0, services.width - _KEPT_FREE)
        waiting = list(missing.values())
        self._others = waiting[at_once:]
        self.futures = self._submit(waiting[:at_once])

    def begin_others(self) -> None:
        others, self._others = self._others, []
        self.futures |= self._submit(others)

    def _submit(self, papers: Sequence[Paper]) -> dict[Future[Answer[Summary]], Paper]:
        submit, model, language = self._fan_out.submit, self._model, self._language
        return {
            submit(summarise_paper, model, paper, language, keep=partial(self._put_into_store, paper)): paper
            for paper in papers
        }

    def _put_into_store(self, paper: Paper, answer: Answer[Summary]) -> None:
        self._stored.add(paper.text_hash, self._key, answer.value)

    def keep(self, future: Future[Answer[Summary]]) -> None:
        new = read_summary(future, self.futures[future])
        self.done[new.paper.text_hash] = new.summary
        if new.answer is None:
            self._failures.append(new.failure)
            self._run.count(new.usage)
        else:
            self._run.count_and_unwrap(new.answer)
            self.made += 1
        self._stage.advance(self.made + len(self._failures), self._total)

    def close(self) -> None:
        if self._failures:
            detail = lazy_ngettext(
                "{n} paper shows its abstract, because: {error}",
                "{n} papers show their abstract, because: {error}",
                len(self._failures),
                error=self._failures[0],
            )
            self._run.add_health("summary", ok=False, detail=detail)
        self._stage.detail = describe_made(
            self.made, len(self.done), lazy_ngettext("{n} summary made", "{n} summaries made", self.made)
        )
        self._stage.finish()
