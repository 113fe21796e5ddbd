"""Selection of papers for a survey, a digest, its preview and its batch: ranked, or by the article's rule.

Given queries, and the selection "all-words", ask for every word of a phrase; else the question becomes a record, and
papers are ranked by it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from digest.connection_pools import pools_context
from digest.feedback.adjustment import FeedbackReading, adjust_to_feedback
from digest.feedback.followed_authors import add_followed_papers
from digest.pipeline.services import Services, SurveyRequest, SurveySettings
from digest.ports import SearchRequest
from digest.question.understand import restrict, understand
from digest.retrieval import question_reading
from digest.retrieval.embeddings import similarity_to_question
from digest.retrieval.filter import SelectedPaper, describe_ranking, describe_rule
from digest.retrieval.queries import find_queries
from digest.retrieval.ranked_search import (
    RankedSearch,
    RankingModels,
    WhileGraded,
    WindowSearch,
    search_and_rank,
    search_window,
    window_request,
)
from digest.retrieval.search import (
    SearchResult,
    SearchSpec,
    english_query_text,
    limit_to_nearest,
    search_and_filter,
)
from digest.run_context import RunContext
from digest.text.date_range import Period, describe_period
from digest.text.written_language import load_identifier
from store.records.editions import FilterReport, Paper, Query, Topic
from store.records.questions import SearchLimits, StructuredQuestion
from store.tables.editions import Editions


def find_survey_papers(
    question: str,
    request: SurveyRequest,
    services: Services,
    settings: SurveySettings,
    run: RunContext,
    while_graded: WhileGraded | None = None,
) -> tuple[SearchSpec, SearchResult]:
    """What was looked for, and what was found. Raises BadInput, SourceError, Cancelled."""
    reuse_since = None if request.refresh else search_reuse_since(settings, run)
    if request.queries or settings.selection == "all-words":
        return _find_by_rule(question, request, services, settings, reuse_since, run)
    record = read_question(question, request.limits, services, run)
    wanted = request.max_papers or record.max_papers
    most = min(settings.max_papers, wanted) if wanted else settings.max_papers
    with_store = not settings.controlled
    ranked = RankedSearch(record, settings.requests, settings.max_results, most, reuse_since, with_store)
    models = replace(_ranking_models(services), while_graded=while_graded)
    result = search_and_rank(ranked, services.source, services.store, models, run)
    kept = result.kept[:most] if record.max_papers else result.kept
    asked = replace(record, max_papers=wanted)  # the edition keeps it, for whoever asks the same anew
    result = replace(result, kept=kept, question=asked)
    return _spec_of(record, result, reuse_since), result


def _find_by_rule(
    question: str,
    request: SurveyRequest,
    services: Services,
    settings: SurveySettings,
    reuse_since: datetime | None,
    run: RunContext,
) -> tuple[SearchSpec, SearchResult]:
    queries = _find_queries(question, request.queries, services, run)
    limits = restrict(understand(question, run.now), request.limits).limits
    question_reading.refuse_contradictory_dates(limits)
    search = SearchSpec(
        SearchRequest(
            queries,
            categories=limits.categories,
            since=limits.since,
            until=limits.until,
            limit=settings.max_results,
            authors=limits.authors,
        ),
        exclude=limits.exclude,
        min_papers=settings.min_papers,
        period=describe_period(Period(limits.since, limits.until)),
        reuse_since=reuse_since,
    )
    return search, search_and_filter(search, services.source, services.store, run)


def find_topic_papers(
    topic: Topic,
    window: SearchLimits,
    services: Services,
    settings: SurveySettings,
    run: RunContext,
    *,
    limit: int,
    editions: Editions | None,
) -> tuple[SearchSpec, SearchResult]:
    """The papers of a window that are on a topic, moved by what its readers said. editions: those of the topic, whose
    papers are not new any more.

    Raises BadInput, SourceError, Cancelled.
    """
    asked = topic.question or topic.title
    reuse_since = search_reuse_since(settings, run)
    request = SearchRequest(
        (), topic.categories, since=window.since, until=window.until, limit=limit, order="submitted"
    )

    unseen = _unseen_by(topic, editions)
    if topic.queries or settings.selection == "all-words":
        queries = _find_queries(asked, topic.queries, services, run)
        request = replace(request, queries=queries)
        search = SearchSpec(
            request, include=topic.include, exclude=topic.exclude, reuse_since=reuse_since, unseen=unseen
        )
        result = search_and_filter(search, services.source, services.store, run)
    else:
        limits = replace(window, categories=topic.categories, exclude=topic.exclude)
        record = read_question(asked, limits, services, run)
        request = window_request(record, request)
        result = search_window(
            WindowSearch(record, request, topic.include, reuse_since, unseen, topic.max_papers),
            services.source,
            services.store,
            _ranking_models(services),
            run,
        )
        search = replace(_spec_of(record, result, reuse_since), include=topic.include, period="")
    if settings.feedback:
        since_then = replace(search.request, since=window.since, until=window.until, limit=limit)
        in_window = replace(search, request=since_then, unseen=unseen)
        result = _hear_readers(result, topic, in_window, services, run)
    return search, result


def _hear_readers(
    result: SearchResult, topic: Topic, search: SearchSpec, services: Services, run: RunContext
) -> SearchResult:
    """The same papers and those of authors who are followed, moved by what the topic's readers said of others."""
    result = add_followed_papers(result, topic, search, services.source, services.store, run)
    reading = FeedbackReading(services.title_embedder or services.embedder, services.store, services.fan_out)
    return adjust_to_feedback(result, topic.slug, reading, run)


