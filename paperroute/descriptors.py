"""File descriptors: how many files and connections this process may open at once."""

from __future__ import annotations

import sys
from contextlib import suppress

_ENOUGH = 65_536  # where the hard limit is without end, or a billion, the system may refuse it as a soft one


def raise_descriptor_limit() -> None:  # decision 176
    """Take what the system allows at most: a soft limit is often 1,024 or 256, for the sake of programs of old."""
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415 - not on Windows

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _ENOUGH if hard == resource.RLIM_INFINITY else min(hard, _ENOUGH)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(OSError, ValueError):  # a system may allow less than it says; what there was is kept
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
