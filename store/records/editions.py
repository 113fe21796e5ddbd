"""Records of papers, queries, summaries, editions and topics: frozen, computing only from their own fields.

Invariant: a record never changes after it is made, holds no connection, and needs only the standard library and numpy.
Times are aware datetimes in UTC.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Literal, Self
from urllib.parse import quote

from store.records.lazy_text import AnyText
from store.records.paper_facts import NO_FACTS, PaperFacts, StartPaper
from store.records.questions import StructuredQuestion
from store.text.identifiers import parse_dois
from store.text.latex import latex_to_unicode
from store.text.term_match import stem_text
from store.text.withdrawal import WITHDRAWN, PaperStatus

OrderMethod = Literal["tsp", "similarity", "none"]
EditionKind = Literal["survey", "digest"]
QueryField = Literal["all", "title", "author"]
EditionLength = Literal["short", "standard", "full"]  # how much of one is shown
SummarySource = Literal["extract", "model", "abstract"]
ARXIV = "arxiv"  # the source of papers whose record names none
_READING = ("readable_title", "readable_abstract", "title_stems", "abstract_stems")  # properties of Paper
_ARXIV_PAGES = {"url": "abs", "pdf_url": "pdf"}


def fingerprint(*parts: str) -> str:
    """The identity of a result: a short hash (32 hex digits) of everything that determined it, in this order."""
    # "replace": a lone surrogate from outside may not stop a hash, and the store cleans it away.
    return hashlib.sha256("\x1f".join(parts).encode(errors="replace")).hexdigest()[:32]


def _complete_urls(paper: Paper | EditionPaper | OverflowPaper, *names: Literal["url", "pdf_url"]) -> None:
    for name in names:
        object.__setattr__(paper, name, _complete_url(getattr(paper, name), _ARXIV_PAGES[name], paper))


def _complete_url(url: str, page: str, paper: Paper | EditionPaper | OverflowPaper) -> str:
    """The source's address, without a character that ends it in some rendering; arXiv's always follow from the id."""
    if paper.source == ARXIV:  # the id of an old one holds a slash
        return f"https://arxiv.org/{page}/{quote(paper.id, safe='/', errors='replace')}"
    if url and not url.startswith(("https://", "http://")):
        raise ValueError(f"{url[:80]!r} is no web address")
    return quote(url, safe=":/?#@!$&+,;=%~", errors="replace")


class _Withdrawable:
    status: PaperStatus

    @property
    def is_withdrawn(self) -> bool:
        return self.status in WITHDRAWN


class _Readable(_Withdrawable):
    title: str
    doi: str

    @cached_property
    def readable_title(self) -> str:
        """Its LaTeX as Unicode; not made safe to show."""
        return latex_to_unicode(self.title)

    def with_reading(self, reading: Mapping[str, str]) -> Self:
        """This paper, of whose text `reading` need not be made again."""
        self.__dict__.update(reading)
        return self

    @property
    def dois(self) -> tuple[str, ...]:
        return parse_dois(self.doi)


@dataclass(frozen=True)
class Paper(_Readable):
    """One paper, in one version. Source of every field: the API of its source (or the bundled sample).

    Raises ValueError where an address is none of the web.
    """

    # Without version: "2405.01234", "hep-th/9711200"; from any other source with its name before it, so that no two
    # papers share one: "biorxiv:10.1101/2024.01.01.123456".
    id: str
    version: int
    title: str  # white space folded; LaTeX as the authors wrote it
    abstract: str  # likewise
    authors: tuple[str, ...]  # empty when the source has none
    categories: tuple[str, ...]
    primary_category: str
    published: datetime  # version 1, UTC
    updated: datetime  # this version, UTC
    comment: str = ""
    doi: str = ""  # as the authors typed it; see `dois`
    journal_ref: str = ""
    source: str = ARXIV  # name of the PaperSource
    url: str = ""  # where the source shows it; of an arXiv paper made from its id, as is the next
    pdf_url: str = ""  # "" where the source has none
    status: PaperStatus = "live"
    status_note: str = ""  # the sentence that says so; "" of a live one
    citation_key: str = ""  # in a bibliography, for ever; "" until the store has given it one

    def __post_init__(self) -> None:
        _complete_urls(self, "url", "pdf_url")

    @property
    def text(self) -> str:
        """What is embedded, summarised and matched: title and abstract."""
        return f"{self.title}\n{self.abstract}"

    @cached_property
    def text_hash(self) -> str:
        return fingerprint(self.text)

    # How it reads, made at most once: a paper from the store brings these along (`with_reading`).

    @cached_property
    def readable_abstract(self) -> str:
        return latex_to_unicode(self.abstract)

    @cached_property
    def title_stems(self) -> str:
        """What `term_match.has_stems` reads, and the index holds."""
        return stem_text(self.readable_title)

    @cached_property
    def abstract_stems(self) -> str:
        return stem_text(self.readable_abstract)

    @property
    def stems(self) -> str:
        return f"{self.title_stems}|{self.abstract_stems}"

    @property
    def reading(self) -> Mapping[str, str]:
        """What of the above was made so far, by name."""
        return {name: held for name in _READING if (held := self.__dict__.get(name)) is not None}


@dataclass(frozen=True)
class Query:
    """One search phrase: every term must be in the title or abstract, in any order.

    A term is a word ("lora"), a hyphenated word ("text-to-image") or, where the caller quoted it, several words
    that belong together ("speech recognition").
    """

    terms: tuple[str, ...]
    # Where they are looked for; "all": title and abstract; "author": the term is a name.
    field: QueryField = "all"

    @property
    def text(self) -> str:
        return " ".join(f'"{term}"' if " " in term else term for term in self.terms)


@dataclass(frozen=True)
class Summary:
    """A paper in half a minute. A part that the abstract does not support is empty, never guessed.

    text: the whole as it reads in running text, parts included. source: "extract" (sentences of the abstract),
    "model" (written by a language model) or "abstract" (no summary could be made; text is the abstract).
    """

    problem: str
    method: str
    result: str
    text: str
    model: str
    source: SummarySource


NO_SUMMARY = Summary("", "", "", "", "", "abstract")


@dataclass(frozen=True)
class SummaryKey:
    """What determines a summary besides the paper's text."""

    model: str
    prompt_hash: str
    language: str


