"""Refusal table: what was refused for good since the last delivery that was taken, or by what opened a circuit.

Invariant: a row goes with its delivery, and so with its subscription. What a refusal did to a subscription is noted in
its row, in the same transaction, so that it can be undone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from store.db.columns import set_excluded, stamp
from store.db.database import Database, Session
from store.records.deliveries import ChannelName, Delivery, SubscriptionState

_COLUMNS = """
    delivery, subscription, channel, domain, likeness, moved_from, soft_bounces, circuit, in_a_row, undone, at
"""
# Rows r since something was taken: to a domain, and then without those that opened another circuit; wherever it went,
# and then with them. All, or of one likeness.
_SINCE = """
    r.channel = :channel
    AND CASE :domain WHEN '' THEN r.in_a_row = 1 ELSE r.domain = :domain AND r.circuit IS NULL END
    AND (:likeness = '' OR r.likeness = :likeness)
"""


@dataclass(frozen=True)
class RefusalCount:
    """How many addresses, domains and editions were refused."""

    addresses: int
    domains: int
    editions: int


@dataclass(frozen=True)
class BounceEffect:
    """What a refusal did to a subscription. moved_from: the state from which it became "bounced"; "" where it did
    not. soft_bounces: how many it added.
    """

    moved_from: SubscriptionState | str = ""
    soft_bounces: int = 0


class Refusals:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self, delivery: Delivery, likeness: str, now: datetime, effect: BounceEffect, circuit: int | None = None
    ) -> None:
        """Note that a delivery was refused; circuit: by what a circuit is open for."""
        with self._database.write() as session:
            session.run(
                f"""
                INSERT INTO refusals ({_COLUMNS})
                SELECT id, subscription, channel, domain, ?, ?, ?, ?, 1, 0, ? FROM deliveries WHERE id = ?
                ON CONFLICT (delivery) DO UPDATE SET {set_excluded(_COLUMNS)}
                """,
                [likeness, effect.moved_from, effect.soft_bounces, circuit, stamp(now), delivery.id],
            )

    def forget(self, delivery: Delivery) -> None:
        """A delivery was taken: refusals before it were those addresses' own."""
        with self._database.write() as session:
            session.run("DELETE FROM refusals WHERE subscription = ?", [delivery.subscription])
            session.run(
                """
                DELETE FROM refusals WHERE channel = ? AND circuit IS NULL
                    AND domain = (SELECT domain FROM deliveries WHERE id = ?)
                """,
                [delivery.channel, delivery.id],
            )
            session.run("UPDATE refusals SET in_a_row = 0 WHERE channel = ? AND in_a_row = 1", [delivery.channel])

    def count(self, channel: ChannelName, *, domain: str = "", likeness: str = "") -> RefusalCount:
        """Of a domain since something was taken there; of none, since something was taken anywhere."""
        with self._database.read() as session:
            found = session.rows(
                f"""
                SELECT count(DISTINCT s.address), count(DISTINCT r.domain), count(DISTINCT d.edition)
                FROM refusals AS r JOIN subscriptions AS s ON s.id = r.subscription
                JOIN deliveries AS d ON d.id = r.delivery WHERE {_SINCE}
                """,
                {"channel": channel, "domain": domain, "likeness": likeness},
            )
        return RefusalCount(*found[0])

    def is_again(self, delivery: Delivery, circuit: int | None = None) -> bool:
        """Whether the address of a delivery was refused already by what a circuit is open for; of None, by what one
        was, that is closed.
        """
        sql = f"""
            SELECT 1 FROM refusals AS r JOIN subscriptions AS s ON s.id = r.subscription
            JOIN circuits AS c ON c.id = r.circuit
            WHERE s.channel = ? AND s.address = ? AND {"c.closed_at IS NOT NULL" if circuit is None else "c.id = ?"}
            LIMIT 1
        """
        by = [] if circuit is None else [circuit]
        with self._database.read() as session:
            return session.one(sql, [delivery.channel, delivery.address, *by]) is not None

    def attribute(self, circuit: int, channel: ChannelName, now: datetime, *, domain: str, likeness: str) -> int:
        """These refusals opened a circuit: undo what they did to subscriptions, and let their deliveries wait again.
        How many subscriptions had bounced.
        """
        where: Mapping[str, str] = {"channel": channel, "domain": domain, "likeness": likeness}
        with self._database.write() as session:
            session.run(f"UPDATE refusals AS r SET circuit = :circuit WHERE {_SINCE}", {**where, "circuit": circuit})
            return self.undo(circuit, now)

    def undo(self, circuit: int, now: datetime) -> int:
        """Let all that the refusals of a circuit were said of be as before; how many subscriptions had bounced."""
        with self._database.write() as session:
            return _undo(session, circuit, now)


def _undo(session: Session, circuit: int, now: datetime) -> int:
    mine = "SELECT {} FROM refusals WHERE circuit = :circuit AND undone = 0"
    values = {"circuit": circuit, "now": stamp(now)}
    session.run(
        f"""
        UPDATE deliveries SET state = CASE WHEN attempts > 1 THEN 'retry' ELSE 'planned' END,
            attempts = CASE WHEN attempts > 0 THEN attempts - 1 ELSE 0 END, next_at = :now, ended_at = NULL, owner = ''
        WHERE id IN ({mine.format("delivery")}) AND state IN ('failed', 'retry')
        """,
        values,
    )
    # What was skipped for a bounce that is undone is wanted again.
    session.run(
        f"""
        UPDATE deliveries SET state = 'planned', next_at = :now, ended_at = NULL, detail = ''
        WHERE state = 'skipped' AND detail = 'the subscription is bounced'
            AND subscription IN ({mine.format("subscription")} AND moved_from <> '')
            AND ended_at >= ({mine.format("min(at)")})
        """,
        values,
    )
    restored = session.run(
        f"""
        UPDATE subscriptions SET reason = '', bounced_at = NULL, soft_bounces = 0,
            state = (SELECT moved_from FROM refusals AS r WHERE r.circuit = :circuit AND r.moved_from <> ''
                AND r.subscription = subscriptions.id)
        WHERE state = 'bounced' AND id IN ({mine.format("subscription")} AND moved_from <> '')
        """,
        values,
    )
    session.run(
        f"""
        UPDATE subscriptions SET soft_bounces = soft_bounces - 1
        WHERE soft_bounces > 0 AND id IN ({mine.format("subscription")} AND soft_bounces > 0)
        """,
        values,
    )
    session.run("UPDATE refusals SET undone = 1, moved_from = '', soft_bounces = 0 WHERE circuit = :circuit", values)
    return restored
