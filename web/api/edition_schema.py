"""Pydantic schema of an edition's JSON, "paperroute.edition/1", as `digest/render/edition_json.py` writes it.

Invariant: this describes and never makes: the bytes are the renderer's own, those of `paperroute show --format json`.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from store.records.editions import StatementVerdict
from store.records.paper_facts import PaperRole, StartKind
from store.records.questions import WordRole
from store.text.withdrawal import PaperStatus
from web.api.schemas import STATUS, Gist, Moment, Shape


class EditionCounts(Shape):
    found: int = Field(description="Papers that the search returned.")
    kept: int = Field(description="Papers after the filter.")
    summarised: int = Field(description="Summaries made for this edition.")
    cited: int
    unknown_markers: int = Field(description="Citations in the raw text that named no paper, and were dropped.")
    embedded: int = Field(description="Vectors computed for this edition.")
    checked: int = Field(description="Statements that were held against an abstract.")


class EditionRule(Shape):
    rule: str
    widened: list[str]


class EditionPaperFacts(Shape):
    """What is known of a paper beside its text. What was not found is null, empty or "unknown"."""

    role: PaperRole
    centrality: float | None = Field(description="How near it is to the edition's other papers; 1 is the nearest.")
    novelty: float | None = Field(description="How far from what the topic's editions had before, 0 to 1.")
    code_url: str
    data_url: str
    pages: int | None
    venue: str
    citations: int | None
    methods: list[str] = Field(description="That its abstract names, as are the data sets.")
    datasets: list[str]


class EditionStart(Shape):
    """A paper to read first, and why."""

    position: int
    kind: StartKind
    reason: str


class PaperInEdition(Shape):
    """A paper as this edition shows it: a snapshot."""

    id: str
    version: int
    title: str
    authors: list[str]
    source: str
    url: str
    pdf_url: str
    published: Moment
    updated: Moment
    categories: list[str]
    primary_category: str
    comment: str
    doi: str = Field(description="The first of `dois`; empty where there is none.")
    dois: list[str]
    journal_ref: str
    status: PaperStatus = Field(description=STATUS)
    status_note: str = Field(description="The sentence that says so; empty of a live one.")
    position: int = Field(ge=1, description="The n of its [n].")
    section: int = Field(description="Index into `sections`.")
    reason: str = Field(description="Why it was kept.")
    relevance: float | None = Field(description="To the question, 0 to 1; null where it was not graded.")
    core: bool = Field(description="Of what was asked about; false at its edge.")
    facts: EditionPaperFacts
    summary: Gist
    cited: bool


class EditionRoute(Shape):
    """Lengths are sums of Euclidean distances between neighbours."""

    length: float
    as_found_length: float
    solver: str


class EditionPoint(Shape):
    """A paper's place on the map of the route, 0 to 1."""

    position: int
    x: float
    y: float


class EditionSection(Shape):
    title: str
    is_theme: bool = Field(description="False of the papers that fit none, at the end.")
    papers: list[int] = Field(description="Their positions.")
    text: str = Field(description="Paragraphs, apart by empty lines; citations as [n].")
    source: Literal["extract", "model", "summaries"]


class EditionCheck(Shape):
    """A statement that its paper's abstract hardly supports."""

    section: int | None = Field(description="Null: it stands in the opening.")
    sentence: str
    position: int
    score: float


class EditionEvidence(Shape):
    """A sentence that a statement rests on."""

    position: int = Field(description="The paper's.")
    sentence: int = Field(ge=0, description="Which of the abstract's, the first is 1; 0 is the title.")
    text: str


