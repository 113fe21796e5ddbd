"""What the tests of batches share: a topic with a coming slot, and services whose summaries come over the wire."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from digest.generative.batched_summaries import BatchedSummaries
from digest.generative.summaries import ChatSummaries
from digest.llm.anthropic_batch import AnthropicBatches
from digest.llm.budget import Budget, CallLabels, CallMeter, MeteredChat, RetryCounter
from digest.llm.openai_batch import OpenAIBatches
from digest.llm.pricing import PriceTable
from digest.pipeline.batch_plan import BatchStatus, advance_open_batches, prefetch_summaries
from digest.pipeline.pipeline import digest
from digest.pipeline.services import DigestRequest, Services, SurveySettings
from digest.run_context import RunContext
from store.records.editions import Edition, Topic
from store.tables.batches import Batch
from tests.doubles.llm_server import LlmServer
from tests.factories.llm import MODEL, Wire, wire

SLOT = datetime(2024, 12, 30, 8, tzinfo=UTC)
EARLY = SLOT - timedelta(hours=5)
SPEECH = Topic("speech", "Speech recognition", "Speech recognition", cadence="monthly:30")


@dataclass
class Coming:
    """A digest to come, over one wire; `now` is the clock of everything."""

    services: Services
    wire: Wire
    per_day: float
    now: datetime = EARLY

    def __post_init__(self) -> None:
        self.services.store.topics.put(SPEECH)
        self.services.store.leases._clock = self.seconds
        self.budget = Budget(
            self.per_day,
            self.services.store.usage,
            lambda: self.now,
            lambda: self.services.store.batches.committed(self.now),
        )
        self.use(MODEL[self.wire.api])

    def seconds(self) -> float:
        return self.now.timestamp()

    def use(self, model_id: str) -> None:
        prices, log = PriceTable(), self.services.store.usage
        meter = CallMeter(
            CallLabels("digest", "speech"), self.budget, log, prices, pauses=RetryCounter(), stage_seconds=60
        )
        plain = ChatSummaries(MeteredChat(self.wire.model(model_id=model_id), meter))
        make: Any = OpenAIBatches if self.wire.api == "openai" else AnthropicBatches
        batches = BatchedSummaries(plain, make(self.wire.client, model_id, seconds=5.0), self.budget, prices)
        self.services = replace(self.services, summary=plain, batches=batches)

    @property
    def server(self) -> LlmServer:
        return self.wire.server

    def step(self, after: timedelta = timedelta(minutes=1)) -> BatchStatus:
        told = prefetch_summaries(SPEECH, SLOT, self.services, SurveySettings(), RunContext(now=self.now))
        self.now += after
        assert told is not None
        return told

    def handed_in(self) -> Batch:
        """Planned and submitted."""
        assert self.step().more
        assert self.step().state == "running"
        return self.row

    def tend(self) -> list[BatchStatus]:
        return advance_open_batches(self.services.batches, self.services.store, self.now)

    def digest(self) -> Edition:
        self.now = max(self.now, SLOT)
        return digest(DigestRequest("speech"), self.services, SurveySettings(), RunContext(now=self.now))

    @property
    def row(self) -> Batch:
        row = self.services.store.batches.of_slot("speech", SLOT)
        assert row is not None
        return row

    @property
    def plain_calls(self) -> int:
        return sum(call["role"] == "summary" and "batch" not in call for call in self.server.log)

    def sent(self, method: str) -> list[str]:
        """The paths of requests about batches, by what they asked."""
        return [call["path"] for call in self.server.log if method in call["path"] and "batch" not in call]

    def taken(self) -> list[tuple[Any, ...]]:
        """The rows of usage: outcome, calls, dollars, whether of a batch."""
        with self.services.store._database.read() as session:
            return session.rows("SELECT outcome, calls, usd, batch <> '', edition_id, topic FROM usage ORDER BY row")


@contextmanager
def ahead(api: str, services: Services, *, per_day: float = 0.0, **options: Any) -> Iterator[Coming]:
    with wire(api, **options) as w:
        yield Coming(services, w, per_day)
