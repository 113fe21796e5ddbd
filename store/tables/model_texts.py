"""Cache of other answers of models (queries, grades, sections, openings), so that none is paid for twice.

Invariant: the key is the hash of everything that determined the answer; the first that is added stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from store.db.columns import to_json_list
from store.db.database import Database


class ModelTexts:
    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, key: str) -> str | None:
        with self._database.read() as session:
            row = session.one("SELECT body FROM texts WHERE key = ?", [key])
        return None if row is None else str(row[0])

    def get_all(self, keys: Iterable[str]) -> dict[str, str]:
        """Those that are kept."""
        with self._database.read() as session:
            rows = session.rows(
                "SELECT t.key, t.body FROM json_each(?) AS wanted CROSS JOIN texts AS t ON t.key = wanted.value",
                [to_json_list(keys)],
            )
        return {str(key): str(body) for key, body in rows}

    def add(self, key: str, kind: str, model: str, body: str) -> None:
        self.add_all({key: body}, kind, model)

    def add_all(self, bodies: Mapping[str, str], kind: str, model: str) -> None:
        """bodies: key -> answer."""
        with self._database.write() as session:
            session.many(
                "INSERT OR IGNORE INTO texts (key, kind, model, body) VALUES (?, ?, ?, ?)",
                [(key, kind, model, body) for key, body in bodies.items()],
            )
