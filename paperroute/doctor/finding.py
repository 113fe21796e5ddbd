"""A finding of `paperroute doctor`: one line of its report."""

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
