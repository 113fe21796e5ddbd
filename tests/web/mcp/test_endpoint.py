"""MCP over HTTP: a real server, asked by the SDK's own client in both generations of the protocol, and by strangers."""

import json
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import anyio
import httpx2
import jsonschema
import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client

from digest.run_context import Listener, Started
from store import Store
from store.records.editions import Edition
from store.records.questions import SearchLimits
from tests.factories.api import HOSTILE, Served, fill, site
from web.mcp.text import MOST_TEXT
from web.settings import ReadAccess, WebLimits

TOKEN, API_TOKEN = "the-token-of-readers", "the-token-of-programs"
READING = ["search", "read_edition", "list_editions", "list_topics", "find_similar", "read_paper"]
JSON_HEADERS = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
LIST_TOOLS = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with Store.open(tmp_path_factory.mktemp("mcp") / "store.db") as opened:
        fill(opened)
        yield opened


@pytest.fixture(scope="module")
def archive(store: Store) -> Iterator[Served]:
    with Served(site(store, limits=WebLimits(mcp_calls_per_minute=100_000))) as served:
        yield served


def talk(
    served: Served, ask: Callable[[Client], Awaitable[Any]], mode: str = "auto", path: str = "/mcp", **headers: str
) -> Any:
    async def conversation() -> Any:
        async with httpx2.AsyncClient(headers=headers) as http:
            transport = streamable_http_client(served.root + path, http_client=http)
            async with Client(transport, mode=mode) as client:
                return await ask(client)

    return anyio.run(conversation)


def call(served: Served, name: str, arguments: dict[str, Any], **headers: str) -> Any:
    return talk(served, lambda client: client.call_tool(name, arguments), **headers)


def post(served: Served, body: Any = LIST_TOOLS, **headers: str) -> requests.Response:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return served.request("POST", "/mcp", data=data, headers={**JSON_HEADERS, **headers})


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_clients_of_both_generations_list_and_call(archive: Served, mode: str) -> None:
    async def ask(client: Client) -> Any:
        return (await client.list_tools()).tools, await client.call_tool("search", {"words": "walks", "limit": 2})

    tools, found = talk(archive, ask, mode)
    assert [tool.name for tool in tools] == READING
    assert all(tool.annotations.read_only_hint and tool.output_schema and tool.description for tool in tools)
    assert found.content[0].text.count("Walks of length") == 2
    assert [paper["title"][:15] for paper in found.structured_content["papers"]] == ["Walks of length"] * 2


CALLS = [
    ("search", {"words": "walks"}),
    ("search", {"words": "alert", "among": "editions"}),
    ("search", {"words": "lenght"}),
    ("search", {"words": "2401.12345, 2603.00003"}),
    ("read_edition", {"id": "hostile"}),
    ("read_edition", {"id": "on-device", "length": "short"}),
    ("read_edition", {"id": "latest"}),
    ("read_paper", {"id": "2603.00001"}),
    ("read_paper", {"id": "hep-th/9711200"}),
    ("list_editions", {"limit": 20}),
    ("list_topics", {}),
    ("find_similar", {"like": "hep-th/9711200", "limit": 20}),
    ("find_similar", {"like": "covering a graph at random"}),
]


def test_every_answer_fits_its_schema_is_bounded_and_holds_nothing_harmful(archive: Served) -> None:
    async def ask(client: Client) -> Any:
        schemas = {tool.name: tool.output_schema for tool in (await client.list_tools()).tools}
        return schemas, [await client.call_tool(name, arguments) for name, arguments in CALLS]

    schemas, answers = talk(archive, ask)
    for (name, _), answer in zip(CALLS, answers, strict=True):
        assert not answer.is_error
        jsonschema.validate(answer.structured_content, schemas[name])
        told = answer.content[0].text + json.dumps(answer.structured_content, ensure_ascii=False)
        assert not set(told) & {"\x1b", "\x07", "\x00", "\x0b", "\u202e", "\u2066"}
        assert len(answer.content[0].text) <= MOST_TEXT + 100
        assert len(told) < 3 * MOST_TEXT


