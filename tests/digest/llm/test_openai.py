"""What is OpenAI's own: the request, compatible servers that know less of it, embeddings, the list of models."""

import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.errors import ConfigError, ModelError
from digest.llm.concurrency import ConcurrencyLimiter
from digest.llm.openai import VENDOR_URL, model_exists, openai_client
from digest.llm.openai_embeddings import OpenAIEmbedder, cut_to_tokens, estimate_text_tokens, split_batches
from digest.llm.pricing import PriceTable
from digest.ports import Prompt
from tests.factories.llm import PROMPT, Paper, Wire, wire

TEXTS = [
    "low-rank adaptation of diffusion models",
    "speech recognition with few labels",
    "low-rank diffusion adaptation",
]


@pytest.fixture
def w() -> Iterator[Wire]:
    with wire("openai") as w:
        w.server.answer = lambda asked: {"problem": "hard", "method": "walk"} if asked["schema"] else "A text."
        yield w


def embedder(w: Wire, **options: Any) -> OpenAIEmbedder:
    options = {
        "limiter": ConcurrencyLimiter(),
        "prices": PriceTable(),
        "deadline_seconds": 5.0,
        "wait": w.waits.append,
        **options,
    }
    return OpenAIEmbedder(w.client, options.pop("model_id", "text-embedding-3-large"), **options)


def failure(w: Wire, texts: list[str], **options: Any) -> ModelError:
    with pytest.raises(ModelError) as caught:
        embedder(w, **options).embed(texts)
    return caught.value


def test_the_request_has_the_stable_parts_first(w: Wire) -> None:
    w.model().write(PROMPT, role="summary", most_tokens=321)
    body = w.asked()
    assert body["messages"] == [
        {"role": "system", "content": PROMPT.instructions},
        {"role": "user", "content": f"{PROMPT.shared}\n\n{PROMPT.ask}"},
    ]
    assert body["max_completion_tokens"] == 321
    assert body["stream_options"] == {"include_usage": True}
    assert "max_tokens" not in body
    assert "reasoning_effort" not in body


def test_empty_parts_are_left_out(w: Wire) -> None:
    w.model().write(Prompt("", "Only this."), role="summary", most_tokens=9)
    assert w.asked()["messages"] == [{"role": "user", "content": "Only this."}]


def test_the_schema_is_strict(w: Wire) -> None:
    w.model().fill(PROMPT, Paper, role="summary", most_tokens=99)
    form = w.asked()["response_format"]
    assert form["type"] == "json_schema"
    assert form["json_schema"]["strict"] is True


@pytest.mark.parametrize("lacking", ["max_completion_tokens", "stream_options"])
def test_an_older_server_is_asked_in_older_words_from_then_on(w: Wire, lacking: str) -> None:
    w.server.lacks = {lacking}
    model = w.model()
    for _ in range(2):
        assert model.write(PROMPT, role="summary", most_tokens=50).value == "A text."
    assert len(w.server.log) == 3
    assert lacking not in w.asked()
    assert ("max_tokens" in w.asked()) == (lacking == "max_completion_tokens")


def test_a_server_that_counts_no_tokens_leaves_the_dollars_unknown(w: Wire) -> None:
    w.server.ignores = {"usage"}
    usage = w.model().write(PROMPT, role="summary", most_tokens=50).usage
    assert (usage.calls, usage.input_tokens, usage.usd) == (1, 0, None)


def test_a_prompt_too_long_for_the_model_is_told_apart_from_a_bad_one(w: Wire) -> None:
    w.server.answer = _refusing("This model's maximum context length is 4096 tokens, however you requested 9000.")
    with pytest.raises(ModelError) as caught:
        w.model().write(PROMPT, role="summary", most_tokens=50)
    assert (caught.value.kind, caught.value.permanent) == ("too_long", True)


def _refusing(words: str) -> Any:
    from tests.doubles.llm_server import Refused

    def answer(asked: Any) -> str:
        raise Refused(400, words)

    return answer


def test_a_name_of_a_provider_is_the_operators(w: Wire) -> None:
    model = w.model(provider="ollama", model_id="qwen3:8b")
    assert model.model == "ollama:qwen3:8b"
    w.server.fail("401")
    with pytest.raises(ModelError, match=r"ollama:qwen3:8b at http://127\.0\.0\.1.*Check the key of provider ollama"):
        model.write(PROMPT, role="summary", most_tokens=50)


