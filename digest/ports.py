"""Ports: protocols of the sources, models and channels that the pipeline needs; adapters follow them.

Every method may be called from several threads at once. All raise only errors of `digest/errors.py`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Generic, Literal, Protocol, TypeAlias, TypeVar

from pydantic import BaseModel

from store.records.deliveries import ChannelName, NoticeKind
from store.records.editions import Edition, EditionLength, Paper, Query, Summary, Topic, Usage, fingerprint
from store.records.harvests import HarvestWindow
from store.records.lazy_text import AnyText
from store.records.paper_facts import CitationRecord, PaperFacts
from store.records.questions import NO_LIMITS, SearchLimits, StructuredQuestion

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Vectors: TypeAlias = "NDArray[np.float32]"
T = TypeVar("T")
S = TypeVar("S", bound=BaseModel)


@dataclass(frozen=True)
class SearchRequest:
    """What to ask a paper source: papers that satisfy any of the queries and all the rest."""

    queries: tuple[Query, ...]
    categories: tuple[str, ...] = ()  # any of them; empty: all
    since: datetime | None = None  # submitted at or after, UTC
    until: datetime | None = None  # submitted before, UTC
    limit: int = 300
    order: Literal["relevance", "submitted"] = "relevance"
    authors: tuple[str, ...] = ()  # every one of them


@dataclass(frozen=True)
class ResultPage:
    """set_aside: entries of this page that cannot be read, each by a name and what is wrong with it. missing: how many
    papers the source counted, as far as the limit, that came on no page; told once, after all others. stored: these are
    of the store, and nobody was asked. note: where they are from, for the reader.
    """

    papers: tuple[Paper, ...]  # withdrawn ones too; one of a page before again, where it is a newer version
    total: int  # how many the source says match
    set_aside: tuple[AnyText, ...] = ()
    missing: int = 0
    stored: bool = False
    note: AnyText = ""


class PaperSource(Protocol):
    """Its papers name it (`Paper.source`) and carry its addresses; their ids begin with its name and a colon, but
    arXiv's.
    """

    name: str

    def search(self, request: SearchRequest, *, wait: Callable[[float, AnyText], None]) -> Iterator[ResultPage]:
        """Pages in order, each as soon as it is read, until the limit or the end.

        wait(seconds, why) is how the source sleeps (pacing, back-off): the caller may show why, and may raise
        Cancelled out of it. Raises SourceError; pages yielded before it stand.
        """
        ...

    def fetch(self, ids: Sequence[str], *, wait: Callable[[float, AnyText], None]) -> tuple[Paper, ...]:
        """The papers with these ids (`Paper.id`), withdrawn ones too; those that are not its own are left out.

        Raises SourceError.
        """
        ...


@dataclass(frozen=True)
class HarvestPage:
    """papers: withdrawn ones too, each as it is now. token: names what comes next; "" at the end. day: of the answer,
    UTC, by the source's clock. deleted: ids of papers that the source says are no more. set_aside: as of ResultPage.
    """

    papers: tuple[Paper, ...]
    token: str
    day: date
    deleted: tuple[str, ...] = ()
    set_aside: tuple[AnyText, ...] = ()


@dataclass(frozen=True)
class IdPage:
    """ids: of papers (`Paper.id`). token, day: as of HarvestPage."""

    ids: tuple[str, ...]
    token: str
    day: date


class HarvestSource(Protocol):
    """A source that hands out all it has, by the day of each paper's last change. Its papers are as of PaperSource."""

    name: str
    lists_ids: bool  # whether `read_ids` is there to compare with

    def check(self, collection: str) -> str:
        """The one spelling of a collection's name. Raises BadInput where the source has none such."""
        ...

    def read_page(
        self, collection: str, window: HarvestWindow, token: str, *, wait: Callable[[float, AnyText], None]
    ) -> HarvestPage:
        """One page. token: of the page before; "" for the first. wait: as of `PaperSource.search`.

        Raises SourceError once its own tries are over; TokenExpired where the window has to be begun again.
        """
        ...

    def read_ids(
        self, collection: str, window: HarvestWindow, token: str, *, wait: Callable[[float, AnyText], None]
    ) -> IdPage:
        """Likewise, ids alone."""
        ...

    def read_papers(self, ids: Sequence[str], *, wait: Callable[[float, AnyText], None]) -> tuple[Paper, ...]:
        """These papers, read as `read_page` reads them. Raises SourceError."""
        ...


