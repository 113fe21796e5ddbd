"""The composition root: a configuration goes in, a working Paper Route comes out; configuration stops here.

Invariant: whatever this opens, it closes.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import Executor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from importlib.metadata import version

from digest.errors import Cancelled, PaperRouteError
from digest.llm.budget import CallLabels
from digest.model_names import BUILTIN
from digest.pipeline import pipeline
from digest.pipeline.batch_plan import (
    BatchStatus,
    PrefetchHours,
    advance_open_batches,
    next_slot_to_prefetch,
    prefetch_summaries,
)
from digest.pipeline.edition_spec import digest_id, get_topic, requested_slot, survey_id
from digest.pipeline.services import DigestRequest, SelectionMethod, Services, SurveyRequest, SurveySettings
from digest.ports import CitationIndex, Embedder, PaperSource
from digest.retrieval.paper_lookup import NamedPapers, PaperReference, fetch_named, fetch_paper
from digest.run_context import RunContext
from digest.sources.harvested import HarvestedSource
from digest.sources.registry import SOURCES, SourceSetup
from digest.subscriptions.signed_links import SignedLinks
from paperroute.compose import signing_keys
from paperroute.compose.models import ModelRegistry
from paperroute.compose.storage import open_store
from paperroute.config.load import Config
from paperroute.config.secrets import read_secret
from store import Store
from store.records.editions import Edition, Paper

VERSION = version("paperroute")
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class App:
    """Paper Route, opened: what the doors (command line, Slack and the web) call.

    Whatever needs the models raises ConfigError where a key is missing.
    """

    config: Config
    store: Store
    sources: tuple[PaperSource, ...]  # at least one
    models: ModelRegistry
    survey_settings: SurveySettings
    environment: Mapping[str, str] = field(repr=False)  # where the secrets are
    engine: Executor | None = None  # as in `Services`

    @cached_property
    def source(self) -> PaperSource:
        return HarvestedSource(self.sources, self.store)

    @cached_property
    def services(self) -> Services:
        """The services for what is neither a survey nor a digest."""
        return self.services_for(CallLabels(""))

    @cached_property
    def citation_index(self) -> CitationIndex | None:
        """Where citations are counted, if the configuration asks for it. Raises ConfigError."""
        enrich = self.config.enrich
        if not enrich.openalex:
            return None
        return _open_openalex(user_agent(self.config.arxiv.contact), enrich.openalex_url.rstrip("/"), self.environment)

    @cached_property
    def signed_links(self) -> SignedLinks:
        """Signs the links in mails, and reads them. Raises ConfigError."""
        return SignedLinks(
            signing_keys.load_keys(self.store, self.environment), self.config.subscriptions.confirm_hours * 3600
        )

    def with_selection(self, selection: SelectionMethod, *, controlled: bool = False) -> App:
        """The same over the same store, but that surveys choose their papers so. controlled: as in `SurveySettings`."""
        return replace(self, survey_settings=replace(self.survey_settings, selection=selection, controlled=controlled))

    def services_for(self, labels: CallLabels) -> Services:
        roles = self.models.roles(labels)
        return Services(
            store=self.store,
            source=self.source,
            queries=roles.queries,
            embedder=roles.embedder,
            summary=roles.summary,
            synthesis=roles.synthesis,
            executor=self.models.executor,
            spare_queries=roles.spare_queries,
            title_embedder=roles.title_embedder,
            single_call=roles.single_call,
            batches=roles.batches,
            questions=roles.questions,
            relevance=roles.relevance,
            verification=roles.verification,
            spare_synthesis=roles.spare_synthesis,
            spare_embedder=roles.spare_embedder,
            citation_index=self.citation_index,
            width=self.models.width,
            engine=self.engine,
        )

    def search_embedder(self, *, free: bool) -> Embedder | None:
        """What compares searches with papers. free: only where that costs nothing."""
        if free and self.models.choice.embedding != BUILTIN:
            return None
        return self.services_for(CallLabels("search")).embedder

    def fetch_paper(self, reference: PaperReference, run: RunContext | None = None) -> Paper | None:
        """The paper of the store; else the one that its source has, which is kept. Raises SourceError."""
        run = run or RunContext()
        return run.outside(lambda: fetch_paper(reference, self.store.papers, self.source, run.wait))

    def fetch_named(self, named: NamedPapers, run: RunContext | None = None) -> NamedPapers:
        """The same, with those of the missing that their source has, which are kept. Raises SourceError."""
        run = run or RunContext()
        return run.outside(lambda: fetch_named(named, self.store.papers, self.source, run.wait))

    def survey(self, request: SurveyRequest, run: RunContext) -> Edition:
        edition = survey_id(request, run.now)
        services = self.services_for(CallLabels("survey", "", edition, run.cancel))
        return pipeline.survey(request, services, self.survey_settings, run)

    def digest(self, request: DigestRequest, run: RunContext) -> Edition:
        topic = get_topic(request.topic, self.store.topics)
        edition = digest_id(topic.slug, requested_slot(request, topic, run.now))
        services = self.services_for(CallLabels("digest", topic.slug, edition, run.cancel))
        return pipeline.digest(request, services, self.survey_settings, run)

    def prefetch_topic(self, slug: str, run: RunContext, slot: str = "") -> BatchStatus | None:
        """One step of preparing a topic's digest: for its next slot, where that is as near as `models.batch_hours`
        says; for a slot that is given, whatever its distance. None where there is nothing to prepare.

        Raises NotFound, BadInput (a slot that is too near), and what `batch_plan.prefetch_summaries` does.
        """
        if not self.config.models.batch:
            return None
        topic = get_topic(slug, self.store.topics)
        coming = next_slot_to_prefetch(topic, slot, self._hours, self.store.batches, run.now)
        if coming is None:
            return None
        services = self.services_for(CallLabels("digest", slug, digest_id(slug, coming), run.cancel))
        return prefetch_summaries(topic, coming, services, self.survey_settings, run)

    def prefetch_due(self, run: RunContext) -> list[BatchStatus]:
        """A step for every topic whose next slot is near enough, and for every batch of the past."""
        tried = [self._prepared(topic.slug, run) for topic in self.store.topics.list(active_only=True)]
        steps = [step for step in tried if step]
        return steps + self.advance_batches(run, steps)

    def _prepared(self, slug: str, run: RunContext) -> BatchStatus | None:
        """Without the errors that are this topic's own: its digest will be made with plain calls."""
        try:
            return self.prefetch_topic(slug, run)
        except Cancelled:
            raise
        except PaperRouteError as error:
            _log.warning("the digest of %s could not be prepared: %s", slug, error)
            return None

    def advance_batches(self, run: RunContext, stepped: Collection[BatchStatus] = ()) -> list[BatchStatus]:
        """A step for every batch that is under way and had none yet."""
        batches = self.services.batches if self.config.models.batch else None
        return advance_open_batches(batches, self.store, run.now, stepped) if batches else []

    @property
    def _hours(self) -> PrefetchHours:
        return PrefetchHours(self.config.models.batch_hours, self.config.models.batch_least_hours)


