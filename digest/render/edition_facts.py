"""Facts of an edition for every renderer: names, dates, counts, route, cost, section colours. Pure.

Invariant: pure; each fact is one readable line in the edition's language, and nothing is claimed that was not measured.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import quote

from digest.i18n.catalog import Catalog, get_catalog
from digest.render.reliability import support_warning
from digest.render.safe_text import shorten, strip_harmful, to_line, to_verbatim_line
from store.records.editions import (
    ARXIV,
    Edition,
    EditionKind,
    EditionPaper,
    OverflowPaper,
    Paper,
    RouteReport,
    Section,
    Usage,
)
from store.records.lazy_text import JoinStyle, lazy_gettext
from store.records.questions import SearchLimits, StructuredQuestion
from store.records.repositories import category_name, repository_name
from store.text.names import Author, parse_authors

TITLE_LIMIT = 400
LINE_LIMIT = 1_000
_NAME_LIMIT = 80
_NAMES_SHOWN = 6
_WORD_LIMIT = 80  # of a word or phrase of the question
_PHRASES_SHOWN = 12  # of them in one line
_NARROWER_SHOWN = 8
UNWRITTEN = lazy_gettext("This section could not be written. Here are the summaries of its papers.")
UNCITED_LEAD = lazy_gettext("The filter kept these papers, but no sentence above cites them.")
OVERFLOW_LEAD = lazy_gettext("These are on the topic, too. The papers above are nearer to its question.")
NARROWER_LEAD = lazy_gettext("Narrower questions")
START_LEAD = lazy_gettext("Start here")
ShowText = Callable[[str, int], str]  # a text from outside -> one line of at most so many letters, as a form shows it


@dataclass(frozen=True)
class HeadNote:
    """A line between title and text. serious: it is no answer, no whole one, or not to be relied on."""

    text: str
    serious: bool = False


def title(edition: Edition, limit: int = TITLE_LIMIT) -> str:
    """With what a reader has to know before anything else: that this is no answer, or one to a part of the question."""
    mark, plain = title_mark(edition), plain_title(edition, limit)
    if not mark:
        return plain
    return get_catalog("edition", edition.language).gettext("{title} ({mark})", title=plain, mark=mark)


def plain_title(edition: Edition, limit: int = TITLE_LIMIT) -> str:
    """Without its mark, and as long as leaves room for that within `limit` characters."""
    if mark := title_mark(edition):
        limit -= len(get_catalog("edition", edition.language).gettext("{title} ({mark})", title="", mark=mark))
    return to_line(edition.title, limit) or to_line(edition.question, limit) or edition.id


def title_mark(edition: Edition) -> str:
    """ "" where the question was understood, and answered."""
    words = get_catalog("edition", edition.language)
    nothing = words.gettext("nothing found on this") if _is_on_nothing(edition) else ""
    partly = words.gettext("understood only in part") if edition.request and edition.request.not_understood else ""
    return words.join([mark for mark in (nothing, partly) if mark], "series")


def shown_question(edition: Edition, most: int = LINE_LIMIT, title_limit: int = TITLE_LIMIT) -> str:
    """The question in one line; "" where the title says it already."""
    question = to_line(edition.question, most)
    return "" if question.casefold() == plain_title(edition, title_limit).casefold() else question


def head_notes(edition: Edition) -> list[HeadNote]:
    """What stands between the title and the text: whether that can be relied on, and how the question was read."""
    warning = support_warning(edition)
    return [*([HeadNote(warning, serious=True)] if warning else []), *question_notes(edition)]


def question_notes(edition: Edition) -> list[HeadNote]:
    """How the question was read, and what to do about it."""
    words = get_catalog("edition", edition.language)
    return [
        *(HeadNote(line, serious=True) for line in _unanswered_lines(edition, words)),
        *(HeadNote(line) for line in _reading_lines(edition, words)),
    ]


def narrower_questions(edition: Edition) -> list[str]:
    """What to ask instead of a broad question."""
    offered = edition.selection.narrower if edition.selection else ()
    return [line for question in offered[:_NARROWER_SHOWN] if (line := to_verbatim_line(question, 300))]


def _is_on_nothing(edition: Edition) -> bool:
    return edition.selection is not None and edition.selection.verdict == "nothing"


def _unanswered_lines(edition: Edition, words: Catalog) -> Iterator[str]:
    if _is_on_nothing(edition):
        yield (
            words.gettext("No paper was found on this. What follows is nearest to it, and about something else.")
            if edition.papers
            else words.gettext("No paper was found on this.")
        )
    if edition.request and (missed := edition.request.not_understood):
        yield words.gettext("Not understood") + words.colon + _list_phrases(missed, words)


def _reading_lines(edition: Edition, words: Catalog) -> Iterator[str]:
    selection, request = edition.selection, edition.request
    if selection and selection.verdict == "broad":
        yield words.ngettext(
            "{n} paper fits this question; the most relevant are shown.",
            "{n} papers fit this question; the most relevant are shown.",
            selection.relevant,
        )
    if request:
        yield from _correction_line(request, words)
        yield from _guess_line(request, words)
        own = (
            replace(request.limits, since=None, until=None) if edition.slot else request.limits
        )  # a window is told below
        if limits := _limit_sentences(own, words):
            yield words.sentence_space.join(limits)
    for advice in selection.advice if selection else ():
        yield to_verbatim_line(words.show(advice), LINE_LIMIT)


def _correction_line(request: StructuredQuestion, words: Catalog) -> Iterator[str]:
    slips = dict.fromkeys((_phrase(found.typed), _phrase(found.used)) for found in request.corrections)
    told = [words.gettext("{used:quoted} in place of {typed:quoted}", used=used, typed=typed) for typed, used in slips]
    if told:
        yield words.gettext("Searched for {corrections}.", corrections=words.join(told[:_PHRASES_SHOWN], "series"))


def _guess_line(request: StructuredQuestion, words: Catalog) -> Iterator[str]:
    guessed = [(_phrase(found.asked), _phrase(found.forms[0])) for found in request.concepts if found.guessed]
    told = [words.gettext("{asked:quoted} means {form:quoted}", asked=asked, form=form) for asked, form in guessed]
    if told:
        yield words.gettext("A guess: {readings}.", readings=words.join(told[:_PHRASES_SHOWN], "series"))


def _limit_sentences(limits: SearchLimits, words: Catalog) -> list[str]:
    period = _period(limits.since, limits.until, words)
    categories = tuple(map(category_name, limits.categories))
    return [
        sentence
        for sentence in (
            words.gettext("Only papers submitted {period}.", period=period) if period else "",
            words.gettext("Only papers in {categories}.", categories=_list_phrases(categories, words, "any"))
            if categories
            else "",
            words.gettext("Only papers by {authors}.", authors=_list_phrases(limits.authors, words))
            if limits.authors
            else "",
            words.gettext("No papers with {terms:any}.", terms=[_phrase(term) for term in limits.exclude])
            if limits.exclude
            else "",
        )
        if sentence
    ]


def _period(since: datetime | None, until: datetime | None, words: Catalog) -> str:
    first = words.date(since) if since else ""
    last = words.date(until - timedelta(microseconds=1)) if until else ""
    if first and last:
        return words.gettext("from {since} to {until}", since=first, until=last)
    if first:
        return words.gettext("from {day}", day=first)
    return words.gettext("to {day}", day=last) if last else ""


def _list_phrases(phrases: Sequence[str], words: Catalog, style: JoinStyle = "series") -> str:
    shown = [_phrase(phrase) for phrase in phrases[:_PHRASES_SHOWN]]
    rest = len(phrases) - len(shown)
    return words.join([*shown, words.gettext("and {n} more", n=rest)], "series") if rest else words.join(shown, style)


def _phrase(text: str) -> str:
    return to_verbatim_line(text, _WORD_LIMIT)


def paper_title(paper: EditionPaper, show: ShowText | None = None) -> str:
    """show: for a form that sets the formulas by itself."""
    return (show(paper.title, TITLE_LIMIT) if show else to_verbatim_line(paper.readable_title, TITLE_LIMIT)) or paper.id


def kicker(edition: Edition) -> str:
    """What this is and of when: "Digest, 22 November 2026"."""
    words = get_catalog("edition", edition.language)
    return words.join((kind_name(edition.kind, words), words.date(edition.slot or edition.created_at)), "series")


def paper_reference(paper: EditionPaper) -> str:
    """Which paper in which version, as its source writes it: "arXiv:2405.01234v2"."""
    return to_verbatim_line(f"{source_id(paper)}v{paper.version}", 120)


def source_id(paper: EditionPaper) -> str:
    """The id with the name of its source: "arXiv:2405.01234", "bioRxiv:10.1101/2024.01.05.574321"."""
    return f"{repository_name(paper.source)}:{paper.id.removeprefix(f'{paper.source}:')}"


def arxiv_thanks(edition: Edition, words: Catalog) -> str:
    """ "" where all papers are from elsewhere."""
    sources = {paper.source for paper in edition.papers} | {paper.source for paper in edition.beyond}
    if sources and ARXIV not in sources:
        return ""
    return words.gettext(
        "Thank you to arXiv for use of its open access interoperability. Paper Route is not part of arXiv."
    )


def status_line(paper: Paper | EditionPaper | OverflowPaper, words: Catalog) -> str:
    """That a paper was withdrawn, with the sentence that says so; "" of every other."""
    if not paper.is_withdrawn:
        return ""
    by_source = words.gettext("Removed by {source}", source=repository_name(paper.source))
    label = by_source if paper.status == "removed" else words.gettext("Withdrawn")
    note = to_line(paper.status_note, LINE_LIMIT)
    says_no_more = note.strip(" .!").lower() == label.lower()
    return label if says_no_more or not note else words.colon.join((label, note))


def edge_mark(edition: Edition, paper: EditionPaper) -> str:
    """That a paper is at the edge of what was asked about; "" of every other, and where all are beyond it."""
    if paper.core or _is_on_nothing(edition):
        return ""
    return get_catalog("edition", edition.language).gettext("at the edge of the question")


def relevance_figure(paper: EditionPaper, words: Catalog) -> str:
    """ "relevance 0.82"; "" where it was not graded."""
    if paper.relevance is None:
        return ""
    return words.gettext("relevance {figure}", figure=words.number(paper.relevance, 2))


def kind_name(kind: EditionKind, words: Catalog) -> str:
    return words.gettext("Survey") if kind == "survey" else words.gettext("Digest")


def doi_url(paper: EditionPaper) -> str:
    """The address of its first DOI; "" where it has none."""
    return next((f"https://doi.org/{quote(doi, safe='/')}" for doi in paper.dois), "")


def author_names(paper: Paper | EditionPaper) -> list[str]:
    """Readable names, each in a line's length."""
    return [shorten(author.name, _NAME_LIMIT) for author in structured_authors(paper)]


