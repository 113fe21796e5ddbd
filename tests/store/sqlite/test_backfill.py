"""Backfill: a store of the former schema is whole again soon, whoever is killed or comes by meanwhile."""

from __future__ import annotations

import contextlib
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from store import Store, backfill
from store.db.columns import stamp, to_json_list
from store.records.editions import Edition, Paper
from store.sqlite import migrations
from store.sqlite.sqlite_database import SqliteDatabase
from store.tables.edition_codec import encode
from tests import ROOT
from tests.factories.store import paper, shown, survey

COUNT = 2_500
EDITIONS = [
    survey(f"s{n}", opening=f'Edition number{n} on Schr\\"odinger [1].', papers=(shown(1, "1", "An Erd\\H{o}s graph"),))
    for n in range(12)
]


def old_papers() -> list[Paper]:
    made = [
        paper(f"2603.{n:05}", title=f"Wobbly lattice number{n}", abstract=f"Token{n} by L\\'evy.") for n in range(COUNT)
    ]
    made[7] = paper(
        made[7].id, title="{\\L}ojasiewicz bounds", abstract="Few-shot.", comment="Withdrawn by the authors."
    )
    return made


def make_former_store(path: Path, papers: Sequence[Paper], editions: Sequence[Edition] = ()) -> None:
    """A file as the version before m013 left it."""
    database = SqliteDatabase(path, 1.0)
    with database.write() as session:
        migrations.MIGRATIONS.apply(session.db, stop_before="m013_texts")
        session.run("INSERT INTO meta VALUES ('schema', '12')")
        session.many(
            f"INSERT INTO papers VALUES ({','.join('?' * 17)})",
            [
                (row, p.id, p.version, p.title, p.abstract, p.text_hash, to_json_list(p.authors),
                 to_json_list(p.categories), p.primary_category, stamp(p.published), stamp(p.updated), p.comment, p.doi,
                 p.journal_ref, p.source, p.url, p.pdf_url)
                for row, p in enumerate(papers, 1)
            ],
        )  # fmt: skip
        session.run(
            "INSERT INTO papers_fts (rowid, title, abstract, authors) SELECT row, title, abstract, '' FROM papers"
        )
        session.many(
            f"INSERT INTO editions VALUES ({','.join('?' * 16)})",
            [
                (row, e.id, e.kind, e.title, e.question, e.topic, None, None, e.language, stamp(e.created_at), "",
                 len(e.papers), 0, "", 1, encode(e))
                for row, e in enumerate(editions, 1)
            ],
        )  # fmt: skip
    database.close()


@pytest.fixture(scope="module")
def former(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("former") / "store.db"
    make_former_store(path, old_papers(), EDITIONS)
    return path


@pytest.fixture
def path(former: Path, tmp_path: Path) -> Path:
    shutil.copy(former, tmp_path / "store.db")
    return tmp_path / "store.db"


def count_rows(path: Path, table: str) -> int:
    with contextlib.closing(sqlite3.connect(path)) as raw:
        return int(raw.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def is_whole(store: Store) -> bool:
    found = [[hit.paper.id for hit in store.search.papers(words)] for words in ("lojasiewicz", "fewshot")]
    assert found == [["2603.00007"]] * 2
    assert store.search.find_papers("levy")[1] == min(COUNT - 1, 1_001)
    assert sorted(hit.edition.id for hit in store.search.editions("Schrödinger erdos")) == sorted(
        e.id for e in EDITIONS
    )
    ids = [made.id for made in old_papers()]
    held = store.papers.get(ids)
    assert len({kept.citation_key for kept in held.values()} - {""}) == COUNT
    assert held[ids[0]].citation_key == f"example2026wobbly{ids[0].replace('.', '')}"
    assert held[ids[7]].status == "withdrawn"
    assert held[ids[7]].status_note == "Withdrawn by the authors."
    assert held[ids[0]].status == "live"
    with store._database.read() as session:
        assert session.rows("SELECT count(*) FROM paper_authors WHERE person = 'ada-example'") == [(COUNT,)]
        assert session.rows("SELECT key FROM meta WHERE key LIKE 'unread %'") == []
        assert session.rows("SELECT count(*) FROM leases") == [(0,)]
    return store.check() == ()


def test_a_former_store_is_filled_as_it_is_opened(path: Path) -> None:
    with Store.open(path) as store:
        assert is_whole(store)
        kept = store.papers.get(["2603.00007"])["2603.00007"]
        assert kept.reading["readable_title"] == "Łojasiewicz bounds"  # which was kept, and not made for this
    assert (path.parent / "store.db.before-m013_texts").exists()


@pytest.mark.parametrize(("when", "batch", "papers"), [("before", 1, 0), ("before", 5, 800), ("after", 5, 1_000)])
def test_who_is_killed_loses_a_batch_and_the_next_goes_on(path: Path, when: str, batch: int, papers: int) -> None:
    command = [sys.executable, "-m", "tests.doubles.die_in_backfill", str(path), when, str(batch)]
    killed = subprocess.run(command, cwd=ROOT, capture_output=True, check=False, timeout=120)
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    assert count_rows(path, "paper_texts") == count_rows(path, "papers_fts_docsize") == papers
    with Store.open(path) as store:
        assert is_whole(store)


def test_who_opens_it_meanwhile_reads_and_adds_and_does_none_of_it_twice(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    began: list[int] = []
    fill = backfill._fill_papers

    def come_by(database: SqliteDatabase, after: int) -> int | None:
        began.append(after)
        if len(began) == 3:
            with Store.open(path) as other:  # which finds the lease taken
                assert other.check() == ()
                assert other.papers.count() == COUNT
                assert other.papers.get(["2603.02400"])["2603.02400"].readable_abstract == "Token2400 by Lévy."
                assert len(other.search.papers("number399")) == 1
                assert other.search.papers("number2400") == []
                assert other.papers.add([paper("new", title="Newcomer"), paper("2603.02400", 2, "Retold")]) == 1
                assert [hit.paper.id for hit in other.search.papers("retold")] == ["2603.02400"]
        return fill(database, after)

    with monkeypatch.context() as patched:
        patched.setattr(backfill, "_fill_papers", come_by)
        Store.open(path).close()
    assert began == sorted(set(began))
    with Store.open(path) as store:
        assert store.check() == ()
        assert [hit.paper.id for hit in store.search.papers("newcomer")] == ["new"]
        assert [hit.paper.id for hit in store.search.papers("retold")] == ["2603.02400"]
        assert store.search.papers("number2400") == []
        assert len(store.search.papers("number2499")) == 1


def test_a_store_that_another_writes_to_is_opened_and_filled_later(path: Path) -> None:
    SqliteDatabase(path, 1.0).close()
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        database = SqliteDatabase(path, 5.0)
        migrations.migrate(database)
        database.close()
        other.execute("BEGIN IMMEDIATE")
        with Store.open(path, busy_seconds=0.05) as store:
            assert store.papers.count() == COUNT
            assert store.search.papers("levy") == []
        other.execute("ROLLBACK")
    with Store.open(path) as store:
        assert is_whole(store)


def test_a_damaged_edition_does_not_stand_in_the_way(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path)) as raw:
        raw.execute("UPDATE editions SET body = '{' WHERE id = 's3'")
        raw.commit()
    with Store.open(path) as store:
        assert len(store.search.editions("number11")) == 1
        assert store.search.editions("number3") == []
