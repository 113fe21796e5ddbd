"""PostgreSQL session: the table modules' SQL over one psycopg connection, which is in autocommit.

Invariant: numbers come back as SQLite gives them: whole ones as int, others as float, none as Decimal.
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.adapt import Buffer, Loader
from psycopg.pq import TransactionStatus

from store.db.database import Parameters, Session
from store.db.match_expression import MatchExpression
from store.db.owners import new_owner, process_of
from store.postgres.postgres_statements import bind, bind_all, translate

PRESENCE = 0x5052  # the first half of the key of each process' lock  # decision 244
# Seconds after the server's start, or after this process was connected anew, in which nobody counts as gone: all are
# connecting anew, to this server or to another that took its place.  # decision 278
_SETTLING = 15
_IS_GONE = """
    WITH present AS (
        SELECT l.objid FROM pg_locks AS l JOIN pg_database AS d ON d.oid = l.database
        WHERE d.datname = current_database() AND l.locktype = 'advisory' AND l.granted
            AND l.classid = cast(:presence AS bigint)
    )
    SELECT 1 WHERE clock_timestamp() > pg_postmaster_start_time() + make_interval(secs => :settling)
        AND NOT EXISTS (SELECT 1 FROM present WHERE objid = cast(:asked AS bigint))
        AND (cast(:own AS bigint) IS NULL OR EXISTS (SELECT 1 FROM present WHERE objid = cast(:own AS bigint)))
"""


@dataclass
class OwnPresence:
    """What a process knows of its own lock, without which it may not say that others have none."""

    connected: bool = False  # to write, ever
    settled_at: float = 0.0  # by time.monotonic()

    def connect(self) -> None:
        if self.connected:
            self.settled_at = time.monotonic() + _SETTLING
        self.connected = True


class PostgresSession(Session):
    most_ranked = 5_000

    def __init__(
        self, connection: psycopg.Connection[tuple[Any, ...]], own_presence: OwnPresence | None = None
    ) -> None:
        self.connection = connection
        self._own_presence = own_presence or OwnPresence()
        self._writes = 0

    @property
    def in_transaction(self) -> bool:
        return self.connection.info.transaction_status != TransactionStatus.IDLE

    def state(self) -> tuple[str, int]:
        # The transactions that are committed, as long as nobody begins to write and nobody ends.
        ((snapshot,),) = self.rows("SELECT cast(pg_current_snapshot() AS text)")
        return str(snapshot), self._writes

    def rows(self, sql: str, parameters: Parameters = ()) -> list[tuple[Any, ...]]:
        return self.connection.execute(translate(sql), bind_all(parameters)).fetchall()

    def run(self, sql: str, parameters: Parameters = ()) -> int:
        self._writes += 1
        return self.connection.execute(translate(sql), bind_all(parameters)).rowcount

    def many(self, sql: str, rows: Iterable[Sequence[Any]]) -> int:
        self._writes += 1
        with self.connection.cursor() as cursor:
            cursor.executemany(translate(sql), ([bind(value) for value in row] for row in rows))
            return max(cursor.rowcount, 0)

    def is_gone(self, owner: str) -> bool:
        if owner.count(":") < 3 or time.monotonic() < self._own_presence.settled_at:
            return False
        values = {
            "presence": PRESENCE,
            "settling": _SETTLING,
            "asked": presence_key(owner) & 0xFFFFFFFF,
            "own": presence_key(new_owner()) & 0xFFFFFFFF if self._own_presence.connected else None,
        }
        return self.one(_IS_GONE, values) is not None

    def estimate_holding(self, word: MatchExpression) -> float:
        """What the planner expects; it read a sample of all texts."""
        sql = "EXPLAIN (FORMAT JSON) SELECT FROM papers_fts WHERE words @@ index_query(?)"
        ((plan,),) = self.rows(sql, [word])
        return float(plan[0]["Plan"]["Plan Rows"])

    def forget_papers(self, rows: Sequence[int]) -> None:
        self.run(
            "DELETE FROM papers_fts WHERE rowid IN (SELECT cast(value AS bigint) FROM json_each(?))", [str([*rows])]
        )

    def make_own_index(self) -> bool:  # decision 245
        return False

    def drop_own_index(self) -> None:
        """None was made."""


def presence_key(owner: str) -> int:
    """The second half of the key of the lock that a process holds while it lives; of 32 bits, with a sign."""
    number = zlib.crc32(process_of(owner).encode())
    return number - (1 << 32) if number >= 1 << 31 else number


class NumberLoader(Loader):
    """Of numeric, which sums of whole numbers are."""

    def load(self, data: Buffer) -> int | float:
        text = bytes(data).decode()
        return float(text) if "." in text or "N" in text else int(text)
