"""Feeds of an archive that takes a token, for feed readers, which cannot sign in: a key in the address."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator

import pytest
import requests

from store import Store
from tests.factories import web
from web.http.access import feed_key
from web.server import WebService
from web.settings import ReadAccess

TOKEN = "a-long-shared-secret"
ACCESS = ReadAccess("token", TOKEN)
READER = {"Authorization": f"Bearer {TOKEN}"}
TOPIC = web.TOPIC.slug
PATHS = ["/feed.xml", f"/topics/{TOPIC}/feed.xml", "/search/feed.xml?q=speech", "/ja/feed.xml"]


@pytest.fixture
def closed(store: Store) -> Iterator[WebService]:
    web.fill(store)
    with web.running(store, access=ACCESS, base_url="https://papers.example") as service:
        yield service


def get(closed: WebService, path: str, method: str = "GET", **headers: str) -> requests.Response:
    return requests.request(method, closed.url + path, headers=headers, timeout=30, allow_redirects=False)


def key_of(store: Store) -> str:
    return feed_key(ACCESS, store.feed_salt.current())


def keyed(key: str, path: str) -> str:
    return f"/ja/feeds/{key}{path[3:]}" if path.startswith("/ja/") else f"/feeds/{key}{path}"


@pytest.mark.parametrize("path", PATHS)
def test_a_key_opens_a_feed_and_the_feed_names_that_address(closed: WebService, store: Store, path: str) -> None:
    address = keyed(key_of(store), path)
    answer = get(closed, address)
    assert answer.status_code == 200
    assert f'rel="self" type="application/atom+xml" href="https://papers.example{address}"' in answer.text
    assert answer.headers["cache-control"].startswith("private")
    again = get(closed, address, **{"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304
    assert get(closed, address, "HEAD").status_code == 200
    assert get(closed, path).status_code == 401
    assert f'href="https://papers.example{path}"' in get(closed, path, **READER).text


def test_a_key_opens_nothing_else(closed: WebService, store: Store) -> None:
    key = key_of(store)
    for path in (
        "/",
        "/editions",
        "/editions/asr-2.json",
        "/api/v1/editions",
        "/metrics",
        "/feed.xml/",
        "/x/../editions",
    ):
        assert get(closed, f"/feeds/{key}{path}").status_code in (401, 404) or path == "/feed.xml/"
    for headers in ({"Authorization": f"Bearer {key}"}, {"Cookie": f"paperroute_access={key}"}):
        assert get(closed, "/editions", **headers).status_code == 401
    assert get(closed, f"/editions?key={key}").status_code == 401
    assert get(closed, f"/feeds/{key}/feed.xml", "POST").status_code == 404


@pytest.mark.parametrize("key", ["x", "A" * 32, TOKEN, "%00", "ü", "feeds", "a%2Fb"])
def test_what_is_no_key_opens_nothing_and_asks_for_no_password(closed: WebService, key: str) -> None:
    for headers in ({}, READER):
        answer = get(closed, f"/feeds/{key}/feed.xml", **headers)
        assert answer.status_code == 404
        assert "www-authenticate" not in answer.headers


def test_a_new_key_ends_the_old_addresses_at_once(closed: WebService, store: Store) -> None:
    old = key_of(store)
    page = get(closed, f"/topics/{TOPIC}", **READER)
    assert f"/feeds/{old}/topics/{TOPIC}/feed.xml" in page.text
    tag = get(closed, f"/feeds/{old}/feed.xml").headers["etag"]
    with Store.open(store.path) as elsewhere:  # another process, as the command line is
        elsewhere.feed_salt.renew()
    assert key_of(store) != old
    assert get(closed, f"/feeds/{old}/feed.xml").status_code == 404
    assert get(closed, f"/feeds/{old}/feed.xml", **{"If-None-Match": tag}).status_code == 404
    assert get(closed, f"/feeds/{key_of(store)}/feed.xml").status_code == 200
    assert old not in get(closed, f"/topics/{TOPIC}", **READER).text
    assert feed_key(ReadAccess("token", f"{TOKEN}-new"), store.feed_salt.current()) != key_of(store)


def test_pages_show_it_to_readers_and_to_nobody_else(closed: WebService, store: Store) -> None:
    key = key_of(store)
    for path in ("/", "/topics", f"/topics/{TOPIC}", "/search?q=speech", "/editions/asr-2", "/nowhere"):
        assert f"/feeds/{key}/" in get(closed, path, **READER).text, path
        assert key not in get(closed, path).text
    assert "opens the feeds to whoever has it" in get(closed, f"/topics/{TOPIC}", **READER).text
    assert key not in get(closed, "/", Host="evil.example").text


def test_an_open_archive_needs_none_and_keeps_such_addresses_good(store: Store) -> None:
    web.fill(store)
    with web.running(store) as service:
        assert "/feeds/" not in get(service, f"/topics/{TOPIC}").text
        answer = get(service, f"/feeds/{'A' * 32}/topics/{TOPIC}/feed.xml")
        assert answer.status_code == 200
        assert f"/topics/{TOPIC}/feed.xml" in answer.text
        assert "AAAA" not in answer.text


def test_no_log_and_no_figure_holds_a_key(
    closed: WebService, store: Store, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = key_of(store)
    get(closed, f"/feeds/{key}/feed.xml")

    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("web.feeds.routes._render", fail)
    with caplog.at_level(logging.DEBUG):
        assert get(closed, f"/feeds/{key}/topics/{TOPIC}/feed.xml").status_code == 500
        assert get(closed, "/feeds/nonsense/feed.xml").status_code == 404
    ours = [record for record in caplog.records if record.name.partition(".")[0] not in ("urllib3", "uvicorn")]
    told = "\n".join(map(logging.Formatter().format, ours))  # with the traces
    assert "ZeroDivisionError" in told
    assert key not in told
    assert "nonsense" not in told
    assert not logging.getLogger("uvicorn.access").propagate
    assert key not in get(closed, "/metrics", **READER).text
    assert re.search(r'route="/topics/\{slug\}/feed\.xml",status="500"', get(closed, "/metrics", **READER).text)
