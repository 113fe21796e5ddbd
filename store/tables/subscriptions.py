"""Subscriptions table: who gets which topic's digests, and where.

Invariant: (topic, channel, address) exists once; a state changes only from the states that the caller names, decided by
one UPDATE and its row count; a number is never used again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from store.db.columns import decode_text, encode_text, moment_of, row_limit, stamp, to_json_list
from store.db.database import Database
from store.records.deliveries import ChannelName, OneMailChoice, Subscription, SubscriptionState
from store.records.editions import EditionLength
from store.records.lazy_text import AnyText, lazy_gettext

_COLUMNS = """
    id, topic, channel, address, state, created_at, confirmed_at, last_sent_at, owner, origin, soft_bounces, reason,
    replaces, length, one_mail
"""


class Subscriptions:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self,
        topic: str,
        channel: ChannelName,
        address: str,
        state: SubscriptionState,
        now: datetime,
        *,
        owner: str = "",
        origin: str = "operator",
    ) -> Subscription:
        """Keep a new subscription, and return the one that is there: this, or an earlier one, unchanged.

        Whether its digests share a mail, it takes from the others of its address.
        """
        with self._database.write() as session:
            session.run(
                """
                INSERT INTO subscriptions (
                    topic, channel, address, state, created_at, confirmed_at, owner, origin, soft_bounces, reason,
                    one_mail
                ) SELECT ?, ?, ?, ?, ?, ?, ?, ?, 0, '', coalesce(max(one_mail), '')
                FROM subscriptions WHERE channel = ? AND address = ? ON CONFLICT DO NOTHING
                """,
                [
                    *(topic, channel, address, state, stamp(now), stamp(now) if state == "active" else None),
                    *(owner, origin, channel, address),
                ],
            )
            sql = f"SELECT {_COLUMNS} FROM subscriptions WHERE topic = ? AND channel = ? AND address = ?"
            return _subscription(session.rows(sql, [topic, channel, address])[0])

    def get(self, id_: int) -> Subscription | None:
        with self._database.read() as session:
            row = session.one(f"SELECT {_COLUMNS} FROM subscriptions WHERE id = ?", [id_])
        return None if row is None else _subscription(row)

    def of_address(self, channel: ChannelName, address: str) -> Sequence[Subscription]:
        """All of one address, whatever their state, oldest first."""
        with self._database.read() as session:
            sql = f"SELECT {_COLUMNS} FROM subscriptions WHERE channel = ? AND address = ? ORDER BY id"
            return [_subscription(row) for row in session.rows(sql, [channel, address])]

    def of_person(self, channel: ChannelName, address: str) -> Sequence[Subscription]:
        """Those of an address, and those that this Slack user is the owner of, wherever they go; oldest first."""
        theirs = "channel = :channel AND address = :address OR :channel = 'slack' AND owner = :address"
        with self._database.read() as session:
            sql = f"SELECT {_COLUMNS} FROM subscriptions WHERE {theirs} ORDER BY id"
            return [_subscription(row) for row in session.rows(sql, {"channel": channel, "address": address})]

    def beside(self, topic: str, channel: ChannelName, choices: Sequence[OneMailChoice]) -> Sequence[Subscription]:
        """All active ones with these choices, of the addresses that have such a one of the topic; oldest first."""
        wanted = "channel = :channel AND state = 'active' AND one_mail IN (SELECT value FROM json_each(:choices))"
        with self._database.read() as session:
            rows = session.rows(
                f"""
                SELECT {_COLUMNS} FROM subscriptions WHERE {wanted}
                    AND address IN (SELECT address FROM subscriptions WHERE topic = :topic AND {wanted}) ORDER BY id
                """,
                {"topic": topic, "channel": channel, "choices": to_json_list(choices)},
            )
        return [_subscription(row) for row in rows]

    def counts(self, topic: str | None = None) -> dict[str, int]:
        """State -> how many."""
        with self._database.read() as session:
            sql = "SELECT state, count(*) FROM subscriptions WHERE topic = coalesce(?, topic) GROUP BY state"
            return {str(state): int(number) for state, number in session.rows(sql, [topic])}

    def move(
        self,
        id_: int,
        before: Sequence[SubscriptionState],
        after: SubscriptionState,
        now: datetime,
        *,
        reason: AnyText = "",
    ) -> bool:
        """From one of the states `before` to `after`; False, and nothing done, where it was in none of them."""
        with self._database.write() as session:
            moved = session.run(
                """
                UPDATE subscriptions SET state = :after, reason = :reason,
                    confirmed_at = CASE WHEN :after = 'active' THEN coalesce(confirmed_at, :now) ELSE confirmed_at END,
                    soft_bounces = CASE WHEN :after = 'active' THEN 0 ELSE soft_bounces END,
                    bounced_at = CASE WHEN :after = 'bounced' THEN :now END
                WHERE id = :id AND state IN (SELECT value FROM json_each(:before))
                """,
                {
                    "after": after,
                    "reason": encode_text(reason),
                    "now": stamp(now),
                    "id": id_,
                    "before": to_json_list(before),
                },
            )
        return moved > 0

    def list_bounced(self, since: datetime, reason: str) -> list[Subscription]:
        """Those that bounced since a moment and in the reason for which a text stands, in whatever letters."""
        with self._database.read() as session:
            rows = session.rows(
                f"SELECT {_COLUMNS} FROM subscriptions WHERE state = 'bounced' AND bounced_at >= ? ORDER BY id",
                [stamp(since)],
            )
        wanted = reason.casefold()
        return [found for row in rows if wanted in str((found := _subscription(row)).reason).casefold()]

    def record_soft_bounce(self, id_: int) -> int:  # decision 31
        """Count a passing refusal of the recipient; how many there were in a row."""
        with self._database.write() as session:
            sql = "UPDATE subscriptions SET soft_bounces = soft_bounces + 1 WHERE id = ? RETURNING soft_bounces"
            found = session.one(sql, [id_])
        return 0 if found is None else int(found[0])

    def move_address(self, id_: int, address: str) -> bool:
        """Give a subscription another address; False where that address has the topic already, or there is none."""
        with self._database.write() as session:
            moved = session.run(
                """
                UPDATE subscriptions SET address = :address, soft_bounces = 0 WHERE id = :id AND NOT EXISTS (
                    SELECT 1 FROM subscriptions AS other WHERE other.topic = subscriptions.topic
                        AND other.channel = subscriptions.channel AND other.address = :address AND other.id <> :id
                )
                """,
                {"address": address, "id": id_},
            )
        return moved > 0

    def set_length(self, id_: int, length: EditionLength | Literal[""]) -> bool:
        """Of its digests from now on; False where it was so already."""
        with self._database.write() as session:
            changed = session.run(
                "UPDATE subscriptions SET length = ? WHERE id = ? AND length <> ?", [length, id_, length]
            )
        return changed > 0

    def set_one_mail(self, id_: int, choice: OneMailChoice) -> bool:
        """Of its digests from now on; False where it was so already."""
        with self._database.write() as session:
            sql = "UPDATE subscriptions SET one_mail = ? WHERE id = ? AND one_mail <> ?"
            return session.run(sql, [choice, id_, choice]) > 0

    def set_replaced(self, id_: int, other: int | None) -> None:
        """Note whose place a subscription takes once it is confirmed."""
        with self._database.write() as session:
            session.run("UPDATE subscriptions SET replaces = ? WHERE id = ?", [other, id_])

    def expire(self, before: datetime) -> int:
        """Put an end to what nobody confirmed: pending since before a moment, and no letter asked for it since.

        What had never been confirmed is removed; what had been rests again, as unsubscribed. How many there were.
        """
        asked_again = """
            EXISTS (SELECT 1 FROM deliveries AS d JOIN subscriptions AS s ON s.id = d.subscription
                WHERE d.kind = 'confirm' AND d.kind <> 'digest' AND d.planned_at >= :before
                    AND s.channel = subscriptions.channel AND s.address = subscriptions.address)
        """
        old = f"state = 'pending' AND created_at < :before AND NOT {asked_again}"
        rest = "state = 'unsubscribed', replaces = NULL, reason = :reason"
        values = {"before": stamp(before), "reason": encode_text(lazy_gettext("asked for again, and not confirmed"))}
        with self._database.write() as session:
            resting = session.run(f"UPDATE subscriptions SET {rest} WHERE {old} AND confirmed_at IS NOT NULL", values)
            return resting + session.run(f"DELETE FROM subscriptions WHERE {old}", {"before": stamp(before)})

    def erase(self, channel: ChannelName, address: str) -> int:
        """Remove everything about an address, what was sent to it included; how many subscriptions there were.

        A move to another address that waits to be confirmed goes, too: it was asked for by whoever wants to be gone.
        What a Slack user has in a direct message is theirs; a channel keeps its own, which has no owner any more.
        """
        with self._database.write() as session:
            session.run(
                """
                DELETE FROM subscriptions WHERE state = 'pending'
                    AND replaces IN (SELECT id FROM subscriptions WHERE channel = ? AND address = ?)
                """,
                [channel, address],
            )
            count = session.run(
                """
                DELETE FROM subscriptions WHERE channel = :channel
                    AND (address = :address OR :channel = 'slack' AND owner = :address AND substr(address, 1, 1) = 'D')
                """,
                {"channel": channel, "address": address},
            )
            if channel == "slack":
                count += session.run("UPDATE subscriptions SET owner = '' WHERE owner = ?", [address])
            return count

    def list(
        self,
        *,
        topic: str | None = None,
        channel: ChannelName | None = None,
        address: str | None = None,
        state: SubscriptionState | None = None,
        limit: int = -1,
        offset: int = 0,
        after: int = 0,
    ) -> list[Subscription]:
        """Those that have all that is named, oldest first, with a number above `after`."""
        with self._database.read() as session:
            rows = session.rows(
                f"""
                SELECT {_COLUMNS} FROM subscriptions
                WHERE topic = coalesce(?, topic) AND channel = coalesce(?, channel)
                    AND address = coalesce(?, address) AND state = coalesce(?, state) AND id > ?
                ORDER BY id LIMIT ? OFFSET ?
                """,
                [topic, channel, address, state, after, row_limit(limit), max(offset, 0)],
            )
        return [_subscription(row) for row in rows]


def _subscription(row: Sequence[Any]) -> Subscription:
    id_, topic, channel, address, state, created, confirmed, sent, owner, origin, bounces, reason, *rest = row
    at, last = confirmed and moment_of(confirmed), sent and moment_of(sent)
    told = decode_text(reason)
    return Subscription(
        id_, topic, channel, address, state, moment_of(created), at, last, owner, origin, bounces, told, *rest
    )
