"""Passages of an edition in Slack's two dialects: markdown for blocks, mrkdwn for when blocks are refused.

Invariant: pure; nothing is left out. A passage is a heading and its pieces; a piece is never parted, and is at most
MOST_PIECE characters long in markdown. Every [n] of a known paper is a link to arXiv, and no other link is made.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from bot.limits import HEADER
from bot.messages import escape
from digest.i18n.catalog import Catalog, get_catalog
from digest.render import edition_facts, reliability
from digest.render.safe_text import shorten, split_citations, split_paragraphs, strip_markup, to_line, to_verbatim_line
from store.records.editions import Edition, EditionPaper, Section

MOST_PIECE = 3_000
_MOST_QUESTION = 10_000  # more than can be asked
_MOST_WORDS = 400  # characters of running words that stay together when even a sentence is too long
_EMPHASIS = re.compile(r"(?<![\w*])\*(?=\S)([^*\n]+?)(?<=\S)\*(?![\w*])|`([^`\n]+)`")
_BULLET = re.compile(r"^\s*(?:[-*+•]|\d{1,3}[.)])\s+")
_SENTENCE_END = re.compile(r"(?<=[.!?。！？\]])\s+|(?<=[。！？])")
_STRETCH = re.compile(rf".{{1,{_MOST_WORDS}}}(?:\s|$)|.{{1,{_MOST_WORDS}}}", re.DOTALL)


@dataclass(frozen=True)
class Piece:
    """A paragraph, or an item of a list, in both dialects."""

    markdown: str
    mrkdwn: str
    item: bool = False


@dataclass(frozen=True)
class Passage:
    title: str  # words; "" for what stands under a message's own header
    pieces: tuple[Piece, ...]


def opening(edition: Edition) -> Passage:
    """The question where the header does not say it whole, the opening, and what a reader should know beforehand."""
    words = get_catalog("slack", edition.language)
    question = edition_facts.shown_question(edition, _MOST_QUESTION, HEADER)
    told = words.gettext("The question") + words.colon + question
    asked = _split_into_pieces(told, {}, item=False) if question else []
    quiet = (
        [words_piece(words.gettext("Nothing new this time") + words.colon + to_verbatim_line(told))]
        if (told := words.show(edition.quiet))
        else []
    )
    said = reliability.mark_statements(edition).opening
    text = prose(edition, said, model=edition_facts.is_written_by_model(edition))
    return Passage("", (*asked, *_head_notes(edition, words), *quiet, *text, *notices(edition, words)))


def start_here(edition: Edition) -> Passage | None:
    """What to read first, each paper with its reason."""
    words = get_catalog("slack", edition.language)
    found = edition_facts.start_papers(edition)
    items = tuple(_paper_item(edition, paper, words, gist=reason) for paper, reason in found)
    return Passage(words.show(edition_facts.START_LEAD), items) if items else None


def sections(edition: Edition) -> Iterator[Passage]:
    """Each section; one whose text could not be written is the list of its papers, and says so."""
    words = get_catalog("slack", edition.language)
    for index, section in enumerate(reliability.mark_statements(edition).sections):
        yield Passage(part_title(edition, index, words), tuple(_section(edition, index, section, words)))


def part_title(edition: Edition, section: int, words: Catalog) -> str:
    """Of a section by its index; -1 is the opening."""
    if section < 0:
        return words.gettext("Opening")
    return f"{section + 1}. {edition_facts.section_title(edition.sections[section])}"


def endings(edition: Edition) -> Iterator[Passage]:
    """What no sentence names: papers found besides, and those for which a digest had no room."""
    words = get_catalog("slack", edition.language)
    shown = cited_numbers(edition)
    if also := [paper for paper in edition.papers if paper.number not in shown]:
        lead = words_piece(words.show(edition_facts.UNCITED_LEAD))
        items = (
            _paper_item(edition, paper, words, gist="".join(text for _, text in edition_facts.why_parts(paper, words)))
            for paper in also
        )
        yield Passage(words.gettext("Also found"), (lead, *items))
    if edition.beyond:
        links = [link_item(title, address) for title, address in edition_facts.overflow_papers(edition)]
        lead = words_piece(words.show(edition_facts.OVERFLOW_LEAD))
        yield Passage(words.gettext("Also new, in brief"), (lead, *links))


def cited_numbers(edition: Edition) -> set[int]:
    """The papers that the opening and the sections name, as they are shown here."""
    known = {paper.number for paper in edition.papers}
    texts = [edition.opening, *(section.text for section in edition.sections if section.source != "summaries")]
    named = {
        piece
        for text in texts
        for part in split_paragraphs(text)
        for piece in split_citations(part, known)
        if piece in known
    }
    listed = {
        paper.number
        for index, section in enumerate(edition.sections)
        if section.source == "summaries" or not section.text
        for paper in edition_facts.section_papers(edition, index)
    }
    return {int(number) for number in named} | listed


def paper_item(
    paper: EditionPaper, words: Catalog, *, gist: str = "", edge: str = "", most: int = edition_facts.TITLE_LIMIT
) -> Piece:
    """A paper as an item: number, linked title of at most so many characters, first author, and what is said of it.
    edge: that it is at the edge of what was asked about.
    """
    who = words.join(["", edition_facts.mention(paper, words)], "series")
    about = words.colon + to_line(gist) if gist else ""
    label, status = shorten(edition_facts.paper_title(paper), most), edition_facts.status_line(paper, words)
    marked = "".join(f" ({mark})" for mark in (shorten(status, most), edge) if mark)
    return Piece(
        f"- {_cite_markdown(paper)} {escape.markdown_link(paper.url, label)}{escape.markdown(marked + who + about)}",
        f"• {_cite_mrkdwn(paper)} {escape.mrkdwn_link(paper.url, label)}{escape.mrkdwn(marked + who + about)}",
        item=True,
    )


def bold_piece(text: str) -> Piece:
    return Piece(f"**{escape.markdown(text)}**", f"*{escape.mrkdwn(text)}*")


def _head_notes(edition: Edition, words: Catalog) -> Iterator[Piece]:
    """How the question was read; what to ask instead of a broad one stands in a menu, too."""
    for note in edition_facts.head_notes(edition):
        yield bold_piece(note.text) if note.serious else words_piece(note.text)
    if narrower := edition_facts.narrower_questions(edition):
        yield words_piece(words.show(edition_facts.NARROWER_LEAD) + words.colon.rstrip())
        yield from (words_piece(question, item=True) for question in narrower)


def notices(edition: Edition, words: Catalog, most: int = edition_facts.LINE_LIMIT) -> Iterator[Piece]:
    """Each of at most so many characters."""
    label = words.gettext("Please note")
    for notice in reliability.notices(edition):
        text = words.colon + shorten(notice, most)
        yield Piece(f"**{label}**{escape.markdown(text)}", f"*{label}*{escape.mrkdwn(text)}")


def _section(edition: Edition, index: int, section: Section, words: Catalog) -> Iterator[Piece]:
    if not section.text:  # of a short edition
        papers = edition_facts.section_papers(edition, index)
        yield from (_paper_item(edition, paper, words) for paper in papers)
        return
    if section.source != "summaries":
        yield from prose(edition, section.text, model=section.source == "model")
        return
    yield words_piece(words.show(edition_facts.UNWRITTEN))
    for paper in edition_facts.section_papers(edition, index):
        gist = " ".join(
            f"{label}{words.colon}{text}" if label else text
            for label, text in edition_facts.summary_parts(paper, words)
        )
        yield _paper_item(edition, paper, words, gist=to_line(gist, 1_000))


def _paper_item(edition: Edition, paper: EditionPaper, words: Catalog, gist: str = "") -> Piece:
    return paper_item(paper, words, gist=gist, edge=edition_facts.edge_mark(edition, paper))


def link_item(title: str, address: str) -> Piece:
    """A linked title as an item; the address comes from a record."""
    return Piece(f"- {escape.markdown_link(address, title)}", f"• {escape.mrkdwn_link(address, title)}", item=True)


def words_piece(text: str, *, item: bool = False) -> Piece:
    return _join_bits([(escape.markdown(text), escape.mrkdwn(text))], item=item)


def prose(edition: Edition, text: str, *, model: bool) -> Iterator[Piece]:
    """Paragraphs with their citations as links. model: a language model wrote them, so its lists are lists."""
    papers = {paper.number: paper for paper in edition.papers}
    for paragraph in split_paragraphs(text):
        for item, words in _split_list_items(paragraph, model=model):
            yield from _split_into_pieces(words, papers, item=item)


def _split_list_items(paragraph: str, *, model: bool) -> Iterator[tuple[bool, str]]:
    """(is an item of a list, words): only a model writes lists, and its other marks go."""
    if not model:
        yield False, " ".join(paragraph.split())
        return
    running: list[str] = []
    for line in _EMPHASIS.sub(r"\1\2", strip_markup(paragraph)).splitlines():
        if not _BULLET.match(line):
            running.append(line)
            continue
        yield from _join_lines(running)
        running = []
        yield True, _BULLET.sub("", line).strip()
    yield from _join_lines(running)


def _join_lines(lines: list[str]) -> Iterator[tuple[bool, str]]:
    if joined := " ".join(" ".join(lines).split()):
        yield False, joined


def _split_into_pieces(text: str, papers: Mapping[int, EditionPaper], *, item: bool) -> Iterator[Piece]:
    """One piece; where that would be too long as many as needed, parted between sentences, or else between words."""
    whole = _join_bits(_render_bits(text, papers), item=item)
    if len(whole.markdown) <= MOST_PIECE:
        yield whole
        return
    bits: list[tuple[str, str]] = []
    for bit in _bits(text, papers):
        if bits and sum(len(marked) for marked, _ in (*bits, bit)) > MOST_PIECE:
            yield _join_bits(bits, item=item)
            bits = []
        bits.append(bit)
    yield _join_bits(bits, item=item)


def _bits(text: str, papers: Mapping[int, EditionPaper]) -> Iterator[tuple[str, str]]:
    """A text in stretches that are not parted: sentences where they are short enough, else words and citations."""
    for sentence in _SENTENCE_END.split(text):
        bits = _render_bits(sentence + " ", papers)
        if sum(len(marked) for marked, _ in bits) <= MOST_PIECE:
            yield "".join(marked for marked, _ in bits), "".join(bare for _, bare in bits)
        else:
            yield from bits


def _render_bits(text: str, papers: Mapping[int, EditionPaper]) -> list[tuple[str, str]]:
    """(markdown, mrkdwn) of each stretch of words and each citation."""
    found: list[tuple[str, str]] = []
    for piece in split_citations(text, papers):
        if isinstance(piece, str):
            found += [
                (escape.markdown(words), escape.mrkdwn(words)) for words in _STRETCH.findall(escape.make_inert(piece))
            ]
        else:
            found.append((_cite_markdown(papers[piece]), _cite_mrkdwn(papers[piece])))
    return found


def _join_bits(bits: Iterable[tuple[str, str]], *, item: bool) -> Piece:
    bits = list(bits)
    marked, bare = "".join(bit for bit, _ in bits).strip(), "".join(bit for _, bit in bits).strip()
    return Piece(f"- {marked}", f"• {bare}", item) if item else Piece(marked, bare)


def _cite_markdown(paper: EditionPaper) -> str:
    """The brackets stand outside the link: nested ones are read differently from reader to reader."""
    return rf"\[[{paper.number}]({paper.url})\]"


def _cite_mrkdwn(paper: EditionPaper) -> str:
    return f"<{paper.url}|[{paper.number}]>"
