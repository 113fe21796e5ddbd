"""Reports end in the policy of replies: a dead address bounces, nobody else does, and what is forged does nothing."""

from datetime import timedelta

import pytest

from digest.mail.reports.report_handler import ReportHandler, StillSending
from digest.mail.reports.report_parser import parse_report_mail
from digest.subscriptions.bounce_ids import BounceIds
from store import Store
from store.tables.deliveries import AttemptResult
from tests.doubles.report_mails import report_mail
from tests.factories.reports import (
    LINKS,
    NOW,
    SENDER,
    claim_all,
    delivery_of,
    end,
    envelope,
    send_digest,
    with_sent_digest,
)
from tests.factories.store import digest
from tests.factories.subscribers import ADA, BEN, letters, states


@pytest.fixture
def store(store: Store) -> Store:
    return with_sent_digest(store)


def take(store: Store, data: bytes) -> list[str]:
    handler = ReportHandler(store, LINKS, SENDER)
    return [outcome.result for outcome in handler.take(parse_report_mail(data), NOW + timedelta(days=40))]


@pytest.mark.parametrize("form", ["postfix", "exim", "qmail"])
def test_a_dead_address_bounces_once_and_weeks_later(store, form):
    delivery = delivery_of(store, ADA)
    data = report_mail(form, envelope(delivery.id), ADA)
    assert take(store, data) == ["bounced"]
    assert states(store, ADA) == {"walks": "bounced", "speech": "active"}
    assert states(store, BEN) == {"walks": "active"}
    after = store.deliveries.get(delivery.id)
    assert (after.state, "User unknown" in after.detail) == ("failed", True)
    assert [row.kind for row in store.delivery_reports.of_delivery(delivery.id)] == ["failed"]
    store.subscriptions.move(delivery.subscription, ["bounced"], "active", NOW)
    assert take(store, data) == ["known"]
    assert states(store, ADA)["walks"] == "active"


@pytest.mark.parametrize("form", ["postfix", "exim", "qmail"])
@pytest.mark.parametrize("reply", ["policy", "sender", "full", "550 Go away"])
def test_what_is_not_the_addresss_fault_fails_the_mail_and_bounces_nobody(store, form, reply):
    delivery = delivery_of(store, ADA)
    assert take(store, report_mail(form, envelope(delivery.id), ADA, reply)) == ["failed"]
    assert states(store, ADA)["walks"] == "active"
    assert store.deliveries.get(delivery.id).state == "failed"


def test_what_is_unclear_bounces_after_five_digests_in_a_row(store):
    for day in range(1, 6):
        send_digest(store, day)
    for day in (3, 0, 1, 4, 2):  # they come when they come
        assert states(store, ADA)["walks"] == "active"
        take(store, report_mail("postfix", envelope(delivery_of(store, ADA, day).id), ADA, "full"))
    assert states(store, ADA)["walks"] == "active"  # that of day 2 came last, and is the third
    take(store, report_mail("postfix", envelope(delivery_of(store, ADA, 5).id), ADA, "full"))
    assert states(store, ADA)["walks"] == "bounced"


def test_a_taken_one_between_them_ends_the_row(store):
    for day in range(1, 7):
        send_digest(store, day)
    for day in (0, 1, 2, 4, 5, 6):
        take(store, report_mail("postfix", envelope(delivery_of(store, ADA, day).id), ADA, "full"))
    assert states(store, ADA)["walks"] == "active"


@pytest.mark.parametrize("action", ["delayed", "relayed", "delivered"])
def test_what_still_waits_or_arrived_changes_nothing(store, action):
    delivery = delivery_of(store, ADA)
    data = report_mail("postfix", envelope(delivery.id), ADA, "451 4.4.1 try later", action=action, status="4.4.1")
    take(store, data)
    assert (store.deliveries.get(delivery.id).state, states(store, ADA)["walks"]) == ("sent", "active")


def test_an_uncertain_mail_that_arrived_is_settled(store):
    send_digest(store, 1, "uncertain")
    delivery = delivery_of(store, ADA, 1)
    sent = report_mail("postfix", envelope(delivery.id), ADA, "250 2.0.0 ok", action="delivered", status="2.0.0")
    assert take(store, sent) == ["delivered"]
    assert store.deliveries.get(delivery.id).state == "sent"


def test_a_complaint_unsubscribes_from_everything_without_a_goodbye(store):
    delivery = delivery_of(store, ADA)
    data = report_mail("abuse", envelope(delivery.id), ADA)
    assert take(store, data) == ["unsubscribed"]
    assert states(store, ADA) == {"walks": "unsubscribed", "speech": "unsubscribed"}
    assert letters(store) == []
    assert take(store, data) == ["known"]


