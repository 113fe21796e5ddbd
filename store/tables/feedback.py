"""Feedback table: what readers said of papers, their seeds, and the authors whom they follow.

Invariant: a reader says each thing of a paper once in a topic, and never both "more" and "less"; a reader has at most
so many rows, whoever writes them, and always room to turn it all off.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from store.db.columns import moment_of, stamp, to_json_list
from store.db.database import Database, Parameters
from store.records.feedback import Feedback, FeedbackKind, Reader

MOST_ROWS = 5_000  # of one reader
_KEY = "channel, address, topic, kind, subject"
_COLUMNS = f"{_KEY}, label, at"
_OPPOSITE = {"more": "less", "less": "more"}


class ReaderFeedback:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, rows: Iterable[Feedback]) -> int:
        """Keep rows, each in the place of the same before; how many there was room for."""
        kept = 0
        with self._database.write() as session:
            for row in rows:
                key = [row.reader.channel, row.reader.address, row.topic]
                if opposite := _OPPOSITE.get(row.kind):
                    session.run(
                        "DELETE FROM reader_feedback WHERE channel = ? AND address = ? AND topic = ? AND subject = ?"
                        " AND kind = ?",
                        [*key, row.subject, opposite],
                    )
                values = [*key, row.kind, row.subject, row.label, stamp(row.at)]
                kept += session.run(
                    f"""
                    INSERT INTO reader_feedback ({_COLUMNS}) SELECT ?, ?, ?, ?, ?, ?, ?
                    WHERE ? = 'off' OR (SELECT count(*) FROM reader_feedback WHERE channel = ? AND address = ?
                        AND (topic, kind, subject) <> (?, ?, ?)) < ?
                    ON CONFLICT ({_KEY}) DO UPDATE SET label = excluded.label, at = excluded.at
                    """,
                    [*values, row.kind, *key[:2], row.topic, row.kind, row.subject, MOST_ROWS],
                )
        return kept

    def remove(self, reader: Reader, kinds: Iterable[FeedbackKind], subject: str, topic: str | None = None) -> int:
        """Take back what a reader said; topic: None for every one. How many rows there were."""
        with self._database.write() as session:
            return session.run(
                """
                DELETE FROM reader_feedback WHERE channel = ? AND address = ? AND topic = coalesce(?, topic)
                    AND subject = ? AND kind IN (SELECT value FROM json_each(?))
                """,
                [reader.channel, reader.address, topic, subject, to_json_list(kinds)],
            )

    def of_reader(self, reader: Reader) -> list[Feedback]:
        """All of one reader, the newest first."""
        return self._list("channel = ? AND address = ?", [reader.channel, reader.address])

    def of_topic(self, topic: str) -> list[Feedback]:
        """What counts for a topic, the newest first: what was said of it, and what its readers said of all their
        topics. Who gets it by mail is heard as long as they get it; nobody who turned it off is.
        """
        gets_it = """
            EXISTS (SELECT 1 FROM subscriptions AS s WHERE s.topic = :topic AND s.state = 'active'
                AND s.channel = f.channel AND f.address IN (s.address, s.owner))
        """
        return self._list(
            f"""
            kind <> 'off' AND (f.topic = :topic AND f.channel <> 'mail' OR f.topic IN (:topic, '') AND {gets_it})
            AND NOT EXISTS (SELECT 1 FROM reader_feedback AS o WHERE o.kind = 'off' AND o.channel = f.channel
                AND o.address = f.address AND o.topic IN (:topic, ''))
            """,
            {"topic": topic},
        )

    def erase(self, reader: Reader) -> int:
        """All of one reader; how many rows there were."""
        with self._database.write() as session:
            sql = "DELETE FROM reader_feedback WHERE channel = ? AND address = ?"
            return session.run(sql, [reader.channel, reader.address])

    def hand_over(self, old: Reader, new: Reader) -> None:
        """What a reader said at an earlier address is theirs at the new one; what that one said itself stands."""
        with self._database.write() as session:
            key = [old.channel, old.address]
            session.run(
                f"""
                INSERT INTO reader_feedback ({_COLUMNS})
                SELECT ?, ?, topic, kind, subject, label, at FROM reader_feedback AS f WHERE channel = ? AND address = ?
                    AND NOT EXISTS (SELECT 1 FROM reader_feedback AS own WHERE own.channel = ? AND own.address = ?
                        AND own.topic = f.topic AND own.subject = f.subject
                        AND (own.kind, f.kind) IN (VALUES ('more', 'less'), ('less', 'more')))
                ON CONFLICT DO NOTHING
                """,
                [new.channel, new.address, *key, new.channel, new.address],
            )
            session.run("DELETE FROM reader_feedback WHERE channel = ? AND address = ?", key)

    def _list(self, where: str, values: Parameters) -> list[Feedback]:
        with self._database.read() as session:
            sql = f"SELECT {_COLUMNS} FROM reader_feedback AS f WHERE {where} ORDER BY at DESC, kind, subject"
            return [_feedback_of(row) for row in session.rows(sql, values)]


def _feedback_of(row: Sequence[Any]) -> Feedback:
    channel, address, topic, kind, subject, label, at = row
    return Feedback(Reader(channel, address), topic, kind, subject, label, moment_of(at))
