"""From how many papers with a word on these are ranked by their stems, on whichever engine."""

from __future__ import annotations

import pytest

from store import Store


def rank_by_stems_above(most: int, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    with store._database.read() as session:
        monkeypatch.setattr(type(session), "most_ranked", most)
