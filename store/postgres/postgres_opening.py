"""Opening of a PostgreSQL store: its schema is made where the database is empty, and held against this version's."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from store.errors import StoreError

if TYPE_CHECKING:
    from store.postgres.postgres_database import PostgresDatabase

_FORM = "It is postgresql://user:password@host/database; in a password, write @ as %40, / as %2F, % as %25 and so on."
# libpq takes what stands behind an @ or a / of a password for names of a host or a database, and messages tell these.
_ADDRESS = re.compile(r"postgres(ql)?://([^@/]*@)?[^@]*")  # decision 279
_HINT = "Install it with its extra: pip install 'paperroute[postgresql]'."


def open_postgres(url: str, path: Path, busy_seconds: float, *, make: bool = True) -> PostgresDatabase:
    """make: the schema, where there is none. Raises StoreError."""
    try:
        import psycopg  # noqa: PLC0415 - an extra

        from store.postgres.postgres_database import PostgresDatabase  # noqa: PLC0415
        from store.postgres.postgres_migrations import migrate, require_schema  # noqa: PLC0415
    except ImportError as error:
        raise StoreError("A store on PostgreSQL needs psycopg, which is not installed.", hint=_HINT) from error
    no_address = StoreError("store.url is no address of a PostgreSQL database.", hint=_FORM)
    if not _ADDRESS.fullmatch(url):
        raise no_address
    try:
        database = PostgresDatabase(url, path, busy_seconds)
    except psycopg.ProgrammingError:  # its words hold the url
        raise no_address from None
    try:
        if not make:
            require_schema(database)
        migrate(database)
    except BaseException:
        database.close()
        raise
    return database
