"""Circuit table: what nothing is sent over until one delivery was taken.

Invariant: what an open circuit covers is neither due nor claimed, but for its canary. The first delivery of a large run
is the canary of a circuit of its own, over which nothing went wrong yet.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from store.db.columns import moment_of, moment_of_or_none, stamp
from store.db.database import Database, Parameters, Session
from store.records.circuits import Circuit, CircuitKind
from store.records.deliveries import ChannelName, Delivery

_LONGEST_PROBE = timedelta(hours=2)  # no probe is so far ahead, unless the clock was set back
_LOST_PROBE = timedelta(seconds=30)  # after which a canary over what was in trouble is no longer waited for
_RUN_LENGTH = 100  # deliveries of one edition over one channel that need no canary
_KEPT = timedelta(days=60)  # how long a closed circuit is known
_UNSENT = "d.state IN ('planned', 'retry')"

# Whether an open circuit c covers a delivery d.
_COVERS = """
    c.closed_at IS NULL AND c.channel = d.channel AND (c.kind IN ('relay', 'sender')
        OR (c.kind = 'domain' AND c.name = d.domain) OR (c.kind = 'edition' AND c.name = d.edition))
"""
# Whether a delivery d may be sent, for all that circuits say: the same, but each list is read once, not for every row.
NOT_HELD = """
    (d.id IN (SELECT canary FROM circuits WHERE closed_at IS NULL AND canary IS NOT NULL) OR (
        d.channel NOT IN (SELECT channel FROM circuits WHERE closed_at IS NULL AND kind IN ('relay', 'sender'))
        AND (d.channel, d.domain) NOT IN (
            SELECT channel, name FROM circuits WHERE closed_at IS NULL AND kind = 'domain'
        )
        AND (d.channel, d.edition) NOT IN (
            SELECT channel, name FROM circuits WHERE closed_at IS NULL AND kind = 'edition'
        )
    ))
"""
_COLUMNS = f"""
    c.id, c.channel, c.kind, c.name, c.opened_at, c.closed_at, c.detail, c.step, c.probes, c.probe_at,
    (SELECT count(*) FROM deliveries AS d WHERE d.state IN ('planned', 'retry', 'claimed') AND {_COVERS})
