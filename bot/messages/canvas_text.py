"""Canvas text: an edition, or a topic with its newest digest on top and its archive below, as a canvas's markdown.

Invariant: pure; every paper is linked, and nothing else but the archive. The dialect is narrower than a message's: one
stray construct refuses the whole canvas. So there are headings of the first two levels, paragraphs, flat lists and
links, and neither quotes nor tables; and no `![`, by which a title could mention people.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from bot.messages import escape, passages
from bot.messages.paginate import blocks_of
from bot.messages.passages import Passage
from bot.messages.survey import finding, making_lines
from digest.i18n.catalog import Catalog, get_catalog
from digest.render import edition_facts
from digest.render.formats import set_length
from digest.render.safe_text import shorten, to_line
from store.records.editions import Edition

MOST_BYTES = 900_000  # Slack takes 1 MiB of content
_MOST_TITLE = 150
_MOST_LISTED = 60  # papers of an earlier digest
_IMAGE = re.compile(r"!(?=\\?\[)")


def canvas_title(edition: Edition) -> str:
    """Words, which Slack reads nothing into."""
    return shorten(escape.make_inert(edition_facts.title(edition)), _MOST_TITLE)


def answer_canvas(edition: Edition, archive_url: str = "") -> str:
    """A survey. archive_url: where the archive shows it; "" where there is none. Too long a one is told shortly."""
    for shown in (edition, set_length(edition, "standard"), set_length(edition, "short")):
        text = _joined(_edition(shown, archive_url))
        if len(text.encode()) <= MOST_BYTES:
            break
    return text


def topic_canvas(editions: Sequence[Edition], links: Sequence[str]) -> str:
    """A topic's digests, newest first, the first of them whole. links: where the archive shows each; "" where nowhere.

    Of the older ones as many as there is room for.
    """
    newest, words = editions[0], get_catalog("slack", editions[0].language)
    text = _joined([_heading(newest, words, level=1), *_edition(newest, links[0])])
    if len(text.encode()) > MOST_BYTES // 2:
        text = _joined([_heading(newest, words, level=1), *_edition(set_length(newest, "short"), links[0])])
    pieces, room = [text], MOST_BYTES - len(text.encode())
    for n, (edition, link) in enumerate(zip(editions[1:], links[1:], strict=True)):
        lead = ["# " + words.gettext("Earlier digests")] if n == 0 else []
        earlier = _joined([*lead, *_earlier(edition, link, words)])
        room -= len(earlier.encode()) + 2
        if room < 0:
            break
        pieces.append(earlier)
    return "\n\n".join(pieces)


def _edition(edition: Edition, archive_url: str) -> Iterator[str]:
    words = get_catalog("slack", edition.language)
    start = passages.start_here(edition)
    yield from _blocks([passages.opening(edition), *([start] if start else [])])
    yield from _blocks([*passages.sections(edition), *_papers(edition, words)])
    yield "## " + words.gettext("How this was made")
    yield "\n".join(f"- {escape.markdown(line)}" for line in making_lines(edition))
    if archive_url:
        yield escape.markdown_link(archive_url, words.gettext("Open in the archive"))


def _papers(edition: Edition, words: Catalog) -> Iterator[Passage]:
    """All of them by their numbers, since a text cites nothing else; and what a digest had no room for. In a short
    edition the sections are lists of their papers already.
    """
    if any(section.text for section in edition.sections):
        items = (
            passages.paper_item(paper, words, edge=edition_facts.edge_mark(edition, paper)) for paper in edition.papers
        )
        yield Passage(words.gettext("All papers"), tuple(items))
    if edition.beyond:
        yield [*passages.endings(edition)][-1]


def _earlier(edition: Edition, link: str, words: Catalog) -> Iterator[str]:
    """What it found in a sentence, and its papers by their titles."""
    yield _heading(edition, words, level=2)
    if told := finding(edition):
        yield escape.markdown(told)
    listed = [(edition_facts.paper_title(paper), paper.url) for paper in edition.papers[:_MOST_LISTED]]
    if listed:
        yield "\n".join(f"- {escape.markdown_link(url, to_line(title, 300))}" for title, url in listed)
    if rest := len(edition.papers) - len(listed):
        yield words.gettext("and {n} more", n=rest)
    if link:
        yield escape.markdown_link(link, words.gettext("Open in the archive"))


def _heading(edition: Edition, words: Catalog, *, level: int) -> str:
    papers = words.ngettext("{n} new paper", "{n} new papers", len(edition.papers))
    told = papers if edition.papers else words.gettext("Nothing new this time")
    return f"{'#' * level} {escape.markdown_inside(words.date(edition.slot or edition.created_at))}: {told}"


def _blocks(whole: Iterable[Passage]) -> Iterator[str]:
    yield from (block["text"] for block in blocks_of(whole))


def _joined(pieces: Iterable[str]) -> str:
    return _IMAGE.sub("! ", "\n\n".join(filter(None, pieces)))
