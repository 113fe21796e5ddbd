"""Delivery reports table: what came back of mails after a relay had taken them, and which delivery it is about.

Invariant: of each kind one a delivery; a report that comes again changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from store.db.columns import moment_of, stamp
from store.db.database import Database
from store.records.deliveries import DeliveryReportRow

_COLUMNS = "delivery, kind, at, origin, blames, detail, likeness"
_DETAIL_LENGTH = 500  # characters


class DeliveryReports:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, row: DeliveryReportRow) -> bool:
        """False where one of its kind is there already."""
        with self._database.write() as session:
            added = session.run(
                f"INSERT INTO delivery_reports ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                [
                    *(row.delivery, row.kind, stamp(row.at), row.origin, row.blames),
                    *(row.detail[:_DETAIL_LENGTH], row.likeness),
                ],
            )
        return added > 0

    def of_delivery(self, delivery: int) -> list[DeliveryReportRow]:
        """Oldest first."""
        with self._database.read() as session:
            rows = session.rows(
                f"SELECT {_COLUMNS} FROM delivery_reports WHERE delivery = ? ORDER BY at, kind",
                [delivery],
            )
        return [_report(row) for row in rows]

    def counts(self, since: datetime) -> dict[tuple[str, str], int]:
        """(kind, who is to blame) -> how many came since a moment."""
        with self._database.read() as session:
            rows = session.rows(
                "SELECT kind, blames, count(*) FROM delivery_reports WHERE at >= ? GROUP BY kind, blames",
                [stamp(since)],
            )
        return {(str(kind), str(blames)): int(number) for kind, blames, number in rows}

    def last_detail(self, blames: Sequence[str]) -> str:
        """The words of the newest failure that is one of these' fault; "" where there is none."""
        with self._database.read() as session:
            row = session.one(
                "SELECT detail FROM delivery_reports WHERE kind = 'failed' "
                "AND blames IN (SELECT value FROM json_each(?)) ORDER BY at DESC, delivery DESC LIMIT 1",
                [json.dumps([*blames])],
            )
        return "" if row is None else str(row[0])

    def mark_failed(self, deliveries: Sequence[int], detail: str, now: datetime) -> list[int]:
        """What was sent, or may have been, did not arrive; the numbers of those that this changed."""
        return self._move(deliveries, ("sent", "uncertain"), "failed", detail, now)

    def mark_sent(self, deliveries: Sequence[int], detail: str, now: datetime) -> list[int]:
        """What may have been sent did arrive; likewise."""
        return self._move(deliveries, ("uncertain",), "sent", detail, now)

    def _move(
        self, deliveries: Sequence[int], before: Sequence[str], after: str, detail: str, now: datetime
    ) -> list[int]:
        with self._database.write(durable=True) as session:
            rows = session.rows(
                """
                UPDATE deliveries SET state = ?, detail = ?, ended_at = ?
                WHERE id IN (SELECT cast(value AS bigint) FROM json_each(?))
                    AND state IN (SELECT value FROM json_each(?)) RETURNING id
                """,
                [after, detail[:_DETAIL_LENGTH], stamp(now), json.dumps([*deliveries]), json.dumps([*before])],
            )
        return sorted(int(row[0]) for row in rows)

    def failed_in_a_row(self, delivery: int) -> int:
        """How many digests to the subscription of one, up to it, failed since one was taken and did not come back, and
        came back for its address.
        """
        with self._database.read() as session:
            row = session.one(
                """
                SELECT count(*) FROM deliveries AS d JOIN delivery_reports AS r ON r.delivery = d.id
                WHERE d.subscription = (SELECT subscription FROM deliveries WHERE id = :id) AND d.id <= :id
                    AND d.kind = 'digest' AND d.state = 'failed' AND r.kind = 'failed' AND r.blames = 'recipient'
                    AND d.id > coalesce((
                        SELECT max(t.id) FROM deliveries AS t
                        WHERE t.subscription = d.subscription AND t.kind = 'digest' AND t.state = 'sent' AND t.id < :id
                    ), 0)
                """,
                {"id": delivery},
            )
        return 0 if row is None else int(row[0])

    def alike(self, delivery: int, *, domain: bool) -> tuple[list[int], int]:
        """Of a digest's mails, to the domain of one or to all: those that came back with the same words about their
        addresses, and how many were handed over.
        """
        group = f"""
            FROM deliveries AS o JOIN deliveries AS d ON d.edition = o.edition AND d.channel = o.channel
                AND d.kind = 'digest' {"AND d.domain = o.domain" if domain else ""}
            WHERE o.id = ? AND o.kind = 'digest' AND d.state IN ('sent', 'failed', 'uncertain')
        """
        same = f"""
            SELECT r.delivery FROM delivery_reports AS r JOIN delivery_reports AS q ON q.likeness = r.likeness
            WHERE q.delivery = ? AND q.kind = 'failed' AND r.kind = 'failed' AND r.blames IN ('recipient', 'domain')
                AND r.delivery IN (SELECT d.id {group})
        """
        with self._database.read() as session:
            handed_over = session.rows(f"SELECT count(*) {group}", [delivery])[0][0]
            return sorted(int(row[0]) for row in session.rows(same, [delivery, delivery])), int(handed_over)

    def blame_domain(self, deliveries: Sequence[int]) -> None:
        """What came back says nothing of the addresses."""
        with self._database.write() as session:
            session.run(
                "UPDATE delivery_reports SET blames = 'domain' WHERE kind = 'failed' "
                "AND delivery IN (SELECT cast(value AS bigint) FROM json_each(?))",
                [json.dumps([*deliveries])],
            )

    def was_spared(self, delivery: int) -> bool:
        """Whether an earlier mail of the same subscription came back, and its domain was blamed."""
        sql = """
            SELECT 1 FROM deliveries AS d JOIN deliveries AS e ON e.subscription = d.subscription AND e.id < d.id
            JOIN delivery_reports AS r ON r.delivery = e.id AND r.kind = 'failed' AND r.blames = 'domain'
            WHERE d.id = ? LIMIT 1
        """
        return bool(self._numbers(sql, delivery))

    def same_mail(self, delivery: int) -> list[int]:
        """The deliveries that went in the same mail, itself included."""
        sql = """
            SELECT o.id FROM deliveries AS d JOIN subscriptions AS s ON s.id = d.subscription
            CROSS JOIN deliveries AS o
            JOIN subscriptions AS p ON p.id = o.subscription AND p.channel = s.channel AND p.address = s.address
            WHERE d.id = ? AND o.message_id = d.message_id AND o.message_id <> '' ORDER BY o.id
        """
        return self._numbers(sql, delivery) or [delivery]

    def of_message(self, message_id: str) -> list[int]:
        """Numbers of mails with this Message-ID."""
        return self._numbers(
            "SELECT id FROM deliveries WHERE message_id = ? AND message_id <> '' ORDER BY id", message_id
        )

    def newest_of(self, address: str, most: int = 20) -> list[int]:
        """Numbers of mails to an address that a relay may have, the newest first."""
        sql = """
            SELECT d.id FROM subscriptions AS s CROSS JOIN deliveries AS d
            WHERE d.subscription = s.id AND s.channel = 'mail' AND s.address = ?
                AND d.state IN ('sent', 'failed', 'uncertain', 'claimed')
            ORDER BY d.id DESC LIMIT ?
        """
        return self._numbers(sql, address, most)

    def mark_token(self, token: str, now: datetime, kept_since: datetime) -> None:
        """What a webhook's request was signed over is used; forget those from before a moment."""
        with self._database.write() as session:
            session.run("DELETE FROM webhook_tokens WHERE at < ?", [stamp(kept_since)])
            session.run(
                "INSERT INTO webhook_tokens (token, at) VALUES (?, ?) ON CONFLICT DO NOTHING", [token, stamp(now)]
            )

    def knows_token(self, token: str) -> bool:
        with self._database.read() as session:
            return session.one("SELECT 1 FROM webhook_tokens WHERE token = ?", [token]) is not None

    def _numbers(self, sql: str, *values: object) -> list[int]:
        with self._database.read() as session:
            return [int(row[0]) for row in session.rows(sql, list(values))]


def _report(row: Sequence[Any]) -> DeliveryReportRow:
    delivery, kind, at, *rest = row
    return DeliveryReportRow(delivery, kind, moment_of(at), *rest)