def test_a_key_goes_only_where_it_belongs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-vendor")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://elsewhere.example/v1")
    with openai_client("", "http://127.0.0.1:9/v1") as own:
        assert str(own.base_url).startswith("http://127.0.0.1:9/v1")
        assert own.api_key == "none"
    with openai_client("sk-given") as vendor:
        assert str(vendor.base_url).rstrip("/") == VENDOR_URL
        assert vendor.max_retries == 0
    assert os.environ["OPENAI_API_KEY"] == "sk-of-the-vendor"


@pytest.mark.parametrize("key", ["", "  ", "sk-with blank", "sk-\nnew-line", "ключ"])
def test_an_unusable_key_is_refused_before_any_call_and_not_shown(key: str) -> None:
    with pytest.raises(ConfigError) as caught:
        openai_client(key)
    assert "OPENAI_API_KEY" in str(caught.value)
    assert not key.strip() or key not in str(caught.value)


def test_one_client_serves_many_threads(w: Wire) -> None:
    model = w.model(limiter=ConcurrencyLimiter(16), deadline_seconds=20)
    with ThreadPoolExecutor(16) as pool:
        jobs = [pool.submit(model.write, PROMPT, role="summary", most_tokens=50) for _ in range(48)]
        assert {job.result().value for job in jobs} == {"A text."}
    assert len(w.server.log) == 48


# --- embeddings


def test_rows_belong_to_their_texts_and_have_length_one(w: Wire) -> None:
    answer = embedder(w).embed(TEXTS)
    assert answer.value.dtype == np.float32
    assert answer.value.shape == (3, 256)
    assert np.allclose(np.linalg.norm(answer.value, axis=1), 1, atol=1e-6)
    assert answer.value[0] @ answer.value[2] > 0.5 > answer.value[0] @ answer.value[1]
    alone = embedder(w).embed(TEXTS[1:2]).value[0]
    assert np.allclose(answer.value[1], alone, atol=1e-6)  # the server answers in another order
    assert answer.usage.role == "embedding"
    assert answer.usage.usd == pytest.approx(answer.usage.input_tokens * 0.13 / 1e6)


@pytest.mark.parametrize("ignored", [set(), {"dimensions"}])
def test_dimensions_are_kept_to_also_where_the_server_ignores_them(w: Wire, ignored: set[str]) -> None:
    w.server.ignores = ignored
    model = embedder(w, dimensions=64)
    vectors = model.embed(TEXTS).value
    assert model.model == "openai:text-embedding-3-large@64"
    assert w.asked()["dimensions"] == 64
    assert vectors.shape == (3, 64)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)


def test_without_dimensions_none_are_asked_for(w: Wire) -> None:
    model = embedder(w)
    model.embed(TEXTS)
    assert model.model == "openai:text-embedding-3-large"
    assert "dimensions" not in w.asked()


def test_fewer_dimensions_than_configured_are_refused(w: Wire) -> None:
    w.server.ignores, w.server.dimensions = {"dimensions"}, 32
    error = failure(w, TEXTS, dimensions=64)
    assert (error.kind, error.permanent) == ("bad_request", True)
    assert "32 dimensions; 64 are configured" in error.message


def test_blank_texts_are_zero_rows_and_are_not_sent(w: Wire) -> None:
    vectors = embedder(w).embed(["", TEXTS[0], " \n"]).value
    assert len(w.asked()["input"]) == 1
    assert not vectors[[0, 2]].any()
    assert vectors[1].any()


def test_nothing_to_embed_costs_nothing(w: Wire) -> None:
    answer = embedder(w, dimensions=64).embed(["", " "])
    assert answer.value.shape == (2, 64)
    assert (answer.usage.calls, answer.usage.usd) == (0, 0.0)
    assert embedder(w).embed([]).value.shape[0] == 0
    assert w.server.log == []


@pytest.mark.parametrize(
    ("fault", "kind"),
    [("ends-early", "malformed"), ("empty", "malformed"), ("html", "not_found"), ("body:{}", "malformed"),
     ("body:[1,2]", "malformed"), ('body:{"data": [{"index": 0, "embedding": ["x"]}]}', "malformed"),
     ('body:{"data": [{"index": 0, "embedding": [1e999]}]}', "malformed"), ("body:{broken", "malformed"),
     ("404", "not_found"), ("501", "bad_request"), ("401", "refused_key"), ("quota", "quota")],
)  # fmt: skip
def test_an_answer_that_is_none_is_an_error_and_no_vector(w: Wire, fault: str, kind: str) -> None:
    w.server.fail(*[fault] * 4)
    error = failure(w, TEXTS[:1])
    assert error.kind == kind
    assert error.message.startswith("openai:text-embedding-3-large")


