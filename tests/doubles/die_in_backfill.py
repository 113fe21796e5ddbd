"""A store of an earlier schema opened in a process of its own, which is killed amid its backfill.

Usage: python -m tests.doubles.die_in_backfill STORE before|after BATCH
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from itertools import count

from store import Store, backfill
from store.db.database import Session


def main(store: str, when: str, batch: str) -> None:
    """before: in the transaction of that batch of papers; after: once it was committed."""
    note, numbers = backfill._note_progress, count(1)

    def dying(session: Session, table: str, rows: Sequence[tuple[int, object]]) -> int | None:
        number = next(numbers)
        if number == int(batch) + (when == "after"):  # the one that follows has written nothing yet
            os.kill(os.getpid(), signal.SIGKILL)
        return note(session, table, rows)

    backfill._note_progress = dying
    Store.open(store)


if __name__ == "__main__":
    main(*sys.argv[1:])
