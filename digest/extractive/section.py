"""Section from extracted sentences: two or three paragraphs, papers in route order, joined by templates.

Invariant: every paper is cited, in route order; a paragraph is one line; a connecting phrase is in the texts of all the
papers it is said to connect.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from statistics import median

from digest.extractive import third_person
from digest.extractive.paper import PaperSentences, write_paper_sentences
from digest.extractive.shared_phrases import SharedPhrases, contains_phrase
from digest.extractive.third_person import Subject
from digest.i18n.catalog import Catalog, get_catalog
from digest.ports import BriefPaper, SectionBrief
from store.records.lazy_text import LazyText, lazy_gettext

_WORDS_A_PAPER = 40  # on average over the section: how many problems and results there is room for
_WORDS_OF_ONE = 75  # of one paper at most, once something is added to its method
_PROBLEM_WORDS = 32

_FIRST_LEAD = lazy_gettext("The route opens with {papers} {span}{speak}.")
_LEADS = (  # taken in turn along the route
    lazy_gettext("The next stretch takes in {papers} {span}{speak}."),
    lazy_gettext("This part of the route holds {papers} {span}{speak}."),
    lazy_gettext("The route goes on with {papers} {span}{speak}."),
    lazy_gettext("Further along, the route passes {papers} {span}{speak}."),
    lazy_gettext("Then the route reaches {papers} {span}{speak}."),
)
_LAST_LEAD = lazy_gettext("The route ends with {papers} {span}{speak}.")
_SOLE_LEAD = lazy_gettext("The route holds {papers} {span}{speak}.")
_TURNS_OF_ALL = (
    lazy_gettext("The next {papers} share an interest in {phrase}."),
    lazy_gettext("What the next {papers} have in common is {phrase}."),
)
_TURNS_OF_MOST = (
    lazy_gettext("Of the next {papers}, {number} deal with {phrase}."),
    lazy_gettext("Among the next {papers}, {number} turn to {phrase}."),
)
# Only before sentences in the same language, which the abstracts' is.
_JOINTS = ("Also concerned with {phrase}, ", "On {phrase} as well, ", "Working on {phrase} too, ")


def write_paragraphs(brief: SectionBrief) -> list[str]:
    if not brief.papers:
        return []
    words = get_catalog("builtin", brief.language)
    told = _fill_to_length(
        [_ChosenSentences(part) for part in _write_papers(brief.papers)], [run[0] for run in _paragraph_ranges(brief)]
    )
    phrases = SharedPhrases([paper.paper.text for paper in brief.papers], question=brief.question)
    connect = _ConnectingPhrases(brief, words, phrases)
    paragraphs = []
    for place, run in enumerate(_paragraph_ranges(brief)):
        first = connect.lead() if place == 0 else connect.turn(run, place)
        rest = " ".join(connect.joined(i, run, told[i]) for i in run)
        paragraphs.append(words.sentence_space.join(filter(None, (first, rest.strip()))))
    return paragraphs


def count_papers(n: int, words: Catalog, *, new: bool = False) -> str:
    """ "twelve papers", "one new paper"."""
    number = words.number_word(n)
    if new:
        return words.ngettext("one new paper", "{number} new papers", n, number=number)
    return words.ngettext("one paper", "{number} papers", n, number=number)


def _paragraph_ranges(brief: SectionBrief) -> list[range]:
    """The papers of each paragraph: cut at the longest legs, two papers at least in each."""
    count = len(brief.papers)
    wanted = 1 if count <= 4 else 2 if count <= 8 else 3
    bounds = [0, count]
    for leg in sorted(range(min(len(brief.legs), count - 1)), key=lambda i: (-brief.legs[i], i)):
        tried = sorted([*bounds, leg + 1])
        if len(bounds) <= wanted and all(b - a >= 2 for a, b in pairwise(tried)):
            bounds = tried
    return [range(a, b) for a, b in pairwise(bounds)]


def _write_papers(papers: Sequence[BriefPaper]) -> list[PaperSentences]:
    """In order, so that a paper whose neighbour opens with its authors may open with its method's name instead."""
    retold: list[PaperSentences] = []
    for paper, subject in zip(papers, _choose_subjects(papers), strict=True):
        alike = bool(retold) and retold[-1].by_subject
        retold.append(write_paper_sentences(paper, subject, by_name=alike))
    return retold


def _choose_subjects(papers: Sequence[BriefPaper]) -> Iterator[Subject]:
    """Who wrote each paper; two first authors of one family name also get their given names."""
    known = [third_person.author_subject(paper.paper.authors) for paper in papers]
    people = {(subject.name, paper.paper.authors[0]) for subject, paper in zip(known, papers, strict=True) if subject}
    names = [name for name, _ in people]
    nameless = 0
    for paper, subject in zip(papers, known, strict=True):
        if subject is None:
            yield _nameless_subject(paper, nameless)
            nameless += 1
        else:
            twice = names.count(subject.name) > 1
            yield (third_person.author_subject(paper.paper.authors, given=True) if twice else None) or subject


