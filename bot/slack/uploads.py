"""File uploads into a thread: the picture of the route, and the edition in any of its forms.

Invariant: a file that cannot be uploaded costs nobody the answer: the log says so and, where it was asked for, the
thread.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from bot.messages import replies
from bot.slack.client import Slack, SlackFailure
from bot.slack.publisher import MessagePublisher
from bot.slack.thread import ThreadRef
from digest.i18n.catalog import Catalog, get_catalog
from digest.render import edition_facts
from digest.render.formats import PNG, EditionFormat
from digest.render.safe_text import shorten
from store.records.editions import Edition, EditionPaper

log = logging.getLogger(__name__)
_MOST_ALT = 1_000


def route_alt(edition: Edition) -> str:
    """What the picture shows, for those who cannot see it."""
    names = [f"{edition_facts.section_title(section)} ({len(section.papers)})" for section in edition.sections]
    return shorten(
        get_catalog("slack", edition.language).ngettext(
            "Map of {n} paper; the route goes through: {names:series}.",
            "Map of {n} papers; the route goes through: {names:series}.",
            len(edition.papers),
            names=names,
        ),
        _MOST_ALT,
    )


class FileUploader:
    def __init__(self, slack: Slack, publisher: MessagePublisher) -> None:
        self._slack, self._publisher = slack, publisher

    def send_edition(self, form: EditionFormat, thread: ThreadRef, edition: Edition) -> None:
        words, count = get_catalog("slack", edition.language), len(edition.papers)
        self._send(form, thread, words, edition.id, count, form.render_bytes(edition))

    def send_papers(
        self, form: EditionFormat, thread: ThreadRef, words: Catalog, name: str, papers: Sequence[EditionPaper]
    ) -> None:
        """Papers alone, in a form that has these. name: of the file."""
        if form.render_papers:
            self._send(form, thread, words, name, len(papers), form.render_papers(papers).encode(errors="replace"))

    def _send(
        self, form: EditionFormat, thread: ThreadRef, words: Catalog, name: str, count: int, data: bytes | None
    ) -> None:
        label = words.show(form.label)
        title = words.ngettext("{n} paper as {form}", "{n} papers as {form}", count, form=label)
        try:
            self._upload(thread, f"{name}.{form.extension}", data, title)
        except SlackFailure as failure:
            log.warning("the %s of %s could not be uploaded: %s", form.name, name, failure)
            self._publisher.post_line(thread, replies.upload_failed(failure.error))

    def route(self, thread: ThreadRef, edition: Edition) -> None:
        """The picture of the route, where there is one worth seeing."""
        title = get_catalog("slack", edition.language).gettext("The route through these papers")
        try:
            self._upload(thread, f"{edition.id}.{PNG.extension}", PNG.render_bytes(edition), title, route_alt(edition))
        except SlackFailure as failure:
            log.warning("the picture of %s could not be uploaded: %s", edition.id, failure)

    def _upload(self, thread: ThreadRef, name: str, data: bytes | None, title: str, alt: str | None = None) -> None:
        """data: None where there is nothing to draw. Raises SlackFailure."""
        if data is None:
            return
        ticket = self._slack.call_until_done(
            "files.getUploadURLExternal", seconds=60.0, filename=name, length=len(data), alt_txt=alt
        )
        self._slack.upload("files.upload", str(ticket["upload_url"]), data)
        self._slack.call_until_done(
            "files.completeUploadExternal",
            seconds=60.0,
            files=[{"id": ticket["file_id"], "title": title}],
            channel_id=thread.channel,
            thread_ts=thread.thread_ts or None,
        )
