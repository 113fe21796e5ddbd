"""Survey brief: what all sections of a survey are shown of its papers and of each other, made of their briefs. Pure.

Invariant: the same briefs give the same bytes; a sentence keeps the number that it has in its abstract, and one that is
not shown is "" in its place.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from digest.ports import BriefPaper, Document, PlannedSection, SectionBrief, SectionOutline, SurveyBrief
from store.records.questions import NO_LIMITS, SearchLimits
from store.text.term_match import stem_text

# decision 161
SURVEY_CHARACTERS = (
    33_000  # of all papers' texts together: what seven calls read of it stays within the cost of today's
)
_MOST_SENTENCES, _SENTENCE_CHARACTERS = 12, 400  # of a paper; of a sentence, whose long tail says little


def make_survey_brief(briefs: Sequence[SectionBrief], limits: SearchLimits = NO_LIMITS) -> SurveyBrief:
    """Of all sections of a survey, in order."""
    papers = [paper for brief in briefs for paper in brief.papers]
    share = SURVEY_CHARACTERS // max(1, len(papers))
    return SurveyBrief(tuple(_as_document(paper, share) for paper in papers), tuple(map(_as_planned, briefs)), limits)


def key_sentences(sentences: Sequence[str], said: str, most: int) -> tuple[str, ...]:
    """Those that share the most words with what is said, as many as `most` characters hold, at least one; each in its
    place, "" for the others.
    """
    shown = [_shorten(sentence) for sentence in sentences[:_MOST_SENTENCES]]
    words = frozenset(stem_text(said).split())
    shared = [len(words.intersection(stem_text(sentence).split())) for sentence in shown]
    ranked = sorted(range(len(shown)), key=lambda at: (-shared[at], at))
    kept = frozenset(_fitting(ranked, shown, most))
    return tuple(sentence if at in kept else "" for at, sentence in enumerate(shown))


def _fitting(ranked: Sequence[int], sentences: Sequence[str], most: int) -> Iterator[int]:
    left = most
    for rank, at in enumerate(ranked):
        if not rank or len(sentences[at]) <= left:
            left -= len(sentences[at])
            yield at


def _shorten(sentence: str) -> str:
    cut = sentence[:_SENTENCE_CHARACTERS]
    return sentence if cut == sentence else f"{cut.rpartition(' ')[0] or cut} …"


def _as_document(paper: BriefPaper, most: int) -> Document:
    """The sentences that its summary rests on, then the others, then the summary itself, as far as there is room."""
    record = paper.paper
    shown = key_sentences(paper.sentences, paper.summary.text, most)
    left = most - sum(map(len, shown))
    summary = paper.summary.text if not any(shown) or (all(shown) and len(paper.summary.text) <= left) else ""
    return Document(paper.number, record.readable_title, record.url, shown, summary)


def _as_planned(brief: SectionBrief) -> PlannedSection:
    outline = replace(brief.plan or SectionOutline("", ""), title=brief.title if brief.is_theme else "")
    return PlannedSection(tuple(paper.number for paper in brief.papers), outline)
