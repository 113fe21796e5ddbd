"""What is Anthropic's own: the request, the cache, thinking, stop reasons, the list of models."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import anthropic
import httpx2
import pytest

from digest.errors import ConfigError, ModelError
from digest.llm.anthropic import VENDOR_URL, anthropic_client, model_exists
from digest.llm.concurrency import ConcurrencyLimiter
from digest.ports import Document, Prompt
from tests.factories.llm import PROMPT, Paper, Wire, wire

MARK = {"type": "ephemeral"}


@pytest.fixture
def w() -> Iterator[Wire]:
    with wire("anthropic") as w:
        w.server.answer = lambda asked: {"problem": "hard", "method": "walk"} if asked["schema"] else "A text."
        yield w


def test_the_cacheable_parts_are_marked(w: Wire) -> None:
    w.model().write(PROMPT, role="summary", most_tokens=321)
    body = w.asked()
    assert body["system"] == [{"type": "text", "text": PROMPT.instructions, "cache_control": MARK}]
    assert body["messages"][0]["content"] == [
        {"type": "text", "text": PROMPT.shared, "cache_control": MARK},
        {"type": "text", "text": PROMPT.ask},
    ]


def test_only_the_vendors_models_are_granted_tokens_for_thinking_unseen(w: Wire) -> None:
    asked: list[dict[str, Any]] = []

    def refuse(request: httpx2.Request) -> httpx2.Response:
        asked.append(json.loads(request.content))
        return httpx2.Response(
            400, json={"type": "error", "error": {"type": "invalid_request_error", "message": "No."}}
        )

    with httpx2.Client(transport=httpx2.MockTransport(refuse)) as http:
        client = anthropic.Anthropic(api_key="x", base_url=VENDOR_URL, http_client=http)
        vendor = Wire("anthropic", w.server, client).model()
        with pytest.raises(ModelError):
            vendor.write(PROMPT, role="summary", most_tokens=321)
    w.model().write(PROMPT, role="summary", most_tokens=321)
    assert (asked[0]["max_tokens"], w.asked()["max_tokens"]) == (321 + 8_000, 321)
    assert asked[0]["output_config"] == w.asked()["output_config"] == {"effort": "low"}


def test_empty_parts_are_left_out(w: Wire) -> None:
    w.model(effort="").write(Prompt("", "Only this."), role="summary", most_tokens=9)
    assert "system" not in w.asked()
    assert "output_config" not in w.asked()
    assert w.asked()["messages"][0]["content"] == [{"type": "text", "text": "Only this."}]


def test_a_schema_goes_into_the_output_config(w: Wire) -> None:
    w.model().fill(PROMPT, Paper, role="summary", most_tokens=99)
    config = w.asked()["output_config"]
    assert config["effort"] == "low"
    assert config["format"]["type"] == "json_schema"


def test_a_server_without_a_cache_is_asked_without_marks(w: Wire) -> None:
    w.server.lacks = {"cache_control"}
    model = w.model()
    for _ in range(2):
        assert model.write(PROMPT, role="summary", most_tokens=50).value == "A text."
    assert len(w.server.log) == 3
    assert "cache_control" not in str(w.asked())


def test_cached_tokens_are_part_of_the_input(w: Wire) -> None:
    model = w.model()
    first = model.write(PROMPT, role="summary", most_tokens=50).usage
    second = model.write(PROMPT, role="summary", most_tokens=50).usage
    told = len(f"{PROMPT.instructions}\n\n{PROMPT.shared}\n\n{PROMPT.ask}") // 4
    assert first.input_tokens == second.input_tokens == told
    assert (first.cached_tokens, second.cached_tokens > 0) == (0, True)
    # Writing to the cache costs a quarter more than plain input, reading a tenth of it.
    plain = (told * 0.10 + first.output_tokens * 0.50) / 1e6
    assert first.usd > plain > second.usd


PAPERS = (
    Document(7, "Gears", "https://arxiv.org/abs/2501.00007", ("Gears wear.", "Oil helps by 12%."), "In short: oil."),
    Document(9, "Stones", "https://arxiv.org/abs/2501.00009", ("Stones rest.",)),
)
CITED = "Oil helps by 12% [7.2]. Stones rest, and gears wear [9.1][7.1]. Nothing else is known."


def test_papers_are_search_results_and_citations_come_back_as_markers(w: Wire) -> None:
    w.server.answer = lambda asked: CITED
    answer = w.model().write(replace(PROMPT, documents=PAPERS), role="synthesis", most_tokens=500)
    assert answer.value == CITED
    first, second, shared, ask = w.asked()["messages"][0]["content"]
    assert first == {
        "type": "search_result",
        "source": "https://arxiv.org/abs/2501.00007",
        "title": "[7] Gears",
        "content": [
            {"type": "text", "text": text} for text in ("Gears wear.", "Oil helps by 12%.", "Summary: In short: oil.")
        ],
        "citations": {"enabled": True},
    }
    assert (second["title"], shared["text"], ask["text"]) == ("[9] Stones", PROMPT.shared, PROMPT.ask)
    assert ["cache_control" in block for block in (first, second, shared, ask)] == [False, False, True, False]


def test_the_last_paper_is_marked_where_nothing_else_is_shared(w: Wire) -> None:
    w.server.answer = lambda asked: CITED
    w.model().write(replace(PROMPT, shared="", documents=PAPERS), role="synthesis", most_tokens=500)
    marks = ["cache_control" in block for block in w.asked()["messages"][0]["content"]]
    assert marks == [False, True, False]


def test_papers_are_never_cited_blocks_where_an_object_is_asked_for(w: Wire) -> None:
    model = w.model()
    model.fill(replace(PROMPT, documents=PAPERS), Paper, role="synthesis", most_tokens=500)
    w.server.lacks = {"schema"}
    w.server.answer = lambda asked: '{"problem": "hard", "method": "walk"}'
    model.fill(replace(PROMPT, documents=PAPERS), Paper, role="synthesis", most_tokens=500)
    assert len(w.server.log) == 3
    for asked in w.server.log:
        assert "search_result" not in str(asked["body"])
        assert "[7.2] Oil helps" in asked["prompt"]


def test_a_server_that_turns_search_results_down_gets_the_papers_as_text_in_calls_side_by_side(w: Wire) -> None:
    w.server.answer = lambda asked: CITED
    w.server.lacks = {"search_result"}
    model, prompt = w.model(), replace(PROMPT, documents=PAPERS)
    with ThreadPoolExecutor(6) as pool:
        jobs = [pool.submit(model.write, prompt, role="synthesis", most_tokens=500) for _ in range(6)]
        assert {job.result().value for job in jobs} == {CITED}
    assert "search_result" not in str(w.asked())


def test_a_server_of_another_name_and_one_that_cites_nothing_get_text(w: Wire) -> None:
    model, prompt = w.model(), replace(PROMPT, documents=PAPERS)
    for _ in range(2):
        model.write(prompt, role="synthesis", most_tokens=500)
    w.model(provider="llama").write(prompt, role="synthesis", most_tokens=500)
    assert ["search_result" in str(asked["body"]) for asked in w.server.log] == [True, False, False]


def test_an_overload_within_a_stream_is_busy_and_narrows(w: Wire) -> None:
    w.server.answer = lambda asked: "A text that is long enough to break off in the middle of it."
    w.server.fail("error:overloaded_error")
    limiter = ConcurrencyLimiter(8)
    usage = w.model(limiter=limiter).write(PROMPT, role="summary", most_tokens=50).usage
    assert usage.calls == 2
    assert limiter.width == 4


def test_a_day_of_retry_after_is_not_slept(w: Wire) -> None:
    w.server.fail("529:86400")
    with pytest.raises(ModelError, match="1440 minutes"):
        w.model().write(PROMPT, role="summary", most_tokens=50)
    assert w.waits == []


def test_an_unfinished_answer_leaves_the_dollars_unknown(w: Wire) -> None:
    w.server.answer = lambda asked: "A text that is long enough to break off in the middle of it."
    w.server.fail("ends-early")
    usage = w.model().write(PROMPT, role="summary", most_tokens=50).usage
    assert (usage.calls, usage.usd) == (2, None)


def test_a_key_goes_only_where_it_belongs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-of-the-vendor")
    monkeypatch.setenv("ANTHROPIC_AUTH_TOKEN", "token-of-the-vendor")
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://elsewhere.example")
    with anthropic_client("", "http://127.0.0.1:9") as own:
        assert str(own.base_url).startswith("http://127.0.0.1:9")
        assert (own.api_key, own.auth_token) == ("none", None)
    with anthropic_client("sk-ant-given") as vendor:
        assert str(vendor.base_url).rstrip("/") == VENDOR_URL
        assert vendor.max_retries == 0


def test_an_unusable_key_is_refused_before_any_call() -> None:
    with pytest.raises(ConfigError, match="ANTHROPIC_API_KEY"):
        anthropic_client("")


def test_a_model_is_there_or_not(w: Wire) -> None:
    w.server.models = {"claude-haiku-5-5"}
    assert model_exists(w.client, "claude-haiku-5-5") is True
    assert model_exists(w.client, "claude-9") is False
    w.server.lacks = {"models"}
    assert model_exists(w.client, "claude-haiku-5-5") is None


@pytest.mark.parametrize(("fault", "kind"), [("401", "refused_key"), ("html", "not_found"), ("reset", "down")])
def test_a_server_that_cannot_be_asked_is_named(w: Wire, fault: str, kind: str) -> None:
    w.server.fail(fault, match="/models")
    with pytest.raises(ModelError) as caught:
        model_exists(w.client, "claude-haiku-5-5")
    assert caught.value.kind == kind


def test_the_answer_hook_sees_what_was_asked(w: Wire) -> None:
    seen: list[Any] = []

    def answer(asked: Any) -> str:
        seen.append((asked["role"], asked["schema"], asked["prompt"]))
        return "A text."

    w.server.answer = answer
    w.model().write(PROMPT, role="summary", most_tokens=50)
    assert seen == [("", None, f"{PROMPT.instructions}\n\n{PROMPT.shared}\n\n{PROMPT.ask}")]
