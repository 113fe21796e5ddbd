"""CSV records as spreadsheets and people write them: the encoding, the separator, records over several lines.

Invariant: whatever is wrong with a record is told with the line that it begins on, and spoils no other.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from digest.errors import BadInput

_SEPARATOR_LINE = re.compile(r'"?sep=([,;\t|])"?[,;\t|]*', re.IGNORECASE)  # how Excel is told
_SEPARATORS = (",", ";", "\t")
_MAILBOX = re.compile(r'(?<!")"([^"\n]+)"\s*(<[^<>"\s]+>)')  # "Lovelace, Ada" <ada@example.org>, as mail programs quote
_MOST_LINES = 10  # of one record
_ENCODINGS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_UNMARKED = ((1, "utf-16-le"), (0, "utf-16-be"))  # where a letter of ASCII has its zero byte


@dataclass(frozen=True)
class CsvRecord:
    """The cells that begin on a line, from 1 on; or what is wrong with them."""

    line: int
    cells: tuple[str, ...] = ()
    problem: str = ""


def decode(data: bytes) -> str:
    """UTF-8 or UTF-16, with or without a byte order mark. Raises BadInput that names the line."""
    marked = [name for mark, name in _ENCODINGS if data.startswith(mark)]
    unmarked = [name for at, name in _UNMARKED if data[at : at + 1] == b"\0"]
    encoding = (marked or unmarked or ["utf-8"])[0]
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        name = "UTF-8" if encoding.startswith("utf-8") else "UTF-16"
        line = data[: error.start].decode(encoding, "replace").count("\n") + 1
        raise BadInput(f"not {name} (line {line})", hint="Save it as UTF-8; nothing was imported.") from None


def read_records(text: str, columns: Sequence[str]) -> Iterator[CsvRecord]:
    """All of a file that are not empty. columns: names by which the separator is known, where no line says it."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    start = next((number for number, line in enumerate(lines) if line.strip()), 0)
    if named := _SEPARATOR_LINE.fullmatch(lines[start].strip(" ")):
        yield from _records(lines, start + 1, named[1])
    else:
        yield from _records(lines, start, _find_separator(lines[start], columns))


def _find_separator(line: str, columns: Sequence[str]) -> str:
    """The one that parts the line into the most names of columns, else into the most cells."""

    def rate(mark: str) -> tuple[int, int]:
        cells = [cell.strip('" ').lower() for cell in line.split(mark)]
        return sum(cell in columns for cell in cells), len(cells)

    return max(_SEPARATORS, key=rate)


def _records(lines: Sequence[str], start: int, mark: str) -> Iterator[CsvRecord]:
    while start < len(lines):
        record, count = _record(lines, start, mark)
        if any(cell.strip() for cell in record.cells) or record.problem:
            yield record
        start += count


def _record(lines: Sequence[str], start: int, mark: str) -> tuple[CsvRecord, int]:
    """The record that begins on a line, and how many lines it has: where its quotes are not closed on it, as few more
    as close them; else that line alone, so that a quote that is never closed spoils no other.
    """
    for count in range(1, _MOST_LINES + 1):
        some = lines[start : start + count]
        if count == 1 or (len(some) == count and '"' in some[-1]):
            text = "\n".join(some)
            cells = _parse(text, mark) or _parse(_MAILBOX.sub(r'"\1 \2"', text), mark)
            if cells is not None:
                return CsvRecord(start + 1, cells), count
        if '"' not in some[0]:
            break
    return CsvRecord(start + 1, problem=_problem_of(lines[start])), 1


def _problem_of(line: str) -> str:
    too_long = len(line) > csv.field_size_limit()
    return "a cell of it is too long" if too_long else "its quotes are not closed or stand inside a cell"


def _parse(text: str, mark: str) -> tuple[str, ...] | None:
    """The cells of one record; None where it is none."""
    if len(text) > csv.field_size_limit():
        return None
    try:
        rows = list(csv.reader(text.splitlines(keepends=True) or [""], delimiter=mark, strict=True))
    except csv.Error:
        return None
    return tuple(rows[0] if rows else ()) if len(rows) < 2 else None