def structured_authors(paper: Paper | EditionPaper) -> list[Author]:
    return parse_authors(map(strip_harmful, paper.authors))


def authors(paper: EditionPaper, words: Catalog, shown: int = _NAMES_SHOWN) -> str:
    """Every name while they are few; else the first `shown` and how many there are."""
    known = author_names(paper)
    if not known:
        return words.gettext("authors not recorded")
    if len(known) <= shown + 2:
        return words.join(known, "series")
    more = words.gettext("and {n} more ({all} authors)", n=len(known) - shown, all=len(known))
    return words.join((*known[:shown], more), "series")


def first_author(paper: EditionPaper, words: Catalog) -> str:
    """Who to name where there is room for one: "Okafor et al.", "van den Berg"."""
    known = structured_authors(paper)
    if not known:
        return words.gettext("authors not recorded")
    name = shorten(known[0].surname, _NAME_LIMIT)
    return words.gettext("{name} et al.", name=name) if len(known) > 1 else name


def mention(paper: EditionPaper, words: Catalog) -> str:
    """ "Okafor et al., 2024"; the year alone where nobody is recorded."""
    who = [first_author(paper, words)] if structured_authors(paper) else []
    return words.join([*who, str(paper.published.year)], "series")


def summary_parts(paper: EditionPaper, words: Catalog, show: ShowText = to_line) -> list[tuple[str, str]]:
    """The summary as (label, text), in reading order; without parts it is one text, labelled only if an abstract."""
    summary = paper.summary
    if summary.source == "abstract":
        return [(words.gettext("Abstract; no summary could be made"), show(summary.text, 3_000))]
    labelled = zip(part_names(words), (summary.problem, summary.method, summary.result), strict=True)
    found = [(label, show(text, LINE_LIMIT)) for label, text in labelled if text.strip()]
    return found or [("", show(summary.text, LINE_LIMIT))] * bool(summary.text.strip())


