"""What is kept of a person in Slack is handed out, and leaves no trace in the file once it is erased."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.conversation_id import SLACK_ADDRESSES
from digest.subscriptions import lookup
from store import Store
from store.records.editions import Topic
from store.records.feedback import Feedback, Reader
from store.records.questions import SearchLimits
from store.tables.slack_requests import NewSlackRequest

NOW = datetime(2026, 11, 27, tzinfo=UTC)
ADA, BEN = "U1ADA", "U2BEN"
KINDS = {"subscriptions", "deliveries", "feedback", "canvases", "requests", "opinions", "events"}


def ask(store: Store, channel: str, ts: str, user: str, text: str) -> int:
    limits = SearchLimits(since=NOW, authors=(f"author {text}",))
    claimed = store.slack_requests.claim(
        NewSlackRequest("T", channel, ts, ts, user, "survey", text, limits=limits), "me", 60.0
    )
    assert claimed is not None
    return claimed.row


@pytest.fixture
def filled(store: Store) -> Store:
    store.topics.put(Topic("speech", "Speech", "speech"))
    for number, user, direct in ((1, ADA, "D1ADA"), (2, BEN, "D2BEN")):
        ask(store, "C1LAB", f"1.{number}", user, f"open {user}")
        ask(store, direct, f"2.{number}", user, f"direct {user}")
        store.slack_threads.set_edition("T", direct, f"2.{number}", "e1")
        store.slack_threads.judge("e1", "T", user, "good", NOW)
        store.feedback.add([Feedback(Reader("slack", user), "", "keep", "2411.00001", f"paper {user}", NOW)])
        store.slack_inbox.add(f"E{user}", {"event": {"type": "app_mention", "user": user, "text": "hi"}}, "me")
        store.subscriptions.add("speech", "slack", direct, "active", NOW, owner=user, origin="slack")
    edited = {"type": "message", "channel": "D1ADA", "message": {"user": ADA, "text": "edited"}}
    store.slack_inbox.add("E3", {"event": edited}, "me")
    named = {"type": "app_mention", "user": BEN, "blocks": [{"type": "user", "user_id": ADA}]}
    store.slack_inbox.add("E4", {"event": named}, "me")
    store.subscriptions.add("speech", "slack", "C1LAB", "active", NOW, owner=ADA, origin="slack")
    return store


def test_it_is_all_handed_out(filled: Store) -> None:
    told = json.loads(json.dumps(lookup.export(filled, SLACK_ADDRESSES, ADA)))
    assert told.keys() >= KINDS
    assert [row["text"] for row in told["requests"]] == [f"open {ADA}", f"direct {ADA}"]
    assert [row["edition"] for row in told["opinions"]] == ["e1"]
    assert [body["event"]["type"] for body in told["events"]] == ["app_mention", "message"]
    assert [row["address"] for row in told["subscriptions"]] == ["D1ADA", "C1LAB"]
    assert BEN not in json.dumps(told)


def test_nothing_in_the_file_names_them_afterwards(filled: Store, tmp_path: Path) -> None:
    filled.slack_inbox.remove("E4")  # another's message names them still
    erased = lookup.erase(filled, SLACK_ADDRESSES, ADA)
    assert erased == {"subscriptions": 2, "feedback": 1, "canvases": 0, "opinions": 1, "requests": 2, "events": 2}
    filled.backup(tmp_path / "copy.db")
    assert [
        trace for trace in (b"1ADA", b"open U1", b"direct U1") if trace in (tmp_path / "copy.db").read_bytes()
    ] == []
    told = lookup.export(filled, SLACK_ADDRESSES, ADA)
    assert [kind for kind in KINDS if told[kind]] == []
    assert not any(lookup.erase(filled, SLACK_ADDRESSES, ADA).values())


def test_nobody_else_loses_anything(filled: Store) -> None:
    before = lookup.export(filled, SLACK_ADDRESSES, BEN)
    lookup.erase(filled, SLACK_ADDRESSES, ADA)
    assert lookup.export(filled, SLACK_ADDRESSES, BEN) == before
    assert [(one.address, one.owner) for one in filled.subscriptions.list()] == [("D2BEN", BEN), ("C1LAB", "")]
    assert filled.slack_threads.get("T", "D2BEN", "2.2") is not None


def test_what_is_under_way_ends_and_its_message_is_answered_no_second_time(filled: Store) -> None:
    row = ask(filled, "C1LAB", "9.0", ADA, "late")
    assert filled.slack_requests.begin(row, "me") is not None
    lookup.erase(filled, SLACK_ADDRESSES, ADA)
    filled.slack_requests.note_question(row, "late, and read anew")
    kept = filled.slack_requests.get(row)
    assert kept is not None
    assert (kept.state, kept.text, kept.user) == ("stopped", "", "")
    filled.slack_requests.release("me")
    assert {one.user for one in filled.slack_requests.adopt("another", 0.0)} == {BEN}
    again = NewSlackRequest("T", "C1LAB", "9.0", "9.0", ADA, "survey", "late")
    assert filled.slack_requests.claim(again, "me", 60.0) is None


def test_the_requests_of_a_channel_are_those_of_its_people(filled: Store) -> None:
    assert lookup.export(filled, SLACK_ADDRESSES, "C1LAB")["requests"] == []
    lookup.erase(filled, SLACK_ADDRESSES, "C1LAB")
    assert len(filled.slack_requests.of_person(ADA)) == 2
    lookup.erase(filled, SLACK_ADDRESSES, "D1ADA")
    assert [one.text for one in filled.slack_requests.of_person(ADA)] == [f"open {ADA}"]
