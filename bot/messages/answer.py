"""The answer in Slack: one message of one screen, with the finding, what to read first, counts and buttons.

Invariant: pure; of what stands in it a reader sees at most MOST_SHOWN characters, however much there is to say; with
their markup, too, where three papers have room in that. What has no room stands in the whole survey, and every paper in
the table, each a button away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest

from bot import ids
from bot.limits import HEADER, MOST_SHOWN, Block, shown_length, written_length
from bot.messages import passages, replies
from bot.messages.blocks import (
    Message,
    actions,
    button,
    context,
    download_menu,
    fallback,
    header,
    mrkdwn_context,
    narrower_menu,
    papers_menu,
    section,
)
from bot.messages.escape import mrkdwn_link
from bot.messages.paginate import blocks_of
from bot.messages.passages import Passage, Piece
from bot.messages.survey import cost_line, finding, finding_sentences, found_nothing, survey_messages
from digest.i18n.catalog import Catalog, get_catalog
from digest.render import edition_facts, reliability
from digest.render.reliability import has_evidence
from digest.render.safe_text import shorten, to_line, to_verbatim_line
from digest.text.citations import cited_numbers
from store.records.editions import Edition, EditionPaper

_MOST_TOP, _FEW_TOP = 5, 3
_MOST_FINDING, _MOST_NOTE, _MOST_REASON = 420, 160, 110
_MOST_SERIOUS, _MOST_NOTES = 2, 3
# How many papers to begin with, and how long their titles: the first that there is room for.
_STARTS = ((5, 120), (5, 80), (4, 120), (4, 80), (3, 120), (3, 80), (3, 50), (2, 50), (1, 50))


@dataclass(frozen=True)
class Screen:
    """What stands between header and buttons. whole: whether it says all that the opening does."""

    passages: tuple[Passage, ...]
    whole: bool


def answer_message(
    edition: Edition,
    *,
    page: str = "",
    archive_url: str = "",
    canvas: bool = False,
    kept: bool = False,
    opinions: bool = True,
) -> Message:
    """page: where whoever reads this finds the whole survey; "" where it comes into the thread. archive_url: where the
    archive shows it to some; "" where there is none. canvas: whether the workspace has canvases. kept: the edition was
    there already, and the answer says of when it is. opinions: whether readers are asked what they think of papers.
    """
    words = get_catalog("slack", edition.language)
    top = [header(edition_facts.title(edition, HEADER)), *([_kept_line(edition, words)] if kept else [])]
    buttons = answer_buttons(edition, words, page=page, archive_url=archive_url, canvas=canvas, opinions=opinions)
    foot = [context(cost_line(edition)), actions(buttons), feedback(edition)]
    screen = first_screen(edition, [*top, *foot], words)
    return Message(
        text=_text(edition, words),
        blocks=(*top, *blocks_of(screen.passages), *foot),
        rescue="\n\n".join(message.rescue for message in survey_messages(edition)),
    )


def page_message(edition: Edition, page: str) -> Message:
    """Where the whole survey stands."""
    words, title = get_catalog("slack", edition.language), edition_facts.title(edition)
    text = words.gettext("The full survey: {page}", page=mrkdwn_link(page, title))
    return Message(text, (section(text),))


def answer_buttons(
    edition: Edition, words: Catalog, *, page: str, archive_url: str, canvas: bool, opinions: bool
) -> list[Block]:
    """What can be done with an answer: first what shows more of it."""
    bibtex = button(ids.BIBTEX, "BibTeX", edition.id)
    made = [
        *([all_papers_button(edition, words), full_survey_button(edition, words, page)] if edition.papers else []),
        button(ids.REFRESH, words.gettext("Refresh"), edition.id),
        button(ids.SUBSCRIBE, words.gettext("Subscribe weekly"), edition.id),
        *([bibtex] if edition.papers else []),
    ]
    if any(one.section < 0 and has_evidence(one) for one in edition.statements):
        why, about = words.gettext("Why?"), words.gettext("What the opening rests on")
        made.append(button(ids.EVIDENCE, why, f"-1 {edition.id}", about=about))
    if canvas and page and edition.papers:
        made.append(button(ids.OPEN_CANVAS, words.gettext("Open as canvas"), edition.id))
    if archive_url and not page:
        made.append(button(ids.OPEN_ARCHIVE, words.gettext("Open in the archive"), url=archive_url))
    if edition.papers:
        made.append(download_menu(edition.id, words))
    if edition.papers and opinions:
        made.append(papers_menu(edition, words))
    if narrower := narrower_menu(edition, words):
        made.append(narrower)
    return made


def all_papers_button(edition: Edition, words: Catalog) -> Block:
    label = words.ngettext("The paper in a table", "All {n} papers", len(edition.papers))
    return button(ids.ALL_PAPERS, label, edition.id)


def full_survey_button(edition: Edition, words: Catalog, page: str) -> Block:
    """page: as for an answer."""
    label = words.gettext("Full survey")
    return button(ids.OPEN_ARCHIVE, label, url=page) if page else button(ids.FULL_SURVEY, label, edition.id)


def feedback(edition: Edition) -> Block:
    """Two thumbs, with words for whoever does not see them."""
    words = get_catalog("slack", edition.language)
    return {
        "type": "context_actions",
        "elements": [
            {
                "type": "feedback_buttons",
                "action_id": ids.FEEDBACK,
                "positive_button": _thumb(
                    words.gettext("Helpful"), words.gettext("This was helpful"), f"good {edition.id}"
                ),
                "negative_button": _thumb(
                    words.gettext("Not helpful"), words.gettext("This was not helpful"), f"bad {edition.id}"
                ),
            }
        ],
    }


def _thumb(text: str, about: str, value: str) -> Block:
    return {
        "text": {"type": "plain_text", "text": text, "emoji": False},
        "value": value,
        "accessibility_label": about,
    }


def _kept_line(edition: Edition, words: Catalog) -> Block:
    told = words.gettext(
        "This survey was made {when}. “Refresh” searches again and writes a new one.",
        when=replies.localise(edition.created_at),
    )
    return mrkdwn_context(told)


def _text(edition: Edition, words: Catalog) -> str:
    papers = words.ngettext("{n} paper", "{n} papers", len(edition.papers))
    title = edition_facts.title(edition, 150)
    return fallback(
        words.gettext("{papers} on “{title}”. {finding}", title=title, papers=papers, finding=finding(edition))
    )


def first_screen(edition: Edition, frame: Sequence[Block], words: Catalog) -> Screen:
    """The finding, what a reader has to know beforehand, and where to begin, as much as the frame leaves room for."""
    lead, title, papers = _lead(edition, words), start_title(edition, words), start_papers(edition)

    def made(notes: int, count: int, most: int) -> Screen:
        opening = Passage("", (*lead.serious, *lead.finding, *lead.notes[:notes]))
        items = tuple(_start_item(edition, paper, gist, most, words) for paper, gist in papers[:count])
        shown = tuple(passage for passage in (opening, Passage(title, items)) if passage.pieces)
        return Screen(shown, whole=lead.whole and notes == len(lead.notes))

    def fits(screen: Screen, length: Callable[[Sequence[Block]], int]) -> bool:
        return length([*frame, *blocks_of(screen.passages)]) <= MOST_SHOWN

    starts = _STARTS if papers else ((0, 0),)
    for count, most in starts:  # decision 137
        if count >= min(_FEW_TOP, len(papers)):
            screen = made(len(lead.notes), count, most)
            if fits(screen, shown_length) and fits(screen, written_length):
                return screen
    for notes in range(len(lead.notes), -1, -1):
        for count, most in starts:
            screen = made(notes, count, most)
            if fits(screen, shown_length):
                return screen
    return screen


@dataclass(frozen=True)
class _Lead:
    """serious: that what was asked is not answered, or not whole. notes: what else to know, by weight."""

    serious: tuple[Piece, ...]
    finding: tuple[Piece, ...]
    notes: tuple[Piece, ...]
    whole: bool


def _lead(edition: Edition, words: Catalog) -> _Lead:
    told = edition_facts.head_notes(edition)
    serious = [passages.bold_piece(shorten(note.text, _MOST_NOTE)) for note in told if note.serious]
    reading = [passages.words_piece(shorten(note.text, _MOST_NOTE)) for note in told if not note.serious]
    noticed = list(passages.notices(edition, words, _MOST_NOTE))
    said, all_of_it = _finding(edition)
    pieces = passages.prose(edition, said, model=False) if said else _quiet(edition, words)
    fits = len(serious) <= _MOST_SERIOUS and max(len(reading), len(noticed)) <= _MOST_NOTES
    texts = (*(note.text for note in told), *reliability.notices(edition))
    return _Lead(
        tuple(serious[:_MOST_SERIOUS]),
        tuple(pieces),
        (*noticed[:_MOST_NOTES], *reading[:_MOST_NOTES]),
        whole=all_of_it and fits and all(len(text) <= _MOST_NOTE for text in texts),
    )


def _finding(edition: Edition) -> tuple[str, bool]:
    """Two sentences of the opening, with their citations; and whether that is all of it."""
    sentences, all_of_it = finding_sentences(edition)
    first, rest = sentences[:1], sentences[1:2]
    if not first or len(first[0]) > _MOST_FINDING:
        return "".join(to_line(sentence, _MOST_FINDING) for sentence in first), not first
    if rest and len(first[0]) + len(rest[0]) <= _MOST_FINDING:
        return " ".join((*first, *rest)), all_of_it and len(sentences) <= 2
    return first[0], all_of_it and not rest


def _quiet(edition: Edition, words: Catalog) -> Iterator[Piece]:
    if told := to_verbatim_line(words.show(edition.quiet), _MOST_FINDING):
        yield passages.words_piece(told)


def start_papers(edition: Edition) -> list[tuple[EditionPaper, str]]:
    """Where to begin, each with why; in an edition that does not say it, with what was found there."""
    if found := edition_facts.start_papers(edition):
        return found[:_MOST_TOP]
    return [(paper, _summary_line(paper)) for paper in top_papers(edition)]


def top_papers(edition: Edition) -> list[EditionPaper]:
    """Where to start in an edition that does not say it: the papers that the opening cites, then the first of each
    section, then the second.
    """
    papers = {paper.number: paper for paper in edition.papers}
    in_turn = chain.from_iterable(zip_longest(*(section.papers for section in edition.sections)))
    chosen = dict.fromkeys((*cited_numbers(edition.opening, papers), *in_turn))
    return [papers[number] for number in chosen if number in papers][:_MOST_TOP]


def start_title(edition: Edition, words: Catalog) -> str:
    """ "" where no paper is on what was asked."""
    if found_nothing(edition):
        return ""
    if edition.start_here:
        return words.show(edition_facts.START_LEAD)
    if len(edition.papers) <= len(top_papers(edition)):
        return words.ngettext("The paper", "The papers", len(edition.papers))
    return words.gettext("Start with these")


def _start_item(edition: Edition, paper: EditionPaper, gist: str, most: int, words: Catalog) -> Piece:
    reason, edge = to_line(gist, min(_MOST_REASON, most)), edition_facts.edge_mark(edition, paper)
    return passages.paper_item(paper, words, gist=reason, edge=edge, most=most)


def _summary_line(paper: EditionPaper) -> str:
    """A paper's result in a line, or what else its summary has."""
    summary = paper.summary
    return to_line(summary.result or summary.method or summary.text, 280)
