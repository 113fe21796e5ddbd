"""Pagination: passages split into the parts (messages) of an answer, each within Slack's limits.

Invariant: every piece is in exactly one part, in order, under its passage's heading. A part ends between passages
unless one passage alone is longer than a part; then it goes on in the next one, under its heading again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from bot import limits
from bot.limits import Block
from bot.messages import escape
from bot.messages.blocks import markdown
from bot.messages.passages import Passage, Piece
from digest.i18n.catalog import Catalog


@dataclass(frozen=True)
class PartCapacity:
    """What a part may hold besides what stands in each part anyway."""

    text: int
    structures: int

    def holds(self, passages: Sequence[Passage]) -> bool:
        blocks = blocks_of(passages)
        return (
            limits.text_length(blocks) <= self.text
            and sum(map(limits.count_structures, blocks)) <= self.structures
            and len(rescue_of(passages)) <= limits.MOST_TEXT
        )


def remaining_capacity(frame: Sequence[Block]) -> PartCapacity:
    """The room that blocks in each part leave for passages."""
    taken = limits.text_length(frame), sum(map(limits.count_structures, frame))
    return PartCapacity(limits.MOST_TEXT - taken[0], limits.MOST_STRUCTURES - taken[1])


def pack_passages(passages: Iterable[Passage], room: PartCapacity, words: Catalog) -> list[list[Passage]]:
    """At least one part."""
    parts: list[list[Passage]] = [[]]
    for passage in passages:
        if room.holds([*parts[-1], passage]):
            parts[-1].append(passage)
        else:
            parts += [[piece] for piece in _split_passage(passage, room, words)]
    return [part for part in parts if part] or [[]]


def _split_passage(passage: Passage, room: PartCapacity, words: Catalog) -> Iterator[Passage]:
    """The passage whole where a part holds it, else in as few as hold it."""
    left, title = list(passage.pieces), passage.title
    while left:
        most = _count_fitting_pieces(replace(passage, title=title), left, room)
        yield Passage(title, tuple(left[:most]))
        left = left[most:]
        title = words.gettext("{title} (continued)", title=passage.title) if passage.title else ""


def _count_fitting_pieces(passage: Passage, left: Sequence[Piece], room: PartCapacity) -> int:
    """How many pieces a part holds under this heading; at least one, which alone always fits."""
    count = 1
    while count < len(left) and room.holds([replace(passage, pieces=tuple(left[: count + 1]))]):
        count += 1
    return count


def blocks_of(passages: Iterable[Passage]) -> list[Block]:
    """A markdown block for each passage."""
    return [markdown(text) for passage in passages if (text := _markdown(passage))]


def rescue_of(passages: Iterable[Passage]) -> str:
    """The same as mrkdwn."""
    return "\n\n".join(text for passage in passages if (text := _mrkdwn(passage)))


def _markdown(passage: Passage) -> str:
    heading = [f"## {escape.markdown_inside(passage.title)}"] if passage.title else []
    return "\n\n".join([*heading, *_runs([(piece.markdown, piece.item) for piece in passage.pieces])])


def _mrkdwn(passage: Passage) -> str:
    heading = [f"*{escape.mrkdwn(passage.title)}*"] if passage.title else []
    return "\n\n".join([*heading, *_runs([(piece.mrkdwn, piece.item) for piece in passage.pieces])])


def _runs(pieces: Sequence[tuple[str, bool]]) -> list[str]:
    """Paragraphs, and neighbouring items as one list."""
    runs: list[str] = []
    for index, (text, item) in enumerate(pieces):
        if item and index and pieces[index - 1][1]:
            runs[-1] += f"\n{text}"
        else:
            runs.append(text)
    return runs
