"""What each fault of a relay makes of a delivery in the store, over the real outbox, composer and connection."""

from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from digest.background.channel_setup import ChannelSetup, SendPolicy
from digest.mail.channel import MailChannel
from digest.mail.headers import Sender
from digest.mail.message import DigestMail
from digest.mail.smtp import Relay, SmtpTransport
from digest.urls import SiteUrls
from store import Store
from tests.doubles.editions import edition
from tests.doubles.relays import HANG_UP, SILENCE, FaultyRelay
from tests.factories.outbox import plain_outgoing, running_outbox, until

NOW = datetime.now(UTC) - timedelta(minutes=1)
EDITION = replace(edition(3, kind="digest"), topic="speech")
WRITE = DigestMail(Sender("digests@example.org"), SiteUrls("https://papers.example.org"))
OK = "250 ok"

# (what the relay does to the first mail; then it works), the end of that delivery, attempts, mails taken by the relay
PASSING = [
    ({"greeting": ["421 4.3.2 busy", "220 ready"]}, "sent", 2, 2),
    ({"MAIL": ["421 too many", OK]}, "sent", 2, 2),
    ({"RCPT": ["451 4.2.1 try later", OK]}, "sent", 2, 2),
    ({"RCPT": ["452 4.2.2 over quota", OK]}, "sent", 2, 2),
    ({"RCPT": [HANG_UP, OK]}, "sent", 2, 2),
    ({"DATA": [HANG_UP, "354 go ahead"]}, "sent", 2, 2),
    ({"dot": ["451 4.3.0 no room", OK]}, "sent", 2, 3),
    ({"body": [HANG_UP, ""]}, "uncertain", 1, 1),
    ({"dot": [HANG_UP, OK]}, "uncertain", 1, 2),
    ({"dot": [SILENCE, OK]}, "uncertain", 1, 2),
    ({"dot": ["550 5.7.1 spam", OK]}, "failed", 1, 2),
    ({"RCPT": ["550 5.1.1 no such user", OK]}, "failed", 1, 1),
]


@contextmanager
def sending(store: Store, relay: FaultyRelay, security: str = "plain", **user: str):
    to = Relay("127.0.0.1", relay.port, security, **user)  # type: ignore[arg-type]
    terms = SendPolicy(connections=1, first_retry=timedelta(seconds=0.05), lease_seconds=60.0)
    setup = ChannelSetup(
        lambda: MailChannel(SmtpTransport(to, Impatience(relay)), WRITE),
        plain_outgoing,
        terms,
    )
    with running_outbox(store, setup):
        yield


class Impatience:
    """SMTP time-outs: short once the relay is silent, as it was told, and never for a machine that is slow."""

    connect = command = 60.0

    def __init__(self, relay: FaultyRelay) -> None:
        self._relay, self._silences = relay, list(relay.replies.get("dot", "")).count(SILENCE)

    @property
    def answer(self) -> float:
        if not self._silences:
            return 60.0
        self._silences -= 1
        assert self._relay.silent.wait(60)
        return 0.1


def planned(store: Store) -> tuple[int, int]:
    for name in ("first", "second"):
        store.subscriptions.add("speech", "mail", f"{name}@example.org", "active", NOW)
    store.editions.freeze(EDITION, send_at=NOW)
    first, second = sorted(delivery.id for delivery in store.deliveries.list(limit=-1))
    return first, second


def delivery(store: Store, id_: int):
    (found,) = [delivery for delivery in store.deliveries.list(limit=-1) if delivery.id == id_]
    return found


@pytest.mark.parametrize(("replies", "state", "attempts", "taken"), PASSING, ids=[str(row[0]) for row in PASSING])
def test_a_fault_of_one_moment(store: Store, replies, state, attempts, taken) -> None:
    first, second = planned(store)
    with FaultyRelay(replies) as relay, sending(store, relay):
        until(lambda: {delivery(store, id_).state for id_ in (first, second)} <= {"sent", "failed", "uncertain"})
        ended = delivery(store, first)
        assert (ended.state, ended.attempts) == (state, attempts)
        assert delivery(store, second).state == "sent"
        assert len(relay.texts) == taken
    (subscription,) = store.subscriptions.of_address("mail", "first@example.org")
    assert subscription.state == ("bounced" if "no such user" in str(replies) else "active")


@pytest.mark.parametrize(
    ("replies", "security", "user", "words"),
    [
        ({}, "starttls", {}, "no STARTTLS"),
        (
            {"EHLO": "250-x\r\n250 AUTH PLAIN", "AUTH": "535 5.7.8 wrong password"},
            "plain",
            {"user": "a", "password": "b"},
            "535",
        ),
        ({"MAIL": "550 5.7.1 not your domain"}, "plain", {}, "not your domain"),
    ],
    ids=["STARTTLS missing", "authentication refused", "sender refused"],
)
def test_what_the_operator_has_to_mend_waits_for_it(store: Store, replies, security, user, words) -> None:
    ids = planned(store)
    with FaultyRelay(replies) as relay, sending(store, relay, security, **user):
        until(lambda: any(circuit.waiting == 2 for circuit in store.circuits.list_open()))
        assert relay.texts == []
    waiting = [delivery(store, id_) for id_ in ids]
    assert {delivery.state for delivery in waiting} <= {"retry", "planned"}
    assert any(words in delivery.detail for delivery in waiting)
    assert [delivery.attempts for delivery in waiting] == [0, 0]
    assert store.subscriptions.counts() == {"active": 2}