class CitationIndex(Protocol):
    name: str  # for the reader
    most: int  # DOIs a call

    def look_up(self, dois: Sequence[str]) -> Mapping[str, CitationRecord]:
        """Those of the DOIs, which are in small letters, that it knows. Raises SourceError, whose message says why
        without naming it ("it is not reachable").
        """
        ...


class RequestPacer(Protocol):
    """One turn at a time and a pause after each, over every process that shares the store."""

    def claim(self, name: str, holder: str, pause: float) -> float:
        """0.0 when the turn is now `holder`'s; else the seconds after which to ask again.

        pause: seconds that the next must wait for, after a holder that died, from when it began.
        """
        ...

    def release(self, name: str, holder: str, pause: float) -> None:
        """End the turn; the next may start `pause` seconds from now."""
        ...


@dataclass(frozen=True)
class Answer(Generic[T]):
    """A model's result and what it took."""

    value: T
    usage: Usage


@dataclass(frozen=True)
class Document:
    """A paper as a model may cite it: statements are bound to its sentences, `[7.3]` the third of paper 7."""

    number: int
    title: str
    url: str
    sentences: tuple[str, ...]  # of the abstract, in their places; "" for one that is not shown
    summary: str = ""  # beside them, where there is one that says more


@dataclass(frozen=True)
class Prompt:
    """What a language model is asked. The first three parts are what a provider can cache.

    instructions: the same for every call of a role. documents and shared: the same for several calls of one run. ask:
    this one only. cache_key: the same for calls that share those; "" where nothing is shared.
    A provider that binds its text to documents answers in the same `[7.3]` as one that is shown them as text.
    Everything that came from outside (titles, abstracts, questions) stands between delimiters, as data.
    """

    instructions: str
    ask: str
    shared: str = ""
    documents: tuple[Document, ...] = ()
    cache_key: str = ""


class ChatModel(Protocol):
    """One language model of one provider; the roles (queries, summary, synthesis) are written over it."""

    model: str  # provider:model

    def write(
        self, prompt: Prompt, *, role: str, most_tokens: int, on_text: Callable[[str], None] = lambda _: None
    ) -> Answer[str]:
        """A text that the model finished. on_text gets the text so far as it streams in, "" first, once the model has
        read the prompt; an error it raises (Cancelled) closes the stream and passes through. Raises ModelError, of kind
        "truncated" with the text so far in `partial` where the model stopped at its limit or the stream ended early.
        """
        ...

    def fill(self, prompt: Prompt, shape: type[S], *, role: str, most_tokens: int) -> Answer[S]:
        """An object of the given shape, validated. Raises ModelError ("malformed", "refused", "truncated" ...)."""
        ...


class Embedder(Protocol):
    model: str  # provider:model, part of the cache key; vectors of two models never meet

    def embed(self, texts: Sequence[str]) -> Answer[Vectors]:
        """float32 (len(texts), d), rows of length 1 (a text without any known word: a zero row)."""
        ...


class QueryModel(Protocol):  # decision 2
    model: str
    prompt_hash: str

    def phrases(self, question: str) -> Answer[tuple[Query, ...]]:
        """1 to 3 phrases for the paper source. Raises BadInput where the question holds no searchable word."""
        ...


class QuestionModel(Protocol):
    model: str
    prompt_hash: str

    def read(self, question: str, now: datetime) -> Answer[StructuredQuestion]:
        """The question as a record in which no word is lost. Raises ModelError where the model's cannot be used."""
        ...


class AddresseeModel(Protocol):
    model: str

    def is_for_bot(self, message: str, about: str) -> Answer[bool]:
        """Whether a message among people asks about an answer. about: what the answer is about. Raises ModelError."""
        ...


