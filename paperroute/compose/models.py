"""Model registry: what does each role, metered and budgeted, opened when first needed.

Invariant: nothing is opened, and no key is looked for, before a survey or a digest needs it, so that the archive can be
read whatever the models; a role that a language model was chosen for never falls to a built-in one in silence.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

from digest.errors import ModelError
from digest.extractive.embedder import WordLlamaEmbedder
from digest.extractive.queries import KeywordQueries
from digest.extractive.summaries import ExtractiveSummaries
from digest.extractive.synthesis import AssembledSynthesis
from digest.generative.addressee import ChatAddressee
from digest.generative.queries import ChatQueries
from digest.generative.questions import ChatQuestions
from digest.generative.relevance import ChatRelevance
from digest.generative.section import DraftStore
from digest.generative.summaries import ChatSummaries
from digest.generative.survey_cost import SurveyCost
from digest.generative.synthesis import ChatSynthesis, SingleCallSynthesis
from digest.generative.verification import ChatVerification
from digest.llm.budget import Budget, CallLabels, CallMeter, MeteredChat, MeteredEmbedder, RetryCounter
from digest.llm.pricing import PriceTable
from digest.model_names import BUILTIN
from digest.ports import (
    AddresseeModel,
    ChatModel,
    Embedder,
    QueryModel,
    QuestionModel,
    RelevanceModel,
    SingleCallModel,
    SummaryBatches,
    SummaryModel,
    SynthesisModel,
    VerificationModel,
)
from paperroute.compose.providers import CallSettings, Provider, open_provider
from paperroute.config.load import Config
from paperroute.config.models import VENDORS, ModelChoice, choose_models, key_variable, price_rows
from paperroute.config.secrets import ProviderAccess, read_provider_access, read_secret
from store import Store
from store.records.lazy_text import format_usd

_BUILTIN_WIDTH = 8  # the built-in models compute: more threads than that would only wait for each other


@dataclass(frozen=True)
class RoleModels:
    """What the pipeline's Services hold of models, under the same names."""

    queries: QueryModel
    embedder: Embedder
    summary: SummaryModel
    synthesis: SynthesisModel
    spare_queries: QueryModel | None
    title_embedder: Embedder | None
    single_call: SingleCallModel | None
    batches: SummaryBatches | None
    questions: QuestionModel | None
    relevance: RelevanceModel | None
    verification: VerificationModel | None = None
    spare_synthesis: SynthesisModel | None = None
    spare_embedder: Embedder | None = None


class ModelRegistry:
    """`closing` closes what is opened here: the threads first, then the connections that they used."""

    def __init__(
        self, config: Config, store: Store, environment: Mapping[str, str], closing: ExitStack, user_agent: str
    ) -> None:
        self._config, self._store, self._environment = config, store, environment
        self._closing, self._user_agent = closing, user_agent
        self._providers: dict[str, Provider] = {}
        self._executor: ThreadPoolExecutor | None = None
        self._pauses = RetryCounter()
        self._checked, self._checking = set[str](), threading.Lock()
        self._opening = threading.RLock()  # runs may begin side by side, and must share what is opened

    @cached_property
    def choice(self) -> ModelChoice:
        """Raises ConfigError where a key cannot be read."""
        keys = {vendor: bool(read_secret(key_variable(vendor), self._environment)) for vendor in VENDORS}
        return choose_models(self._config.models, **keys)

    @cached_property
    def prices(self) -> PriceTable:
        return PriceTable(price_rows(self._config.prices))

    @cached_property
    def budget(self) -> Budget:
        batches = self._store.batches
        per_day = self._config.models.budget_per_day
        return Budget(per_day, self._store.usage, committed=lambda: batches.committed(datetime.now(UTC)))

    @property
    def budget_line(self) -> str:
        """What of the day's budget is spent; "" where there is none."""
        if not self.budget.per_day:
            return ""
        return f"{format_usd(self.budget.spent())} of today's {format_usd(self.budget.per_day)} spent (UTC days)"

    @property
    def effort_line(self) -> str:
        """How hard each role's model is told to think; "" where each API has its own default."""
        return " · ".join(f"{role} {effort}" for role, effort in self._config.models.effort.items())

    @property
    def executor(self) -> Executor:
        """Raises ConfigError where a key is missing: connections are opened before the threads, to be closed after."""
        with self._opening:
            for model in self.choice.roles_by_model:
                self.provider(model)
            self._executor = self._executor or self._closing.enter_context(self._threads())
            return self._executor

    def roles(self, labels: CallLabels) -> RoleModels:
        """Every role's model; each call is written down with its labels. Raises ConfigError where a key is missing."""
        return _RoleFactory(self, self._config, self._meter(labels), self._store.model_texts).roles()

    def addressee(self, labels: CallLabels) -> AddresseeModel | None:
        """By the model that reads questions; None where rules do."""
        return _RoleFactory(self, self._config, self._meter(labels), self._store.model_texts).addressee()

    def embedder(self, labels: CallLabels) -> Embedder:
        """That role's model alone, whatever the others are."""
        meter = self._meter(labels, check=lambda: None)
        return _RoleFactory(self, self._config, meter, self._store.model_texts).embedder()

    def chat(self, model: str, labels: CallLabels) -> ChatModel:
        """One that has no role in surveys. model: provider:model. Raises ConfigError where there is no key for it."""
        return MeteredChat(self.provider(model).chat(model.partition(":")[2], ""), self._meter(labels))

    def access(self, model: str) -> ProviderAccess:
        """How the provider of "provider:model" is reached. Raises ConfigError where its key cannot be read."""
        return read_provider_access(model.partition(":")[0], self._config.providers, self._environment)

    def provider(self, model: str) -> Provider:
        """That of "provider:model". Raises ConfigError where there is no key for it."""
        name = model.partition(":")[0]
        with self._opening:
            if name not in self._providers:
                self._providers[name] = open_provider(self.access(model), self._terms, self._closing)
            return self._providers[name]

    def check(self) -> None:
        """Ask for every model at its provider, once a process: before anything is paid for. Raises ModelError."""
        from digest.llm.failures import no_such_model_fault  # noqa: PLC0415 - what it stands on takes time to import

        with self._checking:
            for model, roles in self.choice.roles_by_model.items():
                if model not in self._checked and self._is_missing(model):
                    raise no_such_model_fault(model, roles)
                self._checked.add(model)

    def _is_missing(self, model: str) -> bool:
        """Of a server that is away nothing is known: the calls themselves are tried again, and say so."""
        try:
            return self.provider(model).has(model.partition(":")[2]) is False
        except ModelError as error:
            if error.misconfigured:
                raise
            return False

    @property
    def width(self) -> int:
        """How many calls, or pieces of built-in work, go on side by side."""
        width = self._config.models.width
        return width if self.choice.roles_by_model else min(width, _BUILTIN_WIDTH)

    def _threads(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self.width, thread_name_prefix="paperroute")

    @property
    def _terms(self) -> CallSettings:
        section = self._config.models
        return CallSettings(self.prices, section.width, section.call_seconds, self._user_agent, self._pauses.wait)

    def _meter(self, labels: CallLabels, check: Callable[[], None] | None = None) -> CallMeter:
        stage_seconds = self._config.models.stage_seconds
        log = self._store.usage
        return CallMeter(
            labels,
            self.budget,
            log,
            self.prices,
            pauses=self._pauses,
            stage_seconds=stage_seconds,
            check=check or self.check,
        )


