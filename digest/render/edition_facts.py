"""Facts of an edition for every renderer: names, dates, counts, route, cost, section colours. Pure.

Invariant: pure; each fact is one readable line in the edition's language, and nothing is claimed that was not measured.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import quote

from digest.i18n.edition_texts import EditionTexts, format_date, format_plural, get_edition_texts
from digest.render.safe_text import to_line, to_verbatim_line
from digest.text import names
from store.records.editions import Edition, EditionPaper, RouteReport, Section, Usage

TITLE_LIMIT = 400
LINE_LIMIT = 1_000
_NAME_LIMIT = 80
_NAMES_SHOWN = 6
_LEFT_AND = re.compile(r"^and\s+(?=\S)")
ShowText = Callable[[str, int], str]  # a text from outside -> one line of at most so many letters, as a form shows it


def title(edition: Edition) -> str:
    return to_line(edition.title, TITLE_LIMIT) or to_line(edition.question, TITLE_LIMIT) or edition.id


def paper_title(paper: EditionPaper, show: ShowText = to_line) -> str:
    return show(paper.title, TITLE_LIMIT) or paper.id


def kicker(edition: Edition) -> str:
    """What this is and of when: "Digest, 22 November 2026"."""
    words = get_edition_texts(edition.language)
    return words.joiner.join((words.kinds[edition.kind], format_date(edition.slot or edition.created_at, words)))


def doi_url(paper: EditionPaper) -> str:
    return f"https://doi.org/{quote(paper.doi.strip(), safe='/')}" if paper.doi.strip() else ""


def author_names(paper: EditionPaper) -> list[str]:
    """Readable names; some sources leave the "and" of a list on its last name."""
    return [_LEFT_AND.sub("", to_line(name, _NAME_LIMIT)) for name in paper.authors]


def authors(paper: EditionPaper, words: EditionTexts, shown: int = _NAMES_SHOWN) -> str:
    """Every name while they are few; else the first `shown` and how many there are."""
    known = author_names(paper)
    if not known:
        return words.no_authors
    if len(known) <= shown + 2:
        return words.joiner.join(known)
    more = words.more_authors.format(n=f"{len(known) - shown:,}", all=f"{len(known):,}")
    return words.joiner.join((*known[:shown], more))


def first_author(paper: EditionPaper, words: EditionTexts) -> str:
    """Who to name where there is room for one: "Okafor et al.", "van den Berg"."""
    if not paper.authors:
        return words.no_authors
    name = names.surname(author_names(paper)[0])
    return words.et_al.format(name=name) if len(paper.authors) > 1 else name


def summary_parts(paper: EditionPaper, words: EditionTexts, show: ShowText = to_line) -> list[tuple[str, str]]:
    """The summary as (label, text), in reading order; without parts it is one text, labelled only if an abstract."""
    summary = paper.summary
    if summary.source == "abstract":
        return [(words.abstract_only, show(summary.text, 3_000))]
    labelled = zip(words.parts, (summary.problem, summary.method, summary.result), strict=True)
    found = [(label, show(text, LINE_LIMIT)) for label, text in labelled if text.strip()]
    return found or [("", show(summary.text, LINE_LIMIT))] * bool(summary.text.strip())


def section_papers(edition: Edition, index: int) -> list[EditionPaper]:
    """The papers shown with section `index`: those that a sentence cites, and all where none could be written."""
    unwritten = edition.sections[index].source == "summaries"
    return [paper for paper in edition.papers if paper.section == index and (paper.cited or unwritten)]


def uncited_papers(edition: Edition) -> list[EditionPaper]:
    """The rest: kept, cited by no sentence, and so offered once at the end."""
    shown = {paper.number for index in range(len(edition.sections)) for paper in section_papers(edition, index)}
    return [paper for paper in edition.papers if paper.number not in shown]


def section_title(section: Section) -> str:
    return to_line(section.title, 200)


def section_span(section: Section, words: EditionTexts) -> str:
    if not section.papers:
        return ""
    first, last = min(section.papers), max(section.papers)
    return format_plural(words.section_papers, last - first + 1, first=first, last=last)


def is_written_by_model(edition: Edition) -> bool:
    """Whether the texts are a language model's, and so may hold Markdown; extracts are words of the abstracts."""
    return any(section.source == "model" for section in edition.sections)


def saving_percent(route: RouteReport) -> int | None:
    """By how many percent the route is shorter than the order as found; None where no route was sought."""
    if route.solver in ("none", "similarity") or route.as_found_length <= 0:
        return None
    return round(100 * (1 - route.length / route.as_found_length))


def route_line(edition: Edition) -> str:
    words, percent = get_edition_texts(edition.language), saving_percent(edition.route)
    if len(edition.papers) < 2:
        return ""
    if edition.route.solver == "similarity":
        return words.by_similarity
    if percent is None or percent == 0:
        return words.as_found if edition.route.solver == "none" else ""
    return (words.shorter if percent > 0 else words.longer).format(percent=abs(percent))


