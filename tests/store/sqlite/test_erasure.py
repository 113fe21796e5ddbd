"""What was erased is in none of the store's files once that has returned, whoever else has them open."""

import random
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from digest.subscriptions import lookup
from digest.subscriptions.addresses import MAIL_ADDRESSES
from store import Store
from store.records.editions import Topic
from store.records.feedback import Feedback, Reader
from store.tables.deliveries import AttemptResult

NOW = datetime(2026, 11, 27, tzinfo=UTC)
ADA = "ada.unmistakable@example.org"
# In a process of its own, since closing a file takes the locks that SQLite holds on it.
COUNT = """
import sys
from pathlib import Path
store, *traces = sys.argv[1:]
files = [path for name in ("", "-wal", "-shm") if (path := Path(store + name)).exists()]
print(sum(path.read_bytes().count(trace.encode()) for path in files for trace in traces))
"""


def count_traces(store: Store, *traces: str) -> int:
    command = [sys.executable, "-c", COUNT, str(store.path), *traces]
    return int(subprocess.run(command, capture_output=True, check=True, text=True).stdout)


@pytest.fixture
def filled(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "store.db", busy_seconds=0.5) as store:
        store.topics.put(Topic("speech", "Speech", "speech"))
        subscription = store.subscriptions.add("speech", "mail", ADA, "pending", NOW)
        letter = store.deliveries.plan_letter("confirm", subscription, NOW)
        store.shards.renew("mail", "me", 60.0)
        store.deliveries.claim(letter, "me", NOW)
        store.deliveries.end(letter, "me", NOW, AttemptResult("failed", f"550 no such user {ADA}"))
        store.subscriptions.move(subscription.id, ["pending"], "bounced", NOW, reason=f"550 {ADA}: no such user")
        store.feedback.add([Feedback(Reader("mail", ADA), "", "keep", "2411.00001", "", NOW)])
        yield store


def test_it_is_gone_from_all_files_at_once(filled: Store) -> None:
    assert count_traces(filled, ADA) > 3
    lookup.erase(filled, MAIL_ADDRESSES, ADA)
    assert count_traces(filled, ADA) == 0
    assert not filled.erasure_waits()


def test_what_a_relay_said_of_others_names_them_no_more(filled: Store) -> None:
    other = filled.subscriptions.add("speech", "mail", "ben@example.org", "active", NOW)
    letter = filled.deliveries.plan_letter("link", other, NOW)
    filled.deliveries.claim(letter, "me", NOW)
    filled.deliveries.end(letter, "me", NOW, AttemptResult("failed", f"550 listed, like {ADA.upper()}"))
    with filled._database.write() as session:
        words = "'mail', 'domain', 'example.org', '', ?, '', '', 0, '', '', ''"
        columns = "channel, kind, name, opened_at, detail, likeness, closed_at, probes, probe_at, told, step"
        session.run(f"INSERT INTO circuits ({columns}) VALUES ({words})", [f"550 {ADA}: no such user"])
    lookup.erase(filled, MAIL_ADDRESSES, ADA)
    assert count_traces(filled, ADA, ADA.upper()) == 0
    kept = filled.deliveries.get(letter)
    assert kept is not None
    assert kept.detail == "It named an address that was erased."


def test_a_reader_who_holds_an_older_state_is_waited_for_and_noted(filled: Store) -> None:
    reader = sqlite3.connect(filled.path, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM subscriptions").fetchone()
    lookup.erase(filled, MAIL_ADDRESSES, ADA)
    assert filled.erasure_waits()
    assert not filled.subscriptions.list(), "the rows are gone all the same"
    filled.topics.put(Topic("other", "Other", "others can still write"))
    reader.close()
    filled.complete_erasure()
    assert not filled.erasure_waits()
    assert count_traces(filled, ADA) == 0


def test_what_lies_between_the_rows_of_a_page_goes_too(filled: Store) -> None:
    some = random.Random(2)
    names = [f"reader{some.randrange(10**9)}x{number}@example.org" for number in range(600)]
    with filled.write():
        those = [filled.subscriptions.add("speech", "mail", name, "active", NOW) for name in names]
    for _ in range(900):
        with filled.write():
            one = some.choice(those)
            filled.subscriptions.move(one.id, ["active"], "active", NOW, reason="r" * some.randrange(120))
    gone = some.sample(names, 40)
    for name in gone:
        lookup.erase(filled, MAIL_ADDRESSES, name)
    assert count_traces(filled, *gone) == 0


def test_the_file_is_written_anew_where_a_trace_is_left(filled: Store) -> None:
    with filled._database.write() as session:  # as another program's connection would, and an older version's did
        session.rows("PRAGMA secure_delete = OFF")
        session.run("DELETE FROM deliveries")
        session.rows("PRAGMA secure_delete = ON")
    lookup.erase(filled, MAIL_ADDRESSES, ADA)
    assert count_traces(filled, ADA) == 0
    assert filled.check() == ()


def test_a_killed_erasure_is_completed_by_the_next_who_looks(filled: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("store.sqlite.erasure.complete_erasure", lambda *_: False)
    lookup.erase(filled, MAIL_ADDRESSES, ADA)
    assert count_traces(filled, ADA)
    monkeypatch.undo()
    filled.complete_erasure()
    assert count_traces(filled, ADA) == 0
