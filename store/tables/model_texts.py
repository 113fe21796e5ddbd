"""Cache of other answers of models (queries, sections, openings), so that none is paid for twice.

Invariant: the key is the hash of everything that determined the answer; the first that is added stays.
"""

from __future__ import annotations

from store.db.database import Database


class ModelTexts:
    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, key: str) -> str | None:
        with self._database.read() as session:
            row = session.one("SELECT body FROM texts WHERE key = ?", [key])
        return None if row is None else str(row[0])

    def add(self, key: str, kind: str, model: str, body: str) -> None:
        with self._database.write() as session:
            session.run(
                "INSERT OR IGNORE INTO texts (key, kind, model, body) VALUES (?, ?, ?, ?)", [key, kind, model, body]
            )
