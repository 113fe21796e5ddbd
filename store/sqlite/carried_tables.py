"""Table shapes: what a copy carries, read from the schema that all migrations come to.

Invariant: every table of ours is carried but those that `NOT_CARRIED` names, so that a new one needs no word here.
"""

from __future__ import annotations

import contextlib
from functools import cache
from graphlib import TopologicalSorter
from sqlite3 import Connection
from typing import cast

from sqlite_utils import Database as SqliteUtils

from store.sqlite.schema import MIGRATIONS
from store.transfer.table_shape import NOT_CARRIED, TableShape

# Tables whose rows have no number in SQLite, and are read in the order in which they came.
_BY_ARRIVAL = ("inbox",)


@cache
def carried_tables() -> tuple[TableShape, ...]:
    """Each behind those that it refers to."""
    with contextlib.closing(SqliteUtils(memory=True, execute_plugins=False)) as empty:
        MIGRATIONS.apply(empty)
        connection = cast("Connection", empty.conn)
        shapes = {name: _shape_of(connection, name) for name in _own_tables(connection) if name not in NOT_CARRIED}
    order = TopologicalSorter({name: shape.references - {name} for name, shape in shapes.items()})
    return tuple(shapes[name] for name in order.static_order())


def _own_tables(connection: Connection) -> list[str]:
    """All of ours are strict; SQLite's, those of its full-text indexes and of migrations are not."""
    sql = """
        SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND strict ORDER BY name
    """
    return [name for (name,) in connection.execute(sql)]


def _shape_of(connection: Connection, table: str) -> TableShape:
    columns = dict(connection.execute("SELECT name, type FROM pragma_table_info(?)", [table]))
    parents = connection.execute('SELECT "table" FROM pragma_foreign_key_list(?)', [table])
    return TableShape(table, columns, _order_of(connection, table), frozenset(name for (name,) in parents))


def _order_of(connection: Connection, table: str) -> tuple[str, ...]:
    """The primary key; of a table without one, what is unique in it."""
    if table in _BY_ARRIVAL:
        return ("rowid",)
    key = connection.execute("SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk", [table]).fetchall()
    if not key:
        ((index,),) = connection.execute("SELECT name FROM pragma_index_list(?) WHERE origin = 'u'", [table])
        key = connection.execute("SELECT name FROM pragma_index_info(?) ORDER BY seqno", [index]).fetchall()
    return tuple(name for (name,) in key)
