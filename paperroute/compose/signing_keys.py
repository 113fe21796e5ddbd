"""The keys that sign links: from the environment, or made once and kept in a file beside the store.

Invariant: processes of one store agree on the keys, whoever was first; where they may be on several machines, no key is
made, but has to be given. No key is ever in the store, of which copies
are handed around; so whoever restores a copy elsewhere brings the file of keys, too, or old links are void.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path

from digest.errors import ConfigError
from paperroute.config.secrets import read_secret_text
from store import Store

VARIABLE = "PAPERROUTE_SECRET_KEYS"
_SHORTEST = 16


def load_keys(store: Store, environment: Mapping[str, str]) -> tuple[str, ...]:
    """Newest first. Makes the file beside the store where nothing else is there. Raises ConfigError."""
    given = read_secret_text(VARIABLE, environment)
    if given:
        return _parse_keys(given, VARIABLE)
    path = key_file(store)
    if not path.exists():
        if store.remote:
            raise ConfigError(
                f"{VARIABLE} is not set, and the store may be used by other machines, which have to sign alike.",
                hint=f"Set it, or {VARIABLE}_FILE, to one long random text on each.",
            )
        _make_key_file(path, store)
    return _parse_keys(_read(path), str(path))


def key_file(store: Store) -> Path:  # decision 38
    return store.beside(".key")


def is_exposed(path: Path) -> bool:
    """Whether others than its owner may read a file."""
    return os.name == "posix" and path.stat().st_mode & 0o077 != 0


def _parse_keys(text: str, where: str) -> tuple[str, ...]:
    """Separated by commas or lines, each once."""
    found = tuple(dict.fromkeys(key for key in map(str.strip, re.split(r"[,\r\n]", text)) if key))
    if not found:
        raise ConfigError(f"{where} holds no key.", hint="Put a long random text there, newest first if several.")
    if any(len(key) < _SHORTEST for key in found):
        raise ConfigError(f"{where} holds a key of less than {_SHORTEST} characters.", hint="Take a long random text.")
    return found


def _make_key_file(path: Path, store: Store) -> None:
    """All processes of the store queue here, so that one makes the file and the others find it."""
    with store.write():
        if path.exists():
            return
        part = path.with_name(f".{path.name}.{os.getpid()}.part")
        try:
            part.unlink(missing_ok=True)
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(f"{secrets.token_urlsafe(32)}\n")
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        except OSError as error:
            part.unlink(missing_ok=True)
            hint = f"Set {VARIABLE}, or make the folder writable."
            raise ConfigError(f"{path} cannot be written: {error.strerror}.", hint=hint) from None


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        reason = (error.strerror if isinstance(error, OSError) else "") or "it is no text file"
        raise ConfigError(f"{path} cannot be read: {reason}.", hint=f"Set {VARIABLE}, or mend the file.") from None
