"""What requests may ask of the API: every parameter with its bounds.

Invariant: a parameter that is not here is refused, so that a misspelt one never passes for "no filter".
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Annotated, Any, Literal

from fastapi import Path
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

MOST_ITEMS = 100
FURTHEST = 1_000  # hits of a search that are ever shown

_SLUG = r"^[a-z0-9]+(-[a-z0-9]+)*$"
_CATEGORY = r"^[A-Za-z-]{1,20}(\.([A-Za-z-]{1,20}|\*))?$"
_ID = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,119}$"
_PAPER_ID = r"^[A-Za-z0-9][A-Za-z0-9./-]{0,39}$"


def _plain_digits(value: Any) -> Any:
    """ "20": pydantic would also take "2e1", " 20 " and "2_0", which the description does not."""
    if isinstance(value, str) and not (value.isascii() and value.isdecimal()):
        raise ValueError("write it in digits")
    return value


def _day(text: str) -> str:
    try:
        date.fromisoformat(text)
    except ValueError:
        raise ValueError("there is no such day; write it as 2026-11-22") from None
    return text


Count = Annotated[int, BeforeValidator(_plain_digits)]
Day = Annotated[
    str,
    Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", json_schema_extra={"format": "date"}, examples=["2026-11-22"]),
    AfterValidator(_day),
]
Slug = Annotated[str, Field(pattern=_SLUG, max_length=60)]
Words = Annotated[str, Field(min_length=1, max_length=500, description='Words and "phrases"; all must be found.')]
EditionId = Annotated[str, Path(pattern=_ID, description="An edition's id.")]
PaperId = Annotated[
    str, Path(pattern=_PAPER_ID, description="An arXiv id without version: 2405.01234, hep-th/9711200.")
]
TopicSlug = Annotated[str, Path(pattern=_SLUG, max_length=60, description="A topic's slug.")]


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Window(_Asked):
    since: Day | None = Field(None, description="From the beginning of this day, UTC.")
    until: Day | None = Field(None, description="Up to the beginning of this day, UTC.")

    @property
    def begins(self) -> datetime | None:
        return _midnight(self.since)

    @property
    def ends(self) -> datetime | None:
        return _midnight(self.until)


class Paged(_Asked):
    limit: Count = Field(20, ge=1, le=MOST_ITEMS, description="Items on a page.")


class Ranked(Paged):
    q: Words
    offset: Count = Field(0, ge=0, le=FURTHEST, description="Hits to pass over.")


class EditionsAsked(Window, Paged):
    kind: Literal["survey", "digest"] | None = Field(None, description="Only this kind.")
    topic: Slug | None = Field(None, description="Only digests of this topic.")
    after: str | None = Field(None, pattern=_ID, description="Begin behind this edition, the last one of a page.")


class PapersAsked(Window, Paged):
    category: str | None = Field(None, pattern=_CATEGORY, description="cs.CL, or cs for all of an archive.")
    after: str | None = Field(None, pattern=_PAPER_ID, description="Begin behind this paper, the last one of a page.")


class FindEditions(Window, Ranked):
    kind: Literal["survey", "digest"] | None = Field(None, description="Only this kind.")
    topic: Slug | None = Field(None, description="Only digests of this topic.")


class FindPapers(Window, Ranked):
    category: str | None = Field(None, pattern=_CATEGORY, description="cs.CL, or cs for all of an archive.")


class FindSimilar(_Asked):
    q: Words
    limit: Count = Field(20, ge=1, le=MOST_ITEMS)


def _midnight(day: str | None) -> datetime | None:
    return datetime.combine(date.fromisoformat(day), time(), UTC) if day else None
