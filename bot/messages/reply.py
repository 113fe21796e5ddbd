"""Reply messages: a follow-up answered from an edition's papers, and what its statements rest on, in its thread.

Invariant: pure; citations are links to the edition's papers, and nothing is over a limit.
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.messages import passages
from bot.messages.blocks import Message, context, fallback, header
from bot.messages.paginate import blocks_of, pack_passages, remaining_capacity, rescue_of
from bot.messages.passages import Passage, Piece
from digest.i18n.catalog import Catalog, get_catalog
from digest.pipeline.followup import FollowUpReply, RelatedPaper
from digest.render.reliability import StatementMark, statement_marks
from digest.render.safe_text import shorten, to_line
from store.records.editions import Edition

_MOST_GIST = 400
_MOST_STATEMENT, _MOST_QUOTED = 300, 2  # characters of a statement; sentences behind it
_MORE_AT_MOST = "x" * 40  # the room of "and 99 more"
_NO_BRACKETS = str.maketrans("[]", "()")  # those of an abstract cite nothing here


def reply_messages(edition: Edition, reply: FollowUpReply) -> list[Message]:
    """The parts in order."""
    words = get_catalog("slack", edition.language)
    note = [context(to_line(words.show(reply.note), 400))] if reply.note else []
    whole = [*_reply_passages(edition, reply, words), *_related_passages(reply.beside, words)]
    parts = pack_passages(whole, remaining_capacity(note), words)
    text = fallback(words.show(reply.text).strip() or words.gettext("Also in the store"))
    last = len(parts) - 1
    return [
        Message(text=text, blocks=(*blocks_of(part), *(note if n == last else ())), rescue=rescue_of(part))
        for n, part in enumerate(parts)
    ]


def _reply_passages(edition: Edition, reply: FollowUpReply, words: Catalog) -> list[Passage]:
    """The text, and the papers to be shown, each with what it found."""
    papers = {paper.number: paper for paper in edition.papers}
    listed = ((papers[number], to_line(gist, _MOST_GIST)) for number, gist in reply.listed if number in papers)
    items = (passages.paper_item(paper, words, gist=gist) for paper, gist in listed)
    pieces = (*passages.prose(edition, words.show(reply.text), model=True), *items)
    return [Passage("", pieces)] if pieces else []


def _related_passages(found: tuple[RelatedPaper, ...], words: Catalog) -> list[Passage]:
    if not found:
        return []
    items = (passages.link_item(f"{to_line(paper.title, 300)} ({paper.published.year})", paper.url) for paper in found)
    return [Passage(words.gettext("Also in the store"), tuple(items))]


# What statements rest on.


def evidence_message(edition: Edition, section: int) -> Message | None:  # decision 207
    """What the statements of a section rest on, as many as one message holds; None where nothing is known of any.

    section: its index; -1 is the opening.
    """
    words = get_catalog("slack", edition.language)
    marks = [mark for mark in statement_marks(edition) if edition.statements[mark.number - 1].section == section]
    if not marks:
        return None
    title = words.gettext("Evidence") + words.colon + passages.part_title(edition, section, words)
    checked = words.join([*dict.fromkeys(filter(None, (mark.checked_by for mark in marks)))], "series")
    told = [Passage("", tuple(_evidence_pieces(edition, mark, words))) for mark in marks]
    shown = pack_passages(told, remaining_capacity([header(title), context(checked, _MORE_AT_MOST)]), words)[0]
    more = words.gettext("and {n} more", n=len(marks) - len(shown)) if len(shown) < len(marks) else ""
    foot = [context(*filter(None, (more, checked)))] if more or checked else []
    return Message(fallback(title), (header(title), *blocks_of(shown), *foot), rescue_of(shown))


def _evidence_pieces(edition: Edition, mark: StatementMark, words: Catalog) -> Iterator[Piece]:
    """A statement, then as a list its verdict and the sentences of the papers behind it."""
    yield from passages.prose(edition, shorten(mark.sentence, _MOST_STATEMENT), model=False)
    yield passages.words_piece(words.colon.join(filter(None, (mark.label, mark.reason))), item=True)
    for line in mark.evidence[:_MOST_QUOTED]:
        quoted = words.colon.join(filter(None, (line.place, f"“{line.text.translate(_NO_BRACKETS)}”")))
        yield from passages.prose(edition, f"- [{line.paper}] {quoted}", model=True)