def _nameless_subject(paper: BriefPaper, place: int) -> Subject:
    """Stand-ins for authors that the record does not give, taking turns."""
    works = ("one paper", "another paper", f"a {paper.paper.published.year} paper", "a further paper", "one more paper")
    work = works[place // 2 % len(works)]
    by_marker = Subject(f"the authors of [{paper.number}]", marker=f"[{paper.number}]")
    by_work = Subject(work, plural=False, pronoun="its authors", possessive="its", marker=f"[{paper.number}]")
    return by_marker if place % 2 else by_work


@dataclass
class _ChosenSentences:
    """A paper's sentences as they will stand, filled while there is room."""

    part: PaperSentences
    problem: bool = False
    result: bool = False

    @property
    def text(self) -> str:
        method = self.part.method_after_problem if self.problem else self.part.method
        said = [self.part.problem if self.problem else "", method, self.part.result if self.result else ""]
        return " ".join(filter(None, said))

    def room_for(self, more: str, room: int) -> bool:
        return (
            bool(more) and _count_words(more) <= room and _count_words(self.text) + _count_words(more) <= _WORDS_OF_ONE
        )


def _count_words(text: str) -> int:
    return len(text.split())


def _fill_to_length(told: list[_ChosenSentences], firsts: Sequence[int]) -> list[_ChosenSentences]:
    """Problems where a paragraph begins, then the plainest results, as long as the section does not grow too long."""
    room = _WORDS_A_PAPER * len(told) - sum(_count_words(telling.text) for telling in told)
    for telling in (told[i] for i in firsts):
        if telling.room_for(telling.part.problem, room) and _count_words(telling.part.problem) <= _PROBLEM_WORDS:
            telling.problem = True
            room -= _count_words(telling.part.problem)
    for telling in sorted(told, key=lambda telling: -telling.part.strength):
        if telling.room_for(telling.part.result, room):
            telling.result = True
            room -= _count_words(telling.part.result)
    return told


@dataclass
class _ConnectingPhrases:
    """The lines between the extracts. Remembers the phrases it has named: none is named twice in a section."""

    brief: SectionBrief
    words: Catalog
    phrases: SharedPhrases
    used: set[str] = field(default_factory=set)
    joined_in: set[range] = field(default_factory=set)

    def lead(self) -> str:
        """How many papers, from when, and the phrases most of them share."""
        years = [paper.paper.published.year for paper in self.brief.papers]
        first, last = str(min(years)), str(max(years))
        span = (
            self.words.gettext("from {year}", year=first)
            if first == last
            else self.words.gettext("from {first} to {last}", first=first, last=last)
        )
        papers = count_papers(len(years), self.words)
        return third_person.capitalise(
            self.words.show(replace(self._lead(), values={"papers": papers, "span": span, "speak": self._speak()}))
        )

    def _lead(self) -> LazyText:
        before, after = self.brief.before, self.brief.after
        if before and after:
            # Its place, roughly, which is all that a section knows of the route: neighbours of 4 to 19 papers differ.
            return _LEADS[self.brief.papers[0].number // 4 % len(_LEADS)]
        return _SOLE_LEAD if before == after else _LAST_LEAD if before else _FIRST_LEAD

    def _speak(self) -> str:
        total = len(self.brief.papers)
        shared = [(phrase, n) for phrase, n in self._shared(range(total), least=0.34, most=2) if n >= 3]
        many = [(phrase, n) for phrase, n in shared if n > total / 2]
        terms = self.words.join([self._named(phrase) for phrase, _ in many or shared])
        if many:
            return self.words.gettext("; most of them speak of {terms}", terms=terms)
        return self.words.gettext("; several of them speak of {terms}", terms=terms) if shared else ""

    def turn(self, run: range, place: int) -> str:
        """What the papers of a further paragraph share; "" where nothing sets them apart."""
        phrase, n = next(iter(self._shared(run, least=0.6, most=1)), ("", 0))
        if not phrase:
            return ""
        turn = (_TURNS_OF_ALL if n == len(run) else _TURNS_OF_MOST)[place % 2]
        papers, number = count_papers(len(run), self.words), self.words.number_word(n)
        named = self._named(phrase)
        return self.words.show(replace(turn, values={"papers": papers, "number": number, "phrase": named}))

    def joined(self, i: int, run: range, telling: _ChosenSentences) -> str:
        """A paper, tied to the one before it where both are near and share a phrase; once in a paragraph at most."""
        # Where the lines between are in another language than the sentences, these are left as they are.
        english = self.words.tag == "en"
        if i == run[0] or run in self.joined_in or not english or telling.problem or not telling.part.by_subject:
            return telling.text
        phrase = next((p for p, _ in self._shared(range(i - 1, i + 1), least=1.0, most=1)), "") if self._near(i) else ""
        if " " not in phrase or contains_phrase(phrase, telling.text):  # it should not be said twice
            return telling.text
        opening = _JOINTS[len(self.joined_in) % len(_JOINTS)].format(phrase=self._named(phrase))
        self.joined_in.add(run)
        return opening + third_person.lowercase_stand_in(telling.text)

    def _near(self, i: int) -> bool:
        return len(self.brief.legs) >= i and self.brief.legs[i - 1] <= median(self.brief.legs)

    def _shared(self, run: range, *, least: float, most: int) -> list[tuple[str, int]]:
        found = self.phrases.find(run, least=least, most=most + 3)
        return [(phrase, n) for phrase, n in found if phrase not in self.used][:most]

    def _named(self, phrase: str) -> str:
        self.used.add(phrase)
        return self.words.pgettext("an English phrase", "{phrase}", phrase=phrase)
