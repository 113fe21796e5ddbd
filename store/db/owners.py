"""Owners: the names of processes that hold a row, and whether such a process has ended.

Invariant: no two owners that live at a time have one name.
"""

from __future__ import annotations

import os
import secrets
import socket
from pathlib import Path


def process_of(owner: str) -> str:
    """What all owners of one process begin with."""
    return owner.rpartition(":")[0]


def show_process(owner: str) -> str:
    """The process of an owner, for people: its machine and its number there."""
    return ":".join(owner.split(":")[:2])


def new_owner() -> str:
    """A name for this process, or a part of it, that no other has: host, process, when that began, a random token."""
    process = os.getpid()
    return f"{socket.gethostname()}:{process}:{_start_of(process)}:{secrets.token_hex(4)}"


def has_ended(owner: str) -> bool:
    """Whether the process of an owner has surely ended, by this machine: it was one of it, and is there no more.

    False where that cannot be told: for an owner of another machine, or one that is no process. A later process of the
    same number is told from it by when it began, also where a container is started anew under the same name and number.
    Where several containers that run share a name, this may be wrong. Nothing breaks then: a lease that is taken from
    the living costs work done twice or a delivery that is uncertain, never one that is sent twice.
    """
    host, _, rest = owner.partition(":")
    process, _, rest = rest.partition(":")
    if host != socket.gethostname() or not process.isdecimal():
        return False
    began, now = rest.rpartition(":")[0], _start_of(int(process))
    return now is None or (began != now and "" not in (began, now))


def _start_of(process: int) -> str | None:
    """When a process began, in its kernel's ticks; "" where that cannot be seen; None where it has ended."""
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return None
    except OSError:  # it is there, and another user's
        return ""
    try:
        fields = Path(f"/proc/{process}/stat").read_bytes().rpartition(b")")[2].split()
    except OSError:  # a system without /proc
        return ""
    return None if fields[0] in (b"Z", b"X") else fields[19].decode()  # a zombie holds nothing any more
