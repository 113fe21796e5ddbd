"""Note of a copy that is under way, kept in the target until all of it is there and was compared.

Invariant: a database that holds it is opened by nobody but the copy that goes on with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from store.errors import StoreError

if TYPE_CHECKING:
    from store.db.database import Database, Session

D = TypeVar("D", bound="Database")

_NOTE = "copy"


def copied_state(session: Session) -> str | None:
    """The state that is being copied to here; None where nothing is."""
    found = session.one("SELECT value FROM meta WHERE key = ?", [_NOTE])
    return found[0] if found else None


def note_copy(session: Session, state: str) -> None:
    session.run("INSERT INTO meta (key, value) VALUES (?, ?)", [_NOTE, state])


def forget_copy(session: Session) -> None:
    session.run("DELETE FROM meta WHERE key = ?", [_NOTE])


def require_complete(database: D) -> D:
    """The same database; one that holds the note is closed, and refused."""
    try:
        refuse_unfinished(database)
    except BaseException:
        database.close()
        raise
    return database


def refuse_unfinished(database: Database) -> None:
    with database.read() as session:
        if copied_state(session) is not None:
            raise StoreError(
                f"The store {database.place} is a copy that is not complete.",
                hint="Go on with it by the same `paperroute store copy`, or remove it.",
            )
