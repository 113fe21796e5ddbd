"""Every page and feed under hostile addresses: no 5xx, nothing of them comes back as markup, errors are pages."""

import re
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from fastapi.routing import iter_route_contexts
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store import Store
from tests.factories.api import Served, fill, site
from web.app import create_app
from web.settings import WebLimits

MARK = "zq9"  # stands in everything hostile, so that it is found again wherever it comes back
HOSTILE = [
    f"<script>{MARK}</script>",
    f'"><img src=x onerror={MARK}>',
    f"'onmouseover='{MARK}",
    f"</title><svg onload={MARK}>",
    f"javascript:{MARK}",
    f"{{{{{MARK}}}}}{{% {MARK} %}}",
    f"{MARK}\x00\x0b\x1b[31m\u202e\u2028",
    f"../../../../etc/passwd{MARK}",
    f"{MARK}' OR 1=1 --",
    f'{MARK}" OR NEAR("',
    f"{MARK}*:^-()",
    "\ud7ff\U0001f9ea\ufffe" + MARK,
    "%",
    "%s%n%d" + MARK,
    "-1",
    "0",
    "1e9",
    "99999999999999999999999",
    "٣",
    "NaN",
    "2026-02-30",
    "0001-01-01",
    "9999-12-31",
    "AND",
    "c++",
    "",
]
NAMES = [
    "q",
    "page",
    "kind",
    "topic",
    "since",
    "until",
    "category",
    "in",
    "by",
    "lang",
    "v",
    "key",
    "offset",
    "after",
    "x",
]
values = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=30))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with Store.open(tmp_path_factory.mktemp("fuzz") / "paperroute.db") as opened:
        fill(opened)
        yield opened


@pytest.fixture(scope="module")
def served(store: Store) -> Iterator[Served]:
    with Served(site(store, limits=WebLimits(searches_per_minute=100_000))) as running:
        yield running


@pytest.fixture(scope="module")
def paths(store: Store) -> list[str]:
    """Every route that is read, as the program writes it."""
    routes = iter_route_contexts(create_app(site(store)).routes)
    found = {route.path for route in routes if "GET" in (getattr(route, "methods", None) or ())}
    assert found >= {"/", "/search", "/topics/{slug}/feed.xml", "/metrics", "/api"}
    return sorted(found)


def escaped(text: str) -> str:
    """So that only a browser's own escapes are left: a surrogate is none that an address can hold."""
    return quote(text.encode(errors="replace"), safe="")


def assert_harmless(served: Served, address: str) -> None:
    answer = served.get(address)
    assert answer.status_code < 500, address
    assert answer.headers["x-content-type-options"] == "nosniff"
    kind = answer.headers.get("content-type", "")
    if answer.status_code >= 400 and not address.startswith(("/readyz", "/healthz")):
        assert kind.startswith("text/html"), address
    assert "Traceback" not in answer.text
    if "html" in kind or "svg" in kind or "xml" in kind:
        # Wherever the mark comes back it is text or a quoted attribute: no tag, handler or script address holds it.
        for tag in re.findall(rf"<[^<>]*{MARK}[^<>]*>", answer.text):
            bare = re.sub(r'"[^"]*"', '""', tag)
            assert MARK not in bare, f"{address}: {tag}"
            assert not re.search(r'(?:href|src|action)="javascript:', tag), f"{address}: {tag}"
        assert f"<script>{MARK}" not in answer.text
    for name, value in answer.headers.items():
        assert "\n" not in value, name


@settings(max_examples=400, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_no_query_string_breaks_a_page(served: Served, paths: list[str], data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(paths))
    known = {"slug": "walks", "name": "on-device", "id_": "2603.00001", "id_:path": "2603.00001"}
    there = re.sub(r"\{([^}]+)\}", lambda found: known.get(found[1], "none"), path)
    query = data.draw(st.lists(st.tuples(st.sampled_from(NAMES), values), max_size=5))
    assert_harmless(served, f"{there}?{'&'.join(f'{escaped(name)}={escaped(value)}' for name, value in query)}")


@settings(max_examples=200, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_no_name_in_a_path_breaks_a_page(served: Served, paths: list[str], data: st.DataObject) -> None:
    path = data.draw(st.sampled_from([path for path in paths if "{" in path]))
    there = re.sub(r"\{[^}]+\}", lambda _: escaped(data.draw(values)), path)
    assert_harmless(served, there)


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize(
    "path", ["/search?q={}", "/search/feed.xml?q={}", "/{}", "/editions?page={}", "/ja/search?q={}"]
)
def test_what_is_hostile_comes_back_as_text_or_not_at_all(served: Served, path: str, hostile: str) -> None:
    assert_harmless(served, path.format(escaped(hostile)))


@pytest.mark.parametrize(
    ("address", "options", "status"),
    [
        ("/search?q=" + "x" * 20_000, {}, 414),
        ("/" + "x" * 2_000, {}, 414),
        ("/", {"headers": {"x-much": "y" * 20_000}}, 431),
        ("/%ff%fe/%00", {}, 404),
        ("//evil.example/%2e%2e", {}, 404),
        ("/editions?page=999999999", {}, 404),
    ],
)
def test_what_is_too_much_is_refused_with_a_page(
    served: Served, address: str, options: dict[str, dict[str, str]], status: int
) -> None:
    answer = served.get(address, **options)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert "<h1" in answer.text


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "CONNECTED"])
def test_pages_that_are_only_read_take_no_other_method(served: Served, method: str) -> None:
    for path in ("/", "/topics", "/editions", "/search", "/status", "/feed.xml", "/metrics", "/api"):
        answer = served.request(method, path)
        assert answer.status_code == 405
        assert answer.headers["allow"] == "GET"
