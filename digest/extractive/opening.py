"""Opening of a survey or digest without a language model: results in the papers' words, then what can be counted.

Invariant: it says nothing but sentences of abstracts and counts: of papers, years, and what is known of each.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta

from digest.extractive.cited_sentence import clean_sentence
from digest.extractive.key_sentence import choose_findings
from digest.extractive.section import choose_subjects, tell_paper
from digest.i18n.catalog import Catalog, get_catalog
from digest.ports import BriefPaper, OpeningBrief
from digest.text.fact_counts import FactCounts, count_facts
from store.records.paper_facts import PaperRole

_QUESTION_CHARACTERS = 160
_FINDINGS = 2


def write_opening(brief: OpeningBrief) -> list[str]:
    words = get_catalog("builtin", brief.language)
    papers = [paper for section in brief.sections for paper in section.papers]
    if not papers:
        return [words.gettext("No paper was kept.")]
    counts = count_facts(brief.facts, brief.question)
    counted = [
        _count_sentence(brief, papers, counts, words),
        words.gettext("arXiv did not answer; these papers were already in the store.") if brief.outage else "",
        words.gettext("Few papers have all of its words, so the search was widened.") if brief.widened else "",
        *(_fact_sentences(counts, words) if len(papers) > 1 else ()),
        _selection_sentence(brief, papers, words),
        _previous_sentence(brief, words),
    ]
    paragraphs = [_findings(brief, papers, words), words.sentence_space.join(filter(None, counted))]
    return [part for part in (paragraphs[::-1] if brief.widened or brief.outage else paragraphs) if part]


def _findings(brief: OpeningBrief, papers: Sequence[BriefPaper], words: Catalog) -> str:
    """The plainest results with figures, of different sections."""
    if brief.off_topic:
        return ""
    subjects, known = dict(zip((p.number for p in papers), choose_subjects(papers), strict=True)), set[str]()
    sections = [section.papers for section in brief.sections]
    found = choose_findings(sections, brief.sections[0].asked, _FINDINGS, brief.texts)
    told = " ".join(tell_paper(paper, subjects[paper.number], [said], known) for paper, said in found)
    return words.pgettext("sentences in English", "{findings}", findings=told) if told else ""


def _count_sentence(brief: OpeningBrief, papers: Sequence[BriefPaper], counts: FactCounts, words: Catalog) -> str:
    """How many papers, from when, and of which kinds; not on what, which stands above in every form."""
    values = {
        "papers": _count_papers(len(papers), words, new=brief.kind == "digest"),
        "when": _period_phrase(brief, papers, words),
    }
    if brief.widened or brief.off_topic:
        text = words.gettext("{papers} {about}{when}.", about=_nearness_phrase(brief, words), **values)
    elif not counts.kinds or len(papers) == 1:
        text = words.gettext("{papers}{when}.", **values)
    else:
        kinds = words.join([_count_kind(role, n, words) for role, n in counts.kinds])
        if sum(n for _, n in counts.kinds) == len(papers):
            text = words.gettext("{papers}{when}: {kinds}.", kinds=kinds, **values)
        else:
            text = words.gettext("{papers}{when}; among them {kinds}.", kinds=kinds, **values)
    return text[:1].upper() + text[1:]


def _count_papers(n: int, words: Catalog, *, new: bool) -> str:
    """ "twelve papers", "one new paper"."""
    number = words.number_word(n)
    if new:
        return words.ngettext("one new paper", "{number} new papers", n, number=number)
    return words.ngettext("one paper", "{number} papers", n, number=number)


def _count_kind(role: PaperRole, n: int, words: Catalog) -> str:
    number = words.number_word(n)
    match role:
        case "survey":
            return words.ngettext("one survey", "{number} surveys", n, number=number)
        case "benchmark":
            return words.ngettext("one benchmark or data set", "{number} benchmarks or data sets", n, number=number)
        case "theory":
            return words.ngettext("one theoretical paper", "{number} theoretical papers", n, number=number)
        case "application":
            return words.ngettext("one application", "{number} applications", n, number=number)
        case "position":
            return words.ngettext("one position paper", "{number} position papers", n, number=number)
    return words.ngettext("one method", "{number} methods", n, number=number)


def _fact_sentences(counts: FactCounts, words: Catalog) -> Iterator[str]:
    """The methods and data sets named most, and how many papers come with their code."""
    if counts.methods:
        yield words.gettext("The methods named most are {names}.", names=_join_counted(counts.methods, words))
    if counts.datasets:
        yield words.gettext("The data sets named most are {names}.", names=_join_counted(counts.datasets, words))
    if n := counts.with_code:
        number = words.number_word(n)
        yield words.ngettext(
            "The code of one of them is public.", "The code of {number} of them is public.", n, number=number
        )


def _join_counted(names: Sequence[tuple[str, int]], words: Catalog) -> str:
    return words.join([f"{name} ({n})" for name, n in names])


def _nearness_phrase(brief: OpeningBrief, words: Catalog) -> str:
    question = clean_sentence(brief.question)[:1000].strip()
    if len(question) > _QUESTION_CHARACTERS:
        question = question[:_QUESTION_CHARACTERS].rsplit(" ", 1)[0] + " …"
    return words.gettext("close to {topic}", topic=words.quote(question))


def _period_phrase(brief: OpeningBrief, papers: Sequence[BriefPaper], words: Catalog) -> str:
    if brief.kind == "digest" and brief.since and brief.until:
        first, last = brief.since.date(), (brief.until - timedelta(seconds=1)).date()
        if first >= last:
            return words.gettext(", submitted on {day}", day=words.date(first))
        return words.gettext(", submitted from {first} to {last}", first=words.date(first), last=words.date(last))
    years = Counter(paper.paper.published.year for paper in papers)
    if len(papers) == 1:
        return words.gettext(", from {year}", year=str(papers[0].paper.published.year))
    year, n = max(years.items(), key=lambda item: (item[1], item[0]))
    if len(years) > 1 and n <= len(papers) / 2:
        return words.gettext(", from {first} to {last}", first=str(min(years)), last=str(max(years)))
    if len(years) == 1:
        return words.gettext(", all from {year}", year=str(year))
    return words.gettext(", most of them from {year}", year=str(year))


def _selection_sentence(brief: OpeningBrief, papers: Sequence[BriefPaper], words: Catalog) -> str:
    if brief.found <= len(papers):
        return ""
    if len(papers) == 1:
        return words.gettext("The search found {found}.", found=brief.found)
    return words.gettext("They were chosen from the {found} that the search found.", found=brief.found)


def _previous_sentence(brief: OpeningBrief, words: Catalog) -> str:
    if not brief.previous:
        return ""
    return words.gettext("The digest before this one is that of {day}.", day=words.date(brief.previous.date()))
