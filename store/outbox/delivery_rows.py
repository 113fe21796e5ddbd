"""Rows of the outbox as records: what is read of a delivery, and when its subscription still wants it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from store.db.columns import moment_of, moment_of_or_none, stamp
from store.db.database import Session
from store.records.deliveries import Delivery

COLUMNS = """
    d.id, d.kind, d.edition, d.subscription, s.topic, d.channel, s.address, d.state, d.attempts, d.planned_at,
    d.next_at, d.claimed_at, d.ended_at, d.detail, d.message_id, d.mail_hour, d.text_at
"""
FROM = "FROM deliveries AS d JOIN subscriptions AS s ON s.id = d.subscription"
# In which state a subscription still wants what was planned for it.
WANTED = """
    CASE d.kind WHEN 'confirm' THEN s.state = 'pending' WHEN 'goodbye' THEN s.state = 'unsubscribed'
    WHEN 'link' THEN s.state IN ('active', 'paused', 'bounced') ELSE s.state = 'active' END
"""


def read_delivery(session: Session, id_: int) -> Delivery | None:
    row = session.one(f"SELECT {COLUMNS} {FROM} WHERE d.id = ?", [id_])
    return None if row is None else delivery_of_row(row)


def delivery_of_row(row: Sequence[Any]) -> Delivery:
    id_, kind, edition, subscription, topic, channel, address, state, attempts, planned, following, *rest = row
    claimed, ended, detail, message_id, hour, text = rest
    return Delivery(
        id=id_,
        kind=kind,
        edition=edition,
        subscription=subscription,
        topic=topic,
        channel=channel,
        address=address,
        state=state,
        attempts=attempts,
        planned_at=moment_of(planned),
        next_at=moment_of(following),
        claimed_at=moment_of_or_none(claimed),
        ended_at=moment_of_or_none(ended),
        detail=detail,
        message_id=message_id,
        mail_hour=moment_of_or_none(hour),
        text_at=moment_of_or_none(text),
    )


def note_sent(session: Session, id_: int, now: datetime) -> None:
    """At its subscription, where it was a digest."""
    session.run(
        """
        UPDATE subscriptions SET last_sent_at = ?, soft_bounces = 0
        WHERE id = (SELECT subscription FROM deliveries WHERE id = ? AND kind = 'digest')
        """,
        [stamp(now), id_],
    )
