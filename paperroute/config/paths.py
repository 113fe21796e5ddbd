"""Paths of the configuration: the user's data folder, and `~`, also where nobody knows a home.

Invariant: a process without HOME, of a user whom the system does not know, loads and explains itself.
"""

from __future__ import annotations

from pathlib import Path

import platformdirs

from digest.errors import ConfigError


def default_store_path() -> Path:
    """In the user's data folder; with a `~` in it where there is none."""  # decisions 14, 194
    try:
        folder = platformdirs.user_data_path("paperroute", appauthor=False)
    except RuntimeError:
        folder = Path("~/.local/share/paperroute")
    return folder / "paperroute.db"


def expand_home(path: Path, setting: str) -> Path:
    """setting: what named the path. Raises ConfigError where it begins with `~` and nobody knows what that is."""
    try:
        return path.expanduser()
    except RuntimeError:
        hint = "Set it to a path that begins with /, or set HOME."
        raise ConfigError(f"{setting} = {path}: there is no home folder here.", hint=hint) from None
