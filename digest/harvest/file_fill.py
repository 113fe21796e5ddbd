"""First fill of the store from the file of metadata that arXiv publishes for bulk use: JSON lines, in any packing.

Invariant: papers and the position behind them are kept in one transaction, so that the same command goes on where a
kill ended it. How far collections are is put down at the end alone, of a file that was read to it: the next harvest
asks for what came since its newest version.
"""  # decision 222

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path

from digest.errors import BadInput
from digest.harvest.collection_harvest import PIECE, log_unread
from digest.harvest.harvester import LEASE, Harvester
from digest.harvest.windows import drop_window
from digest.leases import exclusive
from digest.run_context import RunContext
from digest.sources.arxiv.sets import holds
from digest.sources.arxiv.snapshot import SnapshotFile, SnapshotLine
from store import Store
from store.records.editions import ARXIV, Paper
from store.records.harvests import Collection, HarvestCounts, HarvestState
from store.records.lazy_text import lazy_gettext

STAGE = "fill"
_BEGINNING = 2**20  # bytes
_SHARES = 1_000  # steps of the progress
_DAY = timedelta(days=1)


def fill_from_file(path: Path, harvester: Harvester, store: Store, run: RunContext) -> HarvestCounts:
    """Of the file what belongs to the collections that are arXiv's. Raises BadInput, Cancelled."""
    collections = [one for one in harvester.plan.collections if one.source == ARXIV]
    if not collections:
        raise BadInput("The file is arXiv's, and nothing of arXiv is at harvest.collections.")
    with (
        SnapshotFile(path) as file,
        exclusive(LEASE, store, run.wait, lazy_gettext("another process is harvesting")),
        run.stage(STAGE) as stage,
    ):
        fill = _Fill(path, collections, harvester.plan.since, store)
        lines = file.lines(fill.position)
        while piece := list(islice(lines, PIECE)):
            fill.keep(piece)
            stage.advance(int(file.share_read() * _SHARES), _SHARES)
        fill.end(harvester)
        stage.detail = f"{fill.brought.new:,} new papers, lines that could not be read: {fill.brought.unread:,}"
    return fill.brought


class _Fill:
    """A file under way, from where it was left."""

    def __init__(self, path: Path, collections: Sequence[Collection], since: date | None, store: Store) -> None:
        self._path, self._fingerprint = path, _fingerprint(path, collections, since)
        self._collections, self._since, self._store = collections, since, store
        self.position, self._newest = store.harvest_files.get(self._fingerprint)
        self.brought = HarvestCounts()

    def keep(self, lines: Sequence[SnapshotLine]) -> None:
        papers = [line.paper for line in lines if line.paper]
        wanted, now = [paper for paper in papers if self._is_wanted(paper)], datetime.now(UTC)
        self.position = lines[-1].position
        self._newest = max([paper.updated for paper in papers] + ([self._newest] if self._newest else []), default=None)
        kept = self._store.harvest_files.keep(self._fingerprint, self.position, self._newest, now, wanted)
        self._store.papers.read_new()
        self.brought += HarvestCounts(kept.new, kept.changed, 0, len(lines) - len(papers))
        log_unread(self._path.name, [line.set_aside for line in lines if line.set_aside])

    def end(self, harvester: Harvester) -> None:
        if self._newest:
            for collection in self._collections:
                state = harvester.state_of(collection)
                self._store.harvests.keep(_filled_until(state, min(self._newest, datetime.now(UTC)).date()))

    def _is_wanted(self, paper: Paper) -> bool:
        if self._since and paper.updated.date() < self._since:
            return False
        return any(holds(one.name, category) for one in self._collections for category in paper.categories)


def _fingerprint(path: Path, collections: Sequence[Collection], since: date | None) -> str:
    """Of its size and beginning, and of what is taken of it: one that was fetched again, and has grown, is another."""
    with path.open("rb") as file:
        made_of = file.read(_BEGINNING) + f"{path.stat().st_size} {[one.name for one in collections]} {since}".encode()
    return hashlib.sha256(made_of).hexdigest()


def _filled_until(state: HarvestState, newest: date) -> HarvestState:
    if state.next_day and state.next_day >= newest - _DAY:
        return state
    return replace(drop_window(state), next_day=newest - _DAY)
