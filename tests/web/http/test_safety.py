"""What strangers may try: limits, access, hostile addresses; GET that changes nothing, errors without traces."""

from __future__ import annotations

import base64
import hashlib
import socket
from collections.abc import Iterator
from xml.etree.ElementTree import Element

import html5lib
import pytest
import requests

from digest.errors import ConfigError
from store import Store
from tests.factories import web
from web.http.access import RateLimiter
from web.http.middleware import CONTENT_SECURITY_POLICY
from web.http.negotiation import negotiate_language
from web.server import WebService
from web.settings import ReadAccess, WebLimits

TOKEN = "a-long-shared-secret"
PATHS = """
    / /topics /topics/on-device-asr /editions /editions/asr-2 /papers/2611.00002 /search /ask /status
    /editions/asr-2.json /nowhere
""".split()
HOSTILE = [
    web.HOSTILE,
    "'\"><svg/onload=alert(1)>",
    "{{7*7}}${7*7}",
    "../../../../etc/passwd",
    "%00",
    "\x00\x01\x02",
    "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"),
    "\u202e\u2066",
    "-1",
    "0",
    "99999999999999999999",
    "1e309",
    "NaN",
    "9999-99-99",
    "0001-01-01",
    "a" * 1_500,
    "[]",
    "' OR 1=1 --",
]
FIELDS = ["q", "in", "page", "kind", "topic", "category", "since", "until", "like", "lang", "v", "key"]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with Store.open(tmp_path_factory.mktemp("web") / "store.db") as opened:
        web.fill(opened)
        yield opened


@pytest.fixture(scope="module")
def archive(store: Store) -> Iterator[WebService]:
    with web.running(store) as service:
        yield service


@pytest.fixture(scope="module")
def closed(store: Store) -> Iterator[WebService]:
    with web.running(store, access=ReadAccess("token", TOKEN)) as service:
        yield service


def raw(archive: WebService, data: bytes) -> bytes:
    with socket.create_connection((archive.host, archive.port), timeout=30) as wire:
        wire.sendall(data)
        wire.shutdown(socket.SHUT_WR)
        parts = []
        while part := wire.recv(65536):
            parts.append(part)
    return b"".join(parts)


def is_own_script(element: Element) -> bool:
    """A file of ours, without a word inside."""
    address = element.get("src", "")
    return str(element.tag).endswith("}script") and not element.text and address.startswith("/edition.js?v=")


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_keeps_the_browser_safe(archive: WebService, path: str) -> None:
    answer = requests.get(archive.url + path, timeout=30)
    headers = answer.headers
    if path != "/editions/asr-2.json":  # a file of its own, which may do even less
        own_script = "; script-src 'self'" if path.startswith("/editions/") else ""
        assert headers["content-security-policy"] == CONTENT_SECURITY_POLICY + own_script
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert "script-src" not in CONTENT_SECURITY_POLICY
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert "frame-ancestors 'none'" in CONTENT_SECURITY_POLICY
    assert "set-cookie" not in headers
    assert "server" not in headers
    for element in html5lib.parse(answer.text).iter() if answer.text.startswith("<!doctype") else ():
        if is_own_script(element):
            continue
        assert str(element.tag).rpartition("}")[2] not in (
            "script",
            "style",
            "iframe",
            "img",
            "object",
            "embed",
            "base",
        )
        assert not [name for name in element.attrib if name == "style" or str(name).startswith("on")]


