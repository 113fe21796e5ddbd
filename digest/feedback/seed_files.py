"""Seed files: the papers that a file of a reference manager names (BibTeX, RIS, CSL-JSON, CSV), or a list of ids. Pure.

Invariant: linear in the text, which comes from outside: nothing is run, no address is followed, at most `MOST` entries
are read, and what has neither an id nor a title is counted and left out.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from digest.errors import BadInput
from digest.retrieval.paper_lookup import PaperReference, parse_reference
from store.records.lazy_text import lazy_gettext
from store.text.identifiers import ArxivId, parse_arxiv_id, parse_dois
from store.text.latex import latex_to_unicode

MOST = 500  # entries
MOST_CHARACTERS = 5_000_000
_LONGEST_FIELD = 2_000
_LONGEST_TITLE = 300  # as much again may be its markup
_BIBTEX = re.compile(r"^[ \t]*@\s*(\w+)\s*[{(]", re.MULTILINE)
_BIBTEX_FIELD = re.compile(r"([A-Za-z][\w-]{0,40})\s*=\s*")
_RIS_LINE = re.compile(r"^([A-Z][A-Z0-9])  ?- ?(.*)$")
_NOT_PAPERS = ("comment", "string", "preamble")
# Where an id may stand in an entry, the surest first, by its lower-case name in any of the forms.
_ID_FIELDS = (
    *("eprint", "archiveid", "arxiv", "arxivid", "arxiv_id", "arxiv id", "id"),
    *("doi", "do", "url", "ur", "l1", "l2", "l3", "l4", "link attachments", "url2"),
    *("number", "note", "n1", "extra", "howpublished", "journal", "t2", "jo", "container-title", "publication title"),
)
_TITLES = ("title", "ti", "t1")
_NOTES = ("note", "n1", "extra")  # other papers may be named there; the paper's own id begins a line
_ID_IN_TEXT = re.compile(r"(?:arxiv[:.\s/]\s*(?:abs/|pdf/)?|arxiv\.org/(?:abs|pdf)/)(\S{4,40})", re.IGNORECASE)


@dataclass(frozen=True)
class SeedEntry:
    """At least one of the two is there."""

    reference: PaperReference | None
    title: str = ""

    @property
    def label(self) -> str:
        """For whoever is told that it was not found."""
        return self.title or (self.reference.label if self.reference else "")


@dataclass(frozen=True)
class SeedFile:
    entries: tuple[SeedEntry, ...]
    unreadable: int = 0  # entries without id and title


def parse_seed_file(text: str, *, most: int = MOST) -> SeedFile:
    """Raises BadInput where it is too large, or nothing in it names a paper."""
    if len(text) > MOST_CHARACTERS:
        raise BadInput(lazy_gettext("The file is too large."), hint=lazy_gettext("Give the papers in several files."))
    text = text.removeprefix("\ufeff")
    entries, unreadable = [], 0
    for number, fields in enumerate(_records(text)):
        if number >= most:
            raise BadInput(
                lazy_gettext("There are more than {n} papers in it.", n=str(most)),
                hint=lazy_gettext("Give the papers in several files."),
            )
        entry = SeedEntry(_reference_of(fields), _title_of(fields))
        if entry.reference or entry.title:
            entries.append(entry)
        else:
            unreadable += 1
    if not entries:
        raise BadInput(
            lazy_gettext("No paper is named in it."),
            hint=lazy_gettext("Give arXiv ids or DOIs, or a BibTeX, RIS, CSL-JSON or CSV file."),
        )
    return SeedFile(tuple(dict.fromkeys(entries)), unreadable)


def _records(text: str) -> Iterator[Mapping[str, str]]:
    if text.lstrip()[:1] in ("[", "{"):
        yield from _json_records(text)
    elif _BIBTEX.search(text):
        yield from _bibtex_records(text)
    elif any(_RIS_LINE.match(line) for line in text.lstrip().split("\n", 1)[:1]):
        yield from _ris_records(text.splitlines())
    elif header := _csv_header(text):
        yield from _csv_records(text, header)
    else:
        for line in text.splitlines():
            bare = line.split("#", 1)[0] if line.lstrip().startswith("#") else line
            yield from ({"id": word} for word in re.split(r"[\s,;]+", bare) if word)


def _json_records(text: str) -> Iterator[Mapping[str, str]]:
    try:
        read = json.loads(text)
    except (ValueError, RecursionError):
        raise BadInput(lazy_gettext("The file is not JSON from its beginning to its end.")) from None
    items = read.get("items", [read]) if isinstance(read, dict) else read
    for item in items if isinstance(items, list) else ():
        if isinstance(item, str):
            yield {"id": item}
        elif isinstance(item, dict):
            data = item.get("data", item)
            yield _lower_fields(data.items() if isinstance(data, dict) else ())


def _lower_fields(pairs: Iterable[tuple[Any, Any]]) -> dict[str, str]:
    return {
        name.lower(): str(value)[:_LONGEST_FIELD]
        for name, value in pairs
        if isinstance(name, str) and isinstance(value, str | int)
    }


def _bibtex_records(text: str) -> Iterator[Mapping[str, str]]:
    starts = list(_BIBTEX.finditer(text))
    for at, start in enumerate(starts):
        end = starts[at + 1].start() if at + 1 < len(starts) else len(text)
        if start[1].lower() not in _NOT_PAPERS:
            yield _bibtex_fields(text[start.end() : end])


def _bibtex_fields(body: str) -> dict[str, str]:
    """The fields of one entry: a value is braced, quoted, or ends at a comma."""
    fields: dict[str, str] = {}
    at = 0
    while found := _BIBTEX_FIELD.search(body, at):
        value, at = _bibtex_value(body, found.end())
        name, text = found[1].lower(), " ".join(value.split())[:_LONGEST_FIELD]
        # A title's accents need their braces; an id has none.
        fields.setdefault(name, text if name in _TITLES else text.replace("{", "").replace("}", ""))
    return fields


def _bibtex_value(body: str, start: int) -> tuple[str, int]:
    """The value that begins here, and where it ends."""
    mark, depth = body[start : start + 1], 0
    if mark not in ("{", '"'):
        end = next((at for at in range(start, len(body)) if body[at] in ",}\n"), len(body))
        return body[start:end], end
    for at in range(start, len(body)):
        char = body[at]
        depth += (char == "{") - (char == "}")
        if (mark == "{" and depth == 0) or (mark == '"' and char == '"' and depth == 0 and at > start):
            return body[start + 1 : at], at + 1
    return body[start + 1 :], len(body)


def _ris_records(lines: Iterable[str]) -> Iterator[Mapping[str, str]]:
    fields: dict[str, str] = {}
    for line in lines:
        found = _RIS_LINE.match(line)
        if not found:
            continue
        if found[1] == "ER":
            yield fields
            fields = {}
        elif found[1] != "TY":
            fields.setdefault(found[1].lower(), found[2].strip()[:_LONGEST_FIELD])
    if fields:
        yield fields


def _csv_header(text: str) -> list[str]:
    """The names of the columns, where the first line names any that tells of a paper."""
    first = text.split("\n", 1)[0][:10_000]
    names = [name.strip().strip('"').lower() for name in re.split("[,;\t]", first)]
    telling = {*_ID_FIELDS, *_TITLES} & set(names)
    return names if telling and (len(names) > 1 or names[0] in _TITLES) else []


def _csv_records(text: str, header: list[str]) -> Iterator[Mapping[str, str]]:
    first = text.split("\n", 1)[0]
    mark = max(",;\t", key=first.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=mark)
    try:
        next(rows)
        for row in rows:
            if any(cell.strip() for cell in row):
                yield _lower_fields(zip(header, row, strict=False))
    except csv.Error:
        raise BadInput(lazy_gettext("The file is not a CSV file from its beginning to its end.")) from None


def _title_of(fields: Mapping[str, str]) -> str:
    """As titles of the store read: without LaTeX and HTML."""
    typed = next((fields[name] for name in _TITLES if fields.get(name, "").strip()), "")
    return " ".join(latex_to_unicode(typed[: 2 * _LONGEST_TITLE]).replace("{", "").replace("}", "").split())[
        :_LONGEST_TITLE
    ]


def _reference_of(fields: Mapping[str, str]) -> PaperReference | None:
    """By an arXiv id wherever one stands, else by a DOI."""
    texts = {name: fields[name] for name in _ID_FIELDS if fields.get(name)}
    for name, text in texts.items():
        if found := parse_arxiv_id(text) or next(filter(None, _ids_in(text, only_own=name in _NOTES)), None):
            return PaperReference(arxiv=found.id)
    for text in texts.values():
        if dois := parse_dois(text):
            return PaperReference(doi=dois[0])
    return parse_reference(fields["id"]) if fields.get("id") else None


def _ids_in(text: str, *, only_own: bool) -> Iterator[ArxivId | None]:
    for match in _ID_IN_TEXT.finditer(text):
        if not only_own or not text[: match.start()].rpartition("\n")[2].strip():
            yield parse_arxiv_id(match[1].rstrip(".,;)]}"))
