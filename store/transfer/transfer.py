"""Transfer of a store: its rows of one moment, from one engine to another, in steps that can be gone on with.

Invariant: nothing is written over a store that holds something. The target's note (`store/db/copy_note.py`) is written
with the first step and goes with the last, after both sides were found to be the same; a killed transfer goes on behind
the last batch, as long as the source has not changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from store.db.copy_note import copied_state, forget_copy, note_copy
from store.db.database import Session
from store.db.owners import new_owner
from store.errors import StoreBusy, StoreError
from store.tables.leases import Leases
from store.transfer.copy_side import CopySide, Row, StoreMoment
from store.transfer.fingerprints import TableFingerprint, fingerprint_rows, state_of
from store.transfer.full_text import index_all
from store.transfer.table_shape import OWN_NOTES, TableShape

Advance = Callable[[int, int], None]  # told how much is done, and of how much

_LEASE = "copy"
_LEASE_SECONDS = 600.0
_ROWS, _BYTES = 5_000, 16 * 2**20  # in a batch, at most


@dataclass(frozen=True)
class TransferStep:
    """run: does it, telling how far it is, and says in a line what was done."""

    name: str
    run: Callable[[Advance], str]


@contextmanager
def open_transfer_steps(source: StoreMoment, target: CopySide) -> Iterator[tuple[TransferStep, ...]]:
    """To be run in this order. Each raises StoreError."""
    one = Transfer(source, target)
    named = (("read", one.read), ("copy", one.copy), ("index", one.index), ("verify", one.verify))
    try:
        yield tuple(TransferStep(name, run) for name, run in named)
    finally:
        with suppress(StoreError):
            one.release()


class Transfer:
    """source: as it was at one moment. target: without a row, or as an earlier transfer of the same moment left it."""

    def __init__(self, source: StoreMoment, target: CopySide) -> None:
        self._source = source
        self._target = target
        self._database = target.database
        self._leases = Leases(target.database)
        self._owner = new_owner()
        self._fingerprints: dict[str, TableFingerprint] = {}

    def read(self, advance: Advance) -> str:
        with self._database.read() as session:  # before the work
            self._refuse_others(session)
        self._fingerprints = _fingerprint(self._source, self._target.tables, advance)
        return f"{self._rows:,} rows in {len(self._fingerprints)} tables"

    def copy(self, advance: Advance) -> str:
        self._begin()
        done = 0
        for table in self._target.tables:
            with self._database.read() as session:
                there = int(session.rows(table.count)[0][0])
            done += there
            for batch in _batches(table, self._source.rows(table, there)):
                self._insert(table, batch)
                done += len(batch)
                advance(done, self._rows)
        return f"{self._rows:,} rows"

    def index(self, advance: Advance) -> str:
        total = sum(self._fingerprints[name].rows for name in ("paper_texts", "edition_texts"))
        with self._target.bulk_indexing():
            index_all(self._database, total, lambda done: advance(done, total))
        return f"{total:,} papers and editions"

    def verify(self, advance: Advance) -> str:
        with self._target.moment() as moment:
            made = _fingerprint(moment, self._target.tables, advance)
        if others := [name for name, its in made.items() if its != self._fingerprints[name]]:
            raise StoreError(
                f"The copy {self._database.place} is not the same as what was copied: {', '.join(others)}.",
                hint="Somebody else wrote to it. Remove it, and copy again.",
            )
        with self._database.write(durable=True) as session:
            self._target.set_numbers(session, self._source.last_numbers())
            forget_copy(session)
        self._target.analyse()
        return f"{self._rows:,} rows are the same on both sides"

    def release(self) -> None:
        """Let another process go on."""
        self._leases.release(_LEASE, self._owner)

    @property
    def _rows(self) -> int:
        return sum(one.rows for one in self._fingerprints.values())

    def _begin(self) -> None:
        with self._database.write() as session:
            self._hold()
            self._refuse_others(session)
            schema = session.rows("SELECT value FROM meta WHERE key = 'schema'")[0][0]
            state, noted = state_of(self._fingerprints, schema), copied_state(session)
            if noted is None:
                kept = ", ".join(f"'{key}'" for key in OWN_NOTES)
                session.run(f"DELETE FROM meta WHERE key NOT IN ({kept})")
                note_copy(session, state)
            elif noted != state:
                raise StoreError(
                    f"{self._database.place} is the beginning of a copy of another state.",
                    hint="Remove it, and copy again.",
                )

    def _refuse_others(self, session: Session) -> None:
        """A target that holds a store, were it the source itself."""
        if copied_state(session) is not None:
            return
        tables = [table for table in self._target.tables if table.name != "meta"]
        if any(session.one(f"SELECT 1 FROM main.{table.name} LIMIT 1") for table in tables):
            raise StoreError(
                f"{self._database.place} holds a store already, which is not written over.",
                hint="Name a place where there is none.",
            )

    def _insert(self, table: TableShape, batch: list[Row]) -> None:
        with self._database.write() as session:
            self._hold()
            self._target.insert(session, table, batch)

    def _hold(self) -> None:
        if not self._leases.acquire(_LEASE, self._owner, _LEASE_SECONDS):
            raise StoreBusy(f"Another process is copying to {self._database.place}.", hint="Let it come to its end.")


def _fingerprint(moment: StoreMoment, tables: Iterable[TableShape], advance: Advance) -> dict[str, TableFingerprint]:
    total = sum(map(moment.count, tables))
    found: dict[str, TableFingerprint] = {}
    done = 0
    for table in tables:
        found[table.name] = fingerprint_rows(moment.rows(table), lambda more, done=done: advance(done + more, total))
        done += found[table.name].rows
    return found


def _batches(table: TableShape, rows: Iterator[Row]) -> Iterator[list[Row]]:
    """Rows that need each other come at once."""
    if table.name in table.references:
        if whole := list(rows):
            yield whole
        return
    batch: list[Row] = []
    size = 0
    for row in rows:
        batch.append(row)
        size += sum(len(value) for value in row if isinstance(value, str | bytes))
        if len(batch) >= _ROWS or size >= _BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
