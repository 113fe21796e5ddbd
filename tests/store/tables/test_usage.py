"""Calls as rows: their sums, and those that an older version wrote."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from store import Store
from store.records.editions import Usage
from store.sqlite import migrations
from store.sqlite.sqlite_database import SqliteDatabase
from store.tables.usage import CallRecord, UsageSum
from tests.factories.store import NOON, digest, survey

USAGE = Usage("summary", "x:m", 1, 10, 2, 3, 0.5, 1.0)


def test_calls_are_summed_by_day_topic_role_and_model(store: Store) -> None:
    record = CallRecord(NOON, USAGE, "survey", edition_id="s1", retries=2)
    for call in (
        record,
        replace(record, usage=replace(USAGE, role="queries", usd=None)),
        replace(record, usage=replace(USAGE, calls=0, usd=0.0), outcome="busy"),
        replace(record, kind="digest", topic="walks", at=NOON + timedelta(days=1), retries=0),
    ):
        store.usage.add(call)
    assert store.usage.sums(NOON, "day") == [
        UsageSum("2026-03-02", 2, 1, 6, 30, 6, 9, 0.5, 1, 3.0),
        UsageSum("2026-03-03", 1, 0, 0, 10, 2, 3, 0.5, 0, 1.0),
    ]
    assert [(sum_.key, sum_.calls) for sum_ in store.usage.sums(NOON, "topic")] == [("survey", 2), ("walks", 1)]
    assert [(sum_.key, sum_.unpriced) for sum_ in store.usage.sums(NOON, "role")] == [("queries", 1), ("summary", 0)]
    assert [sum_.usd for sum_ in store.usage.sums(NOON + timedelta(hours=1), "model")] == [0.5]
    assert store.usage.usd(NOON) == 1.0
    assert store.usage.usd(NOON + timedelta(days=2)) == 0.0


def test_rows_of_an_older_version_are_known_by_their_edition(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    with closing(SqliteDatabase(path, 5.0)) as database, database.write() as session:
        migrations.MIGRATIONS.apply(session.db, stop_before="m004_calls")
    with closing(sqlite3.connect(path)) as raw, raw:
        for edition in ("s1", "d1", "never frozen"):
            raw.execute(
                "INSERT INTO usage (edition_id, at, role, model, calls, input_tokens, output_tokens, cached_tokens,"
                " usd, seconds) VALUES (?, '2026-03-02T12:00:00.000000Z', 'summary', 'x:m', 60, 10, 2, 3, 0.5, 1.0)",
                [edition],
            )
    with Store.open(path) as store:
        store.editions.freeze(survey("s1"))
        store.editions.freeze(digest("d1"))
        sums = {sum_.key: (sum_.calls, sum_.failed, sum_.usd) for sum_ in store.usage.sums(NOON, "topic")}
    assert sums == {"": (60, 0, 0.5), "survey": (60, 0, 0.5), "walks": (60, 0, 0.5)}
