"""The meter before every call: rows, the day's budget, the time of a stage."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from digest.errors import Cancelled, ModelError
from digest.llm.budget import Budget, CallLabels, CallMeter, MeteredChat, MeteredEmbedder, RetryCounter
from digest.llm.pricing import PriceTable, TokenCount
from digest.ports import Answer, Prompt
from store import Store
from store.records.editions import Usage
from store.tables.usage import CallRecord
from tests.doubles.scripted_chat import Reply, ScriptedChat, failing

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
PRICES = PriceTable([{"model": "scripted:model", "input": 1.0, "output": 10.0}])
PROMPT = Prompt("Answer.", "x" * 2_993)  # 3,000 characters: 1,001 tokens in, as many out: $0.011


class Bench:
    """A meter over a store, with a clock of its own."""

    def __init__(self, store: Store, per_day: float = 0.0, prices: PriceTable = PRICES, **options: Any) -> None:
        self.now, self.seconds, self.pauses = NOON, 0.0, RetryCounter()
        self.budget = Budget(per_day, store.usage, lambda: self.now)
        purpose = CallLabels("digest", "walks", "walks-1", options.pop("cancel", threading.Event()))
        self.meter = CallMeter(
            purpose, self.budget, store.usage, prices, pauses=self.pauses,
            stage_seconds=options.pop("stage_seconds", 60.0), clock=lambda: self.seconds,
        )  # fmt: skip

    def chat(self, reply: Reply = "Text.") -> MeteredChat:
        self.scripted = ScriptedChat(lambda _: reply)
        return MeteredChat(self.scripted, self.meter)


def rows(store: Store) -> list[tuple[Any, ...]]:
    with store._database.read() as session:
        return session.rows(
            "SELECT kind, topic, edition_id, role, calls, retries, outcome, usd FROM usage ORDER BY row"
        )


def write(chat: MeteredChat, role: str = "summary", most_tokens: int = 5_000) -> Answer[str]:
    return chat.write(PROMPT, role=role, most_tokens=most_tokens)


def test_a_call_is_a_row_before_its_answer_is_handed_on(store: Store) -> None:
    assert write(Bench(store).chat()).value == "Text."
    assert rows(store) == [("digest", "walks", "walks-1", "summary", 1, 0, "ok", 0.001)]


def test_a_failed_call_is_a_row_that_says_how_it_failed(store: Store) -> None:
    with pytest.raises(ModelError):
        write(Bench(store).chat(failing("refused")))
    assert rows(store) == [("digest", "walks", "walks-1", "summary", 1, 0, "refused", 0.001)]


def test_a_stopped_call_is_a_row_whose_cost_is_not_known(store: Store) -> None:
    def stop(_: str) -> None:
        raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        Bench(store).chat().write(PROMPT, role="synthesis", most_tokens=100, on_text=stop)
    assert rows(store) == [("digest", "walks", "walks-1", "synthesis", 1, 0, "stopped", None)]


def test_retries_are_counted_for_the_call_that_makes_them(store: Store) -> None:
    bench = Bench(store)

    def ask(retries: int) -> Answer[str]:
        for _ in range(retries):
            bench.pauses.wait(0)
        return Answer("", Usage("summary", "scripted:model"))

    def call(retries: int) -> None:
        bench.meter.call("scripted:model", "summary", TokenCount(), lambda: ask(retries))

    with ThreadPoolExecutor(3) as executor:
        list(executor.map(call, [0, 2, 1, 3, 0]))
    assert sorted(row[5] for row in rows(store)) == [0, 0, 1, 2, 3]


def test_a_pause_between_two_tries_ends_with_the_run(store: Store) -> None:
    cancel = threading.Event()
    bench = Bench(store, cancel=cancel)
    cancel.set()
    with pytest.raises(Cancelled):
        bench.meter.call("scripted:model", "summary", TokenCount(), lambda: bench.pauses.wait(3600))  # type: ignore[arg-type,return-value]


def test_a_call_that_might_go_beyond_the_budget_is_not_made(store: Store) -> None:
    bench = Bench(store, per_day=0.02)
    store.usage.add(CallRecord(NOON, Usage("summary", "scripted:model", usd=0.0095)))
    chat = bench.chat()
    with pytest.raises(ModelError, match=r"scripted:model was not called.*budget of \$0\.02") as caught:
        write(chat)
    assert (caught.value.kind, caught.value.permanent, caught.value.misconfigured) == ("budget", True, False)
    assert "models.budget_per_day" in caught.value.hint
    assert bench.scripted.calls == []
    assert len(rows(store)) == 1
    assert write(chat, most_tokens=10).value == "Text.", "a smaller call has room"


def test_the_budget_is_of_the_day_and_of_all_who_share_the_store(store: Store) -> None:
    bench = Bench(store, per_day=0.02)
    store.usage.add(CallRecord(NOON - timedelta(hours=13), Usage("summary", "x:m", usd=5.0)))
    assert write(bench.chat()).value == "Text."
    store.usage.add(CallRecord(NOON, Usage("summary", "x:m", usd=0.015)))  # as another process would
    with pytest.raises(ModelError, match="budget"):
        write(bench.chat())
    bench.now += timedelta(days=1)
    assert write(bench.chat()).value == "Text."


class Held:
    """Calls of $0.011 at most, $0.001 in the end, that last until they are let go."""

    def __init__(self, bench: Bench) -> None:
        self._bench, self._gate, self._inside = bench, threading.Event(), threading.Semaphore(0)

    def call(self) -> Answer[str]:
        return self._bench.meter.call("scripted:model", "summary", TokenCount(1_000, 1_000), self._wait)

    def _wait(self) -> Answer[str]:
        self._inside.release()
        self._gate.wait(10)
        return Answer("", Usage("summary", "scripted:model", usd=0.001))

    def begin(self, executor: ThreadPoolExecutor, count: int) -> list[Future[Answer[str]]]:
        begun = [executor.submit(self.call) for _ in range(count)]
        for _ in begun:
            self._inside.acquire()
        return begun

    def end(self) -> None:
        self._gate.set()


def test_a_call_queues_for_what_calls_under_way_hold_and_do_not_take(store: Store) -> None:
    bench = Bench(store, per_day=0.025)
    held = Held(bench)
    with ThreadPoolExecutor(8) as executor:
        under_way = held.begin(executor, 2)
        queued = [executor.submit(held.call) for _ in range(4)]
        assert not wait(queued, timeout=0.5).done
        assert rows(store) == []
        held.end()
        assert [future.result().value for future in (*under_way, *queued)] == [""] * 6
    assert [row[7] for row in rows(store)] == [0.001] * 6


def test_a_call_that_would_not_fit_alone_queues_for_nobody(store: Store) -> None:
    bench = Bench(store, per_day=0.025)
    held = Held(bench)
    with ThreadPoolExecutor(1) as executor:
        held.begin(executor, 1)
        store.usage.add(CallRecord(NOON, Usage("summary", "x:m", usd=0.02)))
        with pytest.raises(ModelError, match=r"\$0\.0310 is spent or under way"):
            held.call()
        held.end()


def test_who_queues_for_money_leaves_when_the_run_is_stopped(store: Store) -> None:
    cancel = threading.Event()
    bench = Bench(store, per_day=0.012, cancel=cancel)
    held = Held(bench)
    with ThreadPoolExecutor(2) as executor:
        held.begin(executor, 1)
        queued = executor.submit(held.call)
        cancel.set()
        with pytest.raises(Cancelled):
            queued.result()
        held.end()


def test_an_unknown_price_is_never_held_back_and_stays_unknown(store: Store) -> None:
    bench = Bench(store, per_day=0.000001, prices=PriceTable())
    assert write(bench.chat()).value == "Text."


def test_vectors_are_metered_too(store: Store) -> None:
    class Embedder:
        model = "scripted:model@8"

        def embed(self, texts: Any) -> Any:
            return Answer(np.zeros((len(texts), 8), np.float32), Usage("embedding", self.model, usd=0.5))

    bench = Bench(store, per_day=0.6)
    embedder = MeteredEmbedder(Embedder(), bench.meter)
    assert embedder.model == "scripted:model@8"
    assert embedder.embed(["one", "two"]).value.shape == (2, 8)
    with pytest.raises(ModelError, match="budget"):
        embedder.embed(["x" * 600_000])
    assert [row[3:] for row in rows(store)] == [("embedding", 1, 0, "ok", 0.5)]


def test_after_its_time_a_stage_makes_no_further_call(store: Store) -> None:
    bench = Bench(store, stage_seconds=60)
    chat = bench.chat()
    write(chat)
    bench.seconds = 59
    write(chat)
    bench.seconds = 61
    with pytest.raises(ModelError, match="its calls of this kind have taken 61 s") as caught:
        write(chat)
    assert caught.value.kind == "slow"
    assert "models.stage_seconds" in caught.value.hint
    assert write(chat, role="synthesis").value == "Text.", "another stage has its own time"
    assert len(rows(store)) == 3
