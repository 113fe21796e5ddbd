"""A server that stops, crashes and comes back: what the store tells meanwhile, and that a process goes on after it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from store import Store
from store.db.owners import new_owner
from store.errors import StoreError, StoreUnreachable
from store.postgres import postgres_session
from tests.doubles.postgres_server import PostgresServer
from tests.factories.databases import require_server

_WAYS: list[Callable[[PostgresServer], None]] = [PostgresServer.stop, PostgresServer.crash]


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    require_server()
    with PostgresServer(durable=True) as started:
        yield started


@pytest.fixture
def store(server: PostgresServer, tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "p.db", url=server.url(), busy_seconds=2.0) as opened:
        yield opened


@pytest.mark.parametrize("end", _WAYS)
def test_a_process_goes_on_after_an_outage(
    server: PostgresServer, store: Store, end: Callable[[PostgresServer], None]
) -> None:
    owner, name = new_owner(), f"before {end.__name__}"
    assert store.leases.acquire(name, owner, 600)
    end(server)
    for work in (
        store.topics.list,
        store.revision,
        lambda: store.leases.acquire(name, owner, 600),
        lambda: store.size,
    ):
        with pytest.raises(StoreUnreachable) as said:
            work()
        assert not said.value.permanent
        assert said.value.message.startswith(f"The store {store.place} cannot be reached: ")
    server.start()
    assert store.topics.list() == []
    assert store.leases.owner(name) == owner
    assert store.leases.acquire(name, owner, 600)
    assert isinstance(store.revision(), int)


def test_what_was_begun_when_the_server_ended_is_undone_as_a_whole(server: PostgresServer, store: Store) -> None:
    owner = new_owner()

    def write_over_a_restart() -> None:
        with store.write():
            store.leases.acquire("of the broken", owner, 600)
            server.restart()
            store.leases.acquire("of the broken, too", owner, 600)

    with pytest.raises(StoreUnreachable):
        write_over_a_restart()
    assert store.leases.owner("of the broken") == ""
    assert store.leases.acquire("after it", owner, 600)


def test_nobody_is_taken_for_gone_while_all_are_connecting_anew(server: PostgresServer, store: Store) -> None:
    server.restart()
    assert not store.is_gone(new_owner())
    assert not store.is_gone("elsewhere:1:2:0a1b2c3d")


def test_nobody_is_taken_for_gone_while_all_are_connecting_to_another_server(
    server: PostgresServer, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a standby took over, which has been running for long: every session is lost, and it knows of none."""
    monkeypatch.setattr(postgres_session, "_SETTLING", 0)
    assert store.leases.acquire("before the loss", new_owner(), 600)
    assert store.is_gone("elsewhere:1:2:0a1b2c3d")
    end_sessions(server)
    assert not store.is_gone("elsewhere:1:2:0a1b2c3d")
    monkeypatch.setattr(postgres_session, "_SETTLING", 600)
    assert store.leases.acquire("after the loss", new_owner(), 600)
    monkeypatch.setattr(postgres_session, "_SETTLING", 0)
    assert not store.is_gone("elsewhere:1:2:0a1b2c3d")


def test_who_starts_anew_knows_at_once_who_is_gone(
    server: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_session, "_SETTLING", 0)
    with Store.open(tmp_path / "new.db", url=server.url()) as store:
        assert store.is_gone("elsewhere:1:2:0a1b2c3d")
        assert store.leases.acquire("of the new", new_owner(), 600)
        assert store.is_gone("elsewhere:1:2:0a1b2c3d")


def end_sessions(server: PostgresServer) -> None:
    others = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE application_name = 'paperroute'"
    with psycopg.connect(server.url()) as connection:
        connection.execute(others)


def test_a_store_is_not_opened_where_no_server_is(tmp_path: Path) -> None:
    with pytest.raises(StoreUnreachable, match="cannot be reached"):
        Store.open(tmp_path / "p.db", url=f"postgresql://nobody@/p?host={tmp_path}", busy_seconds=1.0)


@pytest.mark.parametrize("url", ["postgresql://a:secret-word@[", "postgresql://a:secret-word@host/p?nothing=1"])
def test_an_address_that_is_none_is_told_without_its_password(tmp_path: Path, url: str) -> None:
    with pytest.raises(StoreError) as said:
        Store.open(tmp_path / "p.db", url=url, busy_seconds=1.0)
    assert "secret-word" not in f"{said.value} {said.value.__cause__}"
