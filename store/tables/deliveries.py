"""Outbox table: the deliveries each subscriber is to get, and how far each came.

Invariant: (edition, subscription) is planned once; a delivery is claimed, with those that go in the same mail, by one
UPDATE, in the same transaction that finds its subscription still wants it and its sender still holds its shard. Before
the other side may take its text, that is on the disk: what a sender that is gone had claimed surely did not arrive, or
is uncertain.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from store.db.columns import moment_of, moment_of_or_none, row_limit, stamp, stamp_or_none
from store.db.database import Database, Session
from store.outbox.circuits import NOT_HELD, admit
from store.outbox.delivery_rows import COLUMNS, FROM, WANTED, delivery_of_row, note_sent, read_delivery
from store.outbox.due_deliveries import DueQuery, find_due, find_mail
from store.outbox.shards import ALL_SHARDS, Shards
from store.records.deliveries import ChannelName, Delivery, DeliveryState, NoticeKind, Subscription
from store.records.editions import Edition

_RESEND_MINUTES = (0, 10, 60)  # from when a delivery became uncertain, the first, second and third time
MAIL_TOPICS = 12  # digests of one mail: more than that nobody reads, and Gmail clips; the others make a second one
_WAITING_STATES: tuple[DeliveryState, ...] = ("planned", "retry", "claimed")
_MOST_AHEAD = timedelta(days=31)  # that a letter is planned
# As if an attempt had not been begun.
_WAIT_AGAIN = """
    UPDATE deliveries SET state = CASE WHEN attempts > 1 THEN 'retry' ELSE 'planned' END, attempts = attempts - 1,
        owner = ''
