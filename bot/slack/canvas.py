"""Canvases: an answer as a document that its readers may open, and a topic's canvas that each digest writes anew.

Invariant: a canvas is an export and never the answer itself: whatever Slack refuses costs nobody anything, and the
caller hears it. One canvas of one process is written at a time, each as a whole, since edits of parts that cross lose
text. Whatever was made is known by its id, so that it can be deleted with a person's data.
"""

from __future__ import annotations

import logging
import threading
from datetime import UTC, datetime

from bot.messages import replies
from bot.messages.blocks import Message, section
from bot.messages.canvas_text import answer_canvas, canvas_title
from bot.messages.escape import mrkdwn_link
from bot.slack.client import Slack, SlackFailure
from bot.slack.publisher import MessagePublisher
from bot.slack.thread import ThreadRef
from digest.urls import SiteUrls
from store.records.editions import Edition
from store.tables.slack_posts import CanvasKind, SlackCanvas, SlackCanvases

log = logging.getLogger(__name__)
SCOPE = "canvases:write"
CANVAS_REQUEST = (
    "as a canvas"  # what a click is queued as: a request keeps its words, and its turn may be another process's
)
_SECONDS = 20.0  # in which a call is tried again
_LINK_PART = 900  # the number of the message with the link, far from those of an answer's parts
GONE = ("canvas_not_found", "canvas_deleted")
# What the workspace's plan or administrator refuses for good, by how the names of such errors begin.
_NOT_TO_BE_HAD = ("free_team", "team_tier", "canvas_disabled", "missing_scope", "not_allowed_token_type")
_one_at_a_time = threading.Lock()  # over all channels and threads of this process


