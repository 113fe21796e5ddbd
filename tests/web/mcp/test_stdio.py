"""The MCP server, driven by the SDK's own client over stdio, as an assistant drives it."""

import os
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

from digest.run_context import STAGES
from store import Store
from tests.factories.api import fill
from web.mcp.text import MOST_TEXT, limit_answer

QUESTION = "LoRA for image generation"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with Store.open(tmp_path / "p.db") as store:
        fill(store)
    return tmp_path


@asynccontextmanager
async def served(folder: Path, *options: str, **environment: str) -> AsyncIterator[Client]:
    own = {key: value for key, value in os.environ.items() if not key.startswith("PAPERROUTE_")}
    own |= {"PAPERROUTE_STORE__PATH": str(folder / "p.db"), "PAPERROUTE_SOURCE__KIND": "sample"} | environment
    server = StdioServerParameters(
        command=sys.executable, args=["-m", "paperroute", "mcp", *options], env=own, cwd=folder
    )
    with (folder / "stderr.txt").open("w") as errors:
        async with Client(stdio_client(server, errlog=errors)) as client:
            yield client


def talk(folder: Path, ask: Callable[[Client], Awaitable[Any]], *options: str) -> Any:
    """What a conversation with a new server brings. The server writes nothing but the protocol, and no complaint."""

    async def conversation() -> Any:
        async with served(folder, *options) as client:
            return await ask(client)

    found = anyio.run(conversation)
    assert "Traceback" not in (folder / "stderr.txt").read_text()
    return found


def calls(folder: Path, *wanted: tuple[str, dict[str, Any]]) -> list[tuple[bool, str]]:
    """(failed, text) for each of the calls."""

    async def ask(client: Client) -> list[tuple[bool, str]]:
        made = [await client.call_tool(name, arguments) for name, arguments in wanted]
        return [(bool(result.is_error), "".join(part.text for part in result.content)) for result in made]

    return talk(folder, ask)


def test_the_tools_are_named_described_and_say_which_only_read(folder: Path) -> None:
    tools = talk(folder, lambda client: client.list_tools()).tools
    assert [(tool.name, tool.annotations.read_only_hint) for tool in tools] == [
        ("search", True), ("read_edition", True), ("list_editions", True), ("list_topics", True),
        ("find_similar", True), ("read_paper", False), ("ask", False),
    ]  # fmt: skip
    assert all(tool.description for tool in tools)
    assert tools[0].input_schema["properties"]["limit"]["maximum"] == 20
    reading = talk(folder, lambda client: client.list_tools(), "--read-only").tools
    assert "ask" not in [tool.name for tool in reading]


def test_what_a_search_finds_can_be_read(folder: Path) -> None:
    papers, editions, paper, edition, latest = calls(
        folder,
        ("search", {"words": "walks", "limit": 3}),
        ("search", {"words": "speech recognition", "among": "editions"}),
        ("read_paper", {"id": "2603.00002"}),
        ("read_edition", {"id": "on-device"}),
        ("read_edition", {"id": "latest"}),
    )
    assert not any(failed for failed, _ in (papers, editions, paper, edition, latest))
    assert papers[1].count("Walks of length") == 3
    assert "on-device" in editions[1]
    assert "walks-2026-03-02 (digest, 2026-03-02" in paper[1]
    assert "https://arxiv.org/abs/2603.00002" in paper[1]
    assert edition[1].startswith("# How is speech recognition made small")


def test_papers_are_found_by_meaning_and_by_what_names_them(folder: Path) -> None:
    named, unknown, several, misspelt, left_out, read = calls(
        folder,
        ("search", {"words": "arXiv:2603.00002v4"}),
        ("search", {"words": "2401.12345"}),
        ("search", {"words": "2603.00002, 2401.12345, 2603.00003"}),
        ("search", {"words": "lenght"}),
        ("search", {"words": "walks -random", "sort": "date"}),
        ("read_paper", {"id": "https://arxiv.org/abs/2603.00002v1"}),
    )
    assert named[1].startswith("2603.00002 (")
    assert unknown[1] == "The archive does not have arXiv:2401.12345. read_paper asks arXiv for it."
    assert [line[:10] for line in several[1].splitlines()[::3]] == ["2603.00002", "2603.00003", "The archiv"]
    assert unknown[1] in several[1]
    assert "Did you mean: length?" in misspelt[1]
    assert "Walks of length" not in left_out[1]
    assert read[1].startswith("2603.00002 (")


def test_hostile_texts_come_without_control_characters(folder: Path) -> None:
    read, found = calls(
        folder, ("read_edition", {"id": "hostile"}), ("search", {"words": "alert", "among": "editions"})
    )
    for _, text in (read, found):
        assert not set(text) & {"\x1b", "\x07", "\x00", "\u202e", "\u2066"}


