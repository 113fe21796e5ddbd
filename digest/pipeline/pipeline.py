"""The story of Paper Route: from a question, or a topic and its slot, to an edition that the store keeps.

    queries --> arXiv --> filter --> vectors --> route --> sections --> plan --> text --> edition
                                \\-> summaries ---------------------------/

Invariant: each chapter reads what it needs from the store and leaves its result there, so that running it again after
a crash does only what is missing; an edition is frozen in one transaction, and never changes after.
"""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from digest import cadence
from digest.errors import BadInput, NotFound, PaperRouteError, SourceError
from digest.leases import exclusive
from digest.pipeline.assemble import assemble_edition, assemble_quiet_edition
from digest.pipeline.batch_plan import collect_batch
from digest.pipeline.citation_counts import CitationJob, add_citations
from digest.pipeline.edition_spec import (
    EditionSpec,
    check_language,
    choose_edition_language,
    get_topic,
    new_survey_spec,
    note_lateness,
    requested_since,
    requested_slot,
    resolve_digest_spec,
)
from digest.pipeline.enrich import CandidatePreparation, EnrichmentJob
from digest.pipeline.ordering import add_points, find_phrases, order_papers
from digest.pipeline.section_writer import CachedSynthesis, OutlineJob
from digest.pipeline.selection import (
    comparison_text,
    find_survey_papers,
    find_topic_papers,
    limit_papers,
    report_filter,
)
from digest.pipeline.services import DigestRequest, Services, SurveyRequest, SurveySettings
from digest.pipeline.writing import add_summaries, make_briefs, make_checker, write_text
from digest.retrieval.embeddings import EmbeddingCalls
from digest.retrieval.queries import clean_question
from digest.retrieval.search import SearchResult, SearchSpec
from digest.retrieval.source_search import UNREADABLE
from digest.run_context import RunContext
from digest.subscriptions.one_mail import plan_one_mail
from digest.text.date_range import Period, describe_period
from store.records.editions import SUPPORT, Edition, Paper, Topic, fingerprint
from store.records.lazy_text import join_sentences, lazy_gettext, lazy_ngettext
from store.records.questions import NO_LIMITS, SearchLimits
from store.tables.editions import Editions

_PREVIEW_DAYS = 7
_PREVIEW_LIMIT = 500
_EARLIER_PAPERS = 5_000  # of a topic's archive, with which new ones are compared


# decision 3
def survey(request: SurveyRequest, services: Services, settings: SurveySettings, run: RunContext) -> Edition:
    """Answer a question with a survey; with the kept one where the same was asked within `reuse_hours`.

    Raises BadInput (nothing to search for), NotFound (no paper stayed), SourceError (the source is away and the store
    has nothing either), Cancelled.
    """
    question = clean_question(request.question)
    settings = _apply_request(request, settings)
    key = _survey_key(question, request, services, settings)
    editions, since = services.store.editions, run.now - timedelta(hours=settings.reuse_hours)
    if kept := _reusable_survey(request, key, editions, since, run.now):
        return kept
    with exclusive(f"survey:{key}", services.store, run.wait, lazy_gettext("the same survey is being written")):
        kept = _reusable_survey(request, key, editions, since, max(run.now, datetime.now(UTC)))
        return kept or _new_survey(request, question, key, services, settings, run)


def _survey_key(question: str, request: SurveyRequest, services: Services, settings: SurveySettings) -> str:
    """The identity of a survey: everything that was asked for, and whose models and settings shape the text."""
    roles = (
        services.queries,
        services.summary,
        services.synthesis,
        services.single_call,
        services.questions,
        services.relevance,
        services.verification,
    )
    models = [services.embedder.model, *([role.model, role.prompt_hash] for role in roles if role)]
    shape = [
        settings.min_papers,
        settings.max_papers,
        settings.max_results,
        settings.order,
        settings.section_smallest,
        settings.section_largest,
        settings.language,
        settings.selection,
        settings.requests,
        settings.controlled,
        request.cite_every,
    ]
    return fingerprint("survey", json.dumps([question, list(request.queries), repr(request.limits), shape, models]))


def _reusable_survey(
    request: SurveyRequest, key: str, editions: Editions, since: datetime, now: datetime
) -> Edition | None:
    """The survey that answers this request already; one made while something was away is made anew, but for what would
    be the same again: entries that are unreadable, a text that is kept.
    """
    kept = None if request.refresh else editions.recent_survey(key, since, now)
    return kept if kept and all(line.ok or line.source in (UNREADABLE, SUPPORT) for line in kept.health) else None


def _new_survey(
    request: SurveyRequest, question: str, key: str, services: Services, settings: SurveySettings, run: RunContext
) -> Edition:
    check_language(settings.language)
    with closing(CandidatePreparation(question, services)) as preparing:
        search, result = find_survey_papers(question, request, services, settings, run, preparing.begin)
        if not result.kept or (result.outage and result.is_off_topic):
            raise _nothing_found_error(result)
        written = choose_edition_language(settings.language, question, services.synthesis, run)
        spec = new_survey_spec(request, written, run.now)
        edition = _write_edition(spec, search, result, services, settings, run, preparing.calls)
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
    why = lazy_gettext("another process is writing this digest")
    with exclusive(digest_lease(topic.slug, slot), store, run.wait, why):
        kept = store.editions.of_slot(topic.slug, slot)
        return kept or _new_digest(request, topic, slot, services, settings, run)


def digest_lease(topic: str, slot: datetime) -> str:
    """Of whoever writes a topic's digest for a slot."""
    return f"digest:{topic}:{slot.isoformat()}"


