"""Slack's assistant as a client: signatures over a real server, and blocks held against Slack's limits."""

import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from digest.errors import ConfigError
from paperroute.compose.app import open_app
from paperroute.compose.web import make_web_settings
from paperroute.config.load import Config
from paperroute.config.sections import SlackSection
from store import Store
from tests.factories.api import Served, fill, site
from web.mcp.slackbot import create_blocks
from web.settings import ReadAccess, SlackbotAccess

SECRET = "the-signing-secret-of-the-app"
USER = {"user_id": "U0ADA", "team_id": "T0LAB", "enterprise_id": None}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with Store.open(tmp_path_factory.mktemp("slackbot") / "store.db") as opened:
        fill(opened)
        yield opened


@pytest.fixture(scope="module")
def closed(store: Store) -> Iterator[Served]:
    access = ReadAccess("token", "the-token-of-readers")
    with Served(
        site(store, access=access, slackbot=SlackbotAccess(SECRET), base_url="https://papers.example")
    ) as served:
        yield served


def call(name: str, arguments: dict[str, Any], user: Any = USER) -> bytes:
    params = {"name": name, "arguments": arguments, "_meta": {"slack": user}}
    return json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}).encode()


SEARCH = call("search", {"words": "walks"})


def signed(body: bytes, secret: str = SECRET, at: float | None = None) -> dict[str, str]:
    moment = str(int(time.time() if at is None else at))
    made = hmac.new(secret.encode(), f"v0:{moment}:".encode() + body, hashlib.sha256).hexdigest()
    return {"X-Slack-Signature": f"v0={made}", "X-Slack-Request-Timestamp": moment}


def post(served: Served, body: bytes, headers: dict[str, str]) -> requests.Response:
    plain = {"Content-Type": "application/json", "Accept": "application/json"}
    return served.request("POST", "/mcp", data=body, headers={**plain, **headers})


def result(served: Served, body: bytes) -> dict[str, Any]:
    answer = post(served, body, signed(body))
    assert answer.status_code == 200
    return answer.json()["result"]


def test_a_signature_stands_for_the_token(closed: Served) -> None:
    assert post(closed, SEARCH, {}).status_code == 401
    assert "Walks of length" in result(closed, SEARCH)["content"][0]["text"]


@pytest.mark.parametrize(
    "headers",
    [
        signed(SEARCH, "another secret"),
        signed(SEARCH + b" "),
        signed(SEARCH, at=time.time() - 400),
        {**signed(SEARCH), "X-Slack-Request-Timestamp": "later"},
        {"X-Slack-Signature": "v0="},
    ],
)
def test_a_signature_that_does_not_hold_opens_nothing(closed: Served, headers: dict[str, str]) -> None:
    assert post(closed, SEARCH, headers).status_code == 401


def test_a_signature_opens_nothing_else_and_nothing_where_it_is_off(closed: Served, store: Store) -> None:
    assert closed.get("/editions", headers=signed(b"")).status_code == 401
    with Served(site(store, access=ReadAccess("token", "the-token-of-readers"))) as served:
        assert post(served, SEARCH, signed(SEARCH)).status_code == 401


def test_it_only_reads(closed: Served) -> None:
    body = b'{"jsonrpc": "2.0", "id": 1, "method": "tools/list"}'
    tools = result(closed, body)["tools"]
    assert all(tool["annotations"]["readOnlyHint"] for tool in tools)
    assert all(tool["_meta"]["slack"]["supportsBlockKit"] for tool in tools)


def test_who_may_not_ask_in_slack_may_not_call(store: Store) -> None:
    few = SlackbotAccess(SECRET, teams=("T0LAB",), users=("U0ADA",))
    with Served(site(store, slackbot=few)) as served:
        assert post(served, SEARCH, signed(SEARCH)).status_code == 200
        others: list[Any] = [{**USER, "user_id": "U0BEN"}, {**USER, "team_id": "T0ELSE"}, {}, None, ["U0ADA"]]
        for user in others:
            body = call("search", {"words": "walks"}, user)
            assert post(served, body, signed(body)).status_code == 403
        body = b'{"jsonrpc": "2.0", "id": 1, "method": "ping"}'  # it names nobody
        assert post(served, body, signed(body)).status_code == 200


def cells(block: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for row in block["rows"]:
        yield from row


def text_of(cell: dict[str, Any]) -> str:
    return cell["text"] if "text" in cell else cell["elements"][0]["elements"][0]["text"]


def check_table(block: dict[str, Any]) -> None:
    """What Slack's pages say of a data_table."""
    assert set(block) == {"type", "caption", "page_size", "rows"}
    assert (block["type"], bool(block["caption"])) == ("data_table", True)
    assert 1 <= block["page_size"] <= 100
    assert 2 <= len(block["rows"]) <= 201
    assert len({len(row) for row in block["rows"]}) == 1
    assert {cell["type"] for cell in block["rows"][0]} == {"raw_text"}
    for cell in cells(block):
        assert cell["type"] in ("raw_text", "raw_number", "rich_text")
        assert text_of(cell)
        if cell["type"] == "rich_text":
            assert cell["elements"][0]["elements"][0]["url"].startswith("https://")
    assert sum(len(text_of(cell)) for cell in cells(block)) <= 20_000


@pytest.mark.parametrize(
    ("name", "arguments", "rows"),
    [
        ("search", {"words": "walks", "limit": 20}, 20),
        ("search", {"words": "alert", "among": "editions"}, 1),
        ("find_similar", {"like": "hep-th/9711200", "limit": 5}, 5),
        ("list_editions", {"limit": 20}, 20),
    ],
)
def test_lists_come_as_a_table_beside_their_text(
    closed: Served, name: str, arguments: dict[str, Any], rows: int
) -> None:
    answer = result(closed, call(name, arguments))
    (block,) = answer["_meta"]["slack"]["blocks"]
    check_table(block)
    assert len(block["rows"]) == rows + 1
    assert answer["content"][0]["text"]
    assert answer["structuredContent"]


@pytest.mark.parametrize(
    ("name", "arguments"),
    [("search", {"words": "zebrafish"}), ("read_paper", {"id": "2603.00002"}), ("list_topics", {}), ("search", {})],
)
def test_what_words_say_as_well_comes_in_words(closed: Served, name: str, arguments: dict[str, Any]) -> None:
    assert "_meta" not in result(closed, call(name, arguments))


def test_a_table_of_the_longest_papers_stays_within_the_limits() -> None:
    paper = {
        "id": "1", "title": "x" * 400, "authors": ["y" * 80] * 10, "published": "2026-01-01",
        "page": None, "url": "http://plain.example",
    }  # fmt: skip
    (block,) = create_blocks({"papers": [paper] * 20})
    check_table(block)


def test_it_is_configured_with_the_signing_secret_and_who_may_ask(tmp_path: Path) -> None:
    section = {"slackbot": True, "teams": ["T0LAB"], "users": ["U0ADA"]}
    config = Config.model_validate(
        {"store": {"path": tmp_path / "p.db"}, "source": {"kind": "sample"}, "slack": section}
    )
    with open_app(config, {}) as app, pytest.raises(ConfigError, match="SLACK_SIGNING_SECRET is not set"):
        make_web_settings(app)
    with open_app(config, {"SLACK_SIGNING_SECRET": SECRET}) as app:
        assert make_web_settings(app).slackbot == SlackbotAccess(SECRET, ("T0LAB",), ("U0ADA",))
    with open_app(config.model_copy(update={"slack": SlackSection()}), {}) as app:
        assert make_web_settings(app).slackbot is None
