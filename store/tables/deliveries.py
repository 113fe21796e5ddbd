"""Outbox table: the deliveries each subscriber is to get, and how far each came.

Invariant: (edition, subscription) is planned once; a delivery is claimed, with those that go in the same mail, by one
UPDATE, in the same transaction that finds its subscription still wants it and its sender still holds the outbox; the
claim is on the disk before anything is sent. What a sender that is gone had claimed is uncertain: nothing but a person
sends it again.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from store.db.columns import moment_of, moment_of_or_none, stamp, stamp_or_none
from store.db.database import Database, Session
from store.records.deliveries import ChannelName, Delivery, DeliveryState, NoticeKind, Subscription
from store.records.editions import Edition
from store.tables.leases import Leases

OUTBOX = "outbox"  # the lease of whoever sends
MAIL_TOPICS = 12  # digests of one mail: more than that nobody reads, and Gmail clips; the others make a second one

_COLUMNS = """
    d.id, d.kind, d.edition, d.subscription, s.topic, d.channel, s.address, d.state, d.attempts, d.planned_at,
    d.next_at, d.claimed_at, d.ended_at, d.detail, d.message_id, d.mail_hour
"""
_FROM = "FROM deliveries AS d JOIN subscriptions AS s ON s.id = d.subscription"
# In which state a subscription still wants what was planned for it.
_WANTED = """
    CASE d.kind WHEN 'confirm' THEN s.state = 'pending' WHEN 'goodbye' THEN s.state = 'unsubscribed'
    WHEN 'link' THEN s.state IN ('active', 'paused', 'bounced') ELSE s.state = 'active' END
