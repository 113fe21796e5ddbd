"""Topics table: what the digests are about; and the salt of the key in the addresses of their feeds.

Invariant: removing a topic leaves its editions as they are.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from store.db.columns import from_json_list, moment_of, set_excluded, stamp, to_json_list
from store.db.database import Database
from store.records.editions import Topic

_COLUMNS = """
    slug, title, question, queries, categories, include, exclude, cadence, at, timezone, language, max_papers, active,
    origin
"""


class Topics:
    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, topic: Topic) -> None:
        """Keep a topic, in place of the one with its slug."""
        with self._database.write() as session:
            session.run(
                f"""
                INSERT INTO topics ({_COLUMNS}, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (slug) DO UPDATE SET {set_excluded(_COLUMNS)}
                """,
                [
                    *(
                        topic.slug,
                        topic.title,
                        topic.question,
                        to_json_list(topic.queries),
                        to_json_list(topic.categories),
                    ),
                    *(
                        to_json_list(topic.include),
                        to_json_list(topic.exclude),
                        topic.cadence,
                        topic.at,
                        topic.timezone,
                    ),
                    *(topic.language, topic.max_papers, int(topic.active), topic.origin, stamp(datetime.now(UTC))),
                ],
            )

    def get(self, slug: str) -> Topic | None:
        with self._database.read() as session:
            row = session.one(f"SELECT {_COLUMNS} FROM topics WHERE slug = ?", [slug])
        return None if row is None else _topic_of(row)

    def list(self, active_only: bool = False) -> list[Topic]:
        """All topics, or the active ones, by slug."""
        with self._database.read() as session:
            rows = session.rows(f"SELECT {_COLUMNS} FROM topics WHERE active >= ? ORDER BY slug", [int(active_only)])
        return [_topic_of(row) for row in rows]

    def watched_since(self) -> dict[str, datetime]:
        """When each topic was first kept, by slug."""
        with self._database.read() as session:
            return {slug: moment_of(at) for slug, at in session.rows("SELECT slug, created_at FROM topics")}

    def remove(self, slug: str) -> bool:
        """Whether there was one."""
        with self._database.write() as session:
            return session.run("DELETE FROM topics WHERE slug = ?", [slug]) > 0


def _topic_of(row: Sequence[Any]) -> Topic:
    slug, title, question, queries, categories, include, exclude, *rest = row
    cadence, at, timezone, language, max_papers, active, origin = rest
    return Topic(
        slug=slug,
        title=title,
        question=question,
        queries=from_json_list(queries),
        categories=from_json_list(categories),
        include=from_json_list(include),
        exclude=from_json_list(exclude),
        cadence=cadence,
        at=at,
        timezone=timezone,
        language=language,
        max_papers=max_papers,
        active=bool(active),
        origin=origin,
    )


class FeedSalt:
    """Of the key in feeds' addresses: one for each archive, made anew to end every address given out so far.

    It opens nothing by itself: the key is made of it and of the token, which is in no store.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def current(self) -> str:
        with self._database.read() as session:
            return str(session.rows("SELECT value FROM meta WHERE key = 'feed salt'")[0][0])

    def renew(self) -> None:
        """From now on, in every process, the key is another one."""
        with self._database.write() as session:
            session.run("UPDATE meta SET value = ? WHERE key = 'feed salt'", [secrets.token_hex(16)])