@dataclass(frozen=True)
class Grade:
    """How relevant a paper is to a question, 0..1, and why in a few words."""

    relevance: float
    reason: str


GRADED_AT_ONCE = 20  # papers a call


class RelevanceModel(Protocol):
    model: str
    prompt_hash: str

    def grade(self, question: StructuredQuestion, papers: Sequence[Paper]) -> Answer[tuple[Grade, ...]]:
        """A grade a paper, in their order; `GRADED_AT_ONCE` papers at most. Raises ModelError."""
        ...

    def most_graded(self, papers: int) -> int:
        """How many candidates may be graded for a survey of so many papers: its share of what that will cost."""
        ...


class SummaryModel(Protocol):
    model: str
    prompt_hash: str

    def summarise(self, paper: Paper, language: str) -> Answer[Summary]: ...


@dataclass(frozen=True)
class BriefPaper:
    """A paper as the synthesis sees it."""

    number: int
    paper: Paper
    summary: Summary
    sentences: tuple[str, ...] = ()  # of its abstract, LaTeX as Unicode; [number.1] is the first


@dataclass(frozen=True)
class SectionOutline:
    """What a section is to say, by its planner. Every paper number is of the section's."""

    title: str
    claim: str  # in one sentence; "" where its papers have none in common
    contrasts: tuple[str, ...] = ()  # what papers do differently, or disagree on, with [n]
    gaps: tuple[str, ...] = ()  # what none of them answers
    beside: tuple[int, ...] = ()  # papers that answer nothing of the question: told under "Also found"


@dataclass(frozen=True)
class PlannedSection:
    """A section as all others know it. outline: with nothing but its title where nobody planned, "" for no theme."""

    papers: tuple[int, ...]
    outline: SectionOutline


@dataclass(frozen=True)
class SurveyBrief:
    """What all sections of a survey are written from, the same in each of their prompts, so that it can be cached."""

    documents: tuple[Document, ...]  # its papers, in route order
    sections: tuple[PlannedSection, ...]
    limits: SearchLimits = NO_LIMITS  # of the question

    @cached_property
    def key(self) -> str:
        """A hash of all of it, 32 characters."""
        return fingerprint("survey", json.dumps(asdict(self), default=str))[:32]


@dataclass(frozen=True)
class SectionBrief:
    """Everything from which one section is written."""

    question: str
    language: str
    title: str
    papers: tuple[BriefPaper, ...]  # in route order
    legs: tuple[float, ...]  # distance from each paper to the next in this section: len(papers) - 1
    before: str = ""  # title of the section before, "" for the first
    after: str = ""
    is_theme: bool = True  # False: its papers fit no theme, and have little in common
    concepts: tuple[str, ...] = ()  # of the question, in English; () where it was not taken apart
    plan: SectionOutline | None = None  # None where nobody planned
    survey: SurveyBrief | None = None  # None: nothing is known beside this section
    cite_every: bool = False  # the writer is asked to cite every paper of it

    @property
    def asked(self) -> str:
        """What was asked, in English words where they are known."""
        return " ".join(self.concepts) or self.question


@dataclass(frozen=True)
class OpeningBrief:
    """Everything from which the opening is written."""

    question: str
    language: str
    kind: Literal["survey", "digest"]
    sections: tuple[SectionBrief, ...]
    texts: tuple[str, ...]  # of the sections, same order
    found: int
    kept: int
    widened: bool = False  # too few papers had all the words, so some of these have only the most of them
    outage: bool = False  # arXiv did not answer, and these were in the store
    since: datetime | None = None  # window of a digest
    until: datetime | None = None
    previous: datetime | None = None  # slot of the topic's previous edition
    earlier: str = ""  # what that edition said in its opening and its sections' titles
    facts: tuple[PaperFacts, ...] = ()  # of its papers, in order; () where none are known
    off_topic: bool = False  # no paper is on the question, and these are the nearest


