"""Text of an edition: sections side by side, their titles, then the opening; every citation checked.

Invariant: a text that was written is in the store before it is handed on, so a resumed run pays for none twice; what
leaves here cites only papers of its edition, and so does what is told while it is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace

from digest.errors import PaperRouteError, usage_or_raise
from digest.pipeline.edition_spec import EditionSpec
from digest.pipeline.model_cache import CachedSingleCall, CachedSynthesis
from digest.pipeline.ordering import OrderedPapers
from digest.pipeline.section_writer import (
    PartialText,
    SectionText,
    TextSequencer,
    TitleJob,
    text_fingerprint,
    write_in_one_call,
    write_opening,
    write_sections,
)
from digest.pipeline.services import Services
from digest.ports import Answer, BriefPaper, OpeningBrief, SectionBrief, SingleCallModel, SynthesisModel, T
from digest.retrieval.search import SearchResult
from digest.run_context import RunContext, RunningStage
from digest.text.citations import resolve_citations
from digest.text.claim_check import ClaimCheckResult, check_claims
from store.records.editions import Section


@dataclass(frozen=True)
class WrittenText:
    opening: str
    sections: tuple[Section, ...]
    cited: frozenset[int]
    unknown_markers: int
    note: str
    checked: ClaimCheckResult


def write_text(
    commission: EditionSpec, laid: OrderedPapers, found: SearchResult, parts: Services, run: RunContext
) -> WrittenText:
    briefs, parts = _briefs(commission, laid), _with_cached_models(parts)
    with run.stage("synthesise", len(briefs) + 1) as stage:
        with closing(TitleJob(briefs, parts, run)) as naming:
            sections = _section_texts(briefs, parts, run, stage)
            briefs = naming.titled_briefs()
        opening = _opening_text(_opening_brief(commission, briefs, sections, found, parts), parts, run, stage)
        stage.advance(len(briefs) + 1, len(briefs) + 1)
        text = _check_text(opening, sections, briefs, parts.synthesis, commission.language)
        stage.detail = f"{len(text.cited)} of {len(laid.kept)} papers cited"
    _note_failed_sections(sections, run)
    return text


def _with_cached_models(parts: Services) -> Services:
    texts = parts.store.model_texts
    whole = CachedSingleCall(parts.single_call, texts) if parts.single_call else None
    return replace(parts, synthesis=CachedSynthesis(parts.synthesis, texts), single_call=whole)


def _briefs(commission: EditionSpec, laid: OrderedPapers) -> list[SectionBrief]:
    names = ("", *laid.titles, "")
    return [
        SectionBrief(
            commission.question,
            commission.language,
            laid.titles[index],
            tuple(BriefPaper(at + 1, laid.kept[at].paper, laid.summaries[at]) for at in section),
            laid.route.legs[section.start : section.stop - 1],
            before=names[index],
            after=names[index + 2],
        )
        for index, section in enumerate(laid.sections)
    ]


def _section_texts(
    briefs: Sequence[SectionBrief], parts: Services, run: RunContext, stage: RunningStage
) -> list[SectionText]:
    """The text of every brief: all from one call where that was asked for and succeeds, else each from its own."""
    together = _write_at_once(briefs, parts.single_call, parts, run, stage) if parts.single_call else None
    return together or _write_each(briefs, parts, run, stage)


def _write_each(
    briefs: Sequence[SectionBrief], parts: Services, run: RunContext, stage: RunningStage
) -> list[SectionText]:
    """The text of every brief: from the store where an earlier run left it, else from the model."""
    keys, order = [text_fingerprint(parts.synthesis, brief) for brief in briefs], TextSequencer()

    def tell(index: int, text: str, *, done: bool) -> None:
        for at, shown in order.add_text(index, text, done=done):
            stage.emit_text(briefs[at].title, _resolve_markers(shown, briefs))

    written = _load_stored(keys, parts)
    for index, one in written.items():
        tell(index, one.text, done=True)
    missing = [(index, brief) for index, brief in enumerate(briefs) if index not in written]
    for news in write_sections(missing, parts.synthesis, parts.executor, run.check):
        if isinstance(news, PartialText):
            tell(news.index, news.text, done=False)
            continue
        written[news.index] = news
        if news.answer is None:
            run.count(news.usage)
        else:
            run.count_and_unwrap(news.answer)
        tell(news.index, news.text, done=True)
        stage.advance(len(written), len(briefs) + 1)
    return [written[index] for index in range(len(briefs))]


def _write_at_once(
    briefs: Sequence[SectionBrief], model: SingleCallModel, parts: Services, run: RunContext, stage: RunningStage
) -> list[SectionText] | None:
    """Likewise from one call; None where it failed, and health says so."""
    keys = [text_fingerprint(model, brief) for brief in briefs]
    if len(written := _load_stored(keys, parts)) == len(briefs):
        return [written[index] for index in range(len(briefs))]
    names = [brief.title for brief in briefs]
    try:
        answer = _forward_text(write_in_one_call(briefs, model, parts.executor, run.check), names, briefs, stage)
    except PaperRouteError as error:
        run.count(usage_or_raise(error))
        run.add_health("synthesis", ok=False, detail=f"Each section was written by itself, because: {error}")
        return None
    run.count(answer.usage)
    return [SectionText(index, text, None) for index, text in enumerate(answer.value)]


def _load_stored(keys: Sequence[str], parts: Services) -> dict[int, SectionText]:
    found = ((index, parts.store.model_texts.get(key)) for index, key in enumerate(keys))
    return {index: SectionText(index, text, None) for index, text in found if text is not None}


def _forward_text(
    news: Iterable[PartialText | Answer[T]], names: Sequence[str], briefs: Sequence[SectionBrief], stage: RunningStage
) -> Answer[T]:
    """The answer at the end of what is told, and all of that passed on under the names of its parts."""
    for one in news:
        if not isinstance(one, PartialText):
            return one
        stage.emit_text(names[one.index], _resolve_markers(one.text, briefs))
    raise AssertionError("what is told ends with an answer or an error")  # pragma: no cover


def _resolve_markers(text: str, briefs: Sequence[SectionBrief]) -> str:
    return resolve_citations(text, _numbers(briefs)).text


def _numbers(briefs: Sequence[SectionBrief]) -> frozenset[int]:
    return frozenset(one.number for brief in briefs for one in brief.papers)


def _opening_brief(
    commission: EditionSpec,
    briefs: Sequence[SectionBrief],
    sections: Sequence[SectionText],
    found: SearchResult,
    parts: Services,
) -> OpeningBrief:
    return OpeningBrief(
        commission.question,
        commission.language,
        commission.kind,
        tuple(briefs),
        tuple(_resolve_markers(section.text, briefs) for section in sections),
        found=found.found,
        widened=bool(found.widened),
        outage=bool(found.outage),
        kept=sum(len(brief.papers) for brief in briefs),
        since=commission.since,
        until=commission.until,
        previous=commission.previous,
        earlier=_previous_edition_text(commission, parts),
        queries=found.queries,
    )


def _previous_edition_text(commission: EditionSpec, parts: Services) -> str:
    """What the digest before this one said: its opening, and what its sections were about."""
    if commission.previous is None:
        return ""
    edition = parts.store.editions.last_digest(commission.topic, commission.slot)
    if edition is None:
        return ""
    # Without its markers: they name other papers than this edition's.
    return "\n\n".join([resolve_citations(edition.opening, ()).text, *(section.title for section in edition.sections)])


def _opening_text(brief: OpeningBrief, parts: Services, run: RunContext, stage: RunningStage) -> str:
    """The opening; where it cannot be written the edition goes without, and its health says so."""
    key = text_fingerprint(parts.synthesis, brief)
    if (kept := parts.store.model_texts.get(key)) is not None:
        return kept
    try:
        answer = _forward_text(
            write_opening(brief, parts.synthesis, parts.executor, run.check), ["opening"], brief.sections, stage
        )
    except PaperRouteError as error:
        run.count(usage_or_raise(error))
        run.add_health("synthesis", ok=False, detail=f"The opening could not be written: {error}")
        return ""
    return run.count_and_unwrap(answer)


def _check_text(
    opening: str, sections: Sequence[SectionText], briefs: Sequence[SectionBrief], model: SynthesisModel, language: str
) -> WrittenText:
    """The texts with every marker resolved, unknown ones dropped and counted, and every statement judged."""
    known = _numbers(briefs)
    first = resolve_citations(opening, known)
    texts = [resolve_citations(section.text, known) for section in sections]
    return WrittenText(
        first.text,
        tuple(
            Section(
                brief.title,
                tuple(one.number for one in brief.papers),
                one.text,
                "summaries" if section.failure else model.source,
            )
            for one, section, brief in zip(texts, sections, briefs, strict=True)
        ),
        frozenset(number for one in (first, *texts) for number in one.numbers),
        sum(one.unknown for one in (first, *texts)),
        model.note(language),
        check_claims(
            [(index, one.text) for index, one in enumerate((first, *texts), start=-1)],
            {one.number: one.paper for brief in briefs for one in brief.papers},
            language,
        ),
    )


def _note_failed_sections(sections: Sequence[SectionText], run: RunContext) -> None:
    failed = [section for section in sections if section.failure]
    if failed:
        detail = f"{len(failed)} sections are their papers' summaries, because: {failed[0].failure}"
        run.add_health("synthesis", ok=False, detail=detail)
