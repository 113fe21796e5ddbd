"""Atom feeds over loopback, held against RFC 4287 rule by rule, and read by feedparser."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import feedparser
import nh3
import pytest

from store import Store
from tests.doubles import editions
from tests.factories.api import HOSTILE, Served, fill, site
from tests.factories.store import NOON, digest, paper, survey
from web.feeds import atom, routes

A = "{http://www.w3.org/2005/Atom}"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
TAG = re.compile(r"tag:paperroute\.invalid,2026:[0-9a-f]{32}/[A-Za-z0-9._~%/-]+")
PATHS = ["/feed.xml", "/topics/walks/feed.xml", "/topics/resting/feed.xml", "/search/feed.xml?q=walks&kind=digest"]
PATHS += ["/authors/ada-example/feed.xml"]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with Store.open(tmp_path_factory.mktemp("feeds") / "paperroute.db") as opened:
        fill(opened)
        yield opened


@pytest.fixture(scope="module")
def served(archive: Store) -> Iterator[Served]:
    with Served(site(archive, base_url="https://papers.example")) as running:
        yield running


def parsed(body: bytes) -> Any:
    found = feedparser.parse(body)
    assert not found.bozo, found.get("bozo_exception")
    return found


def one(element: ET.Element, name: str) -> ET.Element:
    (found,) = element.findall(A + name)
    return found


def assert_valid(body: bytes) -> ET.Element:
    """The rules of RFC 4287 that a reader relies on."""
    root = ET.fromstring(body)
    assert root.tag == f"{A}feed"
    for element in (root, *root.findall(f"{A}entry")):
        assert TAG.fullmatch(one(element, "id").text or "")
        assert (one(element, "title").text or "").strip()
        assert datetime.fromisoformat(one(element, "updated").text or "").tzinfo is not None
        links = [(link.get("rel"), link.get("type"), link.get("hreflang")) for link in element.findall(f"{A}link")]
        assert len(links) == len(set(links))
        for link in element.findall(f"{A}link"):
            assert re.match(r"https?://", link.get("href", ""))
        assert element.get(LANG)
        assert "script" not in {child.tag for child in element.iter()}
    assert one(one(root, "author"), "name").text == "Paper Route"
    assert [link.get("rel") for link in root.findall(f"{A}link")] == ["self", "alternate"]
    ids = [one(entry, "id").text for entry in root.findall(f"{A}entry")]
    assert len(ids) == len(set(ids)) <= routes.MOST_ENTRIES
    times = [one(entry, "published").text for entry in root.findall(f"{A}entry")]
    assert times == sorted(times, reverse=True)
    for entry in root.findall(f"{A}entry"):
        assert len(entry.findall(f"{A}content")) + len(entry.findall(f"{A}summary")) >= 1
        assert all(child.get("type") == "html" for child in entry.findall(f"{A}content"))
    return root


@pytest.mark.parametrize("path", PATHS)
def test_every_feed_is_valid_and_names_its_own_address(served: Served, path: str) -> None:
    answer = served.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    root = assert_valid(answer.content)
    parsed(answer.content)
    assert root.findall(f"{A}link")[0].get("href") == f"https://papers.example{path}"


def test_entries_hold_the_whole_text(served: Served) -> None:
    by_id = {entry.link.rsplit("/", 1)[1]: entry for entry in parsed(served.get("/feed.xml").content).entries}
    text = by_id["on-device"].content[0].value
    for said in ("Distilled recognisers for small devices", "masked prediction fills the gap", "Also found"):
        assert said in text
    assert 'href="https://arxiv.org/abs/2611.00001"' in text
    assert by_id["on-device"].link == "https://papers.example/editions/on-device"
    assert not re.search(r'href="(?!https://)', text)
    assert " id=" not in text


def test_a_topics_feed_holds_its_digests_and_says_what_is_new(served: Served) -> None:
    found = parsed(served.get("/topics/walks/feed.xml").content)
    assert found.feed.title == "Walks on graphs"
    assert [entry.link.rsplit("/", 1)[1] for entry in found.entries] == ["walks-2026-03-03", "walks-2026-03-02"]
    assert "None of the 4 papers found is new." in found.entries[0].content[0].value


def test_a_searchs_feed_holds_what_has_the_words_newest_first(served: Served) -> None:
    found = parsed(served.get("/search/feed.xml?q=cover+graphs").content)
    names = [entry.link.rsplit("/", 1)[1] for entry in found.entries]
    assert names[0] == "walks-2026-03-03"
    assert {"walks-2026-03-02", "walks-through-graphs"} < set(names)
    assert "on-device" not in names
    narrowed = parsed(served.get("/search/feed.xml?q=cover+graphs&topic=walks&since=2026-03-03&page=7").content)
    assert [entry.link.rsplit("/", 1)[1] for entry in narrowed.entries] == ["walks-2026-03-03"]
    here = "https://papers.example/search/feed.xml?q=cover+graphs&topic=walks&since=2026-03-03"
    assert narrowed.feed.links[0].href == here
    for query in ("c%2B%2B", "%22", "AND", "self-supervised", "title:x", "x" * 600):
        answer = served.get(f"/search/feed.xml?q={query}")
        assert answer.status_code == 200
        assert_valid(answer.content)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/search/feed.xml", 400),
        ("/search/feed.xml?q=+", 400),
        ("/search/feed.xml?q=%00%0b", 400),
        ("/topics/none/feed.xml", 404),
        ("/topics/%3Cscript%3E/feed.xml", 404),
    ],
)
def test_a_feed_that_cannot_be_is_a_plain_page(served: Served, path: str, status: int) -> None:
    answer = served.get(path)
    assert answer.status_code == status
    assert "<script>" not in answer.text


def test_what_is_hostile_stays_text(served: Served) -> None:
    body = served.get("/feed.xml").content
    assert not re.search(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]", body)
    for entry in parsed(body).entries:
        html = entry.content[0].value
        assert "<script" not in html
        assert " onerror" not in re.sub(r"&lt;.*?&gt;", "", html)
        assert nh3.clean(html, link_rel=None, tags=nh3.ALLOWED_TAGS | {"bdi"}).count("<") == html.count("<")
    assert (
        HOSTILE.replace("\x0b", "").replace("\u202e", "")
        in parsed(served.get("/topics/resting/feed.xml").content).feed.title
    )


def test_who_has_it_is_told_so(served: Served) -> None:
    for path in PATHS:
        first = served.get(path)
        for asked in (
            {"if-none-match": first.headers["etag"]},
            {"if-none-match": f'"other", W/{first.headers["etag"]}'},
            {"if-modified-since": first.headers["last-modified"]},
        ):
            again = served.get(path, headers=asked)
            assert (again.status_code, again.content) == (304, b"")
            assert again.headers["etag"] == first.headers["etag"]
        early = parsedate_to_datetime(first.headers["last-modified"]) - timedelta(seconds=1)
        for asked in (
            {"if-none-match": '"other"'},
            {"if-modified-since": format_datetime(early, usegmt=True)},
            {"if-modified-since": "yesterday"},
            {"if-none-match": '"other"', "if-modified-since": first.headers["last-modified"]},
        ):
            assert served.get(path, headers=asked).content == first.content


def test_a_feed_changes_when_an_edition_comes_and_not_before(store: Store) -> None:
    store.editions.freeze(survey("one"))
    with Served(site(store)) as running:
        first = running.get("/feed.xml")
        store.papers.add([])
        assert running.get("/feed.xml").content == first.content
        # Begun before the other one, and frozen after it: it is new all the same.
        store.editions.freeze(survey("two", created_at=NOON - timedelta(hours=1), seconds={"total": 7200.0}))
        second = running.get("/feed.xml", headers={"if-modified-since": first.headers["last-modified"]})
        assert second.status_code == 200
        assert len(parsed(second.content).entries) == 2
    with Served(site(store)) as afresh:  # another process, another port
        kept = afresh.get("/feed.xml", headers={"if-none-match": second.headers["etag"], "host": "127.0.0.1:1"})
        assert kept.status_code == 200  # its addresses are others
        ids = [entry.id for entry in parsed(kept.content).entries]
    assert ids == [entry.id for entry in parsed(second.content).entries]


@pytest.mark.parametrize("path", ["/feed.xml", "/topics/walks/feed.xml", "/authors/ada-example/feed.xml"])
def test_a_feed_changes_when_a_paper_in_it_is_withdrawn(store: Store, path: str) -> None:
    shown = paper("2603.00001")
    store.papers.add([shown, paper("2603.00002", authors=("Bo Other",))])
    store.editions.freeze(digest("d0", (shown.id,)))
    with Served(site(store)) as running:
        first = running.get(path)
        store.papers.add(
            [paper("2603.00002", authors=("Bo Other",), version=2, status="withdrawn", status_note="Gone.")]
        )
        assert running.get(path).headers["etag"] == first.headers["etag"]
        store.papers.add([replace(shown, version=2, status="withdrawn", status_note="We withdraw this paper.")])
        for asked in ("etag", "last-modified"):
            names = {"etag": "if-none-match", "last-modified": "if-modified-since"}
            second = running.get(path, headers={names[asked]: first.headers[asked]})
            assert second.status_code == 200
            assert b"We withdraw this paper." in second.content
        assert running.get(path, headers={"if-none-match": second.headers["etag"]}).status_code == 304


def test_ids_outlive_the_base_address_and_a_backup(store: Store, tmp_path: Path) -> None:
    store.editions.freeze(digest("d0"))
    store.backup(tmp_path / "copy.db")
    with Store.open(tmp_path / "copy.db") as copy:
        found = []
        for one_store, base in ((store, "https://a.example"), (copy, "https://b.example/papers")):
            with Served(site(one_store, base_url=base)) as running:
                feed = parsed(running.get(f"{base.removeprefix('https://')[9:]}/feed.xml").content)
                found.append((feed.feed.id, feed.entries[0].id))
        assert found[0] == found[1]


def test_an_empty_archive_has_a_valid_feed(store: Store) -> None:
    with Served(site(store)) as running:
        answer = running.get("/feed.xml")
        assert assert_valid(answer.content).findall(f"{A}entry") == []
        assert running.get("/feed.xml", headers={"if-none-match": answer.headers["etag"]}).status_code == 304


def test_a_feed_stays_below_its_limit_and_leaves_no_entry_out(store: Store) -> None:
    for n in range(40):
        made = replace(editions.edition(60), id=f"e{n:02}", created_at=NOON + timedelta(days=n))
        store.editions.freeze(made)
    with Served(site(store)) as running:
        body = running.get("/feed.xml").content
    assert len(body) <= atom.MOST_BYTES
    root = assert_valid(body)
    whole = [entry.find(f"{A}content") is not None for entry in root.findall(f"{A}entry")]
    assert len(whole) == routes.MOST_ENTRIES
    assert whole == sorted(whole, reverse=True)
    assert any(whole)
    assert not all(whole)


def test_a_feed_comes_compressed_to_whoever_takes_it(served: Served) -> None:
    plain = served.get("/feed.xml", headers={"accept-encoding": "identity"})
    zipped = served.get("/feed.xml", headers={"accept-encoding": "gzip"}, stream=True)
    assert "content-encoding" not in plain.headers
    assert zipped.headers["content-encoding"] == "gzip"
    assert zipped.content == plain.content
    assert int(zipped.headers["content-length"]) < len(plain.content) / 2


def test_an_archive_without_an_address_is_read_under_the_one_that_was_asked(store: Store) -> None:
    store.editions.freeze(survey("one"))
    with Served(site(store)) as running:
        (entry,) = parsed(running.get("/feed.xml").content).entries
        assert entry.link == f"{running.root}/editions/one"
        strange = running.get("/feed.xml", headers={"host": 'evil.example/"><script>'})
        assert b"evil" not in strange.content


def test_a_language_in_the_address_stays_there(served: Served) -> None:
    japanese = served.get("/ja/topics/walks/feed.xml")
    root = assert_valid(japanese.content)
    assert root.get(LANG) == "ja"
    assert "ダイジェスト" in str(one(root, "subtitle").text)
    addresses = [link.get("href") for link in root.iter(f"{A}link")]
    assert addresses[0] == "https://papers.example/ja/topics/walks/feed.xml"
    assert all(str(address).startswith("https://papers.example/ja/") for address in addresses)
    assert one(root, "id").text == parsed(served.get("/topics/walks/feed.xml").content).feed.id


def test_what_xml_cannot_hold_is_left_out() -> None:
    entry = atom.Entry(
        "tag:x", "a\x0bb\ufffe", datetime(2026, 1, 1, tzinfo=UTC), "https://x/\x01", "en", "\x00<p>", "\x1b"
    )
    feed = atom.Feed("tag:x", "\ud800t", "s", entry.published, "en", "https://x", "https://x", "https://x", (entry,))
    assert parsed(atom.document(feed)).entries[0].title == "ab"
