"""Keeper of canvases: a topic's canvas in a channel shows its newest digest, its archive below; the erased are deleted.

Invariant: what is to be done is read from the store, so that a process that ends in between costs nothing but time; one
process does it at a time. Where a canvas is gone, or may not be had, it is no longer kept, and whoever wanted it is
told, once.
"""

from __future__ import annotations

import logging
import time

from bot.messages import replies
from bot.messages.canvas_text import canvas_title, topic_canvas
from bot.messages.escape import mrkdwn
from bot.slack.canvas import GONE, Canvases
from bot.slack.client import Slack, SlackFailure
from bot.slack.publisher import MessagePublisher
from bot.slack.thread import ThreadRef
from digest.leases import try_exclusive
from digest.render import edition_facts
from digest.urls import SiteUrls
from store import Store
from store.records.editions import Edition
from store.records.lazy_text import AnyText
from store.tables.slack_posts import SlackCanvas

log = logging.getLogger(__name__)
_PAUSE_SECONDS = 600.0  # after a failure that may pass
_LEASE = "slack canvases"
_MOST_EDITIONS = 60  # that are looked at: more than a year of weekly digests
# Slack's errors, by how they begin: what nobody can mend by waiting.
_WHY_NOT = {
    "free_team_canvas_tab": replies.CANVAS_TAB_TAKEN,
    "canvas_tab_creation_failed": replies.CANVAS_TAB_TAKEN,
    "free_team": replies.CANVAS_NOT_IN_PLAN,
    "team_tier": replies.CANVAS_NOT_IN_PLAN,
    "canvas_disabled": replies.CANVAS_NOT_IN_PLAN,
    "missing_scope": replies.CANVAS_NO_SCOPE,
    "restricted_action": replies.CANVAS_NOT_ALLOWED,
    **dict.fromkeys(GONE, replies.CANVAS_GONE),
}


class CanvasKeeper:
    """archive_url: where the archive is, "" where there is none."""

    def __init__(
        self,
        slack: Slack,
        publisher: MessagePublisher,
        canvases: Canvases,
        store: Store,
        archive_url: str = "",
    ) -> None:
        self._slack, self._publisher, self._canvases = slack, publisher, canvases
        self._store, self._links = store, SiteUrls(archive_url)
        self._rest_until = 0.0  # time.monotonic()

    def look(self) -> None:  # decision 125
        """Do what there is to do, if nothing failed lately. Raises Interrupted."""
        kept = self._store.slack_canvases
        if time.monotonic() < self._rest_until or not (kept.stale() or kept.erased()):
            return
        with try_exclusive(_LEASE, self._store) as alone:
            if alone and not self._canvases.delete_erased():
                self._rest()
            for canvas in kept.stale() if alone else ():
                self._update(canvas)

    def _rest(self) -> None:
        self._rest_until = time.monotonic() + _PAUSE_SECONDS

    def _update(self, kept: SlackCanvas) -> None:
        editions = self._editions(kept.subject)
        text = topic_canvas(editions, [self._links.edition(edition.id) for edition in editions])
        try:
            self._canvases.write_topic(kept, canvas_title(editions[0]), text)
        except SlackFailure as failure:
            log.warning("the canvas of %s in %s was not written: %s", kept.subject, kept.channel, failure.error)
            self._give_up(kept, editions[0], failure)
        else:
            self._store.slack_canvases.note_shown(kept.subject, kept.channel, editions[0].id)

    def _editions(self, slug: str) -> list[Edition]:
        """Newest first; of the quiet ones, the newest alone has something to say."""
        heads = self._store.editions.list("digest", slug, limit=_MOST_EDITIONS)
        shown = [head for n, head in enumerate(heads) if n == 0 or head.papers]
        found = (self._store.editions.get(head.id) for head in shown)
        return [edition for edition in found if edition is not None]

    def _give_up(self, kept: SlackCanvas, edition: Edition, failure: SlackFailure) -> None:
        """For good where that is how it is; else for a while."""
        why = next((told for begin, told in _WHY_NOT.items() if failure.error.startswith(begin)), None)
        if why is None:
            self._rest()
        elif self._store.slack_canvases.turn_off("topic", kept.subject, kept.channel):
            if failure.error in GONE:
                self._store.slack_canvases.forget(kept.canvas)
            self._tell(kept.user, edition, why)

    def _tell(self, user: str, edition: Edition, why: AnyText) -> None:
        opened = self._slack.call_or_none("conversations.open", users=user) if user else None
        if opened is not None:
            text = replies.canvas_ended(mrkdwn(edition_facts.plain_title(edition)), why)
            self._publisher.post_line(ThreadRef(str(opened["channel"]["id"]), user=user), text)
