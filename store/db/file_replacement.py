"""File replacement: a new content for a plain file in one step, in its own place, with its mode and owner.

Invariant: no one ever sees half of a content; a link stays a link, and what it leads to is replaced.
"""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path


def replace_file(path: Path, fill: Callable[[Path], object], mode: int = 0o666) -> None:
    """Put what `fill` makes of an empty file in the place of `path`, or of what that leads to.

    mode: of a new file. Raises OSError.
    """
    target = Path(os.path.realpath(path))
    part = target.with_name(f".{secrets.token_hex(4)}.part")  # short, since the target's name may be as long as can be
    try:
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode))
        fill(part)
        _take_over(part, target)
        part.replace(target)
    except BaseException:
        with suppress(OSError):  # where the folder itself is at fault there is no part of a file
            part.unlink(missing_ok=True)
        raise


def _take_over(part: Path, target: Path) -> None:
    try:
        held = target.stat()
    except FileNotFoundError:
        return
    part.chmod(stat.S_IMODE(held.st_mode))
    made = part.stat()
    if (held.st_uid, held.st_gid) != (made.st_uid, made.st_gid):
        os.chown(part, held.st_uid, held.st_gid)
        part.chmod(stat.S_IMODE(held.st_mode))  # a new owner takes set-user-ID away
