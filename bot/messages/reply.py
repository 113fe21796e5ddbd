"""Follow-up reply messages: a reply from an edition's papers, as messages in its thread.

Invariant: pure; citations are links to the edition's papers, and nothing is over a limit.
"""

from __future__ import annotations

from bot.messages import passages
from bot.messages.blocks import Message, context, fallback
from bot.messages.paginate import blocks_of, pack_passages, remaining_capacity, rescue_of
from bot.messages.passages import Passage
from digest.i18n.catalog import Catalog, get_catalog
from digest.pipeline.followup import FollowUpReply, RelatedPaper
from digest.render.safe_text import to_line
from store.records.editions import Edition

_MOST_GIST = 400


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
