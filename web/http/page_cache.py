"""The page cache: finished pages and feeds, kept compressed until what they were made of changes.

Invariant: a page is served only while its version is what it was when the page was made; memory is bounded, and
whoever was not asked for longest goes first.
"""

from __future__ import annotations

import gzip
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

MOST_BYTES = 48 * 2**20
_CONCURRENT_RENDERS = 2  # pages made side by side; decision 71
_RENDER_SLOT_TIMEOUT = 2.0  # seconds after which one is made all the same: another may wait for something outside


@dataclass(frozen=True)
class CachedPage:
    """version: of what it was made of, such as the store's revision. tag: its ETag; modified: when it changed last."""

    version: Hashable
    zipped: bytes
    tag: str
    modified: datetime | None = None

    @classmethod
    def of(cls, body: str | bytes, version: Hashable, *, tag: str = "", modified: datetime | None = None) -> CachedPage:
        """tag: else one of the body."""
        data = body if isinstance(body, bytes) else body.encode(errors="replace")
        return cls(version, gzip.compress(data, 6, mtime=0), tag or weak_etag(data), modified)


def weak_etag(body: bytes) -> str:
    """The ETag of a body, however it is encoded on its way."""
    return f'W/"{blake2b(body, digest_size=12).hexdigest()}"'


class PageCache:
    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._lock = threading.Lock()
        self._pages: OrderedDict[tuple[str, ...], CachedPage] = OrderedDict()
        self._bytes = 0
        self._makers = threading.Semaphore(_CONCURRENT_RENDERS)

    def get(self, key: tuple[str, ...], version: Hashable, make: Callable[[], CachedPage]) -> CachedPage:
        """The page under a key in this version; made where there is none."""
        if kept := self._find(key, version):
            return kept
        with self._render_slot():
            if kept := self._find(key, version):  # made by another while this one waited
                return kept
            made = make()
        self._put(key, made)
        return made

    def _find(self, key: tuple[str, ...], version: Hashable) -> CachedPage | None:
        with self._lock:
            kept = self._pages.get(key)
            if kept is None or kept.version != version:
                return None
            self._pages.move_to_end(key)
            return kept

    @contextmanager
    def _render_slot(self) -> Iterator[None]:
        """Few at a time: threads that all compute make each other wait, and every page that is ready, too."""
        got = self._makers.acquire(timeout=_RENDER_SLOT_TIMEOUT)
        try:
            yield
        finally:
            if got:
                self._makers.release()

    def _put(self, key: tuple[str, ...], made: CachedPage) -> None:
        with self._lock:
            if old := self._pages.pop(key, None):
                self._bytes -= len(old.zipped)
            self._pages[key] = made
            self._bytes += len(made.zipped)
            while self._bytes > self._most_bytes and len(self._pages) > 1:
                _, gone = self._pages.popitem(last=False)
                self._bytes -= len(gone.zipped)