def _unseen_by(topic: Topic, editions: Editions | None) -> Callable[[Sequence[str]], list[str]]:
    return partial(editions.unseen, topic.slug) if editions else list


def read_question(text: str, limits: SearchLimits, services: Services, run: RunContext) -> StructuredQuestion:
    """The question as a record, narrowed to the limits. Raises BadInput where nothing in it can be searched for."""
    with run.stage("queries") as stage:
        store = services.store
        record = question_reading.read_question(
            text, services.questions, store.model_texts, store.vocabulary, services.executor, run, _load_for_later
        )
        record = restrict(record, limits)
        stage.detail = " · ".join(concept.forms[0] for concept in record.concepts) or ", ".join(record.paper_ids)
    question_reading.refuse_contradictory_dates(record.limits)
    question_reading.refuse_empty(record)
    return record


def _load_for_later() -> None:
    """What takes a while to load, once a process, before it is needed."""
    import digest.facts.facts  # noqa: F401, PLC0415 - as where it is used

    pools_context()
    load_identifier()


def _find_queries(question: str, given: Sequence[str], services: Services, run: RunContext) -> tuple[Query, ...]:
    texts, executor = services.store.model_texts, services.executor
    return find_queries(question, given, services.queries, services.spare_queries, texts, executor, run)


def _ranking_models(services: Services) -> RankingModels:
    """Candidates are many, and are compared for nothing: by the built-in model, where the other is paid for."""
    embedder = services.title_embedder or services.embedder
    return RankingModels(embedder, services.fan_out, services.relevance)


def _spec_of(record: StructuredQuestion, result: SearchResult, reuse_since: datetime | None) -> SearchSpec:
    limits = record.limits
    request = SearchRequest(result.queries, limits.categories, limits.since, limits.until, authors=limits.authors)
    period = describe_period(Period(limits.since, limits.until))
    return SearchSpec(request, exclude=limits.exclude, period=period, reuse_since=reuse_since)


def search_reuse_since(settings: SurveySettings, run: RunContext) -> datetime:
    return run.now - timedelta(hours=settings.search_hours)


def limit_papers(
    result: SearchResult, question: str, services: Services, run: RunContext, *, min_papers: int, max_papers: int
) -> tuple[SelectedPaper, ...]:
    """At most so many of what was found: the most relevant, or those nearest to the question; without those that are to
    be told in brief.
    """
    whole = tuple(one for one in result.kept if not one.in_brief)
    if result.selection:
        return whole[:max_papers]
    store, fan_out = services.store, services.fan_out
    embedder = services.title_embedder or services.embedder  # only what stays is worth paid vectors
    changes = {one.paper.id: one.change for one in whole}

    def likeness(papers: Sequence[Paper]) -> list[float]:
        alike = similarity_to_question(papers, question, embedder, store, fan_out, run)
        return [one + changes[paper.id] for one, paper in zip(alike, papers, strict=True)]

    return limit_to_nearest(
        replace(result, kept=whole),
        likeness,
        min_papers=min_papers,
        max_papers=max_papers,
    )


def comparison_text(question: str, search: SearchSpec) -> str:
    return english_query_text(question, search.request.queries)


def report_filter(search: SearchSpec, result: SearchResult, most: int) -> FilterReport:
    """most: how many of the papers stay in the end."""
    describe = (
        partial(describe_ranking, result.searched_for) if result.selection else partial(describe_rule, result.queries)
    )
    rule = describe(
        found=len(result.kept),
        most=most,
        include=search.include,
        exclude=search.exclude,
        period=search.period,
        withdrawn=result.withdrawn,
    )
    return FilterReport(rule, result.widened)
