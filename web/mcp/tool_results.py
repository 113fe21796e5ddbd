"""Structured results of the tools, as pydantic models: the schema that is told and the values come from the same lines.

Invariant: a field, once here, keeps its name and meaning; new ones may come. Fields have the names that the JSON API
gives them; what an assistant has little use for is left out. A paper is a few hundred characters.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from digest.render import edition_facts
from digest.render.reliability import statement_marks, support_warning
from digest.render.safe_text import to_line, to_verbatim_line
from store.records.editions import Edition, EditionPaper, Paper, StatementVerdict, Topic
from store.tables.editions import EditionHead
from store.text.names import is_name
from store.text.withdrawal import PaperStatus
from store.views.fulltext import FoundBy
from store.views.listings import TopicEditions
from web import urls

_MOST_AUTHORS = 10
_MOST_STATEMENTS, _MOST_SENTENCE = 60, 600
_LINK_TARGET = re.compile(r"\]\([^)\s]*\)")
_NO_LETTERS = re.compile(r"[\W_]+")

Page = str | None
_PAGE = Field(description="Where people read it here; null where this archive has no address.")


class Result(BaseModel):
    model_config = ConfigDict(frozen=True)


class PaperEntry(Result):
    id: str = Field(description="Its arXiv id, without version; from another source with that before it.")
    title: str
    authors: list[str] = Field(description=f"The first {_MOST_AUTHORS}.")
    published: str = Field(description="The day of its first version, UTC.")
    status: PaperStatus
    url: str = Field(description="Where its source shows it.")
    page: Page = _PAGE


class FoundPaperEntry(PaperEntry):
    snippet: str = Field(description="The part of its text that shows why it was found.")
    found_by: FoundBy = Field(description="“meaning”: it does not hold all the words.")


class NearPaperEntry(PaperEntry):
    cosine: float = Field(description="How near in meaning: 1 is the same.")


class EditionEntry(Result):
    id: str
    kind: Literal["survey", "digest"]
    title: str
    topic: str | None = Field(description="The slug of a digest's topic.")
    date: str = Field(description="The day that a digest was due or a survey was made, UTC.")
    language: str
    papers: int
    page: Page = _PAGE


class FoundEditionEntry(EditionEntry):
    snippet: str


class SearchAnswer(Result):
    papers: list[FoundPaperEntry] = []
    editions: list[FoundEditionEntry] = []
    missing: Annotated[list[str], Field(description="Where the papers are that were named and are not here.")] = []
    suggestions: Annotated[list[str], Field(description="The same search spelt otherwise; each finds something.")] = []


class EditionsAnswer(Result):
    editions: list[EditionEntry]
    next: str | None = Field(description="The value of `after` that brings those behind; null where none are.")


class SimilarAnswer(Result):
    papers: list[NearPaperEntry] = Field(description="Nearest first.")


class PaperDetails(PaperEntry):
    version: int
    updated: str
    abstract: str
    summary: str = Field(description="Of the newest edition that shows it; empty where none does.")
    editions: list[EditionEntry]


class EditionPaperEntry(Result):
    number: int = Field(description="The n of its [n].")
    id: str
    title: str
    url: str


class StartEntry(Result):
    number: int
    reason: str


class EvidenceEntry(Result):
    number: int = Field(description="The paper's.")
    text: str = Field(description="A sentence of its abstract, or its title.")


class StatementEntry(Result):
    sentence: str
    numbers: list[int] = Field(description="Of the papers that it cites.")
    verdict: StatementVerdict = Field(description="Whether these say so, too.")
    reason: str = Field(description="Why not; empty where nothing is wrong.")
    evidence: list[EvidenceEntry] = Field(description="What it rests on, the best first.")


class EditionText(EditionEntry):
    support_warning: str = Field(description="That the text is not to be relied on; empty of every other.")
    start_here: list[StartEntry] = Field(description="What to read first, and why.")
    cited: list[EditionPaperEntry] = Field(description="The papers whose numbers stand in `text`.")
    text: str = Field(description="Markdown; [n] cites the paper of that number.")
    statements: list[StatementEntry] = Field(
        description=f"Sentences of `text` that cite, the first {_MOST_STATEMENTS}, those to be doubted before others."
    )
    next_offset: int | None = Field(description="Where the rest of the text begins; null where this is all.")


class TopicEntry(Result):
    slug: str
    title: str
    question: str
    active: bool = Field(description="Whether digests are still made.")
    schedule: str
    editions: int = Field(description="How many digests it has, quiet ones included.")
    latest: str | None = Field(description="The day of the newest.")
    page: Page = _PAGE


class TopicsAnswer(Result):
    topics: list[TopicEntry]


class SurveyStatus(Result):
    id: str = Field(description="What follow_survey takes.")
    question: str
    state: Literal["waiting", "running", "done", "failed"]
    stage: str = Field(description="What is being done now; empty before and behind.")
    edition: str | None = Field(description="The id of the edition, once it is done: read_edition takes it.")
    error: str | None = Field(description="Why it failed, and what to do.")
    page: str = Field(description="Where a person follows it, and reads it in the end.")


def paper_fields(paper: Paper, root: str) -> dict[str, object]:
    """What every entry of a paper begins with."""
    return {
        "id": paper.id,
        "title": to_verbatim_line(paper.readable_title, 400),
        "authors": [to_line(name, 80) for name in paper.authors if is_name(name)][:_MOST_AUTHORS],
        "published": f"{paper.published:%Y-%m-%d}",
        "status": paper.status,
        "url": paper.url,
        "page": page_address(root, urls.paper(paper.id)),
    }


def edition_fields(head: EditionHead, root: str) -> dict[str, object]:
    return {
        "id": head.id,
        "kind": head.kind,
        "title": to_line(head.title, 300),
        "topic": head.topic or None,
        "date": f"{head.slot or head.created_at:%Y-%m-%d}",
        "language": head.language,
        "papers": head.papers,
        "page": page_address(root, urls.edition(head.id)),
    }


def _head_of(edition: Edition) -> EditionHead:
    return EditionHead(
        edition.id,
        edition.kind,
        edition.title,
        edition.question,
        edition.topic,
        edition.slot,
        edition.language,
        edition.created_at,
        papers=len(edition.papers),
        cited=sum(paper.cited for paper in edition.papers),
        quiet=edition.quiet,
    )


def edition_entries(heads: Sequence[EditionHead], root: str) -> list[EditionEntry]:
    return [EditionEntry.model_validate(edition_fields(head, root)) for head in heads]


def _cited_papers(papers: Sequence[EditionPaper], text: str) -> list[EditionPaperEntry]:
    """Those whose numbers stand in a text."""
    return [
        EditionPaperEntry(number=paper.number, id=paper.id, title=to_line(paper.title, 300), url=paper.url)
        for paper in papers
        if f"[{paper.number}\\]" in text or f"[{paper.number}]" in text
    ]


def _statements(edition: Edition, text: str) -> list[StatementEntry]:
    """Those that stand in a text of markdown, the doubtful first."""
    letters = _letters(text)
    shown = [mark for mark in statement_marks(edition) if _letters(_cited_part(to_line(mark.sentence))) in letters]
    return [
        StatementEntry(
            sentence=to_line(mark.sentence, _MOST_SENTENCE),
            numbers=list(mark.papers),
            verdict=mark.verdict,
            reason=mark.reason,
            evidence=[EvidenceEntry(number=one.paper, text=one.text) for one in mark.evidence],
        )
        for mark in sorted(shown, key=lambda mark: not mark.words)[:_MOST_STATEMENTS]
    ]


def _cited_part(sentence: str) -> str:
    """Up to its last citation, behind which a mark may stand in the text."""
    return sentence[: sentence.rfind("]") + 1] or sentence


def _letters(text: str) -> str:
    """Without what markdown adds: links, escapes, emphasis."""
    return _NO_LETTERS.sub("", _LINK_TARGET.sub("", text))


def edition_text(edition: Edition, text: str, end: int | None, root: str) -> EditionText:
    """A piece of an edition's text, with what it cites."""
    start = [StartEntry(number=paper.number, reason=reason) for paper, reason in edition_facts.start_papers(edition)]
    return EditionText.model_validate({
        **edition_fields(_head_of(edition), root),
        "start_here": start,
        "cited": _cited_papers(edition.papers, text),
        "text": text,
        "support_warning": support_warning(edition),
        "statements": _statements(edition, text),
        "next_offset": end,
    })  # fmt: skip


def topic_entry(topic: Topic, made: TopicEditions | None, schedule: str, root: str) -> TopicEntry:
    return TopicEntry(
        slug=topic.slug,
        title=to_line(topic.title, 200),
        question=to_line(topic.question, 500),
        active=topic.active,
        schedule=schedule,
        editions=made.editions if made else 0,
        latest=f"{made.latest:%Y-%m-%d}" if made else None,
        page=page_address(root, urls.topic(topic.slug)),
    )


def page_address(root: str, path: str) -> Page:
    return root + path if root else None
