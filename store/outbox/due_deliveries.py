"""Deliveries that are due: fair to every domain, however many wait for one; and which go in one mail."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from store.db.columns import row_limit, stamp, to_json_list
from store.db.database import Session
from store.outbox.circuits import NOT_HELD
from store.outbox.shards import ALL_SHARDS, SHARDS, shard_of
from store.records.deliveries import ChannelName

# The domains one after the other by their index, so that thousands that wait for one are not read for the next.
_DOMAINS = """
    domains (name) AS (
        SELECT min(domain) FROM deliveries WHERE channel = :channel AND state IN ('planned', 'retry')
        UNION ALL
        SELECT (
            SELECT min(domain) FROM deliveries
            WHERE channel = :channel AND domain > name AND state IN ('planned', 'retry')
        ) FROM domains WHERE name IS NOT NULL
    )
"""
_NAMED = "domains (name) AS (SELECT value FROM json_each(:names))"
# Each domain's are listed, since PostgreSQL would ask for them anew for each delivery that it compares.  decision 258
_DUE = f"""
    SELECT id, domain FROM (
        SELECT w.id, w.domain, w.next_at, row_number() OVER (PARTITION BY w.domain ORDER BY w.next_at, w.id) AS place
        FROM (
            SELECT (
                SELECT json_group_array(id) FROM (
                    SELECT id FROM deliveries AS d WHERE channel = :channel AND domain = name AND next_at <= :now
                        AND state IN ('planned', 'retry') AND {NOT_HELD} ORDER BY next_at, id LIMIT :each
                ) AS first
            ) AS ids FROM domains WHERE name NOT IN (SELECT value FROM json_each(:without))
        ) AS listed CROSS JOIN json_each(listed.ids) AS wanted CROSS JOIN deliveries AS w
        WHERE w.id = cast(wanted.value AS bigint)
    ) AS placed
    ORDER BY place, next_at, id LIMIT :limit
"""


@dataclass(frozen=True)
class DueQuery:
    """each: at most so many of one domain; -1 is no limit. without: domains that are left out. shards: others are."""

    channel: ChannelName
    now: datetime
    limit: int
    each: int = -1
    without: Collection[str] = ()
    shards: Collection[int] = ALL_SHARDS


def find_due(session: Session, query: DueQuery) -> list[tuple[int, str]]:
    """Numbers and domains of what is to be sent: the oldest plan of each domain, then the second of each ..."""
    values = {"channel": query.channel, "now": stamp(query.now), "limit": query.limit}
    values |= {"each": row_limit(query.each), "without": to_json_list(query.without)}
    if len(query.shards) == SHARDS:
        return [(int(id_), str(domain)) for id_, domain in session.rows(f"WITH RECURSIVE {_DOMAINS} {_DUE}", values)]
    names = session.rows(f"WITH RECURSIVE {_DOMAINS} SELECT name FROM domains", {"channel": query.channel})
    mine = [name for (name,) in names if name is not None and shard_of(name) in query.shards]
    rows = session.rows(f"WITH {_NAMED} {_DUE}", values | {"names": to_json_list(mine)})
    return [(int(id_), str(domain)) for id_, domain in rows]


def find_mail(session: Session, id_: int, most: int) -> list[int]:
    """A delivery, and of those that may go in its mail so many that there are `most`, by subscription."""
    rows = session.rows(
        """
        SELECT o.subscription, o.id FROM deliveries AS d CROSS JOIN subscriptions AS s CROSS JOIN subscriptions AS p
        CROSS JOIN deliveries AS o
        WHERE d.id = ? AND s.id = d.subscription AND p.channel = s.channel AND p.address = s.address
            AND o.subscription = p.id AND o.mail_hour = d.mail_hour AND o.state IN ('planned', 'retry')
        ORDER BY o.id <> d.id, o.subscription, o.id LIMIT ?
        """,
        [id_, most],
    )
    return [int(found) for _, found in sorted(map(tuple, rows))] or [id_]
