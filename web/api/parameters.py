"""Query and path parameters of the API with their bounds; its shared context; links to the next page.

Invariant: a parameter that is not here is refused, so that a misspelt one never passes for "no filter". A next page is
named only where there is one, and keeps every filter of this one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Annotated, Any, Literal, TypeVar

from fastapi import Path, Request, Response
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from starlette.requests import HTTPConnection

from store import Store
from store.records.repositories import WITH_SUBJECT_AREAS
from web import urls
from web.http.access import RateLimiter
from web.http.request_context import request_context_of
from web.http.responses import require_allowance
from web.settings import WebSettings
from web.survey_jobs import SurveyJobs

T = TypeVar("T")


@dataclass(frozen=True)
class ApiContext:
    """What the routes of the API share."""

    site: WebSettings
    search_limiter: RateLimiter
    survey_jobs: SurveyJobs | None = None

    @property
    def store(self) -> Store:
        return self.site.store

    @property
    def root(self) -> str:
        """The base address where it is known; else addresses begin with their path."""
        return self.site.base_url.rstrip("/")


def api_context_of(request: HTTPConnection) -> ApiContext:
    api_context: ApiContext = request.app.state.api_context
    return api_context


def count_search(request: Request) -> None:
    """A FastAPI dependency: one search more of a client. Raises HTTPException 429."""
    require_allowance(api_context_of(request).search_limiter, request_context_of(request).client)


def split_page(found: Sequence[T], limit: int) -> tuple[list[T], bool]:
    """Of one more than were asked for: those asked for, and whether there are more."""
    return list(found[:limit]), len(found) > limit


def set_next_link(root: str, path: str, query: BaseModel, response: Response, **where: object) -> str:
    """The address of the next page, also put into the header Link (RFC 8288)."""
    parameters = {**query.model_dump(exclude_none=True, exclude_defaults=True), **where}
    address = urls.with_query(f"{root}{urls.API}{path}", parameters)
    response.headers["link"] = f'<{address}>; rel="next"'
    return address


MOST_ITEMS = 100
FURTHEST = 1_000  # hits of a search that are ever shown

_SLUG = r"^[a-z0-9]+(-[a-z0-9]+)*$"
_SERVERS = "|".join(WITH_SUBJECT_AREAS)
CATEGORY = rf"^([A-Za-z-]{{1,20}}(\.([A-Za-z-]{{1,20}}|\*))?|({_SERVERS}):[a-z]{{1,20}}(_[a-z]{{1,20}}){{0,9}})$"
CATEGORY_MEANS = "cs.CL, or cs for all of an archive; biorxiv:cell_biology, or biorxiv for all of a server."
_ID = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,119}$"
_PAPER_ID = r"^[A-Za-z0-9][A-Za-z0-9.:/_()-]{0,99}$"


def _require_digits(value: Any) -> Any:
    """ "20": pydantic would also take "2e1", " 20 " and "2_0", which the description does not."""
    if isinstance(value, str) and not (value.isascii() and value.isdecimal()):
        raise ValueError("write it in digits")
    return value


def _require_day(text: str) -> str:
    try:
        date.fromisoformat(text)
    except ValueError:
        raise ValueError("there is no such day; write it as 2026-11-22") from None
    return text


Count = Annotated[int, BeforeValidator(_require_digits)]
Day = Annotated[
    str,
    Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", json_schema_extra={"format": "date"}, examples=["2026-11-22"]),
    AfterValidator(_require_day),
]
Slug = Annotated[str, Field(pattern=_SLUG, max_length=60)]
SearchWords = Annotated[
    str,
    Field(
        min_length=1,
        max_length=500,
        description='Words, "phrases", -word, author:name, author:"full name", category:cs.CL; all must hold.',
    ),
]
EditionId = Annotated[str, Path(pattern=_ID, description="An edition's id.")]
PaperId = Annotated[
    str,
    Path(
        pattern=_PAPER_ID,
        description="Its id without version: 2405.01234, biorxiv:10.1101/2024.01.01.123456.",
    ),
]
Person = Annotated[str, Path(min_length=1, max_length=200, description="An author's key: edward-hu.")]
TopicSlug = Annotated[str, Path(pattern=_SLUG, max_length=60, description="A topic's slug.")]


_ONE_ID = r"[A-Za-z0-9][A-Za-z0-9.:/_()-]{0,99}"
PaperIds = Annotated[
    str,
    Field(
        pattern=rf"^{_ONE_ID}(,{_ONE_ID}){{0,199}}$",
        max_length=6_000,
        description="Ids of papers with commas between them, at most 200: 2405.01234,hep-th/9901001.",
    ),
]


class QueryParameters(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)  # decision 58


class Window(QueryParameters):
    since: Day | None = Field(None, description="From the beginning of this day, UTC.")
    until: Day | None = Field(None, description="Up to the beginning of this day, UTC.")

    @property
    def begins(self) -> datetime | None:
        return _midnight(self.since)

    @property
    def ends(self) -> datetime | None:
        return _midnight(self.until)


class Paged(QueryParameters):
    limit: Count = Field(20, ge=1, le=MOST_ITEMS, description="Items on a page.")


class Ranked(Paged):
    q: SearchWords
    offset: Count = Field(0, ge=0, le=FURTHEST, description="Hits to pass over.")


class EditionsAsked(Window, Paged):
    kind: Literal["survey", "digest"] | None = Field(None, description="Only this kind.")
    topic: Slug | None = Field(None, description="Only digests of this topic.")
    # decision 57
    after: str | None = Field(None, pattern=_ID, description="Begin behind this edition, the last one of a page.")


class PapersAsked(Window, Paged):
    category: str | None = Field(None, pattern=CATEGORY, description=CATEGORY_MEANS)
    after: str | None = Field(None, pattern=_PAPER_ID, description="Begin behind this paper, the last one of a page.")


class AuthorPapersAsked(Paged):
    after: str | None = Field(None, pattern=_PAPER_ID, description="Begin behind this paper, the last one of a page.")


class FindEditions(Window, Ranked):
    kind: Literal["survey", "digest"] | None = Field(None, description="Only this kind.")
    topic: Slug | None = Field(None, description="Only digests of this topic.")


class FindPapers(Window, Ranked):
    sort: Literal["rank", "date"] = Field(
        "rank", description='Best first; with "date" the last submitted first, of those that hold the words.'
    )
    category: str | None = Field(None, pattern=CATEGORY, description=CATEGORY_MEANS)


class FindSimilar(QueryParameters):
    q: SearchWords
    limit: Count = Field(20, ge=1, le=MOST_ITEMS)


def _midnight(day: str | None) -> datetime | None:
    return datetime.combine(date.fromisoformat(day), time(), UTC) if day else None
