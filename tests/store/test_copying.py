"""A whole store copied to PostgreSQL and back, over a real server: all of it, once, and never over another."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from store import Store
from store.copying import open_transfer
from store.errors import StoreError
from store.records.editions import Topic
from store.sqlite.carried_tables import carried_tables
from store.transfer.table_shape import NOT_CARRIED
from tests.factories import web
from tests.factories.databases import StoreDatabases
from tests.factories.store import NOON, paper
from tests.factories.transfers import content_of_file, copy_whole, fill_every_table


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("full") / "full.db"
    fill_every_table(path)
    return path


@pytest.fixture
def address(databases: StoreDatabases, tmp_path: Path) -> Iterator[str]:
    with databases.lend(tmp_path / "beside.db") as place:
        yield place.url


def open_at(place: Path | str) -> Store:
    return Store.open("x.db", url=place) if isinstance(place, str) else Store.open(place)


def test_every_row_goes_to_postgresql_and_comes_back_the_same(full: Path, address: str, tmp_path: Path) -> None:
    before = content_of_file(full)
    assert all(before.values())
    copy_whole(full, address)
    copy_whole(address, tmp_path / "back.db")
    assert content_of_file(tmp_path / "back.db") == before
    assert (tmp_path / "back.db").stat().st_mode & 0o777 == 0o600


def test_a_copy_is_searched_and_written_as_the_store_was(full: Path, address: str, tmp_path: Path) -> None:
    copy_whole(full, address)
    copy_whole(address, tmp_path / "back.db")
    with Store.open(full) as store:
        expected = [hit.paper.id for hit in store.search.papers("speech")]
        editions = [hit.edition.id for hit in store.search.editions("speech")]
    assert expected
    assert editions
    for place in (address, tmp_path / "back.db"):
        with open_at(place) as copy:
            assert [hit.paper.id for hit in copy.search.papers("speech")] == expected
            assert [hit.edition.id for hit in copy.search.editions("speech")] == editions
            assert copy.check() == ()
            copy.papers.add([paper("2699.00001")])
            copy.subscriptions.add(web.TOPIC.slug, "mail", "new@example.org", "active", NOON)
            assert copy.papers.get(["2699.00001"])


def test_the_index_of_a_copy_is_as_the_schema_has_it(full: Path, address: str) -> None:
    sql = "SELECT relname, reloptions FROM pg_class WHERE relname LIKE '%\\_fts\\_words' ORDER BY 1"
    with psycopg.connect(address) as connection:
        before = connection.execute(sql).fetchall()
        connection.commit()
        copy_whole(full, address)
        assert before == connection.execute(sql).fetchall() != []


def test_every_table_is_carried_or_named_as_not_carried(full: Path, address: str) -> None:
    carried = {table.name for table in carried_tables()}
    with closing(sqlite3.connect(full)) as file:
        found = {name for (name,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    shadows = {name for name in found if name.startswith(("papers_fts_", "editions_fts_"))}
    assert found - shadows - {"sqlite_sequence", "_sqlite_migrations"} == carried | NOT_CARRIED.keys() - {
        "index_totals"
    }
    with psycopg.connect(address) as connection:
        sql = "SELECT tablename FROM pg_tables WHERE schemaname = 'main'"
        assert {name for (name,) in connection.execute(sql)} == carried | NOT_CARRIED.keys()
    assert carried.isdisjoint(NOT_CARRIED)


# The note, the first rows, rows of a later table, the full-text index, the end.
@pytest.mark.parametrize("write", [1, 3, 25, 60])
@pytest.mark.parametrize("back", [False, True])
def test_who_is_killed_leaves_what_only_the_same_copy_goes_on_with(
    full: Path, address: str, tmp_path: Path, write: int, back: bool
) -> None:
    source: Path | str = full
    target: Path | str = address
    if back:
        copy_whole(full, address)
        source, target = address, tmp_path / "back.db"
    command = [sys.executable, "-m", "tests.doubles.die_in_transfer", str(source), str(target), str(write)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    assert done.returncode or write == 60
    if write > 1 and done.returncode:
        with pytest.raises(StoreError, match="not complete"):
            open_at(target)
    if done.returncode:
        copy_whole(source, target)
    with open_at(target) as copy:
        assert copy.check() == ()
    if not back:
        copy_whole(address, tmp_path / "back.db")
    assert content_of_file(tmp_path / "back.db") == content_of_file(full)


def test_what_holds_a_store_is_not_written_over(full: Path, address: str, tmp_path: Path) -> None:
    with open_at(address) as there, Store.open(tmp_path / "there.db") as here:
        for store in (there, here):
            store.topics.put(web.TOPIC)
    for target in (address, tmp_path / "there.db"):
        with pytest.raises(StoreError, match="holds a store already"):
            copy_whole(full, target)
        with open_at(target) as store:
            assert store.topics.list() == [web.TOPIC]


def test_a_store_is_not_copied_to_itself(tmp_path: Path) -> None:
    Store.open(tmp_path / "p.db").close()
    (tmp_path / "link.db").symlink_to(tmp_path / "p.db")
    with pytest.raises(StoreError, match="one store"):
        copy_whole(tmp_path / "p.db", tmp_path / "link.db")


def test_where_there_is_no_store_none_is_made(address: str, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="There is no store"):
        copy_whole(tmp_path / "missing.db", address)
    assert not (tmp_path / "missing.db").exists()
    others = address.replace(urlsplit(address).path, "/postgres")  # a database without a store
    with pytest.raises(StoreError, match="There is no store"):
        copy_whole(others, tmp_path / "copy.db")
    assert not (tmp_path / "copy.db").exists()
    with psycopg.connect(others) as connection:
        assert connection.execute("SELECT to_regclass('main.meta')").fetchone() == (None,)


def test_the_beginning_of_another_copy_is_refused(full: Path, address: str, tmp_path: Path) -> None:
    with open_transfer(str(full), address, 10) as (read, copy, *_):
        read.run(lambda _done, _total: None)
        copy.run(lambda _done, _total: None)
    with Store.open(tmp_path / "other.db") as other:
        other.topics.put(web.TOPIC)
    with pytest.raises(StoreError, match="another state"):
        copy_whole(tmp_path / "other.db", address)
    with pytest.raises(StoreError, match="not complete"):
        copy_whole(address, tmp_path / "copy.db")


def test_a_copy_shows_the_moment_in_which_it_began(address: str, tmp_path: Path) -> None:
    for source, target in ((tmp_path / "p.db", address), (address, tmp_path / "back.db")):
        with open_at(source) as store:
            had = store.papers.count()
            with open_transfer(str(source), str(target), 10) as steps:
                for number, step in enumerate(steps):
                    store.papers.add([paper(f"2611.{had}{number:04}")])
                    step.run(lambda _done, _total: None)
        with open_at(target) as copy:
            assert copy.papers.count() == had


def test_what_somebody_else_wrote_meanwhile_is_found(full: Path, tmp_path: Path) -> None:
    with Store.open(tmp_path / "copy.db") as used, open_transfer(str(full), str(tmp_path / "copy.db"), 10) as steps:
        for step in steps[:-1]:
            step.run(lambda _done, _total: None)
        used.topics.put(web.TOPIC)
        used.topics.put(Topic("other", "Other", "other"))
        with pytest.raises(StoreError, match="not the same as what was copied: topics"):
            steps[-1].run(lambda _done, _total: None)
    with pytest.raises(StoreError, match="not complete"):
        Store.open(tmp_path / "copy.db")


def test_an_erased_subscriptions_number_comes_again_on_neither_side(address: str, tmp_path: Path) -> None:
    with Store.open(tmp_path / "p.db") as store:
        store.topics.put(web.TOPIC)
        for name in ("a", "b"):
            store.subscriptions.add(web.TOPIC.slug, "mail", f"{name}@example.org", "active", NOON)
        with sqlite3.connect(tmp_path / "p.db") as file:
            file.execute("DELETE FROM subscriptions WHERE id = 2")
    copy_whole(tmp_path / "p.db", address)
    copy_whole(address, tmp_path / "back.db")
    for place in (address, tmp_path / "back.db"):
        with open_at(place) as copy:
            copy.subscriptions.add(web.TOPIC.slug, "mail", "c@example.org", "active", NOON)
            assert sorted(one.id for one in copy.subscriptions.list()) == [1, 3]


def test_a_backup_of_postgresql_is_whole_or_not_at_all(full: Path, address: str, tmp_path: Path) -> None:
    copy_whole(full, address)
    with open_at(address) as store:
        for _ in range(2):
            store.backup(tmp_path / "copy.db")
        (tmp_path / "precious.txt").write_text("precious")
        with pytest.raises(StoreError, match="no copy of a store"):
            store.backup(tmp_path / "precious.txt")
    assert content_of_file(tmp_path / "copy.db") == content_of_file(full)
    assert (tmp_path / "copy.db").stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy.db", "precious.txt"]