class SynthesisModel(Protocol):
    model: str
    prompt_hash: str
    source: Literal["extract", "model"]  # how its text came to be, for the label beside it

    def section(self, brief: SectionBrief, on_text: Callable[[str], None]) -> Answer[str]:
        """Paragraphs separated by blank lines, citations as [n] of the brief's papers.

        on_text is called with the text so far whenever there is more of it.
        """
        ...

    def opening(self, brief: OpeningBrief, on_text: Callable[[str], None]) -> Answer[str]: ...

    def outline(self, briefs: Sequence[SectionBrief]) -> Answer[tuple[SectionOutline, ...]]:
        """What each section is to say, before it is written: titles are all different. () where it plans nothing.

        Of the briefs' papers there are no summaries yet.
        """
        ...

    def note(self, language: str) -> AnyText:
        """One line for the reader on how the text was made; may be empty."""
        ...

    def written_in(self, language: str) -> str:
        """The language that its text is in where `language` is asked for: that, or the one it has instead."""
        ...


@dataclass(frozen=True)
class StatementToVerify:
    """A sentence of a text, and the papers that it cites with their sentences."""

    sentence: str
    papers: tuple[BriefPaper, ...]


@dataclass(frozen=True)
class Verification:
    """verdict: of `StatementVerdict`, never "unchecked". evidence: (paper number, position of its sentence).

    reason: the kind of fault ("absent", "contrary", "direction", "number", "detail", "paper"); "" where it is not told.
    correction: the sentence as the papers support it, with its markers; "" where there is none to give.
    """

    verdict: Literal["supported", "partly", "unsupported"]
    evidence: tuple[tuple[int, int], ...] = ()
    reason: str = ""
    correction: str = ""


VERIFIED_AT_ONCE = 25  # statements a call


class VerificationModel(Protocol):
    """Says of each statement whether the papers that it cites support it."""

    model: str
    prompt_hash: str

    def verify(self, statements: Sequence[StatementToVerify], language: str) -> Answer[tuple[Verification | None, ...]]:
        """One for each statement, in order; None where the model said nothing usable of it. Raises ModelError."""
        ...


class SingleCallModel(Protocol):
    """Writes all sections at one go."""

    model: str
    prompt_hash: str

    def write_all(self, briefs: Sequence[SectionBrief], on_text: Callable[[int, str], None]) -> Answer[tuple[str, ...]]:
        """The sections' texts, in order. on_text: a section's index and its text so far, whenever there is more."""
        ...


@dataclass(frozen=True)
class BatchProgress:
    """How a batch stands: `done` of `total` calls. ended: what it has can be read. failure: why it has nothing."""

    ended: bool
    done: int = 0
    total: int = 0
    failure: AnyText = ""


@dataclass(frozen=True)
class BatchFound:
    """A batch whose id was lost. certain: it is surely ours; else only one like it, which must not be cancelled."""

    id: str
    certain: bool


@dataclass(frozen=True)
class BatchResult:
    """What became of one paper of a batch. outcome: "ok", or the kind of failure; then there is no summary."""

    text_hash: str
    summary: Summary | None
    usage: Usage  # calls: 0 where the provider bills nothing
    outcome: str


class SummaryBatches(Protocol):  # decision 45
    """A `SummaryModel` that also takes many papers at once, for half the price and with hours to answer.

    Each call is one exchange with the provider (a submission at most two), tried once: whoever asks, asks again later.
    marker: the caller's name for a batch, by which it is found again where its id was lost.
    """

    model: str
    prompt_hash: str

    def estimate(self, papers: Sequence[Paper], language: str) -> float | None:
        """Dollars that a batch may take; None where the price is unknown."""
        ...

    def reserve_budget(self, usd: float | None) -> AbstractContextManager[None]:
        """Holds the day's budget while the batch is being written down. Raises ModelError of kind "budget"."""
        ...

    def submit(self, marker: str, papers: Sequence[Paper], language: str) -> str:
        """The provider's id of the batch. Raises ModelError."""
        ...

    def find(self, marker: str, since: datetime, count: int, known: Collection[str]) -> BatchFound | None:
        """The batch that was submitted under the marker, no earlier than `since`, with so many papers.

        known: ids of batches that are others'.
        """
        ...

    def poll(self, batch_id: str) -> BatchProgress: ...

    def results(self, batch_id: str, marker: str, language: str) -> tuple[BatchResult, ...]:
        """Those of this marker; papers that are missing among them have none."""
        ...

    def cancel(self, batch_id: str) -> None: ...


