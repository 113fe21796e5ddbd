"""Wordllama's table of token vectors and its tokenizer, read from the data files of the installed package.

Invariant: no code of wordllama's runs, so that any processor and any Python will do; nothing here opens a connection.
The table is 16 MB of float16 in its file, 32 MB of float32 here: converted by the text, embedding takes a third longer.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from digest.ports import Vectors

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_WEIGHTS = Path("weights", "l2_supercat_256.safetensors")
_TOKENIZER = Path("tokenizers", "l2_supercat_tokenizer_config.json")
_SHAPE = (32_000, 256)


@dataclass(frozen=True)
class TokenVectors:
    table: Vectors
    tokenizer: Tokenizer

    def average(self, text: str, tokens: int) -> Vectors:
        """The mean of the vectors of the text's first so many tokens, float32 of shape (256,)."""
        ids = self.tokenizer.encode(text, add_special_tokens=False).ids[:tokens]
        mean: Vectors = self.table[ids].mean(axis=0)
        return mean


def load_token_vectors(folder: Path) -> TokenVectors:
    """From wordllama's folder; OSError where a file is missing, ValueError where one is not what it should be."""
    return TokenVectors(_read_table(folder / _WEIGHTS), _load_tokenizer(folder / _TOKENIZER))


def find_wordllama() -> Path:
    """The folder that wordllama is installed in, found without importing it."""  # decision 195
    spec = find_spec("wordllama")
    if spec is None or spec.origin is None:
        raise ImportError("No module named 'wordllama'")
    return Path(spec.origin).parent


def _read_table(path: Path) -> Vectors:
    """A safetensors file: the header's length in 8 bytes, the header as JSON, then the numbers."""
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        header = file.read(length) if length < 1_000 else b""
    start, size = 8 + length, 2 * _SHAPE[0] * _SHAPE[1]
    entry = {"dtype": "F16", "shape": list(_SHAPE), "data_offsets": [0, size]}
    if not header or json.loads(header) != {"embedding.weight": entry} or path.stat().st_size != start + size:
        raise ValueError(f"{path} does not hold {_SHAPE[0]} vectors of {_SHAPE[1]} numbers")
    return np.memmap(path, np.dtype("<f2"), "r", start, _SHAPE).astype(np.float32, subok=False)


def _load_tokenizer(path: Path) -> Tokenizer:
    from tokenizers import Tokenizer  # noqa: PLC0415 - 10 MB that `paperroute history` should not pay

    text = path.read_text(encoding="utf-8")
    try:
        tokenizer = Tokenizer.from_str(text)
    except Exception as error:  # the library raises nothing narrower
        raise ValueError(f"{path} is no tokenizer: {error}") from error
    tokenizer.no_truncation()
    return tokenizer
