"""The schema of PostgreSQL held against SQLite's: the same tables, columns and indexes, whoever changed which."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import psycopg
import pytest

from store import Store
from store.sqlite.carried_tables import carried_tables
from tests.factories.databases import StoreDatabases

_TYPES = {"TEXT": "text", "INTEGER": "bigint", "REAL": "double precision", "BLOB": "bytea"}
_ONLY_THERE = {("inbox", "rowid")}  # which every SQLite table has, unnamed
# A question may be too long for a tree of PostgreSQL's, and a hash has one column.
_HASHED = {"editions_question": ("question",)}
_COLUMNS = """
    SELECT c.column_name, c.data_type, c.is_nullable, c.column_default
    FROM information_schema.columns AS c WHERE c.table_schema = 'main' AND c.table_name = %s ORDER BY c.ordinal_position
"""
_INDEXES = """
    SELECT i.relname, x.indisunique, pg_get_expr(x.indpred, x.indrelid),
        array(SELECT a.attname FROM unnest(x.indkey) WITH ORDINALITY AS k (number, place)
            JOIN pg_attribute AS a ON a.attrelid = x.indrelid AND a.attnum = k.number ORDER BY k.place)
        , EXISTS (SELECT 1 FROM pg_constraint AS c WHERE c.conindid = x.indexrelid AND c.contype IN ('p', 'u'))
    FROM pg_index AS x JOIN pg_class AS i ON i.oid = x.indexrelid
    WHERE x.indrelid = cast(%s AS regclass)
"""
Index = tuple[bool, tuple[str, ...], str]
TABLES = [*(table.name for table in carried_tables()), "leases", "pace", "services"]


@pytest.fixture(scope="module")
def there(databases: StoreDatabases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[psycopg.Connection[Any]]:
    with databases.lend(tmp_path_factory.mktemp("there") / "p.db") as place, psycopg.connect(place.url) as connection:
        yield connection


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    path = tmp_path_factory.mktemp("here") / "p.db"
    Store.open(path).close()
    with closing(sqlite3.connect(path)) as connection:
        yield connection


@pytest.mark.parametrize("table", TABLES)
def test_a_table_has_the_same_columns(here: sqlite3.Connection, there: psycopg.Connection[Any], table: str) -> None:
    of_sqlite = [
        (name, _TYPES[kind], not (required or key), default)
        for _, name, kind, required, default, key in here.execute(f"PRAGMA table_info({table})")
    ]
    of_postgres = [
        (name, kind, nullable == "YES", default and default.partition("::")[0])
        for name, kind, nullable, default in there.execute(_COLUMNS, [table])
        if (table, name) not in _ONLY_THERE
    ]
    assert of_postgres == of_sqlite


@pytest.mark.parametrize("table", TABLES)
def test_a_table_has_the_same_indexes(here: sqlite3.Connection, there: psycopg.Connection[Any], table: str) -> None:
    assert _indexes_there(there, table) == _indexes_here(here, table)


@pytest.mark.parametrize("table", TABLES)
def test_a_table_refers_to_the_same_tables(
    here: sqlite3.Connection, there: psycopg.Connection[Any], table: str
) -> None:
    of_sqlite = {
        (parent, column, its, deleted)
        for _, _, parent, column, its, _, deleted, _ in here.execute(f"PRAGMA foreign_key_list({table})")
    }
    sql = """
        SELECT confrelid::regclass::text, a.attname, b.attname, confdeltype FROM pg_constraint AS c
        JOIN pg_attribute AS a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
        JOIN pg_attribute AS b ON b.attrelid = c.confrelid AND b.attnum = c.confkey[1]
        WHERE c.contype = 'f' AND c.conrelid = cast(%s AS regclass)
    """
    said = {"a": "NO ACTION", "c": "CASCADE", "n": "SET NULL"}
    of_postgres = {
        (parent.removeprefix("main."), column, its, said[deleted])
        for parent, column, its, deleted in there.execute(sql, [f"main.{table}"])
    }
    assert of_postgres == of_sqlite


def _indexes_here(here: sqlite3.Connection, table: str) -> dict[str, Index]:
    """By name; those that only hold a key by their columns. Of an expression only its name and condition are known."""
    found: dict[str, Index] = {}
    for name, unique, origin in here.execute('SELECT name, "unique", origin FROM pragma_index_list(?)', [table]):
        columns = tuple(
            column for (column,) in here.execute("SELECT name FROM pragma_index_info(?) WHERE cid >= 0", [name])
        )
        said = here.execute("SELECT sql FROM sqlite_master WHERE name = ? AND sql IS NOT NULL", [name]).fetchone()
        condition = said[0].partition(" WHERE ")[2] if said else ""
        columns = _HASHED.get(name, columns)
        found[name if origin == "c" else ",".join(columns)] = (bool(unique), columns, _plain(condition))
    keys = here.execute("SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk", [table])
    key = tuple(name for (name,) in keys)
    return {**found, **({",".join(key): (True, key, "")} if key else {})}


def _indexes_there(there: psycopg.Connection[Any], table: str) -> dict[str, Index]:
    found = there.execute(_INDEXES, [f"main.{table}"]).fetchall()
    return {
        ",".join(columns) if is_key else name: (
            unique,
            tuple(columns),
            _plain(condition or ""),
        )
        for name, unique, condition, columns, is_key in found
    }


def _plain(condition: str) -> str:
    """A condition of an index as both say it: PostgreSQL has brackets, casts and arrays of its own."""
    plain = re.sub(r"main\.|::\w+(\[\])?|[()\s]|\[|\]|ARRAY", "", condition)
    return plain.replace("=ANY", "IN").replace("<>ALL", "NOTIN")
