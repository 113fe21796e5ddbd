"""Opening a store: whatever lies at its path, the answer is a store or one clear line."""

from __future__ import annotations

import contextlib
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from sqlite_utils.migrations import Migrations

from store import Store
from store.errors import StoreBusy, StoreError
from store.sqlite import migrations, schema_version
from store.sqlite.sqlite_database import SqliteDatabase
from tests import ROOT
from tests.factories.store import paper, papers

NEWEST = len(migrations._migration_names())

MANY_OPEN = """
import sys
from store import Store
from store.sqlite.migrations import schema_version
print("ready", flush=True)
sys.stdin.readline()
with Store.open(sys.argv[1]) as store:
    with store._database.read() as session:
        print(schema_version(session), store.check())
"""


def old_store(path: Path, before: str = "m003_editions") -> None:
    """A file as the version before the migration `before` left it, with papers in it."""
    database = SqliteDatabase(path, 1.0)
    with database.write() as session:
        migrations.MIGRATIONS.apply(session.db, stop_before=before)
        migrations_before = str(migrations.schema_version(session))
        session.run("INSERT INTO meta VALUES ('schema', ?)", [migrations_before])
    database.close()
    with contextlib.closing(sqlite3.connect(path)) as raw:
        raw.execute(
            "INSERT INTO papers VALUES (1, '2603.00001', 1, 'Old', 'Kept.', 'h', '[]', '[]', '', "
            "'2026-03-02T12:00:00.000000Z', '2026-03-02T12:00:00.000000Z', '', '', '')"
        )
        raw.execute("INSERT INTO papers_fts (rowid, title, abstract, authors) VALUES (1, 'Old', 'Kept.', '')")
        raw.commit()


def test_missing_folders_are_made(tmp_path):
    with Store.open(tmp_path / "a" / "b" / "store.db") as store:
        assert store.path.exists()
        assert store.check() == ()
        assert store.size > 0


def test_what_was_written_is_there_after_reopening(tmp_path):
    with Store.open(tmp_path / "store.db") as store:
        store.papers.add([paper()])
    with Store.open(str(tmp_path / "store.db")) as store:
        assert store.papers.get(["2603.00001"]) == {"2603.00001": paper(citation_key="example2026title260300001")}


def test_an_empty_file_becomes_a_store(tmp_path):
    (tmp_path / "store.db").touch()
    with Store.open(tmp_path / "store.db") as store:
        assert store.papers.count() == 0


def test_a_file_of_something_else_is_refused_and_left_alone(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("not a database, only notes\n" * 100)
    with pytest.raises(StoreError, match=r"notes\.txt is not a store"):
        Store.open(path)
    assert path.read_text().startswith("not a database")


def test_a_database_of_another_program_is_refused_and_left_alone(tmp_path):
    path = tmp_path / "bookmarks.db"
    with contextlib.closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE bookmarks (url TEXT)")
        other.commit()
    before = path.read_bytes()
    with pytest.raises(StoreError, match="another program"):
        Store.open(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("name", [".", "file/store.db", "file/deeper/store.db", "nul\x00.db"])
def test_a_path_that_cannot_be_one_is_one_clear_line(tmp_path, name):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError) as refused:
        Store.open(f"{tmp_path}/{name}")
    assert "\n" not in str(refused.value)
    assert refused.value.hint


def test_a_damaged_store_is_one_clear_line(tmp_path):
    path = tmp_path / "store.db"
    with Store.open(path) as store:
        store.papers.add(papers(200))
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\x7f" * (len(whole) - 4096))
    with pytest.raises(StoreError, match="damaged"), Store.open(path) as store:
        store.papers.count()


def test_check_names_what_is_wrong(tmp_path):
    path = tmp_path / "store.db"
    with Store.open(path) as store:
        store.papers.add(papers(50))
        assert store.check() == ()
    with contextlib.closing(sqlite3.connect(path)) as raw:
        raw.execute("INSERT INTO edition_papers VALUES (77, 1, '2603.00001', 1, 0, '', 1)")
        raw.execute("DELETE FROM papers_fts_docsize WHERE id = 3")
        raw.commit()
    with Store.open(path) as store:
        orphan, unindexed = store.check()
    assert "edition_papers" in orphan
    assert unindexed.startswith("1 paper")


def test_an_older_store_is_migrated_after_a_copy_was_set_aside(tmp_path):
    path = tmp_path / "store.db"
    old_store(path)
    with Store.open(path) as store:
        with store._database.read() as session:
            assert migrations.schema_version(session) == NEWEST
        assert store.editions.count() == 0
        (found,) = [hit.paper for hit in store.search.papers("kept")]
        assert found.title == "Old"
        assert (found.source, found.url) == ("arxiv", "https://arxiv.org/abs/2603.00001")
        assert found.pdf_url == "https://arxiv.org/pdf/2603.00001"
    with contextlib.closing(sqlite3.connect(tmp_path / "store.db.before-m003_editions")) as copy:
        tables = {row[0] for row in copy.execute("SELECT name FROM sqlite_master")}
        assert copy.execute("SELECT title FROM papers").fetchall() == [("Old",)]
    assert "papers" in tables
    assert "editions" not in tables


def test_the_newest_migration_is_known_without_loading_any(tmp_path):
    last = max(migrations._migration_names())
    assert (schema_version.NEWEST, int(last[1:4])) == (last, NEWEST)
    with Store.open(tmp_path / "p.db") as store:
        assert schema_version.is_current(store._database)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE meta SET value = '24' WHERE key = 'schema'",
        "DELETE FROM _sqlite_migrations WHERE name LIKE 'm007%'",
        "PRAGMA application_id = 1",
        "PRAGMA journal_mode = DELETE",
        "DROP TABLE meta",
    ],
)
def test_a_file_that_is_not_quite_a_store_of_this_version_is_looked_at_closely(tmp_path, statement):
    Store.open(tmp_path / "p.db").close()
    with contextlib.closing(sqlite3.connect(tmp_path / "p.db", isolation_level=None)) as raw:
        raw.execute(statement)
    with contextlib.closing(SqliteDatabase(tmp_path / "p.db", 1.0)) as database:
        assert not schema_version.is_current(database)


