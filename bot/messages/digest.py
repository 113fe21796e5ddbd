"""Digest messages: one parent message with the opening and where to start, and its sections for the thread.

Invariant: as for answers: every paper is linked in the thread or in the parent, nothing is cut, no limit is broken. A
digest without papers is its parent alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, zip_longest

from bot import ids
from bot.limits import Block
from bot.messages import passages
from bot.messages.blocks import Message, actions, button, context, download_menu, fallback, header, papers_menu
from bot.messages.paginate import blocks_of, pack_passages, remaining_capacity, rescue_of
from bot.messages.passages import Passage
from bot.messages.survey import feedback, finding, making_lines
from digest.i18n.catalog import Catalog, get_catalog
from digest.render import edition_facts
from digest.render.safe_text import to_line, to_verbatim_line
from digest.text.citations import cited_numbers
from store.records.editions import Edition, EditionPaper

_MOST_TOP = 5


@dataclass(frozen=True)
class DigestPost:
    parent: Message
    thread: tuple[Message, ...]


def digest_post(
    edition: Edition, *, subscription: str = "", archive_url: str = "", opinions: bool = True
) -> DigestPost:
    """subscription: the id for the button that pauses it; "" where nobody here can. archive_url, opinions: as for an
    answer.
    """
    words = get_catalog("slack", edition.language)
    thread = [*passages.sections(edition), *passages.endings(edition)] if edition.papers or edition.beyond else []
    foot = _foot(edition, words, subscription, archive_url, opinions=opinions)
    parents, rest = _parents(edition, words, foot), _thread(edition, thread, words)
    return DigestPost(parents[0], (*parents[1:], *rest))


def top_papers(edition: Edition) -> list[EditionPaper]:
    """Where to start in an edition that does not say it: the papers that the opening cites, then the first of each
    section, then the second.
    """
    papers = {paper.number: paper for paper in edition.papers}
    in_turn = chain.from_iterable(zip_longest(*(section.papers for section in edition.sections)))
    chosen = dict.fromkeys((*cited_numbers(edition.opening, papers), *in_turn))
    return [papers[number] for number in chosen if number in papers][:_MOST_TOP]


def _parents(edition: Edition, words: Catalog, foot: list[Block]) -> list[Message]:
    """The parent; an opening too long for one message goes on in the thread."""
    top = [header(_subject(edition)), context(*_kicker(edition))]
    parts = pack_passages(_lead(edition, words), remaining_capacity([*top, *foot]), words)
    rescues = ["\n\n".join(filter(None, (edition_facts.kicker(edition), rescue_of(part)))) for part in parts]
    first = Message(_text(edition), (*top, *blocks_of(parts[0]), *foot), rescues[0])
    return [first, *_thread_messages(edition, parts[1:])]


def _thread(edition: Edition, whole: list[Passage], words: Catalog) -> list[Message]:
    if not whole:
        return []
    parts = pack_passages(whole, remaining_capacity([context(words.gettext("Part {n}/{all}", n=999, all=999))]), words)
    return _thread_messages(edition, parts)


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


def _lead(edition: Edition, words: Catalog) -> Iterator[Passage]:
    yield passages.opening(edition)
    if start := passages.start_here(edition):
        yield start
    elif top := top_papers(edition):
        items = tuple(
            passages.paper_item(paper, words, gist=_summary_line(paper), edge=edition_facts.edge_mark(edition, paper))
            for paper in top
        )
        yield Passage(words.gettext("Start with these"), items)


def _summary_line(paper: EditionPaper) -> str:
    """A paper's result in a line, or what else its summary has."""
    summary = paper.summary
    return to_line(summary.result or summary.method or summary.text, 280)


def _kicker(edition: Edition) -> list[str]:
    words = get_catalog("slack", edition.language)
    return [edition_facts.kicker(edition), *edition_facts.window_lines(edition, words)]


def _foot(edition: Edition, words: Catalog, subscription: str, archive_url: str, *, opinions: bool) -> list[Block]:
    where = (
        words.ngettext("The section is in the thread.", "The {n} sections are in the thread.", count)
        if (count := len(edition.sections))
        else ""
    )
    buttons = [download_menu(edition.id, words)] if edition.papers else []
    if edition.papers and opinions:
        buttons.append(papers_menu(edition, words))
    if archive_url:
        buttons.append(button(ids.OPEN_ARCHIVE, words.gettext("Open in the archive"), url=archive_url))
    if subscription:
        buttons.append(button(ids.PAUSE, words.gettext("Pause this digest"), subscription))
    thumbs = [feedback(edition)] if edition.papers else []
    return [context(*filter(None, (where, *making_lines(edition)))), *([actions(buttons)] if buttons else []), *thumbs]


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
