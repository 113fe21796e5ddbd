"""Writing: all or nothing, one writer at a time, sound after a kill, copies while others write."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from store import Store
from store.errors import StoreBusy, StoreError
from store.records.editions import fingerprint
from tests import ROOT
from tests.factories.databases import SQLITE_ONLY
from tests.factories.store import NOON, digest, paper, papers, survey

WRITES_FOR_EVER = """
import sys
from store import Store
from tests.factories.store import paper, survey
with Store.open(sys.argv[1], url=sys.argv[2]) as store:
    for batch in range(10**9):
        with store.write():
            store.papers.add(paper(f"{batch}.{n}", title=f"Title {batch} {n}") for n in range(20))
            store.editions.freeze(survey(f"s{batch}", tuple(f"{batch}.{n}" for n in range(20))))
        print(batch, flush=True)
"""


@pytest.fixture
def store(place):
    with place.open(busy_seconds=180.0) as opened:
        yield opened


def test_a_write_that_fails_leaves_nothing(store):
    with contextlib.suppress(ZeroDivisionError), store.write():
        store.papers.add([paper()])
        store.editions.freeze(survey())
        raise ZeroDivisionError
    assert store.papers.count() == store.editions.count() == 0
    assert store.search.papers("title") == []


def test_an_inner_write_that_fails_leaves_the_outer_one(store):
    with store.write():
        store.papers.add([paper("1")])
        with contextlib.suppress(ZeroDivisionError), store.write():
            store.papers.add([paper("2")])
            raise ZeroDivisionError
        store.papers.add([paper("3")])
    assert list(store.papers.get(["1", "2", "3"])) == ["1", "3"]


def test_the_writing_thread_sees_its_own_work_and_others_only_what_is_committed(store):
    with ThreadPoolExecutor(1) as pool:
        with store.write():
            store.papers.add([paper()])
            assert store.papers.count() == 1
            assert pool.submit(store.papers.count).result() == 0
        assert pool.submit(store.papers.count).result() == 1


def test_threads_take_turns_at_writing(store):
    def count_up(_):
        for _ in range(25):
            with store.write():
                store.papers.add([paper(f"{store.papers.count()}")])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(count_up, range(4)))
    assert store.papers.count() == 100


def test_a_thread_that_waits_too_long_for_its_turn_is_told(place):
    with place.open(busy_seconds=0.05) as store, ThreadPoolExecutor(1) as pool, store.write():
        refused = pool.submit(store.papers.add, [paper()]).exception()
    assert isinstance(refused, StoreBusy)


@SQLITE_ONLY
def test_threads_that_ended_leave_no_connection_open(store):
    for _ in range(5):
        thread = threading.Thread(target=store.papers.count)
        thread.start()
        thread.join()
    open_ones = [closer for closer in store._database._closers if closer.alive]
    assert len(open_ones) == 1


def test_any_thread_may_close_and_later_calls_are_told(store):
    store.papers.add([paper()])
    with ThreadPoolExecutor(1) as pool:
        pool.submit(store.close).result()
        for late in (store.papers.count, lambda: store.papers.add([paper()])):
            with pytest.raises(StoreError, match="closed"):
                late()
            with pytest.raises(StoreError, match="closed"):
                pool.submit(late).result()
    store.close()


def test_closing_waits_for_the_write_under_way(place):
    store = place.open()
    inside, go_on = threading.Event(), threading.Event()

    def write():
        with store.write():
            inside.set()
            go_on.wait(180)
            store.papers.add([paper()])

    writer, closer = threading.Thread(target=write), threading.Thread(target=store.close)
    writer.start()
    inside.wait(180)
    closer.start()
    while not store._database._closed:
        time.sleep(0.001)
    go_on.set()
    writer.join(180)
    closer.join(180)
    with place.open() as again:
        assert again.check() == ()
        assert again.papers.count() == 1


def test_a_kill_in_the_middle_leaves_the_store_sound(place):
    command = [sys.executable, "-c", WRITES_FOR_EVER, *place.arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    while process.stdout.readline() != "5\n":
        pass
    os.kill(process.pid, signal.SIGKILL)
    printed = [5, *(int(line) for line in process.communicate()[0].split())]
    with place.open() as store:
        assert store.check() == ()
        assert store.editions.count() > printed[-1]
        assert store.papers.count() == 20 * store.editions.count()
        assert len(store.search.papers("title", limit=10_000)) == store.papers.count()
        assert len(store.editions.get("s0").papers) == 20


@SQLITE_ONLY
def test_a_full_disk_is_one_clear_line_and_the_store_stays_sound(store):
    store.papers.add([paper("kept")])
    with store._database.read() as session:
        pages = session.rows("PRAGMA page_count")[0][0]
        session.rows(f"PRAGMA max_page_count = {pages + 5}")
    with pytest.raises(StoreError, match="full"):
        store.papers.add(papers(500))
    assert store.papers.count() == 1
    assert store.check() == ()


def test_text_that_sqlite_cannot_hold_is_kept_as_far_as_it_can_be(store):
    odd = "lone \ud83d and \x00 nul"
    store.papers.add([paper("1", title=odd, abstract=odd, authors=(odd,), comment=odd, categories=(odd,))])
    held = store.papers.get(["1"])["1"]
    assert held.title == held.abstract == held.comment == held.authors[0] == "lone \ufffd and \ufffd nul"
    assert held.text_hash == fingerprint(held.text)
    kept = store.editions.freeze(survey("s\ud83d", ("1",), question=odd, opening=odd))
    assert store.editions.get("s\ud83d") == kept
    assert store.editions.list()[0].question == "lone \ufffd and \ufffd nul"
    store.model_texts.add(odd, odd, odd, odd)
    assert store.model_texts.get(odd) == "lone \ufffd and \ufffd nul"
    assert store.editions.unseen(odd, [odd, "2"]) == [odd, "2"]
    assert store.papers.get([odd]) == {}
    assert len(store.search.papers(odd)) == len(store.search.editions(odd)) == 1


def test_a_time_without_zone_is_refused(store):
    with pytest.raises(ValueError, match="zone"):
        store.papers.add([paper(published=NOON.replace(tzinfo=None))])
    assert store.papers.count() == 0


def test_a_backup_made_while_others_write_shows_one_moment(store, tmp_path):
    (tmp_path / "copies").mkdir()
    stop = threading.Event()

    def write():
        batch = 0
        while not stop.is_set():
            with store.write():
                store.papers.add(paper(f"{batch}.{n}") for n in range(10))
                store.editions.freeze(survey(f"s{batch}"))
            batch += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for n in range(5):
            store.backup(tmp_path / "copies" / f"{n}.db")
    finally:
        stop.set()
        writer.join()
    for n in range(5):
        with Store.open(tmp_path / "copies" / f"{n}.db") as copy:
            assert copy.check() == ()
            assert copy.papers.count() == 10 * copy.editions.count()
    assert not list((tmp_path / "copies").glob(".*"))


def test_a_backup_inside_a_write_holds_only_what_was_committed(store, tmp_path):
    store.papers.add([paper("1")])
    with store.write():
        store.papers.add([paper("2")])
        store.backup(tmp_path / "copy.db")
    with Store.open(tmp_path / "copy.db") as copy:
        assert copy.papers.count() == 1


def test_a_backup_replaces_an_older_one(store, tmp_path):
    store.backup(tmp_path / "copy.db")
    store.editions.freeze(digest())
    store.backup(tmp_path / "copy.db")
    with contextlib.closing(sqlite3.connect(tmp_path / "copy.db")) as copy:
        assert copy.execute("SELECT count(*) FROM editions").fetchone() == (1,)
    assert sorted(path.name for path in tmp_path.iterdir() if "copy" in path.name) == ["copy.db"]


@SQLITE_ONLY
def test_a_backup_never_overwrites_the_store_itself(store, tmp_path):
    (tmp_path / "link.db").symlink_to(store.path)
    os.link(store.path, tmp_path / "hard.db")
    for target in (store.path, tmp_path / "link.db", tmp_path / "hard.db", tmp_path / "x" / ".." / "paperroute.db-wal"):
        with pytest.raises(StoreError, match="itself"):
            store.backup(target)
    assert store.check() == ()


def test_a_backup_to_an_impossible_place_is_one_clear_line(store, tmp_path):
    (tmp_path / "file").write_text("in the way")
    (tmp_path / "folder").mkdir()
    for target in (tmp_path / "file" / "copy.db", tmp_path / "folder"):
        with pytest.raises(StoreError, match=r"There is no folder|is no copy of a store"):
            store.backup(target)
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith(".")) == []
