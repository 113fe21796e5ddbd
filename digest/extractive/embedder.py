"""Built-in embedding model: wordllama's token vectors, averaged. No key, no network, no GPU.

Invariant: the weights and the tokenizer come from the installed package alone; nothing here ever opens a connection.
The same text gives the same vector in every process, whatever the batch it came in.
"""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from digest.errors import ModelError
from digest.ports import Answer, Vectors
from store.records.editions import Usage
from store.records.lazy_text import lazy_gettext

MODEL = "builtin:wordllama-256"
_DIMENSIONS = 256
_CHARACTERS = 20_000  # of one text; abstracts have under 2,000
_TOKENS = 4_096  # of one text, so that its token vectors never take more than 4 MB
_WORD = re.compile(r"[^\W_]")
_load_lock = threading.Lock()
_loaded: list[Any] = []  # at most one: the process's only copy of the weights (32 MB)


class WordLlamaEmbedder:
    """An `Embedder` of 256 dimensions. Costs nothing until the first text."""

    model = MODEL

    def embed(self, texts: Sequence[str]) -> Answer[Vectors]:
        started = time.monotonic()
        vectors = np.zeros((len(texts), _DIMENSIONS), dtype=np.float32)
        if any(_WORD.search(text) for text in texts):
            _embed_into(vectors, texts, _get_wordllama())
        seconds = time.monotonic() - started
        return Answer(vectors, Usage("embedding", MODEL, seconds=seconds))


def _embed_into(vectors: Vectors, texts: Sequence[str], wordllama: Any) -> None:
    """One text at a time: as fast as in batches (measured), and no long text pads the others."""
    for row, text in enumerate(texts):
        if _WORD.search(text):
            ids = wordllama.tokenizer.encode(text[:_CHARACTERS], add_special_tokens=False).ids[:_TOKENS]
            vectors[row] = _scale_to_unit(wordllama.embedding[ids].mean(axis=0))


def _scale_to_unit(vector: Vectors) -> Vectors:
    length = float(np.linalg.norm(vector))
    return vector / np.float32(length) if length > 0 else vector


def _get_wordllama() -> Any:
    with _load_lock:
        if not _loaded:
            _loaded.append(_load_wordllama())
        return _loaded[0]


def _load_wordllama() -> Any:
    try:
        with _preserve_logging():
            import wordllama  # noqa: PLC0415 - half a second and 30 MB that `paperroute history` should not pay
        # Without this folder it looks in `tokenizer/`, ships `tokenizers/`, and then tries to download.
        folder = Path(wordllama.__file__).parent
        return wordllama.WordLlama.load(cache_dir=folder, disable_download=True)
    except (ImportError, OSError) as error:
        message = lazy_gettext("The built-in embedding model cannot be loaded: {error}.", error=str(error))
        raise ModelError(message, hint=lazy_gettext("Reinstall the package wordllama."), permanent=True) from error


@contextmanager
def _preserve_logging() -> Iterator[None]:
    """Wordllama calls logging.basicConfig when imported; how this program logs is not its to say."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
