"""A PostgreSQL store of an earlier or a later version: brought to this one, or refused."""

from __future__ import annotations

import psycopg
import pytest

from store.errors import StoreError
from store.postgres import postgres_migrations
from tests.factories.databases import Place


@pytest.fixture(scope="module")
def engine() -> str:
    return "postgresql"


def version_of(place: Place) -> int:
    with psycopg.connect(place.url) as connection:
        return int(connection.execute("SELECT value FROM main.meta WHERE key = 'schema'").fetchall()[0][0])


def test_a_store_of_an_earlier_version_is_brought_to_this_one(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    with place.open() as store:
        revision = store.revision()
    version = version_of(place)
    monkeypatch.setattr(postgres_migrations, "_COUNT", version + 2)
    added = {version + 1: "CREATE TEMPORARY TABLE added (a bigint)", version + 2: "INSERT INTO added VALUES (1)"}
    monkeypatch.setattr(postgres_migrations, "STEPS", added)
    for _ in range(2):
        with place.open() as store:
            assert store.revision() == revision
        assert version_of(place) == version + 2


def test_a_step_that_fails_leaves_all_as_it_was(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.open().close()
    version = version_of(place)
    monkeypatch.setattr(postgres_migrations, "_COUNT", version + 1)
    monkeypatch.setattr(postgres_migrations, "STEPS", {version + 1: "ALTER TABLE nothing ADD COLUMN a bigint"})
    with pytest.raises(StoreError, match="nothing"):
        place.open()
    assert version_of(place) == version


def test_a_store_of_a_later_version_is_refused(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.open().close()
    version = version_of(place)
    monkeypatch.setattr(postgres_migrations, "_COUNT", version - 1)
    with pytest.raises(StoreError, match="newer version"):
        place.open()
    assert version_of(place) == version