def test_every_attribute_of_a_store_is_made_when_it_is_asked_for(tmp_path):
    with Store.open(tmp_path / "p.db") as store:
        assert {name: type(getattr(store, name)).__name__ for name in Store.__annotations__} == Store.__annotations__
        assert store.papers is store.papers
        assert not hasattr(store, "paper")


def test_a_migration_that_fails_changes_nothing(tmp_path, monkeypatch):
    path = tmp_path / "store.db"
    old_store(path, before="m002_results")
    broken = Migrations("store")
    for migration in migrations.MIGRATIONS.pending(migrations.SqliteUtils(memory=True)):
        broken(name=migration.name)(migration.fn)

    @broken()
    def m004_broken(db):
        db.execute("CREATE TABLE half_done (x)")
        db.execute("INSERT INTO nowhere VALUES (1)")

    with monkeypatch.context() as patched:
        patched.setattr(migrations, "MIGRATIONS", broken)
        with pytest.raises(StoreError, match="nowhere"):
            Store.open(path)
    with contextlib.closing(sqlite3.connect(path)) as raw:
        tables = {row[0] for row in raw.execute("SELECT name FROM sqlite_master")}
    assert not tables & {"half_done", "editions", "vectors"}
    with Store.open(path) as store:
        assert store.papers.count() == 1


@pytest.mark.parametrize(
    "newer",
    [
        "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('store', 'm999_flying', '2030')",
        "UPDATE meta SET value = '999' WHERE key = 'schema'",
    ],
)
def test_a_store_of_a_newer_version_is_refused_and_left_alone(tmp_path, newer):
    path = tmp_path / "store.db"
    Store.open(path).close()
    with contextlib.closing(sqlite3.connect(path)) as raw:
        raw.execute(newer)
        raw.commit()
    before = path.read_bytes()
    with pytest.raises(StoreError, match="newer version"):
        Store.open(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("old", [False, True])
def test_processes_that_open_a_path_at_once_do_not_race(tmp_path, old):
    path = tmp_path / "store.db"
    if old:
        old_store(path)
    command = [sys.executable, "-c", MANY_OPEN, str(path)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "cwd": ROOT}
    processes = [subprocess.Popen(command, **pipes) for _ in range(4)]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    answers = [process.communicate(timeout=60)[0] for process in processes]
    assert answers == [f"{NEWEST} ()\n"] * 4


def test_a_store_locked_by_another_process_can_be_opened_and_read_but_not_written(tmp_path):
    path = tmp_path / "store.db"
    with Store.open(path) as store:
        store.papers.add([paper()])
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with Store.open(path, busy_seconds=0.05) as store:
            assert store.papers.count() == 1
            with pytest.raises(StoreBusy) as refused:
                store.papers.add(papers(3))
            assert not refused.value.permanent
            other.execute("ROLLBACK")
            assert store.papers.add(papers(3)) == 2


def test_a_new_path_locked_by_another_process_is_busy(tmp_path):
    path = tmp_path / "store.db"
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreBusy):
            Store.open(path, busy_seconds=0.05)