@contextmanager
def open_app(
    config: Config, environment: Mapping[str, str] = os.environ, engine: Executor | None = None
) -> Iterator[App]:
    """Open everything that the configuration asks for, and close it at the end. Raises StoreError.

    environment: where all secrets are: the models' keys, the relay, the tokens. engine: as in `Services`; whoever made
    it shuts it down.
    """
    with open_store(config) as store, ExitStack() as closing:
        models = ModelRegistry(config, store, environment, closing, user_agent(config.arxiv.contact))
        yield App(config, store, _sources(config, store), models, _survey_settings(config), environment, engine)


def user_agent(contact: str) -> str:
    """Who asks: arXiv wants a product, its version, and a way to reach whoever runs it."""
    return f"paperroute/{VERSION}" + (f" (mailto:{contact})" if contact else "")


def _open_openalex(agent: str, url: str, environment: Mapping[str, str] = os.environ) -> CitationIndex:
    """Also in a process that is handed a task. Raises ConfigError."""
    from digest.openalex import OpenAlex  # noqa: PLC0415 - what it stands on takes time to import

    key = read_secret("OPENALEX_API_KEY", environment)
    return OpenAlex(agent, url, key).opened_by(_open_openalex, agent, url)


def _sources(config: Config, store: Store) -> tuple[PaperSource, ...]:
    values = config.model_dump()
    agent = user_agent(config.arxiv.contact)
    return tuple(
        SOURCES[name](SourceSetup(agent, store.source_turns, values.get(name, {}))) for name in config.source.kind
    )


def _survey_settings(config: Config) -> SurveySettings:
    survey = config.survey
    return SurveySettings(
        min_papers=survey.min_papers,
        max_papers=survey.max_papers,
        max_results=config.arxiv.max_results,
        order=survey.order,
        section_smallest=survey.section_smallest,
        section_largest=survey.section_largest,
        search_hours=config.arxiv.cache_hours,
        reuse_hours=survey.reuse_hours,
        language=survey.language,
        selection=survey.selection,
        requests=survey.requests,
        send_quiet=config.schedule.send_quiet,
        one_mail=config.mail.together,
        feedback=config.feedback.enabled,
    )
