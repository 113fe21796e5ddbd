"""First fill of the store from a file of metadata, such as the one that arXiv publishes for bulk use.

Invariant: papers and the position behind them are kept in one transaction, so that the same command goes on where a
kill ended it. How far the collections are is put down at the end alone, of a file that was read to it; the next harvest
asks for what came since its newest version.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from pathlib import Path

from digest.harvest.collection_harvest import PIECE
from digest.harvest.harvester import LEASE, Harvester
from digest.harvest.windows import drop_window
from digest.leases import exclusive
from digest.run_context import RunContext
from store import Store
from store.records.editions import Paper
from store.records.harvests import Collection, HarvestCounts, HarvestState
from store.records.lazy_text import lazy_gettext

STAGE = "fill"
_BEGINNING = 2**20  # bytes
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class BulkFile:
    """read: from a position on each paper, with the position behind it. holds: whether a collection holds a paper."""

    fingerprint: str
    read: Callable[[int], Iterator[tuple[int, Paper]]]
    holds: Callable[[Collection, Paper], bool]


def fingerprint_file(path: Path) -> str:
    """Of its size and beginning: one that was fetched again, and has grown, is another. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.sha256(file.read(_BEGINNING) + str(path.stat().st_size).encode()).hexdigest()


def fill_from_file(
    file: BulkFile, harvester: Harvester, collections: Sequence[Collection], store: Store, run: RunContext
) -> HarvestCounts:
    """Of the file what belongs to the collections. Raises SourceError, Cancelled."""
    with exclusive(LEASE, store, run.wait, lazy_gettext("another process is harvesting")), run.stage(STAGE) as stage:
        position, newest = store.harvest_files.get(file.fingerprint)
        lines, read, brought = file.read(position), 0, HarvestCounts()
        while piece := list(islice(lines, PIECE)):
            wanted = [paper for _, paper in piece if _is_wanted(paper, file, collections, harvester.plan.since)]
            newest = max([paper.updated for _, paper in piece] + ([newest] if newest else []))
            kept = store.harvest_files.keep(file.fingerprint, piece[-1][0], newest, datetime.now(UTC), wanted)
            store.papers.read_new()
            brought, read = brought + HarvestCounts(kept.new, kept.changed), read + len(piece)
            stage.advance(read, read + 1)
        if newest:
            for collection in collections:
                store.harvests.keep(_fill_state(harvester.state_of(collection), min(newest, datetime.now(UTC))))
        stage.detail = f"{read:,} lines read, {brought.new:,} new papers"
    return brought


def _is_wanted(paper: Paper, file: BulkFile, collections: Sequence[Collection], since: date | None) -> bool:
    if since and paper.updated.date() < since:
        return False
    return any(file.holds(collection, paper) for collection in collections)


def _fill_state(state: HarvestState, newest: datetime) -> HarvestState:
    """What was announced before the day of the newest version is there; what came since is asked for next."""
    day = newest.astimezone(UTC).date()
    if state.next_day and state.next_day >= day - _DAY:
        return state
    until = datetime.combine(day, time(), UTC)
    return replace(drop_window(state), next_day=day - _DAY, until=max(state.until or until, until))
