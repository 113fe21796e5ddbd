"""Operator's weekly letters: which went out, by each way.

Invariant: a week's letter goes out by a way once: its row is on the disk before it goes, and stays after a kill in
between, when nobody knows whether it arrived.
"""

from __future__ import annotations

from datetime import datetime

from store.db.columns import stamp
from store.db.database import Database


class OperatorLetters:
    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, week: str, way: str, now: datetime) -> bool:
        """Whether this call is the first to send a week's letter by a way."""
        sql = "INSERT INTO operator_letters (week, way, state, at) VALUES (?, ?, 'begun', ?) ON CONFLICT DO NOTHING"
        with self._database.write(durable=True) as session:
            return session.run(sql, [week, way, stamp(now)]) > 0

    def end(self, week: str, way: str, *, arrived: bool) -> None:
        """It was taken, or surely was not: then it may be begun again."""
        sent = "UPDATE operator_letters SET state = 'sent' WHERE week = ? AND way = ?"
        with self._database.write(durable=True) as session:
            session.run(sent if arrived else "DELETE FROM operator_letters WHERE week = ? AND way = ?", [week, way])

    def sent(self, week: str) -> set[str]:
        """The ways by which a week's letter went out, or may have."""
        with self._database.read() as session:
            return {way for (way,) in session.rows("SELECT way FROM operator_letters WHERE week = ?", [week])}
