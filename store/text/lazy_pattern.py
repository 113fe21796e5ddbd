"""Regular expressions that are compiled at their first use: a large table of them would slow every start."""

from __future__ import annotations

import re
from typing import Any, cast


class _LazyPattern:
    def __init__(self, pattern: str, flags: int) -> None:
        self._source = pattern, flags

    def __getattr__(self, name: str) -> Any:
        """Asked once for each attribute: what it is of the compiled pattern is kept here."""
        value = getattr(re.compile(*self._source), name)
        setattr(self, name, value)
        return value


def compile_lazily(pattern: str, flags: int = 0) -> re.Pattern[str]:
    """As `re.compile`. A pattern that does not compile is told at its first use, so each wants a test that uses it."""
    return cast("re.Pattern[str]", _LazyPattern(pattern, flags))
