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
from digest.i18n.filter_texts import telling
from digest.leases import held
from digest.pipeline.assemble import quiet_edition, written_edition
from digest.pipeline.batch_plan import settle
from digest.pipeline.edition_spec import (
    Commission,
    commission_of,
    new_papers,
    since_of,
    slot_of,
    survey_commission,
    tell_lateness,
    topic_of,
    written_tongue,
)
from digest.pipeline.enrich import prepare
from digest.pipeline.ordering import lay_route
from digest.pipeline.services import DigestRequest, Parts, Policy, SurveyRequest
from digest.pipeline.writing import write
from digest.ports import SearchRequest
from digest.retrieval.filter import rule
from digest.retrieval.queries import clean_question, find_queries
from digest.retrieval.search import Gathered, Wanted, bounded, gather, in_english
from digest.run_context import Run
from digest.text.date_range import period
from store.records.editions import Edition, FilterReport, Topic, fingerprint


def survey(request: SurveyRequest, parts: Parts, policy: Policy, run: Run) -> Edition:
    """Answer a question with a survey; with the kept one where the same was asked within `reuse_hours`.

    Raises BadInput (nothing to search for), NotFound (no paper stayed), SourceError (the source is away and the store
    has nothing either), Cancelled.
    """
    question = clean_question(request.question)
    policy = _asked(request, policy)
    key = fingerprint("survey", question, repr(request.queries), repr(policy), _models(parts))
    if kept := _kept(request, key, parts, policy, run):
        return kept
    with held(f"survey:{key}", parts.store, run, "the same survey is being written"):
        return _kept(request, key, parts, policy, run) or _new_survey(request, question, key, parts, policy, run)


def _kept(request: SurveyRequest, key: str, parts: Parts, policy: Policy, run: Run) -> Edition | None:
    """The survey that answers this request already; one made while something was away is made anew."""
    since = run.now - timedelta(hours=policy.reuse_hours)
    kept = None if request.refresh else parts.store.editions.recent_survey(key, since)
    return kept if kept and all(line.ok for line in kept.health) else None


def _new_survey(request: SurveyRequest, question: str, key: str, parts: Parts, policy: Policy, run: Run) -> Edition:
    commission = survey_commission(question, written_tongue(policy.language, question, parts, run), run.now)
    run.edition = commission.id
    queries = find_queries(question, request.queries, parts, run)
    asked = period(question, run.now)
    search = SearchRequest(queries, since=asked.since, until=asked.until, limit=policy.max_results)
    wanted = Wanted(
        search,
        min_papers=policy.min_papers,
        period=asked.told(telling(commission.language)),
        refresh=request.refresh,
        language=commission.language,
    )
    found = gather(wanted, parts, policy, run)
    if not found.kept:
        raise _nothing(found)
    return _frozen(_written(commission, wanted, found, parts, policy, run), parts, run, key)


def digest(request: DigestRequest, parts: Parts, policy: Policy, run: Run) -> Edition:
    """Write a topic's digest for one slot, from the papers that no earlier edition of the topic had.

    The same (topic, slot) again gives the same edition and makes no call. With nothing new, or with the source away,
    it is a quiet edition that says why. Raises NotFound (no such topic), BadInput (a bad slot), Cancelled.
    """
    topic = topic_of(request.topic, parts)
    slot = slot_of(request, topic, run)
    since_of(request, topic, slot)  # an absurd one is refused also where the digest is there already
    if kept := parts.store.editions.of_slot(topic.slug, slot):
        return kept
    with held(f"digest:{topic.slug}:{slot.isoformat()}", parts.store, run, "another process is writing this digest"):
        return parts.store.editions.of_slot(topic.slug, slot) or _new_digest(request, topic, slot, parts, policy, run)


def _new_digest(
    request: DigestRequest, topic: Topic, slot: datetime, parts: Parts, policy: Policy, run: Run
) -> Edition:
    policy = replace(policy, max_papers=topic.max_papers, language=topic.language)
    commission = commission_of(request, topic, slot, parts, run)
    run.edition = commission.id
    tell_lateness(topic, commission, parts, run)
    queries = find_queries(topic.question, topic.queries, parts, run)
    wanted = new_papers(topic, queries, commission, parts, policy)
    found = gather(wanted, parts, policy, run)
    if found.outage and request.patient:
        raise SourceError(found.outage)  # the caller tries this slot again
    if found.kept:
        settle(commission, parts, run)
        edition = _written(commission, wanted, found, parts, policy, run)
    else:
        edition = quiet_edition(commission, found, _report(wanted, found, 0), run)
    return edition if request.dry_run else _frozen(edition, parts, run, send_at=_send_at(edition, topic, policy, run))


def _written(
    commission: Commission, wanted: Wanted, found: Gathered, parts: Parts, policy: Policy, run: Run
) -> Edition:
    """From the papers that stayed to the edition: what surveys and digests have in common."""
    asked = in_english(commission.question, wanted)
    kept = bounded(found, asked, wanted, parts, policy, run)
    ready = prepare([one.paper for one in kept], asked, commission.language, parts, run)
    laid = lay_route(kept, ready, commission.question, parts, policy, run)
    text = write(commission, laid, found, parts, run)
    return written_edition(commission, found, _report(wanted, found, len(kept)), ready, laid, text, run)


def _report(wanted: Wanted, found: Gathered, most: int) -> FilterReport:
    told = rule(
        found.queries,
        found=len(found.kept),
        most=most,
        include=wanted.include,
        exclude=wanted.exclude,
        period=wanted.period,
        words=telling(wanted.language),
    )
    return FilterReport(told, found.widened)


def _frozen(edition: Edition, parts: Parts, run: Run, key: str = "", send_at: datetime | None = None) -> Edition:
    with run.stage("freeze") as stage:
        kept = parts.store.editions.freeze(edition, key=key, send_at=send_at)
        stage.detail = kept.id
    return kept


def _send_at(edition: Edition, topic: Topic, policy: Policy, run: Run) -> datetime | None:
    """When a digest goes out: at once, unless it is quiet and quiet ones stay here, or fills a gap in the past."""
    newest = cadence.latest_slot(topic.cadence, topic.at, topic.timezone, run.now)
    told = edition.papers or policy.send_quiet
    return run.now if told and edition.slot and edition.slot >= newest else None


def _asked(request: SurveyRequest, policy: Policy) -> Policy:
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


def _models(parts: Parts) -> str:
    """Everything about the models that shapes a text: another model gives another survey."""
    roles = (parts.queries, parts.summary, parts.synthesis, parts.whole)
    return repr([parts.embedder.model, *((role.model, role.prompt_hash) for role in roles if role)])


def _nothing(found: Gathered) -> PaperRouteError:
    if found.outage:
        return SourceError(found.outage, hint="The store has no matching paper either; try again later.")
    asked = ", ".join(query.text for query in found.queries)
    return NotFound(
        f"No paper has all the words of: {asked}.",
        hint="Ask in other words, or give the search words with --query (it may be repeated).",
    )
