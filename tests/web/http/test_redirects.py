"""Where redirects lead: whatever an address holds, a browser stays on this site."""

from __future__ import annotations

import http.client
import re
from urllib.parse import quote, urljoin, urlsplit

import pytest
import requests
from hypothesis import example, given
from hypothesis import strategies as st

from store import Store
from tests.factories import web
from web.http.redirects import local_location, split_parameter
from web.server import WebService
from web.settings import ReadAccess

TOKEN = "a-long-shared-secret+&%"
KEY = f"key={quote(TOKEN, safe='')}"
BASE = "https://papers.example/archive"
LEADING = [
    "//evil.example",
    "///evil.example/x",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "\n//evil.example",
    "https://evil.example/",
    "https:evil.example",
    "javascript:alert(1)",
    "https://papers.example.evil.example",
    "https://papers.example/archive.evil.example",
    "https://papers.example@evil.example/",
    "/..//evil.example",
    "/%2F/evil.example",
    "/\x00/evil.example\r\nSet-Cookie: a=b",
    "//evil.example\x85",
]


def assert_stays(location: str, base_url: str) -> None:
    inside = location[len(base_url) :] if base_url and location.startswith(f"{base_url}/") else location
    assert re.fullmatch(r"/(?![/\\])[!-\[\]-~]*", inside), location  # no browser finds another host in that
    assert urlsplit(urljoin("https://papers.example/a", location)).netloc == "papers.example"


@given(st.text(st.characters(max_codepoint=255)), st.sampled_from(("", BASE)))
@example("//evil.example", "")
@example(f"{BASE}//evil.example", BASE)
@example(f"{BASE}@evil.example", BASE)
def test_no_location_leads_away(location: str, base_url: str) -> None:
    assert_stays(local_location(location, base_url), base_url)
    assert_stays(local_location(f"/{location}", base_url), base_url)
    assert_stays(local_location(base_url + location, base_url), base_url)


@pytest.mark.parametrize("location", LEADING)
def test_nor_does_one_that_was_made_to(location: str) -> None:
    for base_url in ("", BASE):
        assert_stays(local_location(location, base_url), base_url)


def test_our_own_stay_as_they_are() -> None:
    for own in (
        "/editions/asr-2",
        "/ja/search?q=%E9%9F%B3&in=meaning",
        "/papers/hep-th/9711200",
        f"{BASE}/api/v1/x?a=b",
    ):
        assert local_location(own, BASE) == own


@pytest.mark.parametrize(
    ("query", "key", "rest"),
    [
        (b"", "", ""),
        (b"key=a%2Bb", "a+b", ""),
        (b"q=a+b&key=x&in=meaning", "x", "q=a+b&in=meaning"),
        (b"key=x&key=y&q=%22a%22", "x", "q=%22a%22"),
        (b"k%65y=x&q=1", "x", "q=1"),
        (b"key&keys=1", "", "keys=1"),
    ],
)
def test_a_key_leaves_a_query_and_the_rest_stays(query: bytes, key: str, rest: str) -> None:
    assert split_parameter(query, "key") == (key, rest)


def raw_get(service: WebService, target: str, **headers: str) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection(service.host, service.port, timeout=30)
    connection.putrequest("GET", target)
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer


def test_a_shared_link_keeps_its_query_and_loses_its_key(store: Store) -> None:
    web.fill(store)
    with web.running(store, access=ReadAccess("token", TOKEN)) as service:
        for target, expected in (
            (f"/search?q=speech+on%20phones&in=papers&{KEY}", "/search?q=speech+on%20phones&in=papers"),
            (f"/ja/search?{KEY}&q=%E9%9F%B3", "/ja/search?q=%E9%9F%B3"),
            (f"/editions?{KEY}", "/editions"),
            (f"//evil.example/?{KEY}", "/evil.example"),
            (f"//evil.example/%2e%2e?{KEY}&q=1", "/evil.example/..?q=1"),
            (f"/%2F%2Fevil.example?{KEY}", "/evil.example"),
            (f"/%5Cevil.example?{KEY}", "/%5Cevil.example"),
            (f"/%0d%0aSet-Cookie:%20a=b?{KEY}", "/%0D%0ASet-Cookie%3A%20a%3Db"),
        ):
            answer = raw_get(service, target)
            assert (answer.status, answer.headers["location"]) == (303, expected)
            assert answer.headers["cache-control"] == "no-store"
        reader = requests.Session()
        found = reader.get(f"{service.url}/search?q=speech&{KEY}", timeout=30)
        assert (found.status_code, found.url) == (200, f"{service.url}/search?q=speech")
        again = reader.get(f"{service.url}/search?q=speech&{KEY}", timeout=30, allow_redirects=False)
        assert (again.status_code, again.headers["location"]) == (
            303,
            "/search?q=speech",
        )  # whoever has the cookie, too


def test_addresses_with_a_key_mean_nothing_where_all_may_read(store: Store) -> None:
    with web.running(store) as service:
        assert raw_get(service, "//evil.example/?key=x").status == 404
