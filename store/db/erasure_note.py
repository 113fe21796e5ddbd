"""Note of an erasure that was not completed, kept in the store until the bytes of what was erased are gone, too.

Invariant: the note is part of the transaction that erases.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from store.db.database import Session

_NOTE = "erasure"
_SAID = ("deliveries", "delivery_reports", "circuits", "services")  # tables that keep the other side's words
_REPLACED = "It named an address that was erased."


def note_erasure(session: Session, trace: str) -> None:
    """Also a mail address that relays named in what they said of others."""
    session.run("INSERT INTO meta (key, value) VALUES (?, '1') ON CONFLICT DO NOTHING", [_NOTE])
    if "@" in trace:
        for table in _SAID:
            session.run(f"UPDATE {table} SET detail = ? WHERE instr(lower(detail), ?) > 0", [_REPLACED, trace])


def has_erasure(session: Session) -> bool:
    return session.one("SELECT 1 FROM meta WHERE key = ?", [_NOTE]) is not None


def forget_erasure(session: Session) -> None:
    session.run("DELETE FROM meta WHERE key = ?", [_NOTE])
