"""Migrations on PostgreSQL: the schema of this version in an empty database; later versions' steps.

Invariant: all of it or nothing, under the write lock. The number in `meta` is that of the same schema in a SQLite file.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from importlib.resources import files
from typing import cast

from store.db.database import Session
from store.errors import StoreError
from store.postgres.postgres_database import SCHEMA, PostgresDatabase
from store.postgres.postgres_session import PostgresSession
from store.sqlite.schema_version import NEWEST

_OLDEST_SERVER = 150_000
_MAKE = "createdb --template=template0 --locale=C.UTF-8 --encoding=UTF8 paperroute"
_SETTINGS = """
    SELECT current_setting('server_version_num'), current_setting('server_encoding'), current_setting('search_path')
"""
_DIRECT = "Name the server itself in store.url."
_OWN = "Give it a database of its own."
_COUNT = int(NEWEST[1:4])
# What each later migration of store/sqlite/schema.py does here, by its number. schema.sql has it, too: it is for new
# databases. Nodes of the version before go on until they are started anew, so a step may only add what they can ignore.
STEPS: Mapping[int, str] = {}


def migrate(database: PostgresDatabase) -> None:
    """Raises StoreError where the schema is a newer version's, or the server too old."""
    with database.read() as session:
        _refuse_server(session)
        if _version(session) == _COUNT:
            return
    with database.write() as session:
        version = _version(session)  # again, under the lock: another process may have been here
        if version > _COUNT:
            raise StoreError(
                f"The store {database.place} was written by a newer version of Paper Route.",
                hint="Install that version, or set another store.url.",
            )
        if not version:
            _refuse_others_tables(session, database.place)
            _make_schema(session)
        elif version < _COUNT:
            _take_steps(session, range(version + 1, _COUNT + 1))


def require_schema(database: PostgresDatabase) -> None:
    with database.read() as session:
        if not _version(session):
            raise StoreError(f"There is no store {database.place}.")


def _refuse_server(session: Session) -> None:
    ((number, encoding, path),) = session.rows(_SETTINGS)
    if int(number) < _OLDEST_SERVER:
        raise StoreError(f"The store needs PostgreSQL 15 or newer; the server is {int(number) // 10_000}.")
    if encoding != "UTF8":
        raise StoreError(f"The database's encoding is {encoding}; the store needs UTF8.", hint=f"Make another: {_MAKE}")
    if path != SCHEMA:
        raise StoreError("What our connections set does not reach the server, as by a pooler.", hint=_DIRECT)


def _refuse_others_tables(session: Session, place: str) -> None:
    if session.one("SELECT 1 FROM pg_class WHERE relnamespace = to_regnamespace(?) LIMIT 1", [SCHEMA]):
        raise StoreError(f"The schema {SCHEMA} of {place} holds another program's tables.", hint=_OWN)


def _version(session: Session) -> int:
    """0 for a database without a schema of ours."""
    known = (
        "SELECT 1 FROM pg_attribute WHERE attrelid = to_regclass(?) AND attname IN ('key', 'value') HAVING count(*) = 2"
    )
    if session.one(known, [f"{SCHEMA}.meta"]) is None:
        return 0
    said = session.one("SELECT value FROM meta WHERE key = 'schema'")
    return int(said[0]) if said else 0


def _take_steps(session: Session, numbers: Iterable[int]) -> None:
    for number in numbers:
        cast("PostgresSession", session).connection.execute(STEPS[number].encode())
    session.run("UPDATE meta SET value = ? WHERE key = 'schema'", [str(_COUNT)])


def _schema() -> bytes:
    return b"".join((files("store.postgres") / name).read_bytes() for name in ("schema.sql", "full_text.sql"))


def _make_schema(session: Session) -> None:
    if session.one("SELECT 1 WHERE to_regnamespace(?) IS NULL", [SCHEMA]):  # else no right is needed in the database
        session.run(f"CREATE SCHEMA {SCHEMA}")
    cast("PostgresSession", session).connection.execute(_schema())
    facts = {
        "archive": secrets.token_hex(16),
        "archive_since": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "feed salt": secrets.token_hex(16),
        "schema": str(_COUNT),
    }
    session.many("INSERT INTO meta (key, value) VALUES (?, ?)", list(facts.items()))
