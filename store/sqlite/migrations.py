"""Schema migrations: bringing a file to this version's schema (`store/sqlite/schema.py`).

Invariant: a store moves from its version to this one in one transaction, after a copy was set aside; a newer version's
is refused, unchanged.
"""

from __future__ import annotations

import contextlib
import time
from typing import cast

from sqlite_utils import Database as SqliteUtils

from store.db.database import Session
from store.errors import StoreBusy, StoreError
from store.sqlite.backup import copy_to
from store.sqlite.schema import MIGRATIONS
from store.sqlite.schema_version import APPLICATION_ID
from store.sqlite.sqlite_database import SqliteDatabase, SqliteSession


def schema_version(session: Session) -> int:
    """How many migrations the file has had; 0 for a new file."""
    return len(MIGRATIONS.applied(_db(session)))


def migrate(database: SqliteDatabase) -> None:
    """Bring the file to this version's schema. Raises StoreError where it is another program's or a newer version's."""
    with database.read() as session:
        pending = _pending_migrations(session, database)
    if database.readonly:
        _refuse_older(pending, database)
        return
    _use_wal(database)
    if pending:  # else no lock is taken: one can open the store and read while another process writes
        with database.write() as session:
            _apply(session, database)


def _refuse_older(pending: list[str], database: SqliteDatabase) -> None:
    if pending:
        raise StoreError(
            f"The store {database.path} was written by an older version, and cannot be written here.",
            hint="Copy it to where it can be.",
        )


def _apply(session: Session, database: SqliteDatabase) -> None:
    pending = _pending_migrations(session, database)  # again, under the lock: another process may have been here
    if pending and schema_version(session):
        copy_to(database, database.beside(f".before-{pending[0]}"))
    MIGRATIONS.apply(_db(session))
    noted = "INSERT INTO meta (key, value) VALUES ('schema', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value"
    session.run(noted, [str(schema_version(session))])


def _pending_migrations(session: Session, database: SqliteDatabase) -> list[str]:
    """The migrations still to apply; StoreError where none may be."""
    (application,) = session.one("PRAGMA application_id") or (0,)
    if application != APPLICATION_ID and session.one("SELECT 1 FROM sqlite_master"):
        raise StoreError(f"The file {database.path} is a database of another program.", hint="Set another store path.")
    known = _migration_names()
    if (
        _recorded_schema_version(session) > len(known)
        or {migration.name for migration in MIGRATIONS.applied(_db(session))} - known
    ):
        raise StoreError(
            f"The store {database.path} was written by a newer version of Paper Route.",
            hint="Install that version, or set another store path.",
        )
    return [migration.name for migration in MIGRATIONS.pending(_db(session))]


def _db(session: Session) -> SqliteUtils:
    return cast("SqliteSession", session).db


def _migration_names() -> set[str]:
    # MIGRATIONS names its members only as pending in some database; in an empty one all of them are.
    with contextlib.closing(SqliteUtils(memory=True, execute_plugins=False)) as empty:
        return {migration.name for migration in MIGRATIONS.pending(empty)}


def _recorded_schema_version(session: Session) -> int:
    if not session.one("SELECT 1 FROM sqlite_master WHERE name = 'meta'"):
        return 0
    said = session.one("SELECT value FROM meta WHERE key = 'schema'")
    return int(said[0]) if said else 0


def _use_wal(database: SqliteDatabase) -> None:
    # SQLite does not wait out the busy time-out here when two processes switch at once, so we do.
    deadline = time.monotonic() + database.busy_seconds
    while True:
        try:
            with database.read() as session:
                session.rows("PRAGMA journal_mode = WAL")
        except StoreBusy:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return
