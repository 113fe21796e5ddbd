"""PostgreSQL errors, translated to StoreError in one line a person can act on, by SQLSTATE.

Invariant: no psycopg error leaves the store, and no message holds a password.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg_pool import PoolTimeout

from store.errors import DiskFull, StoreBusy, StoreError, StoreUnreachable

_BUSY = ("55P03", "40P01", "40001")  # lock not available, deadlock, serialization failure
_FULL = ("53100",)
# To each SQLSTATE with which the server refuses a write: what to do.
_REFUSED = {
    "25006": "It is a standby, or read-only by its settings: name the server that takes writes.",
    "42501": "The role needs CREATE in the database, or has to own its schema main and all in it.",
}
_UNREACHABLE = ("57P01", "57P02", "57P03", "25P03", "53300", "08")  # shut down, starting, cut off, too many connections


def to_store_error(error: psycopg.Error, place: str, busy_seconds: float) -> StoreError:
    """The error as the caller shall see it; the original is for `raise ... from`."""
    state = error.sqlstate or ""
    if isinstance(error, PoolTimeout) or state in _BUSY:
        return StoreBusy(f"The store {place} is busy for over {busy_seconds:g} s.", hint="Try again in a moment.")
    if state in _FULL:
        return DiskFull(f"The disk of the store {place} is full; nothing was changed.", hint="Free some space there.")
    if state in _REFUSED:
        return StoreError(f"The store {place} cannot be written: {_reason(error)}.", hint=_REFUSED[state])
    # One without a state is the client's: no server, a lost connection, a wrong role.
    if state.startswith(_UNREACHABLE) or (not state and isinstance(error, psycopg.OperationalError)):
        hint = "Check the server, and its address (store.url, PAPERROUTE_STORE__URL)."
        return StoreUnreachable(f"The store {place} cannot be reached: {_reason(error)}.", hint=hint)
    return StoreError(f"The store {place} failed: {_reason(error)}.")


def _reason(error: psycopg.Error) -> str:
    said = error.diag.message_primary or str(error) or type(error).__name__
    lines = [line.strip() for line in said.splitlines() if line.strip()]  # further ones ask the reader back
    return lines[0].removeprefix("connection failed: ").removeprefix("connection is bad: ").rstrip(".")


@contextmanager
def translate_postgres_errors(place: str, busy_seconds: float) -> Iterator[None]:
    try:
        yield
    except psycopg.Error as error:
        raise to_store_error(error, place, busy_seconds) from error
