"""Batches over the wire: handed in hours ahead, looked after, taken at the slot, and never paid for twice."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from digest.errors import ModelError
from digest.llm.pricing import PriceTable, TokenCount
from digest.pipeline.batch_plan import advance_open_batches
from digest.pipeline.services import Services
from store.records.editions import SummaryKey
from tests.factories.batch import SLOT, Coming, ahead

APIS = ["openai", "anthropic"]
both = pytest.mark.parametrize("api", APIS)


@both
def test_a_digest_takes_what_its_batch_brought_and_asks_for_nothing_more(api: str, services: Services) -> None:
    with ahead(api, services) as coming:
        batch = coming.handed_in()
        assert len(batch.paper_ids) >= 6
        assert coming.step().state == "done"
        assert str(coming.row.detail) == f"{len(batch.paper_ids)} of {len(batch.paper_ids)} summaries came in a batch"
        edition = coming.digest()
        assert coming.plain_calls == 0
        assert {paper.summary.source for paper in edition.papers} == {"model"}
        assert {paper.id for paper in edition.papers} == set(batch.paper_ids)


@both
def test_a_batch_costs_half_and_is_counted_call_by_call_and_in_its_edition(api: str, services: Services) -> None:
    with ahead(api, services) as coming:
        batch = coming.handed_in()
        coming.step()
        edition = coming.digest()
        (usage,) = [usage for usage in edition.usage if usage.role == "summary"]
        assert usage.calls == len(batch.paper_ids)
        full = PriceTable().usd(usage.model, TokenCount(usage.input_tokens, usage.output_tokens, usage.cached_tokens))
        assert usage.usd is not None
        assert full is not None
        assert usage.usd > 0
        if api == "openai":  # whose prices of cached tokens make the sum exact
            assert usage.usd == pytest.approx(full / 2)
        rows = coming.taken()
        assert len(rows) == len(batch.paper_ids)
        assert {row[4:] for row in rows} == {(edition.id, "speech")}
        assert sum(row[2] for row in rows) == pytest.approx(usage.usd)
        assert usage.usd <= batch.usd


@both
def test_a_step_that_has_nothing_to_do_asks_the_provider_at_most_once(api: str, services: Services) -> None:
    with ahead(api, services) as coming:
        coming.server.batches.looks = 100
        coming.handed_in()
        before = len(coming.server.log)
        assert coming.step().state == "running"
        assert len(coming.server.log) == before + 1
        assert len(coming.server.batches.made) == 1


@both
def test_once_done_a_batch_is_never_asked_after_again(api: str, services: Services) -> None:
    with ahead(api, services) as coming:
        coming.handed_in()
        coming.step()
        before = len(coming.server.log)
        assert coming.step().state == "done"
        assert coming.tend() == []
        assert len(coming.server.log) == before


@both
def test_what_a_batch_could_not_do_is_done_by_plain_calls(api: str, services: Services) -> None:
    with ahead(api, services) as coming:
        coming.server.batches.fates = {
            0: "errored",
            1: "expired",
            2: "refusal",
            3: "limit",
            4: 'says:{"problem": "", "method": "", "result": ""}',
            5: "says:no JSON",
        }
        batch = coming.handed_in()
        assert coming.step().state == "done"
        kinds = Counter(row[0] for row in coming.taken())
        expected = {"bad_request": 1, "expired": 1, "refused": 1, "truncated": 1, "malformed": 2}
        assert kinds == Counter(expected) + Counter(ok=len(batch.paper_ids) - 6)
        assert [row[1:3] for row in coming.taken() if row[0] in {"bad_request", "expired"}] == [(0, 0.0)] * 2
        edition = coming.digest()
        assert coming.plain_calls == 6
        assert {paper.summary.source for paper in edition.papers} == {"model"}


@both
def test_a_batch_that_expires_whole_leaves_all_to_plain_calls(api: str, services: Services) -> None:
    with ahead(api, services) as coming:
        coming.server.batches.fates = dict.fromkeys(range(99), "expired")
        batch = coming.handed_in()
        assert coming.step().state == "done"
        assert "of the others: expired" in str(coming.row.detail)
        coming.digest()
        assert coming.plain_calls == len(batch.paper_ids)


@both
def test_a_batch_still_running_at_the_margin_is_cancelled_and_what_it_has_is_taken(
    api: str, services: Services
) -> None:
    with ahead(api, services) as coming:
        coming.server.batches.looks = 3
        batch = coming.handed_in()
        assert coming.step().state == "running"
        coming.now = SLOT - timedelta(minutes=15)
        assert coming.step().state == "cancelling"
        assert coming.step().state == "done"
        half = len(batch.paper_ids) // 2
        assert Counter(row[0] for row in coming.taken()) == {"ok": half, "cancelled": len(batch.paper_ids) - half}
        coming.digest()
        assert coming.plain_calls == len(batch.paper_ids) - half


@both
def test_a_digest_does_not_wait_for_a_batch_and_its_late_results_are_kept_and_counted(
    api: str, services: Services
) -> None:
    with ahead(api, services) as coming:
        coming.server.batches.looks = 3
        batch = coming.handed_in()
        coming.now = SLOT
        edition = coming.digest()
        assert coming.plain_calls == len(batch.paper_ids)
        assert coming.row.state == "cancelling"
        assert [line.ok for line in edition.health if line.source == "batch"] == [True]
        coming.tend()
        (told,) = coming.tend()
        assert told.state == "done"
        assert sum(row[3] for row in coming.taken()) == len(batch.paper_ids)


@both
def test_results_that_are_ready_at_the_slot_are_taken_by_the_digest_itself(api: str, services: Services) -> None:
    with ahead(api, services) as coming:
        coming.handed_in()
        coming.digest()
        assert coming.plain_calls == 0
        assert coming.row.state == "done"


@both
@pytest.mark.parametrize("fault", ["unheard", "reset"])
def test_a_submission_whose_answer_never_came_is_looked_for_before_another(
    api: str, fault: str, services: Services
) -> None:
    with ahead(api, services) as coming:
        coming.step()
        coming.server.fail(fault, match="/batches")
        assert coming.step(timedelta(seconds=10)).state == "submitting"
        assert len(coming.server.batches.made) == (fault == "unheard")
        coming.step(timedelta(minutes=2))  # found, or not in the list yet
        coming.step()
        assert len(coming.server.batches.made) == 1
        assert coming.row.batch_id in coming.server.batches.made
        coming.step()
        assert coming.row.state == "done"


@both
def test_a_batch_that_the_list_does_not_show_yet_is_not_handed_in_again(api: str, services: Services) -> None:
    with ahead(api, services) as coming:
        coming.server.batches.lists = False
        coming.step()
        coming.server.fail("unheard", match="/batches")
        coming.step(timedelta(seconds=10))
        assert coming.step(timedelta(seconds=20)).state == "submitting"
        coming.server.batches.lists = True
        assert coming.step().state == "running"
        assert len(coming.server.batches.made) == 1


def test_anothers_batch_of_the_same_size_brings_nothing_and_is_let_go(services: Services) -> None:
    with mistaken(services) as coming:
        assert coming.step().state == "running"  # by its time and size
        assert coming.step().state == "submitting"
        assert coming.taken() == []
        assert coming.step().state == "running"
        assert coming.step().state == "done"
        assert {row[0] for row in coming.taken()} == {"ok"}


def test_anothers_batch_is_never_cancelled(services: Services) -> None:
    with mistaken(services, looks=100) as coming:
        assert coming.step().state == "running"
        coming.now = SLOT - timedelta(minutes=10)
        assert coming.step().state == "cancelling"
        (other,) = coming.server.batches.made.values()
        assert other.status == "in_progress"
        coming.digest()
        assert coming.plain_calls == len(coming.row.paper_ids)


@contextmanager
def mistaken(services: Services, looks: int = 1) -> Iterator[Coming]:
    """A submission that never arrived, and a batch of another program's that is as large."""
    with ahead("anthropic", services) as coming:
        coming.step()
        coming.server.fail("reset", match="/batches")
        coming.step(timedelta(seconds=10))
        params = {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "Hello."}]}
        count = len(coming.row.paper_ids)
        requests: list[Any] = [{"custom_id": f"other-{at}", "params": params} for at in range(count)]
        coming.wire.client.messages.batches.create(requests=requests)
        coming.server.batches.looks = looks
        yield coming