WRONG = [
    ("read_edition", {"id": "none"}, "There is no edition “none”."),
    ("read_edition", {"id": "on-device", "offset": 10_000_000}, "behind its end"),
    ("read_edition", {"id": "on-device", "offset": -1}, "offset"),
    ("read_paper", {"id": "2603.99999"}, "no paper “2603.99999”"),
    ("read_paper", {}, "id"),
    ("search", {"words": ""}, "words"),
    ("search", {"words": "x", "limit": 1000}, "limit"),
    ("search", {"words": "x", "among": "people\nand"}, "among"),
    ("ask", {"question": "?!"}, "The question holds no word."),
    ("ask", {"question": "the of and"}, "Ask in other words"),
    ("ask", {"question": QUESTION, "since": "2025", "until": "2024"}, "since 2025 and until 2024"),
    ("ask", {"question": QUESTION, "categories": ["cs.CX"]}, "“cs.CX” is no category of arXiv. Did you mean"),
    ("ask", {"question": QUESTION, "authors": ["99"]}, "is no author’s name"),
    ("ask", {"question": QUESTION, "exclude": ["x"] * 21}, "exclude"),
    ("delete", {}, "delete"),
]


def test_what_cannot_be_done_is_a_tool_error_in_one_line(folder: Path) -> None:
    answers = calls(folder, *((name, arguments) for name, arguments, _ in WRONG))
    for (failed, text), (_, _, said) in zip(answers, WRONG, strict=True):
        assert failed
        assert said in text
        assert "\n" not in text


def test_an_assistant_narrows_a_question(folder: Path) -> None:
    limits = {"since": "2024", "until": "2024-12", "categories": ["cs"], "authors": [], "exclude": ["speech"]}
    tools = talk(folder, lambda client: client.list_tools()).tools
    described = tools[-1].input_schema
    assert set(limits) <= set(described["properties"])
    assert described["required"] == ["question"]
    ((failed, text),) = calls(folder, ("ask", {"question": QUESTION, **limits}))
    assert failed == text.startswith("No paper") or text.startswith("Edition ")


def test_words_that_are_nowhere_are_no_error(folder: Path) -> None:
    for failed, text in calls(folder, *(("search", {"words": query}) for query in ("zebrafish", "?!", '"'))):
        assert not failed
        assert text.startswith("No papers have all of these words.")


def test_ask_makes_a_survey_that_is_kept_and_tells_its_progress(folder: Path) -> None:
    told: list[tuple[float, float | None, str | None]] = []

    async def progress(done: float, total: float | None, message: str | None) -> None:
        told.append((done, total, message))

    made = talk(folder, lambda client: client.call_tool("ask", {"question": QUESTION}, progress_callback=progress))
    assert not made.is_error
    text = made.content[0].text
    with Store.open(folder / "p.db") as store:
        edition = store.editions.get(text.split("\n")[0].removeprefix("Edition "))
    assert edition is not None
    assert edition.question == QUESTION
    assert "https://arxiv.org/abs/" in text
    assert str(told[0][2]).startswith("queries")
    assert {total for _, total, _ in told} == {float(len(STAGES))}


def test_long_texts_are_cut_at_lines_and_can_be_read_to_the_end() -> None:
    text = "".join(f"line {n}, {'x' * (n % 90)}\n" for n in range(3_000))
    offset, read = 0, ""
    while True:
        piece = limit_answer(text, offset)
        assert len(piece) < MOST_TEXT + 100
        body, _, rest = piece.partition("\n[")
        read += body
        if not rest:
            break
        assert body.endswith("\n")
        offset = int(rest.split("offset ")[1].rstrip(".]"))
    assert read == text


def test_a_line_longer_than_an_answer_is_cut_too() -> None:
    assert limit_answer("x" * 2 * MOST_TEXT).startswith("x" * MOST_TEXT + "\n[24,000 more")


def run(folder: Path, said: str, **environment: str) -> subprocess.CompletedProcess[str]:
    own = os.environ | {"PAPERROUTE_STORE__PATH": str(folder / "p.db")} | environment
    command = [sys.executable, "-m", "paperroute", "mcp"]
    return subprocess.run(command, input=said, env=own, cwd=folder, capture_output=True, text=True, check=False)


def test_it_ends_with_its_client_and_says_nothing_of_its_own(folder: Path) -> None:
    ended = run(folder, "this is no message of the protocol\n")
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


def test_a_store_that_cannot_be_opened_is_one_line(folder: Path) -> None:
    ended = run(folder, "", PAPERROUTE_STORE__PATH="/proc/none/p.db")
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (1, "", 1)
    assert ended.stderr.startswith("paperroute: ")
