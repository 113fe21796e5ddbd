"""Opening of a survey or digest from templates: facts only, the finding first.

Invariant: it says nothing that the brief does not hold: counts, dates, section titles in route order, shared phrases,
and one paper, plainly on what was asked for, whose wording is closest to that of the others.
"""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta

from digest.extractive import paper as retelling
from digest.extractive import third_person
from digest.extractive.shared_phrases import SharedPhrases
from digest.i18n.builtin_texts import BuiltinTexts, get_builtin_texts
from digest.ports import BriefPaper, OpeningBrief, SectionBrief
from digest.text import tokens

_TOPIC_WORDS, _TOPIC_CHARACTERS = 12, 160
_MOST_WORDS_BETWEEN = 4  # words amid those of a query: "recognition of spontaneous child speech"
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
_CLAUSE = re.compile(r"(?:how|why|what|which|who|when|where|is|are|does|do|can)\b", re.IGNORECASE)
_WHOLE_QUESTION = re.compile(r"(?:たい|ください|下さい|教えて|ですか|のか|？|吗|呢)[。.！!?？]*$")


def write_opening(brief: OpeningBrief) -> list[str]:
    line = get_builtin_texts(brief.language)
    papers = [paper for section in brief.sections for paper in section.papers]
    if not papers:
        return [line.nothing.format(about=_subject_phrase(brief, line))]
    first = [
        _finding_sentence(brief, papers, line),
        line.outage if brief.outage else "",
        line.widened if brief.widened else "",
        _selection_sentence(brief, papers, line),
        _previous_sentence(brief, line),
    ]
    second = [
        _route_sentence(brief.sections, line),
        _shared_phrases_sentence(brief, papers, line),
        _central_paper_sentence(brief, papers, line),
    ]
    return [line.join.join(filter(None, part)) for part in (first, second) if any(part)]


def _finding_sentence(brief: OpeningBrief, papers: list[BriefPaper], line: BuiltinTexts) -> str:
    text = line.opening.format(
        papers=line.count(len(papers), line.new_papers if brief.kind == "digest" else line.papers),
        about=_subject_phrase(brief, line),
        when=_period_phrase(brief, papers, line),
        form=_form_phrase(brief.sections, len(papers), line),
    )
    return third_person.capitalise(text)


def _subject_phrase(brief: OpeningBrief, line: BuiltinTexts) -> str:
    """What was asked: the bare topic where the question is one, else the question itself."""
    question = retelling.clean_sentence(brief.question)[:1000].strip()
    topic = _REQUEST_PREFIX.sub("", question, count=1).strip(" .?!。？")
    short = (
        topic
        and len(topic.split()) <= _TOPIC_WORDS
        and len(topic) <= _TOPIC_CHARACTERS
        and "?" not in question.rstrip("?")
    )
    if brief.widened:
        return line.near.format(topic=line.quoted(topic if short else _shorten_question(question)))
    bare = short and not _WHOLE_QUESTION.search(question) and not _CLAUSE.match(topic)
    if bare:
        return line.topic.format(topic=_lowercase_topic(topic, brief) if line.bare_topics else topic)
    return line.answer.format(topic=line.quoted(_shorten_question(question)))


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


def _period_phrase(brief: OpeningBrief, papers: list[BriefPaper], line: BuiltinTexts) -> str:
    if brief.kind == "digest" and brief.since and brief.until:
        first, last = brief.since.date(), (brief.until - timedelta(seconds=1)).date()
        template = line.when_day if first >= last else line.when_days
        return template.format(first=line.date(first), last=line.date(max(first, last)))
    years = Counter(paper.paper.published.year for paper in papers)
    if len(papers) == 1:
        return line.when_one.format(year=papers[0].paper.published.year)
    year, n = max(years.items(), key=lambda item: (item[1], item[0]))
    if len(years) > 1 and n <= len(papers) / 2:
        return line.when_span.format(first=min(years), last=max(years))
    return (line.when_all if len(years) == 1 else line.when_most).format(year=year)


def _form_phrase(sections: tuple[SectionBrief, ...], papers: int, line: BuiltinTexts) -> str:
    if papers == 1:
        return line.form_one_paper
    if len(sections) == 1:
        return line.form_one.format(title=_quote_title(sections[0], line))
    sizes = sorted((len(section.papers) for section in sections), reverse=True)
    many = line.form_many.format(sections=line.sections.format(n=line.number(len(sections))))
    if sizes[0] == sizes[1]:  # no section is the largest
        return many
    largest = max(sections, key=lambda section: len(section.papers))
    return many + line.form_largest.format(papers=line.count(sizes[0], line.papers), title=_quote_title(largest, line))


def _quote_title(section: SectionBrief, line: BuiltinTexts) -> str:
    return line.quoted(retelling.clean_sentence(section.title))


def _selection_sentence(brief: OpeningBrief, papers: list[BriefPaper], line: BuiltinTexts) -> str:
    template = line.chosen if len(papers) > 1 else line.chosen_one
    return template.format(found=brief.found) if brief.found > len(papers) else ""


def _previous_sentence(brief: OpeningBrief, line: BuiltinTexts) -> str:
    return line.previous.format(day=line.date(brief.previous.date())) if brief.previous else ""


def _route_sentence(sections: tuple[SectionBrief, ...], line: BuiltinTexts) -> str:
    if len(sections) < 2:
        return ""
    first, *middle, last = (_quote_title(section, line) for section in sections)
    template = line.route_many if middle else line.route_two
    return template.format(first=first, middle=line.listed(middle) if middle else "", last=last)


def _shared_phrases_sentence(brief: OpeningBrief, papers: list[BriefPaper], line: BuiltinTexts) -> str:
    found = SharedPhrases([p.paper.text for p in papers], question=brief.question).find(least=0.2)
    terms = [line.phrase.format(phrase=phrase) for phrase, n in found if n >= 3]
    return line.shared.format(terms=line.listed(terms)) if len(terms) >= 2 else ""


def _central_paper_sentence(brief: OpeningBrief, papers: list[BriefPaper], line: BuiltinTexts) -> str:
    """The paper that shares most words with the others, each word counted by how few papers have it.

    Never one that the search found only by words scattered over its abstract: it may be about something else.
    """
    candidates = [i for i, paper in enumerate(papers) if _matches_query(paper, brief)]
    if len(papers) < 5 or not candidates:
        return ""
    bags = [
        {s for s in tokens.stems(p.paper.text) if not tokens.is_stop(s) and not tokens.is_generic(s)} for p in papers
    ]
    held = Counter(stem for bag in bags for stem in bag)
    weight = {stem: n - 1 for stem, n in held.items()}
    best = max(candidates, key=lambda i: (sum(weight[s] for s in bags[i]) / (len(bags[i]) + 20), -i))
    return line.central.format(title=line.quoted(retelling.short_title(papers[best])), number=papers[best].number)


def _matches_query(paper: BriefPaper, brief: OpeningBrief) -> bool:
    """Whether the words of a query stand together in its title or its abstract."""
    texts = (paper.paper.title, paper.paper.abstract)
    near = (tokens.stand_near(text, query.terms, _MOST_WORDS_BETWEEN) for text in texts for query in brief.queries)
    return not brief.queries or any(near)
