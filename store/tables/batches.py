"""Batch jobs of summaries for coming digests: what was handed in, to whom, and how it stands.

Invariant: one for each (topic, slot), the first that is planned; its state goes forward only, by an UPDATE that names
the state it leaves, so that of two processes one moves it. A row is `submitting` before the provider is asked, so that
a batch whose id was lost is looked for and never handed in twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from store.db.columns import (
    decode_text,
    encode_text,
    from_json_list,
    moment_of,
    moment_of_or_none,
    stamp,
    stamp_or_none,
    to_json_list,
)
from store.db.database import Database
from store.records.lazy_text import AnyText

BatchState = Literal["planned", "submitting", "running", "cancelling", "done", "failed"]
CLOSED_STATES: tuple[BatchState, ...] = ("done", "failed")

_COLUMNS = (
    "topic, slot, marker, state, model, prompt_hash, language, edition_id, detail, batch_id, usd, "
    "paper_ids, tried_at, certain"
)
_BILLED_STATES = "('submitting', 'running', 'cancelling')"
_MAX_BATCH_AGE = timedelta(hours=48)  # providers end every batch within 24 hours: what is older costs nothing any more


@dataclass(frozen=True)
class Batch:
    """A row. usd: what it may cost. detail: the last news of it, for the reader."""

    topic: str
    slot: datetime
    marker: str
    state: BatchState
    model: str
    prompt_hash: str
    language: str
    paper_ids: tuple[str, ...]
    edition_id: str
    detail: AnyText = ""
    batch_id: str = ""
    usd: float = 0.0
    tried_at: datetime | None = None
    certain: bool = True  # False: its id was looked up by its likeness, so it may be another's

    @property
    def open(self) -> bool:
        return self.state not in CLOSED_STATES


class Batches:
    def __init__(self, database: Database) -> None:
        self._database = database

    def plan(self, batch: Batch) -> Batch:
        """Keep a batch, and return the one that is kept for its topic and slot: this, or an earlier one."""
        with self._database.write() as session:
            session.run(
                f"""
                INSERT INTO batches ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, 1)
                ON CONFLICT DO NOTHING
                """,
                [
                    *(batch.topic, stamp(batch.slot), batch.marker, batch.state, batch.model, batch.prompt_hash),
                    *(batch.language, batch.edition_id, encode_text(batch.detail), batch.batch_id, batch.usd),
                    to_json_list(batch.paper_ids),
                ],
            )
        kept = self.of_slot(batch.topic, batch.slot)
        assert kept is not None  # noqa: S101 - it was there, or is now
        return kept

    def of_slot(self, topic: str, slot: datetime) -> Batch | None:
        return next(iter(self._rows("topic = ? AND slot = ?", [topic, stamp(slot)])), None)

    def open(self) -> list[Batch]:
        """Those that something is still to be done about, the nearest slot first."""
        return self._rows("state NOT IN ('done', 'failed') ORDER BY slot, topic", [])

    def ids(self) -> set[str]:
        """Every provider's id that is known."""
        return {batch.batch_id for batch in self._rows("batch_id <> ''", [])}

    def move(self, batch: Batch, to: Batch) -> bool:
        """From a state to another, with what is new of it; False where another process has moved it meanwhile."""
        with self._database.write() as session:
            moved = session.run(
                """
                UPDATE batches
                SET state = ?, batch_id = ?, certain = ?, paper_ids = ?, usd = ?, tried_at = ?, detail = ?
                WHERE marker = ? AND state = ?
                """,
                [
                    *(to.state, to.batch_id, int(to.certain), to_json_list(to.paper_ids), to.usd),
                    *(stamp_or_none(to.tried_at), encode_text(to.detail), batch.marker, batch.state),
                ],
            )
        return bool(moved)

    def committed(self, now: datetime) -> float:  # decision 48
        """Dollars that batches under way may take."""
        with self._database.read() as session:
            found = session.one(
                f"SELECT coalesce(sum(usd), 0.0) FROM batches WHERE state IN {_BILLED_STATES} AND tried_at >= ?",
                [stamp(now - _MAX_BATCH_AGE)],
            )
        return float(found[0]) if found else 0.0

    def _rows(self, condition: str, parameters: list[Any]) -> list[Batch]:
        with self._database.read() as session:
            rows = session.rows(f"SELECT {_COLUMNS} FROM batches WHERE {condition}", parameters)
        return [_batch_of(row) for row in rows]


def _batch_of(row: Sequence[Any]) -> Batch:
    topic, slot, marker, state, model, prompt_hash, language, edition_id, detail, batch_id, usd, *rest = row
    paper_ids, tried_at, certain = rest
    return Batch(
        topic=topic,
        slot=moment_of(slot),
        marker=marker,
        state=state,
        model=model,
        prompt_hash=prompt_hash,
        language=language,
        paper_ids=from_json_list(paper_ids),
        edition_id=edition_id,
        detail=decode_text(detail),
        batch_id=batch_id,
        usd=usd,
        tried_at=moment_of_or_none(tried_at),
        certain=bool(certain),
    )