class EditionStatement(Shape):
    """A sentence of the text that cites, and how well the papers that it cites support it."""

    section: int | None = Field(description="Null: it stands in the opening.")
    sentence: str = Field(description="As it stands in the text.")
    positions: list[int] = Field(description="Of the papers that it cites.")
    verdict: StatementVerdict
    score: float | None = Field(description="How well it is supported, 0 to 1; null where that was not judged.")
    reason: str = Field(description="What is wrong; empty where nothing is.")
    checked_by: str = Field(description="“builtin” or the model that verified it; empty where nothing did.")
    evidence: list[EditionEvidence] = Field(description="The best sentences first.")


class EditionBeyond(Shape):
    """A new paper for which a digest had no room."""

    id: str
    version: int
    title: str
    status: PaperStatus = Field(description=STATUS)
    status_note: str = Field(description="The sentence that says so; empty of a live one.")
    reason: str = Field(description="Why it is on the topic, and what readers said that moved it.")


class EditionHealth(Shape):
    source: str
    ok: bool
    detail: str


class EditionUsage(Shape):
    """What calls to one model in one role took. usd: null where the price is unknown."""

    role: str
    model: str
    calls: int
    input_tokens: int
    output_tokens: int
    cached_tokens: int
    usd: float | None


class EditionConcept(Shape):
    """One thing that was asked about. guessed: its forms were not known but concluded."""

    asked: str
    forms: list[str] = Field(description="How abstracts write it, the usual one first.")
    guessed: bool


class EditionCorrection(Shape):
    """A misspelt word, and the word that was searched for."""

    typed: str
    used: str


class EditionWord(Shape):
    text: str
    role: WordRole


class EditionRequest(Shape):
    """The question as it was understood: each of its words has one role."""

    text: str
    language: str
    concepts: list[EditionConcept]
    not_understood: list[str]
    corrections: list[EditionCorrection]
    paper_ids: list[str]
    since: Moment | None
    until: Moment | None = Field(description="Itself excluded.")
    categories: list[str] = Field(description="Papers are in any of these.")
    authors: list[str] = Field(description="Papers are by all of these.")
    exclude: list[str] = Field(description="Papers have none of these.")
    max_papers: int | None
    words: list[EditionWord]


class EditionSelection(Shape):
    """How the papers were chosen."""

    verdict: Literal["answered", "broad", "nothing"] = Field(description="With “nothing” no paper is on it.")
    candidates: int = Field(description="Papers that were compared with the question.")
    relevant: int = Field(description="Of which so many were relevant.")
    narrower: list[str] = Field(description="Questions to ask instead of a broad one.")
    advice: list[str] = Field(description="What else to do.")


class EditionDocument(BaseModel):
    """A survey or digest, whole. The schema is stable: fields are added, and never changed or taken away."""

    schema_: Literal["paperroute.edition/1"] = Field(alias="schema")
    edition: str = Field(description="Its id.")
    kind: Literal["survey", "digest"]
    title: str
    question: str | None
    topic: str | None
    slot: Moment | None
    since: Moment | None
    until: Moment | None
    language: str
    created_at: Moment
    queries: list[str]
    counts: EditionCounts
    filter: EditionRule
    papers: list[PaperInEdition] = Field(description="In the order of the route.")
    route: EditionRoute
    points: list[EditionPoint]
    start_here: list[EditionStart] = Field(description="Empty in older editions and small ones.")
    opening: str
    sections: list[EditionSection]
    support: float | None
    checks: list[EditionCheck]
    support_warning: str = Field(description="That the text is not to be relied on; empty of every other.")
    statements: list[EditionStatement] = Field(description="In the text's order; empty in older editions.")
    also_found: list[int] = Field(description="Positions of the papers that no sentence cites.")
    beyond: list[EditionBeyond]
    note: str
    quiet: str
    complete: bool
    markdown: str = Field(description="The whole as markdown.")
    health: list[EditionHealth]
    usage: list[EditionUsage]
    seconds: dict[str, float] = Field(description="Per stage, and in total.")
    request: EditionRequest | None = Field(description="Null in older editions, as is the next.")
    selection: EditionSelection | None = Field(description="Null, too, where every word of a phrase had to be there.")
