"""The built-in embedder: real weights, no network, unit rows."""

from __future__ import annotations

import logging
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.extractive.embedder import WordLlamaEmbedder

EMBEDDER = WordLlamaEmbedder()


def test_rows_are_float32_of_length_one_and_near_where_meaning_is_near() -> None:
    answer = EMBEDDER.embed(
        ["diffusion models draw images", "text-to-image generation by denoising", "tax law in Portugal"]
    )
    vectors = answer.value
    assert (vectors.shape, vectors.dtype) == ((3, 256), np.float32)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.1
    assert (answer.usage.role, answer.usage.model, answer.usage.usd) == ("embedding", "builtin:wordllama-256", 0.0)


def test_a_text_without_a_word_is_a_zero_row() -> None:
    vectors = EMBEDDER.embed(["", " \n", "...!?", "word", "\x00\x01"]).value
    assert [bool(row.any()) for row in vectors] == [False, False, False, True, False]
    assert EMBEDDER.embed([]).value.shape == (0, 256)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(max_size=40), max_size=5))
def test_any_text_gives_a_unit_row_or_a_zero_row(texts: list[str]) -> None:
    vectors = EMBEDDER.embed(texts).value
    lengths = np.linalg.norm(vectors, axis=1)
    assert np.all(np.isclose(lengths, 1, atol=1e-4) | (lengths == 0))


def test_a_vector_does_not_depend_on_its_company() -> None:
    alone = EMBEDDER.embed(["quantum error correction"]).value[0]
    together = EMBEDDER.embed(["long " * 30_000, "quantum error correction", "x"]).value[1]
    assert np.array_equal(alone, together)


def test_threads_share_one_model_and_get_the_same_vectors() -> None:
    texts = ["dark matter halos", "speech recognition"]
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda _: WordLlamaEmbedder().embed(texts).value, range(16)))
    assert all(np.array_equal(results[0], other) for other in results)


def test_loading_opens_no_connection_leaves_logging_alone_and_waits_for_the_first_text() -> None:
    """In a process of its own, where every socket is an error and nothing was loaded before."""
    program = """
        import logging, socket, sys
        def refuse(*a, **k): raise AssertionError("a connection was tried")
        socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse
        from digest.extractive.embedder import WordLlamaEmbedder
        WordLlamaEmbedder().embed([""])
        assert "tokenizers" not in sys.modules
        assert WordLlamaEmbedder().embed(["one", "two"]).value.any()
        assert logging.getLogger().handlers == [] and logging.getLogger().level == logging.WARNING
        assert not {"huggingface_hub", "safetensors", "wordllama"} & set(sys.modules)
        print("done")
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == ("done", "")


def test_this_process_kept_its_logging() -> None:
    EMBEDDER.embed(["word"])
    assert not any(type(handler) is logging.StreamHandler for handler in logging.getLogger().handlers)
