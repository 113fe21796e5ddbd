"""Files into a thread: the list of papers as BibTeX.

Invariant: a file that cannot be uploaded costs nobody the answer: the log says so and, where it was asked for, the
thread.
"""

from __future__ import annotations

import logging

from bot.api import Slack, SlackFailure
from bot.poster import Poster
from bot.progress import Place
from digest.render import bibtex
from store.records import Edition

log = logging.getLogger(__name__)
_NOT_NOW = "The file could not be uploaded ({error}). Ask again in a moment, or take it from the archive."


class Files:
    def __init__(self, slack: Slack, poster: Poster) -> None:
        self._slack, self._poster = slack, poster

    def bibtex(self, place: Place, edition: Edition) -> None:
        data = bibtex.render(edition).encode()
        try:
            self._upload(place, f"{edition.id}.bib", data, f"{len(edition.papers)} papers as BibTeX")
        except SlackFailure as failure:
            log.warning("the BibTeX of %s could not be uploaded: %s", edition.id, failure)
            self._poster.line(place, _NOT_NOW.format(error=failure.error))

    def route(self, place: Place, edition: Edition) -> None:
        """The picture of the route, where there is one worth seeing."""

    def _upload(self, place: Place, name: str, data: bytes, title: str, alt: str | None = None) -> None:
        """Raises SlackFailure."""
        ticket = self._slack.insist(
            "files.getUploadURLExternal", seconds=60.0, filename=name, length=len(data), alt_txt=alt
        )
        self._slack.upload("files.upload", str(ticket["upload_url"]), data)
        self._slack.insist(
            "files.completeUploadExternal",
            seconds=60.0,
            files=[{"id": ticket["file_id"], "title": title}],
            channel_id=place.channel,
            thread_ts=place.thread_ts or None,
        )