@pytest.mark.parametrize("hostile", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_queries_meet_a_page_and_are_not_reflected_as_markup(archive: WebService, hostile: str) -> None:
    with requests.Session() as session:
        for path in PATHS:
            for field in FIELDS:
                answer = session.get(archive.url + path, params={field: hostile, "x": hostile[:200]}, timeout=30)
                assert answer.status_code in (200, 404, 414), f"{path}?{field}: {answer.status_code}"
                assert "<script>alert" not in answer.text
                assert "<svg/onload" not in answer.text
                assert "<img src=x" not in answer.text


@pytest.mark.parametrize("hostile", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_paths_are_not_found_politely(archive: WebService, hostile: str) -> None:
    for folder in ("", "editions/", "editions/x/", "papers/", "topics/", "ask/", "ja/", "unsubscribe/"):
        answer = requests.get(f"{archive.url}/{folder}{requests.utils.quote(hostile, safe='')}", timeout=30)
        assert answer.status_code in (200, 404, 414)
        assert "<script>alert" not in answer.text


def test_get_and_head_change_nothing(store: Store, archive: WebService) -> None:
    def everything() -> str:
        with store._database.read() as session:
            return hashlib.sha256("\n".join(session.db.conn.iterdump()).encode(errors="replace")).hexdigest()

    store.search.find_papers("speech")  # who searches first reads what is new, and the index keeps it: decision 89
    before = everything()
    for path in [
        *PATHS,
        "/search?q=speech&in=meaning",
        "/editions/asr-2/print",
        "/ja",
        "/healthz",
        "/readyz",
        "/style.css",
    ]:
        requests.get(archive.url + path, timeout=30)
        head = requests.head(archive.url + path, timeout=30)
        assert head.content == b""
        assert head.status_code == requests.get(archive.url + path, timeout=30).status_code
    assert everything() == before


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"])
def test_other_methods_are_refused(archive: WebService, method: str) -> None:
    assert requests.request(method, f"{archive.url}/editions", timeout=30).status_code == 405


def test_what_is_too_large_is_refused(archive: WebService) -> None:
    assert requests.get(f"{archive.url}/search?q={'a' * 9_000}", timeout=30).status_code == 414
    assert requests.get(f"{archive.url}/{'a' * 5_000}", timeout=30).status_code == 414
    assert requests.get(archive.url, headers={"X-Long": "a" * 20_000}, timeout=30).status_code == 431
    assert requests.post(f"{archive.url}/ask", data={"question": "a" * 1_000_000}, timeout=30).status_code == 413
    chunks = (b"question=" + b"a" * 10_000 for _ in range(20))
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert requests.post(f"{archive.url}/ask", data=chunks, headers=form, timeout=30).status_code == 413
    assert b" 400 " in raw(archive, b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 100_000)


@pytest.mark.parametrize("page", ["0", "-1", "two", "2", "501", "9" * 30, "１", ""])
def test_pages_that_are_not_there(archive: WebService, page: str) -> None:
    for path in ("/editions", "/topics/on-device-asr", "/search"):
        answer = requests.get(archive.url + path, params={"page": page}, timeout=30)
        assert answer.status_code == 404
        assert "There is no such page" in answer.text


def test_nonsense_on_the_wire_is_answered_and_does_no_harm(archive: WebService) -> None:
    assert b" 400 " in raw(archive, b"NONSENSE\r\n\r\n")
    assert b" 400 " in raw(archive, b"GET / HTTP/1.1\r\n\r\n")  # no Host
    assert b" 413 " in raw(archive, b"POST /ask HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999\r\n\r\n")
    assert requests.get(f"{archive.url}/healthz", timeout=30).status_code == 200


def test_a_slash_at_the_end_changes_nothing(archive: WebService) -> None:
    assert requests.get(f"{archive.url}/editions/", timeout=30, allow_redirects=False).status_code == 200


def test_an_unexpected_error_shows_no_trace(store: Store) -> None:
    class Broken:
        model = "broken:model"

        def embed(self, texts: list[str]) -> None:
            raise ZeroDivisionError("the secret inside")

    with web.running(store, embedder=Broken()) as service:
        answer = requests.get(f"{service.url}/search?q=x&in=meaning", timeout=30)
    assert answer.status_code == 500
    assert "Something went wrong here" in answer.text
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY


def test_a_closed_archive_is_closed_but_for_health_and_one_click(closed: WebService) -> None:
    for path in [*PATHS, "/feed.xml", "/api/v1/editions", "/metrics", "/robots.txt", "/search?q=speech"]:
        answer = requests.get(closed.url + path, timeout=30)
        assert answer.status_code == 401, path
        assert answer.headers["www-authenticate"].startswith("Basic ")
        assert "speech" not in answer.text.lower().replace("/search", "")
    assert requests.get(f"{closed.url}/healthz", timeout=30).status_code == 200
    assert requests.get(f"{closed.url}/style.css", timeout=30).status_code == 200
    assert requests.post(f"{closed.url}/unsubscribe/x", timeout=30).status_code != 401


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer " + TOKEN},
        {"Authorization": "Basic " + base64.b64encode(f"anybody:{TOKEN}".encode()).decode()},
        {"Cookie": f"paperroute_access={TOKEN}"},
    ],
    ids=["bearer", "basic", "cookie"],
)
def test_the_token_opens_in_each_way(closed: WebService, headers: dict[str, str]) -> None:
    answer = requests.get(f"{closed.url}/editions", headers=headers, timeout=30)
    assert answer.status_code == 200
    assert answer.headers["cache-control"].startswith("private")


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Basic " + base64.b64encode(b"x:wrong").decode()},
        {"Authorization": "Basic !!!"},
        {"Authorization": "Basic"},
        {"Authorization": "Digest x"},
        {"Cookie": "paperroute_access=wrong; ;;=\x7f"},
    ],
    ids=range(6),
)
def test_nothing_else_does(closed: WebService, headers: dict[str, str]) -> None:
    assert requests.get(f"{closed.url}/editions", headers=headers, timeout=30).status_code == 401


