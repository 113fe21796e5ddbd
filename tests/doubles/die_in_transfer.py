"""A store copied in a process of its own, which is killed amid it.

Usage: python -m tests.doubles.die_in_transfer FROM TO WRITE
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

from store.copying import open_transfer
from store.db.database import Session
from store.transfer import transfer


def main(source: str, target: str, write: str) -> None:
    """write: the outermost of the target in whose transaction it dies; batches are of 20 rows."""
    transfer._ROWS = 20
    numbers = count(1)
    with open_transfer(source, target, 10) as steps:
        database = steps[0].run.__self__._database  # type: ignore[attr-defined]
        whole = database._transaction

        @contextmanager
        def dying(durable: bool) -> Iterator[Session]:
            with whole(durable) as session:
                yield session
                if next(numbers) == int(write):
                    os.kill(os.getpid(), signal.SIGKILL)

        database._transaction = dying
        for step in steps:
            step.run(lambda _done, _total: None)


if __name__ == "__main__":
    main(*sys.argv[1:])
