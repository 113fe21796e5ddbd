"""Output: a result into a file, a pipe or a device, or to stdout in what that can show.

Invariant: a plain file is replaced in one step and keeps its mode and owner, and a link leads where it led; whatever is
no plain file is written into, never replaced. A document leaves as UTF-8 whatever the terminal, words for a person
leave with a "?" for what the terminal cannot show.
"""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

from digest.errors import BadInput
from store.db.file_replacement import replace_file

_ELSEWHERE = "Choose another file with -o."


def write_file(path: Path, data: bytes) -> None:
    """Raises BadInput where it cannot be written."""
    try:
        held = _status(path)
        if held is None or _is_replaceable(held):
            replace_file(path, lambda part: part.write_bytes(data))
        else:
            _write_into(path, data)
    except BrokenPipeError:
        return  # its reader went away: not an error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise BadInput(f"{path} cannot be written: {reason}.", hint=_ELSEWHERE) from None


def check_writable(path: Path) -> None:
    """Before the work whose result it is to take. Raises BadInput."""
    if reason := _why_not_writable(path):
        raise BadInput(f"{path} cannot be written: {reason}.", hint=_ELSEWHERE)


def print_document(text: str) -> None:
    """To stdout as UTF-8: what other programs read. Raises BadInput where it cannot be written."""
    _print(text, "utf-8")


def print_words(text: str) -> None:
    """To stdout in its own encoding: what a person reads. Raises BadInput where it cannot be written."""
    _print(text, getattr(sys.stdout, "encoding", None) or "utf-8")


def make_lenient() -> None:
    """No character ends the program, whatever stdout and stderr can show."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except FileNotFoundError:
        return None


def _is_replaceable(held: os.stat_result) -> bool:
    """A plain file of one name that is not what our own stdout goes to (/dev/stdout)."""
    plain = stat.S_ISREG(held.st_mode) and held.st_nlink == 1
    return plain and _own_stream(held) is None and _may_keep_owner(held)


def _own_stream(held: os.stat_result) -> int | None:
    """The descriptor, of stdout and stderr, that is this file's."""
    for number in (1, 2):
        try:
            if os.path.samestat(held, os.fstat(number)):
                return number
        except OSError:  # closed
            continue
    return None


def _may_keep_owner(held: os.stat_result) -> bool:
    """Only root may give a file to others."""
    user = getattr(os, "geteuid", lambda: 0)()
    return user in (0, held.st_uid)


def _write_into(path: Path, data: bytes) -> None:
    held = path.stat()
    cut = os.O_TRUNC if stat.S_ISREG(held.st_mode) else 0
    own = _own_stream(held)  # is written on where it is at
    descriptor = os.open(path, os.O_WRONLY | cut) if own is None else os.dup(own)
    with os.fdopen(descriptor, "wb", buffering=0) as file:
        rest = memoryview(data)
        while rest:
            rest = rest[file.write(rest) :]


def _why_not_writable(path: Path) -> str:
    """ "" where nothing speaks against it."""
    try:
        held = _status(path)
    except (OSError, ValueError) as error:
        return getattr(error, "strerror", None) or str(error)
    if held is not None and stat.S_ISDIR(held.st_mode):
        return "it is a folder"
    if held is not None and not _is_replaceable(held):
        return "" if os.access(path, os.W_OK) else "it may not be written to"
    folder = Path(os.path.realpath(path)).parent if path.is_symlink() else path.parent
    if not folder.is_dir():
        return f"there is no folder {folder}"
    return "" if os.access(folder, os.W_OK | os.X_OK) else f"the folder {folder} may not be written to"


def _print(text: str, encoding: str) -> None:
    if sys.stdout is None:
        raise BadInput("The result cannot be written: stdout is closed.", hint="Use -o FILE.")
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(text.encode(encoding, "replace"))
        sys.stdout.flush()
    except OSError as error:
        # What is left in the buffer has to go nowhere at exit, or Python complains of it once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):  # the reader went away (`| head`): not an error
            raise BadInput(f"The result cannot be written: {error.strerror}.", hint="Use -o FILE.") from None
