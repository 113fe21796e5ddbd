"""Text check: markers resolved, statements bound, judged, verified where there is a model, repaired, told once.

Invariant: what leaves here cites only papers of its edition, and every sentence of it that cites is a `Statement` with
its verdict. A section goes to the model as soon as it is written; the built-in check judges all, and stands where the
model said nothing. What is built in is never verified: its sentences are the papers' own.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace

from digest.claims.claim_check import Evidence
from digest.claims.statements import check_statements, citing_sentences
from digest.model_names import BUILTIN
from digest.pipeline.section_writer import OpeningText, SectionText
from digest.ports import BriefPaper, SectionBrief, StatementToVerify, SynthesisModel
from digest.run_context import RunContext
from digest.text.citations import BoundText, bind_citations, cited_numbers
from digest.text.marker_places import place_markers
from digest.verification.repair import RepairedText, StatementFinding, repair_text, settle_statement
from digest.verification.repetition import drop_repetition
from digest.verification.support import TextSupport
from digest.verification.verification_job import VerificationJob
from store.records.editions import SUPPORT, Section, Statement
from store.records.lazy_text import AnyText, join_sentences, lazy_gettext, lazy_ngettext

_OPENING = -1
_MARKER = re.compile(r"\[(\d{1,9})\]")


@dataclass(frozen=True)
class WrittenText:
    """statements: of the opening and the sections, in order."""

    opening: str
    sections: tuple[Section, ...]
    cited: frozenset[int]
    unknown_markers: int
    note: AnyText
    statements: tuple[Statement, ...]
    support: TextSupport
    drafted: frozenset[int]  # cited by the sections as they were first written


class TextChecker:
    """Takes each section as it is written, then all together, then the opening. Close it when no text comes any more.

    briefs: the papers are read at once, their summaries never. job: None without a model.
    """

    def __init__(self, briefs: Sequence[SectionBrief], language: str, job: VerificationJob | None) -> None:
        self._papers = {paper.number: paper for brief in briefs for paper in brief.papers}
        self._evidence = Evidence({number: paper.paper for number, paper in self._papers.items()})
        self._language, self._job, self._model = language, job, job.model if job else ""
        self._bound: dict[int, BoundText] = {}
        self._repaired: dict[int, RepairedText] = {}

    def close(self) -> None:
        if self._job:
            self._job.close()

    def begin(self, section: SectionText) -> None:
        """Start on a section; a second time does nothing."""
        if section.index not in self._bound:
            self._begin(section.index, section.text, is_model_text=not section.failure)

    def supported_texts(self, briefs: Sequence[SectionBrief], sections: Sequence[SectionText]) -> tuple[str, ...]:
        """The sections as they are published, without the statements that are not surely supported."""
        for section in sections:
            self.begin(section)
        self._repaired |= self._repair(range(len(sections)))
        texts = (_without_doubtful(self._repaired[index]) for index in range(len(sections)))
        return tuple(text or brief.title for text, brief in zip(texts, briefs, strict=True))

    def complete_text(
        self,
        opening: OpeningText,
        briefs: Sequence[SectionBrief],
        sections: Sequence[SectionText],
        model: SynthesisModel,
    ) -> WrittenText:
        """The whole, its opening checked like its sections."""
        self._begin(_OPENING, opening.text, is_model_text=not opening.is_spare)
        self._repaired |= self._repair([_OPENING])
        first, *rest = (self._repaired[index] for index in range(_OPENING, len(sections)))
        statements = tuple(statement for text in (first, *rest) for statement in text.statements)
        return WrittenText(
            first.text,
            tuple(
                Section(
                    brief.title,
                    tuple(paper.number for paper in brief.papers),
                    text.text,
                    section.source if section.failure else model.source,
                    brief.is_theme,
                )
                for text, section, brief in zip(rest, sections, briefs, strict=True)
            ),
            frozenset(number for text in (first, *rest) for number in cited_numbers(text.text, self._papers)),
            sum(bound.unknown for bound in self._bound.values()),
            model.note(self._language),
            statements,
            TextSupport.of(statements, sum(text.dropped for text in (first, *rest))),
            frozenset().union(*(self._numbers(index) for index in range(len(sections)))),
        )

    def _numbers(self, index: int) -> frozenset[int]:
        return frozenset(cited_numbers(self._bound[index].text, self._papers))

    def note_health(self, support: TextSupport, run: RunContext) -> None:
        """What was changed, and whether the text is to be relied on."""
        corrected = sum(text.corrected for text in self._repaired.values())
        if self._job and (corrected or support.dropped):
            detail = join_sentences(
                lazy_gettext("Checked by {model}.", model=self._model),
                lazy_ngettext("{n} statement was corrected.", "{n} statements were corrected.", corrected)
                if corrected
                else "",
                lazy_ngettext("{n} was left out.", "{n} were left out.", support.dropped) if support.dropped else "",
            )
            run.add_health("verification", ok=True, detail=detail)
        if repeated := sum(text.repeated for text in self._repaired.values()):
            detail = lazy_ngettext(
                "{n} statement that said the same again was left out.",
                "{n} statements that said the same again were left out.",
                repeated,
            )
            run.add_health("synthesis", ok=True, detail=detail)
        if warning := support.warning:
            run.add_health(SUPPORT, ok=False, detail=warning)

    def _begin(self, index: int, text: str, *, is_model_text: bool) -> None:
        bound = bind_citations(text, self._papers)
        bound = self._bound[index] = replace(bound, text=place_markers(bound.text))
        if self._job and is_model_text:
            self._job.begin(index, [self._to_verify(sentence) for sentence in citing_sentences(bound.text)])

    def _to_verify(self, sentence: str) -> StatementToVerify:
        cited: tuple[BriefPaper, ...] = tuple(self._papers[number] for number in cited_numbers(sentence, self._papers))
        return StatementToVerify(sentence, cited)

    def _repair(self, indices: Sequence[int]) -> dict[int, RepairedText]:
        texts, named = [(index, self._bound[index].text) for index in indices], dict[str, list[tuple[int, int]]]()
        for index in indices:
            named |= _pointers_by_sentence(self._bound[index])
        drafts = check_statements(texts, self._evidence, self._language, named)
        found = self._job.collect() if self._job else {}
        offered = [(section, one.correction) for (section, _), one in found.items() if one.correction]
        checked = check_statements(offered, self._evidence, self._language)
        corrections = {(one.section, one.sentence): one for one in checked}
        findings: dict[int, list[StatementFinding]] = {index: [] for index in indices}
        for draft in drafts:
            verdict = found.get((draft.section, draft.sentence))
            corrected = corrections.get((draft.section, verdict.correction)) if verdict else None
            findings[draft.section].append(settle_statement(draft, verdict, corrected, self._evidence, self._model))
        repaired = [repair_text(self._bound[index].text, findings[index]) for index in indices]
        return dict(zip(indices, drop_repetition(repaired), strict=True))


def _pointers_by_sentence(bound: BoundText) -> dict[str, list[tuple[int, int]]]:
    """Which sentences of papers the writer named in each sentence of its own."""
    named, left = dict[str, list[tuple[int, int]]](), deque(bound.pointers)
    for sentence in citing_sentences(bound.text):
        for number in map(int, _MARKER.findall(sentence)):
            if left and left[0][0] == number:  # others are no markers, but a formula's
                paper, positions = left.popleft()
                named.setdefault(sentence, []).extend((paper, position) for position in positions)
    return named


def _without_doubtful(text: RepairedText) -> str:
    """What an opening may be written from: of a model's verdicts only those that are wholly good."""
    told = text.text
    for statement in text.statements:
        if statement.verdict == "unsupported" or (statement.verdict == "partly" and statement.checked_by != BUILTIN):
            told = told.replace(statement.sentence, "")
    return told.strip()
