"""Whether a process is ready to answer, among several over one store."""

from __future__ import annotations

from paperroute.compose.web import _status
from store import Store
from store.db.owners import new_owner
from store.records.deliveries import PartState


def test_what_fails_in_another_process_makes_none_here_unready(store: Store) -> None:
    store.part_states.report("elsewhere:7:1:aa", [PartState("slack", "fail", "not connected")])
    assert _status(store, 0.0).problems == ()
    store.part_states.report(new_owner(), [PartState("outbox", "fail", "stopped")])
    assert _status(store, 0.0).problems == ("outbox: stopped",)
