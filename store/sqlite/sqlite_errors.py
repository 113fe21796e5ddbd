"""SQLite and file-system errors, translated to StoreError in one line a person can act on.

Invariant: no sqlite3 or OS error about the store's files leaves the store; every one becomes a StoreError or StoreBusy.
"""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from shutil import disk_usage

from store.errors import DiskFull, StoreError, busy_error

_PATH_HINT = "Check its folder and permissions, or set another store path (store.path, PAPERROUTE_STORE__PATH)."

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
_LEAST_BYTES = 64 * 1024  # what SQLite needs beside the store, once and a half

# By SQLite's primary result code (sqlite.org/rescode.html).
_MESSAGES_BY_CODE = {
    sqlite3.SQLITE_PERM: ("The store {path} may not be opened.", _PATH_HINT),
    sqlite3.SQLITE_READONLY: ("The store {path} cannot be written.", _PATH_HINT),
    sqlite3.SQLITE_CANTOPEN: ("The store {path} cannot be opened.", _PATH_HINT),
    sqlite3.SQLITE_IOERR: ("The store {path} cannot be read or written: disk I/O error.", "Check the disk."),
    sqlite3.SQLITE_CORRUPT: ("The store {path} is damaged.", "Put a backup in its place."),
    sqlite3.SQLITE_NOTADB: ("The file {path} is not a store of Paper Route.", "Set another store path."),
}


def to_store_error(error: sqlite3.Error, path: Path, busy_seconds: float) -> StoreError:
    """The error as the caller shall see it; the original is for `raise ... from`."""
    extended = getattr(error, "sqlite_errorcode", 0)
    code = extended & 0xFF
    if _is_disk_full(extended, path):
        message = f"The disk of the store {path} is full; nothing was changed."
        return DiskFull(message, hint="Free some space and try again.")
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return busy_error(str(path), busy_seconds)
    if code not in _MESSAGES_BY_CODE:
        return StoreError(f"The store {path} failed: {error}.")
    message, hint = _MESSAGES_BY_CODE[code]
    return StoreError(message.format(path=path), hint=hint)


def _is_disk_full(code: int, path: Path) -> bool:
    """Also where SQLite could not make its files beside the store, which it says in several ways."""
    if code & 0xFF == sqlite3.SQLITE_FULL or code == sqlite3.SQLITE_IOERR_SHMSIZE:
        return True
    if code & 0xFF not in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY):
        return False
    with suppress(OSError):
        return disk_usage(path.parent).free < _LEAST_BYTES
    return False


@contextmanager
def translate_sqlite_errors(path: Path, busy_seconds: float) -> Iterator[None]:
    """Turn sqlite3's errors from within into the store's own.

    OSError is left alone: the block may be a caller's, whose network errors are none of the store's.
    """
    try:
        yield
    except sqlite3.Error as error:
        raise to_store_error(error, path, busy_seconds) from error


@contextmanager
def translate_file_errors(path: Path) -> Iterator[None]:
    """Turn errors about the file `path` from the operating system into StoreError."""
    try:
        yield
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = getattr(error, "strerror", None) or str(error)
        hint = "Free some space and try again." if getattr(error, "errno", 0) in _NO_ROOM else _PATH_HINT
        raise StoreError(f"The file {path} cannot be written: {reason}.", hint=hint) from error
