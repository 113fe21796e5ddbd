"""Section from extracted sentences: one sentence a paper, the one that answers the question, in route order.

Invariant: every paper is cited, in route order; a paragraph is one line.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from digest.extractive import third_person
from digest.extractive.acronyms import find_acronyms, write_out_acronyms
from digest.extractive.cited_sentence import add_marker, clean_sentence
from digest.extractive.key_sentence import choose_key_sentences
from digest.extractive.summaries import shorten_sentence
from digest.extractive.third_person import Subject, author_subject, turn_sentence
from digest.ports import BriefPaper, SectionBrief

_TITLE_WORDS, _TITLE_CHARACTERS = 25, 160


def write_paragraphs(brief: SectionBrief) -> list[str]:
    known: set[str] = set()  # acronyms that were written out
    told = [
        tell_paper(paper, subject, choose_key_sentences(paper, brief.question, brief.asked), known)
        for paper, subject in zip(brief.papers, choose_subjects(brief.papers), strict=True)
    ]
    return [" ".join(told[i] for i in run) for run in _paragraph_ranges(brief)]


def tell_paper(paper: BriefPaper, subject: Subject, said: Sequence[str], known: set[str]) -> str:
    """Sentences of a paper in the third person, with their marker. known: acronyms that need not be written out."""
    title, meanings = paper.paper.title, find_acronyms(paper.paper.abstract)
    clean = [turn_sentence(line, subject) for sentence in said if (line := clean_sentence(sentence, title))]
    lines = [clean_sentence(write_out_acronyms(line, meanings, known)) for line in clean]
    lines = lines or [f"“{short_title(paper) or paper.paper.id}” comes without an abstract"]
    return " ".join(add_marker(third_person.capitalise(line), f"[{paper.number}]") for line in lines)


def short_title(paper: BriefPaper) -> str:
    return shorten_sentence(clean_sentence(paper.paper.title)[:_TITLE_CHARACTERS], _TITLE_WORDS)


def choose_subjects(papers: Sequence[BriefPaper]) -> Iterator[Subject]:
    """Who wrote each paper; two first authors of one family name also get their given names."""
    known = [author_subject(paper.paper.authors) for paper in papers]
    people = {(subject.name, paper.paper.authors[:1]) for subject, paper in zip(known, papers, strict=True)}
    names = Counter(name for name, _ in people)
    for paper, subject in zip(papers, known, strict=True):
        twice = subject.recorded and names[subject.name] > 1
        yield author_subject(paper.paper.authors, given=True) if twice else subject


def _paragraph_ranges(brief: SectionBrief) -> list[range]:
    """The papers of each paragraph: cut at the longest legs, two papers at least in each."""
    count = len(brief.papers)
    wanted = 1 if count <= 4 else 2 if count <= 8 else 3
    bounds = [0, count]
    for leg in sorted(range(min(len(brief.legs), count - 1)), key=lambda i: (-brief.legs[i], i)):
        tried = sorted([*bounds, leg + 1])
        if len(bounds) <= wanted and all(b - a >= 2 for a, b in pairwise(tried)):
            bounds = tried
    return [range(a, b) for a, b in pairwise(bounds)] if count else []
