"""Edition -> the mail that would carry it, as an .eml file. Pure: the same edition and sender give the same bytes."""

from __future__ import annotations

from digest.render.envelope import DigestMail
from store.records.editions import Edition


def eml_file(edition: Edition, write: DigestMail) -> str:
    """A mail to nobody yet, with no links that only a subscriber has. Raises BadInput where the sender is none."""
    return write.draft(edition).decode("ascii")