def why_parts(paper: EditionPaper, words: Catalog) -> list[tuple[str, str]]:
    """Why it was kept, labelled as the parts of a summary are: of a paper that no sentence cites that is all."""
    why = to_verbatim_line(words.show(paper.reason), 300)
    return [(words.gettext("Why kept"), why)] if why else []


def part_names(words: Catalog) -> tuple[str, str, str]:
    return words.gettext("Problem"), words.gettext("Method"), words.gettext("Result")


def start_papers(edition: Edition) -> list[tuple[EditionPaper, str]]:
    """What to read first, in this order, each with its reason in one line; [] in older editions and small ones."""
    words, papers = get_catalog("edition", edition.language), {paper.number: paper for paper in edition.papers}
    return [
        (papers[start.paper], to_verbatim_line(words.show(start.reason), 200))
        for start in edition.start_here
        if start.paper in papers
    ]


def papers_of_section(edition: Edition, number: int) -> list[EditionPaper]:
    """All of section `number`, cited or not; the first is 1. None where there is no such section."""
    return [paper for paper in edition.papers if paper.section == number - 1]


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


def section_span(section: Section, words: Catalog) -> str:
    if not section.papers:
        return ""
    first, last = min(section.papers), max(section.papers)
    return words.ngettext("Paper {first}", "Papers {first}–{last}", last - first + 1, first=first, last=last)