class Canvases:
    """archive_url: where the archive is; "" where there is none that Slack's readers reach."""

    def __init__(self, slack: Slack, publisher: MessagePublisher, kept: SlackCanvases, archive_url: str = "") -> None:
        self._slack, self._publisher, self._kept = slack, publisher, kept
        self._links = SiteUrls(archive_url)
        self._refused = ""  # Slack's error, once it said that this workspace has none

    @property
    def offered(self) -> bool:
        """Whether an answer may offer one: the optional scope was granted, and no call said that there are none."""
        return SCOPE in self._slack.scopes and not self._refused

    def open_canvas(self, edition: Edition, thread: ThreadRef, request: int = 0) -> bool:
        """Put a survey into a canvas, and its link into the thread; whether that is done. False: nothing was said, and
        the caller has to give the survey in another form.

        request: the row of the request that is answered by this, so that after a crash the link is said once; 0: none.
        Raises Interrupted.
        """
        if not self.offered:
            return False
        try:
            with _one_at_a_time:
                canvas, direct = self._write(edition, thread), thread.channel.startswith("D")
                if not direct:
                    self._share(canvas, channel=thread.channel)
                ts = self._post_link(edition, thread, canvas, request)
                if direct:
                    self._share_sent(canvas, thread, ts)
        except SlackFailure as failure:
            log.warning("no canvas of %s: %s", edition.id, failure.error)
            self._note_refusal(failure)
            return False
        return True

    def _write(self, edition: Edition, thread: ThreadRef) -> str:
        """The id of the canvas of an answer in its conversation: the one that is there, written anew, or a new one."""
        there = self._kept.get("answer", edition.id, thread.channel)
        text = answer_canvas(edition, self._links.edition(edition.id))
        if there is not None and there.canvas:
            try:
                self._replace(there.canvas, text)
            except SlackFailure as failure:
                if failure.error not in GONE:
                    raise
                self._kept.forget(there.canvas)
            else:
                return there.canvas
        return self._create("answer", edition.id, thread.channel, thread.user, canvas_title(edition), text)

    def _share(self, canvas: str, *, channel: str = "", user: str = "") -> None:
        """Let a channel, or a person, read it. Raises SlackFailure; one that nobody can read is not kept."""
        try:
            self._slack.call_until_done(
                "canvases.access.set",
                seconds=_SECONDS,
                canvas_id=canvas,
                access_level="read",
                channel_ids=[channel] if channel else None,
                user_ids=[user] if user else None,
            )
        except SlackFailure:
            self._kept.mark_erased(canvas)
            raise

    def _share_sent(self, canvas: str, thread: ThreadRef, ts: str) -> None:
        """With a person, who has to have been sent the link before; one that leads nowhere is taken back."""
        try:
            self._share(canvas, user=thread.user)
        except SlackFailure:
            self._slack.call_or_none("chat.delete", channel=thread.channel, ts=ts)
            raise

    def _post_link(self, edition: Edition, thread: ThreadRef, canvas: str, request: int) -> str:
        """The ts of the message."""
        link = mrkdwn_link(self.link(canvas, thread.team), canvas_title(edition))
        text = self._publisher.words_in(thread).show(replies.canvas_ready(link))
        message = Message(text, (section(text),))
        if request:
            return self._publisher.post_parts(request, thread, [message], first=_LINK_PART)
        return str((self._publisher.post_line(thread, text, message.blocks) or {}).get("ts", ""))

    def _note_refusal(self, failure: SlackFailure) -> None:
        if failure.error.startswith(_NOT_TO_BE_HAD):
            self._refused = failure.error

    def write_topic(self, kept: SlackCanvas, title: str, text: str) -> None:
        """What a topic keeps in a channel, made where there is none yet. Raises SlackFailure, Interrupted."""
        with _one_at_a_time:
            if kept.canvas:
                self._replace(kept.canvas, text)
                return
            canvas = self._create("topic", kept.subject, kept.channel, kept.user, title, text)
            try:  # a tab lets everybody write, and the next digest would replace what they wrote
                self._slack.call(
                    "canvases.access.set", canvas_id=canvas, access_level="read", channel_ids=[kept.channel]
                )
            except SlackFailure as failure:
                log.info("canvas %s may be written by all of %s: %s", canvas, kept.channel, failure.error)

    # For answers and topics alike.

    def link(self, canvas: str, team: str = "") -> str:
        """Where a canvas is opened: Slack hands out no address of it to those who may not read files."""
        me = self._slack.identity()
        site = str(me.get("url") or "")
        site = site if site.startswith("https://") else "https://app.slack.com/"
        return f"{site.rstrip('/')}/docs/{team or me.get('team_id', '')}/{canvas}"

    def _create(  # decision 124
        self, kind: CanvasKind, subject: str, channel: str, user: str, title: str, text: str
    ) -> str:
        """The id of a new one, noted. A topic's is a tab of its channel; an answer's is nobody's until it is shared.

        Raises SlackFailure. A call whose end is unknown is not made again: it may have made one.
        """
        made = self._slack.call_until_done(
            "canvases.create",
            seconds=_SECONDS,
            arrived=None,
            title=title,
            channel_id=channel if kind == "topic" else None,
            document_content={"type": "markdown", "markdown": text},
        )
        canvas = str(made.get("canvas_id") or "")
        self._kept.note_made(kind, subject, channel, user, canvas, datetime.now(UTC))
        return canvas

    def _replace(self, canvas: str, text: str) -> None:
        """Write the whole of it anew: one operation a call is all that Slack takes. Raises SlackFailure."""
        self._slack.call_until_done(
            "canvases.edit",
            seconds=_SECONDS,
            canvas_id=canvas,
            changes=[{"operation": "replace", "document_content": {"type": "markdown", "markdown": text}}],
        )

    def delete_erased(self) -> bool:
        """Delete in Slack what was erased here; whether nothing of it is left, which else is tried again later."""
        for canvas in self._kept.erased():
            try:
                with _one_at_a_time:
                    self._slack.call("canvases.delete", quick=True, canvas_id=canvas)
            except SlackFailure as failure:
                if failure.error not in GONE:
                    log.warning("canvas %s could not be deleted: %s", canvas, failure.error)
                    return False
            self._kept.forget(canvas)
        return True