@pytest.mark.parametrize("named", ["", "redacted", "x" * 40 + "@provider.example"])
def test_a_complaint_that_hides_its_reader_is_known_by_the_link_in_the_mail(store, named):
    delivery = delivery_of(store, ADA)
    token = LINKS.sign("unsubscribe", delivery.subscription)
    links = f"List-Unsubscribe: <https://x.org/unsubscribe/{token}>, <mailto:a@x.org?subject=unsubscribe%20{token}>"
    data = report_mail("abuse", "digests@example.org", ADA, message_id=delivery.message_id, links=links, named=named)
    assert take(store, data) == ["unsubscribed"]
    assert states(store, BEN) == {"walks": "active"}


@pytest.mark.parametrize("feedback", ["not-spam", "auth-failure", "virus", "other", ""])
def test_what_is_no_complaint_of_a_reader_unsubscribes_nobody(store, feedback):
    assert take(store, report_mail("abuse", envelope(delivery_of(store, ADA).id), ADA, feedback=feedback)) == []
    assert states(store, ADA)["walks"] == "active"


@pytest.mark.parametrize("form", ["out of office", "receipt"])
def test_answers_of_people_and_their_programs_are_no_reports(store, form):
    assert take(store, report_mail(form, envelope(delivery_of(store, ADA).id), ADA)) == []


def forgeries(number: int) -> list[str]:
    signed = LINKS.bounce_ids.sign(number)
    return [
        f"bounces+{number}@example.org",
        f"bounces+{number}.0000000000000000@example.org",
        f"bounces+{BounceIds(['a stranger’s key']).sign(number)}@example.org",
        f"bounces+{number + 1}{signed[signed.index('.') :]}@example.org",
        f"bounces+{LINKS.bounce_ids.sign(99_999)}@example.org",
        "bounces@example.org",
    ]


@pytest.mark.parametrize("form", ["postfix", "exim", "qmail", "abuse"])
@pytest.mark.parametrize("which", range(6))
def test_a_forged_or_unknown_id_does_nothing_even_with_the_right_message_id(store, form, which):
    delivery = delivery_of(store, ADA)
    data = report_mail(form, forgeries(delivery.id)[which], ADA, message_id=delivery.message_id)
    assert take(store, data) == ["unknown"]
    assert store.deliveries.get(delivery.id) == delivery
    assert states(store, ADA) == {"walks": "active", "speech": "active"}


@pytest.mark.parametrize("form", ["postfix", "exim", "abuse"])
def test_an_id_that_is_anothers_does_nothing(store, form):
    """Whoever gets mails of their own has an id; it must reach nobody else."""
    mine = delivery_of(store, BEN)
    assert take(store, report_mail(form, envelope(mine.id), BEN, named=ADA)) == ["mismatch"]
    assert (states(store, ADA)["walks"], states(store, BEN)["walks"]) == ("active", "active")
    assert store.deliveries.get(mine.id) == mine


def test_an_address_that_forwards_to_a_dead_one_is_a_dead_one(store):
    delivery = delivery_of(store, ADA)
    data = report_mail("postfix", envelope(delivery.id), ADA, named="ada@elsewhere.example")
    assert take(store, data) == ["mismatch"]
    told = data.replace(
        b"<ada@elsewhere.example>: host", b"<ada@elsewhere.example> (expanded from <%b>): host" % ADA.encode()
    )
    assert take(store, told) == ["bounced"]


def test_a_report_in_the_middle_of_the_sending_is_to_come_again(store):
    store.editions.freeze(digest("walks1", day=1), send_at=NOW)
    number = claim_all(store)[0]
    with pytest.raises(StillSending):
        take(store, report_mail("postfix", envelope(number), store.deliveries.get(number).address))


def test_all_digests_of_one_mail_come_back_together(store):
    store.editions.freeze(digest("walks1", day=1), send_at=NOW)
    store.editions.freeze(digest("speech1", day=1, topic="speech"), send_at=NOW)
    for number in claim_all(store):
        end(store, number, AttemptResult("sent", "250 ok", f"<{store.deliveries.get(number).address}>"))
    assert take(store, report_mail("postfix", envelope(delivery_of(store, ADA, 1).id), ADA)) == ["bounced"]
    assert states(store, ADA) == {"walks": "bounced", "speech": "bounced"}
    assert states(store, BEN) == {"walks": "active"}


def test_what_an_erased_reader_got_leaves_no_report(store):
    delivery = delivery_of(store, ADA)
    take(store, report_mail("postfix", envelope(delivery.id), ADA))
    store.subscriptions.erase("mail", ADA)
    assert store.delivery_reports.of_delivery(delivery.id) == []
    assert take(store, report_mail("postfix", envelope(delivery.id), ADA)) == ["unknown"]
