"""The story of Paper Route: from a question, or a topic and its slot, to an edition that the store keeps.

    queries --> arXiv --> filter --> vectors and summaries --> route --> sections --> text --> edition

Invariant: each chapter reads what it needs from the store and leaves its result there, so that running it again after
a crash does only what is missing; an edition is frozen in one transaction, and never changes after.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from digest import cadence
from digest.errors import BadInput, NotFound, PaperRouteError, SourceError
from digest.leases import exclusive
from digest.pipeline.assemble import assemble_edition, assemble_quiet_edition
from digest.pipeline.batch_plan import collect_batch
from digest.pipeline.edition_spec import (
    EditionSpec,
    choose_edition_language,
    digest_search_spec,
    get_topic,
    new_survey_spec,
    note_lateness,
    requested_since,
    requested_slot,
    resolve_digest_spec,
)
from digest.pipeline.enrich import embed_and_summarise
from digest.pipeline.ordering import order_papers
from digest.pipeline.services import DigestRequest, Services, SurveyRequest, SurveySettings
from digest.pipeline.writing import write_text
from digest.ports import SearchRequest
from digest.retrieval.embeddings import similarity_to_question
from digest.retrieval.filter import describe_rule
from digest.retrieval.queries import clean_question, find_queries
from digest.retrieval.search import (
    SearchResult,
    SearchSpec,
    english_query_text,
    limit_to_nearest,
    search_and_filter,
)
from digest.retrieval.source_search import UNREADABLE
from digest.run_context import RunContext
from digest.text.date_range import describe_period, find_period
from store.records.editions import Edition, FilterReport, Paper, Query, Topic, fingerprint
from store.records.lazy_text import lazy_gettext, lazy_ngettext
from store.tables.editions import Editions

_PREVIEW_DAYS = 7
_PREVIEW_LIMIT = 500


# decision 3
def survey(request: SurveyRequest, services: Services, settings: SurveySettings, run: RunContext) -> Edition:
    """Answer a question with a survey; with the kept one where the same was asked within `reuse_hours`.

    Raises BadInput (nothing to search for), NotFound (no paper stayed), SourceError (the source is away and the store
    has nothing either), Cancelled.
    """
    question = clean_question(request.question)
    settings = _apply_request(request, settings)
    key = _survey_key(question, request.queries, services, settings)
    editions, since = services.store.editions, run.now - timedelta(hours=settings.reuse_hours)
    if kept := _reusable_survey(request, key, editions, since):
        return kept
    with exclusive(f"survey:{key}", services.store, run.wait, lazy_gettext("the same survey is being written")):
        kept = _reusable_survey(request, key, editions, since)
        return kept or _new_survey(request, question, key, services, settings, run)


def _survey_key(question: str, queries: Sequence[str], services: Services, settings: SurveySettings) -> str:
    """The identity of a survey: everything that was asked for, and whose models and settings shape the text."""
    roles = (services.queries, services.summary, services.synthesis, services.single_call)
    models = [services.embedder.model, *([role.model, role.prompt_hash] for role in roles if role)]
    shape = [
        settings.min_papers,
        settings.max_papers,
        settings.max_results,
        settings.order,
        settings.section_smallest,
        settings.section_largest,
        settings.language,
    ]
    return fingerprint("survey", json.dumps([question, list(queries), shape, models]))


def _reusable_survey(request: SurveyRequest, key: str, editions: Editions, since: datetime) -> Edition | None:
    """The survey that answers this request already; one made while something was away is made anew, but for entries
    that would be unreadable again.
    """
    kept = None if request.refresh else editions.recent_survey(key, since)
    return kept if kept and all(line.ok or line.source == UNREADABLE for line in kept.health) else None


def _new_survey(
    request: SurveyRequest, question: str, key: str, services: Services, settings: SurveySettings, run: RunContext
) -> Edition:
    written = choose_edition_language(settings.language, question, services.synthesis, run)
    spec = new_survey_spec(question, written, run.now)
    queries = _find_queries(question, request.queries, services, run)
    period = find_period(question, run.now)
    search = SearchSpec(
        SearchRequest(queries, since=period.since, until=period.until, limit=settings.max_results),
        min_papers=settings.min_papers,
        period=describe_period(period),
        reuse_since=None if request.refresh else _search_reuse_since(settings, run),
    )
    result = search_and_filter(search, services.source, services.store, run)
    if not result.kept:
        raise _nothing_found_error(result)
    edition = _write_edition(spec, search, result, services, settings, run)
    return _freeze(edition, services.store.editions, run, key)


def digest(request: DigestRequest, services: Services, settings: SurveySettings, run: RunContext) -> Edition:
    """Write a topic's digest for one slot, from the papers that no earlier edition of the topic had.

    The same (topic, slot) again gives the same edition and makes no call. With nothing new, or with the source away,
    it is a quiet edition that says why. Raises NotFound (no such topic), BadInput (a bad slot), Cancelled.
    """
    store = services.store
    topic = get_topic(request.topic, store.topics)
    slot = requested_slot(request, topic, run.now)
    requested_since(request, topic, slot)  # an absurd one is refused also where the digest is there already
    if kept := store.editions.of_slot(topic.slug, slot):
        return kept
    name, why = f"digest:{topic.slug}:{slot.isoformat()}", lazy_gettext("another process is writing this digest")
    with exclusive(name, store, run.wait, why):
        kept = store.editions.of_slot(topic.slug, slot)
        return kept or _new_digest(request, topic, slot, services, settings, run)


def _new_digest(
    request: DigestRequest, topic: Topic, slot: datetime, services: Services, settings: SurveySettings, run: RunContext
) -> Edition:
    store = services.store
    settings = replace(settings, max_papers=topic.max_papers)
    spec = resolve_digest_spec(request, topic, slot, services.synthesis, store.editions, run)
    note_lateness(topic, spec, store.digest_attempts, run)
    queries = _find_queries(topic.question, topic.queries, services, run)
    limit, reuse_since = settings.max_window_results, _search_reuse_since(settings, run)
    search = digest_search_spec(topic, queries, spec, store.editions, limit=limit, reuse_since=reuse_since)
    result = search_and_filter(search, services.source, store, run)
    if result.outage and request.patient:
        raise SourceError(result.outage)  # the caller tries this slot again
    if result.kept:
        collect_batch(spec, services.batches, store, run)
        edition = _write_edition(spec, search, result, services, settings, run)
    else:
        edition = assemble_quiet_edition(spec, result, _filter_report(search, result, 0), run)
    if request.dry_run:
        return edition
    return _freeze(edition, store.editions, run, send_at=_send_at(edition, topic, run.now, quiet=settings.send_quiet))


def preview(topic: Topic, services: Services, settings: SurveySettings, run: RunContext) -> list[Paper]:
    """What a topic would have found in the last week: the search and the filter of its digest, and nothing that costs
    more. Nothing is frozen, and nothing is counted as seen. Raises BadInput, SourceError, Cancelled.
    """
    queries = _find_queries(topic.question or topic.title, topic.queries, services, run)
    since = run.now - timedelta(days=_PREVIEW_DAYS)
    request = SearchRequest(queries, topic.categories, since, run.now, _PREVIEW_LIMIT, order="submitted")
    reuse_since = _search_reuse_since(settings, run)
    search = SearchSpec(request, include=topic.include, exclude=topic.exclude, reuse_since=reuse_since)
    result = search_and_filter(search, services.source, services.store, run)
    return [selected.paper for selected in result.kept]


def _find_queries(question: str, given: Sequence[str], services: Services, run: RunContext) -> tuple[Query, ...]:
    texts, executor = services.store.model_texts, services.executor
    return find_queries(question, given, services.queries, services.spare_queries, texts, executor, run)


def _search_reuse_since(settings: SurveySettings, run: RunContext) -> datetime:
    return run.now - timedelta(hours=settings.search_hours)


def _write_edition(
    spec: EditionSpec,
    search: SearchSpec,
    result: SearchResult,
    services: Services,
    settings: SurveySettings,
    run: RunContext,
) -> Edition:
    """From the papers that stayed to the edition: what surveys and digests have in common."""
    store, executor, embedder = services.store, services.executor, services.embedder
    question = english_query_text(spec.question, search.request.queries)
    kept = limit_to_nearest(
        result,
        lambda papers: similarity_to_question(papers, question, embedder, store, executor, run),
        min_papers=settings.min_papers,
        max_papers=settings.max_papers,
    )
    papers = [selected.paper for selected in kept]
    enriched = embed_and_summarise(papers, question, spec.language, embedder, services.summary, store, executor, run)
    ordered = order_papers(kept, enriched, spec.question, settings, embedder, services.title_embedder, run)
    text = write_text(spec, ordered, result, services.synthesis, services.single_call, store, executor, run)
    return assemble_edition(spec, result, _filter_report(search, result, len(kept)), enriched, ordered, text, run)


def _filter_report(search: SearchSpec, result: SearchResult, most: int) -> FilterReport:
    rule = describe_rule(
        result.queries,
        found=len(result.kept),
        most=most,
        include=search.include,
        exclude=search.exclude,
        period=search.period,
        withdrawn=result.withdrawn,
    )
    return FilterReport(rule, result.widened)


def _freeze(
    edition: Edition, editions: Editions, run: RunContext, key: str = "", send_at: datetime | None = None
) -> Edition:
    with run.stage("freeze") as stage:
        kept = editions.freeze(edition, key=key, send_at=send_at)
        stage.detail = kept.id
    return kept


def _send_at(edition: Edition, topic: Topic, now: datetime, *, quiet: bool) -> datetime | None:  # decision 32
    """When a digest goes out: at once, unless it is quiet and quiet ones stay here, or fills a gap in the past."""
    newest = cadence.latest_slot(topic.cadence, topic.at, topic.timezone, now)
    return now if (edition.papers or quiet) and edition.slot and edition.slot >= newest else None


def _apply_request(request: SurveyRequest, settings: SurveySettings) -> SurveySettings:
    """The settings with what this request says otherwise."""
    most = settings.max_papers if request.max_papers is None else request.max_papers
    if not 1 <= most <= 300:
        raise BadInput(lazy_gettext("A survey has 1 to 300 papers, not {n}.", n=str(most)))
    return replace(
        settings,
        max_papers=most,
        min_papers=min(settings.min_papers, most),
        order=request.order or settings.order,
        language=request.language or settings.language,
    )


def _nothing_found_error(result: SearchResult) -> PaperRouteError:
    if result.outage:
        return SourceError(result.outage, hint=lazy_gettext("The store has no matching paper either; try again later."))
    queries = tuple(query.text for query in result.queries)
    return NotFound(
        lazy_ngettext(
            "The {n} paper that has all the words of {queries:series} was withdrawn.",
            "All {n} papers that have all the words of {queries:series} were withdrawn.",
            result.withdrawn,
            queries=queries,
        )
        if result.withdrawn
        else lazy_gettext("No paper has all the words of: {queries:series}.", queries=queries),
        hint=lazy_gettext("Ask in other words, or give the search words yourself (--query; it may be repeated)."),
    )
