"""Databases and addresses that an operator may name: few rights, another encoding, another program's, with faults."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from secrets import token_hex

import psycopg
import pytest

from store import Store
from store.errors import StoreError
from store.postgres import postgres_database, postgres_migrations
from tests.factories.databases import Place, StoreDatabases

NewDatabase = Callable[..., str]
PASSWORD = "secret-word"


@pytest.fixture(scope="module")
def engine() -> str:
    return "postgresql"


@pytest.fixture
def role(databases: StoreDatabases, tmp_path: Path) -> Iterator[str]:
    """One that may log in, and no more."""
    name = f"role_{token_hex(4)}"
    with databases.lend(tmp_path / "none") as place, psycopg.connect(place.url, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {name} LOGIN")
        yield name
        connection.execute(f"DROP ROLE {name}")


@pytest.fixture
def new_database(databases: StoreDatabases, tmp_path: Path, role: str) -> Iterator[NewDatabase]:
    """Makes one as `CREATE DATABASE` takes it, runs statements there, and returns its address for `role`."""
    made: list[str] = []

    with databases.lend(tmp_path / "none") as place, psycopg.connect(place.url, autocommit=True) as connection:

        def make(how: str, *statements: str) -> str:
            made.append(f"made_{token_hex(4)}")
            connection.execute(f"CREATE DATABASE {made[-1]} TEMPLATE template0 {how.format(role=role)}")
            with psycopg.connect(place.url, dbname=made[-1]) as there:
                for statement in statements:
                    there.execute(statement.format(role=role))
            folder = connection.info.host
            return f"postgresql://{role}@/{made[-1]}?host={folder}"

        yield make
        for name in made:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def open_at(url: str) -> None:
    with Store.open("p.db", url=url, busy_seconds=2.0) as store, store.write():
        assert store.leases.acquire("音声", "me", 60)


@pytest.mark.parametrize(
    ("how", "statements"),
    [
        ("OWNER {role}", ()),
        ("OWNER {role}", ("CREATE TABLE public.papers (id text)",)),
        ("OWNER postgres", ("CREATE SCHEMA main AUTHORIZATION {role}",)),
    ],
)
def test_a_role_without_further_rights_is_enough(
    new_database: NewDatabase, how: str, statements: tuple[str, ...]
) -> None:
    url = new_database(how, *statements)
    for _ in range(2):
        open_at(url)


@pytest.mark.parametrize(
    ("how", "statements", "message", "hint"),
    [
        ("OWNER postgres", (), "permission denied", "CREATE in the database"),
        ("OWNER postgres", ("CREATE SCHEMA main",), "permission denied for schema main", "own its schema main"),
        (
            "OWNER {role}",
            ("CREATE SCHEMA main AUTHORIZATION {role}", "CREATE TABLE main.meta (a int)"),
            "another program",
            "its own",
        ),
        (
            "OWNER {role}",
            ("CREATE SCHEMA main AUTHORIZATION {role}", "CREATE VIEW main.papers AS SELECT 1"),
            "another program",
            "its own",
        ),
        ("OWNER {role} ENCODING 'LATIN1' LOCALE 'C'", (), "encoding is LATIN1", "createdb"),
        ("OWNER {role} ENCODING 'SQL_ASCII' LOCALE 'C'", (), "encoding is SQL_ASCII", "createdb"),
    ],
)
def test_a_database_that_is_no_good_is_left_alone_and_the_way_out_is_told(
    new_database: NewDatabase, how: str, statements: tuple[str, ...], message: str, hint: str
) -> None:
    url = new_database(how, *statements)
    with pytest.raises(StoreError, match=message) as said:
        open_at(url)
    assert hint in said.value.hint


def test_a_server_that_takes_no_writes_is_told_as_such(place: Place) -> None:
    with place.open() as store:
        assert store.takes_writes()
    url = f"{place.url}&options=-c%20default_transaction_read_only%3Don"
    with pytest.raises(StoreError, match="cannot be written") as said:
        open_at(url)
    assert "standby" in said.value.hint
    with Store.open("p.db", url=url) as store:
        assert not store.takes_writes()


@pytest.mark.parametrize(
    "settings", ["client_encoding=latin1", "options=-c%20search_path%3Dpublic", "options=-c%20work_mem%3D8MB"]
)
def test_settings_of_an_address_change_nothing_that_the_store_stands_on(place: Place, settings: str) -> None:
    open_at(f"{place.url}&{settings}")


def test_a_server_that_is_too_old_is_told(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres_migrations, "_OLDEST_SERVER", 10_000_000)
    with pytest.raises(StoreError, match="needs PostgreSQL 15 or newer; the server is"):
        open_at(place.url)


def test_a_pooler_that_drops_our_settings_is_told(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres_database, "_OURS", "")
    with pytest.raises(StoreError, match="pooler"):
        open_at(place.url)


def test_the_encoding_is_not_the_environments(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGCLIENTENCODING", "latin1")
    open_at(place.url)


@pytest.mark.parametrize(
    "password", [f"a/{PASSWORD}", f"1/{PASSWORD}", f"a@{PASSWORD}", f"a@b/{PASSWORD}", f"%zz{PASSWORD}"]
)
def test_a_password_that_is_not_encoded_is_told_in_no_part(password: str) -> None:
    with pytest.raises(StoreError) as said:
        open_at(f"postgresql://someone:{password}@127.0.0.1:1/p")
    assert "%40" in said.value.hint
    assert PASSWORD not in f"{said.value} {said.value.hint} {said.value.__cause__}"


def test_each_of_several_servers_is_named_with_its_port() -> None:
    with pytest.raises(StoreError, match=r"postgresql://127\.0\.0\.1:1,localhost:2/p cannot be reached"):
        open_at(f"postgresql://someone:{PASSWORD}@127.0.0.1:1,localhost:2/p")