def test_what_is_named_structured_and_told_is_the_same(archive: Served) -> None:
    paper = call(archive, "read_paper", {"id": "2603.00002"}).structured_content
    assert (paper["id"], paper["published"], paper["authors"]) == (
        "2603.00002", "2026-03-02", ["Ada Example", "Ben Beispiel"],
    )  # fmt: skip
    assert [edition["id"] for edition in paper["editions"]] == ["walks-2026-03-02"]
    near = call(archive, "find_similar", {"like": "2603.00002", "limit": 3}).structured_content["papers"]
    assert len(near) == 3
    assert "2603.00002" not in [other["id"] for other in near]
    assert [other["cosine"] for other in near] == sorted((other["cosine"] for other in near), reverse=True)
    missing = call(archive, "search", {"words": "2401.12345"}).structured_content["missing"]
    assert missing == ["https://arxiv.org/abs/2401.12345"]
    assert call(archive, "search", {"words": "lenght"}).structured_content["suggestions"] == ["length"]
    edition = call(archive, "read_edition", {"id": "on-device", "length": "short"}).structured_content
    assert [cited["number"] for cited in edition["cited"]] == list(range(1, 15))
    assert edition["next_offset"] is None


def test_the_latest_come_first_and_all_can_be_listed(archive: Served) -> None:
    newest = call(archive, "list_editions", {"limit": 3}).structured_content
    assert [edition["id"] for edition in newest["editions"]][:2] == ["hostile", "on-device"]
    ids, after = [], ""
    while after is not None:
        page = call(archive, "list_editions", {"limit": 20, "after": after}).structured_content
        ids += [edition["id"] for edition in page["editions"]]
        after = page["next"]
    assert len(ids) == len(set(ids)) == 30
    of_topic = call(archive, "list_editions", {"topic": "walks", "kind": "digest"}).structured_content["editions"]
    assert [edition["date"] for edition in of_topic] == ["2026-03-03", "2026-03-02"]


def test_topics_that_are_watched_stand_before_those_that_rest(archive: Served) -> None:
    topics = call(archive, "list_topics", {}).structured_content["topics"]
    assert [(topic["slug"], topic["active"], topic["latest"]) for topic in topics] == [
        ("walks", True, "2026-03-03"), ("resting", False, None),
    ]  # fmt: skip
    assert HOSTILE not in str(topics)


def test_dates_narrow_a_search(archive: Served) -> None:
    assert call(archive, "search", {"words": "walks", "since": "2026-03-03"}).structured_content["papers"] == []
    assert call(archive, "search", {"words": "walks", "until": "2026-03"}).structured_content["papers"]
    wrong = call(archive, "search", {"words": "walks", "since": "2025", "until": "2024"})
    assert wrong.is_error
    assert "since 2025 and until 2024" in wrong.content[0].text


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("read_paper", {"id": "2603.99999"}, "no paper “2603.99999”. See https://arxiv.org/abs/2603.99999."),
        ("find_similar", {"like": "2401.12345"}, "no paper “arXiv:2401.12345”"),
        ("list_editions", {"topic": "nothing"}, "no topic “nothing”"),
        ("list_editions", {"after": "nothing"}, "no edition “nothing”"),
        ("search", {"words": "x" * 501}, "words"),
        ("start_survey", {"question": "walks"}, "start_survey"),
    ],
)
def test_what_cannot_be_done_is_told_in_a_line(
    archive: Served, name: str, arguments: dict[str, Any], said: str
) -> None:
    answer = call(archive, name, arguments)
    assert answer.is_error
    assert said in answer.content[0].text
    assert "\n" not in answer.content[0].text