def is_written_by_model(edition: Edition) -> bool:
    """Whether the texts are a language model's, and so may hold Markdown; extracts are words of the abstracts."""
    return any(section.source == "model" for section in edition.sections)


def saving_percent(route: RouteReport) -> int | None:
    """By how many percent the route is shorter than the order as found; None where no route was sought."""
    if route.solver in ("none", "similarity") or route.as_found_length <= 0:
        return None
    return round(100 * (1 - route.length / route.as_found_length))


def route_line(edition: Edition) -> str:
    words, percent = get_catalog("edition", edition.language), saving_percent(edition.route)
    if len(edition.papers) < 2:
        return ""
    if edition.route.solver == "similarity":
        return words.gettext("The papers come in order of similarity to the question.")
    if percent is None or percent == 0:
        return words.gettext("The papers come in the order as found.") if edition.route.solver == "none" else ""
    if percent > 0:
        return words.gettext("The route is {percent} shorter than the order as found.", percent=words.percent(percent))
    return words.gettext("The route is {percent} longer than the order as found.", percent=words.percent(-percent))


def counts_line(edition: Edition) -> str:
    counts = edition.counts
    return get_catalog("edition", edition.language).gettext(
        "{found} found, {kept} kept, {cited} cited", found=counts.found, kept=counts.kept, cited=counts.cited
    )


def overflow_papers(edition: Edition) -> list[tuple[str, str]]:
    """(title, address) of the papers for which a digest had no room; behind the title, that one was withdrawn, and what
    readers said.
    """
    words = get_catalog("edition", edition.language)
    told = (
        (
            to_line(paper.title, TITLE_LIMIT) or paper.id,
            status_line(paper, words),
            to_verbatim_line(words.show(paper.because), 300),
            paper.url,
        )
        for paper in edition.beyond
    )
    return [(" · ".join(filter(None, (title, status, because))), url) for title, status, because, url in told]


