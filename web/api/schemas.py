"""Response schemas of the API, as pydantic models: the description and the answers come from the same lines.

Invariant: a field, once here, keeps its name and meaning through version 1; new ones may come. Times are UTC, as
"2026-11-22T08:00:00Z".
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainSerializer, WithJsonSchema

from digest.i18n.catalog import get_catalog
from store.db.columns import clean
from store.indexing.snippets import Snippet
from store.records.editions import Paper, Topic
from store.tables.editions import EditionHead
from store.text.names import is_name
from store.text.withdrawal import PaperStatus
from store.views.authors import AuthorSummary
from store.views.fulltext import EditionHit, FoundBy, PaperHit
from store.views.listings import TopicEditions
from web import urls


def instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


Moment = Annotated[
    datetime, PlainSerializer(instant, return_type=str), WithJsonSchema({"type": "string", "format": "date-time"})
]

STATUS = "Withdrawn by its authors, removed by the archive that keeps it, or restored after one of these."

# An edition's body may hold lone surrogates, which no UTF-8 can: a character for a character, so that offsets stay.
Text = Annotated[str, AfterValidator(clean)]


class Shape(BaseModel):
    model_config = ConfigDict(frozen=True)


class EditionItem(Shape):
    """An edition in a list: a survey, or a digest of a topic."""

    id: str
    kind: Literal["survey", "digest"]
    title: str
    question: str
    topic: str | None = Field(description="The topic's slug, of a digest.")
    slot: Moment | None = Field(description="The moment that a digest was due.")
    created_at: Moment
    language: str = Field(description="A language tag (BCP 47).")
    papers: int = Field(ge=0, description="How many papers it shows.")
    cited: int = Field(ge=0, description="How many of them its text cites.")
    quiet: str = Field(description="Why there is nothing to show; empty where there is.")
    page: str = Field(description="Where people read it.")

    @classmethod
    def of(cls, head: EditionHead, root: str) -> EditionItem:
        return cls(
            id=head.id,
            kind=head.kind,
            title=head.title,
            question=head.question,
            topic=head.topic or None,
            slot=head.slot,
            created_at=head.created_at,
            language=head.language,
            papers=head.papers,
            cited=head.cited,
            quiet=get_catalog("edition", head.language).show(head.quiet),
            page=root + urls.edition(head.id),
        )


class PaperItem(Shape):
    """A paper, in the newest version that was seen."""

    id: str = Field(description="Its arXiv id, without version; from another source with that before it.")
    version: int = Field(ge=1)
    title: str = Field(description="With its LaTeX, as the authors wrote it; so is the abstract.")
    abstract: str
    authors: list[str]
    categories: list[str]
    primary_category: str
    published: Moment = Field(description="When its first version was submitted.")
    updated: Moment = Field(description="When this version was submitted.")
    comment: str
    doi: str = Field(description="The first of `dois`; empty where there is none.")
    dois: list[str]
    journal_ref: str
    status: PaperStatus = Field(description=STATUS)
    status_note: str = Field(description="The sentence that says so; empty of a live one.")
    source: str = Field(description="Where it is from: arxiv, for one.")
    url: str = Field(description="Where its source shows it.")
    pdf_url: str = Field(description='"" where the source has none.')
    page: str = Field(description="Where people read of it here.")

    @classmethod
    def of(cls, paper: Paper, root: str) -> PaperItem:
        return cls(**_fields(paper, root))


class Nearest(Shape):
    id: str
    title: str
    cosine: float = Field(ge=-1.01, le=1.01, description="Of the two vectors: 1 for the same direction.")


class Gist(Shape):
    """A paper in half a minute, as the newest edition with it has it. A part that the abstract lacks is empty."""

    problem: Text
    method: Text
    result: Text
    text: Text
    model: str
    source: Literal["extract", "model", "abstract"]


class PaperDocument(PaperItem):
    summary: Gist | None = Field(description="None where no edition shows it.")
    editions: list[EditionItem] = Field(max_length=50, description="Those that show it, newest first, at most 50.")
    nearest: list[Nearest] = Field(max_length=10, description="The papers nearest in meaning, nearest first.")

    @classmethod
    def whole(
        cls,
        paper: Paper,
        root: str,
        *,
        summary: Gist | None,
        editions: list[EditionItem],
        nearest: list[Nearest],
    ) -> PaperDocument:
        return cls(**_fields(paper, root), summary=summary, editions=editions, nearest=nearest)


class AuthorItem(Shape):
    """A person whose papers are here. People are told apart by their names alone."""

    person: str = Field(description="The key in addresses: edward-hu.")
    names: list[Text] = Field(max_length=5, description="As the papers write it, that of the last submitted first.")
    papers: int = Field(ge=1)
    editions: list[EditionItem] = Field(max_length=50, description="Those that show one of them, newest first.")
    page: str
    feed: str = Field(description="Its Atom feed.")

    @classmethod
    def of(cls, author: AuthorSummary, heads: Iterable[EditionHead], root: str) -> AuthorItem:
        return cls(
            person=author.person,
            names=list(author.names),
            papers=author.papers,
            editions=edition_items(heads, root),
            page=root + urls.author(author.person),
            feed=root + urls.author_feed(author.person),
        )


class TopicItem(Shape):
    """What is watched, and how often."""

    slug: str
    title: str
    question: str
    queries: list[str] = Field(description="Search words used instead of the question, where there are any.")
    categories: list[str]
    include: list[str] = Field(description="Words that every paper must have.")
    exclude: list[str] = Field(description="Words that none may have.")
    cadence: str = Field(description="daily, weekdays, weekly:mon, monthly:1 …")
    at: str = Field(description="Local time, 08:00.")
    timezone: str = Field(description="An IANA zone.")
    language: str
    active: bool = Field(description="Whether digests are still made.")
    editions: int = Field(ge=0, description="How many digests it has, quiet ones included.")
    latest: Moment | None = Field(description="The slot of the newest.")
    page: str
    feed: str = Field(description="Its Atom feed.")

    @classmethod
    def of(cls, topic: Topic, made: TopicEditions | None, root: str) -> TopicItem:
        return cls(
            slug=topic.slug,
            title=topic.title,
            question=topic.question,
            queries=list(topic.queries),
            categories=list(topic.categories),
            include=list(topic.include),
            exclude=list(topic.exclude),
            cadence=topic.cadence,
            at=topic.at,
            timezone=topic.timezone,
            language=topic.language,
            active=topic.active,
            editions=made.editions if made else 0,
            latest=made.latest if made else None,
            page=root + urls.topic(topic.slug),
            feed=root + urls.topic_feed(topic.slug),
        )


class Excerpt(Shape):
    """The part of a text that shows why it was found: plain text, never markup."""

    text: Text
    matches: list[tuple[int, int]] = Field(
        description="Where the words stand: from, and up to but without, counted in characters (code points)."
    )

    @classmethod
    def of(cls, snippet: Snippet) -> Excerpt:
        return cls(text=snippet.text, matches=list(snippet.matches))


class FoundPaper(Shape):
    paper: PaperItem
    snippet: Excerpt
    found_by: FoundBy = Field(
        description='By its words, or near in meaning; "meaning": it does not hold all the words.'
    )

    @classmethod
    def of(cls, hit: PaperHit, root: str) -> FoundPaper:
        paper, snippet = PaperItem.of(hit.paper, root), Excerpt.of(hit.snippet)
        return cls(paper=paper, snippet=snippet, found_by=hit.found_by)


class FoundEdition(Shape):
    edition: EditionItem
    snippet: Excerpt

    @classmethod
    def of(cls, hit: EditionHit, root: str) -> FoundEdition:
        return cls(edition=EditionItem.of(hit.edition, root), snippet=Excerpt.of(hit.snippet))


class SimilarPaper(Shape):
    paper: PaperItem
    cosine: float = Field(ge=-1.01, le=1.01)


NEXT = "Where the next page is; null on the last one. The header Link says the same."


class EditionPage(Shape):
    items: list[EditionItem]
    next: str | None = Field(description=NEXT)


class PaperPage(Shape):
    items: list[PaperItem]
    next: str | None = Field(description=NEXT)


class BibliographyText(Shape):
    """Papers in a form that reference managers read."""

    format: str
    media_type: str = Field(description="Of the text as a file.")
    extension: str = Field(description="Of the name of such a file.")
    papers: list[str] = Field(description="Their ids, in the order of the text.")
    text: Text


class TopicList(Shape):
    items: list[TopicItem]


class FoundPapers(Shape):
    items: list[FoundPaper]
    next: str | None = Field(description=NEXT)
    elsewhere: str | None = Field(
        description="Where the first paper is that was named by an id or DOI and that is not in this archive."
    )
    missing: list[str] = Field(description="Where all of these are.")


class FoundEditions(Shape):
    items: list[FoundEdition]
    next: str | None = Field(description=NEXT)


class SimilarPapers(Shape):
    items: list[SimilarPaper] = Field(description="Nearest first.")


def edition_items(heads: Iterable[EditionHead], root: str) -> list[EditionItem]:
    return [EditionItem.of(head, root) for head in heads]


def _fields(paper: Paper, root: str) -> dict[str, Any]:
    return {
        "id": paper.id,
        "version": paper.version,
        "title": paper.title,
        "abstract": paper.abstract,
        "authors": list(filter(is_name, paper.authors)),
        "categories": list(paper.categories),
        "primary_category": paper.primary_category,
        "published": paper.published,
        "updated": paper.updated,
        "comment": paper.comment,
        "doi": next(iter(paper.dois), ""),
        "dois": list(paper.dois),
        "journal_ref": paper.journal_ref,
        "status": paper.status,
        "status_note": paper.status_note,
        "source": paper.source,
        "url": paper.url,
        "pdf_url": paper.pdf_url,
        "page": root + urls.paper(paper.id),
    }
