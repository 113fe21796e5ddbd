"""Backfill: papers and editions of an earlier schema are read for the index once, after the migration.

Invariant: a batch is one transaction, which also writes down how far it came, so that whoever is killed loses one
batch; one process at a time does it, while others open the store, read what is there, and add to it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from store.db.database import Database, Session
from store.db.owners import new_owner
from store.errors import StoreError
from store.indexing.edition_texts import index_edition
from store.indexing.paper_rows import COLUMNS, paper_of
from store.indexing.paper_texts import JOIN_TEXTS, index_papers, read_paper, without_texts
from store.records.editions import Edition, Paper
from store.tables.edition_codec import decode
from store.tables.leases import Leases
from store.tables.papers import choose_keys
from store.text.withdrawal import read_status

LEASE = "backfill"
_LEASE_SECONDS = 120.0  # for a batch, on a slow machine
_LINE_EVERY = 10_000  # rows
_PAPERS, _EDITIONS = 200, 5  # in a batch
_log = logging.getLogger(__name__)


def fill_old_rows(database: Database) -> None:
    """Nothing where all are read, or where another process is at it. What cannot be done now waits for the next time
    that the store is opened."""
    leases, owner = Leases(database), new_owner()
    try:
        if _progress(database, "papers", "editions") and leases.acquire(LEASE, owner, _LEASE_SECONDS):
            try:
                for table, fill in (("papers", _fill_papers), ("editions", _fill_editions)):
                    _fill_table(database, table, fill, lambda: leases.acquire(LEASE, owner, _LEASE_SECONDS))
            finally:
                leases.release(LEASE, owner)
    except StoreError as error:
        _log.warning("not everything in the store can be searched yet; the rest is read at the next start: %s", error)


def _progress(database: Database, *tables: str) -> dict[str, int]:
    """By table, the last row that was read; nothing of those that are complete."""
    with database.read() as session:
        told = session.rows("SELECT key, value FROM meta WHERE key LIKE 'unread %'")
    return {table: int(last) for key, last in told if (table := key.removeprefix("unread ")) in tables}


def _fill_table(
    database: Database, table: str, fill: Callable[[Database, int], int | None], renew: Callable[[], object]
) -> None:
    last = _progress(database, table).get(table)
    if last is None:
        return
    with database.read() as session:
        rows = session.rows(f"SELECT count(*) FROM {table}")[0][0]
    _log.info("%s %s of an earlier version are read for the search, once", f"{rows:,}", table)
    while (now := fill(database, last)) is not None:
        if now // _LINE_EVERY > last // _LINE_EVERY:
            _log.info("%s of %s %s are read", f"{now:,}", f"{rows:,}", table)
        last = now
        renew()
    _log.info("all %s are read", table)


def _fill_papers(database: Database, after: int) -> int | None:
    """The last row of the batch behind `after`; None where there are no more."""
    with database.read() as session:
        found = session.rows(
            f"SELECT {COLUMNS}, p.row FROM papers AS p {JOIN_TEXTS} WHERE p.row > ? ORDER BY p.row LIMIT ?",
            [after, _PAPERS],
        )
    papers = [(row[-1], paper_of(row)) for row in found]
    for _, paper in papers:
        read_paper(paper)  # before the others have to wait
    with database.write() as session:
        unread = without_texts(session, "paper_texts", papers)
        index_papers(session, unread)
        session.many("UPDATE papers SET status = ?, status_note = ? WHERE row = ?", _statuses(unread))
        keyless = [(row, paper) for row, paper in papers if not paper.citation_key]
        keys = choose_keys(session, [paper for _, paper in keyless])
        session.many(
            "UPDATE papers SET citation_key = ? WHERE row = ? AND citation_key IS NULL",
            ((key, row) for key, (row, _) in zip(keys, keyless, strict=True)),
        )
        return _note_progress(session, "papers", papers)


def _statuses(papers: Sequence[tuple[int, Paper]]) -> list[tuple[str, str, int]]:
    read = ((*read_status(paper.comment, paper.abstract), row) for row, paper in papers)
    return [(status, note, row) for status, note, row in read if status != "live"]


def _fill_editions(database: Database, after: int) -> int | None:
    with database.read() as session:
        sql = "SELECT row, body FROM editions WHERE row > ? ORDER BY row LIMIT ?"
        found = session.rows(sql, [after, _EDITIONS])
    editions = [(row, edition) for row, body in found if (edition := _decode_sound(body))]
    with database.write() as session:
        for row, edition in without_texts(session, "edition_texts", editions):
            index_edition(session, row, edition)
        return _note_progress(session, "editions", found)


def _decode_sound(body: str) -> Edition | None:
    """A damaged one says so where it is shown; here it may not stand in the way of the others."""
    try:
        return decode(body)
    except StoreError:
        return None


def _note_progress(session: Session, table: str, rows: Sequence[tuple[int, object]]) -> int | None:
    if not rows:
        session.run("DELETE FROM meta WHERE key = ?", [f"unread {table}"])
        return None
    session.run("UPDATE meta SET value = ? WHERE key = ?", [str(rows[-1][0]), f"unread {table}"])
    return rows[-1][0]
