"""The verbs of whoever runs it: feeds, copies of the store, over real stores."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from paperroute.cli.main import app
from store import Store
from store.errors import StoreError
from tests.factories import web
from tests.factories.databases import StoreDatabases
from web.http.access import feed_key
from web.settings import ReadAccess

TOKEN = "a-long-shared-secret"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PAPERROUTE_WEB__BASE_URL", "https://papers.example/route")
    monkeypatch.setenv("PAPERROUTE_STORE__PATH", str(tmp_path / "p.db"))
    with Store.open(tmp_path / "p.db") as store:
        store.topics.put(web.TOPIC)
    return tmp_path / "p.db"


def feeds(*options: str) -> str:
    answer = CliRunner().invoke(app, ["feeds", *options])
    assert answer.exit_code == 0, answer.output
    return answer.stdout


def test_an_open_archive_has_plain_addresses(place: Path) -> None:
    assert feeds().split() == [
        *("every", "edition", "https://papers.example/route/feed.xml"),
        *(web.TOPIC.slug, f"https://papers.example/route/topics/{web.TOPIC.slug}/feed.xml"),
    ]
    assert CliRunner().invoke(app, ["feeds", "--renew"]).exit_code != 0


def test_a_closed_one_has_a_key_in_them_until_it_is_renewed(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAPERROUTE_WEB__ACCESS", "token")
    monkeypatch.setenv("PAPERROUTE_WEB_TOKEN", TOKEN)

    def key() -> str:
        with Store.open(place) as store:
            return feed_key(ReadAccess("token", TOKEN), store.feed_salt.current())

    first = key()
    assert f"https://papers.example/route/feeds/{first}/feed.xml" in feeds()
    renewed = feeds("--renew")
    assert first not in renewed
    assert f"https://papers.example/route/feeds/{key()}/topics/{web.TOPIC.slug}/feed.xml" in renewed
    assert TOKEN not in renewed


def test_a_store_is_copied_to_postgresql_and_back(place: Path, databases: StoreDatabases, tmp_path: Path) -> None:
    with databases.lend(tmp_path / "beside.db") as there:
        for source, target in (("configured", there.url), (there.url, "back.db")):
            answer = CliRunner().invoke(app, ["store", "copy", source, target])
            assert answer.exit_code == 0, answer.output
            assert "the same on both sides" in answer.stderr
            assert "PAPERROUTE_SECRET_KEYS" in answer.stderr
        again = CliRunner().invoke(app, ["store", "copy", "configured", there.url])
        assert isinstance(again.exception, StoreError)
    with Store.open(tmp_path / "back.db") as copy:
        assert copy.topics.list() == [web.TOPIC]


def test_no_message_of_a_copy_holds_a_password(place: Path) -> None:
    answer = CliRunner().invoke(app, ["store", "copy", "configured", "postgresql://me:s3cret@127.0.0.1:1/none"])
    assert isinstance(answer.exception, StoreError)
    assert "127.0.0.1" in str(answer.exception)
    assert "s3cret" not in f"{answer.exception}{answer.output}"
