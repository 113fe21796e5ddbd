"""Follow-up reply messages: a reply from an edition's papers, as messages in its thread.

Invariant: pure; citations are links to the edition's papers, and nothing is over a limit.
"""

from __future__ import annotations

from bot.messages import passages
from bot.messages.blocks import Message, context, fallback
from bot.messages.paginate import blocks_of, pack_passages, remaining_capacity, rescue_of
from bot.messages.passages import Passage
from bot.texts.messages import bot_strings
from digest.i18n.edition_texts import get_edition_texts as edition_strings
from digest.pipeline.followup import FollowUpReply, RelatedPaper
from digest.render.safe_text import to_line
from store.records.editions import Edition

_MOST_GIST = 400
_RELATED_TITLE = "Also in the store"


def reply_messages(edition: Edition, reply: FollowUpReply) -> list[Message]:
    """The parts in order."""
    note = [context(to_line(reply.note, 400))] if reply.note else []
    whole = [*_reply_passages(edition, reply), *_related_passages(reply.beside)]
    parts = pack_passages(whole, remaining_capacity(note), get_catalog("slack", edition.language).continued)
    text = fallback(reply.text) if reply.text.strip() else fallback(_RELATED_TITLE)
    last = len(parts) - 1
    return [
        Message(text=text, blocks=(*blocks_of(part), *(note if n == last else ())), rescue=rescue_of(part))
        for n, part in enumerate(parts)
    ]


def _reply_passages(edition: Edition, reply: FollowUpReply) -> list[Passage]:
    """The text, and the papers to be shown, each with what it found."""
    words, papers = get_catalog("edition", edition.language), {paper.number: paper for paper in edition.papers}
    listed = ((papers[number], to_line(gist, _MOST_GIST)) for number, gist in reply.listed if number in papers)
    items = (passages.paper_item(paper, words, gist=gist) for paper, gist in listed)
    pieces = (*passages.prose(edition, reply.text, model=True), *items)
    return [Passage("", pieces)] if pieces else []


def _related_passages(found: tuple[RelatedPaper, ...]) -> list[Passage]:
    if not found:
        return []
    items = (passages.link_item(f"{to_line(paper.title, 300)} ({paper.published.year})", paper.url) for paper in found)
    return [Passage(_RELATED_TITLE, tuple(items))]