@dataclass(frozen=True)
class Usage:
    """What calls to one model in one role took. `usd` is None where the price is unknown."""

    role: str  # queries | summary | synthesis | embedding
    model: str  # provider:model
    calls: int = 1
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    usd: float | None = 0.0
    seconds: float = 0.0

    def __add__(self, other: Usage) -> Usage:
        """Both together, under this one's role and model; the price is unknown as soon as one of them is."""
        return replace(
            self,
            calls=self.calls + other.calls,
            input_tokens=self.input_tokens + other.input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            cached_tokens=self.cached_tokens + other.cached_tokens,
            usd=None if self.usd is None or other.usd is None else self.usd + other.usd,
            seconds=self.seconds + other.seconds,
        )


SUPPORT = "support"  # health of an edition of which too much is not in the papers that it cites


@dataclass(frozen=True)
class Health:
    """How one outside part did during the making of an edition."""

    source: str  # "arxiv", "queries", "summary" ...
    ok: bool
    detail: AnyText  # one line for the reader


@dataclass(frozen=True)
class Counts:
    found: int = 0  # papers that the search returned
    kept: int = 0  # papers after the filter
    summarised: int = 0  # summaries made for this edition (the others were in the store)
    embedded: int = 0  # vectors computed for this edition (likewise)
    cited: int = 0  # kept papers that the text cites
    unknown_markers: int = 0  # markers in the raw text that named no paper, dropped
    checked: int = 0  # statements about a paper that were held against its abstract
    drafted: int | None = None  # kept papers that the sections cited as they were first written; None in older editions


@dataclass(frozen=True)
class FilterReport:
    rule: AnyText  # in words, for the reader
    widened: tuple[AnyText, ...] = ()  # each step in words, in order; empty when nothing was widened


