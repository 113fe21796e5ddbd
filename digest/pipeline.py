"""The story of Paper Route: from a question, or a topic and its slot, to an edition that the store keeps.

    queries --> arXiv --> filter --> vectors and summaries --> route --> sections --> text --> edition

Invariant: each chapter reads what it needs from the store and leaves its result there, so that running it again after
a crash does only what is missing; an edition is frozen in one transaction, and never changes after.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from digest import language, schedule
from digest.asking import find_queries
from digest.assemble import quiet_edition, written_edition
from digest.commission import Commission, digest_commission, survey_commission
from digest.errors import BadInput, NotFound, PaperRouteError, SourceError
from digest.filter import Kept, nearest, rule
from digest.gather import Gathered, Wanted, gather
from digest.parts import DigestRequest, Parts, Policy, SurveyRequest
from digest.period import period
from digest.ports import SearchRequest
from digest.prepare import nearness, prepare
from digest.punctual import tell_lateness
from digest.queries import clean_question
from digest.routing import lay_route
from digest.run import Run
from digest.turns import held
from digest.writing import write
from store.records import Edition, FilterReport, Query, Topic, digest_of


def survey(request: SurveyRequest, parts: Parts, policy: Policy, run: Run) -> Edition:
    """Answer a question with a survey; with the kept one where the same was asked within `reuse_hours`.

    Raises BadInput (nothing to search for), NotFound (no paper stayed), SourceError (the source is away and the store
    has nothing either), Cancelled.
    """
    question = clean_question(request.question)
    policy = _asked(request, policy)
    key = digest_of("survey", question, repr(request.queries), repr(policy), _models(parts))
    since = run.now - timedelta(hours=policy.reuse_hours)
    kept = None if request.refresh else parts.store.editions.recent_survey(key, since)
    if kept and all(line.ok for line in kept.health):  # what was made while something was away is made anew
        return kept
    commission = survey_commission(question, _language(policy.language, question), run.now)
    run.edition = commission.id
    queries = find_queries(question, request.queries, parts, run)
    asked = period(question, run.now)
    search = SearchRequest(queries, since=asked.since, until=asked.until, limit=policy.max_results)
    wanted = Wanted(search, min_papers=policy.min_papers, period=asked.words, refresh=request.refresh)
    found = gather(wanted, parts, policy, run)
    if not found.kept:
        raise _nothing(found)
    return _frozen(_written(commission, wanted, found, parts, policy, run), parts, run, key)


def digest(request: DigestRequest, parts: Parts, policy: Policy, run: Run) -> Edition:
    """Write a topic's digest for one slot, from the papers that no earlier edition of the topic had.

    The same (topic, slot) again gives the same edition and makes no call. With nothing new, or with the source away,
    it is a quiet edition that says why. Raises NotFound (no such topic), BadInput (a bad slot), Cancelled.
    """
    topic = _topic(request.topic, parts)
    slot = _slot(request, topic, run)
    if kept := parts.store.editions.of_slot(topic.slug, slot):
        return kept
    with held(f"digest:{topic.slug}:{slot.isoformat()}", parts.store, run, "another process is writing this digest"):
        return parts.store.editions.of_slot(topic.slug, slot) or _new_digest(request, topic, slot, parts, policy, run)


def _new_digest(
    request: DigestRequest, topic: Topic, slot: datetime, parts: Parts, policy: Policy, run: Run
) -> Edition:
    policy = replace(policy, max_papers=topic.max_papers, language=topic.language)
    commission = _digest_commission(request, topic, slot, parts, run)
    run.edition = commission.id
    tell_lateness(topic, commission, parts, run)
    queries = find_queries(topic.question, topic.queries, parts, run)
    wanted = _new_papers(topic, queries, commission, parts, policy)
    found = gather(wanted, parts, policy, run)
    if found.outage and request.patient:
        raise SourceError(found.outage)  # the caller tries this slot again
    if found.kept:
        edition = _written(commission, wanted, found, parts, policy, run)
    else:
        edition = quiet_edition(commission, found, _report(wanted, found, 0), run)
    return edition if request.dry_run else _frozen(edition, parts, run, send_at=_send_at(edition, topic, policy, run))


def _written(
    commission: Commission, wanted: Wanted, found: Gathered, parts: Parts, policy: Policy, run: Run
) -> Edition:
    """From the papers that stayed to the edition: what surveys and digests have in common."""
    asked = _in_english(commission.question, wanted)
    kept = _bounded(found, asked, parts, policy, run)
    ready = prepare([one.paper for one in kept], asked, commission.language, parts, run)
    laid = lay_route(kept, ready, commission.question, parts, policy, run)
    text = write(commission, laid, found, parts, run)
    return written_edition(commission, found, _report(wanted, found, len(kept)), ready, laid, text, run)


def _report(wanted: Wanted, found: Gathered, most: int) -> FilterReport:
    words = rule(found.queries, found=len(found.kept), most=most, include=wanted.include, exclude=wanted.exclude)
    return FilterReport(f"{words} Only papers submitted {wanted.period}." if wanted.period else words, found.widened)


def _frozen(edition: Edition, parts: Parts, run: Run, key: str = "", send_at: datetime | None = None) -> Edition:
    with run.stage("freeze") as stage:
        kept = parts.store.editions.freeze(edition, key=key, send_at=send_at)
        stage.detail = kept.id
    return kept


def _send_at(edition: Edition, topic: Topic, policy: Policy, run: Run) -> datetime | None:
    """When a digest goes out: at once, unless it is quiet and quiet ones stay here, or fills a gap in the past."""
    newest = schedule.latest_slot(topic.cadence, topic.at, topic.timezone, run.now)
    told = edition.papers or policy.send_quiet
    return run.now if told and edition.slot and edition.slot >= newest else None


def _asked(request: SurveyRequest, policy: Policy) -> Policy:
    """The policy with what this request says otherwise."""
    most = policy.max_papers if request.max_papers is None else request.max_papers
    if not 1 <= most <= 300:
        raise BadInput(f"A survey of {most} papers cannot be made.", hint="Choose 1 to 300.")
    return replace(
        policy,
        max_papers=most,
        min_papers=min(policy.min_papers, most),
        order=request.order or policy.order,
        language=request.language or policy.language,
    )


def _bounded(found: Gathered, question: str, parts: Parts, policy: Policy, run: Run) -> tuple[Kept, ...]:
    """At most `max_papers`, the nearest to the question; by a widened rule, just enough beside a narrower one's."""
    if not found.widened:
        return _nearest(found.kept, policy.max_papers, question, parts, run)
    sooner = [one for one in found.kept if one.paper.id in found.sooner][: policy.max_papers]
    others = tuple(one for one in found.kept if one.paper.id not in found.sooner)
    enough = max(policy.min_papers, len(sooner)) - len(sooner)
    chosen = {one.paper.id: one for one in (*sooner, *_nearest(others, enough, question, parts, run))}
    return tuple(chosen[one.paper.id] for one in found.kept if one.paper.id in chosen)


