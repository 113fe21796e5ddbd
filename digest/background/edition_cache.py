"""Edition cache: the last few editions, decoded once for all their deliveries."""

from __future__ import annotations

import threading

from store import Store
from store.records.editions import Edition
from store.tables.deliveries import MAIL_TOPICS


class EditionCache:
    def __init__(self, store: Store, most: int = MAIL_TOPICS) -> None:
        self._store = store
        self._most = most
        self._lock = threading.Lock()
        self._kept: dict[str, Edition] = {}

    def get(self, id_: str) -> Edition | None:
        with self._lock:
            if id_ not in self._kept and (found := self._store.editions.get(id_)):
                self._kept[id_] = found
                while len(self._kept) > self._most:
                    del self._kept[next(iter(self._kept))]
            return self._kept.get(id_)
