"""Opening of a survey or digest without a language model: results in the papers' words, then what can be counted.

Invariant: it says nothing but sentences of abstracts and counts: of papers, years, and what is known of each.
"""

from __future__ import annotations

import re
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

_TOPIC_WORDS, _TOPIC_CHARACTERS = 12, 160
_FINDINGS = 2
_REQUEST_PREFIX = re.compile(
    r"^(?:please |could you |can you |i(?:'d| would) (?:like|love) (?:to (?:know|see|have)|a|an) |i (?:want"
    r"|need) (?:to know |to understand |to learn )?)*"
    r"(?:(?:tell me|teach me|know|learn|find out|explain)(?: more)? (?:about )?|give me |show me |find (?:me )?"
    r"|list |summari[sz]e "
    r"|(?:what(?:'s| is| are)) (?:the )?(?:new(?:s)?|latest|recent)?(?: (?:developments?|research|papers|work"
    r"|advances))? ?(?:in|on|about|of|for)? )?"
    r"(?:(?:a|an|the) )?(?:comprehensive |broad |short |brief |quick |good |full )*(?:(?:survey|overview|summary"
    r"|review|view|picture) (?:of|on|about) )?"
    r"(?:(?:the )?(?:latest |recent |current |new )?(?:research|papers|work|works|literature|studies|articles"
    r"|publications) (?:on|in|about) )?",
    re.IGNORECASE,
)


_CAPITALISED = re.compile(r"[A-Z][a-z]+(?:-[a-z]+)*(?= [^A-Z]|$)")
_CLAUSE = re.compile(
    r"¿|(?:how|why|what|which|who|when|where|is|are|does|do|can|wie|was|warum|wer|wo|wann|welche[mnrs]?|comment|pourquoi"
    r"|qu[ei]|quel(?:le)?s?|où|qué|cómo|por qué|cuál(?:es)?|dónde)\b",
    re.IGNORECASE,
)
_WHOLE_QUESTION = re.compile(r"(?:たい|ください|下さい|教えて|ですか|のか|？|吗|呢)[。.！!?？]*$")


def write_opening(brief: OpeningBrief) -> list[str]:
    words = get_catalog("builtin", brief.language)
    papers = [paper for section in brief.sections for paper in section.papers]
    if not papers:
        return [words.gettext("No paper {about} was kept.", about=_subject_phrase(brief, words))]
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
    found = choose_findings([section.papers for section in brief.sections], brief.sections[0].asked, _FINDINGS)
    told = " ".join(tell_paper(paper, subjects[paper.number], [said], known) for paper, said in found)
    return words.pgettext("sentences in English", "{findings}", findings=told) if told else ""


def _count_sentence(brief: OpeningBrief, papers: Sequence[BriefPaper], counts: FactCounts, words: Catalog) -> str:
    """How many papers, on what, from when, and of which kinds."""
    values = {
        "papers": _count_papers(len(papers), words, new=brief.kind == "digest"),
        "about": _subject_phrase(brief, words),
        "when": _period_phrase(brief, papers, words),
    }
    if not counts.kinds or len(papers) == 1:
        text = words.gettext("{papers} {about}{when}.", **values)
    else:
        kinds = words.join([_count_kind(role, n, words) for role, n in counts.kinds])
        text = words.gettext("{papers} {about}{when}; among them {kinds}.", kinds=kinds, **values)
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


def _subject_phrase(brief: OpeningBrief, words: Catalog) -> str:
    """What was asked: the bare topic where the question is one, else the question itself."""
    question = clean_sentence(brief.question)[:1000].strip()
    topic = _REQUEST_PREFIX.sub("", question, count=1).strip(" .?!。？")
    short = (
        topic
        and len(topic.split()) <= _TOPIC_WORDS
        and len(topic) <= _TOPIC_CHARACTERS
        and "?" not in question.rstrip("?")
    )
    if brief.widened or brief.off_topic:
        return words.gettext("close to {topic}", topic=words.quote(topic if short else _shorten_question(question)))
    bare = short and not _WHOLE_QUESTION.search(question) and not _CLAUSE.match(topic)
    if bare:
        # In English it is a part of the sentence; elsewhere it is foreign, and stands as it was written.
        return words.gettext("on {topic}", topic=_lowercase_topic(topic, brief) if words.tag == "en" else topic)
    return words.gettext("in answer to {topic}", topic=words.quote(_shorten_question(question)))


def _shorten_question(question: str) -> str:
    return question if len(question) <= _TOPIC_CHARACTERS else question[:_TOPIC_CHARACTERS].rsplit(" ", 1)[0] + " …"


def _lowercase_topic(topic: str, brief: OpeningBrief) -> str:
    """ "Speech recognition" with a small s; LoRA, Title Case, and what the papers write as a name (Bayesian) stay."""
    match = _CAPITALISED.match(topic)
    if not match:
        return topic
    texts = " ".join(paper.paper.text for section in brief.sections for paper in section.papers)
    small = re.search(rf"\b{match[0].lower()}\b", texts)
    name = re.search(rf"\b[a-z]+ {match[0]}\b", texts)
    return topic if name and not small else topic[0].lower() + topic[1:]


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
