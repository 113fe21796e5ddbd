"""An arXiv record in its raw form, of OAI-PMH (`arXivRaw`) or of the bulk file -> its Paper, or what is wrong with it.

Invariant: pure; texts read as those of a feed do (`entry.py`), so that a paper is the same by whichever way it came. No
date is invented: a record without the day of its first or of its newest version is none. `acm-class` is not read, for
arXiv prints another column there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import NamedTuple
from xml.etree import ElementTree as ET

from digest.sources.arxiv.author_line import split_author_line
from digest.sources.arxiv.entry import ID_PATTERN, MalformedEntry
from digest.sources.arxiv.oai_response import OAI
from store.records.editions import Paper
from store.records.lazy_text import lazy_gettext
from store.text.source_text import clean_line
from store.text.withdrawal import WITHDRAWN, PaperStatus, read_status

_RAW = "{http://arxiv.org/OAI/arXivRaw/}"
_ID = re.compile(ID_PATTERN, re.ASCII)
_VERSION = re.compile(r"v([1-9]\d{0,3})", re.ASCII)
_WITHDRAWAL = "I"  # as the type of a version's source, alone or among others; decision 217


class RawVersion(NamedTuple):
    """name: "v2". date: as of RFC 5322. source_type: "" where none is told."""

    name: str
    date: str
    source_type: str = ""


def read_record(record: ET.Element) -> Paper:
    """A <record> that is not deleted. Raises MalformedEntry."""
    raw = record.find(f"{OAI}metadata/{_RAW}arXivRaw")
    if raw is None:
        raise MalformedEntry(lazy_gettext("it has no <{name}>", name="arXivRaw"))
    fields: dict[str, str] = {}
    for element in raw:
        fields.setdefault(element.tag.removeprefix(_RAW), "".join(element.itertext()))
    return make_paper(fields, _versions(raw))


def make_paper(fields: Mapping[str, str], versions: Iterable[RawVersion]) -> Paper:
    """fields: by arXiv's names, white space as it came. Raises MalformedEntry for an id or versions that cannot be."""
    told = {name: clean_line(text) for name, text in fields.items()}
    id_ = _ID.fullmatch(told.get("id", ""))
    if not id_:
        raise MalformedEntry(lazy_gettext("its id is none of arXiv's"))
    ordered = sorted((_number(version.name), version) for version in versions)
    if not ordered:
        raise MalformedEntry(lazy_gettext("it has no <{name}>", name="version"))
    newest, last = ordered[-1]
    status, note = _status(told, last)
    categories = tuple(dict.fromkeys(told.get("categories", "").split()))
    return Paper(
        id=id_[0],
        version=newest,
        title=told.get("title", ""),
        abstract=told.get("abstract", ""),
        authors=split_author_line(fields.get("authors", "")),
        categories=categories,
        primary_category=categories[0] if categories else "",
        published=_moment(ordered[0][1].date),
        updated=_moment(last.date),
        comment=told.get("comments", ""),
        doi=told.get("doi", ""),
        journal_ref=told.get("journal-ref", ""),
        status=status,
        status_note=note,
    )


def _versions(raw: ET.Element) -> Iterator[RawVersion]:
    for version in raw.iterfind(f"{_RAW}version"):
        date, source_type = (version.findtext(f"{_RAW}{name}") or "" for name in ("date", "source_type"))
        yield RawVersion(version.get("version", ""), date, source_type)


def _number(name: str) -> int:
    match = _VERSION.fullmatch(name.strip())
    if not match:
        raise MalformedEntry(lazy_gettext("its version is no number"))
    return int(match[1])


def _status(told: Mapping[str, str], newest: RawVersion) -> tuple[PaperStatus, str]:
    """What its texts say; a version without a text is a withdrawal, whatever they say."""
    status, note = read_status(told.get("comments", ""), told.get("abstract", ""))
    return ("withdrawn", "") if _WITHDRAWAL in newest.source_type and status not in WITHDRAWN else (status, note)


def _moment(text: str) -> datetime:
    if not text.strip():  # decision 215
        raise MalformedEntry(lazy_gettext("it has no <{name}>", name="date"))
    try:
        moment = parsedate_to_datetime(text.strip())
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError, TypeError):
        raise MalformedEntry(lazy_gettext("its <{name}> is no date", name="date")) from None
