"""Tables of FTS5, SQLite's full-text index: papers taken out of it; copies that one connection has of its own.

Invariant: a connection's own tables have the names of the file's, before which SQLite takes them: no statement of what
is searched has to know.
"""

from __future__ import annotations

from collections.abc import Sequence

from store.db.database import Session


def forget_papers(session: Session, rows: Sequence[int]) -> None:
    """Before their texts go: an index without contents cannot know what it indexed, and has to be told."""
    session.run(
        """
        INSERT INTO main.papers_fts (papers_fts, rowid, title, abstract, authors)
        SELECT 'delete', row, title_stems, abstract_stems, author_stems FROM json_each(?) AS wanted
        CROSS JOIN main.paper_texts WHERE row = wanted.value
        """,
        [str([*rows])],
    )


def make_own_tables(session: Session) -> None:
    """This connection's copies of the papers' index and of who wrote them, in memory."""
    session.run("PRAGMA temp_store = MEMORY")
    ((made,),) = session.rows("SELECT sql FROM main.sqlite_master WHERE name = 'papers_fts'")
    session.run(made.replace("papers_fts", "temp.papers_fts", 1))
    session.run(
        """
        INSERT INTO temp.papers_fts (rowid, title, abstract, authors)
        SELECT row, title_stems, abstract_stems, author_stems FROM main.paper_texts
        """
    )
    session.run("CREATE TABLE temp.paper_authors AS SELECT * FROM main.paper_authors")
    session.run("CREATE INDEX temp.paper_authors_person ON paper_authors (person, paper)")
    session.run("CREATE INDEX temp.paper_authors_paper ON paper_authors (paper)")


def drop_own_tables(session: Session) -> None:
    session.run("DROP TABLE temp.papers_fts")
    session.run("DROP TABLE temp.paper_authors")
