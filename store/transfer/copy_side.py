"""What a copy asks of an engine beside its sessions: rows of one moment, rows taken in fast, numbers given out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

from store.db.database import Database, Session
from store.transfer.table_shape import TableShape

Row = tuple[Any, ...]


class StoreMoment(ABC):
    """The store as it was at one moment, whatever is written to it meanwhile."""

    @abstractmethod
    def rows(self, table: TableShape, skip: int = 0) -> Iterator[Row]:
        """In the table's order, without the first `skip`. One iterator at a time."""

    @abstractmethod
    def count(self, table: TableShape) -> int: ...

    @abstractmethod
    def last_numbers(self) -> dict[str, int]:
        """By table, the highest number that a row ever had, where the engine keeps it."""


class CopySide(ABC):
    """tables: those that a copy carries, each behind those that it refers to."""

    def __init__(self, database: Database, tables: Sequence[TableShape]) -> None:
        self.database = database
        self.tables = tables

    @abstractmethod
    def moment(self) -> AbstractContextManager[StoreMoment]: ...

    @abstractmethod
    def insert(self, session: Session, table: TableShape, rows: Sequence[Row]) -> None: ...

    @abstractmethod
    def set_numbers(self, session: Session, last: Mapping[str, int]) -> None:
        """The next rows get numbers behind these, and behind all that are there."""

    @abstractmethod
    def bulk_indexing(self) -> AbstractContextManager[None]:
        """Within, many rows go into the full-text index."""

    @abstractmethod
    def analyse(self) -> None:
        """Let the planner know what is there."""
