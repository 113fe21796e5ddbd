"""The JSON API, asked as a program would."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
import requests
from jsonschema import Draft202012Validator

from digest.render import edition_json
from store import Store
from tests.doubles.editions import READ_EDITIONS
from tests.factories.api import HOSTILE, Served, fill, site


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with Store.open(tmp_path_factory.mktemp("api") / "paperroute.db") as opened:
        fill(opened)
        yield opened


@pytest.fixture(scope="module")
def api(archive: Store) -> Iterator[Served]:
    with Served(site(archive), under="/api/v1") as served:
        yield served


def test_editions_come_in_pages_that_name_the_next(api: Served, archive: Store) -> None:
    path, ids = "/editions?limit=10", []
    while path:
        page = api.get(path.removeprefix("/api/v1"))
        assert page.status_code == 200
        body = page.json()
        ids += [item["id"] for item in body["items"]]
        path = body["next"]
        assert page.headers.get("link", "") == (f'<{path}>; rel="next"' if path else "")
    assert ids == [head.id for head in archive.editions.list(limit=100)]


def test_a_next_page_keeps_the_filters(api: Served) -> None:
    first = api.get("/editions?kind=digest&limit=1&since=2026-03-02").json()
    assert "kind=digest" in first["next"]
    assert "since=2026-03-02" in first["next"]
    second = api.get(first["next"].removeprefix("/api/v1")).json()
    assert [item["id"] for item in (*first["items"], *second["items"])] == ["walks-2026-03-03", "walks-2026-03-02"]


def test_an_edition_is_the_stable_schema_byte_for_byte(api: Served, archive: Store) -> None:
    for id_ in ("on-device", "hostile", "walks-2026-03-03"):
        answer = api.get(f"/editions/{id_}")
        assert answer.text == edition_json.render(archive.editions.get(id_))
        described = api.get("/openapi.json").json()
        schema = {"$ref": "#/components/schemas/EditionDocument", "components": described["components"]}
        Draft202012Validator(schema).validate(answer.json())


def test_the_description_of_an_edition_names_every_field_of_it(api: Served) -> None:
    schemas = api.get("/openapi.json").json()["components"]["schemas"]
    body = api.get("/editions/on-device").json()
    assert list(schemas["EditionDocument"]["properties"]) == list(body)
    for name, part in (("PaperInEdition", body["papers"][0]), ("EditionSection", body["sections"][0])):
        assert list(schemas[name]["properties"]) == list(part)
    assert set(schemas["EditionCounts"]["properties"]) == set(body["counts"])
    assert set(schemas["EditionUsage"]["properties"]) == set(body["usage"][0])


def test_how_a_question_was_read_is_as_it_is_described(api: Served, archive: Store) -> None:
    described = api.get("/openapi.json").json()["components"]
    schema = {"$ref": "#/components/schemas/EditionDocument", "components": described}
    for n, made in enumerate(READ_EDITIONS.values()):
        archive.editions.freeze(replace(made, id=f"read-{n}"))
        body = api.get(f"/editions/read-{n}").json()
        Draft202012Validator(schema).validate(body)
        parts = {"EditionRequest": body["request"], "EditionWord": body["request"]["words"][0]}
        parts |= {"EditionConcept": body["request"]["concepts"][0], "PaperInEdition": body["papers"][0]}
        for correction in body["request"]["corrections"]:
            parts["EditionCorrection"] = correction
        for name, part in parts.items():
            assert list(described["schemas"][name]["properties"]) == list(part)
        if body["selection"]:
            assert list(described["schemas"]["EditionSelection"]["properties"]) == list(body["selection"])


@pytest.mark.parametrize("id_", ["hep-th/9711200", "hep-th%2F9711200", "2603.00002"])
def test_a_paper_tells_its_summary_editions_and_neighbours(api: Served, id_: str) -> None:
    body = api.get(f"/papers/{id_}").json()
    assert body["id"] == id_.replace("%2F", "/")
    assert body["summary"]["method"] == "We walk them."
    assert len(body["editions"]) == 1
    assert len(body["nearest"]) == 10
    assert body["id"] not in [item["id"] for item in body["nearest"]]
    assert body["url"] == f"https://arxiv.org/abs/{body['id']}"


def test_a_paper_that_no_edition_shows_has_no_summary(api: Served) -> None:
    body = api.get("/papers/2603.00030").json()
    assert body["summary"] is None
    assert body["editions"] == []


def test_papers_are_listed_by_category_and_day(api: Served) -> None:
    assert [paper["id"] for paper in api.get("/papers?category=hep-th").json()["items"]] == ["hep-th/9711200"]
    assert api.get("/papers?until=2026-03-02").json() == {"items": [], "next": None}
    assert len(api.get("/papers?category=cs&limit=100").json()["items"]) == 30


def test_topics_say_what_they_are_and_what_they_have(api: Served) -> None:
    walks = api.get("/topics/walks").json()
    assert walks["editions"] == 2
    assert walks["latest"] == "2026-03-03T12:00:00Z"
    assert walks["feed"] == "/topics/walks/feed.xml"
    assert [topic["slug"] for topic in api.get("/topics").json()["items"]] == ["resting", "walks"]
    assert api.get("/topics/resting").json()["title"] == HOSTILE


@pytest.mark.parametrize(
    "query", ["c++", '"', "AND", "self-supervised", "日本語", "\x00", "title:walks", "-walks", "*"]
)
def test_no_search_is_an_error(api: Served, query: str) -> None:
    for place in ("papers", "editions", "similar"):
        assert api.get(f"/search/{place}", params={"q": query}).status_code == 200


def test_a_search_says_where_its_words_stand(api: Served) -> None:
    (hit,) = api.get("/search/papers?q=c%2B%2B").json()["items"]
    ((start, end),) = hit["snippet"]["matches"]
    assert hit["snippet"]["text"][start:end] == "C++"


def test_a_search_is_paged_and_filtered(api: Served) -> None:
    first = api.get("/search/papers?q=walks&category=cs.CL&limit=25").json()
    assert len(first["items"]) == 25
    second = api.get(first["next"].removeprefix("/api/v1")).json()
    assert len(second["items"]) == 5
    assert second["next"] is None
    found = api.get("/search/editions?q=walks&topic=walks").json()["items"]
    assert [item["edition"]["topic"] for item in found] == ["walks"] * len(found) != []


def test_what_is_near_in_meaning_is_found_without_its_words(api: Served) -> None:
    body = api.get("/search/similar?q=stochastic+processes+on+networks&limit=3").json()
    assert len(body["items"]) == 3
    assert body["items"][0]["cosine"] >= body["items"][2]["cosine"]


@pytest.mark.parametrize(
    ("path", "status", "where"),
    [
        ("/editions/none", 404, None),
        ("/editions?after=none", 404, None),
        ("/editions?topic=none", 404, None),
        ("/papers/2603.99999", 404, None),
        ("/papers?after=2603.99999", 404, None),
        ("/topics/none", 404, None),
        ("/nowhere", 404, None),
        ("/editions?limit=0", 422, "query.limit"),
        ("/editions?limit=1e1", 422, "query.limit"),
        ("/editions?limit=99999999999999999999", 422, "query.limit"),
        ("/editions?page=3", 422, "query.page"),
        ("/editions?since=2026-02-30", 422, "query.since"),
        ("/editions?since=yesterday", 422, "query.since"),
        ("/editions?kind=letter", 422, "query.kind"),
        ("/editions/%22%3Cscript%3E", 422, "path.id"),
        ("/papers?category=%27%3B--", 422, "query.category"),
        ("/search/papers", 422, "query.q"),
        ("/search/papers?q=", 422, "query.q"),
        ("/search/papers?q=walks&offset=1001", 422, "query.offset"),
    ],
)
def test_every_error_is_a_problem_document(api: Served, path: str, status: int, where: str | None) -> None:
    answer = api.get(path)
    body = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, body["status"], body["type"]) == (status, status, "about:blank")
    assert body["title"]
    assert body["detail"].endswith(".")
    assert [error["where"] for error in body.get("errors", [])] == ([where] if where else [])
    assert "<script" not in answer.text


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
@pytest.mark.parametrize("path", ["/editions", "/papers/2603.00001", "/search/papers", "/openapi.json"])
def test_other_methods_are_405_and_say_which_is_right(api: Served, method: str, path: str) -> None:
    answer = api.request(method, path)
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")
    assert answer.json()["status"] == 405


def test_a_fault_of_ours_tells_nothing_of_the_inside(store: Store) -> None:
    with Served(site(store), under="/api/v1") as api:
        store.close()
        answer = api.get("/editions")
    assert answer.status_code in (500, 503)
    assert answer.headers["content-type"] == "application/problem+json"
    assert str(store.path) not in answer.text


def test_addresses_begin_with_the_base_address(store: Store) -> None:
    fill(store)
    with Served(site(store, base_url="https://papers.example/route"), under="/route/api/v1") as client:
        body = client.get("/editions?limit=1").json()
        assert body["items"][0]["page"].startswith("https://papers.example/route/editions/")
        assert body["next"].startswith("https://papers.example/route/api/v1/editions?")
        assert client.get("/openapi.json").json()["servers"] == [{"url": "https://papers.example/route/api/v1"}]


def test_the_description_is_openapi_and_refers_to_nothing_that_is_missing(api: Served) -> None:
    document = api.get("/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    text = json.dumps(document)
    schemas = document["components"]["schemas"]
    for name in {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}:
        assert name in schemas
    for operation in (operation for path in document["paths"].values() for operation in path.values()):
        assert operation["responses"].keys() >= {"200"} or operation["responses"].keys() >= {"202"}
        assert operation["description"]


def test_the_page_says_what_the_description_says(api: Served) -> None:
    document = api.get("/openapi.json").json()
    page = requests.get(api.root.removesuffix("/v1"), timeout=30)
    assert page.status_code == 200
    for path, methods in document["paths"].items():
        for method, told in methods.items():
            assert f"<code>{method.upper()} {path}</code>" in page.text
            for parameter in told.get("parameters", ()):
                assert f"<code>{parameter['name']}</code>" in page.text
    for name in document["components"]["schemas"]:
        assert f'id="schema-{name}"' in page.text
    linked = set(re.findall(r'href="#([^"]+)"', page.text))
    assert linked - set(re.findall(r'id="([^"]+)"', page.text)) == set()
    assert "<script" not in page.text


def test_every_answer_is_described_with_what_it_holds(api: Served) -> None:
    for path, methods in api.get("/openapi.json").json()["paths"].items():
        for told in methods.values():
            for status, answer in told["responses"].items():
                media = "application/json" if status < "300" else "application/problem+json"
                assert answer["content"][media]["schema"]["$ref"], (path, status)


def test_what_nobody_foresaw_is_a_problem_document_without_a_trace(
    api: Served, archive: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("a secret of the inside")

    monkeypatch.setattr(archive.topics, "list", fail)
    answer = api.get("/topics")
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert "secret" not in answer.text
