"""Digest messages: one parent message with the finding and where to start, and the whole digest for its thread.

Invariant: as for answers: the parent is one screen, every paper is linked in the thread or in the parent, nothing is
cut, no limit is broken. A digest without papers is its parent alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from bot import ids
from bot.limits import Block
from bot.messages import passages
from bot.messages.answer import all_papers_button, feedback, first_screen
from bot.messages.blocks import Message, actions, button, context, download_menu, fallback, header, papers_menu
from bot.messages.paginate import blocks_of, pack_passages, remaining_capacity, rescue_of
from bot.messages.passages import Passage
from bot.messages.survey import cost_line, finding, making_lines
from digest.i18n.catalog import Catalog, get_catalog
from digest.render import edition_facts
from digest.render.safe_text import to_verbatim_line
from store.records.editions import Edition


@dataclass(frozen=True)
class DigestPost:
    parent: Message
    thread: tuple[Message, ...]


def digest_post(
    edition: Edition, *, subscription: str = "", archive_url: str = "", canvas_url: str = "", opinions: bool = True
) -> DigestPost:
    """subscription: the id for the button that pauses it; "" where nobody here can. canvas_url: of the canvas that
    the topic keeps there; "" where none is. archive_url, opinions: as for an answer.
    """
    words = get_catalog("slack", edition.language)
    foot = _foot(edition, words, subscription, archive_url, canvas_url, opinions=opinions)
    top = [header(_subject(edition)), context(*_kicker(edition))]
    screen = first_screen(edition, [*top, *foot], words)
    rescue = "\n\n".join((edition_facts.kicker(edition), rescue_of(screen.passages)))
    parent = Message(_text(edition), (*top, *blocks_of(screen.passages), *foot), rescue)
    return DigestPost(parent, tuple(_thread(edition, words, opened=screen.whole)))


def _thread(edition: Edition, words: Catalog, *, opened: bool) -> list[Message]:
    """All of it, in as many messages as it takes. opened: whether the parent says all that the opening does."""
    whole = [*([] if opened else [passages.opening(edition)]), *_body(edition)]
    if not any(passage.pieces for passage in whole):
        return []
    parts = pack_passages(whole, remaining_capacity([context(*making_lines(edition))]), words)
    messages = _thread_messages(edition, [part for part in parts if blocks_of(part)])
    if edition.papers:
        last = messages[-1]
        messages[-1] = replace(last, blocks=(*last.blocks, context(*making_lines(edition))))
    return messages


def _body(edition: Edition) -> Iterator[Passage]:
    if edition.papers or edition.beyond:
        yield from passages.sections(edition)
        yield from passages.endings(edition)


def _thread_messages(edition: Edition, parts: list[list[Passage]]) -> list[Message]:
    """Messages of nothing but their passages; a thread is read from the top, so they need no count."""
    words = get_catalog("slack", edition.language)
    texts = [
        words.join([passage.title for passage in part if passage.title], "series") or edition_facts.title(edition)
        for part in parts
    ]
    return [
        Message(fallback(text), tuple(blocks_of(part)), rescue_of(part))
        for text, part in zip(texts, parts, strict=True)
    ]


def _kicker(edition: Edition) -> list[str]:
    words = get_catalog("slack", edition.language)
    return [edition_facts.kicker(edition), *edition_facts.window_lines(edition, words)]


def _foot(
    edition: Edition, words: Catalog, subscription: str, archive_url: str, canvas_url: str, *, opinions: bool
) -> list[Block]:
    where = (
        words.ngettext("The section is in the thread.", "The {n} sections are in the thread.", count)
        if (count := len(edition.sections))
        else ""
    )
    buttons = [all_papers_button(edition, words)] if edition.papers else []
    if archive_url:
        buttons.append(button(ids.OPEN_ARCHIVE, words.gettext("Open in the archive"), url=archive_url))
    if canvas_url:
        buttons.append(button(ids.TOPIC_CANVAS, words.gettext("Canvas"), url=canvas_url))
    if subscription:
        buttons.append(button(ids.PAUSE, words.gettext("Pause this digest"), subscription))
    if edition.papers:
        buttons.append(download_menu(edition.id, words))
    if edition.papers and opinions:
        buttons.append(papers_menu(edition, words))
    thumbs = [feedback(edition)] if edition.papers else []
    return [context(*filter(None, (where, cost_line(edition)))), *([actions(buttons)] if buttons else []), *thumbs]


def _text(edition: Edition) -> str:
    words = get_catalog("slack", edition.language)
    news = finding(edition) if edition.papers else to_verbatim_line(words.show(edition.quiet))
    return fallback(words.colon.join((_subject(edition), news)))


def _subject(edition: Edition) -> str:
    """ "3 new papers on speech recognition"; short enough for a header."""
    words, title = get_catalog("slack", edition.language), edition_facts.title(edition, 110)
    if not edition.papers:
        return words.gettext("No new papers on {title}", title=title)
    return words.ngettext("{n} new paper on {title}", "{n} new papers on {title}", len(edition.papers), title=title)
