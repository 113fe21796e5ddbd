"""What one client may have made anew: searches, their feeds and files, on pages and through the API."""

from collections.abc import Iterator

import pytest

from store import Store
from tests.factories.api import Served, fill, site
from web.settings import WebLimits

MOST = 6
SEARCHES = ("/search?q={}", "/search?q={}&in=editions", "/search/feed.xml?q={}", "/search.bib?q={}")


@pytest.fixture
def served(store: Store) -> Iterator[Served]:
    fill(store)
    with Served(site(store, limits=WebLimits(searches_per_minute=MOST))) as running:
        yield running


def test_a_client_has_its_share_of_searches_and_is_told_when_to_come_again(served: Served) -> None:
    asked = [SEARCHES[n % len(SEARCHES)].format(f"graphs+-w{n}") for n in range(MOST)]
    assert [served.get(path).status_code for path in asked] == [200] * MOST
    for path in SEARCHES:
        refused = served.get(path.format("walks"))
        assert refused.status_code == 429
        assert 0 < int(refused.headers["retry-after"]) <= 60
    assert [served.get(path).status_code for path in asked] == [200] * MOST  # they are there
    for path in ("/", "/editions", "/editions/walks-through-graphs", "/topics", "/feed.xml", "/healthz"):
        assert served.get(path).status_code == 200


def test_searches_through_the_api_are_counted_too(served: Served) -> None:
    asked = ("search/papers?q=graphs", "search/editions?q=graphs", "search/similar?q=graphs")
    for n in range(MOST):
        assert served.get(f"/api/v1/{asked[n % len(asked)]}").status_code == 200
    for path in (*asked, "search/papers/bibliography?q=graphs"):
        refused = served.get(f"/api/v1/{path}")
        assert (refused.status_code, refused.json()["status"]) == (429, 429)
        assert 0 < int(refused.headers["retry-after"]) <= 60
    assert served.get("/api/v1/papers").status_code == 200
