"""Databases for tests of a store on PostgreSQL: one server a run, an empty store in each database that is lent.

Invariant: what is lent holds no row of another test, and an archive of its own.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from store import Store
from tests.doubles.postgres_server import MISSING, PostgresServer, find_programs, socket_url

# In a folder whose tests are run on both engines.
SQLITE_ONLY = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)

_TEMPLATE = "empty"
# To empty the few tables that a test wrote to takes 20 ms, to make a database of a template and drop it 150. What has
# grown is made anew, since nothing here cleans up behind DELETE.
_EMPTY = """
    SET session_replication_role = replica;
    SET lock_timeout = '30s';
    DO $$ DECLARE name regclass; BEGIN
        FOR name IN SELECT oid FROM pg_class WHERE relnamespace = 'main'::regnamespace AND relkind = 'r' LOOP
            IF pg_relation_size(name) > 131072 THEN EXECUTE format('TRUNCATE %s CASCADE', name);
            ELSE EXECUTE format('DELETE FROM %s', name); END IF;
        END LOOP;
        FOR name IN SELECT oid FROM pg_class WHERE relnamespace = 'main'::regnamespace AND relkind = 'S' LOOP
            PERFORM setval(name, 1, false);
        END LOOP;
    END $$;
    INSERT INTO main.meta SELECT * FROM first_meta;
    UPDATE main.meta SET value = md5(random()::text) WHERE key IN ('archive', 'feed salt');
"""
_END_SESSIONS = """
    SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()
"""


@dataclass(frozen=True)
class Place:
    """Where a store is: a file, or the database of an address with the name of the files beside it."""

    path: Path
    url: str = ""

    @property
    def arguments(self) -> list[str]:
        """For another process, which opens `Store.open(sys.argv[1], url=sys.argv[2])`."""
        return [str(self.path), self.url]

    def open(self, *, busy_seconds: float = 10.0) -> Store:
        return Store.open(self.path, url=self.url, busy_seconds=busy_seconds)


NewPlace = Callable[[], AbstractContextManager[Place]]
_started: list[PostgresServer] = []


@pytest.fixture(scope="session", params=["sqlite", "postgresql"], name="engine")
def both_engines(request: pytest.FixtureRequest) -> str:
    """For the conftest of a folder: its tests of a store are run on each."""
    return str(request.param)


def require_server() -> None:
    """Skip where no PostgreSQL can be started; where CI is set, fail, lest half of the tests be left out unseen."""
    if find_programs() is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(MISSING)


def share_server(folder: Path, owner: int) -> Path:
    """The folder of the socket of the one server of a run, started by whoever comes first; it ends with `owner`.

    folder: one that all processes of the run share, and no other run.
    """
    told = folder / "postgresql-server"
    with (folder / "postgresql-server.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not told.exists():
            _started.append(server := PostgresServer(owner=owner))
            _make_template(server)
            told.write_text(str(server.folder))
        return Path(told.read_text())


def _make_template(server: PostgresServer) -> None:
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {_TEMPLATE}")
    Place(server.folder / "none", server.url(_TEMPLATE)).open().close()
    with psycopg.connect(server.url(_TEMPLATE)) as connection:
        connection.execute("CREATE TABLE public.first_meta AS TABLE main.meta")


class StoreDatabases:
    def __init__(self, server: Path) -> None:
        self._server = server
        self._made = 0
        self._free: list[str] = []

    @contextmanager
    def lend(self, path: Path) -> Iterator[Place]:
        """An empty store. What is still connected at the end is disconnected."""
        name = self._free.pop() if self._free else self._make()
        yield Place(path, socket_url(self._server, name))
        self._empty(name)
        self._free.append(name)

    def _make(self) -> str:
        self._made += 1
        name = f"store_{os.getpid()}_{self._made}"
        with psycopg.connect(socket_url(self._server, "postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE} STRATEGY file_copy")
        self._empty(name)
        return name

    def _empty(self, name: str) -> None:
        with psycopg.connect(socket_url(self._server, name)) as connection:
            connection.execute(_END_SESSIONS, [name])
            connection.execute(_EMPTY)