"""


_WAITING_STATES: tuple[DeliveryState, ...] = ("planned", "retry", "claimed")


@dataclass(frozen=True)
class AttemptResult:
    """How an attempt ended, as it is recorded."""

    state: DeliveryState
    detail: str = ""
    message_id: str = ""
    next_at: datetime | None = None  # of a retry


class Deliveries:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._leases = Leases(database)

    def plan_letter(self, kind: NoticeKind, subscription: Subscription, now: datetime) -> int:
        """Plan a letter to one subscriber; its number."""
        with self._database.write() as session:
            found = session.rows(
                """
                INSERT INTO deliveries (
                    kind, edition, subscription, channel, domain, state, attempts, planned_at, next_at, owner, detail,
                    message_id
                ) VALUES (?, '', ?, ?, ?, 'planned', 0, ?, ?, '', '', '') RETURNING id
                """,
                [
                    *(kind, subscription.id, subscription.channel, domain_of(subscription.address)),
                    *(stamp(now), stamp(now)),
                ],
            )
        return int(found[0][0])

    def letters_since(self, kind: NoticeKind, since: datetime, address: str | None = None) -> int:
        """How many letters of a kind were planned at or after a moment, in all or to one address."""
        sql = f"""
            SELECT count(*) {_FROM}
            WHERE d.kind = ? AND d.kind <> 'digest' AND d.planned_at >= ? AND s.address = coalesce(?, s.address)
                AND d.state <> 'skipped'
        """
        with self._database.read() as session:
            return int(session.rows(sql, [kind, stamp(since), address])[0][0])

    def letter_waits(self, kind: NoticeKind, channel: ChannelName, address: str) -> bool:
        """Whether a letter to an address is still to be sent, and wanted."""
        sql = f"""
            SELECT 1 {_FROM} WHERE s.channel = ? AND s.address = ? AND d.kind = ? AND d.state IN ('planned', 'retry')
                AND {_WANTED} LIMIT 1
        """
        with self._database.read() as session:
            return session.one(sql, [channel, address, kind]) is not None

    def last_letter(self, kind: NoticeKind, channel: ChannelName, address: str) -> datetime | None:
        """When the last letter of a kind to an address went out, or else is or was to."""
        sql = f"""
            SELECT max(max(d.planned_at, coalesce(d.claimed_at, ''), coalesce(d.ended_at, ''))) {_FROM}
            WHERE s.channel = ? AND s.address = ? AND d.kind = ? AND d.state <> 'skipped'
        """
        with self._database.read() as session:
            return moment_of_or_none(session.rows(sql, [channel, address, kind])[0][0])

    def hand_over(self, before: int, after: Subscription) -> int:
        """Send to another subscription what was planned for one and not yet begun; how many there were."""
        with self._database.write() as session:
            return session.run(
                """
                UPDATE OR IGNORE deliveries SET subscription = ?, channel = ?, domain = ?
                WHERE subscription = ? AND kind = 'digest' AND state IN ('planned', 'retry')
                """,
                [after.id, after.channel, domain_of(after.address), before],
            )

    def due(self, channel: ChannelName, now: datetime, limit: int) -> list[tuple[int, str]]:
        """Numbers and domains of what is to be sent, the oldest plan first."""
        with self._database.read() as session:
            rows = session.rows(
                """
                SELECT id, domain FROM deliveries WHERE channel = ? AND next_at <= ? AND state IN ('planned', 'retry')
                ORDER BY next_at, id LIMIT ?
                """,
                [channel, stamp(now), limit],
            )
        return [(int(id_), str(domain)) for id_, domain in rows]

    def next_due(self, channel: ChannelName) -> datetime | None:
        """When the next is to be sent."""
        sql = "SELECT min(next_at) FROM deliveries WHERE channel = ? AND state IN ('planned', 'retry')"
        with self._database.read() as session:
            return moment_of_or_none(session.rows(sql, [channel])[0][0])

    def claim(self, id_: int, owner: str, now: datetime) -> tuple[Delivery, ...]:
        """Take a delivery, and what waits to go in the same mail, to send it now: the attempt is recorded, and on the
        disk. By subscription, the oldest first.

        () where there is nothing to send: another has it, its subscription no longer wants it (then it is skipped),
        or the outbox is not the owner's.
        """
        with self._database.write(durable=True) as session:
            if not self._leases.is_held(session, OUTBOX, owner):
                return ()
            _skip_unwanted(session, id_, now)
            if not session.one("SELECT 1 FROM deliveries WHERE id = ? AND state IN ('planned', 'retry')", [id_]):
                return ()
            together = _mail_of(session, id_)
            for other in together:
                _skip_unwanted(session, other, now)
            taken = session.rows(
                """
                UPDATE deliveries SET state = 'claimed', attempts = attempts + 1, owner = ?, claimed_at = ?
                WHERE id IN (SELECT value FROM json_each(?)) AND state IN ('planned', 'retry') RETURNING id
                """,
                [owner, stamp(now), json.dumps(together)],
            )
            claimed = {int(row[0]) for row in taken}
            return tuple(found for one in together if one in claimed and (found := _get(session, one)))

    def share_mail(self, edition: str, subscriptions: Sequence[int], hour: datetime, next_at: datetime) -> int:
        """Let an edition's deliveries to some subscriptions go, not before a moment, in the mail of an hour."""
        with self._database.write() as session:
            return session.run(
                """
                UPDATE deliveries SET mail_hour = ?, next_at = ? WHERE edition = ? AND state = 'planned'
                    AND subscription IN (SELECT value FROM json_each(?))
                """,
                [stamp(hour), stamp(next_at), edition, json.dumps(list(subscriptions))],
            )

    def release_mail(self, subscriptions: Sequence[int], hour: datetime, now: datetime) -> int:
        """What still waits to go to some subscriptions in the mail of an hour need not wait; how many there were."""
        with self._database.write() as session:
            return session.run(
                """
                UPDATE deliveries SET next_at = ? WHERE mail_hour = ? AND state = 'planned' AND next_at > ?
                    AND subscription IN (SELECT value FROM json_each(?))
                """,
                [stamp(now), stamp(hour), stamp(now), json.dumps(list(subscriptions))],
            )

    def end(self, id_: int, owner: str, now: datetime, ended: AttemptResult) -> bool:
        """Record how the owner's attempt ended, on the disk when this returns. False where it was not the owner's.

        What others took for uncertain meanwhile, its owner still knows best.
        """
        with self._database.write(durable=True) as session:
            recorded = session.run(
                """
                UPDATE deliveries
                SET state = ?, detail = ?, message_id = ?, next_at = coalesce(?, next_at), ended_at = ?
                WHERE id = ? AND owner = ? AND state IN ('claimed', 'uncertain')
                """,
                [
                    *(ended.state, ended.detail, ended.message_id, stamp_or_none(ended.next_at)),
                    *(None if ended.state == "retry" else stamp(now), id_, owner),
                ],
            )
            if recorded and ended.state == "sent":
                _note_sent(session, id_, now)
        return recorded > 0

    def abandon(self, owner: str, now: datetime) -> int:
        """Called by whoever holds the outbox: what others claimed and did not end is uncertain. How many there were."""
        with self._database.write(durable=True) as session:
            if not self._leases.is_held(session, OUTBOX, owner):
                return 0
            return session.run(
                """
                UPDATE deliveries SET state = 'uncertain', ended_at = ?,
                    detail = 'The sender ended while this was under way; it may have arrived.'
                WHERE state = 'claimed' AND owner <> ?
                """,
                [stamp(now), owner],
            )

    def resolve(self, id_: int, *, resend: bool, now: datetime) -> bool:
        """Settle an uncertain delivery: it arrived, or it is to be sent again. False where it is not uncertain."""
        said = "sent again by hand" if resend else "settled by hand: it arrived"
        with self._database.write(durable=True) as session:
            settled = session.run(
                """
                UPDATE deliveries SET state = ?, next_at = ?, owner = '', detail = detail || ' (' || ? || ')'
                WHERE id = ? AND state = 'uncertain'
                """,
                ["planned" if resend else "sent", stamp(now), said, id_],
            )
            if settled and not resend:
                _note_sent(session, id_, now)
        return settled > 0

    def retry(self, id_: int, now: datetime) -> bool:
        """Send a failed delivery once more, or a waiting one now; False where it is neither."""
        with self._database.write() as session:
            return (
                session.run(
                    "UPDATE deliveries SET state = 'retry', next_at = ?, ended_at = NULL WHERE id = ? "
                    "AND state IN ('failed', 'retry', 'planned')",
                    [stamp(now), id_],
                )
                > 0
            )

    def get(self, id_: int) -> Delivery | None:
        with self._database.read() as session:
            return _get(session, id_)

    def list(
        self,
        *,
        states: Collection[DeliveryState] = (),
        edition: str | None = None,
        subscription: int | None = None,
        topic: str | None = None,
        limit: int = 100,
        offset: int = 0,
    ) -> list[Delivery]:
        """Newest plan first; with all that is named."""
        with self._database.read() as session:
            rows = session.rows(
                f"""
                SELECT {_COLUMNS} {_FROM}
                WHERE d.edition = coalesce(?, d.edition) AND d.subscription = coalesce(?, d.subscription)
                    AND s.topic = coalesce(?, s.topic)
                    AND (? = '[]' OR d.state IN (SELECT value FROM json_each(?)))
                ORDER BY d.id DESC LIMIT ? OFFSET ?
                """,
                [edition, subscription, topic, *[json.dumps(sorted(states))] * 2, limit, max(offset, 0)],
            )
        return [_delivery(row) for row in rows]

    def counts(self, edition: str | None = None) -> Mapping[str, int]:
        """State -> how many."""
        with self._database.read() as session:
            sql = "SELECT state, count(*) FROM deliveries WHERE edition = coalesce(?, edition) GROUP BY state"
            return {str(state): int(number) for state, number in session.rows(sql, [edition])}

    def earlier_messages(self, subscription: int, before: int, limit: int = 5) -> tuple[str, ...]:
        """Message ids of the last digests that this subscription was sent before a delivery, oldest first."""
        with self._database.read() as session:
            rows = session.rows(
                """
                SELECT message_id FROM deliveries WHERE subscription = ? AND id < ? AND kind = 'digest'
                    AND state = 'sent' AND message_id <> '' ORDER BY id DESC LIMIT ?
                """,
                [subscription, before, limit],
            )
        return tuple(str(row[0]) for row in reversed(rows))


