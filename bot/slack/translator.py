"""Translator: the words of the language that whoever reads a line of the bot's reads.

Invariant: asks nothing of Slack. The language is that of the question, where it is another than English and has a
catalogue; else that of the person's Slack, as far as it is known; else English.
"""

from __future__ import annotations

from datetime import UTC, datetime

from bot.slack.thread import ThreadRef
from bot.slack.users import UserDirectory
from digest.i18n.catalog import Catalog, get_catalog, offered_language
from digest.question.understand import understand
from store.tables.slack_requests import SlackRequests

_MOST_READ = 300  # characters of a question: its language is told by its beginning


class Translator:
    """requests: where the question that began a thread is looked up."""

    def __init__(self, users: UserDirectory, requests: SlackRequests) -> None:
        self._users, self._requests = users, requests

    def words_for(self, user: str, question: str = "") -> Catalog:
        """Those of one person."""
        asked = offered_language(understand(question[:_MOST_READ], datetime.now(UTC)).language if question else "en")
        return get_catalog("slack", asked if asked != "en" else self._users.locale(user))

    def words_in(self, thread: ThreadRef) -> Catalog:
        """Those of the person who is spoken to in a thread."""
        if thread.language and (told := offered_language(thread.language)) != "en":
            return get_catalog("slack", told)
        words = self.words_for(thread.user, thread.question)
        return words if words.tag != "en" else self.words_for(thread.user, self._first_question(thread))

    def _first_question(self, thread: ThreadRef) -> str:
        """What began the thread: a later "stop" or a click tells no language."""
        first = self._requests.of_message(thread.team, thread.channel, thread.thread_ts) if thread.thread_ts else None
        return first.text if first else ""
