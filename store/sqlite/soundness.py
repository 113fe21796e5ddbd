"""Soundness of the SQLite file: pages that are broken, rows that lost what they refer to."""

from __future__ import annotations

from store.db.database import Session


def find_damage(session: Session) -> list[str]:
    """A line for each; none where the file is sound."""
    broken = [str(said) for (said,) in session.rows("PRAGMA quick_check") if said != "ok"]
    orphans = session.rows("PRAGMA foreign_key_check")
    return broken + [f"row {row} of {table} has lost its {parent}" for table, row, parent, *_ in orphans]
