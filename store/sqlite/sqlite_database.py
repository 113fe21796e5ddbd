"""SQLite connections: one per thread, one writer at a time, every error a StoreError.

Invariant: a write takes SQLite's write lock at its first statement (BEGIN IMMEDIATE), so a busy store is noticed before
work is done and never in the middle; readers see the last committed state and are never blocked by a writer (WAL).
"""

from __future__ import annotations

import shutil
import sqlite3
import time
import weakref
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from store.db.columns import clean
from store.db.database import Database, Parameters, Session
from store.db.match_expression import MatchExpression, MatchWeights
from store.db.owners import has_ended
from store.sqlite import backup, erasure, fts5_tables, soundness, sqlite_errors
from store.sqlite.fts5 import rank_by, render_match
from store.sqlite.sqlite_connection import connect

if TYPE_CHECKING:
    import sqlite_utils


class SqliteSession(Session):
    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    @cached_property
    def db(self) -> sqlite_utils.Database:
        """As migrations take it. It loads what no other call of the program needs."""
        import sqlite_utils  # noqa: PLC0415 - see above

        return sqlite_utils.Database(self.connection, execute_plugins=False)

    @property
    def in_transaction(self) -> bool:
        return self.connection.in_transaction

    def state(self) -> tuple[int, int]:
        ((version,),) = self.rows("PRAGMA data_version")
        return int(version), self.connection.total_changes

    def rows(self, sql: str, parameters: Parameters = ()) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql, _bind_all(parameters)).fetchall()

    def run(self, sql: str, parameters: Parameters = ()) -> int:
        return self.connection.execute(sql, _bind_all(parameters)).rowcount

    def many(self, sql: str, rows: Iterable[Sequence[Any]]) -> int:
        return self.connection.executemany(sql, ([_bind(value) for value in row] for row in rows)).rowcount

    def is_gone(self, owner: str) -> bool:
        return has_ended(owner)

    def forget_papers(self, rows: Sequence[int]) -> None:
        fts5_tables.forget_papers(self, rows)

    def make_own_index(self) -> bool:
        fts5_tables.make_own_tables(self)
        return True

    def drop_own_index(self) -> None:
        fts5_tables.drop_own_tables(self)


def _bind_all(parameters: Parameters) -> list[Any] | dict[str, Any]:
    if isinstance(parameters, Mapping):
        return {name: _bind(value) for name, value in parameters.items()}
    return [_bind(value) for value in parameters]


def _bind(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, MatchExpression):
        return render_match(value)
    return rank_by(value) if isinstance(value, MatchWeights) else value


class SqliteDatabase(Database):
    """The file at `path`. readonly: nothing is written, not even beside the file, so that it may lie where nobody can
    write.
    """

    def __init__(self, path: Path, busy_seconds: float, *, readonly: bool = False) -> None:
        super().__init__(path, busy_seconds, place=str(path), readonly=readonly)
        self._closers: list[weakref.finalize[..., Any]] = []
        self._watch: SqliteSession | None = None

    def clock(self) -> float:
        return time.time()  # those who share a file share a machine

    def free_bytes(self) -> int:
        return shutil.disk_usage(self.path.parent).free

    def size(self) -> int:
        """What is not yet folded into the main file included."""
        files = [self.path, self.beside("-wal")]
        return sum(file.stat().st_size for file in files if file.exists())

    @contextmanager
    def watch(self) -> Iterator[SqliteSession]:
        with self._in_use(), self.translate_errors():
            if self._watch is None:
                self._watch = SqliteSession(self.connect())
            yield self._watch

    def translate_errors(self) -> AbstractContextManager[None]:
        return sqlite_errors.translate_sqlite_errors(self.path, self.busy_seconds)

    def copy_to(self, target: Path) -> None:
        backup.copy_to(self, target)

    def find_damage(self) -> list[str]:
        with self.read() as session:
            return soundness.find_damage(session)

    def complete_erasure(self, trace: str = "") -> bool:
        return erasure.complete_erasure(self, trace)

    def connect(self) -> sqlite3.Connection:
        """A new connection of the caller's own, who closes it."""
        return connect(self)

    def _close_connections(self) -> None:
        for closer in self._closers:
            closer()
        self._closers.clear()
        if self._watch:
            self._watch.connection.close()

    @contextmanager
    def _connection(self) -> Iterator[SqliteSession]:
        yield self._session()

    def _session(self) -> SqliteSession:
        session: SqliteSession | None = getattr(self._local, "session", None)
        if session is None:
            connection = self.connect()
            session = SqliteSession(connection)
            # A thread that ends takes its session with it: the connection must not stay open until the store closes.
            closer = weakref.finalize(session, connection.close)
            with self._gate:
                self._closers = [earlier for earlier in self._closers if earlier.alive] + [closer]
            self._local.session = session
        return session

    @contextmanager
    def _transaction(self, durable: bool) -> Iterator[SqliteSession]:
        session = self._session()
        with _synchronous_full(session.connection, durable), _immediate(session.connection):
            yield session

    @contextmanager
    def _savepoint(self, session: Session) -> Iterator[None]:
        session.run("SAVEPOINT inner")  # the innermost of a name is meant
        try:
            yield
        except BaseException:
            if session.in_transaction:  # some errors, such as a full disk, end the whole transaction
                session.run("ROLLBACK TO inner")
                session.run("RELEASE inner")
            raise
        session.run("RELEASE inner")


@contextmanager
def _synchronous_full(connection: sqlite3.Connection, durable: bool) -> Iterator[None]:  # decision 30
    if not durable:
        yield
        return
    connection.execute("PRAGMA synchronous = FULL")
    try:
        yield
    finally:
        connection.execute("PRAGMA synchronous = NORMAL")


@contextmanager
def _immediate(connection: sqlite3.Connection) -> Iterator[None]:
    # A deferred one's first write could find that another process wrote since its first read, and fail at once whatever
    # the busy time-out.
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.commit()
    except BaseException:
        connection.rollback()
        raise