def making_rows(edition: Edition, *, window: bool = True) -> list[tuple[str, list[str]]]:
    """How this edition was made, as (label, lines), for the end of every rendering. Health is apart.

    window: with the window of a digest, which some renderings show near the top.
    """
    words = get_catalog("edition", edition.language)
    rows: list[tuple[str, list[str]]] = [
        (words.gettext("Searched for"), [to_verbatim_line(query, 300) for query in edition.queries]),
        (words.gettext("Submitted"), list(window_lines(edition, words)) if window else []),
        (words.gettext("Filter"), [to_verbatim_line(words.show(edition.filter.rule))]),
        (words.gettext("Widened"), [to_verbatim_line(words.show(step)) for step in edition.filter.widened]),
        (words.gettext("Papers"), list(_count_lines(edition, words))),
        (words.gettext("Route"), [route_line(edition)]),
        (
            words.gettext("Time"),
            [format_seconds(edition.seconds["total"], words)] if "total" in edition.seconds else [],
        ),
        (words.gettext("Models"), [_usage_line(usage, words) for usage in edition.usage]),
        (words.gettext("Cost"), [_cost_line(edition.usage, words)] if edition.usage else []),
    ]
    return [(label, kept) for label, lines in rows if (kept := [line for line in lines if line])]


def format_seconds(n: float, words: Catalog) -> str:
    return words.gettext("{n} s", n=words.number(n, 1 if n < 100 else 0))


def window_lines(edition: Edition, words: Catalog) -> Iterator[str]:
    if edition.since and edition.until:
        yield words.gettext(
            "{since} to {until} (UTC)", since=words.date(edition.since), until=words.date(edition.until)
        )


def _count_lines(edition: Edition, words: Catalog) -> Iterator[str]:
    counts = edition.counts
    yield counts_line(edition)
    if edition.selection and edition.selection.candidates:
        yield words.gettext(
            "{candidates} compared with the question, {relevant} of them relevant",
            candidates=edition.selection.candidates,
            relevant=edition.selection.relevant,
        )
    if edition.papers and counts.summarised == counts.embedded == counts.kept:
        yield words.gettext("all summaries and vectors were made for this edition")
    elif edition.papers:
        yield words.gettext(
            "made for this edition: summaries of {summarised}, vectors of {embedded}; the others were in the store",
            summarised=counts.summarised,
            embedded=counts.embedded,
        )
    if counts.unknown_markers:
        yield words.ngettext(
            "{n} citation that named no paper was dropped",
            "{n} citations that named no paper were dropped",
            counts.unknown_markers,
        )


def _usage_line(usage: Usage, words: Catalog) -> str:
    tokens = words.gettext("{into} tokens in, {out} out", into=usage.input_tokens, out=usage.output_tokens)
    described = [
        to_verbatim_line(usage.model, 120),
        words.ngettext("{n} call", "{n} calls", usage.calls),
        tokens if usage.input_tokens or usage.output_tokens else "",
        words.gettext("price unknown") if usage.usd is None else words.usd(usage.usd) if usage.usd else "",
    ]
    return _role_name(usage.role, words) + words.colon + words.join([text for text in described if text], "series")


def _role_name(role: str, words: Catalog) -> str:
    names = {
        "queries": words.gettext("queries"),
        "summary": words.gettext("summaries"),
        "synthesis": words.gettext("text"),
        "embedding": words.gettext("vectors"),
        "verification": words.gettext("check of the text"),
        "questions": words.gettext("reading the question"),
        "relevance": words.gettext("relevance of the candidates"),
    }
    return names.get(role, role)


def _cost_line(usages: Iterable[Usage], words: Catalog) -> str:
    prices = [usage.usd for usage in usages]
    known = words.usd(sum(price for price in prices if price is not None))
    return words.join((known, words.gettext("price unknown")), "series") if None in prices else known
