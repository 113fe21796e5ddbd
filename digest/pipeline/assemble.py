"""Edition assembly: everything found, ordered and written -> the edition, as a value. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from digest.facts.start_here import choose_start
from digest.pipeline.edition_spec import EditionSpec
from digest.pipeline.enrich import EnrichedPapers
from digest.pipeline.ordering import OrderedPapers
from digest.pipeline.text_check import WrittenText
from digest.retrieval.search import SearchResult
from digest.run_context import RunContext
from store.records.editions import Counts, Edition, EditionPaper, FilterReport, OverflowPaper, RouteReport, Summary
from store.records.lazy_text import AnyText, lazy_gettext, lazy_ngettext
from store.records.paper_facts import NO_FACTS, PaperFacts


def assemble_edition(
    spec: EditionSpec,
    result: SearchResult,
    report: FilterReport,
    enriched: EnrichedPapers,
    ordered: OrderedPapers,
    facts: Mapping[str, PaperFacts],
    text: WrittenText,
    run: RunContext,
) -> Edition:
    counts = Counts(
        found=result.found,
        kept=len(ordered.kept),
        summarised=enriched.summarised,
        embedded=run.embedded,
        cited=len(text.cited),
        unknown_markers=text.unknown_markers,
        checked=text.support.count,
        drafted=len(text.drafted),
    )
    route, papers = ordered.route, _edition_papers(ordered, ordered.along_route(enriched.summaries), facts, text)
    return replace(
        _edition_without_papers(spec, result, report, run),
        counts=counts,
        papers=papers,
        route=RouteReport(round(route.length, 4), round(route.as_found_length, 4), route.solver),
        opening=text.opening,
        sections=text.sections,
        beyond=_overflow_papers(spec, result, ordered),
        note=text.note,
        checks=text.support.weak,
        support=text.support.mean,
        statements=text.statements,
        start_here=() if result.is_off_topic else choose_start(papers, spec.kind),
    )


# decision 11
def assemble_quiet_edition(spec: EditionSpec, result: SearchResult, report: FilterReport, run: RunContext) -> Edition:
    """A digest without papers, and the reason."""
    return replace(_edition_without_papers(spec, result, report, run), quiet=_why_quiet(result))


def _why_quiet(result: SearchResult) -> AnyText:
    if result.outage:
        return lazy_gettext(
            "The paper source did not answer, and nothing new was in the store: {outage}", outage=result.outage
        )
    if result.found:
        return lazy_ngettext(
            "The {n} paper found is not both new to this topic and on it.",
            "None of the {n} papers found is both new to this topic and on it.",
            result.found,
        )
    return lazy_gettext("No paper on this topic was submitted in the window.")


def _edition_without_papers(spec: EditionSpec, result: SearchResult, report: FilterReport, run: RunContext) -> Edition:
    """What every edition has: what it is about, how it was searched, and what the run took."""
    return Edition(
        id=spec.id,
        kind=spec.kind,
        title=spec.title,
        question=spec.question,
        topic=spec.topic,
        slot=spec.slot,
        since=spec.since,
        until=spec.until,
        language=spec.language,
        created_at=spec.created_at,
        queries=result.searched_for,
        filter=report,
        counts=Counts(found=result.found),
        papers=(),
        route=RouteReport(),
        opening="",
        sections=(),
        health=tuple(run.health),
        usage=run.usage,
        seconds={**run.seconds, "total": run.total_seconds()},
        complete=result.complete,
        request=result.question,
        selection=result.selection,
    )


def _overflow_papers(spec: EditionSpec, result: SearchResult, ordered: OrderedPapers) -> tuple[OverflowPaper, ...]:
    """What a digest had no room for. A survey says only how many it chose from: it can be asked again, with more."""
    if spec.kind != "digest":
        return ()
    shown = {selected.paper.id for selected in ordered.kept}
    return tuple(
        OverflowPaper(
            selected.paper.id,
            selected.paper.version,
            selected.paper.title,
            selected.paper.published,
            selected.reason,
            selected.paper.source,
            selected.paper.url,
            because=selected.because if selected.in_brief else "",
        )
        for selected in result.kept
        if selected.paper.id not in shown
    )


def _edition_papers(
    ordered: OrderedPapers, summaries: Sequence[Summary], facts: Mapping[str, PaperFacts], text: WrittenText
) -> tuple[EditionPaper, ...]:
    section_of = {at: index for index, section in enumerate(ordered.sections) for at in section.positions}
    return tuple(
        replace(
            EditionPaper.of(
                kept.paper,
                number=at + 1,
                section=section_of[at],
                reason=kept.reason,
                cited=at + 1 in text.cited,
                summary=summary,
                place=(round(point[0], 4), round(point[1], 4)),
                grade=(kept.relevance, kept.core),
            ),
            facts=facts.get(kept.paper.id, NO_FACTS),
            change=kept.change,
        )
        for at, (kept, summary, point) in enumerate(zip(ordered.kept, summaries, ordered.points, strict=True))
    )
