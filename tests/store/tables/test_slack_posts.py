"""Canvases in Slack: each known once, kept up to date while it is wanted, and erased but for its id."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.conversation_id import SLACK_ADDRESSES
from digest.subscriptions import lookup
from store import Store
from store.records.editions import Topic

NOW = datetime(2026, 11, 27, tzinfo=UTC)


@pytest.fixture
def filled(store: Store) -> Store:
    store.topics.put(Topic("speech", "Speech", "speech"))
    canvases = store.slack_canvases
    canvases.note_made("answer", "e1", "C1GEN", "U1ADA", "F1", NOW)
    canvases.note_made("answer", "e2", "D1ADA", "U1ADA", "F2", NOW)
    canvases.note_made("answer", "e1", "C2LAB", "U2BEN", "F3", NOW)
    canvases.want("topic", "speech", "C1GEN", "U1ADA", NOW)
    canvases.note_made("topic", "speech", "C1GEN", "U1ADA", "F4", NOW)
    canvases.want("topic", "speech", "C2LAB", "U1ADA", NOW)
    return store


def test_a_wish_loses_no_canvas_and_a_new_one_takes_its_place(filled: Store) -> None:
    canvases = filled.slack_canvases
    canvases.want("topic", "speech", "C1GEN", "U1ADA", NOW)
    assert canvases.get("topic", "speech", "C1GEN").canvas == "F4"
    canvases.note_made("topic", "speech", "C1GEN", "U1ADA", "F9", NOW)
    assert canvases.get("topic", "speech", "C1GEN").canvas == "F9"


def test_one_that_is_turned_off_is_known_unless_it_was_never_made(filled: Store) -> None:
    canvases = filled.slack_canvases
    assert canvases.turn_off("topic", "speech", "C1GEN")
    assert not canvases.turn_off("topic", "speech", "C1GEN")
    assert not canvases.get("topic", "speech", "C1GEN").kept
    assert canvases.turn_off("topic", "speech", "C2LAB")
    assert canvases.get("topic", "speech", "C2LAB") is None


def test_one_that_is_made_after_it_was_turned_off_is_known_and_not_kept(filled: Store) -> None:
    canvases = filled.slack_canvases
    canvases.turn_off("topic", "speech", "C2LAB")
    canvases.note_made("topic", "speech", "C2LAB", "U1ADA", "F5", NOW)
    assert (canvases.get("topic", "speech", "C2LAB").canvas, canvases.get("topic", "speech", "C2LAB").kept) == (
        "F5",
        False,
    )


def test_what_is_kept_of_a_person_is_handed_out_and_erased(filled: Store, tmp_path: Path) -> None:
    told = lookup.export(filled, SLACK_ADDRESSES, "U1ADA")["canvases"]
    assert [(row["kind"], row["canvas"]) for row in told] == [
        *(("answer", "F1"), ("answer", "F2"), ("topic", "F4"), ("topic", "")),
    ]
    lookup.erase(filled, SLACK_ADDRESSES, "U1ADA")
    canvases = filled.slack_canvases
    assert canvases.of_person("U1ADA") == []
    assert canvases.erased() == ["F1", "F2"], "what a channel keeps stays its own"
    assert canvases.get("topic", "speech", "C1GEN").user == ""
    assert canvases.get("answer", "e1", "C2LAB").canvas == "F3"
    filled.backup(tmp_path / "copy.db")
    assert b"U1ADA" not in (tmp_path / "copy.db").read_bytes()
    canvases.forget("F1")
    assert canvases.erased() == ["F2"]


def test_what_is_kept_in_a_conversation_is_erased_with_it(filled: Store) -> None:
    lookup.erase(filled, SLACK_ADDRESSES, "C2LAB")
    assert filled.slack_canvases.of_person("C2LAB") == []
    assert filled.slack_canvases.erased() == ["F3"]
