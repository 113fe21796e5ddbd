"""Database contract: sessions of SQL under one write lock, as every engine gives them to the table modules.

Invariant: one outermost `write` runs at a time over all processes that share the database, so a row's number is higher
than those of all rows that were committed before, and what a transaction has read is true until it ends. Table modules
keep one SQL text for all engines; what the engines say differently is a word of Session or Database.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from store.db.match_expression import MatchExpression
from store.errors import StoreError, busy_error

Parameters = Sequence[Any] | Mapping[str, Any]


class Session(ABC):
    """A connection, as the table modules use it: SQL in, plain tuples out."""

    most_ranked = 100_000  # papers with a word, at which the index still ranks: it reads them all  # decision 256

    @abstractmethod
    def rows(self, sql: str, parameters: Parameters = ()) -> list[tuple[Any, ...]]: ...

    def one(self, sql: str, parameters: Parameters = ()) -> tuple[Any, ...] | None:
        found = self.rows(sql, parameters)
        return found[0] if found else None

    @abstractmethod
    def run(self, sql: str, parameters: Parameters = ()) -> int:
        """Execute one writing statement; the number of rows it changed."""

    @abstractmethod
    def many(self, sql: str, rows: Iterable[Sequence[Any]]) -> int:
        """Execute one writing statement for every row; the number of rows changed in all."""

    @property
    @abstractmethod
    def in_transaction(self) -> bool: ...

    @abstractmethod
    def state(self) -> object:
        """Changes with every commit that this session can see, and with its own writes."""

    @abstractmethod
    def is_gone(self, owner: str) -> bool:
        """Whether the process of an owner (`store/db/owners.py`) has surely ended."""

    def estimate_holding(self, word: MatchExpression) -> float:  # noqa: ARG002
        """About how many papers hold one word, where the engine knows without counting; else 0."""
        return 0.0

    @abstractmethod
    def forget_papers(self, rows: Sequence[int]) -> None:
        """Take papers out of the full-text index, before their texts go."""

    @abstractmethod
    def make_own_index(self) -> bool:
        """Tables of this connection alone in place of `papers_fts` and `paper_authors`, in `temp`; False where the
        engine has none.
        """

    @abstractmethod
    def drop_own_index(self) -> None: ...


class Database(ABC):
    """path: a file's, or what files beside the database are named after. place: what a message calls the database.

    busy_seconds: how long a writer waits for another before StoreBusy. readonly: nothing can be written. remote: other
    machines may use it, too.
    """

    remote = False

    def __init__(self, path: Path, busy_seconds: float, *, place: str, readonly: bool) -> None:
        self.path = path
        self.place = place
        self.readonly = readonly
        self.busy_seconds = busy_seconds
        self._local = threading.local()
        self._gate = threading.Condition()
        self._active = 0
        self._closed = False
        self._writer = threading.Lock()

    @contextmanager
    def read(self) -> Iterator[Session]:
        """This thread's connection. Every statement sees the last committed state, and this thread's own writes."""
        with self._in_use(), self.translate_errors(), self._connection() as session:
            yield session

    @contextmanager
    def write(self, *, durable: bool = False) -> Iterator[Session]:
        """One transaction: all of the block or nothing. Inside another of the same thread: a savepoint of it.

        durable: on the disk when this returns, and so there after a power cut, too. A killed process loses nothing
        either way.
        """
        with self._in_use(), self.translate_errors():
            if getattr(self._local, "writes", False):
                with self._connection() as session, self._savepoint(session):
                    yield session
            else:
                with self._turn(), self._transaction(durable) as session:
                    yield session

    @abstractmethod
    def clock(self) -> float:  # decision 240
        """Seconds since 1970, the same for every process that uses the database."""

    def takes_writes(self) -> bool:
        """As it is now: a server may become, or cease to be, a standby."""
        return not self.readonly

    @abstractmethod
    def free_bytes(self) -> int | None:
        """Room where the database lies; None where that cannot be known."""

    @abstractmethod
    def size(self) -> int:
        """Bytes that the database takes."""

    def beside(self, ending: str) -> Path:
        """A file of this machine next to the database, named after it."""
        return self.path.with_name(f"{self.path.name}{ending}")

    @abstractmethod
    def watch(self) -> AbstractContextManager[Session]:
        """One session, by which one thread at a time sees what others have committed; nothing is written over it."""

    @abstractmethod
    def translate_errors(self) -> AbstractContextManager[None]:
        """Errors of the engine from within become the store's own."""

    @abstractmethod
    def copy_to(self, target: Path) -> None:
        """Write one moment of the database to the SQLite file `target`. Raises StoreError."""

    @abstractmethod
    def find_damage(self) -> list[str]:
        """A line for each fault; none where the database is sound."""

    @abstractmethod
    def complete_erasure(self, trace: str = "") -> bool:
        """Bytes of what was erased go, and the note of it (`store/db/erasure_note.py`); False where others were in the
        way. Raises StoreError.
        """

    def closed_error(self) -> StoreError:
        return StoreError(f"The store {self.place} is closed.")

    def close(self) -> None:
        """Close all connections, once the calls under way have ended."""
        with self._gate:
            self._closed = True
            self._gate.wait_for(lambda: self._active == 0, timeout=self.busy_seconds)
            self._close_connections()

    @abstractmethod
    def _connection(self) -> AbstractContextManager[Session]:
        """This thread's: the same for all that is inside another `read` or `write`."""

    @abstractmethod
    def _transaction(self, durable: bool) -> AbstractContextManager[Session]:
        """The outermost, under the write lock of all processes."""

    @abstractmethod
    def _savepoint(self, session: Session) -> AbstractContextManager[None]: ...

    @abstractmethod
    def _close_connections(self) -> None: ...

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
        """Among the threads of this process."""
        if not self._writer.acquire(timeout=self.busy_seconds):
            raise busy_error(self.place, self.busy_seconds)
        self._local.writes = True
        try:
            yield
        finally:
            self._local.writes = False
            self._writer.release()
