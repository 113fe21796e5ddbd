"""A base address with a path, behind proxies that pass it on and that take it away: links, forms, redirects, feeds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_network
from typing import Any
from urllib.parse import urljoin, urlsplit

import html5lib
import pytest
import requests
from fastapi.routing import iter_route_contexts

from digest.subscriptions.signed_links import SignedLinks
from store import Store
from tests.doubles.reverse_proxy import ReverseProxy
from tests.factories import web
from web import urls
from web.app import create_app
from web.http.base_path import BasePath
from web.settings import ReadAccess, SubscriptionSettings, WebSettings

TOKEN = "a-long-shared-secret"
TOPIC = web.TOPIC.slug


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with Store.open(tmp_path_factory.mktemp("base") / "store.db") as opened:
        web.fill(opened)
        yield opened


@contextmanager
def proxied(store: Store, base: str, *, strips: bool, **other: Any) -> Iterator[str]:
    """The address at which a reader finds the archive."""
    with ReverseProxy(base, strips=strips) as proxy:
        base_url = proxy.url + base
        offered = SubscriptionSettings(SignedLinks(["a-key-for-tests-only"]))
        own = {"base_url": base_url, "subscribing": offered, "trusted_proxies": (ip_network("127.0.0.1"),)}
        with web.running(store, **{**own, **other}) as service:
            proxy.backend = service.url
            yield base_url


def links_of(page: requests.Response) -> set[str]:
    """What a page leads to and loads, on its own host."""
    found = {
        urljoin(page.url, element.get(name, "")).partition("#")[0]
        for element in html5lib.parse(page.text, namespaceHTMLElements=False).iter()
        for name in ("href", "src", "action")
        if element.get(name)
    }
    return {link for link in found if urlsplit(link).netloc == urlsplit(page.url).netloc}


@pytest.mark.parametrize("strips", [False, True], ids=["kept", "stripped"])
@pytest.mark.parametrize("base", ["/papers", "/api", "/ja", "/a/b", "/papers/search", "/b%C3%BCcher"])
def test_every_link_of_every_page_leads_somewhere(store: Store, base: str, *, strips: bool) -> None:
    with proxied(store, base, strips=strips, base_path="stripped" if strips else "kept") as root:
        seen: dict[str, int] = {}
        with requests.Session() as session:
            for path in (
                "",
                "/topics",
                f"/topics/{TOPIC}",
                "/editions/asr-2",
                "/papers/2611.00002",
                "/search?q=speech",
            ):
                for language in ("", "/ja"):
                    page = session.get(root + language + path, timeout=30)
                    assert page.status_code == 200, page.url
                    assert f'lang="{language[1:] or "en"}"' in page.text[:60]
                    for link in links_of(page) - seen.keys():
                        assert link.startswith(root), link
                        seen[link] = session.get(link, timeout=30).status_code
            form = session.post(f"{root}/subscribe", data={"address": "ada@example.org", "topic": TOPIC}, timeout=30)
        assert form.status_code == 200
        assert {link: status for link, status in seen.items() if status != 200} == {}
        assert len(seen) > 60


@pytest.mark.parametrize("strips", [False, True], ids=["kept", "stripped"])
@pytest.mark.parametrize("base", ["/papers", "/api", "/ja", "/a/b"])
def test_redirects_cookies_and_feeds_are_under_it(store: Store, base: str, *, strips: bool) -> None:
    other = {"access": ReadAccess("token", TOKEN), "base_path": "stripped" if strips else "kept"}
    with proxied(store, base, strips=strips, **other) as root, requests.Session() as reader:
        opened = reader.get(f"{root}/search?q=speech&key={TOKEN}", timeout=30)
        assert (opened.status_code, opened.url) == (200, f"{root}/search?q=speech")
        assert [cookie.path for cookie in reader.cookies] == [base]
        latest = reader.get(f"{root}/editions/latest", timeout=30)
        assert latest.status_code == 200
        assert latest.url.startswith(f"{root}/editions/")
        key = urls.KEYED_FEEDS + "/"
        (feed,) = {link for link in links_of(reader.get(root, timeout=30)) if key in link}
        assert requests.get(feed, timeout=30).status_code == 200
        assert f'rel="self" type="application/atom+xml" href="{feed}"' in requests.get(feed, timeout=30).text


@pytest.mark.parametrize("strips", [False, True], ids=["kept", "stripped"])
@pytest.mark.parametrize("base", ["/papers", "/archive", "/a/b", "/editions"])
def test_nothing_has_to_be_set_where_paths_read_one_way(store: Store, base: str, *, strips: bool) -> None:
    with proxied(store, base, strips=strips) as root:
        for path in ("/", "/papers/2611.00002", "/editions/asr-2", "/topics", "/ja/search?q=speech", "/style.css"):
            assert requests.get(root + path, timeout=30).status_code == 200, path


@pytest.mark.parametrize(
    ("base", "path", "auto", "kept", "stripped"),
    [
        ("", "/papers/1", "/papers/1", "/papers/1", "/papers/1"),
        ("/papers", "/papers/2611.00002", "/papers/2611.00002", "/2611.00002", "/papers/2611.00002"),
        (
            "/papers",
            "/papers/papers/2611.00002",
            "/papers/2611.00002",
            "/papers/2611.00002",
            "/papers/papers/2611.00002",
        ),
        ("/papers", "/papers", "/", "/", "/papers"),
        ("/papers", "/papersandmore", "/papersandmore", "/papersandmore", "/papersandmore"),
        ("/api", "/api/v1/topics", "/api/v1/topics", "/v1/topics", "/api/v1/topics"),
        ("/api", "/api/api/v1/topics", "/api/v1/topics", "/api/v1/topics", "/api/api/v1/topics"),
        ("/ja", "/ja/topics", "/topics", "/topics", "/ja/topics"),
        ("/a/b", "/a/b//evil.example", "/evil.example", "/evil.example", "/a/b//evil.example"),
        ("/a/b", "/healthz", "/healthz", "/healthz", "/healthz"),
        ("/a/b", "//evil.example", "/evil.example", "/evil.example", "/evil.example"),
    ],
)
def test_how_a_path_is_read(base: str, path: str, auto: str, kept: str, stripped: str) -> None:
    base_url = f"https://papers.example{base}"
    read = [BasePath(base_url, how).strip(path) for how in ("auto", "kept", "stripped")]
    assert read == [auto, kept, stripped]


def test_it_is_known_which_bases_need_a_word() -> None:
    bases = ("", "/archive", "/a/b", "/ja", "/api", "/api/x")
    assert [base for base in bases if BasePath(f"https://x{base}").is_ambiguous] == ["/ja", "/api", "/api/x"]
    assert not BasePath("https://x/ja", "stripped").is_ambiguous


def test_the_beginnings_of_paths_are_those_of_the_routes(store: Store) -> None:
    routes = {getattr(route, "path", "") for route in iter_route_contexts(create_app(WebSettings(store)).routes)}
    firsts = {path[1:].partition("/")[0].partition(".")[0] for path in routes} - {""}
    assert firsts | {"feeds"} == urls.FIRST_SEGMENTS
