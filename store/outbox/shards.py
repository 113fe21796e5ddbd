"""Shards of the outbox: which process sends to which recipients' domains, over all that share the store.

Invariant: a shard of a channel, and so a domain, has one sender at any time, which alone claims of it: rates, paces and
mails of an hour need one process only. A sender that is gone or froze has lost its shards; one that has more than its
part gives them up once nothing that it claimed of them is under way.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Collection

from store.db.database import Database, Session
from store.records.deliveries import ChannelName

SHARDS = 16  # of each channel  # decision 270
ALL_SHARDS = frozenset(range(SHARDS))
_FIRST, _AFTER = "outbox ", "outbox;"  # all names of leases here are between these


def shard_of(domain: str) -> int:
    return zlib.crc32(domain.encode()) % SHARDS


class Shards:
    """As leases: a row each, and one that says who sends. clock: seconds since 1970, the same for all processes."""

    def __init__(self, database: Database, clock: Callable[[], float] | None = None) -> None:
        self._database = database
        self._clock = clock or database.clock

    def renew(self, channel: ChannelName, owner: str, seconds: float) -> frozenset[int]:
        """Hold an owner's part of a channel for so long: the shards from which it may claim now. What others left is
        taken, what is beyond its part is given up.
        """
        with self._database.write() as session:
            now = self._clock()
            holders = {int(name.rpartition(":")[2]): who for name, who in _living(session, _shard(channel), now)}
            part = _part_of(owner, [who for _, who in _living(session, _sender(channel), now)])
            mine = sorted(shard for shard, who in holders.items() if who == owner)
            free = sorted(ALL_SHARDS.difference(holders))
            held = frozenset([*mine, *free][:part])
            under_way = {shard_of(domain) for domain in _claimed_domains(session, channel, owner)}
            names = [f"{_shard(channel)}{shard}" for shard in held.union(under_way.intersection(mine))]
            session.run(
                "DELETE FROM leases WHERE owner = ? AND name BETWEEN ? AND ?", [owner, *_all_of(_shard(channel))]
            )
            _hold(session, [*names, f"{_sender(channel)}{owner}"], owner, now, now + seconds)
        return held

    def release(self, owner: str) -> None:
        """Give up all, of every channel."""
        with self._database.write() as session:
            session.run("DELETE FROM leases WHERE owner = ? AND name BETWEEN ? AND ?", [owner, _FIRST, _AFTER])

    def held(self, session: Session, owner: str) -> Callable[[ChannelName, str], bool]:
        """In a transaction of the caller's: whether a channel to a domain is the owner's to send at this moment."""
        sql = "SELECT name FROM leases WHERE owner = ? AND until > ? AND name BETWEEN ? AND ?"
        names = {name for (name,) in session.rows(sql, [owner, self._clock(), _FIRST, _AFTER])}
        return lambda channel, domain: f"{_shard(channel)}{shard_of(domain)}" in names


def _shard(channel: ChannelName) -> str:
    return f"outbox:{channel}:"


def _sender(channel: ChannelName) -> str:
    return f"outbox sender:{channel}:"


def _all_of(beginning: str) -> tuple[str, str]:
    """Between these are all names that begin so."""
    return beginning, f"{beginning}\x7f"


def _living(session: Session, beginning: str, now: float) -> list[tuple[str, str]]:
    """Names that begin so, and who holds them: neither gone nor frozen. A lease that began in the future began before
    the clock was set back.
    """
    rows = session.rows(
        "SELECT name, owner FROM leases WHERE name BETWEEN ? AND ? AND until > ? AND since <= ?",
        [*_all_of(beginning), now, now + 1],
    )
    gone = {owner for owner in {owner for _, owner in rows} if session.is_gone(owner)}
    return [(name, owner) for name, owner in rows if owner not in gone]


def _part_of(owner: str, senders: Collection[str]) -> int:
    """How many shards are one sender's: as many as another's, or one more."""
    all_ = sorted({owner, *senders})
    return SHARDS // len(all_) + (all_.index(owner) < SHARDS % len(all_))


def _claimed_domains(session: Session, channel: ChannelName, owner: str) -> list[str]:
    sql = "SELECT DISTINCT domain FROM deliveries WHERE state = 'claimed' AND owner = ? AND channel = ?"
    return [domain for (domain,) in session.rows(sql, [owner, channel])]


def _hold(session: Session, names: Collection[str], owner: str, since: float, until: float) -> None:
    session.many(
        """
        INSERT INTO leases (name, owner, since, until) VALUES (?, ?, ?, ?)
        ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, since = excluded.since, until = excluded.until
        """,
        [(name, owner, since, until) for name in names],
    )
