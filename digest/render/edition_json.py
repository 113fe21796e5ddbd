"""Edition -> JSON, schema "paperroute.edition/1".

Invariant: the fields of the house plan, always all of them, in this order; what this adds (title, since, until, note,
quiet, also_found, start_here, facts, points, support, checks, statements, complete ...) only ever grows. Titles, names
and texts are as the edition holds them, LaTeX included; a consumer that wants readable text takes `markdown`.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any

from digest.i18n.catalog import Catalog, get_catalog
from digest.render import edition_facts, markdown, reliability
from store.records.editions import Check, Edition, EditionPaper, Section, SelectionReport, Statement, Usage
from store.records.paper_facts import PaperFacts
from store.records.questions import StructuredQuestion
from store.text.names import is_name

SCHEMA = "paperroute.edition/1"
_STAGES = ("queries", "search", "filter", "embed", "order", "summarise", "synthesise", "total")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")  # JSON may hold one, UTF-8 may not


def render(edition: Edition) -> str:
    text = json.dumps(document(edition), ensure_ascii=False, indent=2, allow_nan=False)
    return _LONE_SURROGATE.sub("\ufffd", text) + "\n"


def document(edition: Edition) -> dict[str, Any]:
    """The edition as JSON types. Sections and `uncited_papers` name papers by their number, the n of [n]."""
    words = get_catalog("edition", edition.language)
    return {
        "schema": SCHEMA,
        "edition": edition.id,
        "kind": edition.kind,
        "title": edition.title,
        "question": edition.question or None,
        "topic": edition.topic or None,
        "slot": _time(edition.slot),
        "since": _time(edition.since),
        "until": _time(edition.until),
        "language": edition.language,
        "created_at": _time(edition.created_at),
        "queries": list(edition.queries),
        "counts": _counts(edition),
        "filter": {
            "rule": words.show(edition.filter.rule),
            "widened": [words.show(step) for step in edition.filter.widened],
        },
        "papers": [_paper(paper, words) for paper in edition.papers],
        "route": {
            "length": edition.route.length,
            "as_found_length": edition.route.as_found_length,
            "solver": edition.route.solver,
        },
        "points": [{"position": paper.number, "x": paper.x, "y": paper.y} for paper in edition.papers],
        "start_here": [
            {"position": start.paper, "kind": start.kind, "reason": words.show(start.reason)}
            for start in edition.start_here
        ],
        "opening": edition.opening,
        "sections": [_section(section) for section in edition.sections],
        "support": edition.support,
        "checks": [_check(check) for check in edition.checks],
        "support_warning": reliability.support_warning(edition),
        "statements": [_statement(statement, words) for statement in edition.statements],
        "also_found": [paper.number for paper in edition_facts.uncited_papers(edition)],
        "beyond": [
            {
                "id": paper.id,
                "version": paper.version,
                "title": paper.title,
                "status": paper.status,
                "status_note": paper.status_note,
                "reason": words.show(paper.reason),
            }
            for paper in edition.beyond
        ],
        "note": words.show(edition.note),
        "quiet": words.show(edition.quiet),
        "complete": edition.complete,
        "markdown": markdown.render(edition),
        "health": [
            {"source": part.source, "ok": part.ok, "detail": words.show(part.detail)} for part in edition.health
        ],
        "usage": [_usage(usage) for usage in edition.usage],
        "seconds": _seconds(edition),
        "request": _request(edition.request) if edition.request else None,
        "selection": _selection(edition.selection, words) if edition.selection else None,
    }


def _request(question: StructuredQuestion) -> dict[str, Any]:
    """The question as it was understood."""
    limits = question.limits
    return {
        "text": question.text,
        "language": question.language,
        "concepts": [
            {"asked": concept.asked, "forms": list(concept.forms), "guessed": concept.guessed}
            for concept in question.concepts
        ],
        "not_understood": list(question.not_understood),
        "corrections": [{"typed": one.typed, "used": one.used} for one in question.corrections],
        "paper_ids": list(question.paper_ids),
        "since": _time(limits.since),
        "until": _time(limits.until),
        "categories": list(limits.categories),
        "authors": list(limits.authors),
        "exclude": list(limits.exclude),
        "max_papers": question.max_papers,
        "words": [{"text": word.text, "role": word.role} for word in question.words],
    }


def _selection(report: SelectionReport, words: Catalog) -> dict[str, Any]:
    return {
        "verdict": report.verdict,
        "candidates": report.candidates,
        "relevant": report.relevant,
        "narrower": list(report.narrower),
        "advice": [words.show(one) for one in report.advice],
    }


def _counts(edition: Edition) -> dict[str, int]:
    counts = edition.counts
    return {
        "found": counts.found,
        "kept": counts.kept,
        "summarised": counts.summarised,
        "cited": counts.cited,
        "unknown_markers": counts.unknown_markers,
        "embedded": counts.embedded,
        "checked": counts.checked,
    }


def _paper(paper: EditionPaper, words: Catalog) -> dict[str, Any]:
    summary = paper.summary
    return {
        "id": paper.id,
        "version": paper.version,
        "title": paper.title,
        "authors": list(filter(is_name, paper.authors)),
        "source": paper.source,
        "url": paper.url,
        "pdf_url": paper.pdf_url,
        "published": _time(paper.published),
        "updated": _time(paper.updated),
        "categories": list(paper.categories),
        "primary_category": paper.primary_category,
        "comment": paper.comment,
        "doi": next(iter(paper.dois), ""),
        "dois": list(paper.dois),
        "journal_ref": paper.journal_ref,
        "status": paper.status,
        "status_note": paper.status_note,
        "position": paper.number,
        "section": paper.section,
        "reason": words.show(paper.reason),
        "relevance": paper.relevance,
        "core": paper.core,
        "facts": _facts(paper.facts),
        "summary": {
            "problem": summary.problem,
            "method": summary.method,
            "result": summary.result,
            "text": summary.text,
            "model": summary.model,
            "source": summary.source,
        },
        "cited": paper.cited,
    }


def _facts(facts: PaperFacts) -> dict[str, Any]:
    return {
        "role": facts.role,
        "centrality": facts.centrality,
        "novelty": facts.novelty,
        "code_url": facts.code_url,
        "data_url": facts.data_url,
        "pages": facts.pages,
        "venue": facts.venue,
        "citations": facts.citations,
        "methods": list(facts.methods),
        "datasets": list(facts.datasets),
    }


def _section(section: Section) -> dict[str, Any]:
    return {
        "title": section.title,
        "is_theme": section.is_theme,
        "papers": list(section.papers),
        "text": section.text,
        "source": section.source,
    }


def _check(check: Check) -> dict[str, Any]:
    """A statement that its paper hardly supports; section null: it stands in the opening."""
    section = check.section if check.section >= 0 else None
    return {"section": section, "sentence": check.sentence, "position": check.paper, "score": check.score}


def _statement(statement: Statement, words: Catalog) -> dict[str, Any]:
    """A sentence that cites, as a check is told; of its evidence each names a paper by its position."""
    return {
        "section": statement.section if statement.section >= 0 else None,
        "sentence": statement.sentence,
        "positions": list(statement.papers),
        "verdict": statement.verdict,
        "score": statement.score,
        "reason": words.show(statement.reason),
        "checked_by": statement.checked_by,
        "evidence": [{"position": one.paper, "sentence": one.position, "text": one.text} for one in statement.evidence],
    }


def _seconds(edition: Edition) -> dict[str, float]:
    """Every stage of the plan, 0 where it did not run; then what else was timed."""
    stages = dict.fromkeys((*_STAGES, *sorted(edition.seconds)))
    return {stage: round(edition.seconds.get(stage, 0.0), 3) for stage in stages}


def _usage(usage: Usage) -> dict[str, Any]:
    return {
        "role": usage.role,
        "model": usage.model,
        "calls": usage.calls,
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "cached_tokens": usage.cached_tokens,
        "usd": usage.usd,
    }


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat().replace("+00:00", "Z") if moment else None