@dataclass(frozen=True)
class _RoleFactory:
    """The roles of one run, over the models of the process."""

    models: ModelRegistry
    config: Config
    meter: CallMeter
    drafts: DraftStore

    def roles(self) -> RoleModels:
        choice = self.models.choice
        return RoleModels(
            self._queries(choice.queries),
            self.embedder(),
            self._summary(choice.summary),
            self._synthesis(choice.synthesis),
            spare_queries=None if choice.queries == BUILTIN else KeywordQueries(),
            title_embedder=None if choice.embedding == BUILTIN else WordLlamaEmbedder(),
            single_call=self._single_call(choice.synthesis),
            batches=self._batches(choice.summary),
            questions=None if choice.questions == BUILTIN else ChatQuestions(self._chat(choice.questions, "questions")),
            relevance=self._relevance(choice.relevance),
            verification=self._verification(choice.verification),
            spare_synthesis=None if choice.synthesis == BUILTIN else AssembledSynthesis(),
            spare_embedder=None if choice.embedding == BUILTIN else WordLlamaEmbedder(),
        )

    def _queries(self, model: str) -> QueryModel:
        return KeywordQueries() if model == BUILTIN else ChatQueries(self._chat(model, "queries"))

    def addressee(self) -> AddresseeModel | None:
        model = self.models.choice.questions
        return None if model == BUILTIN else ChatAddressee(self._chat(model, "questions"))

    def embedder(self) -> Embedder:
        if (model := self.models.choice.embedding) == BUILTIN:
            return WordLlamaEmbedder()
        embedder = self.models.provider(model).embedder(model.partition(":")[2])
        return MeteredEmbedder(embedder, self.meter)

    def _summary(self, model: str) -> SummaryModel:
        if model == BUILTIN:
            return ExtractiveSummaries()
        return ChatSummaries(self._chat(model, "summary"), detail=self.config.models.detail)

    def _synthesis(self, model: str) -> SynthesisModel:
        return AssembledSynthesis() if model == BUILTIN else ChatSynthesis(self._chat(model, "synthesis"), self.drafts)

    def _single_call(self, model: str) -> SingleCallModel | None:
        single = model != BUILTIN and self.config.models.synthesis_mode == "single"
        return SingleCallSynthesis(self._chat(model, "synthesis")) if single else None

    def _batches(self, model: str) -> SummaryBatches | None:
        if model == BUILTIN or not self.config.models.batch:
            return None
        from digest.generative.batched_summaries import BatchedSummaries  # noqa: PLC0415 - only where an SDK is at hand

        plain = ChatSummaries(self._chat(model, "summary"), detail=self.config.models.detail)
        batches = self.models.provider(model).batches(model.partition(":")[2], self._effort("summary"))
        return BatchedSummaries(plain, batches, self.models.budget, self.models.prices)

    def _relevance(self, model: str) -> RelevanceModel | None:
        if model == BUILTIN:
            return None
        choice, detail = self.models.choice, self.config.models.detail
        cost = SurveyCost(self.models.prices, choice.summary, choice.synthesis, detail)
        return ChatRelevance(self._chat(model, "relevance"), ExtractiveSummaries(), cost)

    def _verification(self, model: str) -> VerificationModel | None:
        return None if model == BUILTIN else ChatVerification(self._chat(model, "verification"))

    def _chat(self, model: str, role: str) -> MeteredChat:
        return MeteredChat(self.models.provider(model).chat(model.partition(":")[2], self._effort(role)), self.meter)

    def _effort(self, role: str) -> str:
        return self.config.models.effort.get(role, "")