"""


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
        self._shards = Shards(database)

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
        """How many letters of a kind were planned at or after a moment, in all or to one address; none of a clock that
        was far ahead.
        """
        sql = f"""
            SELECT count(*) {FROM}
            WHERE d.kind = ? AND d.kind <> 'digest' AND d.planned_at BETWEEN ? AND ?
                AND s.address = coalesce(?, s.address)
                AND d.state <> 'skipped'
        """
        with self._database.read() as session:
            return int(session.rows(sql, [kind, stamp(since), stamp(since + _MOST_AHEAD), address])[0][0])

    def letter_waits(self, kind: NoticeKind, channel: ChannelName, address: str) -> bool:
        """Whether a letter to an address is still to be sent, and wanted."""
        sql = f"""
            SELECT 1 FROM subscriptions AS s CROSS JOIN deliveries AS d
            WHERE d.subscription = s.id AND s.channel = ? AND s.address = ? AND d.kind = ?
                AND d.state IN ('planned', 'retry') AND {WANTED}
            LIMIT 1
        """
        with self._database.read() as session:
            return session.one(sql, [channel, address, kind]) is not None

    def last_letter(self, kind: NoticeKind, channel: ChannelName, address: str) -> datetime | None:
        """When the last letter of a kind to an address went out, or else is or was to."""
        sql = f"""
            SELECT max(d.planned_at), max(d.claimed_at), max(d.ended_at) {FROM}
            WHERE s.channel = ? AND s.address = ? AND d.kind = ? AND d.state <> 'skipped'
        """
        with self._database.read() as session:
            moments = session.rows(sql, [channel, address, kind])[0]
        return max(map(moment_of, filter(None, moments)), default=None)

    def hand_over(self, before: int, after: Subscription) -> int:
        """Send to another subscription what was planned for one and not yet begun; how many there were."""
        with self._database.write() as session:
            return session.run(
                """
                UPDATE deliveries SET subscription = ?, channel = ?, domain = ?
                WHERE subscription = ? AND kind = 'digest' AND state IN ('planned', 'retry') AND NOT EXISTS (
                    SELECT 1 FROM deliveries AS own WHERE own.edition = deliveries.edition AND own.subscription = ?
                        AND own.kind = 'digest'
                )
                """,
                [after.id, after.channel, domain_of(after.address), before, after.id],
            )

    def due(
        self,
        channel: ChannelName,
        now: datetime,
        limit: int,
        *,
        each: int = -1,
        without: Collection[str] = (),
        shards: Collection[int] = ALL_SHARDS,
    ) -> list[tuple[int, str]]:
        """Numbers and domains of what is to be sent: the oldest plan of each domain, then the second of each ...

        each: at most so many of one domain; -1 is no limit. without: domains that are left out. shards: others are.
        """
        with self._database.read() as session:
            return find_due(session, DueQuery(channel, now, limit, each, without, shards))

    def next_due(self, channel: ChannelName) -> datetime | None:
        """When the next is to be sent."""
        sql = f"""
            SELECT min(next_at) FROM deliveries AS d
            WHERE channel = ? AND state IN ('planned', 'retry') AND {NOT_HELD}
        """
        with self._database.read() as session:
            return moment_of_or_none(session.rows(sql, [channel])[0][0])

    def claim(self, id_: int, owner: str, now: datetime) -> tuple[Delivery, ...]:
        """Take a delivery, and what waits to go in the same mail, to send it now: the attempt is recorded. By
        subscription, the oldest first.

        () where there is nothing to send: another has it, its subscription no longer wants it (then it is skipped),
        or its shard is not the owner's.
        """
        with self._database.write() as session:
            where = session.one("SELECT channel, domain FROM deliveries WHERE id = ?", [id_])
            if where is None or not self._shards.held(session, owner)(*where):
                return ()
            _skip_unwanted(session, id_, now)
            if not session.one("SELECT 1 FROM deliveries WHERE id = ? AND state IN ('planned', 'retry')", [id_]):
                return ()
            if not admit(session, id_, now):
                return ()
            together = find_mail(session, id_, MAIL_TOPICS)
            for other in together:
                _skip_unwanted(session, other, now)
            taken = session.rows(
                """
                UPDATE deliveries SET state = 'claimed', attempts = attempts + 1, owner = ?, claimed_at = ?,
                    text_at = NULL
                WHERE id IN (SELECT cast(value AS bigint) FROM json_each(?)) AND state IN ('planned', 'retry')
                RETURNING id
                """,
                [owner, stamp(now), json.dumps(together)],
            )
            claimed = {int(row[0]) for row in taken}
            return tuple(found for one in together if one in claimed and (found := read_delivery(session, one)))

    def give_back(self, owner: str, claimed_at: datetime) -> None:
        """What the owner claimed at that moment waits again, for it does not know whether it did: nothing was begun."""
        with self._database.write() as session:
            session.run(
                f"{_WAIT_AGAIN} WHERE state = 'claimed' AND owner = ? AND claimed_at = ? AND text_at IS NULL",
                [owner, stamp(claimed_at)],
            )

    def begin_text(self, ids: Collection[int], owner: str, now: datetime) -> bool:
        """Record, on the disk when this returns, that from now on the other side may take what the owner claimed.
        False, and nothing is recorded, where one of it is no longer the owner's to send.
        """
        with self._database.write(durable=True) as session:
            mine = "id IN (SELECT cast(value AS bigint) FROM json_each(?)) AND owner = ? AND state = 'claimed'"
            claimed = json.dumps(sorted(ids))
            if session.rows(f"SELECT count(*) FROM deliveries WHERE {mine}", [claimed, owner]) != [(len(ids),)]:
                return False
            session.run(f"UPDATE deliveries SET text_at = ? WHERE {mine}", [stamp(now), claimed, owner])
        return True

    def share_mail(self, edition: str, subscriptions: Sequence[int], hour: datetime, next_at: datetime) -> int:
        """Let an edition's deliveries to some subscriptions go, not before a moment, in the mail of an hour."""
        with self._database.write() as session:
            return session.run(
                """
                UPDATE deliveries SET mail_hour = ?, next_at = ? WHERE edition = ? AND state = 'planned'
                    AND subscription IN (SELECT cast(value AS bigint) FROM json_each(?))
                """,
                [stamp(hour), stamp(next_at), edition, json.dumps(list(subscriptions))],
            )

    def release_mail(self, subscriptions: Sequence[int], hour: datetime, now: datetime) -> int:
        """What still waits to go to some subscriptions in the mail of an hour need not wait; how many there were."""
        with self._database.write() as session:
            return session.run(
                """
                UPDATE deliveries SET next_at = ? WHERE mail_hour = ? AND state = 'planned' AND next_at > ?
                    AND subscription IN (SELECT cast(value AS bigint) FROM json_each(?))
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
                SET state = ?, detail = ?, message_id = ?, next_at = coalesce(?, next_at), ended_at = ?,
                    doubts = doubts + ?
                WHERE id = ? AND owner = ? AND state IN ('claimed', 'uncertain')
                """,
                [
                    *(ended.state, ended.detail, ended.message_id, stamp_or_none(ended.next_at)),
                    None if ended.state == "retry" else stamp(now),
                    *(int(ended.state == "uncertain"), id_, owner),
                ],
            )
            if recorded and ended.state == "sent":
                note_sent(session, id_, now)
        return recorded > 0

    def abandon(self, owner: str, now: datetime) -> int:
        """Called by whoever holds shards: what others claimed of them and did not end waits again, as if it had not
        been begun; where its text had begun to go out, it is uncertain. How many of those there were.
        """
        with self._database.write(durable=True) as session:
            held = self._shards.held(session, owner)
            sql = "SELECT id, channel, domain FROM deliveries WHERE state = 'claimed' AND owner <> ?"
            left = json.dumps([id_ for id_, *where in session.rows(sql, [owner]) if held(*where)])
            these = "state = 'claimed' AND id IN (SELECT cast(value AS bigint) FROM json_each(?))"
            session.run(f"{_WAIT_AGAIN} WHERE {these} AND text_at IS NULL", [left])
            return session.run(
                f"""
                UPDATE deliveries SET state = 'uncertain', ended_at = ?, doubts = doubts + 1,
                    detail = 'The sender ended while this was under way; it may have arrived.'
                WHERE {these}
                """,
                [stamp(now), left],
            )

    def send_uncertain_again(self, channel: ChannelName, since: datetime, now: datetime) -> int:
        """Let what became uncertain be sent again, the first time at once, the last after an hour; how many there were.

        since: what was planned before is left to a person, and so is what was sent again `len(_RESEND_MINUTES)` times.
        """
        with self._database.write() as session:
            return sum(
                session.run(
                    """
                    UPDATE deliveries SET state = 'retry', next_at = ?, ended_at = NULL, owner = '',
                        detail = 'sent again, for it may not have arrived: ' || detail
                    WHERE state = 'uncertain' AND channel = ? AND doubts = ? AND planned_at >= ?
                    """,
                    [stamp(now + timedelta(minutes=minutes)), channel, doubts, stamp(since)],
                )
                for doubts, minutes in enumerate(_RESEND_MINUTES, 1)
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
                note_sent(session, id_, now)
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
            return read_delivery(session, id_)

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
                SELECT {COLUMNS} {FROM}
                WHERE d.edition = coalesce(?, d.edition) AND d.subscription = coalesce(?, d.subscription)
                    AND s.topic = coalesce(?, s.topic)
                    AND (? = '[]' OR d.state IN (SELECT value FROM json_each(?)))
                ORDER BY d.id DESC LIMIT ? OFFSET ?
                """,
                [edition, subscription, topic, *[json.dumps(sorted(states))] * 2, row_limit(limit), max(offset, 0)],
            )
        return [delivery_of_row(row) for row in rows]

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
            AND NOT EXISTS (SELECT 1 {FROM} WHERE d.id = deliveries.id AND {WANTED})
        """,
        [stamp(now), id_],
    )
