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
from digest.extractive.section import count_papers
from digest.extractive.shared_phrases import SharedPhrases
from digest.i18n.catalog import Catalog, get_catalog
from digest.ports import BriefPaper, OpeningBrief, SectionBrief
from store.text import tokens

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
    words = get_catalog("builtin", brief.language)
    papers = [paper for section in brief.sections for paper in section.papers]
    if not papers:
        return [words.gettext("No paper {about} was kept.", about=_subject_phrase(brief, words))]
    first = [
        _finding_sentence(brief, papers, words),
        words.gettext("arXiv did not answer; these papers were already in the store.") if brief.outage else "",
        words.gettext("Few papers have all of its words, so the search was widened.") if brief.widened else "",
        _selection_sentence(brief, papers, words),
        _previous_sentence(brief, words),
    ]
    second = [
        _route_sentence(brief.sections, words),
        _shared_phrases_sentence(brief, papers, words),
        _central_paper_sentence(brief, papers, words),
    ]
    return [words.sentence_space.join(filter(None, part)) for part in (first, second) if any(part)]


def _finding_sentence(brief: OpeningBrief, papers: list[BriefPaper], words: Catalog) -> str:
    text = words.gettext(
        "{papers} {about}{when} {form}.",
        papers=count_papers(len(papers), words, new=brief.kind == "digest"),
        about=_subject_phrase(brief, words),
        when=_period_phrase(brief, papers, words),
        form=_form_phrase(brief.sections, len(papers), words),
    )
    return third_person.capitalise(text)


def _subject_phrase(brief: OpeningBrief, words: Catalog) -> str:
    """What was asked: the bare topic where the question is one, else the question itself."""
    question = retelling.clean_sentence(brief.question)[:1000].strip()
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


def _period_phrase(brief: OpeningBrief, papers: list[BriefPaper], words: Catalog) -> str:
    if brief.kind == "digest" and brief.since and brief.until:
        first, last = brief.since.date(), (brief.until - timedelta(seconds=1)).date()
        if first >= last:
            return words.gettext(", submitted on {day},", day=words.date(first))
        return words.gettext(", submitted from {first} to {last},", first=words.date(first), last=words.date(last))
    years = Counter(paper.paper.published.year for paper in papers)
    if len(papers) == 1:
        return words.gettext(", from {year},", year=str(papers[0].paper.published.year))
    year, n = max(years.items(), key=lambda item: (item[1], item[0]))
    if len(years) > 1 and n <= len(papers) / 2:
        return words.gettext(", from {first} to {last},", first=str(min(years)), last=str(max(years)))
    if len(years) == 1:
        return words.gettext(", all from {year},", year=str(year))
    return words.gettext(", most of them from {year},", year=str(year))


def _form_phrase(sections: tuple[SectionBrief, ...], papers: int, words: Catalog) -> str:
    if papers == 1:
        return words.gettext("was kept")
    if len(sections) == 1:
        return words.gettext("form one section, {title}", title=_quote_title(sections[0], words))
    sizes = sorted((len(section.papers) for section in sections), reverse=True)
    many = words.gettext("fall into {number} sections", number=words.number_word(len(sections)))
    if sizes[0] == sizes[1]:  # no section is the largest
        return many
    largest = max(sections, key=lambda section: len(section.papers))
    return many + words.gettext(
        "; the largest, with {papers}, is {title}",
        papers=count_papers(sizes[0], words),
        title=_quote_title(largest, words),
    )


def _quote_title(section: SectionBrief, words: Catalog) -> str:
    return words.quote(retelling.clean_sentence(section.title))


def _selection_sentence(brief: OpeningBrief, papers: list[BriefPaper], words: Catalog) -> str:
    if brief.found <= len(papers):
        return ""
    if len(papers) == 1:
        return words.gettext("The search found {found}.", found=brief.found)
    return words.gettext("They were chosen from the {found} that the search found.", found=brief.found)


def _previous_sentence(brief: OpeningBrief, words: Catalog) -> str:
    if not brief.previous:
        return ""
    return words.gettext("The digest before this one is that of {day}.", day=words.date(brief.previous.date()))


def _route_sentence(sections: tuple[SectionBrief, ...], words: Catalog) -> str:
    if len(sections) < 2:
        return ""
    first, *middle, last = (_quote_title(section, words) for section in sections)
    if not middle:
        return words.gettext("The route starts with {first} and ends at {last}.", first=first, last=last)
    return words.gettext(
        "The route starts with {first}, passes through {middle} and ends at {last}.",
        first=first,
        middle=words.join(middle),
        last=last,
    )


def _shared_phrases_sentence(brief: OpeningBrief, papers: list[BriefPaper], words: Catalog) -> str:
    found = SharedPhrases([p.paper.text for p in papers], question=brief.question).find(least=0.2)
    terms = [words.pgettext("an English phrase", "{phrase}", phrase=phrase) for phrase, n in found if n >= 3]
    return (
        words.gettext("Terms that recur across them are {terms}.", terms=words.join(terms)) if len(terms) >= 2 else ""
    )


def _central_paper_sentence(brief: OpeningBrief, papers: list[BriefPaper], words: Catalog) -> str:
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
    return words.gettext(
        "The paper whose wording is closest to that of the others is {title} [{number}].",
        title=words.quote(retelling.short_title(papers[best])),
        number=str(papers[best].number),
    )


def _matches_query(paper: BriefPaper, brief: OpeningBrief) -> bool:
    """Whether the words of a query stand together in its title or its abstract."""
    texts = (paper.paper.title, paper.paper.abstract)
    near = (tokens.stand_near(text, query.terms, _MOST_WORDS_BETWEEN) for text in texts for query in brief.queries)
    return not brief.queries or any(near)
