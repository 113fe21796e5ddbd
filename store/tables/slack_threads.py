"""Slack threads that the bot answered in (mute, edition), and readers' feedback on an edition.

Invariant: a thread has one edition, the newest that was posted in it; a person has one opinion of an edition.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from store.db.columns import moment_of, stamp
from store.db.database import Database

Opinion = Literal["good", "bad"]

_OF_PERSON = """
    channel = :of AND substr(channel, 1, 1) = 'D'
    OR channel IN (SELECT channel FROM asks WHERE asks."user" = :of AND substr(asks.channel, 1, 1) = 'D')
"""


@dataclass(frozen=True)
class EditionOpinion:
    """What someone thinks of an edition."""

    edition: str
    team: str
    opinion: Opinion
    at: datetime


@dataclass(frozen=True)
class SlackThread:
    edition: str
    muted: bool


class SlackThreads:
    def __init__(self, database: Database) -> None:
        self._database = database

    def set_edition(self, team: str, channel: str, thread_ts: str, edition: str) -> None:
        """An edition was posted here; a thread that was muted meanwhile stays so."""
        with self._database.write() as session:
            session.run(
                """
                INSERT INTO threads (team, channel, thread_ts, edition, muted) VALUES (?, ?, ?, ?, 0)
                ON CONFLICT (team, channel, thread_ts) DO UPDATE SET edition = excluded.edition
                """,
                [team, channel, thread_ts, edition],
            )

    def get(self, team: str, channel: str, thread_ts: str) -> SlackThread | None:
        with self._database.read() as session:
            row = session.one(
                "SELECT edition, muted FROM threads WHERE team = ? AND channel = ? AND thread_ts = ?",
                [team, channel, thread_ts],
            )
        return None if row is None else SlackThread(row[0], bool(row[1]))

    def mute(self, team: str, channel: str, thread_ts: str) -> bool:
        """Also before its first answer; whether it was not muted yet."""
        with self._database.write() as session:
            return (
                session.run(
                    """
                    INSERT INTO threads (team, channel, thread_ts, edition, muted) VALUES (?, ?, ?, '', 1)
                    ON CONFLICT (team, channel, thread_ts) DO UPDATE SET muted = 1 WHERE threads.muted = 0
                    """,
                    [team, channel, thread_ts],
                )
                > 0
            )

    def unmute(self, team: str, channel: str, thread_ts: str) -> None:
        with self._database.write() as session:
            session.run(
                "UPDATE threads SET muted = 0 WHERE team = ? AND channel = ? AND thread_ts = ?",
                [team, channel, thread_ts],
            )

    def judge(self, edition: str, team: str, user: str, opinion: Opinion, at: datetime) -> None:
        """Keep what someone thinks of an edition, in place of what they thought before."""
        with self._database.write() as session:
            session.run(
                """
                INSERT INTO feedback (edition, team, "user", opinion, at) VALUES (?, ?, ?, ?, ?)
                ON CONFLICT (edition, team, "user") DO UPDATE SET opinion = excluded.opinion, at = excluded.at
                """,
                [edition, team, user, opinion, stamp(at)],
            )

    def opinions_of(self, user: str) -> list[EditionOpinion]:
        with self._database.read() as session:
            rows = session.rows('SELECT edition, team, opinion, at FROM feedback WHERE "user" = ? ORDER BY at', [user])
        return [EditionOpinion(edition, team, opinion, moment_of(at)) for edition, team, opinion, at in rows]

    def erase(self, address: str) -> int:
        """Opinions of a person, and the threads of their direct messages, which their requests tell: these are to be
        erased afterwards. How many opinions there were.
        """
        with self._database.write() as session:
            session.run(f"DELETE FROM threads WHERE {_OF_PERSON}", {"of": address})
            return session.run('DELETE FROM feedback WHERE "user" = ?', [address])
