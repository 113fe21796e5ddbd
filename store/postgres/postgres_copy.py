"""PostgreSQL's side of a copy: one snapshot as the moment, rows by COPY in its binary form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, cast

import psycopg
from psycopg.pq import TransactionStatus

from store.db.database import Session
from store.postgres.postgres_database import PostgresDatabase
from store.postgres.postgres_session import PostgresSession
from store.sqlite.carried_tables import carried_tables
from store.transfer.copy_side import CopySide, Row, StoreMoment
from store.transfer.table_shape import TableShape

_TYPES = {"TEXT": "text", "INTEGER": "int8", "REAL": "float8", "BLOB": "bytea"}
_INDEXES = ("main.papers_fts_words", "main.editions_fts_words")
_PENDING_KB = 65_536
_BEGIN = """
    BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
    SET LOCAL statement_timeout = 0;
    SET LOCAL idle_in_transaction_session_timeout = 0;
    SELECT 1;  -- the moment is that of the first question
"""
# Identity columns whose numbers a copy brings along, with the last one that was given out.
_NUMBERS = """
    SELECT t.relname, a.attname, coalesce(
        pg_sequence_last_value(cast(pg_get_serial_sequence(cast(t.oid AS regclass)::text, a.attname) AS regclass)), 0
    )
    FROM pg_attribute AS a JOIN pg_class AS t ON t.oid = a.attrelid
    WHERE a.attidentity = 'd' AND t.relnamespace = cast('main' AS regnamespace)
"""


class PostgresMoment(StoreMoment):
    def __init__(self, connection: psycopg.Connection[tuple[Any, ...]]) -> None:
        self._connection = connection

    def rows(self, table: TableShape, skip: int = 0) -> Iterator[Row]:
        sql = f"COPY ({table.query} OFFSET {skip:d}) TO STDOUT (FORMAT BINARY)"
        with self._connection.cursor() as cursor, cursor.copy(sql) as copy:
            copy.set_types(_types_of(table))
            yield from copy.rows()

    def count(self, table: TableShape) -> int:
        return PostgresSession(self._connection).rows(table.count)[0][0]  # type: ignore[no-any-return]

    def last_numbers(self) -> dict[str, int]:
        return {name: last for name, _, last in PostgresSession(self._connection).rows(_NUMBERS)}


class PostgresSide(CopySide):
    def __init__(self, database: PostgresDatabase) -> None:
        super().__init__(database, carried_tables())

    @contextmanager
    def moment(self) -> Iterator[PostgresMoment]:
        with self.database.watch() as session:
            connection = cast("PostgresSession", session).connection
            connection.execute(_BEGIN)
            try:
                yield PostgresMoment(connection)
            finally:
                if connection.info.transaction_status == TransactionStatus.ACTIVE:  # in the middle of a table
                    connection.close()
                else:
                    connection.rollback()

    def insert(self, session: Session, table: TableShape, rows: Sequence[Row]) -> None:
        sql = f"COPY main.{table.name} ({table.column_list}) FROM STDIN (FORMAT BINARY)"
        with cast("PostgresSession", session).connection.cursor() as cursor, cursor.copy(sql) as copy:
            copy.set_types(_types_of(table))
            for row in rows:
                copy.write_row(row)

    def set_numbers(self, session: Session, last: Mapping[str, int]) -> None:
        for table, column, given in session.rows(_NUMBERS):
            ((highest,),) = session.rows(f"SELECT coalesce(max({column}), 0) FROM main.{table}")
            if number := max(highest, given, last.get(table, 0)):
                session.rows("SELECT setval(pg_get_serial_sequence(?, ?), ?)", [f"main.{table}", column, number])

    @contextmanager
    def bulk_indexing(self) -> Iterator[None]:
        """Words wait in a list, and are sorted into the index together: a third of the work."""
        with self.database.write() as session:
            for index in _INDEXES:
                session.run(f"ALTER INDEX {index} SET (fastupdate = on, gin_pending_list_limit = {_PENDING_KB})")
        yield
        with self.database.write() as session:
            session.run("SET LOCAL statement_timeout = 0")
            for index in _INDEXES:
                session.rows("SELECT gin_clean_pending_list(?)", [index])
                session.run(f"ALTER INDEX {index} SET (fastupdate = off)")
                session.run(f"ALTER INDEX {index} RESET (gin_pending_list_limit)")

    def analyse(self) -> None:
        with self.database.watch() as session:
            session.run("ANALYZE")


def _types_of(table: TableShape) -> list[str]:
    return [_TYPES[kind] for kind in table.columns.values()]
