"""MessagePublisher: posts messages idempotently, noted before sending and looked for where arrival is unknown.

Invariant: a part of an answer whose ts is known is never sent again; one whose sending ended uncertainly is first
looked for in its thread by the ids in its metadata, where the app may read there. Unfurling is off in everything.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.limits import Block
from bot.messages.blocks import Message
from bot.slack.client import ApiResult, Slack, SlackFailure
from bot.slack.response_url import respond
from bot.slack.thread import ThreadRef
from bot.slack.translator import Translator
from digest.i18n.catalog import Catalog
from store.records.lazy_text import AnyText
from store.tables.slack_posts import PostJobKind, SlackPosts

log = logging.getLogger(__name__)
_REFUSED_BLOCKS = {
    *("invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long", "only_one_table_allowed"),
    *("block_mismatch", "invalid_arguments", "invalid_attachments"),
}
_MOST_PIECE = 3_500  # characters of a piece of plain text
# A part whose blocks were refused goes out as pieces of plain text, each noted under a number of its own in the same
# column: those of part 2 are 3000, 3001 ... Parts, and pieces of one, are far fewer than that, so none is used twice.
_PIECES_PER_PART = 1_000


@dataclass(frozen=True)
class _Part:
    kind: PostJobKind
    job: int
    number: int

    @property
    def ids(self) -> dict[str, Any]:
        """What a message carries of it: by this it is known again."""
        return {"kind": "answer" if self.kind == "ask" else "digest", "job": self.job, "part": self.number}


class MessagePublisher:
    """retry_seconds: seconds for which a message that cannot be sent now is tried again.

    Lines of the bot's own are said in the language of whoever is spoken to.
    """

    def __init__(self, slack: Slack, posts: SlackPosts, translator: Translator, retry_seconds: float) -> None:
        self._slack, self._posts, self._translator, self._retry_seconds = slack, posts, translator, retry_seconds

    def words_in(self, thread: ThreadRef) -> Catalog:
        """Those of whoever is spoken to there: for a line that needs more than to be shown."""
        return self._translator.words_in(thread)

    def post_parts(
        self, row: int, thread: ThreadRef, messages: Sequence[Message], kind: PostJobKind = "ask", first: int = 0
    ) -> str:
        """All parts of a job, in order, those that are there already left out; the ts of the first.

        Parts are numbered from `first`. Raises SlackFailure, Interrupted.
        """
        sent = [self._post_part(_Part(kind, row, first + n), thread, message) for n, message in enumerate(messages)]
        return sent[0] if sent else ""

    def _post_part(self, part: _Part, thread: ThreadRef, message: Message) -> str:
        try:
            return self._post_once(part, thread, message)
        except SlackFailure as failure:
            if failure.error not in _REFUSED_BLOCKS or not message.blocks:
                raise
            instead = "simpler ones" if message.simpler else "plain text"
            log.warning("the blocks of part %d were refused (%s): %s instead", part.number, failure.error, instead)
        if message.simpler:
            return self._post_part(part, thread, message.simpler)
        texts = split_text(message.rescue or message.text)
        first = (part.number + 1) * _PIECES_PER_PART
        pieces = [replace(part, number=first + n) for n in range(len(texts))]
        sent = [self._post_once(piece, thread, Message(text)) for piece, text in zip(pieces, texts, strict=True)]
        return sent[0]

    def post_line(self, thread: ThreadRef, text: AnyText, blocks: Sequence[Block] = ()) -> ApiResult | None:
        """A line of our own in a thread; None, and a line in the log, where it cannot be said. text: mrkdwn."""
        try:
            return self._send(
                thread, Message(self.words_in(thread).show(text), tuple(blocks)), None, retry_seconds=60.0
            )
        except SlackFailure as failure:
            log.warning("%s could not be told: %s", thread.channel, failure.error)
            return None

    def post_ephemeral(self, thread: ThreadRef, text: AnyText, blocks: Sequence[Block] = ()) -> None:
        """A line that only one person sees, also where we are no member; a usual one where that cannot be."""
        said = self.words_in(thread).show(text)
        posted = self._slack.call_or_none(
            "chat.postEphemeral",
            channel=thread.channel,
            user=thread.user,
            text=said,
            **({"blocks": list(blocks)} if blocks else {}),
            **({"thread_ts": thread.thread_ts} if thread.thread_ts else {}),
        )
        if posted is None and not respond(self._slack, thread.response_url, said):
            self.post_line(thread, text)

    def set_status(self, thread: ThreadRef, status: AnyText) -> None:
        """The first thing seen; where a status cannot be set, the progress message will be."""
        self._slack.call_or_none(
            "assistant.threads.setStatus",
            channel_id=thread.channel,
            thread_ts=thread.thread_ts,
            status=self.words_in(thread).show(status),
        )

    def _post_once(self, part: _Part, thread: ThreadRef, message: Message) -> str:
        kept = self._posts.of(part.kind, part.job)
        if ts := kept.get(part.number):
            return ts
        posted = self._find(thread, part) if part.number in kept else None
        if posted is None:
            self._posts.attempt(part.kind, part.job, part.number)
            posted = self._send(thread, message, part, retry_seconds=self._retry_seconds)
        ts = str(posted.get("ts", ""))
        self._posts.record_ts(part.kind, part.job, part.number, ts)
        return ts

    def _send(self, thread: ThreadRef, message: Message, part: _Part | None, *, retry_seconds: float) -> ApiResult:
        return self._slack.call_until_done(
            "chat.postMessage",
            seconds=retry_seconds,
            # What begins a thread cannot be looked for; a line of our own may rather be said twice than not at all.
            arrived=(lambda: self._find(thread, part) if part else None) if thread.thread_ts or not part else None,
            channel=thread.channel,
            thread_ts=thread.thread_ts or None,
            metadata={"event_type": "paperroute", "event_payload": part.ids} if part else None,
            **message.arguments(),
        )

    def _find(self, thread: ThreadRef, part: _Part) -> ApiResult | None:
        """The part in its thread; None where it is not, or may not be looked for."""
        if not thread.thread_ts:
            return None
        try:
            for message in self._read_thread(thread):
                if ((message.get("metadata") or {}).get("event_payload") or {}) == part.ids:
                    return dict(message)
        except SlackFailure as failure:
            log.info("the thread cannot be read (%s): part %d is sent, perhaps again", failure.error, part.number)
        return None

    def _read_thread(self, thread: ThreadRef) -> Iterator[ApiResult]:
        cursor: str | None = None
        for _ in range(5):
            page = self._slack.call_until_done(
                "conversations.replies",
                seconds=20.0,
                channel=thread.channel,
                ts=thread.thread_ts,
                limit=200,
                include_all_metadata=True,
                cursor=cursor,
            )
            yield from page.get("messages") or ()
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or None
            if not cursor:
                return


def split_text(text: str, most: int = _MOST_PIECE) -> list[str]:
    """A text cut at blank lines where it can be, at lines or blanks where it must."""
    found, rest = [], text.strip()
    while len(rest) > most:
        cut = next((at for mark in ("\n\n", "\n", " ") if (at := rest.rfind(mark, most // 2, most)) > 0), most)
        found.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [*found, rest] if rest else found