def count_waiting(counts: Mapping[str, int]) -> int:
    """Of `Deliveries.counts`: what is not settled yet, and needs nobody for it."""
    return sum(counts.get(state, 0) for state in _WAITING_STATES)


def domain_of(address: str) -> str:
    """Of a mail address; anything else is its own."""
    return address.rpartition("@")[2].lower()


def plan_digest(session: Session, edition: Edition, now: datetime) -> int:
    """In the transaction that freezes a digest: one delivery for each active subscription of its topic."""
    return session.run(
        """
        INSERT INTO deliveries (
            kind, edition, subscription, channel, domain, state, attempts, planned_at, next_at, owner, detail,
            message_id
        )
        SELECT 'digest', ?, id, channel, lower(substr(address, instr(address, '@') + 1)), 'planned', 0, ?, ?, '', '', ''
        FROM subscriptions WHERE topic = ? AND state = 'active' ORDER BY id
        """,
        [edition.id, stamp(now), stamp(now), edition.topic],
    )


def _skip_unwanted(session: Session, id_: int, now: datetime) -> None:
    session.run(
        f"""
        UPDATE deliveries SET state = 'skipped', ended_at = ?, detail = (
            SELECT 'the subscription is ' || s.state FROM subscriptions AS s WHERE s.id = deliveries.subscription
        )
        WHERE id = ? AND state IN ('planned', 'retry')
            AND NOT EXISTS (SELECT 1 {_FROM} WHERE d.id = deliveries.id AND {_WANTED})
        """,
        [stamp(now), id_],
    )


def _mail_of(session: Session, id_: int) -> list[int]:
    """A delivery, and as many of those that may go in its mail as one mail holds, by subscription."""
    rows = session.rows(
        """
        SELECT o.subscription, o.id FROM deliveries AS d CROSS JOIN subscriptions AS s ON s.id = d.subscription
        CROSS JOIN subscriptions AS p ON p.channel = s.channel AND p.address = s.address
        CROSS JOIN deliveries AS o ON o.subscription = p.id AND o.mail_hour = d.mail_hour
            AND o.state IN ('planned', 'retry')
        WHERE d.id = ? ORDER BY o.id <> d.id, o.subscription, o.id LIMIT ?
        """,
        [id_, MAIL_TOPICS],
    )
    return [int(found) for _, found in sorted(map(tuple, rows))] or [id_]


def _note_sent(session: Session, id_: int, now: datetime) -> None:
    session.run(
        """
        UPDATE subscriptions SET last_sent_at = ?, soft_bounces = 0
        WHERE id = (SELECT subscription FROM deliveries WHERE id = ? AND kind = 'digest')
        """,
        [stamp(now), id_],
    )


def _get(session: Session, id_: int) -> Delivery | None:
    row = session.one(f"SELECT {_COLUMNS} {_FROM} WHERE d.id = ?", [id_])
    return None if row is None else _delivery(row)


def _delivery(row: Sequence[Any]) -> Delivery:
    id_, kind, edition, subscription, topic, channel, address, state, attempts, planned, following, *rest = row
    claimed, ended, detail, message_id, hour = rest
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
    )