@pytest.mark.parametrize(
    "text", ["\ud800 walks", "\x00walks", "a\u202eb", "NEAR(", '"', "author:", "(((", "2603.00001\ud800"]
)
def test_hostile_arguments_are_answered(archive: Served, text: str) -> None:
    """In the newer form of the protocol, whose JSON may hold lone surrogates."""
    meta = {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    for name, argument in (
        ("search", "words"),
        ("find_similar", "like"),
        ("read_paper", "id"),
        ("read_edition", "id"),
        ("list_editions", "after"),
    ):
        call = {"name": name, "arguments": {argument: text}, "_meta": meta}
        headers = {"MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/call", "Mcp-Name": name}
        answer = post(archive, {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}, **headers)
        assert answer.status_code == 200
        assert "Error executing" not in answer.json()["result"]["content"][0]["text"]  # what the SDK says of a crash


def test_addresses_of_pages_are_told_where_the_archive_has_one(store: Store) -> None:
    with Served(site(store, base_url="https://papers.example.org/lab"), "/lab") as served:
        paper = call(served, "read_paper", {"id": "2603.00001"}).structured_content
    assert paper["page"] == "https://papers.example.org/lab/papers/2603.00001"


def test_who_may_read_the_archive_may_ask_it_and_nobody_else(store: Store) -> None:
    closed = site(store, access=ReadAccess("token", TOKEN), api_token=API_TOKEN)
    with Served(closed) as served:
        assert post(served).status_code == 401
        refused = post(served, Authorization="Bearer wrong")
        assert (refused.status_code, refused.headers["www-authenticate"][:6]) == (401, "Bearer")
        assert refused.headers["content-type"] == "application/problem+json"
        for token in (TOKEN, API_TOKEN):
            tools = talk(served, lambda client: client.list_tools(), authorization=f"Bearer {token}").tools
            assert [tool.name for tool in tools] == READING


def test_a_site_without_it_has_no_such_address(store: Store) -> None:
    with Served(site(store, mcp=False)) as served:
        assert post(served).status_code == 404


def test_one_client_may_not_ask_too_often(store: Store) -> None:
    with Served(site(store, limits=WebLimits(mcp_calls_per_minute=3))) as served:
        answers = [post(served) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 60


class Maker:
    """Makes a survey when it is let."""

    def __init__(self, store: Store) -> None:
        self.go, self.store = threading.Event(), store
        self.asked: list[tuple[str, SearchLimits]] = []

    def __call__(
        self, question: str, client: str, listener: Listener, cancel: threading.Event, language: str | None,
        limits: SearchLimits, max_papers: int | None,
    ) -> Edition:  # fmt: skip
        self.asked.append((question, limits))
        listener(Started("search"))
        while not (self.go.wait(0.01) or cancel.is_set()):
            pass
        found = self.store.editions.get("on-device")
        assert found is not None
        return found


@contextmanager
def asking(store: Store, **other: Any) -> Iterator[tuple[Served, Maker]]:
    maker = Maker(store)
    with Served(site(store, ask=maker, api_token=API_TOKEN, **other)) as served:
        yield served, maker
        maker.go.set()


def test_a_survey_is_started_at_once_and_followed_to_its_end(store: Store) -> None:
    bearer = {"authorization": f"Bearer {API_TOKEN}"}
    with asking(store) as (served, maker):
        tools = talk(served, lambda client: client.list_tools(), **bearer).tools
        assert [tool.name for tool in tools] == [*READING, "start_survey", "follow_survey"]
        assert [tool.annotations.read_only_hint for tool in tools][-2:] == [False, True]
        question = {"question": "How do walks cover graphs?", "since": "2024", "categories": ["cs"]}
        begun = call(served, "start_survey", question, **bearer).structured_content
        assert begun["state"] in ("waiting", "running")
        assert begun["page"] == f"{served.root}/ask/{begun['id']}"
        assert served.get(f"/ask/{begun['id']}").status_code == 200
        maker.go.set()
        ended = call(served, "follow_survey", {"id": begun["id"]}, **bearer)
    assert (ended.structured_content["state"], ended.structured_content["edition"]) == ("done", "on-device")
    assert "read_edition" in ended.content[0].text
    assert maker.asked[0][0] == "How do walks cover graphs?"
    assert maker.asked[0][1].categories == ("cs",)


def test_a_survey_that_takes_long_is_still_told_of(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.mcp.survey_tools._FOLLOW_SECONDS", 0.3)
    bearer = {"authorization": f"Bearer {API_TOKEN}"}
    with asking(store) as (served, _):
        begun = call(served, "start_survey", {"question": "walks on graphs"}, **bearer).structured_content
        running = call(served, "follow_survey", {"id": begun["id"]}, **bearer).structured_content
        assert (running["state"], running["stage"], running["edition"]) == ("running", "search", None)


def test_surveys_are_limited_as_everywhere_and_only_for_the_token_of_programs(store: Store) -> None:
    limits = WebLimits(asks_per_hour=1)
    bearer = {"authorization": f"Bearer {API_TOKEN}"}
    with asking(store, limits=limits) as (served, maker):
        refused = call(served, "start_survey", {"question": "walks on graphs"})
        assert (refused.is_error, maker.asked) == (True, [])
        assert not call(served, "start_survey", {"question": "walks on graphs"}, **bearer).is_error
        again = call(served, "start_survey", {"question": "walks on graphs"}, **bearer)
        assert (again.is_error, again.content[0].text[:26]) == (True, "You have had your share of")
        empty = call(served, "start_survey", {"question": "?!"}, **bearer)
        assert (empty.is_error, empty.content[0].text[:27]) == (True, "The question holds no word.")
        unknown = call(served, "follow_survey", {"id": "nothing"}, **bearer)
        assert unknown.is_error


@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE", "PUT", "OPTIONS"])
def test_only_posts_are_taken(archive: Served, method: str) -> None:
    refused = archive.request(method, "/mcp", headers={"Accept": "text/event-stream"})
    assert (refused.status_code, refused.headers["allow"]) == (405, "POST")


def test_calls_are_counted(archive: Served) -> None:
    post(archive)
    figures = archive.get("/metrics").text
    assert 'paperroute_http_requests_total{method="POST",route="/mcp",status="200"}' in figures


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
def test_no_page_of_another_site_calls(archive: Served, headers: dict[str, str]) -> None:
    assert post(archive, **headers).status_code == 403


def test_a_page_of_this_host_may_call(archive: Served) -> None:
    assert post(archive, Origin=archive.root).status_code == 200


def test_no_page_calls_by_a_name_that_leads_here(archive: Served) -> None:
    """DNS rebinding: Host and Origin agree then."""
    assert post(archive, Origin="https://evil.example", Host="evil.example").status_code == 421


def test_bodies_are_bounded(archive: Served) -> None:
    assert post(archive, b"[" * 70_000).status_code == 413
    pieces = iter([b"[" * 40_000] * 3)  # without saying how long it is
    assert archive.request("POST", "/mcp", data=pieces, headers=JSON_HEADERS).status_code == 413


BODIES = st.one_of(
    st.binary(max_size=300),
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
        max_leaves=8,
    ).map(lambda value: json.dumps(value).encode()),
    st.fixed_dictionaries(
        {
            "jsonrpc": st.sampled_from(["2.0", "1.0", None]),
            "id": st.one_of(st.integers(), st.text(max_size=5), st.none(), st.lists(st.integers(), max_size=1)),
            "method": st.sampled_from(
                "initialize ping tools/list tools/call resources/list resources/read prompts/get server/discover "
                "subscriptions/listen notifications/cancelled logging/setLevel completion/complete x".split()
            ),
            "params": st.one_of(
                st.none(),
                st.just({}),
                st.dictionaries(
                    st.sampled_from(["name", "arguments", "uri", "_meta", "cursor", "protocolVersion"]),
                    st.one_of(
                        st.text(max_size=10), st.none(), st.dictionaries(st.text(max_size=5), st.text(max_size=5))
                    ),
                ),
            ),
        }
    ).map(lambda value: json.dumps(value).encode()),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=BODIES, version=st.sampled_from(["", "2025-06-18", "2026-07-28", "1999-01-01", "\x7f"]))
def test_whatever_a_stranger_sends_is_answered_without_a_trace(
    archive: Served, caplog: pytest.LogCaptureFixture, body: bytes, version: str
) -> None:
    answer = post(archive, body, **({"MCP-Protocol-Version": version} if version else {}))
    assert answer.status_code < 500 or b'"error"' in answer.content
    assert "Traceback" not in answer.text
    assert not [record for record in caplog.records if record.exc_info]


def test_hostile_depth_and_numbers_are_answered(archive: Served) -> None:
    for body in (b"[" * 60_000, b'{"jsonrpc":"2.0","id":' + b"9" * 5_000 + b',"method":"ping"}', b'"\\ud800"', b"\xff"):
        for version in ({}, {"MCP-Protocol-Version": "2026-07-28"}):
            assert post(archive, body, **version).status_code == 400
