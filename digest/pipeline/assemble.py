"""Edition assembly: everything found, ordered and written -> the edition, as a value. Pure."""

from __future__ import annotations

from digest.pipeline.edition_spec import EditionSpec
from digest.pipeline.enrich import EnrichedPapers
from digest.pipeline.ordering import OrderedPapers
from digest.pipeline.writing import WrittenText
from digest.retrieval.search import SearchResult
from digest.run_context import RunContext
from store.records.editions import Counts, Edition, EditionPaper, FilterReport, OverflowPaper, RouteReport


def assemble_edition(
    commission: EditionSpec,
    found: SearchResult,
    report: FilterReport,
    ready: EnrichedPapers,
    laid: OrderedPapers,
    text: WrittenText,
    run: RunContext,
) -> Edition:
    counts = Counts(
        found=found.found,
        kept=len(laid.kept),
        summarised=ready.summarised,
        embedded=run.embedded,
        cited=len(text.cited),
        unknown_markers=text.unknown_markers,
        checked=text.checked.count,
    )
    return _build_edition(
        commission,
        found,
        run,
        counts=counts,
        filter=report,
        papers=_edition_papers(laid, text),
        route=RouteReport(round(laid.route.length, 4), round(laid.route.as_found_length, 4), laid.route.solver),
        opening=text.opening,
        sections=text.sections,
        beyond=_overflow_papers(commission, found, laid),
        note=text.note,
        checks=text.checked.weak,
        support=text.checked.mean,
    )


def assemble_quiet_edition(
    commission: EditionSpec, found: SearchResult, report: FilterReport, run: RunContext
) -> Edition:
    """A digest without papers, and the reason."""
    counts = Counts(found=found.found)
    return _build_edition(commission, found, run, counts=counts, filter=report, quiet=_why_quiet(found))


def _why_quiet(found: SearchResult) -> str:
    if found.outage:
        return f"The paper source did not answer, and nothing new was in the store: {found.outage}"
    if found.found:
        return f"None of the {found.found} papers found is both new to this topic and on it."
    return "No paper on this topic was submitted in the window."


def _build_edition(commission: EditionSpec, found: SearchResult, run: RunContext, **rest: object) -> Edition:
    fields: dict[str, object] = {"papers": (), "route": RouteReport(), "opening": "", "sections": ()} | rest
    return Edition(
        id=commission.id,
        kind=commission.kind,
        title=commission.title,
        question=commission.question,
        topic=commission.topic,
        slot=commission.slot,
        since=commission.since,
        until=commission.until,
        language=commission.language,
        created_at=commission.created_at,
        queries=tuple(query.text for query in found.queries),
        health=tuple(run.health),
        usage=run.usage,
        seconds={**run.seconds, "total": run.total_seconds()},
        complete=found.complete,
        **fields,  # type: ignore[arg-type]  # the callers above give each its type
    )


def _overflow_papers(commission: EditionSpec, found: SearchResult, laid: OrderedPapers) -> tuple[OverflowPaper, ...]:
    """What a digest had no room for. A survey says only how many it chose from: it can be asked again, with more."""
    if commission.kind != "digest":
        return ()
    shown = {one.paper.id for one in laid.kept}
    return tuple(
        OverflowPaper(one.paper.id, one.paper.version, one.paper.title, one.paper.published, one.reason)
        for one in found.kept
        if one.paper.id not in shown
    )


def _edition_papers(laid: OrderedPapers, text: WrittenText) -> tuple[EditionPaper, ...]:
    section_of = {at: index for index, section in enumerate(laid.sections) for at in section}
    return tuple(
        EditionPaper.of(
            kept.paper,
            number=at + 1,
            section=section_of[at],
            reason=kept.reason,
            cited=at + 1 in text.cited,
            summary=summary,
            place=(round(point[0], 4), round(point[1], 4)),
        )
        for at, (kept, summary, point) in enumerate(zip(laid.kept, laid.summaries, laid.points, strict=True))
    )
