"""Settlements: uncertain deliveries whose end was found out elsewhere; deliveries selected by what is said of them."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from store.db.columns import row_limit, stamp
from store.db.database import Database
from store.outbox.delivery_rows import COLUMNS, FROM, delivery_of_row, note_sent
from store.records.deliveries import ChannelName, Delivery, DeliveryState


@dataclass(frozen=True)
class DeliveryFilter:
    """Deliveries with all that is named. detail: words of the other side, in any case."""

    states: Collection[DeliveryState]
    edition: str | None = None
    topic: str | None = None
    detail: str = ""
    channel: ChannelName | None = None


class Settlements:
    def __init__(self, database: Database) -> None:
        self._database = database

    def select(self, wanted: DeliveryFilter, limit: int = -1) -> list[Delivery]:
        """The newest plan first."""
        with self._database.read() as session:
            rows = session.rows(
                f"""
                SELECT {COLUMNS} {FROM}
                WHERE d.state IN (SELECT value FROM json_each(?)) AND d.edition = coalesce(?, d.edition)
                    AND s.topic = coalesce(?, s.topic) AND d.channel = coalesce(?, d.channel)
                    AND instr(lower(d.detail), lower(?)) > 0 ORDER BY d.id DESC LIMIT ?
                """,
                [
                    *(json.dumps(sorted(wanted.states)), wanted.edition, wanted.topic, wanted.channel),
                    *(wanted.detail, row_limit(limit)),
                ],
            )
        return [delivery_of_row(row) for row in rows]

    def settle(self, id_: int, state: Literal["sent", "failed", "planned"], words: str, now: datetime) -> bool:
        """An uncertain delivery is that; False where it is uncertain no more."""
        with self._database.write(durable=True) as session:
            settled = session.run(
                """
                UPDATE deliveries SET state = :state, next_at = :now, owner = '', detail = :words,
                    ended_at = CASE WHEN :state <> 'planned' THEN ended_at END
                WHERE id = :id AND state = 'uncertain'
                """,
                {"state": state, "now": stamp(now), "words": words, "id": id_},
            )
            if settled and state == "sent":
                note_sent(session, id_, now)
        return settled > 0