def counts_line(edition: Edition) -> str:
    counts = edition.counts
    return get_edition_texts(edition.language).counts_line.format(
        found=f"{counts.found:,}", kept=f"{counts.kept:,}", cited=f"{counts.cited:,}"
    )


def notices(edition: Edition) -> list[str]:
    """What a reader has to know before trusting the text: a part that failed, or papers that were never read."""
    words = get_edition_texts(edition.language)
    failed = [detail for ok, detail in health_lines(edition) if not ok]
    if edition.complete or failed or not edition.papers:
        return failed
    return [words.more_match.format(found=f"{edition.counts.found:,}")]


def overflow_papers(edition: Edition) -> list[tuple[str, str]]:
    """(title, address) of the papers for which a digest had no room."""
    return [(to_line(paper.title, TITLE_LIMIT) or paper.id, paper.url) for paper in edition.beyond]


def health_lines(edition: Edition) -> list[tuple[bool, str]]:
    """(ok, "arxiv: 312 papers") per outside part."""
    stop = get_edition_texts(edition.language).stop
    return [
        (part.ok, to_verbatim_line(stop.join(filter(None, (part.source, part.detail))), 400)) for part in edition.health
    ]


def making_rows(edition: Edition, *, window: bool = True) -> list[tuple[str, list[str]]]:
    """How this edition was made, as (label, lines), for the end of every rendering. Health is apart.

    window: with the window of a digest, which some renderings show near the top.
    """
    words = get_edition_texts(edition.language)
    rows: list[tuple[str, list[str]]] = [
        (words.queries, [to_verbatim_line(query, 300) for query in edition.queries]),
        (words.window, list(window_lines(edition, words)) if window else []),
        (words.filter, [to_verbatim_line(edition.filter.rule)]),
        (words.widened, [to_verbatim_line(step) for step in edition.filter.widened]),
        (words.counts, list(_count_lines(edition, words))),
        (words.route, [route_line(edition)]),
        (words.time, [format_seconds(edition.seconds["total"], words)] if "total" in edition.seconds else []),
        (words.models, [_usage_line(usage, words) for usage in edition.usage]),
        (words.total_cost, [_cost_line(edition.usage, words)] if edition.usage else []),
    ]
    return [(label, kept) for label, lines in rows if (kept := [line for line in lines if line])]


def format_seconds(n: float, words: EditionTexts) -> str:
    return words.seconds.format(n=f"{n:.1f}" if n < 100 else f"{n:,.0f}")


def format_usd(usd: float) -> str:
    """Dollars, with as many digits as a small sum needs."""
    return f"${usd:.2f}" if usd >= 1 or usd == 0 else f"${usd:.4f}"


def window_lines(edition: Edition, words: EditionTexts) -> Iterator[str]:
    if edition.since and edition.until:
        yield words.window_line.format(since=format_date(edition.since, words), until=format_date(edition.until, words))


def _count_lines(edition: Edition, words: EditionTexts) -> Iterator[str]:
    counts = edition.counts
    yield counts_line(edition)
    if edition.papers and counts.summarised == counts.embedded == counts.kept:
        yield words.all_new
    elif edition.papers:
        yield words.new_work.format(summarised=f"{counts.summarised:,}", embedded=f"{counts.embedded:,}")
    if counts.unknown_markers:
        yield format_plural(words.unknown, counts.unknown_markers)


def _usage_line(usage: Usage, words: EditionTexts) -> str:
    tokens = words.tokens.format(into=f"{usage.input_tokens:,}", out=f"{usage.output_tokens:,}")
    described = [
        to_verbatim_line(usage.model, 120),
        format_plural(words.calls, usage.calls),
        tokens if usage.input_tokens or usage.output_tokens else "",
        words.no_price if usage.usd is None else format_usd(usage.usd) if usage.usd else "",
    ]
    return words.roles.get(usage.role, usage.role) + words.stop + words.joiner.join(filter(None, described))


def _cost_line(usages: Iterable[Usage], words: EditionTexts) -> str:
    prices = [usage.usd for usage in usages]
    known = format_usd(sum(price for price in prices if price is not None))
    return words.joiner.join((known, words.no_price)) if None in prices else known


# Ten hues of about one lightness, each readable as text on its ground; neighbours differ also for the colour-blind.
LIGHT_COLOURS = "1f63b0 b5451b 17764a 843f93 7d5a00 0b6e80 a62653 4a47b3 55620f 545d68".split()
DARK_COLOURS = "86b9f4 f3a07c 74d3a4 dba3e6 e3bd5b 6dcbdd f492b2 aeaefa bdcd66 b9c3ce".split()


def section_colour(section: int) -> str:
    """Of the section with this index, as a colour of CSS on a light ground."""
    return f"#{LIGHT_COLOURS[section % len(LIGHT_COLOURS)]}"
