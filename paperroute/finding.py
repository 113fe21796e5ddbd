"""A line of doctor's report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Finding:
    """`step` is what to do, empty where nothing is."""

    part: str
    state: Literal["ok", "warn", "fail"]
    detail: str
    step: str = ""
