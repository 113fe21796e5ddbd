"""SQLite connections: one per thread, one writer at a time, every error a StoreError.

Invariant: a write takes SQLite's write lock at its first statement (BEGIN IMMEDIATE), so a busy store is noticed before
work is done and never in the middle; readers see the last committed state and are never blocked by a writer (WAL).
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import threading
import time
import weakref
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from store.db import sqlite_errors
from store.db.columns import clean
from store.db.fts5 import render_match
from store.db.match_expression import MatchExpression
from store.errors import StoreError

if TYPE_CHECKING:
    import sqlite_utils

_WAL_BYTES = 16 * 2**20  # what the -wal file shrinks to after a large write

Parameters = Sequence[Any] | Mapping[str, Any]


class Session:
    """One thread's connection, as the table modules use it: SQL in, plain tuples out."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def close(self) -> None:
        self.connection.close()

    @cached_property
    def db(self) -> sqlite_utils.Database:
        """As migrations take it. It loads what no other call of the program needs."""
        import sqlite_utils  # noqa: PLC0415 - see above

        return sqlite_utils.Database(self.connection, execute_plugins=False)

    def state(self) -> tuple[int, int]:
        """Changes with every write: of other connections, of this one."""
        ((version,),) = self.rows("PRAGMA data_version")
        return int(version), self.connection.total_changes

    def rows(self, sql: str, parameters: Parameters = ()) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql, _bind_all(parameters)).fetchall()

    def one(self, sql: str, parameters: Parameters = ()) -> tuple[Any, ...] | None:
        found = self.rows(sql, parameters)
        return found[0] if found else None

    def run(self, sql: str, parameters: Parameters = ()) -> int:
        """Execute one writing statement; the number of rows it changed."""
        return self.connection.execute(sql, _bind_all(parameters)).rowcount

    def many(self, sql: str, rows: Iterable[Sequence[Any]]) -> int:
        """Execute one writing statement for every row; the number of rows changed in all."""
        return self.connection.executemany(sql, ([_bind(value) for value in row] for row in rows)).rowcount


def _bind_all(parameters: Parameters) -> list[Any] | dict[str, Any]:
    if isinstance(parameters, Mapping):
        return {name: _bind(value) for name, value in parameters.items()}
    return [_bind(value) for value in parameters]


def _bind(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    return render_match(value) if isinstance(value, MatchExpression) else value


class Database:
    """The file at `path`. `busy_seconds`: how long a writer waits for another before StoreBusy.

    readonly: nothing is written, not even beside the file, so that it may lie where nobody can write.
    """

    def __init__(self, path: Path, busy_seconds: float, *, readonly: bool = False) -> None:
        self.path = path
        self.readonly = readonly
        self.busy_seconds = busy_seconds
        self._local = threading.local()
        self._closers: list[weakref.finalize[..., Any]] = []
        self._gate = threading.Condition()
        self._active = 0
        self._closed = False
        self._writer = threading.Lock()

    @contextmanager
    def read(self) -> Iterator[Session]:
        """This thread's connection. Every statement sees the last committed state, and this thread's own writes."""
        with self._in_use(), self.translate_errors():
            yield self._session()

    @contextmanager
    def write(self, *, durable: bool = False) -> Iterator[Session]:
        """One transaction: all of the block or nothing. Inside another of the same thread: a savepoint of it.

        durable: on the disk when this returns, and so there after a power cut, too. A killed process loses nothing
        either way.
        """
        with self._in_use(), self.translate_errors():
            session = self._session()
            if session.connection.in_transaction:
                with _savepoint(session.connection):
                    yield session
            else:
                with (
                    self._turn(),
                    _synchronous_full(session.connection, durable),
                    _immediate(session.connection),
                ):
                    yield session

    def clock(self) -> float:  # decision 240
        """Seconds since 1970, the same for every process that uses the database: those of one file share a machine."""
        return time.time()

    def free_bytes(self) -> int:
        """Room where the database lies."""
        return shutil.disk_usage(self.path.parent).free

    def size(self) -> int:
        """Bytes on disk, what is not yet folded into the main file included."""
        files = [self.path, self.beside("-wal")]
        return sum(file.stat().st_size for file in files if file.exists())

    def beside(self, ending: str) -> Path:
        """A file next to the database, named after it."""
        return self.path.with_name(f"{self.path.name}{ending}")

    def separate_session(self) -> Session:
        """A connection of the caller's own, who closes it and translates its errors."""
        return Session(self.connect())

    def translate_errors(self) -> AbstractContextManager[None]:
        """Errors of the engine from within become the store's own."""
        return sqlite_errors.translate_sqlite_errors(self.path, self.busy_seconds)

    def closed_error(self) -> StoreError:
        return sqlite_errors.closed_error(self.path)

    def connect(self) -> sqlite3.Connection:
        """A new connection of the caller's own, who closes it."""
        # Autocommit: transactions begin where `write` says so, never behind our back.
        connection = sqlite3.connect(
            self._address(), timeout=self.busy_seconds, isolation_level=None, check_same_thread=False, uri=self.readonly
        )
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = ON")  # what a row moved away from nobody could erase later
        connection.execute("PRAGMA synchronous = NORMAL")  # safe from corruption under WAL, without an fsync a commit
        connection.execute(f"PRAGMA journal_size_limit = {_WAL_BYTES}")
        return connection

    def _address(self) -> str:
        """As SQLite takes it. WAL wants to write beside the file even to read it, unless it may take it for unchanging:
        as it is where no process has it open, which would have left its log there.
        """
        if not self.readonly:
            return str(self.path)
        log = self.beside("-wal")
        unchanging = not log.exists() or not log.stat().st_size
        return f"file:{quote(os.fsencode(self.path))}?mode=ro{'&immutable=1' if unchanging else ''}"  # decision 50

    def close(self) -> None:
        """Close the connections of all threads, once the calls under way have ended."""
        with self._gate:
            self._closed = True
            self._gate.wait_for(lambda: self._active == 0, timeout=self.busy_seconds)
            for closer in self._closers:
                closer()
            self._closers.clear()

    @contextmanager
    def _in_use(self) -> Iterator[None]:
        """Keep `close` waiting; a thread that is in here already may finish what it began."""
        inner = getattr(self._local, "inside", False)
        if not inner:
            self._enter()
        try:
            yield
        finally:
            if not inner:
                self._leave()

    def _enter(self) -> None:
        with self._gate:
            if self._closed:
                raise self.closed_error()
            self._active += 1
        self._local.inside = True

    def _leave(self) -> None:
        self._local.inside = False
        with self._gate:
            self._active -= 1
            self._gate.notify_all()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._writer.acquire(timeout=self.busy_seconds):
            raise sqlite_errors.busy_error(self.path, self.busy_seconds)
        try:
            yield
        finally:
            self._writer.release()

    def _session(self) -> Session:
        session: Session | None = getattr(self._local, "session", None)
        if session is None:
            connection = self.connect()
            session = Session(connection)
            # A thread that ends takes its session with it: the connection must not stay open until the store closes.
            closer = weakref.finalize(session, connection.close)
            with self._gate:
                self._closers = [earlier for earlier in self._closers if earlier.alive] + [closer]
            self._local.session = session
        return session


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


@contextmanager
def _savepoint(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("SAVEPOINT inner")  # the innermost of a name is meant
    try:
        yield
    except BaseException:
        if connection.in_transaction:  # some errors, such as a full disk, end the whole transaction
            connection.execute("ROLLBACK TO inner")
            connection.execute("RELEASE inner")
        raise
    connection.execute("RELEASE inner")
