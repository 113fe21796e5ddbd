"""What others answered: the search log, with every search as the source answered it, and what an index of citations
knows of papers.

Invariant: the log is append-only. Only a complete search may stand in for asking again. Of a paper's citations the
newest answer stands, also that it is not known.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from store.db.columns import from_json_list, moment_of, set_excluded, stamp, to_json_list
from store.db.database import Database
from store.records.editions import SearchLog
from store.records.lazy_text import AnyText, LazyText
from store.records.paper_facts import CitationRecord

_MOST_AHEAD = timedelta(hours=1)  # of the clock of another machine
_COLUMNS = "key, source, query, at, total, paper_ids, complete, detail"


class Searches:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, log: SearchLog) -> None:
        with self._database.write() as session:
            session.run(
                f"INSERT INTO searches ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    *(log.key, log.source, log.query, stamp(log.at), log.total, to_json_list(log.paper_ids)),
                    *(int(log.complete), _detail_to_text(log.detail)),
                ],
            )

    def recent(self, key: str, since: datetime) -> SearchLog | None:
        """The newest complete search of this request at or after `since`; none of a clock that was ahead."""
        latest = max(since, datetime.now(UTC)) + _MOST_AHEAD
        return self._newest("key = ? AND at BETWEEN ? AND ? AND complete = 1", [key, stamp(since), stamp(latest)])

    def last(self, source: str) -> SearchLog | None:
        """The newest search at this source, complete or not."""
        return self._newest("source = ?", [source])

    def _newest(self, condition: str, parameters: Sequence[Any]) -> SearchLog | None:
        sql = f"SELECT {_COLUMNS} FROM searches WHERE {condition} ORDER BY at DESC, row DESC LIMIT 1"
        with self._database.read() as session:
            row = session.one(sql, parameters)
        return None if row is None else _log_of(row)


class CitationCounts:
    """By DOI in small letters."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, dois: Iterable[str], since: datetime) -> dict[str, CitationRecord | None]:
        """Those that were asked for at or after `since`; None for what the index did not know."""
        with self._database.read() as session:
            rows = session.rows(
                """
                SELECT c.doi, c.citations, c.venue
                FROM json_each(?) AS wanted CROSS JOIN citation_counts AS c
                WHERE c.doi = wanted.value AND c.at >= ?
                """,
                [to_json_list(dois), stamp(since)],
            )
        return {doi: None if count is None else CitationRecord(count, venue) for doi, count, venue in rows}

    def put(self, records: Mapping[str, CitationRecord | None], at: datetime) -> None:
        rows = [
            (doi, stamp(at), found and found.citations, found.venue if found else "") for doi, found in records.items()
        ]
        with self._database.write() as session:
            session.many(
                f"""
                INSERT INTO citation_counts (doi, at, citations, venue) VALUES (?, ?, ?, ?)
                ON CONFLICT (doi) DO UPDATE SET {set_excluded("at, citations, venue")}
                """,
                rows,
            )


def _log_of(row: Sequence[Any]) -> SearchLog:
    key, source, query, at, total, paper_ids, complete, detail = row
    return SearchLog(
        key, source, query, moment_of(at), total, from_json_list(paper_ids), bool(complete), _detail_of(detail)
    )


def _detail_to_text(detail: AnyText) -> str:
    return detail if isinstance(detail, str) else json.dumps(detail.as_json())


def _detail_of(text: str) -> AnyText:
    """A message, as JSON, or plain text."""
    return LazyText.of_json(json.loads(text)) if text.startswith('{"id"') else text
