"""Built-in embedding model: wordllama's token vectors, averaged. No key, no network, no GPU.

Invariant: the weights and the tokenizer come from the installed package alone; nothing here ever opens a connection.
The same text gives the same vector in every process, whatever the batch it came in.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Sequence

import numpy as np

from digest.errors import ModelError
from digest.extractive.token_vectors import TokenVectors, find_wordllama, load_token_vectors
from digest.ports import Answer, Vectors
from store.records.editions import Usage
from store.records.lazy_text import lazy_gettext

MODEL = "builtin:wordllama-256"
_DIMENSIONS = 256
_CHARACTERS = 20_000  # of one text; abstracts have under 2,000
_TOKENS = 4_096  # of one text, so that its token vectors never take more than 4 MB
_WORD = re.compile(r"[^\W_]")
_load_lock = threading.Lock()
_loaded: list[TokenVectors] = []  # at most one: the process's only copy of them (70 MB)


class WordLlamaEmbedder:
    """An `Embedder` of 256 dimensions. Costs nothing until the first text."""

    model = MODEL

    def embed(self, texts: Sequence[str]) -> Answer[Vectors]:
        started = time.monotonic()
        vectors = np.zeros((len(texts), _DIMENSIONS), dtype=np.float32)
        if any(_WORD.search(text) for text in texts):
            _embed_into(vectors, texts, _get_token_vectors())
        seconds = time.monotonic() - started
        return Answer(vectors, Usage("embedding", MODEL, seconds=seconds))


def _embed_into(vectors: Vectors, texts: Sequence[str], token_vectors: TokenVectors) -> None:
    """One text at a time: as fast as in batches (measured), and no long text pads the others."""
    for row, text in enumerate(texts):
        if _WORD.search(text):
            vectors[row] = _scale_to_unit(token_vectors.average(text[:_CHARACTERS], _TOKENS))


def _scale_to_unit(vector: Vectors) -> Vectors:
    length = float(np.linalg.norm(vector))
    return vector / np.float32(length) if length > 0 else vector


def _get_token_vectors() -> TokenVectors:
    with _load_lock:
        if not _loaded:
            _loaded.append(_load())
        return _loaded[0]


def _load() -> TokenVectors:
    try:
        return load_token_vectors(find_wordllama())
    except (ImportError, OSError, ValueError) as error:
        message = lazy_gettext("The built-in embedding model cannot be loaded: {error}.", error=str(error))
        raise ModelError(message, hint=lazy_gettext("Reinstall the package wordllama."), permanent=True) from error