@dataclass(frozen=True)
class SubscriptionNotice:
    """A letter about a subscription, in place of an edition."""

    kind: NoticeKind
    topics: tuple[Topic, ...]  # that it is about, at least one
    language: str  # of its words
    at: datetime  # when it was planned: stands in Date, so that a retry is the same letter
    hours: int = 48  # how long the link of a confirmation holds


@dataclass(frozen=True)
class Outgoing:
    """One edition, or one letter, on its way to one subscriber, as a channel gets it."""

    delivery: int  # row of the outbox; the same attempt again has the same
    edition: Edition | None  # None: `notice` says what it is
    address: str  # of the channel's kind: a mail address, a Slack conversation
    token: str  # signed, to unsubscribe; in a letter that asks to confirm, to do that; "" where there is none
    previous: tuple[str, ...] = ()  # message ids of this topic's earlier mails to this subscription, oldest first
    notice: SubscriptionNotice | None = None
    preferences: str = ""  # likewise signed, for the page of all subscriptions of this address
    length: EditionLength = "full"  # of the edition
    feedback: str = ""  # likewise, for what its holder says of papers; "" where nobody is asked
    others: tuple[Outgoing, ...] = ()  # further digests to the same address, which go in the same mail
    unsubscribe_all: str = ""  # likewise, to leave every topic at once; "" where it can have no others
    bounce: str = ""  # signed likewise, for the envelope: by it is known whose mail came back
    is_personal: bool = False  # the edition tells what its reader said as theirs, and is no one else's


# The address; its domain, which turns us away; the relay, or what lies between it and us; the sender, who may not send
# like this; the mail itself.
Blame = Literal["recipient", "domain", "relay", "sender", "content", ""]


@dataclass(frozen=True)
class Receipt:
    """What a channel says of one sending.

    state: "sent" (the other side took it), "retry" (surely not taken, passing), "failed" (refused for good),
    "uncertain" (it may have been taken: nobody can know).
    """

    state: Literal["sent", "retry", "failed", "uncertain"]
    detail: str  # the other side's words, with its queue id; one line, bounded
    blames: Blame = ""  # whose fault: for the bounce policy, slowing down and stopping
    message_id: str = ""
    code: int = 0  # a relay's reply code, where the reply is why it was not sent
    is_clear: bool = True  # False: the words leave open whose fault it is, and `blames` is the likeliest
    wants_pace: bool = False  # fewer at a time, or later, and it takes them
    step: str = ""  # what an operator can do about it, empty where nothing is


@dataclass(frozen=True)
class AddressRule:
    """What an address of a channel is."""

    channel: ChannelName
    noun: str  # of one address, for whoever is to write it: "a mail address"
    parse: Callable[[str], str]  # the one spelling of what somebody wrote; raises BadInput with one line for them


FindingState = Literal["ok", "warn", "fail"]


@dataclass(frozen=True)
class Finding:
    """A line of the doctor's report. `step` is what to do, empty where nothing is."""

    part: str
    state: FindingState
    detail: str
    step: str = ""


class Channel(Protocol):
    """Sends over one medium. An open channel (for mail: one connection, reused) serves one thread at a time."""

    def send(self, outgoing: Outgoing, begin: Callable[[], object]) -> Receipt:
        """Never raises for what the other side does.

        begin: called just before the other side may take it, so that its sender can note that; before, it is surely
        not taken. What `begin` raises goes through, and nothing is sent.
        """
        ...

    def close(self) -> None: ...


class OperatorNotice(Protocol):
    """Tells the operator of a trouble by a way of its own, beside the mails to readers."""

    def tell(self, subject: str, text: str, arrived: Callable[[], object] = lambda: None) -> None:
        """Returns at once and never raises: what could not be told is logged. Plain text, one line of subject.

        The same subject and text again within a short time is told once. arrived: called, from another thread, by each
        way that took it.
        """
        ...
