"""The checks of `paperroute doctor`, a module a subject; each gives findings, the lines of the report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

FindingState = Literal["ok", "warn", "fail"]


@dataclass(frozen=True)
class Finding:
    """`step` is what to do, empty where nothing is."""

    part: str
    state: FindingState
    detail: str
    step: str = ""
