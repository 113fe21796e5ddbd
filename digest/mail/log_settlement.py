"""Log settlement: what becomes of uncertain deliveries by what the relay's log says of them.

Invariant: what the log does not tell for sure stays uncertain; that a mail is not in it says something only where it
is this relay's log, and covers the time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from digest.mail.message import message_id_of_rows
from digest.mail.relay_log import MailFate, RelayLog, queue_id_of
from digest.subscriptions.addresses import to_ascii_address
from store.records.deliveries import Delivery

_LATEST_ANSWER = timedelta(minutes=5)  # after a text began: a log that goes on so long would tell that it was taken


@dataclass(frozen=True)
class Settlement:
    """state: of the delivery from then on; "uncertain" where nothing is known. words: why."""

    delivery: Delivery
    state: Literal["sent", "failed", "planned", "uncertain"]
    words: str


def find_message_ids(deliveries: Sequence[Delivery], domain: str) -> Mapping[int, str]:
    """Delivery -> Message-ID of its mail, made again where the sender ended before it could be noted.

    domain: of the mails' sender.
    """
    mails: dict[tuple[object, ...], list[Delivery]] = {}
    for delivery in sorted(deliveries, key=lambda one: one.subscription):
        together = (delivery.address, delivery.mail_hour, delivery.claimed_at) if delivery.mail_hour else (delivery.id,)
        mails.setdefault(together, []).append(delivery)
    return {
        delivery.id: delivery.message_id
        or message_id_of_rows([(one.id, one.edition) for one in mail], to_ascii_address(delivery.address), domain)
        for mail in mails.values()
        for delivery in mail
    }


def settle_by_log(
    uncertain: Sequence[Delivery], message_ids: Mapping[int, str], log: RelayLog, *, is_ours: bool, resend_absent: bool
) -> tuple[Settlement, ...]:
    """is_ours: whether mails of ours that were surely sent are in the log. resend_absent: what the log would tell of,
    and does not, is to be sent again.
    """

    def settle(delivery: Delivery) -> Settlement:
        found = log.fate(message_ids[delivery.id], queue_id_of(delivery.detail))
        if found:
            return _by_fate(delivery, found)
        began = delivery.text_at or delivery.claimed_at or delivery.planned_at
        until = min(delivery.ended_at or began, began + _LATEST_ANSWER)
        if not is_ours:
            return Settlement(delivery, "uncertain", "nothing of ours is in this log: it may be another relay's")
        if not log.covers(began, until):
            return Settlement(delivery, "uncertain", f"not in the log, which does not cover {_span(began, until)}")
        if not resend_absent:
            return Settlement(delivery, "uncertain", "not in the log; --absent=resend sends it again")
        return Settlement(delivery, "planned", "the relay never took it")

    return tuple(map(settle, uncertain))


def _by_fate(delivery: Delivery, found: MailFate) -> Settlement:
    if found.fate == "bounced":
        return Settlement(delivery, "failed", f"the relay took it, and then: {found.words}")
    said = {"delivered": "delivered", "deferred": "the relay has it, and tries on", "taken": "the relay took it"}
    return Settlement(delivery, "sent", f"{said[found.fate]}: {found.words}")


def _span(began: datetime, until: datetime) -> str:
    return f"{began:%Y-%m-%d %H:%M:%S} to {until:%H:%M:%S} UTC"