def _new_digest(
    request: DigestRequest, topic: Topic, slot: datetime, services: Services, settings: SurveySettings, run: RunContext
) -> Edition:
    store = services.store
    settings = replace(settings, max_papers=topic.max_papers)
    spec = resolve_digest_spec(request, topic, slot, services.synthesis, store.editions, run)
    note_lateness(topic, spec, store.digest_attempts, run)
    search, result = find_topic_papers(
        topic,
        SearchLimits(spec.since, spec.until),
        services,
        settings,
        run,
        limit=settings.max_window_results,
        editions=store.editions,
    )
    if result.outage and request.patient:
        raise SourceError(result.outage)  # the caller tries this slot again
    if result.kept:
        collect_batch(spec, services.batches, store, run)
        edition = _write_edition(spec, search, result, services, settings, run)
    else:
        edition = assemble_quiet_edition(spec, result, report_filter(search, result, 0), run)
    if request.dry_run:
        return edition
    if not edition.slot or edition.slot < cadence.latest_slot(topic.cadence, topic.at, topic.timezone, run.now):
        return _freeze(edition, store.editions, run)  # it fills a gap in the past: decision 32
    with store.write():
        send_at = run.now if edition.papers or settings.send_quiet else None
        kept = _freeze(edition, store.editions, run, send_at=send_at)
        plan_one_mail(store, kept, settings.one_mail, datetime.now(UTC))
    return kept


def preview(topic: Topic, services: Services, settings: SurveySettings, run: RunContext) -> list[Paper]:
    """What a topic would have found in the last week: the search and the filter of its digest, and nothing that costs
    more. Nothing is frozen, and nothing is counted as seen. Raises BadInput, SourceError, Cancelled.
    """
    window = SearchLimits(run.now - timedelta(days=_PREVIEW_DAYS), run.now)
    _, result = find_topic_papers(topic, window, services, settings, run, limit=_PREVIEW_LIMIT, editions=None)
    return [selected.paper for selected in result.kept]


def _write_edition(
    spec: EditionSpec,
    search: SearchSpec,
    result: SearchResult,
    services: Services,
    settings: SurveySettings,
    run: RunContext,
    begun: EmbeddingCalls | None = None,
) -> Edition:
    """From the papers that stayed to the edition: what surveys and digests have in common."""
    from digest.facts.facts import find_facts  # noqa: PLC0415 - its patterns take 50 ms, which `--help` is to be without

    store, executor, fan_out = services.store, services.executor, services.fan_out
    question = comparison_text(spec.question, search)
    kept = limit_papers(result, question, services, run, min_papers=settings.min_papers, max_papers=settings.max_papers)
    papers = [selected.paper for selected in kept]
    citing = CitationJob(papers, services.citation_index, store, fan_out, run)
    asked = _words_asked(spec.question, result)
    phrases = find_phrases(papers, asked) if begun else ()  # a moment, since they were read while they were graded
    enriching = EnrichmentJob(papers, question, spec.language, services, begun or {}, run)
    with closing(enriching):
        phrases = phrases or find_phrases(papers, asked)  # while the vectors are under way
        embedded = enriching.vectors()
        ordered = order_papers(kept, embedded, phrases, settings, run)
        model, unplanned = CachedSynthesis(services.synthesis, store.model_texts), make_briefs(spec, ordered, result)
        planning = OutlineJob(unplanned, model, store.model_texts, executor, run)
        enriching.begin_others()
        earlier = store.vectors.of_topic(spec.topic, embedded.model, _EARLIER_PAPERS) if spec.topic else ()
        facts = find_facts(papers, embedded.vectors, earlier)  # while the plan is under way, as all until it is there
        ordered = add_points(ordered, embedded)
        checker = make_checker(spec, unplanned, services, run)
        enriched = enriching.summaries(planning, citing)
    briefs = planning.planned_briefs(add_summaries(unplanned, ordered.along_route(enriched.summaries)))
    facts = add_citations(facts, citing.records)
    text = write_text(spec, briefs, result, facts, checker, services, run)
    report = report_filter(search, result, len(kept))
    return assemble_edition(spec, result, report, enriched, ordered, facts, text, run)


def _words_asked(question: str, result: SearchResult) -> str:
    """The question with all that its concepts may be called."""
    concepts = result.question.concepts if result.question else ()
    return " . ".join([question, *(form for concept in concepts for form in concept.forms)])


def _freeze(
    edition: Edition, editions: Editions, run: RunContext, key: str = "", send_at: datetime | None = None
) -> Edition:
    with run.stage("freeze") as stage:
        kept = editions.freeze(edition, key=key, send_at=send_at)
        stage.detail = kept.id
    return kept


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
    if result.selection and result.selection.advice:
        return NotFound(join_sentences(*result.selection.advice))
    if result.selection and not result.withdrawn:
        limits = result.question.limits if result.question else NO_LIMITS
        if period := describe_period(Period(limits.since, limits.until)):
            return NotFound(
                lazy_gettext(
                    "No paper on {concepts:all} was found that was submitted {period}.",
                    concepts=result.searched_for,
                    period=period,
                ),
                hint=lazy_gettext("Ask with a longer period, or in other words."),
            )
        return NotFound(
            lazy_gettext("No paper was found on {concepts:all}.", concepts=result.searched_for),
            hint=lazy_gettext("Ask in other words, or with wider limits."),
        )
    queries = result.searched_for
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
        for_readers=lazy_gettext("Ask in other words, or with wider limits."),
    )
