"""Services and settings that the composition root hands the pipeline, and the requests to it; never config."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Literal

from digest.fan_out import FanOut
from digest.ports import (
    CitationIndex,
    Embedder,
    PaperSource,
    QueryModel,
    QuestionModel,
    RelevanceModel,
    SingleCallModel,
    SummaryBatches,
    SummaryModel,
    SynthesisModel,
    VerificationModel,
)
from digest.subscriptions.one_mail import OneMailSettings
from store import Store
from store.records.editions import OrderMethod
from store.records.questions import NO_LIMITS, SearchLimits

SelectionMethod = Literal["ranked", "all-words"]  # by graded relevance; or those with every word of a phrase


@dataclass(frozen=True)
class Services:
    store: Store
    source: PaperSource
    queries: QueryModel
    embedder: Embedder
    summary: SummaryModel
    synthesis: SynthesisModel
    executor: Executor
    spare_queries: QueryModel | None = None  # asked where `queries` fails; None: nothing stands in for it
    title_embedder: Embedder | None = None  # compares candidates, where `embedder` is paid for
    single_call: SingleCallModel | None = None  # writes all sections at one go; None: `synthesis` writes each
    batches: SummaryBatches | None = None  # summaries of a coming digest at half the price; None: none are handed in
    questions: QuestionModel | None = None  # reads questions; None: by rules
    relevance: RelevanceModel | None = None  # grades candidates beside the built-in measures; None: those alone
    verification: VerificationModel | None = None  # checks what was written; None: the built-in check alone
    spare_synthesis: SynthesisModel | None = None  # writes what `synthesis` failed at; None: summaries stand there
    spare_embedder: Embedder | None = None  # the whole route's vectors where `embedder` fails; None: the run fails
    citation_index: CitationIndex | None = None  # knows how often papers are cited; None: nobody is asked
    width: int = 32  # calls to one provider side by side, at most
    engine: Executor | None = None  # runs the tasks of the fan-out; None: `executor`

    @property
    def fan_out(self) -> FanOut:
        """What is made paper by paper or batch by batch. What streams, or is one call, is the executor's threads'."""
        return FanOut(self.engine or self.executor, self.store.usage)  # decision 252


@dataclass(frozen=True)
class SurveySettings:
    min_papers: int = 12  # a survey with fewer widens its queries
    max_papers: int = 60  # a survey with more keeps those nearest to the question
    max_results: int = 300  # asked of the source for one survey
    max_window_results: int = 2000  # and for one digest
    order: OrderMethod = "tsp"
    section_smallest: int = 5
    section_largest: int = 12
    search_hours: float = 12.0  # how long an answer of the source stands; arXiv changes once a day
    reuse_hours: float = 24.0  # how long a survey answers the same question again
    language: str = "auto"
    selection: SelectionMethod = "ranked"
    requests: int = 4  # to the source for a survey, by relevance
    send_quiet: bool = False  # a digest without new papers goes out, too
    one_mail: OneMailSettings = field(default_factory=OneMailSettings)
    feedback: bool = True  # what readers said of papers moves the next digests of their topic
    # Surveys that are to differ in what is asked for alone: none has papers that only the store has, from earlier
    # ones, and other orders are cut into sections of the sizes that the route has.
    controlled: bool = False


@dataclass(frozen=True)
class SurveyRequest:
    question: str
    queries: tuple[str, ...] = ()  # given: the model is not asked for any
    max_papers: int | None = None  # None: the settings'
    order: OrderMethod | None = None
    language: str | None = None
    limits: SearchLimits = NO_LIMITS  # beside what the question says
    refresh: bool = False  # make a new edition, with a new search
    cite_every: bool = False  # the model is asked to cite every paper, as the article's was


@dataclass(frozen=True)
class DigestRequest:
    topic: str
    slot: str = ""  # "": the newest that is due
    since: str = ""  # start of the window; "": where the last one ended, less the lateness of announcements
    dry_run: bool = False
    patient: bool = False  # where the source is away, raise SourceError instead of freezing what the store has
