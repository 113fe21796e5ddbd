"""The message about one paper: what it is, where it is, its abstract.

Invariant: pure; its links lead to the paper's source and to the archive alone, and it is within Slack's limits.
"""

from __future__ import annotations

from bot.messages import escape, passages
from bot.messages.blocks import Message, fallback
from bot.messages.paginate import blocks_of, rescue_of
from bot.messages.passages import Passage, Piece
from digest.i18n.catalog import Catalog
from digest.render import edition_facts
from digest.render.safe_text import to_line
from store.records.editions import EditionPaper, Paper

_MOST_ABSTRACT = 2_500


def paper_message(paper: Paper, words: Catalog, archive_url: str) -> Message:
    """archive_url: its page in the archive; "" where there is none."""
    shown = EditionPaper.alone(paper)
    title = edition_facts.paper_title(shown)
    about = words.join([edition_facts.authors(shown, words), words.date(paper.published)], "series")
    links = [passages.link_item(edition_facts.paper_reference(shown), paper.url)]
    if archive_url:
        links.append(passages.link_item(words.gettext("In the archive"), archive_url))
    told = filter(None, (edition_facts.status_line(paper, words), about, to_line(paper.abstract, _MOST_ABSTRACT)))
    passage = Passage(title, (*map(_piece, told), *links))
    return Message(text=fallback(title), blocks=tuple(blocks_of([passage])), rescue=rescue_of([passage]))


def _piece(text: str) -> Piece:
    return Piece(escape.markdown(text), escape.mrkdwn(text))
