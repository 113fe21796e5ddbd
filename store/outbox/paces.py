"""Pace table: how fast a recipient's domain takes what is sent, as its refusals told; over restarts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from store.db.columns import stamp
from store.db.database import Database
from store.records.deliveries import ChannelName


class Paces:
    def __init__(self, database: Database) -> None:
        self._database = database

    def gaps(self, channel: ChannelName) -> Mapping[str, float]:
        """Domain -> seconds from one delivery to the next."""
        with self._database.read() as session:
            rows = session.rows("SELECT domain, gap FROM paces WHERE channel = ?", [channel])
        return {str(domain): float(gap) for domain, gap in rows}

    def put(self, channel: ChannelName, domain: str, gap: float, now: datetime) -> None:
        """gap: 0 where the domain need not be spared any more."""
        with self._database.write() as session:
            if gap:
                session.run(
                    """
                    INSERT INTO paces (channel, domain, gap, at) VALUES (?, ?, ?, ?)
                    ON CONFLICT (channel, domain) DO UPDATE SET gap = excluded.gap, at = excluded.at
                    """,
                    [channel, domain, gap, stamp(now)],
                )
            else:
                session.run("DELETE FROM paces WHERE channel = ? AND domain = ?", [channel, domain])