@dataclass(frozen=True)
class SelectionReport:
    """How the papers were chosen. verdict: "answered"; "broad" (hundreds fit, and these are the most relevant);
    "nothing" (no paper is on it, and these are the nearest few). narrower: questions to ask instead of a broad one.
    """

    verdict: Literal["answered", "broad", "nothing"] = "answered"
    candidates: int = 0  # papers that were graded
    relevant: int = 0  # of which so many were above the floor
    narrower: tuple[str, ...] = ()
    advice: tuple[AnyText, ...] = ()  # what else to do, such as a wider window of dates


@dataclass(frozen=True)
class RouteReport:
    """length and as_found_length: sum of the Euclidean distances between neighbours (unit vectors), unitless."""

    length: float = 0.0
    as_found_length: float = 0.0
    solver: str = "none"  # "local-search", "similarity", "none"; in older editions "fast-tsp", "python-tsp"


@dataclass(frozen=True)
class Section:
    title: str
    papers: tuple[int, ...]  # the numbers [n] of its papers, in route order, contiguous
    text: str  # paragraphs separated by blank lines; citations as [n] only
    source: Literal["extract", "model", "summaries"] = "extract"  # "summaries": the synthesis failed, labelled
    is_theme: bool = True  # False: what fits none, at the end


@dataclass(frozen=True)
class Check:
    """A statement about a paper that its title and abstract hardly support."""

    section: int  # index into Edition.sections; -1: the opening
    sentence: str
    paper: int  # the n of its [n]
    score: float  # 0..1: how much of what it says the paper's text says, too


StatementVerdict = Literal["supported", "partly", "unsupported", "unchecked"]


@dataclass(frozen=True)
class EvidenceSentence:
    """A sentence of a paper's abstract (or its title) that a statement rests on."""

    paper: int  # the n of its [n]
    position: int  # 1-based among the abstract's sentences; 0: the title
    text: str


@dataclass(frozen=True)
class Statement:
    """A sentence of the text that cites, with what of the cited papers it rests on.

    verdict: "unchecked" where nothing could judge it. score: 0..1, how well the built-in check, or the model that
    verified it, finds it supported; None where unchecked. checked_by: "builtin" or provider:model.
    """

    section: int  # index into Edition.sections; -1: the opening
    sentence: str  # as it stands in the text, markers included
    papers: tuple[int, ...]  # the numbers it cites
    evidence: tuple[EvidenceSentence, ...] = ()  # the best sentences first; () where none is found
    verdict: StatementVerdict = "unchecked"
    score: float | None = None
    checked_by: str = ""
    reason: AnyText = ""  # what is wrong, one clause for the reader: "a number differs"; "" where nothing is


@dataclass(frozen=True)
class EditionPaper(_Readable):
    """A paper as this edition shows it: a snapshot, so that later versions change nothing here."""

    number: int  # the n of its [n]: 1-based position along the route
    id: str
    version: int
    title: str
    authors: tuple[str, ...]
    categories: tuple[str, ...]
    primary_category: str
    published: datetime
    updated: datetime
    comment: str
    doi: str
    journal_ref: str
    section: int  # index into Edition.sections
    reason: AnyText  # why it was kept, for the reader
    cited: bool
    summary: Summary
    x: float = 0.0  # place on the route map, 0..1
    y: float = 0.0
    source: str = ARXIV  # as in Paper, as are the next two
    url: str = ""
    pdf_url: str = ""
    status: PaperStatus = "live"  # today's, as the store reads the edition, as are the next two
    status_note: str = ""
    citation_key: str = ""
    relevance: float | None = None  # to the question, 0..1; None where it was not graded
    core: bool = True  # of what was asked about; else at its edge
    change: float = 0.0  # of the relevance, by what readers said; within it already
    facts: PaperFacts = NO_FACTS

    def __post_init__(self) -> None:
        _complete_urls(self, "url", "pdf_url")

    @classmethod
    def alone(cls, paper: Paper, summary: Summary = NO_SUMMARY) -> Self:
        """A paper that is shown by itself, of no edition."""
        return cls.of(paper, number=1, section=0, reason="", cited=True, summary=summary)

    @classmethod
    def of(
        cls,
        paper: Paper,
        *,
        number: int,
        section: int,
        reason: AnyText,
        cited: bool,
        summary: Summary,
        place: tuple[float, float] = (0.0, 0.0),
        grade: tuple[float | None, bool] = (None, True),
    ) -> Self:
        """A paper as it is now. place: on the route map. grade: its relevance, and whether it is of the core."""
        shown = cls(
            number=number,
            id=paper.id,
            version=paper.version,
            title=paper.title,
            authors=paper.authors,
            categories=paper.categories,
            primary_category=paper.primary_category,
            published=paper.published,
            updated=paper.updated,
            comment=paper.comment,
            doi=paper.doi,
            journal_ref=paper.journal_ref,
            section=section,
            reason=reason,
            cited=cited,
            summary=summary,
            x=place[0],
            y=place[1],
            source=paper.source,
            url=paper.url,
            pdf_url=paper.pdf_url,
            status=paper.status,
            status_note=paper.status_note,
            citation_key=paper.citation_key,
            relevance=grade[0],
            core=grade[1],
        )
        title = paper.reading.get("readable_title")
        return shown if title is None else shown.with_reading({"readable_title": title})


