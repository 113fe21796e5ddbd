"""Messages into a thread, each once: noted before it is sent, and looked for where nobody knows whether it arrived.

Invariant: a part of an answer whose ts is known is never sent again; one whose sending ended uncertainly is first
looked for in its thread by the ids in its metadata, where the app may read there. Unfurling is off in everything.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence

from bot.api import Said, Slack, SlackFailure
from bot.message import Block, Message
from bot.progress import Place
from store.asks import Asks

log = logging.getLogger(__name__)
_REFUSED_BLOCKS = {
    *("invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long", "only_one_table_allowed"),
    *("block_mismatch", "invalid_arguments", "invalid_attachments"),
}
_MOST = 3_500  # characters of a piece of plain text
_PIECES = 1_000  # a part whose blocks were refused goes out as pieces: part * 1000 + n


class Poster:
    """`patience`: seconds for which a message that cannot be sent now is tried again."""

    def __init__(self, slack: Slack, asks: Asks, patience: float) -> None:
        self._slack, self._asks, self._patience = slack, asks, patience

    def answer(self, row: int, place: Place, messages: Sequence[Message]) -> None:
        """All parts of an answer, in order, those that are there already left out. Raises SlackFailure, Interrupted."""
        for number, message in enumerate(messages):
            try:
                self._part(row, place, number, message)
            except SlackFailure as failure:
                if failure.error not in _REFUSED_BLOCKS or not message.blocks:
                    raise
                log.warning("the blocks of part %d were refused (%s): plain text instead", number, failure.error)
                for piece, text in enumerate(pieces(message.rescue or message.text)):
                    self._part(row, place, (number + 1) * _PIECES + piece, Message(text, ()))

    def line(self, place: Place, text: str, blocks: Sequence[Block] = ()) -> Said | None:
        """A line of our own in a thread; None, and a line in the log, where it cannot be said. text: mrkdwn."""
        try:
            return self._send(place, Message(text, tuple(blocks)), "line", 0, 0, patience=60.0)
        except SlackFailure as failure:
            log.warning("%s could not be told: %s", place.channel, failure.error)
            return None

    def aside(self, place: Place, text: str) -> None:
        """A line that only one person sees; a usual one where that cannot be."""
        said = self._slack.tried(
            "chat.postEphemeral",
            channel=place.channel,
            user=place.user,
            text=text,
            **({"thread_ts": place.thread_ts} if place.thread_ts else {}),
        )
        if said is None:
            self.line(place, text)

    def _part(self, row: int, place: Place, part: int, message: Message) -> None:
        kept = self._asks.posts(row)
        if kept.get(part):
            return
        said = self._found(place, row, part) if part in kept else None
        if said is None:
            self._asks.attempt(row, part)
            said = self._send(place, message, "answer", row, part, patience=self._patience)
        self._asks.posted(row, part, str(said.get("ts", "")))

    def _send(self, place: Place, message: Message, kind: str, row: int, part: int, *, patience: float) -> Said:
        payload = {"kind": kind, "ask": row, "part": part}
        return self._slack.insist(
            "chat.postMessage",
            seconds=patience,
            arrived=lambda: self._found(place, row, part) if kind == "answer" else None,
            channel=place.channel,
            thread_ts=place.thread_ts or None,
            unfurl_links=False,
            unfurl_media=False,
            metadata={"event_type": "paperroute", "event_payload": payload},
            text=message.text,
            blocks=list(message.blocks) or None,
        )

    def _found(self, place: Place, row: int, part: int) -> Said | None:
        """The part in its thread; None where it is not, or may not be looked for."""
        try:
            for message in self._thread(place):
                about = (message.get("metadata") or {}).get("event_payload") or {}
                if (about.get("kind"), about.get("ask"), about.get("part")) == ("answer", row, part):
                    return dict(message)
        except SlackFailure as failure:
            log.info("the thread cannot be read (%s): part %d is sent, perhaps again", failure.error, part)
        return None

    def _thread(self, place: Place) -> Iterator[Said]:
        cursor: str | None = None
        for _ in range(5):
            page = self._slack.insist(
                "conversations.replies",
                seconds=20.0,
                channel=place.channel,
                ts=place.thread_ts,
                limit=200,
                include_all_metadata=True,
                cursor=cursor,
            )
            yield from page.get("messages") or ()
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or None
            if not cursor:
                return


def pieces(text: str, most: int = _MOST) -> list[str]:
    """A text cut at blank lines where it can be, at lines or blanks where it must."""
    found, rest = [], text.strip()
    while len(rest) > most:
        cut = next((at for mark in ("\n\n", "\n", " ") if (at := rest.rfind(mark, most // 2, most)) > 0), most)
        found.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [*found, rest] if rest else found