def test_openai_finds_its_batch_by_the_marker_alone(services: Services) -> None:
    with ahead("openai", services) as coming:
        coming.step()
        coming.server.fail("unheard", match="/v1/batches")
        coming.step(timedelta(seconds=10))
        (made,) = coming.server.batches.made.values()
        assert made.metadata == {"paperroute": coming.row.marker}


@both
def test_another_process_at_work_on_a_batch_is_left_alone(api: str, services: Services) -> None:
    with ahead(api, services) as coming:
        batch = coming.handed_in()
        assert services.store.leases.acquire(f"batch:{batch.marker}", "other", 300)
        before = len(coming.server.log)
        assert coming.step().state == "running"
        assert len(coming.server.log) == before
        coming.now += timedelta(seconds=400)  # it died
        assert coming.step().state == "done"


@both
def test_the_days_budget_is_asked_before_a_batch_is_handed_in(api: str, services: Services) -> None:
    with ahead(api, services, per_day=0.0001) as coming:
        coming.step()
        told = coming.step()
        assert told.state == "planned"
        assert "was not given the batch: of today's budget of $0.0001" in str(told.detail)
        assert coming.server.batches.made == {}
        coming.budget.per_day = 10.0
        assert coming.step().state == "running"


@both
def test_a_batch_under_way_leaves_no_room_for_what_would_go_beyond_the_budget(api: str, services: Services) -> None:
    with ahead(api, services) as coming:
        batch = coming.handed_in()
        assert batch.usd > 0
        coming.budget.per_day = batch.usd * 1.001
        assert coming.budget.spent() == pytest.approx(batch.usd)
        paper = next(iter(services.store.papers.get(batch.paper_ids).values()))
        with pytest.raises(ModelError, match="was not called") as refused:
            coming.services.summary.summarise(paper, "en")
        assert refused.value.kind == "budget"
        coming.step()
        assert coming.budget.spent() < batch.usd  # what it took, in place of what it might have