def test_a_shared_link_leaves_a_cookie_and_hides_the_key(closed: WebService) -> None:
    answer = requests.get(f"{closed.url}/editions?key={TOKEN}", timeout=30, allow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/editions")
    said = answer.headers["set-cookie"].lower()
    assert "httponly" in said
    assert "samesite=lax" in said
    assert requests.get(f"{closed.url}/editions?key={TOKEN}", timeout=30).status_code == 200
    assert requests.get(f"{closed.url}/editions?key=wrong", timeout=30).status_code == 401


def test_another_site_cannot_post_here(archive: WebService) -> None:
    for site, expected in (("cross-site", 403), ("same-site", 403), ("same-origin", 404)):
        answer = requests.post(f"{archive.url}/ask", headers={"Sec-Fetch-Site": site}, timeout=30)
        assert answer.status_code == expected


def test_a_client_is_counted_by_address_or_by_network() -> None:
    limiter = RateLimiter(2, 3600)
    assert [limiter.allow(address) for address in ("192.0.2.1", "192.0.2.1", "192.0.2.1", "192.0.2.2")] == [
        True,
        True,
        False,
        True,
    ]
    six = ("2001:db8::1", "2001:db8::2", "2001:db8::3", "2001:db8:0:1::1", "nonsense")
    assert [limiter.allow(address) for address in six] == [True, True, False, True, True]


def test_the_count_of_a_client_runs_out_and_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("web.http.access.monotonic", lambda: now[0])
    limiter = RateLimiter(1, 60)
    assert [limiter.allow("a"), limiter.allow("a")] == [True, False]
    assert limiter.seconds_until_allowed("a") == 60
    now[0] = 61.0
    assert limiter.seconds_until_allowed("a") == 0
    assert limiter.allow("a")
    for n in range(12_000):
        limiter.allow(f"client {n}")
    assert len(limiter._times) <= 10_000


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("", "en"),
        ("ja", "ja"),
        ("nl, ja;q=0.5", "ja"),
        ("de-AT, ja;q=0.5", "de"),
        ("en;q=0.4, ja-JP;q=0.9", "ja"),
        ("ja;q=0", "en"),
        (";q=x,,", "en"),
    ],
)
def test_the_browsers_language_is_followed(accept: str, expected: str) -> None:
    assert negotiate_language("auto", accept) == expected
    assert negotiate_language("en", accept) == "en"


def test_a_port_in_use_is_told_in_one_line(archive: WebService, store: Store) -> None:
    second = WebService(archive._app.state.app_state.site, port=archive.port)
    with pytest.raises(ConfigError, match="cannot listen on"):
        second.start()


def test_limits_are_the_sites_own(store: Store) -> None:
    with web.running(store, limits=WebLimits(query_bytes=20)) as service:
        assert requests.get(f"{service.url}/search?q={'a' * 30}", timeout=30).status_code == 414
