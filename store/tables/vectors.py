"""Embedding vectors: one per (text, model), computed once; nearest papers to one.

Invariant: vectors of two models never meet; all of one model have the same length and are finite. A vector is never
changed after it was added.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from store.db.columns import to_json_list
from store.db.database import Database, Session
from store.errors import StoreError
from store.indexing.nearest import VectorCache, cosines, scale_to_unit

Vector = NDArray[np.float32]
_MORE = 64  # candidates beside twice as many as are wanted: codes order those that are about as near only roughly


class Vectors:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._cache = VectorCache(database)

    def get(self, text_hashes: Iterable[str], model: str) -> dict[str, Vector]:
        """float32 (d,) for each text that has one, read-only."""
        with self._database.read() as session:
            rows = session.rows(
                """
                SELECT v.text_hash, v.vector FROM json_each(?) AS wanted CROSS JOIN vectors AS v
                WHERE v.model = ? AND v.text_hash = wanted.value
                """,
                [to_json_list(text_hashes), model],
            )
        return {text_hash: np.frombuffer(blob, "<f4") for text_hash, blob in rows}

    def of_topic(self, topic: str, model: str, most: int) -> list[Vector]:
        """Of the papers that the topic's editions had, the newest first, at most so many: float32 (d,), read-only."""
        with self._database.read() as session:
            rows = session.rows(
                """
                SELECT v.vector FROM editions AS e
                CROSS JOIN edition_papers AS ep CROSS JOIN papers AS p CROSS JOIN vectors AS v
                WHERE e.topic = ? AND ep.edition = e.row AND p.id = ep.paper_id AND v.model = ?
                    AND v.text_hash = p.text_hash
                ORDER BY e.row DESC, ep.position LIMIT ?
                """,
                [topic, model, most],
            )
        return [np.frombuffer(blob, "<f4") for (blob,) in rows]

    def add(self, model: str, vectors: Mapping[str, Vector]) -> None:
        """Keep vectors by text hash; those kept already stay. StoreError where one is not of the model's kind."""
        arrays = {text_hash: np.asarray(vector, "<f4") for text_hash, vector in vectors.items()}
        with self._database.write() as session:
            length = _length(session, model)
            for vector in arrays.values():
                length = _check_length(model, vector, length)
            session.many(
                "INSERT INTO vectors (model, text_hash, vector) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                [(model, text_hash, vector.tobytes()) for text_hash, vector in arrays.items()],
            )

    def nearest(
        self, model: str, vector: Vector, n: int, *, ids: Iterable[str] | None = None
    ) -> list[tuple[str, float]]:
        """The n papers (among `ids` where given) nearest to a vector: (id, cosine), nearest first.

        Cosines are exact; so is the choice among ids, and of all up to some thousand, above which one in a hundred of
        the nearest 20 may be missed. Only papers whose present text has a vector of this model take part.
        """
        wanted = np.asarray(vector, np.float32)
        with self._database.read() as session:
            length = _length(session, model)
            if n < 1 or length is None:
                return []
            _check_length(model, wanted, length)
            if ids is not None:
                return _nearest_of(session, model, scale_to_unit(wanted), n, ids)
            return self._nearest_of_all(session, model, scale_to_unit(wanted), n)

    def _nearest_of_all(self, session: Session, model: str, vector: Vector, n: int) -> list[tuple[str, float]]:
        # A vector may belong to no paper now (an older version's text) or to several (the same text under two ids), and
        # candidates are in no exact order, so as many more are taken as it needs.
        take = 2 * n + _MORE
        while True:
            rows = self._cache.candidates(session, model, vector, take)
            found = _papers_of(session, rows, vector)
            if len(found) >= n or len(rows) < take:
                return found[:n]
            take *= 2


def _length(session: Session, model: str) -> int | None:
    row = session.one("SELECT length(vector) / 4 FROM vectors WHERE model = ? LIMIT 1", [model])
    return None if row is None else int(row[0])


def _check_length(model: str, vector: Vector, length: int | None) -> int:
    if vector.ndim != 1 or not vector.size or (length is not None and vector.size != length):
        raise StoreError(
            f"A vector of shape {vector.shape} was given for {model}, whose vectors have {length} numbers."
        )
    if not np.isfinite(vector).all():
        raise StoreError(f"A vector of {model} has a number that is not finite.")
    return vector.size


def _nearest_of(session: Session, model: str, vector: Vector, n: int, ids: Iterable[str]) -> list[tuple[str, float]]:
    rows = session.rows(
        """
        SELECT p.id, v.vector FROM json_each(?) AS wanted
        CROSS JOIN papers AS p CROSS JOIN vectors AS v
        WHERE p.id = wanted.value AND v.model = ? AND v.text_hash = p.text_hash
        """,
        [to_json_list(dict.fromkeys(ids)), model],
    )
    return _scored(rows, vector)[:n]


def _papers_of(session: Session, rows: Sequence[int], vector: Vector) -> list[tuple[str, float]]:
    found = session.rows(
        """
        SELECT p.id, v.vector FROM json_each(?) AS wanted
        CROSS JOIN vectors AS v CROSS JOIN papers AS p
        WHERE v.row = cast(wanted.value AS bigint) AND p.text_hash = v.text_hash
        """,
        [str(list(rows))],
    )
    return _scored(found, vector)


def _scored(found: Sequence[tuple[str, bytes]], vector: Vector) -> list[tuple[str, float]]:
    """Papers with their cosines, nearest first."""
    scores = cosines([blob for _, blob in found], vector)
    scored = zip((paper for paper, _ in found), map(float, scores), strict=True)
    return sorted(scored, key=lambda paper: (-paper[1], paper[0]))
