"""The messages about papers: one with its abstract, what a search found, all of an edition in a table; with downloads.

Invariant: pure; their links lead to the papers' source and to the archive alone, and they are within Slack's limits. A
table has every paper or, where it is refused or full, counts the others beside a way to them; a chart says nothing that
the line above it does not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from bot import ids, limits
from bot.limits import TABLE_ROWS, Block
from bot.messages import escape, passages
from bot.messages.blocks import (
    Message,
    actions,
    bar_chart,
    button,
    context,
    data_table,
    download_menu,
    fallback,
    header,
    link_cell,
    number_cell,
    section,
    text_cell,
)
from bot.messages.paginate import blocks_of, pack_passages, remaining_capacity, rescue_of
from bot.messages.passages import Passage, Piece
from digest.i18n.catalog import Catalog, get_catalog
from digest.render import comparison, edition_facts
from digest.render.formats import CSV
from digest.render.safe_text import shorten, to_line
from store.records.editions import Edition, EditionPaper, Paper

_MOST_ABSTRACT = 2_500
_MOST_TABLE = 11_200  # characters of a table: the message's own limit is nearer than a table's
_TITLES = (150, 110, 80, 60, 38)  # characters of a title: the first by which all papers have room
_LISTED = 15  # papers where no table can be shown
_FEWEST_DRAWN, _FEWEST_BARS, _MOST_MONTHS = 8, 3, 12


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
    """What a person thinks of a paper; for them alone. edition: its id. said: what they said already, which can be
    taken back.
    """
    title = edition_facts.paper_title(paper)
    names = (
        words.gettext("Keep"),
        words.gettext("Seen"),
        words.gettext("More like this"),
        words.gettext("Less like this"),
    )
    value = f"{paper.number} {edition}"
    buttons = [
        take_back_button(opinion, words, value, name)
        if opinion in said
        else button(action, name, value, about=f"{name}: {title}")
        for (opinion, action), name in zip(ids.OPINIONS.items(), names, strict=True)
    ]
    return Message(text=fallback(title), blocks=(section(f"*{escape.mrkdwn(title)}*"), actions(buttons)))


def take_back_button(opinion: str, words: Catalog, value: str, name: str = "") -> Block:
    """name: of the opinion, where the text beside the button does not say it."""
    label = words.gettext("Take back: {opinion}", opinion=name) if name else words.gettext("Take back")
    return button(ids.TAKE_BACK[opinion], label, value, style="primary" if name else "")


def opinion_told(paper: EditionPaper, opinion: str, words: Catalog, *, topic: bool) -> str:
    """What has become of it, as mrkdwn. topic: whether the paper is of one, whose digests are moved by it."""
    title = escape.mrkdwn_link(paper.url, edition_facts.paper_title(paper))
    told = {
        "keep": words.gettext("On your reading list: {title}", title=title),
        "seen": words.gettext("Noted as seen: {title}", title=title),
        "more": words.gettext("The next digests have more like it: {title}", title=title)
        if topic
        else words.gettext("Noted that you want more like it: {title}", title=title),
        "less": words.gettext("The next digests tell what is like it below the others: {title}", title=title)
        if topic
        else words.gettext("Noted that you want less like it: {title}", title=title),
    }
    return told[opinion]


def taken_back(paper: EditionPaper, opinion: str, words: Catalog) -> str:
    """That an opinion holds no more, as mrkdwn."""
    title = escape.mrkdwn_link(paper.url, edition_facts.paper_title(paper))
    if opinion == "keep":
        return words.gettext("No longer on your reading list: {title}", title=title)
    return words.gettext("Taken back: {title}", title=title)


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


# All papers of an edition.


def papers_message(edition: Edition, *, archive_url: str = "") -> Message:
    """archive_url: where the archive shows this edition; "" where there is none."""
    words = get_catalog("slack", edition.language)
    told, foot = _papers_line(edition, words), _table_foot(edition, words, archive_url)
    table, shown = _table(edition, words)
    left = _left_line(len(edition.papers) - shown, words)
    listed = _listed(edition, words, told, archive_url)
    plain = Message(told, (context(told), table, *left, foot), listed.rescue, listed)
    chart = _chart(edition, words)
    if chart is None:
        return plain
    return Message(told, (context(told), chart, table, *left, foot), listed.rescue, plain)


def _papers_line(edition: Edition, words: Catalog) -> str:
    """How many papers, on what, of when."""
    papers = words.ngettext("{n} paper", "{n} papers", len(edition.papers))
    told = words.gettext("{papers} on “{title}”.", papers=papers, title=edition_facts.title(edition, 150))
    periods = {period: n for period, n in count_periods(edition.papers).items() if n}
    counts = words.join([f"{period} ({n})" for period, n in periods.items()], "series")
    of_when = words.gettext("By when they were submitted: {counts}.", counts=counts) if len(periods) > 1 else ""
    return fallback(words.sentence_space.join(filter(None, (told, of_when))))


def count_periods(papers: Sequence[EditionPaper]) -> Mapping[str, int]:
    """How many were submitted in each month where all are of one year's length, else in each year; from the first to
    the last, also where there were none.
    """
    months = [paper.published.year * 12 + paper.published.month - 1 for paper in papers]
    if not months:
        return {}
    if max(months) - min(months) < _MOST_MONTHS:
        monthly = Counter(months)
        return {f"{n // 12}-{n % 12 + 1:02}": monthly[n] for n in range(min(months), max(months) + 1)}
    yearly = Counter(n // 12 for n in months)
    return {str(year): yearly[year] for year in range(min(yearly), max(yearly) + 1)}


def _chart(edition: Edition, words: Catalog) -> Block | None:
    """None where bars would say no more than the line."""
    periods = count_periods(edition.papers)
    few = len(edition.papers) < _FEWEST_DRAWN or len(periods) < _FEWEST_BARS
    if few or len(periods) > limits.CHART_POINTS:
        return None
    title = words.gettext("Papers by month") if "-" in next(iter(periods)) else words.gettext("Papers by year")
    return bar_chart(title, words.gettext("Papers"), periods)


def _table(edition: Edition, words: Catalog) -> tuple[Block, int]:
    """The table, and how many papers it holds: all, with titles as long as that leaves room for."""
    caption = words.gettext("Papers of “{title}”", title=edition_facts.title(edition, 100))
    papers = edition.papers[: TABLE_ROWS - 1]
    for most in _TITLES:
        table = data_table(caption, _names(edition, words), [_row(edition, paper, most, words) for paper in papers])
        if limits.text_length([table]) <= _MOST_TABLE:
            return table, len(papers)
    count = len(papers) * _MOST_TABLE // limits.text_length([table])
    return {**table, "rows": table["rows"][: count + 1]}, count


def _names(edition: Edition, words: Catalog) -> list[str]:
    papers = edition.papers
    _, title, year, role, *_ = comparison.column_names(words)
    grade = [words.gettext("Relevance")] if _are_graded(papers) else []
    return [title, year, words.gettext("First author"), *([role] if _are_told_apart(papers) else []), *grade]


def _row(edition: Edition, paper: EditionPaper, most: int, words: Catalog) -> list[Block]:
    status, edge = edition_facts.status_line(paper, words), edition_facts.edge_mark(edition, paper)
    marks = "".join(f" ({shorten(mark, most)})" for mark in (status, edge) if mark)
    title = f"[{paper.number}] {shorten(edition_facts.paper_title(paper), most)}{marks}"
    year = paper.published.year
    cells = [
        link_cell(paper.url, title),
        number_cell(year, str(year)),
        text_cell(shorten(edition_facts.first_author(paper, words), 40) if paper.authors else ""),
    ]
    if _are_told_apart(edition.papers):
        cells.append(text_cell(comparison.role_name(paper, words)))
    if _are_graded(edition.papers) and paper.relevance is not None:
        cells.append(number_cell(round(paper.relevance, 2), words.number(paper.relevance, 2)))
    return cells


def _are_told_apart(papers: Sequence[EditionPaper]) -> bool:
    return any(paper.facts.role != "unknown" for paper in papers)


def _are_graded(papers: Sequence[EditionPaper]) -> bool:
    """All of them: a column with a gap is not sorted as numbers."""
    return all(paper.relevance is not None for paper in papers)


def _listed(edition: Edition, words: Catalog, told: str, archive_url: str) -> Message:
    """The first papers as lines, and the way to the others, for where there are no such tables."""
    items = [
        passages.paper_item(paper, words, edge=edition_facts.edge_mark(edition, paper), most=_TITLES[0])
        for paper in edition.papers
    ]
    first, whole = Passage("", tuple(items[:_LISTED])), Passage("", tuple(items))
    left, foot = _left_line(len(items) - _LISTED, words), _table_foot(edition, words, archive_url)
    return Message(told, (context(told), *blocks_of([first]), *left, foot), f"{told}\n\n{rescue_of([whole])}")


def _left_line(count: int, words: Catalog) -> list[Block]:
    """That there are more papers than stand here, and where."""
    told = words.ngettext("{n} more paper is in the files below.", "{n} more papers are in the files below.", count)
    return [context(told)] if count > 0 else []


def _table_foot(edition: Edition, words: Catalog, archive_url: str) -> Block:
    table = button(ids.DOWNLOAD, words.show(CSV.label), f"{CSV.name} {edition.id}")
    opened = [button(ids.OPEN_ARCHIVE, words.gettext("Open in the archive"), url=archive_url)] if archive_url else []
    return actions([table, button(ids.BIBTEX, "BibTeX", edition.id), *opened])
