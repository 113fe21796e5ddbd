"""The reading list: the papers that a reader keeps, those not seen yet first, the newest first.

Invariant: a paper is on it from "keep" until that is taken back, whatever else is said of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from store import Store
from store.records.editions import Paper
from store.records.feedback import Reader


@dataclass(frozen=True)
class ReadingListItem:
    paper: Paper
    topics: tuple[str, ...]  # slugs; in which it was kept
    kept_at: datetime
    is_seen: bool


def reading_list(store: Store, reader: Reader, *, with_seen: bool = True) -> list[ReadingListItem]:
    said = store.feedback.of_reader(reader)
    seen = {one.subject for one in said if one.kind == "seen"}
    kept: dict[str, list[int]] = {}
    for at, one in enumerate(said):
        if one.kind == "keep":
            kept.setdefault(one.subject, []).append(at)
    papers = store.papers.get(kept)
    items = [
        ReadingListItem(
            paper,
            tuple(said[at].topic for at in kept[id_] if said[at].topic),
            said[kept[id_][0]].at,
            id_ in seen,
        )
        for id_, paper in papers.items()
        if with_seen or id_ not in seen
    ]
    return sorted(items, key=lambda item: item.is_seen)
