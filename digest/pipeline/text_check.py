"""Text check: markers resolved, unknown ones dropped and counted, every statement judged against the papers it cites.

Invariant: what leaves here cites only papers of its edition.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from digest.pipeline.section_writer import SectionText
from digest.ports import SectionBrief, SynthesisModel
from digest.text.citations import ResolvedText, resolve_citations
from digest.text.claim_check import ClaimCheckResult, Evidence, judge_claims
from store.records.editions import Check, Section
from store.records.lazy_text import AnyText


@dataclass(frozen=True)
class WrittenText:
    opening: str
    sections: tuple[Section, ...]
    cited: frozenset[int]
    unknown_markers: int
    note: AnyText
    checked: ClaimCheckResult
    drafted: frozenset[int] = frozenset()  # cited by the sections as they were first written


@dataclass(frozen=True)
class TextChecker:
    """The sections with every marker resolved, unknown ones dropped and counted, and every statement judged, once."""

    briefs: Sequence[SectionBrief]
    sections: Sequence[SectionText]
    language: str
    evidence: Evidence
    texts: Sequence[ResolvedText]
    judged: Sequence[Check]

    @classmethod
    def of(cls, briefs: Sequence[SectionBrief], sections: Sequence[SectionText], language: str) -> TextChecker:
        known = brief_numbers(briefs)
        evidence = Evidence({paper.number: paper.paper for brief in briefs for paper in brief.papers})
        texts = [resolve_citations(section.text, known) for section in sections]
        judged = judge_claims(enumerate(text.text for text in texts), evidence, language)
        return cls(briefs, sections, language, evidence, texts, judged)

    def supported_texts(self) -> tuple[str, ...]:
        """The sections without the statements that their papers hardly support."""
        texts = [text.text for text in self.texts]
        for check in ClaimCheckResult.of(self.judged).weak:
            texts[check.section] = texts[check.section].replace(check.sentence, "")
        return tuple(text.strip() or brief.title for text, brief in zip(texts, self.briefs, strict=True))

    def complete_text(self, opening: str, model: SynthesisModel) -> WrittenText:
        """The whole, its opening checked like them."""
        first = resolve_citations(opening, brief_numbers(self.briefs))
        judged = judge_claims([(-1, first.text)], self.evidence, self.language)
        return WrittenText(
            first.text,
            tuple(
                Section(
                    brief.title,
                    tuple(paper.number for paper in brief.papers),
                    text.text,
                    "summaries" if section.failure else model.source,
                    brief.is_theme,
                )
                for text, section, brief in zip(self.texts, self.sections, self.briefs, strict=True)
            ),
            frozenset(number for text in (first, *self.texts) for number in text.numbers),
            sum(text.unknown for text in (first, *self.texts)),
            model.note(self.language),
            ClaimCheckResult.of([*judged, *self.judged]),
            frozenset(number for text in self.texts for number in text.numbers),
        )


def brief_numbers(briefs: Sequence[SectionBrief]) -> frozenset[int]:
    return frozenset(paper.number for brief in briefs for paper in brief.papers)
