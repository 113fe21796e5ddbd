"""Schema version: whether a file is this version's, asked at every start without loading a migration."""

from __future__ import annotations

from store.db.database import Database

APPLICATION_ID = 0x50524F55  # "PROU" in the file's header: `file` and we tell a store from another program's database
NEWEST = "m028_papers_by_doi"  # the last migration of store/sqlite/schema.py; they are counted from m001 on


def is_current(database: Database) -> bool:  # decision 201
    """Whether it is a store to which nothing is to be done. Raises StoreError where it is no database."""
    with database.read() as session:
        named = "SELECT count(*) FROM sqlite_master WHERE name IN ('meta', '_sqlite_migrations')"
        if session.one(named) != (2,):
            return False
        found = [session.one(f"PRAGMA {name}") for name in ("application_id", "journal_mode")]
        applied = session.rows("SELECT name FROM _sqlite_migrations WHERE migration_set = 'store' ORDER BY id")
        version = session.one("SELECT value FROM meta WHERE key = 'schema'")
    count = int(NEWEST[1:4])
    names = [name for (name,) in applied]
    return (found, len(names), names[-1:], version) == ([(APPLICATION_ID,), ("wal",)], count, [NEWEST], (str(count),))


def has_unread_rows(database: Database) -> bool:
    """Whether rows of an earlier schema wait for `store/backfill.py`."""
    with database.read() as session:
        return session.one("SELECT 1 FROM meta WHERE key LIKE 'unread %'") is not None
