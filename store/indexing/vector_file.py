"""Vector file: the blocks of codes of one model, in a file beside the store that all processes map into memory.

Invariant: it only repeats what the store holds, and may be deleted at any time. It grows by whole blocks at places that
follow from their number; a block's check is written last, after the rest is on the disk. That of another archive, model
or version is replaced in one step, never changed, and none is ever shortened: others have it mapped.
"""

from __future__ import annotations

import os
import stat
from hashlib import sha256
from io import FileIO
from pathlib import Path

import numpy as np

from store.db.file_replacement import replace_file
from store.indexing.vector_codes import Blocks, block_type, check_of

_FORMAT = "Paper Route vector codes 1"  # decision 234
_HEAD_BYTES = 4_096


class VectorFile:
    """archive: what tells the archive from every other."""

    def __init__(self, store: Path, archive: str, model: str, length: int) -> None:
        self.path = store.with_name(f"{store.name}-vectors-{sha256(model.encode()).hexdigest()[:8]}")
        self._store = store
        self._kind = block_type(length)
        identity = sha256(f"{archive}\n{model}\n{length}".encode()).hexdigest()
        self._head = f"{_FORMAT}\n{identity}\n".encode().ljust(_HEAD_BYTES, b"\0")

    def blocks(self, known: int = 0) -> list[Blocks]:
        """Those that are whole, each of shape (1,), up to the first that is not; of the first `known` it is known.
        Raises OSError where it is not there.
        """
        with self.path.open("rb") as file:
            count = (os.fstat(file.fileno()).st_size - _HEAD_BYTES) // self._kind.itemsize
            if file.read(_HEAD_BYTES) != self._head or count < 1:
                return []
            mapped = np.memmap(file, self._kind, "r", _HEAD_BYTES, (count,))
        parts = [mapped[at : at + 1].view(np.ndarray) for at in range(count)]
        whole = next((at for at in range(known, count) if not _is_whole(parts[at])), count)
        return parts[:whole]

    def write(self, at: int, block: Blocks) -> None:
        """Put a block in its place. Raises OSError."""
        if not self._is_ours():
            mode = stat.S_IMODE(self._store.stat().st_mode) if self._store.exists() else 0o600
            replace_file(self.path, lambda part: part.write_bytes(self._head), mode)
        place = _HEAD_BYTES + at * self._kind.itemsize
        check = self._kind["check"].itemsize
        with self.path.open("r+b", buffering=0) as file:
            _write_at(file, place, bytes(check))
            _write_at(file, place + check, block.tobytes()[check:])
            os.fsync(file.fileno())
            _write_at(file, place, block.tobytes()[:check])

    def _is_ours(self) -> bool:
        try:
            with self.path.open("rb") as file:
                return file.read(_HEAD_BYTES) == self._head
        except FileNotFoundError:
            return False


def _write_at(file: FileIO, place: int, data: bytes) -> None:
    file.seek(place)
    left = memoryview(data)
    while left:
        left = left[file.write(left) :]


def _is_whole(block: Blocks) -> bool:
    return bool(block[0]["check"] == check_of(block[0]))
