"""Column values: how times, texts, messages and lists are stored in SQLite columns and read back.

Invariant: what a table module writes, SQLite can hold and give back; times are UTC text of one fixed width, so that
they sort as text; lists are JSON.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime

from store.records.lazy_text import AnyText, text_of_json

ALL_ROWS = 2**53  # of a LIMIT
_MESSAGE = '{"id":'  # how a message begins
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def clean(text: str) -> str:
    """The text as SQLite can hold it: lone surrogates and NULs become U+FFFD."""
    if text.isascii() and "\x00" not in text:  # the usual case, at the speed of memchr
        return text
    return _UNSTORABLE.sub("\ufffd", text)


def stamp(moment: datetime) -> str:
    """A time as stored: "2026-11-22T08:00:00.000000Z". A time without zone is a mistake of the caller."""
    if moment.tzinfo is None:
        raise ValueError(f"a time needs its zone: {moment!r}")
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


def stamp_or_none(moment: datetime | None) -> str | None:
    return None if moment is None else stamp(moment)


def moment_of(stamped: str) -> datetime:
    return datetime.fromisoformat(stamped)


def moment_of_or_none(stamped: str | None) -> datetime | None:
    return None if stamped is None else moment_of(stamped)


def encode_text(text: AnyText) -> str:
    """A text for a reader; a message as its id and values."""
    if isinstance(text, str):  # one from outside may look like a message, and may not be taken for one
        return f" {text}" if text.startswith(_MESSAGE) else text
    return json.dumps(text.as_json(), ensure_ascii=False)


def decode_text(column: str) -> AnyText:
    """A text from before messages were kept as such stands as it was written."""
    return text_of_json(json.loads(column)) if column.startswith(_MESSAGE) else column


def to_json_list(values: Iterable[str]) -> str:  # decision 237
    """A list of texts as JSON: a column's value, or the one parameter of `json_each(?)` in place of many.

    Join it with CROSS JOIN, and say in WHERE by what: SQLite takes it for small only where the order is said, and else
    reads the whole table. Numbers of it are `cast(value AS bigint)`.
    """
    return json.dumps([clean(value) for value in values], ensure_ascii=False)


def row_limit(most: int) -> int:
    """The value of a LIMIT; of -1, which is none, more than there are rows."""
    return most if most >= 0 else ALL_ROWS


def set_excluded(columns: str) -> str:
    """What DO UPDATE sets: the columns, as the row has them that could not be inserted."""
    return ", ".join(f"{column} = excluded.{column}" for column in map(str.strip, columns.split(",")))


def from_json_list(body: str) -> tuple[str, ...]:
    return tuple(json.loads(body))