@dataclass(frozen=True)
class OverflowPaper(_Withdrawable):
    """A new paper on the topic for which a digest had no room: named in it, so that it is told once, and not as new."""

    id: str
    version: int
    title: str
    published: datetime
    reason: AnyText
    source: str = ARXIV  # as in Paper, as is the next
    url: str = ""
    status: PaperStatus = "live"  # as in EditionPaper, as is the next
    status_note: str = ""
    because: AnyText = ""  # why it has no room, where that is what readers said

    def __post_init__(self) -> None:
        _complete_urls(self, "url")


@dataclass(frozen=True)
class Edition:
    """A survey or a digest, frozen: everything any rendering needs, and nothing else is consulted.

    A quiet digest (no new papers, or the source was down) has no papers and no sections; `quiet` says why.
    """

    id: str
    kind: EditionKind
    title: str
    question: str
    topic: str  # slug; "" for a survey
    slot: datetime | None  # of a digest
    since: datetime | None  # window of a digest, submission time, UTC
    until: datetime | None
    language: str  # BCP 47, "en", "ja" ...
    created_at: datetime
    queries: tuple[str, ...]
    counts: Counts
    filter: FilterReport
    papers: tuple[EditionPaper, ...]  # in route order
    route: RouteReport
    opening: str  # paragraphs; citations as [n]
    sections: tuple[Section, ...]
    health: tuple[Health, ...]
    usage: tuple[Usage, ...]
    seconds: Mapping[str, float] = field(default_factory=dict)  # per stage, and "total"
    beyond: tuple[OverflowPaper, ...] = ()  # of a digest, in the order as found
    note: AnyText = ""  # e.g. "No language model was used ..."; shown with the text
    quiet: AnyText = ""
    checks: tuple[Check, ...] = ()  # the weakly supported statements, in the order of the text
    support: float | None = None  # mean score of all `counts.checked` statements, 0..1; None where there are none
    complete: bool = True  # the whole window was read: the next digest may start from `until`
    request: StructuredQuestion | None = None  # the question as it was understood; None in older editions
    selection: SelectionReport | None = None  # likewise; None too where every word of a phrase had to be there
    start_here: tuple[StartPaper, ...] = ()  # what to read first, in this order; () in older editions
    statements: tuple[Statement, ...] = ()  # every sentence of the text that cites, in its order; () in older editions


@dataclass(frozen=True)
class Topic:
    slug: str
    title: str
    question: str = ""
    queries: tuple[str, ...] = ()  # used instead of the question where given
    categories: tuple[str, ...] = ()  # any of them
    include: tuple[str, ...] = ()  # every one of these words must be in title or abstract
    exclude: tuple[str, ...] = ()  # none of these may be
    cadence: str = "weekdays"  # daily | weekdays | weekly:mon | monthly:1
    at: str = "08:00"  # local time
    timezone: str = "UTC"  # IANA
    language: str = "auto"
    max_papers: int = 60
    active: bool = True
    origin: Literal["config", "store"] = "store"  # where it is defined, so where it is edited


@dataclass(frozen=True)
class SearchLog:
    """One search as the source answered it."""

    key: str
    source: str
    query: str
    at: datetime
    total: int
    paper_ids: tuple[str, ...]
    complete: bool
    detail: AnyText = ""  # what the reader of its papers has to know