"""


@dataclass(frozen=True)
class CircuitWords:
    """Why a circuit opens: the other side's words, without addresses; what they have in common with others'; a step."""

    detail: str
    likeness: str
    step: str = ""


class Circuits:
    def __init__(self, database: Database) -> None:
        self._database = database

    def list_open(self) -> list[Circuit]:
        """Those over which something went wrong, the oldest first."""
        with self._database.read() as session:
            return _circuits(session, "c.closed_at IS NULL AND c.detail <> '' ORDER BY c.id")

    def untold(self) -> list[Circuit]:
        """Those of whose opening, or whose end, the operator was not told yet."""
        with self._database.read() as session:
            told = "c.told <> CASE WHEN c.closed_at IS NULL THEN 'opened' ELSE 'closed' END"
            return _circuits(session, f"c.detail <> '' AND {told} ORDER BY c.id")

    def mark_told(self, circuits: Collection[Circuit]) -> None:
        with self._database.write() as session:
            for circuit in circuits:
                told = "closed" if circuit.closed_at else "opened"
                session.run("UPDATE circuits SET told = ? WHERE id = ?", [told, circuit.id])

    def open(
        self, delivery: Delivery, kind: CircuitKind, name: str, words: CircuitWords, now: datetime, probe_at: datetime
    ) -> Circuit:
        """Open one for what was said of a delivery, also where it is open for the first delivery of a run."""
        with self._database.write() as session:
            session.run("DELETE FROM circuits WHERE closed_at < ?", [stamp(now - _KEPT)])
            ((id_,),) = session.rows(
                """
                INSERT INTO circuits (channel, kind, name, opened_at, detail, likeness, step, probes, probe_at, told)
                VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?, '')
                ON CONFLICT (channel, kind, name) WHERE closed_at IS NULL DO UPDATE
                SET detail = excluded.detail, likeness = excluded.likeness, step = excluded.step, canary = NULL,
                    probe_at = excluded.probe_at,
                    opened_at = CASE circuits.detail WHEN '' THEN excluded.opened_at ELSE circuits.opened_at END
                RETURNING id
                """,
                [
                    *(delivery.channel, kind, name, stamp(now), words.detail, words.likeness, words.step),
                    stamp(probe_at),
                ],
            )
            return _circuits(session, "c.id = ?", [id_])[0]

    def close(self, id_: int, now: datetime) -> None:
        with self._database.write() as session:
            session.run("UPDATE circuits SET closed_at = ?, canary = NULL WHERE id = ?", [stamp(now), id_])

    def close_covering(self, delivery: Delivery, now: datetime) -> list[Circuit]:
        """A delivery was taken, so close all that covers it; those that were closed."""
        with self._database.write() as session:
            covering = f"EXISTS (SELECT 1 FROM deliveries AS d WHERE d.id = ? AND {_COVERS})"
            found = _circuits(session, covering, [delivery.id])
            for circuit in found:
                self.close(circuit.id, now)
        return found

    def covering(self, delivery: Delivery) -> Circuit | None:
        """An open circuit over which something went wrong, that covers a delivery; the widest."""
        with self._database.read() as session:
            found = _circuits(
                session,
                f"""
                c.detail <> '' AND EXISTS (SELECT 1 FROM deliveries AS d WHERE d.id = ? AND {_COVERS})
                ORDER BY c.kind = 'domain', c.kind = 'edition', c.id LIMIT 1
                """,
                [delivery.id],
            )
        return found[0] if found else None

    def count_closed(self, channel: ChannelName, kind: CircuitKind, name: str, since: datetime) -> int:
        """How often one was open for a trouble and closed since a moment."""
        sql = """
            SELECT count(*) FROM circuits
            WHERE channel = ? AND kind = ? AND name = ? AND closed_at >= ? AND detail <> ''
        """
        with self._database.read() as session:
            return int(session.rows(sql, [channel, kind, name, stamp(since)])[0][0])

    def list_of_canary(self, delivery: int) -> list[Circuit]:
        """Those that a delivery tries."""
        with self._database.read() as session:
            return _circuits(session, "c.closed_at IS NULL AND c.canary = ?", [delivery])

    def postpone_probe(self, id_: int, probe_at: datetime, probes: int, detail: str) -> None:
        """The canary was not taken: try with another at a moment."""
        with self._database.write() as session:
            session.run(
                "UPDATE circuits SET canary = NULL, probe_at = ?, probes = ?, detail = ? WHERE id = ?",
                [stamp(probe_at), probes, detail, id_],
            )

    def probe_now(self, now: datetime) -> None:
        """Let every open circuit be tried at once, but for those whose canary is under way."""
        with self._database.write() as session:
            session.run(
                """
                UPDATE circuits SET probe_at = ?, canary = NULL WHERE closed_at IS NULL AND NOT EXISTS (
                    SELECT 1 FROM deliveries AS d WHERE d.id = circuits.canary AND d.state = 'claimed'
                )
                """,
                [stamp(now)],
            )

    def appoint_canaries(self, channel: ChannelName, now: datetime, slow: timedelta) -> int:
        """Give each open circuit that is due for a probe the delivery that tries it; how many there were.

        slow: how long after it was appointed the canary of a run that begins is waited for.
        """
        with self._database.read() as session:
            if not _due_for_probe(session, channel, now, slow):
                return 0
        with self._database.write() as session:
            return sum(_appoint_canary(session, id_, now) for id_ in _due_for_probe(session, channel, now, slow))

    def held_time(self, delivery: Delivery, now: datetime) -> timedelta:
        """For how long since it was planned a delivery could not be sent for circuits."""
        with self._database.read() as session:
            rows = session.rows(
                """
                SELECT c.opened_at, coalesce(c.closed_at, ?) FROM circuits AS c JOIN deliveries AS d ON d.id = ?
                WHERE c.channel = d.channel AND c.detail <> '' AND (c.kind IN ('relay', 'sender')
                    OR (c.kind = 'domain' AND c.name = d.domain) OR (c.kind = 'edition' AND c.name = d.edition))
                ORDER BY c.opened_at
                """,
                [stamp(now), delivery.id],
            )
        held, end = timedelta(), delivery.planned_at
        for opened, closed in rows:
            until = min(moment_of(closed), now)
            held += max(until - max(moment_of(opened), end), timedelta())
            end = max(end, until)
        return held

    def took_edition(self, channel: ChannelName, edition: str, since: datetime) -> bool:
        """Whether somebody got an edition over a channel since a moment."""
        sql = """
            SELECT 1 FROM deliveries
            WHERE kind = 'digest' AND edition = ? AND channel = ? AND state = 'sent' AND ended_at >= ? LIMIT 1
        """
        with self._database.read() as session:
            return session.one(sql, [edition, channel, stamp(since)]) is not None


def admit(session: Session, id_: int, now: datetime) -> bool:
    """In the transaction that claims a delivery: whether no circuit holds it. The first of a large run opens one."""
    found = session.one("SELECT channel, domain, edition FROM deliveries WHERE id = ?", [id_])
    if found is None or not session.one(f"SELECT 1 FROM deliveries AS d WHERE d.id = ? AND {NOT_HELD}", [id_]):
        return False
    channel, _, edition = found
    known = "SELECT 1 FROM circuits WHERE channel = ? AND kind = 'edition' AND name = ? LIMIT 1"
    if not edition or session.one(known, [channel, edition]):
        return True
    sent = "SELECT 1 FROM deliveries WHERE kind = 'digest' AND edition = ? AND channel = ? LIMIT ?"
    run = f"SELECT count(*) FROM ({sent}) AS sent"
    if session.rows(run, [edition, channel, _RUN_LENGTH + 1]) == [(_RUN_LENGTH + 1,)]:
        session.run(
            """
            INSERT INTO circuits (
                channel, kind, name, opened_at, detail, likeness, step, probes, probe_at, told, canary, canary_at
            ) VALUES (?, 'edition', ?, ?, '', '', '', 0, ?, '', ?, ?)
            """,
            [channel, edition, *[stamp(now)] * 2, id_, stamp(now)],
        )
    return True


def _due_for_probe(session: Session, channel: ChannelName, now: datetime, slow: timedelta) -> list[int]:
    """Circuits without a canary whose time has come, or whose canary is gone, or slow; the widest first."""
    rows = session.rows(
        """
        SELECT c.id FROM circuits AS c LEFT JOIN deliveries AS d ON d.id = c.canary
        WHERE c.channel = :channel AND c.closed_at IS NULL AND (
            c.canary IS NULL AND (c.probe_at <= :now OR c.probe_at > :far)
            OR c.canary IS NOT NULL AND (
                d.id IS NULL OR d.state NOT IN ('planned', 'retry', 'claimed')
                OR c.canary_at <= CASE c.detail WHEN '' THEN :slow ELSE :lost END OR c.canary_at > :far
            )
        )
        ORDER BY c.kind = 'domain', c.kind = 'edition', c.id
        """,
        {
            "channel": channel,
            "now": stamp(now),
            "far": stamp(now + _LONGEST_PROBE),
            "slow": stamp(now - slow),
            "lost": stamp(now - _LOST_PROBE),
        },
    )
    return [int(id_) for (id_,) in rows]


def _appoint_canary(session: Session, circuit: int, now: datetime) -> bool:
    """Choose among what it covers, and no other circuit holds more narrowly, an address that was not refused, by it
    least of all, and that has got something before: the same address twice would say nothing of the others.
    """
    chosen = session.one(
        f"""
        SELECT d.id FROM circuits AS c JOIN deliveries AS d ON {_COVERS}
        JOIN subscriptions AS s ON s.id = d.subscription
        WHERE c.id = :circuit AND {_UNSENT} AND d.id <> coalesce(c.canary, 0)
            AND (s.state = 'active' OR d.kind <> 'digest')
            AND (c.kind IN ('relay', 'sender') OR NOT EXISTS (
                SELECT 1 FROM circuits AS o WHERE o.channel = c.channel AND o.closed_at IS NULL AND o.id <> c.id
                    AND (o.kind IN ('relay', 'sender') OR o.kind = 'domain' AND o.name = d.domain)
            ))
        ORDER BY EXISTS (
                SELECT 1 FROM refusals AS r JOIN subscriptions AS t ON t.id = r.subscription
                WHERE r.circuit = c.id AND t.address = s.address
            ),
            EXISTS (
                SELECT 1 FROM refusals AS r JOIN subscriptions AS t ON t.id = r.subscription
                WHERE r.channel = c.channel AND t.address = s.address
            ),
            EXISTS (
                SELECT 1 FROM circuits AS o WHERE o.channel = c.channel AND o.closed_at IS NULL AND o.id <> c.id
                    AND o.detail <> '' AND (o.kind = 'domain' AND o.name = d.domain
                        OR o.kind = 'edition' AND o.name = d.edition)
            ),
            EXISTS (SELECT 1 FROM refusals AS r WHERE r.channel = c.channel AND r.domain = d.domain),
            d.domain = (SELECT domain FROM deliveries WHERE id = c.canary), s.last_sent_at IS NULL, random()
        LIMIT 1
        """,
        {"circuit": circuit},
    )
    if chosen is None:
        return False
    session.run("UPDATE circuits SET canary = ?, canary_at = ? WHERE id = ?", [chosen[0], stamp(now), circuit])
    sooner = "UPDATE deliveries SET next_at = :now WHERE id = :id AND next_at > :now"
    session.run(sooner, {"now": stamp(now), "id": chosen[0]})
    return True


def _circuits(session: Session, where: str, parameters: Parameters = ()) -> list[Circuit]:
    rows = session.rows(f"SELECT {_COLUMNS} FROM circuits AS c WHERE {where}", parameters)
    return [_circuit(row) for row in rows]


def _circuit(row: Sequence[Any]) -> Circuit:
    id_, channel, kind, name, opened, closed, detail, step, probes, probe_at, waiting = row
    return Circuit(
        id_, channel, kind, name, moment_of(opened), moment_of_or_none(closed), detail, step, probes,
        moment_of(probe_at), waiting,
    )  # fmt: skip
