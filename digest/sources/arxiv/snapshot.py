"""arXiv's metadata in bulk, as it publishes them: JSON lines, plain or packed (.gz, .zip) -> papers, line by line.

Invariant: what is held is one line; every line is a paper or is set aside by its number; reading begins again at any
position that was told. Positions are of the text without its packing, so that they stand for the same line in each.
"""

from __future__ import annotations

import gzip
import io
import json
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Self

from digest.errors import BadInput
from digest.sources.arxiv.entry import MalformedEntry
from digest.sources.arxiv.raw_record import RawVersion, make_paper
from store.records.editions import Paper
from store.records.lazy_text import LazyText, lazy_gettext

_FIELDS = ("id", "title", "authors", "categories", "comments", "journal-ref", "doi", "abstract")
_LONGEST_LINE = 4 * 1024 * 1024  # a paper of 5,000 authors has a tenth of it
_PIECE = 1024 * 1024
_BROKEN = (EOFError, OSError, zlib.error, zipfile.BadZipFile, RuntimeError)  # the last: a .zip with a password


@dataclass(frozen=True)
class SnapshotLine:
    """number: of the line, from 1. position: of the byte behind it, where reading may begin again. paper: None of a
    line that is none; `set_aside` says which, and what is wrong with it.
    """

    number: int
    position: int
    paper: Paper | None
    set_aside: LazyText | None = None


class SnapshotFile:
    """A file of them; a context manager. Raises BadInput where it cannot be read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._closing = ExitStack()

    def __enter__(self) -> Self:
        try:
            self._packed = self._closing.enter_context(self.path.open("rb"))
            self.size = self.path.stat().st_size
            self._text = self._closing.enter_context(_unpack(self._packed))
        except _BROKEN as error:
            self._closing.close()
            raise self._failure(error) from error
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.close()

    def share_read(self) -> float:
        """How much of the file is read, from 0 to 1."""
        return min(1.0, self._packed.tell() / self.size) if self.size else 1.0

    def lines(self, start: int = 0) -> Iterator[SnapshotLine]:
        """Those behind a position; empty ones are left out. Raises BadInput."""
        try:
            number, position = self._skip(start), start
            while line := self._text.readline(_LONGEST_LINE):
                number += 1
                is_whole = line.endswith(b"\n") or len(line) < _LONGEST_LINE
                position += len(line) if is_whole else len(line) + self._skip_line()
                if line.strip():
                    yield _read_line(line if is_whole else b"", number, position)
        except _BROKEN as error:
            raise self._failure(error) from error

    def _skip(self, start: int) -> int:
        """The number of lines before a position."""
        number, left, last = 0, start, b"\n"
        while left and (piece := self._text.read(min(_PIECE, left))):
            number += piece.count(b"\n")
            left -= len(piece)
            last = piece[-1:]
        if left or last != b"\n":
            raise BadInput(
                lazy_gettext("{path} has no line that begins at byte {n}.", path=str(self.path), n=start),
                hint=lazy_gettext("It is another file than the one that was begun with; begin it anew."),
            )
        return number

    def _skip_line(self) -> int:
        """The bytes that were left of a line."""
        skipped = 0
        while piece := self._text.readline(_PIECE):
            skipped += len(piece)
            if piece.endswith(b"\n"):
                break
        return skipped

    def _failure(self, error: Exception) -> BadInput:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error) or type(error).__name__
        return BadInput(
            lazy_gettext("{path} cannot be read: {why}.", path=str(self.path), why=why),
            hint=lazy_gettext("It has to be arXiv's metadata as JSON lines, plain, .gz or .zip."),
        )


def _unpack(packed: IO[bytes]) -> IO[bytes]:
    """By what the file begins with; of a .zip its largest file."""
    begins = packed.read(4)
    packed.seek(0)
    if begins.startswith(b"\x1f\x8b"):
        return io.BufferedReader(gzip.GzipFile(fileobj=packed))
    if begins.startswith(b"PK"):
        archive = zipfile.ZipFile(packed)
        largest = max(archive.infolist(), key=lambda entry: entry.file_size, default=None)
        if largest is None:
            raise zipfile.BadZipFile("it is empty")
        return archive.open(largest)
    return packed


def _read_line(line: bytes, number: int, position: int) -> SnapshotLine:
    try:
        return SnapshotLine(number, position, _read_paper(line))
    except MalformedEntry as error:
        set_aside = lazy_gettext("line {n} ({why})", n=number, why=error.why)
        return SnapshotLine(number, position, None, set_aside)


def _read_paper(line: bytes) -> Paper:
    """line: empty for one that was too long."""
    if not line:
        raise MalformedEntry(lazy_gettext("it is too long"))
    try:
        told = json.loads(line)
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, Mapping):
        raise MalformedEntry(lazy_gettext("it is no JSON object"))
    fields = {name: told[name] for name in _FIELDS if isinstance(told.get(name), str)}
    return make_paper(fields, _versions(told))


def _versions(told: Mapping[str, Any]) -> Iterator[RawVersion]:
    versions = told.get("versions")
    for version in versions if isinstance(versions, list) else []:
        if isinstance(version, Mapping):
            yield RawVersion(str(version.get("version", "")), str(version.get("created") or ""))