def _in_english(question: str, wanted: Wanted) -> str:
    """What is compared with the papers: a question in another language would be near to none of their abstracts."""
    if language.detect(question) == "en":
        return question
    return ", ".join(" ".join(query.terms) for query in wanted.request.queries)


def _nearest(kept: tuple[Kept, ...], most: int, question: str, parts: Parts, run: Run) -> tuple[Kept, ...]:
    if len(kept) <= most:
        return kept
    return nearest(kept, nearness([one.paper for one in kept], question, parts, run), most)


def _language(asked: str, text: str) -> str:
    if not language.is_valid(asked):
        raise BadInput(f"“{asked}” is no language tag.", hint="Write auto, or a tag such as en or ja.")
    return language.detect(text) if asked == "auto" else asked


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


def _topic(slug: str, parts: Parts) -> Topic:
    topic = parts.store.topics.get(slug)
    if topic is None:
        known = ", ".join(one.slug for one in parts.store.topics.list()) or "none yet"
        raise NotFound(f"There is no topic “{slug}”.", hint=f"Topics: {known}. Add one: paperroute topics add --help")
    return topic


def _slot(request: DigestRequest, topic: Topic, run: Run) -> datetime:
    if not request.slot:
        return schedule.latest_slot(topic.cadence, topic.at, topic.timezone, run.now)
    slot = _moment(request.slot, topic)
    if slot > run.now:
        raise BadInput(f"The slot {request.slot} is in the future.", hint="Its papers are not submitted yet.")
    return slot


def _moment(text: str, topic: Topic) -> datetime:
    try:
        return schedule.slot_of(text, topic.at, topic.timezone)
    except ValueError as error:
        raise BadInput(f"{error}.") from None


def _digest_commission(request: DigestRequest, topic: Topic, slot: datetime, parts: Parts, run: Run) -> Commission:
    tongue = _language(topic.language, topic.question or topic.title)
    since = _moment(request.since, topic) if request.since else _window_start(topic, slot, parts)
    if since >= slot:
        raise BadInput(
            f"The window would begin at {since:%Y-%m-%d %H:%M} UTC, after its slot.", hint="Give an earlier --since."
        )
    previous = parts.store.editions.last_digest(topic.slug, slot)
    return digest_commission(topic, tongue, slot, since, previous.slot if previous else None, run.now)


def _window_start(topic: Topic, slot: datetime, parts: Parts) -> datetime:
    """Where the last window that was wholly read ended, less the days by which arXiv announces late."""
    read_until = parts.store.editions.last_complete_until(topic.slug)
    if read_until is None:
        return slot - timedelta(days=schedule.first_window_days(topic.cadence))
    return min(read_until, slot) - timedelta(days=schedule.overlap_days(topic.cadence))


def _new_papers(
    topic: Topic, queries: tuple[Query, ...], commission: Commission, parts: Parts, policy: Policy
) -> Wanted:
    request = SearchRequest(
        queries,
        categories=topic.categories,
        since=commission.since,
        until=commission.until,
        limit=policy.max_window_results,
        order="submitted",
    )
    return Wanted(
        request,
        include=topic.include,
        exclude=topic.exclude,
        unseen=lambda ids: parts.store.editions.unseen(topic.slug, ids),
    )
