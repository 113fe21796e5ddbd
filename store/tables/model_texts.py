"""Cache of what models wrote: summaries, one per (text, model, prompt, language), and other answers (queries, grades,
sections, openings), so that none is paid for twice.

Invariant: the key is, or is the hash of, everything that determined the answer; the first that is added stays, and
nothing here is ever changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from store.db.columns import to_json_list
from store.db.database import Database
from store.records.editions import Summary, SummaryKey


class Summaries:
    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, text_hashes: Iterable[str], key: SummaryKey) -> dict[str, Summary]:
        """The summaries that are kept, by text hash."""
        with self._database.read() as session:
            rows = session.rows(
                """
                SELECT s.text_hash, s.problem, s.method, s.result, s.text, s.made_by, s.source
                FROM json_each(?) AS wanted CROSS JOIN summaries AS s
                WHERE s.text_hash = wanted.value AND s.model = ? AND s.prompt_hash = ? AND s.language = ?
                """,
                [to_json_list(text_hashes), key.model, key.prompt_hash, key.language],
            )
        return {row[0]: Summary(*row[1:]) for row in rows}

    def add(self, text_hash: str, key: SummaryKey, summary: Summary) -> None:
        with self._database.write() as session:
            session.run(
                """
                INSERT INTO summaries (
                    text_hash, model, prompt_hash, language, problem, method, result, text, made_by, source
                ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
                """,
                [
                    *(text_hash, key.model, key.prompt_hash, key.language),
                    *(summary.problem, summary.method, summary.result, summary.text, summary.model, summary.source),
                ],
            )


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
                "SELECT t.key, t.body FROM json_each(?) AS wanted CROSS JOIN texts AS t WHERE t.key = wanted.value",
                [to_json_list(keys)],
            )
        return {str(key): str(body) for key, body in rows}

    def add(self, key: str, kind: str, model: str, body: str) -> None:
        self.add_all({key: body}, kind, model)

    def add_all(self, bodies: Mapping[str, str], kind: str, model: str) -> None:
        """bodies: key -> answer."""
        with self._database.write() as session:
            session.many(
                "INSERT INTO texts (key, kind, model, body) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                [(key, kind, model, body) for key, body in bodies.items()],
            )
