"""Survey messages: an edition whole, as the messages (blocks) of a thread.

Invariant: pure; every paper of the edition is linked in some part, nothing is cut, and no part is over a limit that
`bot/limits.py` knows. The parts say which of how many they are where there are several; the buttons stand in the last.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot import ids
from bot.limits import HEADER, Block
from bot.messages import passages
from bot.messages.blocks import (
    Message,
    actions,
    button,
    context,
    download_menu,
    evidence_menu,
    fallback,
    header,
    papers_menu,
)
from bot.messages.escape import mrkdwn
from bot.messages.paginate import blocks_of, pack_passages, remaining_capacity, rescue_of
from bot.messages.passages import Passage
from digest.i18n.catalog import Catalog, get_catalog
from digest.render import edition_facts
from digest.render.reliability import WARNING_SIGN, has_evidence, mark_statements, support_warning
from digest.render.safe_text import split_paragraphs, strip_markers, strip_markup, to_line, to_verbatim_line
from digest.text.sentences import split
from store.records.editions import Edition

_MOST_FINDING = 300


def survey_messages(edition: Edition, *, archive_url: str = "", opinions: bool = True) -> list[Message]:
    """The parts in order, each a thread reply.

    archive_url: where the archive shows this edition; "" where there is none. opinions: whether readers are asked what
    they think of papers.
    """
    words = get_catalog("slack", edition.language)
    foot = _foot(edition, words, archive_url, opinions=opinions)
    frame = [header(edition_facts.title(edition, HEADER)), *foot]
    start = passages.start_here(edition)
    whole = [
        passages.opening(edition),
        *([start] if start else []),
        *passages.sections(edition),
        *passages.endings(edition),
    ]
    room = remaining_capacity([*frame, context(_part(998, 999, words) + edition_facts.title(edition))])
    parts = pack_passages(whole, room, words)
    return [
        Message(
            text=_text(edition, parts, n, words),
            blocks=(
                *_top(edition, n, len(parts), words),
                *blocks_of(part),
                *(foot if n == len(parts) - 1 else ()),
            ),
            rescue=_rescue(edition, part, n, len(parts), words),
        )
        for n, part in enumerate(parts)
    ]


def finding(edition: Edition) -> str:
    """What was found, in a sentence without its citations; or that nothing was, or that the text says otherwise."""
    if warning := support_warning(edition):
        return warning
    if found_nothing(edition):
        return next(note.text for note in edition_facts.question_notes(edition) if note.serious)
    sentences, _ = finding_sentences(edition)
    return to_line(strip_markers("".join(sentences[:1])), _MOST_FINDING) or to_verbatim_line(
        get_catalog("slack", edition.language).show(edition.quiet), _MOST_FINDING
    )


def finding_sentences(edition: Edition) -> tuple[list[str], bool]:
    """The opening's sentences from the first on that cites a paper, and is supported by it where any is; of one that
    only counts, all behind what a section says of a paper to begin with. And whether none of the opening is left out.
    """
    sentences = _sentences(mark_statements(edition).opening)
    citing = [at for at, sentence in enumerate(sentences) if _is_citing(sentence)]
    if citing:
        first = next((at for at in citing if WARNING_SIGN not in sentences[at]), citing[0])
        return sentences[first:], first == 0
    return [*([] if found_nothing(edition) else _section_sentence(edition)), *sentences], True


def found_nothing(edition: Edition) -> bool:
    """Whether no paper is on what was asked: those that it shows are the nearest few."""
    return edition.selection is not None and edition.selection.verdict == "nothing"


def _section_sentence(edition: Edition) -> list[str]:
    """What is said of the first paper to read that something is said of, else of any; [] where nothing is."""
    texts = [section.text for section in mark_statements(edition).sections if section.source != "summaries"]
    citing = [sentence for text in texts for sentence in _sentences(text) if _is_citing(sentence)]
    marks = [f"[{start.paper}]" for start in edition.start_here]
    return [*(sentence for mark in marks for sentence in citing if mark in sentence), *citing][:1]


def _sentences(text: str) -> list[str]:
    return [sentence for part in split_paragraphs(text) for sentence in split(strip_markup(part))]


def _is_citing(sentence: str) -> bool:
    return strip_markers(sentence) != sentence


def cost_line(edition: Edition) -> str:
    """What it took: counts, seconds, dollars."""
    words = get_catalog("slack", edition.language)
    seconds = edition_facts.format_seconds(edition.seconds["total"], words) if "total" in edition.seconds else ""
    return " · ".join(filter(None, (edition_facts.counts_line(edition), seconds, _dollars(edition))))


def making_lines(edition: Edition) -> list[str]:
    """How it was made: counts, seconds, dollars, models in one line; what was done to the search; notes."""
    words = get_catalog("slack", edition.language)
    models = dict.fromkeys(
        to_verbatim_line(usage.model, 80) for usage in edition.usage if usage.role in ("summary", "synthesis")
    )
    steps = [to_verbatim_line(words.show(step), 200) for step in edition.filter.widened[:6]]
    lines = [
        " · ".join((cost_line(edition), *filter(None, models))),
        words.gettext("Widened") + words.colon + words.join(steps, "series") if steps else "",
        edition_facts.route_line(edition),
        to_line(words.show(edition.note), 400),
    ]
    return [line for line in lines if line]


def _dollars(edition: Edition) -> str:
    words = get_catalog("slack", edition.language)
    prices = [usage.usd for usage in edition.usage]
    known = words.usd(sum(price for price in prices if price is not None))
    return known + " + " + words.gettext("price unknown") if None in prices else known


def _top(edition: Edition, n: int, of: int, words: Catalog) -> list[Block]:
    title, part = edition_facts.title(edition), _part(n, of, words)
    if n == 0:
        return [header(edition_facts.title(edition, HEADER)), *([context(part)] if of > 1 else [])]
    return [context(f"{part} · {title}")]


def _foot(edition: Edition, words: Catalog, archive_url: str, *, opinions: bool) -> list[Block]:
    buttons = [download_menu(edition.id, words)]
    parts = sorted({statement.section for statement in edition.statements if has_evidence(statement)})
    if parts:
        titles = [(part, passages.part_title(edition, part, words)) for part in parts]
        buttons.append(evidence_menu(edition, titles, words))
    if edition.papers and opinions:
        buttons.append(papers_menu(edition, words))
    if archive_url:
        buttons.append(button(ids.OPEN_ARCHIVE, words.gettext("Open in the archive"), url=archive_url))
    return [context(*making_lines(edition)), actions(buttons)]


def _text(edition: Edition, parts: Sequence[Sequence[Passage]], n: int, words: Catalog) -> str:
    """The finding in a sentence; of a further part, what stands in it."""
    title = edition_facts.title(edition, 150)
    if n == 0:
        papers = words.ngettext("{n} paper", "{n} papers", len(edition.papers))
        return fallback(
            words.gettext("{papers} on “{title}”. {finding}", title=title, papers=papers, finding=finding(edition))
        )
    inside = words.join([passage.title for passage in parts[n] if passage.title], "series")
    part = _part(n, len(parts), words)
    return fallback(words.gettext("{part} of “{title}”: {sections}", part=part, title=title, sections=inside))


def _part(n: int, of: int, words: Catalog) -> str:
    return words.gettext("Part {n}/{all}", n=n + 1, all=of)


def _rescue(edition: Edition, part: Sequence[Passage], n: int, of: int, words: Catalog) -> str:
    title = mrkdwn(edition_facts.title(edition))
    top = f"*{title}*" if of == 1 else f"*{_part(n, of, words)} · {title}*"
    foot = mrkdwn("\n".join(making_lines(edition))) if n == of - 1 else ""
    return "\n\n".join(filter(None, (top, rescue_of(part), foot)))
