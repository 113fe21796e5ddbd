"""Fingerprints of tables: how many rows there are, and SHA-256 over their values in the table's order.

Invariant: the same values give the same fingerprint on every engine: text as UTF-8, floats and bytes as they are.
"""

from __future__ import annotations

import hashlib
import json
import marshal
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from store.transfer.copy_side import Row

_VERSION = 2  # of marshal: from 3 on, bytes depend on who else holds a value
_EVERY = 5_000  # rows between two signs of progress


@dataclass(frozen=True)
class TableFingerprint:
    rows: int
    sha256: str


def fingerprint_rows(rows: Iterable[Row], advance: Callable[[int], object]) -> TableFingerprint:
    """advance: told now and then how many rows there were."""
    made, count = hashlib.sha256(), 0
    for row in rows:
        made.update(marshal.dumps(row, _VERSION))
        count += 1
        if not count % _EVERY:
            advance(count)
    return TableFingerprint(count, made.hexdigest())


def state_of(tables: Mapping[str, TableFingerprint], schema: str) -> str:
    """One fingerprint of them all."""
    told = {name: (one.rows, one.sha256) for name, one in tables.items()}
    return hashlib.sha256(json.dumps([schema, told], sort_keys=True).encode()).hexdigest()
