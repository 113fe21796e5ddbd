"""PostgreSQL connections: a pool of readers and one writer a process, every error a StoreError.

Invariant: an outermost write holds one advisory lock of the database from its first statement to its end, whichever
process of whichever machine runs it, as BEGIN IMMEDIATE does in a SQLite file. While a process is connected to write it
holds a lock that says so (`PRESENCE`), by which the others know that it lives; a dead one's is gone at once.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg_pool import ConnectionPool, PoolTimeout

from store.db.database import Database, Session
from store.db.erasure_note import forget_erasure
from store.db.owners import new_owner
from store.postgres.postgres_errors import translate_postgres_errors
from store.postgres.postgres_session import PRESENCE, NumberLoader, OwnPresence, PostgresSession, presence_key

SCHEMA = "main"  # decision 243
_WRITE_LOCK = 0x50524F5554  # of the outermost writes
_MOST_READERS = 10
_IDLE_SECONDS = 600.0  # after which a reader's connection is closed
_TRY_SECONDS = 2.0  # for a connection that fails; who wants one next begins anew, and not after a long pause
_Connection = psycopg.Connection[tuple[Any, ...]]
logging.getLogger("psycopg.pool").setLevel(logging.ERROR)  # what it warns of is raised to whoever waits for it

# A lost machine is noticed in half a minute, on both sides.
_CLIENT: dict[str, str | int] = {
    "connect_timeout": 5, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3,
    "tcp_user_timeout": 20_000, "application_name": "paperroute",
}  # fmt: skip
# Whatever the address, the role or PGCLIENTENCODING say. The first goes into `options`, where the last word counts.
_OURS, _ENCODING = f"-c search_path={SCHEMA}", "UTF8"
# The planner takes a tsvector to lie in its row: where pages cost more, it reads all texts for a word that few have.
_SERVER = {
    "random_page_cost": "1.1", "jit": "off", "plan_cache_mode": "force_custom_plan",
    "statement_timeout": "120s", "idle_in_transaction_session_timeout": "15s",
    "tcp_keepalives_idle": "10", "tcp_keepalives_interval": "5", "tcp_keepalives_count": "3",
}  # fmt: skip


def place_of(url: str) -> str:
    """What a message calls the database: where it is, and nothing that is secret."""
    said = conninfo_to_dict(url)
    hosts, ports = (str(said.get(key) or default).split(",") for key, default in (("host", "localhost"), ("port", "")))
    servers = (f"{host}:{port}".rstrip(":") for host, port in zip(hosts, ports * len(hosts), strict=False))
    return f"postgresql://{','.join(servers)}/{said.get('dbname') or ''}"


def full_conninfo(url: str, busy_seconds: float) -> str:
    """The url, with what it leaves open."""
    said = conninfo_to_dict(url)
    settings = {**_SERVER, "lock_timeout": f"{round(busy_seconds * 1000)}ms"}
    defaults = [f"-c {name}={value}" for name, value in settings.items()]
    options = " ".join([*defaults, str(said.get("options") or ""), _OURS])
    client = {key: value for key, value in _CLIENT.items() if key not in said}
    return make_conninfo(url, **client, options=options, client_encoding=_ENCODING)


class PostgresDatabase(Database):
    """url: of libpq. path: what this machine's files beside the database are named after."""

    remote = True

    def __init__(self, url: str, path: Path, busy_seconds: float) -> None:
        super().__init__(path, busy_seconds, place=place_of(url), readonly=False)
        self._conninfo = full_conninfo(url, busy_seconds)
        self._pool = ConnectionPool(
            self._conninfo,
            kwargs={"autocommit": True},
            min_size=0,
            max_size=_MOST_READERS,
            timeout=busy_seconds,
            max_idle=_IDLE_SECONDS,
            reconnect_timeout=_TRY_SECONDS,
            configure=_configure,
            check=ConnectionPool.check_connection,
            open=False,
        )
        self._pool.open()
        self._write_connection: _Connection | None = None
        self._unreachable = False
        self._own_presence = OwnPresence()

    def clock(self) -> float:
        with self.read() as session:
            return float(session.rows("SELECT cast(extract(epoch FROM clock_timestamp()) AS double precision)")[0][0])

    def takes_writes(self) -> bool:
        with self.read() as session:
            return session.rows("SELECT current_setting('transaction_read_only')") == [("off",)]

    def free_bytes(self) -> None:
        return None

    def size(self) -> int:
        with self.read() as session:
            return int(session.rows("SELECT pg_database_size(current_database())")[0][0])

    def translate_errors(self) -> AbstractContextManager[None]:
        return translate_postgres_errors(self.place, self.busy_seconds)

    @contextmanager
    def watch(self) -> Iterator[PostgresSession]:
        with self._in_use(), self.translate_errors(), self._reader() as connection:
            yield PostgresSession(connection, self._own_presence)

    def copy_to(self, target: Path) -> None:
        from store.postgres.postgres_backup import copy_to  # noqa: PLC0415 - it stands on SQLite

        copy_to(self, target)

    def find_damage(self) -> list[str]:
        with self.read() as session:
            invalid = session.rows(
                "SELECT cast(cast(indexrelid AS regclass) AS text) FROM pg_index WHERE NOT indisvalid"
            )
        return [f"the index {name} is not valid" for (name,) in invalid]

    def complete_erasure(self, trace: str = "") -> bool:  # noqa: ARG002 - all tables that may hold one
        """Dead rows go from the tables; what the server's log and its backups hold is the operator's."""
        tables = "subscriptions, deliveries, delivery_reports, reader_feedback, circuits, services, refusals"
        with self._in_use(), self.translate_errors(), self._reader() as connection:
            connection.execute(f"VACUUM {tables}")
        with self.write() as session:
            forget_erasure(session)
        return True

    def _close_connections(self) -> None:
        self._pool.close()
        if self._write_connection:
            self._write_connection.close()

    @contextmanager
    def _connection(self) -> Iterator[PostgresSession]:
        session: PostgresSession | None = getattr(self._local, "session", None)
        if session is not None:
            yield session
        else:
            with self._reader() as connection, self._as_own(connection) as own:
                yield own

    @contextmanager
    def _reader(self) -> Iterator[_Connection]:
        if self._unreachable:
            self._probe()
        try:
            connection = self._pool.getconn()
        except PoolTimeout:
            self._probe()  # unless all connections are taken
            raise
        try:
            yield connection
        finally:
            self._pool.putconn(connection)

    def _probe(self) -> None:
        """Say at once what is wrong, where something is: not each reader has to wait for it as long as the first."""
        self._unreachable = True
        psycopg.connect(self._conninfo).close()
        self._unreachable = False

    @contextmanager
    def _as_own(self, connection: _Connection) -> Iterator[PostgresSession]:
        """What this thread does within goes over this connection."""
        outer, session = getattr(self._local, "session", None), PostgresSession(connection, self._own_presence)
        self._local.session = session
        try:
            yield session
        finally:
            self._local.session = outer

    @contextmanager
    def _transaction(self, durable: bool) -> Iterator[PostgresSession]:  # noqa: ARG002 - every commit is on the disk
        connection = self._begin()
        try:
            with self._as_own(connection) as session:
                yield session
            connection.commit()
        except BaseException:
            _roll_back(connection)
            raise

    def _begin(self) -> _Connection:
        """The writer, in a transaction, with the lock. The server may have ended the connection since it was last used:
        nothing was done over it yet, so it is made anew.
        """
        connection = self._write_connection
        if connection is not None and not connection.closed:
            try:
                return _lock(connection)
            except psycopg.OperationalError:
                if not connection.closed:
                    raise
        self._write_connection = connection = self._connect()
        return _lock(connection)

    def _connect(self) -> _Connection:
        connection = psycopg.connect(self._conninfo, autocommit=True)
        _configure(connection)
        connection.execute("SELECT pg_advisory_lock_shared(%s, %s)", [PRESENCE, presence_key(new_owner())])
        self._own_presence.connect()
        return connection

    @contextmanager
    def _savepoint(self, session: Session) -> Iterator[None]:  # noqa: ARG002 - it is the writer's
        assert self._write_connection  # noqa: S101 - for the type checker
        with self._write_connection.transaction():
            yield


def _lock(connection: _Connection) -> _Connection:
    try:
        connection.execute("BEGIN")
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [_WRITE_LOCK])
    except BaseException:
        _roll_back(connection)
        raise
    return connection


def _roll_back(connection: _Connection) -> None:
    with suppress(psycopg.Error):  # of a connection that is lost the server does it
        connection.rollback()


def _configure(connection: _Connection) -> None:
    connection.adapters.register_loader("numeric", NumberLoader)
