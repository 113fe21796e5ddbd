"""Answers of the API by their ETag: not sent again to whoever has them, compressed for whoever takes that."""

import gzip
from collections.abc import Iterator
from dataclasses import replace

import pytest
import requests

from digest.pipeline.services import Services
from tests.factories.api import Served, fill, letters, site
from tests.web.api.test_surveys import TOKEN, Surveys
from web.settings import ReadAccess

READS = (
    "/editions",
    "/editions/walks-through-graphs",
    "/papers?limit=2",
    "/papers/2603.00001",
    "/topics",
    "/search/papers?q=graphs",
    "/search/editions?q=graphs",
    "/bibliography?ids=2603.00001",
    "/openapi.json",
)


@pytest.fixture
def served(services: Services) -> Iterator[Served]:
    fill(services.store)
    offered = site(services.store, ask=Surveys(services), api_token=TOKEN, subscribing=letters(4))
    with Served(offered, under="/api/v1") as running:
        yield running


@pytest.mark.parametrize("path", READS)
def test_what_a_client_has_is_not_sent_again(served: Served, path: str) -> None:
    first = served.get(path)
    assert first.status_code == 200
    assert first.headers["etag"].startswith('W/"')
    assert first.headers["cache-control"] == "public, no-cache"
    for known in (
        first.headers["etag"],
        first.headers["etag"].removeprefix("W/"),
        "*",
        f'"other", {first.headers["etag"]}',
    ):
        again = served.get(path, headers={"if-none-match": known})
        assert (again.status_code, again.content) == (304, b"")
        assert (again.headers["etag"], again.headers["vary"]) == (first.headers["etag"], first.headers["vary"])
    assert served.get(path, headers={"if-none-match": '"other"'}).content == first.content


def test_gzip_and_plain_are_the_same_answer_under_one_tag(served: Served) -> None:
    plain = served.get("/papers?limit=2", headers={"accept-encoding": "identity"})
    asked = {"headers": {"accept-encoding": "gzip"}, "timeout": 30, "stream": True}
    with requests.get(f"{served.root}/papers?limit=2", **asked) as zipped:
        body = zipped.raw.read(decode_content=False)
    assert zipped.headers["content-encoding"] == "gzip"
    assert int(zipped.headers["content-length"]) == len(body) < len(plain.content)
    assert gzip.decompress(body) == plain.content
    assert "content-encoding" not in plain.headers
    for header in ("etag", "vary", "link", "content-type"):
        assert zipped.headers[header] == plain.headers[header]
    assert "Accept-Encoding" in plain.headers["vary"]


def test_an_answer_that_changed_has_another_tag(served: Served, services: Services) -> None:
    before = served.get("/papers/2603.00001").headers["etag"]
    paper = services.store.papers.get(["2603.00001"])["2603.00001"]
    services.store.papers.add([replace(paper, version=paper.version + 1, title="Another title")])
    assert served.get("/papers/2603.00001", headers={"if-none-match": before}).status_code == 200


def test_errors_have_no_tag_and_stay_whole(served: Served) -> None:
    for path, status in (("/editions/none", 404), ("/papers?limit=0", 422), ("/subscriptions", 401)):
        answer = served.get(path, headers={"if-none-match": "*"})
        assert answer.status_code == status
        assert "etag" not in answer.headers
        assert answer.headers["cache-control"] == "no-store"


def test_what_a_token_opened_is_for_its_holder_alone(served: Served, services: Services) -> None:
    bearer = {"authorization": f"Bearer {TOKEN}"}
    assert served.get("/subscriptions", headers=bearer).headers["cache-control"] == "private, no-cache"
    with Served(site(services.store, access=ReadAccess("token", "secret-of-readers")), under="/api/v1") as closed:
        answer = closed.get("/topics", headers={"authorization": "Bearer secret-of-readers"})
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "private, no-cache")
