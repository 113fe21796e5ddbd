"""The index is made behind the intake, and nobody who searches can tell."""

from __future__ import annotations

import contextlib
import signal
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from store import Store
from store.db.match_expression import MatchColumns, MatchPhrase
from store.indexing import paper_index
from store.indexing.filters import SearchFilter
from store.indexing.search_syntax import parse_search
from store.records.editions import Paper, Query
from tests import ROOT
from tests.factories.store import NOON, paper, papers

BY_NEW = MatchColumns(("authors",), MatchPhrase("new"))
NEW = paper("1", title='A Schr\\"odinger walk', abstract="Few-shot.", authors=("Cy New",))
SEARCHES: dict[str, Callable[[Store], object]] = {
    "words": lambda store: [hit.paper.id for hit in store.search.papers("schrödinger fewshot")] == ["1"],
    "names": lambda store: store.search.find_papers("author:new")[1] == 1,
    "ids": lambda store: store.search.paper_ids(parse_search("walk")) == (["1"], 1),
    "phrases": lambda store: store.search.ids_with_phrases(["1"], parse_search('"few shot"')) == {"1"},
    "matching": lambda store: [one.id for one in store.papers.matching([Query(("walk",))])] == ["1"],
    "frequencies": lambda store: store.papers.frequencies(["walks"]) == {"walks": 1},
    "filter": lambda store: store.papers.filter_ids(["1"], SearchFilter(authors=BY_NEW)) == {"1"},
    "listing": lambda store: len(store.listings.papers(SearchFilter(person="cy-new"), limit=9)) == 1,
    "author": lambda store: store.authors.get("cy-new"),
    "papers of": lambda store: store.authors.papers("cy-new", limit=9),
    "people": lambda store: store.authors.people_of("1") == {0: "cy-new"},
    "spelling": lambda store: store.vocabulary.near("schrodinqer") is not None and not store.vocabulary.near("walk"),
    "reading": lambda store: store.papers.get_read(["1"])["1"].reading["readable_title"] == "A Schrödinger walk",
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


def add_and_die(path: Path) -> None:
    """As a process that is killed as soon as a search of its own was answered, and more was added."""
    script = f"""
import os, signal, sys
from store import Store
from tests.factories.store import paper, papers
from tests.store.indexing.test_paper_index import NEW
store = Store.open(sys.argv[1])
store.papers.add(papers(30))
assert store.search.papers("abstract") is not None
store.papers.add([NEW])
os.kill(os.getpid(), {int(signal.SIGKILL)})
"""
    killed = subprocess.run(
        [sys.executable, "-c", script, str(path)], cwd=ROOT, capture_output=True, check=False, timeout=120
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()


def unread(path: Path) -> int:
    sql = "SELECT count(*) FROM papers LEFT JOIN paper_texts USING (row) WHERE title_stems IS NULL"
    with contextlib.closing(sqlite3.connect(path)) as raw:
        return int(raw.execute(sql).fetchone()[0])


@pytest.mark.parametrize("search", SEARCHES)
def test_what_was_added_is_found_at_once_by_every_search(path: Path, search: str) -> None:
    with Store.open(path) as store, Store.open(path) as other:
        store.papers.add([NEW, paper("2", title="Owls")])
        assert unread(path) == 2
        assert SEARCHES[search](other)
        assert SEARCHES[search](store)
        assert unread(path) == 0
        assert store.check() == ()


@pytest.mark.parametrize("search", SEARCHES)
def test_who_is_killed_before_the_index_is_made_loses_nothing(path: Path, search: str) -> None:
    add_and_die(path)
    assert unread(path) == 1
    with Store.open(path) as store:
        assert store.check() == ()
        assert SEARCHES[search](store)
        assert store.papers.count() == 31
    assert unread(path) == 0


@pytest.mark.parametrize("search", SEARCHES)
def test_a_store_that_may_not_be_written_answers_right_and_stays_as_it_is(
    path: Path, search: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_and_die(path)
    with contextlib.closing(sqlite3.connect(path)) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    monkeypatch.setattr("store.sqlite.sqlite_opening._is_readonly", lambda _: True)
    path.chmod(stat.S_IREAD)
    before = path.read_bytes()
    with Store.open(path) as store:
        assert store.readonly
        assert store.check() == ()
        assert search == "reading" or SEARCHES[search](store)
        assert store.papers.get_read(["1"])["1"].readable_title == "A Schrödinger walk"
        with ThreadPoolExecutor(1) as executor:  # a connection of its own
            assert search == "reading" or executor.submit(SEARCHES[search], store).result()
        assert len(store.search.papers("ada")) == len(store.authors.papers("ada-example", limit=50)[:20])
    assert path.read_bytes() == before
    assert [kept.name for kept in path.parent.iterdir() if kept.stat().st_size] == ["store.db"]


def test_while_another_writes_a_search_answers_right_and_follows_what_comes(path: Path) -> None:
    add_and_die(path)
    with Store.open(path, busy_seconds=0.05) as store:
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            assert SEARCHES["words"](store)
            assert SEARCHES["people"](store)
            assert unread(path) == 1
            other.execute("UPDATE meta SET value = value")
            other.execute("COMMIT")
        with Store.open(path) as writer:
            writer.papers.add([paper("1", 2, title="Hawks"), paper("9", title="Kites")])
        assert store.search.papers("walk") == []
        assert len(store.search.papers("hawks")) == len(store.search.papers("kites")) == 1
        store.papers.add([paper("1", 3, title="Owls")])
        assert store.search.papers("hawks") == []
        assert len(store.search.papers("owls")) == 1
        assert store.check() == ()


@pytest.mark.parametrize(
    "seen",
    [
        paper("1", 2, title="Hawks", abstract="They soar."),
        paper("1", 1, "Retold", comment="4 pages", authors=("Ada Example",)),
    ],
)
def test_a_paper_that_is_replaced_before_it_was_read_is_found_by_its_newest(path: Path, seen: Paper) -> None:
    with Store.open(path) as store:
        store.papers.add([NEW])
        store.papers.add([seen])
        newest = "hawks" if seen.version == 2 else "schrödinger"
        assert [hit.paper.id for hit in store.search.papers(newest)] == ["1"]
        assert bool(store.search.papers("schrödinger")) == (seen.version == 1)
        assert store.search.papers("retold") == store.search.papers("author:new") == []
        assert len(store.search.papers("author:ada")) == 1
        assert store.check() == ()


def test_a_paper_that_is_replaced_while_it_is_read_is_found_by_its_newest(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Store.open(path) as store, Store.open(path) as other:
        store.papers.add([NEW, paper("2", title="Owls")])

        def replace_meanwhile(read: Paper) -> None:
            if read.id == "1" and read.version == 1:
                other.papers.add([paper("1", 2, title="Hawks"), paper("3", title="Kites")])

        with monkeypatch.context() as patched:
            patched.setattr(paper_index, "read_paper", replace_meanwhile)
            assert [hit.paper.id for hit in store.search.papers("hawks")] == ["1"]
        assert store.search.papers("schrödinger") == []
        assert [hit.paper.id for hit in store.search.papers("kites")] == ["3"]
        assert store.check() == ()


def test_several_who_search_at_once_read_nothing_twice(path: Path) -> None:
    with Store.open(path) as store:
        store.papers.add(papers(1_200))
        with ThreadPoolExecutor(4) as executor:
            found = list(executor.map(lambda _: store.search.find_papers("author:ada")[1], range(8)))
        assert len(set(found)) == 1
        assert store.check() == ()
        with store._database.read() as session:
            assert session.rows("SELECT count(*) FROM paper_texts") == [(1_200,)]
            assert session.rows("SELECT * FROM meta WHERE key = 'new papers'") == []


def test_a_file_is_whole_once_it_is_closed(path: Path) -> None:
    with Store.open(path) as store:
        store.papers.add([NEW])
        store.close()
    assert unread(path) == 0
    assert not path.with_name("store.db-wal").exists()


def test_papers_of_days_are_found_by_day_before_they_are_read(path: Path) -> None:
    with Store.open(path) as store:
        store.papers.add([paper(str(n), published=NOON + timedelta(days=n)) for n in range(5)])
        late = SearchFilter(since=NOON + timedelta(days=3))
        assert [kept.id for kept in store.listings.papers(late, limit=9)] == ["4", "3"]
