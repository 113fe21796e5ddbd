"""What a database says of itself: its clock, and what lies beside it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "store.db") as opened:
        yield opened


def test_leases_turns_and_requests_end_by_the_clock_of_the_database(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1_000.0
    monkeypatch.setattr(store._database, "clock", lambda: now)
    assert store.shards.renew("mail", "elsewhere:1", 20.0)
    assert store.source_turns.claim("arxiv", "elsewhere:1", 3.0) == 0.0
    assert store.slack_inbox.add("Ev1", {}, "elsewhere:1")
    assert not store.shards.renew("mail", "me", 20.0)
    assert store.source_turns.claim("arxiv", "me", 3.0) > 0.0
    assert store.slack_inbox.adopt("me", 20.0) == []
    now = 1_100.0
    assert store.shards.renew("mail", "me", 20.0)
    assert store.source_turns.claim("arxiv", "me", 3.0) == 0.0
    assert store.slack_inbox.adopt("me", 20.0) == [("Ev1", {})]


def test_size_is_what_the_file_takes_with_what_is_not_folded_into_it_yet(store: Store) -> None:
    assert store.size == store.path.stat().st_size + store.beside("-wal").stat().st_size
    assert store.beside(".key") == store.path.parent / "store.db.key"
    assert 0 < store.free_bytes() <= shutil.disk_usage(store.path.parent).total
