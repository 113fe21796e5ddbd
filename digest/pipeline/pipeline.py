"""The story of Paper Route: from a question, or a topic and its slot, to an edition that the store keeps.

    queries --> arXiv --> filter --> vectors and summaries --> route --> sections --> text --> edition

Invariant: each chapter reads what it needs from the store and leaves its result there, so that running it again after
a crash does only what is missing; an edition is frozen in one transaction, and never changes after.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from digest import cadence
from digest.errors import BadInput, NotFound, PaperRouteError, SourceError
from digest.i18n.filter_texts import get_filter_texts
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
from digest.retrieval.filter import describe_rule
from digest.retrieval.queries import clean_question, find_queries
from digest.retrieval.search import SearchResult, SearchSpec, english_query_text, limit_to_nearest, search_and_filter
from digest.run_context import RunContext
from digest.text.date_range import find_period
from store.records.editions import Edition, FilterReport, Topic, fingerprint


def survey(request: SurveyRequest, parts: Services, policy: SurveySettings, run: RunContext) -> Edition:
    """Answer a question with a survey; with the kept one where the same was asked within `reuse_hours`.

    Raises BadInput (nothing to search for), NotFound (no paper stayed), SourceError (the source is away and the store
    has nothing either), Cancelled.
    """
    question = clean_question(request.question)
    policy = _apply_request(request, policy)
    key = fingerprint("survey", question, repr(request.queries), repr(policy), _models_key(parts))
    if kept := _reusable_survey(request, key, parts, policy, run):
        return kept
    with exclusive(f"survey:{key}", parts.store, run.wait, "the same survey is being written"):
        return _reusable_survey(request, key, parts, policy, run) or _new_survey(
            request, question, key, parts, policy, run
        )


def _reusable_survey(
    request: SurveyRequest, key: str, parts: Services, policy: SurveySettings, run: RunContext
) -> Edition | None:
    """The survey that answers this request already; one made while something was away is made anew."""
    since = run.now - timedelta(hours=policy.reuse_hours)
    kept = None if request.refresh else parts.store.editions.recent_survey(key, since)
    return kept if kept and all(line.ok for line in kept.health) else None


def _new_survey(
    request: SurveyRequest, question: str, key: str, parts: Services, policy: SurveySettings, run: RunContext
) -> Edition:
    commission = new_survey_spec(question, choose_edition_language(policy.language, question, parts, run), run.now)
    run.edition = commission.id
    queries = find_queries(question, request.queries, parts, run)
    asked = find_period(question, run.now)
    search = SearchRequest(queries, since=asked.since, until=asked.until, limit=policy.max_results)
    wanted = SearchSpec(
        search,
        min_papers=policy.min_papers,
        period=asked.describe(get_filter_texts(commission.language)),
        refresh=request.refresh,
        language=commission.language,
    )
    found = search_and_filter(wanted, parts, policy, run)
    if not found.kept:
        raise _nothing_found_error(found)
    return _freeze(_write_edition(commission, wanted, found, parts, policy, run), parts, run, key)


def digest(request: DigestRequest, parts: Services, policy: SurveySettings, run: RunContext) -> Edition:
    """Write a topic's digest for one slot, from the papers that no earlier edition of the topic had.

    The same (topic, slot) again gives the same edition and makes no call. With nothing new, or with the source away,
    it is a quiet edition that says why. Raises NotFound (no such topic), BadInput (a bad slot), Cancelled.
    """
    topic = get_topic(request.topic, parts)
    slot = requested_slot(request, topic, run)
    requested_since(request, topic, slot)  # an absurd one is refused also where the digest is there already
    if kept := parts.store.editions.of_slot(topic.slug, slot):
        return kept
    with exclusive(
        f"digest:{topic.slug}:{slot.isoformat()}", parts.store, run.wait, "another process is writing this digest"
    ):
        return parts.store.editions.of_slot(topic.slug, slot) or _new_digest(request, topic, slot, parts, policy, run)


def _new_digest(
    request: DigestRequest, topic: Topic, slot: datetime, parts: Services, policy: SurveySettings, run: RunContext
) -> Edition:
    policy = replace(policy, max_papers=topic.max_papers, language=topic.language)
    commission = resolve_digest_spec(request, topic, slot, parts, run)
    run.edition = commission.id
    note_lateness(topic, commission, parts, run)
    queries = find_queries(topic.question, topic.queries, parts, run)
    wanted = digest_search_spec(topic, queries, commission, parts, policy)
    found = search_and_filter(wanted, parts, policy, run)
    if found.outage and request.patient:
        raise SourceError(found.outage)  # the caller tries this slot again
    if found.kept:
        collect_batch(commission, parts, run)
        edition = _write_edition(commission, wanted, found, parts, policy, run)
    else:
        edition = assemble_quiet_edition(commission, found, _filter_report(wanted, found, 0), run)
    return edition if request.dry_run else _freeze(edition, parts, run, send_at=_send_at(edition, topic, policy, run))


def _write_edition(
    commission: EditionSpec,
    wanted: SearchSpec,
    found: SearchResult,
    parts: Services,
    policy: SurveySettings,
    run: RunContext,
) -> Edition:
    """From the papers that stayed to the edition: what surveys and digests have in common."""
    asked = english_query_text(commission.question, wanted)
    kept = limit_to_nearest(found, asked, wanted, parts, policy, run)
    ready = embed_and_summarise([one.paper for one in kept], asked, commission.language, parts, run)
    laid = order_papers(kept, ready, commission.question, parts, policy, run)
    text = write_text(commission, laid, found, parts, run)
    return assemble_edition(commission, found, _filter_report(wanted, found, len(kept)), ready, laid, text, run)


def _filter_report(wanted: SearchSpec, found: SearchResult, most: int) -> FilterReport:
    told = describe_rule(
        found.queries,
        found=len(found.kept),
        most=most,
        include=wanted.include,
        exclude=wanted.exclude,
        period=wanted.period,
        words=get_filter_texts(wanted.language),
    )
    return FilterReport(told, found.widened)


def _freeze(
    edition: Edition, parts: Services, run: RunContext, key: str = "", send_at: datetime | None = None
) -> Edition:
    with run.stage("freeze") as stage:
        kept = parts.store.editions.freeze(edition, key=key, send_at=send_at)
        stage.detail = kept.id
    return kept


def _send_at(edition: Edition, topic: Topic, policy: SurveySettings, run: RunContext) -> datetime | None:
    """When a digest goes out: at once, unless it is quiet and quiet ones stay here, or fills a gap in the past."""
    newest = cadence.latest_slot(topic.cadence, topic.at, topic.timezone, run.now)
    told = edition.papers or policy.send_quiet
    return run.now if told and edition.slot and edition.slot >= newest else None


def _apply_request(request: SurveyRequest, policy: SurveySettings) -> SurveySettings:
    """The policy with what this request says otherwise."""
    most = policy.max_papers if request.max_papers is None else request.max_papers
    if not 1 <= most <= 300:
        raise BadInput(f"A survey has 1 to 300 papers, not {most}.")
    return replace(
        policy,
        max_papers=most,
        min_papers=min(policy.min_papers, most),
        order=request.order or policy.order,
        language=request.language or policy.language,
    )


def _models_key(parts: Services) -> str:
    """Everything about the models that shapes a text: another model gives another survey."""
    roles = (parts.queries, parts.summary, parts.synthesis, parts.single_call)
    return repr([parts.embedder.model, *((role.model, role.prompt_hash) for role in roles if role)])


def _nothing_found_error(found: SearchResult) -> PaperRouteError:
    if found.outage:
        return SourceError(found.outage, hint="The store has no matching paper either; try again later.")
    asked = ", ".join(query.text for query in found.queries)
    return NotFound(
        f"No paper has all the words of: {asked}.",
        hint="Ask in other words, or give the search words with --query (it may be repeated).",
    )
