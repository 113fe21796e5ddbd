"""Index of papers, made behind their intake: new papers are read by whoever searches next, and are found by it.

Invariant: a session of `read_index` finds every paper that was added before. A batch is one transaction; a paper that
was replaced meanwhile is left as it is. Where nothing can be written (read-only media, a full disk), what was not read
yet is found by an index of the connection's own, in memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from weakref import WeakKeyDictionary

from store.db.columns import ALL_ROWS
from store.db.database import Database, Session
from store.errors import StoreError
from store.indexing.paper_rows import COLUMNS, paper_of
from store.indexing.paper_texts import (
    JOIN_TEXTS,
    index_in_memory,
    index_papers,
    read_paper,
    without_texts,
)
from store.records.editions import Paper

_KEY = "new papers"  # in meta: the last row before those that may be unread; not there where all are read
_BATCH = 500
_own_indexes: WeakKeyDictionary[Session, object] = WeakKeyDictionary()  # and what they were made of


def note_unread(session: Session, after: int) -> None:
    """Papers behind this row were added, and not read."""
    session.run("INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT DO NOTHING", [_KEY, str(after)])


def index_new_papers(database: Database) -> None:
    """Read what is unread. What cannot be written down now is left to the next who searches."""
    with suppress(StoreError):
        while not database.readonly and _index_batch(database):
            pass


@contextmanager
def read_index(database: Database) -> Iterator[Session]:
    """`database.read()`, in which all papers are in the index."""
    index_new_papers(database)
    with database.read() as session:
        _complete_own_index(session)
        yield session


def _index_batch(database: Database) -> bool:
    """False where all are read."""
    with database.read() as session:
        if (after := _last_read(session)) is None:
            return False
        papers = _unread_papers(session, after, _BATCH)
    for _, paper in papers:
        read_paper(paper)  # before the others have to wait
    with database.write() as session:
        index_papers(session, without_texts(session, "paper_texts", papers))
        if papers:
            session.run("UPDATE meta SET value = ? WHERE key = ?", [str(papers[-1][0]), _KEY])
        elif not _unread_papers(session, after, 1):  # nor was one added since
            session.run("DELETE FROM meta WHERE key = ?", [_KEY])
    return True


def _last_read(session: Session) -> int | None:
    found = session.one("SELECT value FROM meta WHERE key = ?", [_KEY])
    return int(found[0]) if found else None


def _unread_papers(session: Session, after: int, most: int) -> list[tuple[int, Paper]]:
    found = session.rows(
        f"""
        SELECT {COLUMNS}, p.row FROM papers AS p {JOIN_TEXTS}
        WHERE p.row > ? AND t.row IS NULL ORDER BY p.row LIMIT ?
        """,
        [after, most],
    )
    return [(row[-1], paper_of(row)) for row in found]


def _complete_own_index(session: Session) -> None:
    after = _last_read(session)
    if after is None and session not in _own_indexes:
        return
    state = session.state()
    if after is not None and _own_indexes.get(session) == state:
        return
    if _own_indexes.pop(session, None):
        session.drop_own_index()
    if after is not None and (unread := _unread_papers(session, after, ALL_ROWS)) and session.make_own_index():
        index_in_memory(session, unread)
        _own_indexes[session] = session.state()
