"""Rows of `details` -> papers: a row is a version; each paper is its newest row, or a row is set aside and named.

Invariant: pure; a row whose identity or date cannot be told costs no other. Which server a paper is of says its row:
DOIs of both begin alike. Families and given names are told apart as the server tells them: a name that would be read
otherwise in the order of speech stays as "Family, Given".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field, ValidationError

from digest.sources.biorxiv.abstract import read_abstract
from digest.sources.biorxiv.servers import SERVERS, PreprintServer
from store.records.editions import Paper
from store.records.lazy_text import AnyText, LazyText, lazy_gettext
from store.text.identifiers import parse_dois
from store.text.names import parse_author
from store.text.source_text import clean_line
from store.text.withdrawal import WITHDRAWN, PaperStatus, read_status

_LONGEST_NAME = 80
_DATED_DOI = re.compile(r"10\.\d{4,9}/(\d{4})\.(\d\d)\.(\d\d)\.\d+")
_TITLE_NOTICE = re.compile(r"^\W*(?:withdrawn|retracted|removed)\b\W*", re.IGNORECASE)

_Text = Annotated[str, BeforeValidator(lambda value: "" if value is None else value)]
_Day = Annotated[date, BeforeValidator(lambda value: date.fromisoformat(value) if isinstance(value, str) else None)]


class PreprintVersion(BaseModel):
    """One row. Every value may be a string; what there is not is "NA", empty or missing."""

    doi: str = Field(pattern=r"^10\.\d{4,9}/[A-Za-z0-9._;()/-]{1,100}$")
    version: int = Field(ge=1, le=9999)
    date: _Day  # of this version
    title: str = Field(min_length=1)
    abstract: _Text = ""
    authors: _Text = ""
    category: _Text = ""
    published: _Text = ""
    server: _Text = ""


def read_rows(rows: Iterable[Any]) -> tuple[list[PreprintVersion], list[LazyText]]:
    """What can be read, in order; a name and what is wrong of each other."""
    read: list[PreprintVersion] = []
    set_aside: list[LazyText] = []
    for row in rows:
        try:
            read.append(PreprintVersion.model_validate(row))
        except ValidationError as error:
            field = ".".join(map(str, error.errors()[0]["loc"])) or "row"
            why = lazy_gettext("its <{name}> cannot be read", name=field)
            set_aside.append(lazy_gettext("{entry} ({why})", entry=_name(row), why=why))
    return read, set_aside


def newest_versions(versions: Iterable[PreprintVersion]) -> list[PreprintVersion]:
    """Of each paper the highest, in the order in which papers come first."""
    newest: dict[str, PreprintVersion] = {}
    for version in versions:
        if version.doi not in newest or version.version >= newest[version.doi].version:
            newest[version.doi] = version
    return list(newest.values())


def first_days(versions: Iterable[PreprintVersion]) -> dict[str, date]:
    """The day of each paper's first version by DOI, as far as its rows or its DOI tell it."""  # decision 223
    days: dict[str, date] = {}
    for version in versions:
        if version.version == 1:
            days[version.doi] = version.date
        elif day := _day_of_doi(version):
            days.setdefault(version.doi, day)
    return days


def to_paper(version: PreprintVersion, first_day: date, asked: PreprintServer) -> Paper:
    """asked: whose paper it is where the row does not say."""
    server = SERVERS.get(version.server.strip().lower(), asked)
    status, note = _status(version)
    subject = server.read_subject(version.category)
    page = f"https://www.{server.name}.org/content/{version.doi}v{version.version}"
    return Paper(
        id=f"{server.name}:{version.doi}",
        version=version.version,
        title=clean_line(version.title),
        abstract=read_abstract(version.abstract),
        authors=tuple(filter(None, map(_spoken_name, version.authors.split(";")))),
        categories=(subject,) if subject else (),
        primary_category=subject,
        published=_midnight(first_day),
        updated=_midnight(version.date),
        doi=" ".join((*parse_dois(version.published), version.doi)),  # the journal's first
        source=server.name,
        url=page,
        pdf_url=f"{page}.full.pdf",
        status=status,
        status_note=note,
    )


def _status(version: PreprintVersion) -> tuple[PaperStatus, str]:
    """By the notice in the abstract's place; else by the word that stands before the title."""
    status, note = read_status("", clean_line(version.abstract))
    mark = _TITLE_NOTICE.match(version.title)
    if status in WITHDRAWN or not mark or ":" not in mark[0]:
        return status, note
    return "withdrawn", clean_line(version.title)


def _spoken_name(name: str) -> str:
    """ "A. B. Example" of "Example, A. B."."""
    name = clean_line(name)
    author = parse_author(name)
    if author.kind != "person" or "," not in name:
        return name
    spoken = " ".join(filter(None, (author.given, author.family, author.suffix)))
    return spoken if parse_author(spoken)[2:5] == author[2:5] else name


def _day_of_doi(version: PreprintVersion) -> date | None:
    """The day that newer DOIs hold: of submission, a few days before the first version is shown."""
    found = _DATED_DOI.fullmatch(version.doi)
    try:
        day = date(*map(int, found.groups())) if found else None
    except ValueError:
        return None
    return day if day and day <= version.date else None


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _name(row: object) -> AnyText:
    """By which a reader may find it: its DOI, else its title."""
    fields = row if isinstance(row, Mapping) else {}
    told = next((text for key in ("doi", "title") if isinstance(text := fields.get(key), str) and text.strip()), "")
    return clean_line(told)[:_LONGEST_NAME] or lazy_gettext("an entry without id and title")
