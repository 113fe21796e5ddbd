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
    INDEX_COLUMNS,
    JOIN_TEXTS,
    index_in_memory,
    index_papers,
    read_paper,
    without_texts,
)
from store.records.editions import Paper

_KEY = "new papers"  # in meta: the last row before those that may be unread; not there where all are read
_BATCH = 500
_own_indexes: WeakKeyDictionary[Session, tuple[int, int]] = WeakKeyDictionary()  # and what they were made of


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
    state = _state(session)
    if after is not None and _own_indexes.get(session) == state:
        return
    if _own_indexes.pop(session, None):
        session.run("DROP TABLE temp.papers_fts")
        session.run("DROP TABLE temp.paper_authors")
    if after is not None and (unread := _unread_papers(session, after, ALL_ROWS)):
        _make_own_index(session, unread)
        _own_indexes[session] = _state(session)


def _make_own_index(session: Session, unread: list[tuple[int, Paper]]) -> None:
    """Tables of the same names, which SQLite takes before those of the file: no statement has to know."""
    session.run("PRAGMA temp_store = MEMORY")
    ((made,),) = session.rows("SELECT sql FROM main.sqlite_master WHERE name = 'papers_fts'")
    session.run(made.replace("papers_fts", "temp.papers_fts", 1))
    session.run(
        f"""
        INSERT INTO temp.papers_fts (rowid, title, abstract, authors)
        SELECT row, {INDEX_COLUMNS} FROM main.paper_texts
        """
    )
    session.run("CREATE TABLE temp.paper_authors AS SELECT * FROM main.paper_authors")
    session.run("CREATE INDEX temp.paper_authors_person ON paper_authors (person, paper)")
    session.run("CREATE INDEX temp.paper_authors_paper ON paper_authors (paper)")
    index_in_memory(session, unread)


def _state(session: Session) -> tuple[int, int]:
    """Changes with every write: of other connections, of this one."""
    ((version,),) = session.rows("PRAGMA data_version")
    return int(version), session.connection.total_changes
