"""The messages about papers by themselves: one with its abstract, or what a search found; each with its downloads.

Invariant: pure; its links lead to the paper's source and to the archive alone, and it is within Slack's limits.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from bot import ids
from bot.limits import Block
from bot.messages import escape, passages
from bot.messages.blocks import Message, actions, button, download_menu, fallback, header, section
from bot.messages.paginate import blocks_of, pack_passages, remaining_capacity, rescue_of
from bot.messages.passages import Passage, Piece
from digest.i18n.catalog import Catalog
from digest.render import edition_facts
from digest.render.safe_text import to_line
from store.records.editions import EditionPaper, Paper

_MOST_ABSTRACT = 2_500


def paper_message(paper: Paper, words: Catalog, archive_url: str, row: int) -> Message:
    """archive_url: its page in the archive; "" where there is none. row: of the request that it answers."""
    shown = EditionPaper.alone(paper)
    title = edition_facts.paper_title(shown)
    about = words.join([edition_facts.authors(shown, words), words.date(paper.published)], "series")
    links = [passages.link_item(edition_facts.paper_reference(shown), paper.url)]
    if archive_url:
        links.append(passages.link_item(words.gettext("In the archive"), archive_url))
    told = filter(None, (edition_facts.status_line(paper, words), about, to_line(paper.abstract, _MOST_ABSTRACT)))
    passage = Passage(title, (*map(_piece, told), *links))
    blocks = (*blocks_of([passage]), _foot(row, words))
    return Message(text=fallback(title), blocks=blocks, rescue=rescue_of([passage]))


def opinion_message(paper: EditionPaper, edition: str, said: Collection[str], words: Catalog) -> Message:
    """What a person thinks of a paper; for them alone. edition: its id. said: what they said already."""
    title = edition_facts.paper_title(paper)
    names = (
        words.gettext("Keep"),
        words.gettext("Seen"),
        words.gettext("More like this"),
        words.gettext("Less like this"),
    )
    value = f"{paper.number} {edition}"
    buttons = [
        button(action, name, value, style="primary" if opinion in said else "", about=f"{name}: {title}")
        for (opinion, action), name in zip(ids.OPINIONS.items(), names, strict=True)
    ]
    return Message(text=fallback(title), blocks=(section(f"*{escape.mrkdwn(title)}*"), actions(buttons)))


def opinion_told(paper: EditionPaper, opinion: str, words: Catalog) -> str:
    """What has become of it, as mrkdwn."""
    title = escape.mrkdwn_link(paper.url, edition_facts.paper_title(paper))
    told = {
        "keep": words.gettext("On your reading list: {title}", title=title),
        "seen": words.gettext("Noted as seen: {title}", title=title),
        "more": words.gettext("The next digests have more like it: {title}", title=title),
        "less": words.gettext("The next digests tell what is like it below the others: {title}", title=title),
    }
    return told[opinion]


def reading_list_lines(items: Sequence[tuple[Paper, bool]], words: Catalog) -> str:
    """The papers that somebody keeps, and whether they were seen, as mrkdwn."""
    if not items:
        return words.gettext("Your reading list is empty. Keep a paper with the menu below a digest or an answer.")
    title, seen_mark = words.gettext("Reading list"), words.gettext("seen")
    lines = [_paper_item(paper, words).mrkdwn + (f" _{seen_mark}_" if seen else "") for paper, seen in items]
    return "\n".join((f"*{title}*", *lines))


def search_messages(
    papers: Sequence[Paper], typed: str, told: Sequence[str], words: Catalog, archive_url: str, row: int
) -> list[Message]:
    """What a search found, in parts. told: lines of words below. archive_url: of the search's page, as above."""
    title = words.ngettext("{n} paper: {query}", "{n} papers: {query}", len(papers), query=to_line(typed, 100))
    items = tuple(_paper_item(paper, words) for paper in papers)
    foot = _foot(row, words, archive_url)
    parts = pack_passages([Passage("", (*items, *map(_piece, told)))], remaining_capacity([header(title), foot]), words)
    return [
        Message(
            text=fallback(title),
            blocks=(
                *([header(title)] if n == 0 else []),
                *blocks_of(part),
                *([foot] if n == len(parts) - 1 else []),
            ),
            rescue=rescue_of([Passage(title, ()), *part]),
        )
        for n, part in enumerate(parts)
    ]


def _paper_item(paper: Paper, words: Catalog) -> Piece:
    shown = EditionPaper.alone(paper)
    label, status = edition_facts.paper_title(shown), edition_facts.status_line(paper, words)
    who = words.join(["", edition_facts.mention(shown, words)], "series")
    about = (f" ({status})" if status else "") + who
    return Piece(
        f"- {escape.markdown_link(paper.url, label)}{escape.markdown(about)}",
        f"• {escape.mrkdwn_link(paper.url, label)}{escape.mrkdwn(about)}",
        item=True,
    )


def _foot(row: int, words: Catalog, archive_url: str = "") -> Block:
    opened = [button(ids.OPEN_ARCHIVE, words.gettext("Open in the archive"), url=archive_url)] if archive_url else []
    return actions([download_menu(f"{ids.OF_REQUEST}{row}", words), *opened])


def _piece(text: str) -> Piece:
    return Piece(escape.markdown(text), escape.mrkdwn(text))