def test_embedding_hangs_end_at_the_deadline(w: Wire) -> None:
    w.server.fail("hang")
    assert failure(w, TEXTS, deadline_seconds=0.3).kind == "slow"


def test_embedding_is_tried_again(w: Wire) -> None:
    w.server.fail("500", "429:0.05", "reset")
    assert embedder(w).embed(TEXTS).value.shape == (3, 256)
    assert embedder(w).embed(TEXTS).usage.calls == 1


def test_usage_may_be_missing_from_embeddings(w: Wire) -> None:
    w.server.ignores = {"usage"}
    usage = embedder(w).embed(TEXTS).usage
    assert (usage.calls, usage.usd) == (1, None)


def test_many_texts_go_out_in_several_requests(w: Wire) -> None:
    texts = [f"paper {number} about pebbles" for number in range(300)]
    answer = embedder(w).embed(texts)
    assert [len(call["body"]["input"]) for call in w.server.log] == [256, 44]
    assert answer.usage.calls == 2
    assert answer.value.shape == (300, 256)


@given(st.text(max_size=300), st.integers(1, 60))
@settings(max_examples=80, deadline=None)
def test_bounded_texts_are_beginnings_that_fit(text: str, most: int) -> None:
    kept, cut = cut_to_tokens(text, most)
    assert text.startswith(kept)
    assert cut == (kept != text)
    assert estimate_text_tokens(kept) <= most
    if cut:
        assert estimate_text_tokens(text[: len(kept) + 1]) > most


def test_a_bound_counts_every_script() -> None:
    assert estimate_text_tokens("a" * 300) == 100
    assert estimate_text_tokens("論" * 100) == 150
    assert not cut_to_tokens("An abstract of two thousand characters. " * 50)[1]
    assert cut_to_tokens("論文" * 10_000)[1]


@given(st.lists(st.integers(1, 300_000), max_size=20))
@settings(max_examples=40, deadline=None)
def test_batches_keep_order_and_bounds(sizes: list[int]) -> None:
    texts = [(number, "a" * size) for number, size in enumerate(sizes)]
    found = list(split_batches(texts))
    assert [text for batch in found for text in batch] == texts
    assert all(len(batch) == 1 or sum(estimate_text_tokens(text) for _, text in batch) <= 200_000 for batch in found)


# --- the list of models


def test_a_model_is_there_or_not(w: Wire) -> None:
    w.server.models = {"gpt-5.4-mini", "llama3:latest"}
    assert model_exists(w.client, "gpt-5.4-mini") is True
    assert model_exists(w.client, "gpt-9") is False
    assert model_exists(w.client, "llama3", provider="ollama") is True


def test_a_server_without_a_list_does_not_tell(w: Wire) -> None:
    w.server.lacks = {"models"}
    assert model_exists(w.client, "any") is None


@pytest.mark.parametrize(("fault", "kind"), [("401", "refused_key"), ("html", "not_found"), ("reset", "down")])
def test_a_server_that_cannot_be_asked_is_named(w: Wire, fault: str, kind: str) -> None:
    w.server.fail(fault, match="/models")
    with pytest.raises(ModelError) as caught:
        model_exists(w.client, "gpt-5.4-mini")
    assert caught.value.kind == kind


def test_the_stand_in_speaks_as_a_process_too() -> None:
    import subprocess
    import sys
    import urllib.request

    command = [sys.executable, "-m", "tests.doubles.llm_server", "--latency", "embedding=0.01"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            urls = json.loads(process.stdout.readline())
            with openai_client("x", urls["openai"]) as client:
                OpenAIEmbedder(client, "m", limiter=ConcurrencyLimiter(), prices=PriceTable()).embed(TEXTS)
            with urllib.request.urlopen(f"{urls['anthropic']}/log") as log:
                assert [call["role"] for call in json.load(log)] == ["embedding"]
        finally:
            process.terminate()


def test_calls_that_share_their_beginning_say_so_where_the_server_takes_it(w: Wire) -> None:
    model, prompt = w.model(), replace(PROMPT, cache_key="edition-1")
    model.write(prompt, role="synthesis", most_tokens=500)
    assert w.asked()["prompt_cache_key"] == "edition-1"
    w.server.lacks = {"prompt_cache_key"}
    for _ in range(2):
        model.write(prompt, role="synthesis", most_tokens=500)
    assert "prompt_cache_key" not in w.asked()
    assert len(w.server.log) == 4
    model.write(PROMPT, role="synthesis", most_tokens=500)
    assert "prompt_cache_key" not in w.asked()
