"""Ids of deliveries in envelopes: nobody makes one up, and relays may do with them what they do."""

import pytest

from digest.subscriptions.bounce_ids import BounceIds

IDS = BounceIds(["a long key of ours", "an older key of ours"])
SIGNED = IDS.sign(17)


@pytest.mark.parametrize(
    "text",
    [
        f"bounces+{SIGNED}@example.org",
        f"BOUNCES+{SIGNED.upper()}@EXAMPLE.ORG",
        f"<bounces-{SIGNED}@example.org>",
        f"b{SIGNED}@example.org",
        f"SRS0=Hk2a=TT=example.org=bounces+{SIGNED}@forwarder.example",
        f"bounces+{SIGNED}=ada=reader.example@example.org",
        f"Return-Path: <x@y>\nTo: bounces+18.0123456789abcdef@example.org\nX: bounces+{SIGNED}@example.org",
        BounceIds(["an older key of ours"]).sign(17),
    ],
)
def test_an_id_is_found_wherever_it_stands(text):
    assert list(IDS.find(text)) == [17]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "17",
        "bounces+17@example.org",
        f"bounces+{SIGNED[:-1]}@example.org",
        f"bounces+{SIGNED}0@example.org",
        f"bounces+{SIGNED.replace('17.', '18.')}@example.org",
        f"bounces+1{SIGNED}@example.org",
        f"bounces+0{SIGNED}@example.org",
        BounceIds(["a key of somebody else"]).sign(17),
        "9" * 40 + ".0123456789abcdef",
        "bounces+١٧.0123456789abcdef@example.org",
    ],
)
def test_what_was_made_up_or_changed_is_no_id(text):
    assert list(IDS.find(text)) == []


def test_a_text_full_of_ids_is_not_looked_through_for_ever():
    forged = " ".join(f"{number}.0123456789abcdef" for number in range(1, 50_000))
    assert list(IDS.find(f"{forged} {SIGNED}")) == []