@both
def test_a_refused_key_is_the_operators_to_mend(api: str, services: Services) -> None:
    with ahead(api, services) as coming:
        coming.step()
        coming.server.fail("401")
        with pytest.raises(ModelError, match="refused the key"):
            coming.step()
        assert coming.server.batches.made == {}
        coming.step(timedelta(minutes=2))
        coming.step()
        assert len(coming.server.batches.made) == 1


@both
@pytest.mark.parametrize("fault", ["500", "429:3600", "529", "malformed", "html", "hang"])
def test_a_passing_failure_is_one_for_the_next_step(api: str, fault: str, services: Services) -> None:
    if fault == "malformed":
        fault = 'body:{"id": '
    with ahead(api, services) as coming:
        if fault == "hang":
            coming.services.batches._chat._seconds = 0.2  # type: ignore[union-attr]
        coming.handed_in()
        coming.server.fail(fault)
        assert coming.step().state == "running"
        assert coming.step().state == "done"


@both
def test_a_server_without_batches_is_left_to_plain_calls(api: str, services: Services) -> None:
    with ahead(api, services, lacks={"batches"}) as coming:
        coming.step()
        assert coming.step().state == "failed"
        assert "no such model, or no such address" in str(coming.row.detail)
        before = len(coming.server.log)
        coming.step()
        assert len(coming.server.log) == before
        edition = coming.digest()
        assert coming.plain_calls == len(edition.papers)


def test_a_batch_that_is_refused_whole_says_why(services: Services) -> None:
    with ahead("openai", services) as coming:
        coming.server.batches.refuses = "The model does not take batches."
        coming.handed_in()
        assert coming.step().state == "failed"
        assert "The model does not take batches" in str(coming.row.detail)
        coming.digest()
        assert coming.plain_calls == len(coming.row.paper_ids)


@both
def test_nothing_is_handed_in_where_nothing_is_missing_or_too_late(api: str, services: Services) -> None:
    with ahead(api, services) as coming:
        coming.step()
        key = SummaryKey(coming.services.summary.model, coming.services.summary.prompt_hash, "en")
        for paper in services.store.papers.get(coming.row.paper_ids).values():
            answer = coming.services.summary.summarise(paper, "en")
            services.store.summaries.add(paper.text_hash, key, answer.value)
        assert coming.step().state == "done"
        assert coming.server.batches.made == {}


@both
def test_what_was_planned_and_never_handed_in_is_given_up_before_the_slot(api: str, services: Services) -> None:
    with ahead(api, services) as coming:
        coming.step()
        coming.now = SLOT - timedelta(minutes=20)
        assert coming.step().state == "failed"
        assert "too late" in str(coming.row.detail)


@both
def test_another_model_leaves_the_old_ones_batch(api: str, services: Services) -> None:
    with ahead(api, services) as coming:
        coming.handed_in()
        coming.use("another")
        assert coming.step().state == "failed"
        assert "the model of summaries is another now" in str(coming.row.detail)


@both
def test_half_of_the_price_is_for_the_vendors_alone(api: str) -> None:
    model = {"openai": "openai:gpt-5.4-mini", "anthropic": "anthropic:claude-haiku-5-5"}[api]
    prices, tokens = (
        PriceTable([{"model": "mine:model", "input": 1.0, "output": 2.0}]),
        TokenCount(1_000_000, 1_000_000),
    )
    assert prices.batch_usd(model, tokens) == (prices.usd(model, tokens) or 0) / 2
    assert prices.batch_usd("mine:model", tokens) == 3.0
    assert prices.batch_usd("mine:unknown", tokens) is None


def test_without_batches_nothing_is_prepared_and_a_digest_is_as_before(services: Services) -> None:
    with ahead("openai", services) as coming:
        coming.services = replace(coming.services, batches=None)
        assert coming.tend() == []
        edition = coming.digest()
        assert coming.plain_calls == len(edition.papers)


@both
def test_a_batch_that_had_its_step_is_not_asked_after_again_in_the_same_tick(api: str, services: Services) -> None:
    with ahead(api, services) as coming:
        coming.server.batches.looks = 100
        coming.handed_in()
        told = coming.step()
        before = len(coming.server.log)
        assert advance_open_batches(coming.services.batches, coming.services.store, coming.now, [told]) == []
        assert len(coming.server.log) == before
        assert len(coming.tend()) == 1


@both
def test_a_batch_that_ends_as_it_is_cancelled_is_taken(api: str, services: Services) -> None:
    with ahead(api, services) as coming:
        coming.server.batches.looks = 2
        batch = coming.handed_in()
        coming.now = SLOT - timedelta(minutes=10)
        coming.server.fail("400", match="/cancel")
        assert coming.step().state == "running"
        assert coming.step().state == "done"
        assert len(coming.taken()) == len(batch.paper_ids)
