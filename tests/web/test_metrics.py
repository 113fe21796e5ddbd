"""The figures for Prometheus: they are those of the store and of the requests, and parse as what they claim to be."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import prometheus_client
import pytest
import requests
import time_machine
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_open
from prometheus_client.parser import text_string_to_metric_families as parse

from store import Store
from store.records.deliveries import PartState
from store.records.editions import Usage
from store.tables.usage import CallRecord
from tests.factories.api import HOSTILE, Served, fill, site
from tests.factories.store import NOON, digest
from web.settings import ReadAccess, ServiceStatus

API_TOKEN = "the-token-of-programs"
OPERATOR = {"Authorization": f"Bearer {API_TOKEN}"}


@pytest.fixture
def served(store: Store) -> Iterator[Served]:
    fill(store)
    with Served(site(store, api_token=API_TOKEN, status=lambda: ServiceStatus(queue=3, budget_usd=2.5))) as running:
        yield running


def figures(answer: requests.Response) -> dict[tuple[str, ...], float]:
    """(name, label values ...) -> value."""
    assert answer.status_code == 200
    families = parse(answer.text)
    return {(sample.name, *sample.labels.values()): sample.value for family in families for sample in family.samples}


@time_machine.travel(NOON, tick=False)  # a day that ended meanwhile would take what was spent with it
def test_the_figures_are_those_of_the_store(served: Served, store: Store) -> None:
    store.usage.add(CallRecord(datetime.now(UTC), Usage("summary", "m", usd=0.25)))
    store.usage.add(CallRecord(NOON - timedelta(days=1), Usage("summary", "m", usd=100.0)))  # another day
    store.part_states.report("me", [PartState("outbox", "ok", ""), PartState("schedule", "warn", "")])
    store.part_states.report("other", [PartState("outbox", "ok", ""), PartState("schedule", "ok", "")])
    store.editions.freeze(digest("quoted", topic='a"b\\c\n' + HOSTILE, day=9))
    found = figures(served.get("/metrics", headers=OPERATOR))
    assert found["paperroute_papers",] == store.papers.count() == 31
    assert found["paperroute_editions", "digest"] == 3
    assert found["paperroute_editions", "survey"] == store.editions.count() - 3
    assert found["paperroute_spend_today_usd",] == 0.25
    assert found["paperroute_budget_usd",] == 2.5
    assert found["paperroute_queue",] == 3
    assert found["paperroute_part_ok", "outbox"] == 1
    assert found["paperroute_part_ok", "schedule"] == 0
    assert found["paperroute_last_slot_timestamp_seconds", "walks"] == datetime(2026, 3, 3, 12, tzinfo=UTC).timestamp()
    assert found["paperroute_info", "0.1.0"] == 1
    assert found["process_resident_memory_bytes",] > 1_000_000


def test_what_it_costs_is_told_to_the_operator_alone(served: Served, store: Store) -> None:
    plain, whole = figures(served.get("/metrics")), figures(served.get("/metrics", headers=OPERATOR))
    costs = {("paperroute_spend_today_usd",), ("paperroute_budget_usd",)}
    assert costs <= whole.keys()
    assert costs & plain.keys() == set()
    openmetrics = {"Accept": "application/openmetrics-text", **OPERATOR}
    assert served.get("/metrics", headers=openmetrics).text.count("# EOF") == 1
    closed = site(store, access=ReadAccess("token", "the-token-of-readers"), api_token=API_TOKEN)
    with Served(closed) as running:
        assert "spend_today" in running.get("/metrics", headers=OPERATOR).text
        readers = {"Authorization": "Bearer the-token-of-readers"}
        assert "spend_today" not in running.get("/metrics", headers=readers).text
        assert running.get("/metrics").status_code == 401


def test_requests_are_counted_by_route_and_never_by_address(served: Served) -> None:
    for path in ("/editions/on-device", "/editions/hostile", "/api/v1/editions/none", "/api/v1/papers/hep-th/9711200"):
        served.get(path)
    served.request("HEAD", "/editions/on-device")
    served.request("BREW", "/")
    served.get("/no/such/page")
    served.get("/" + "x" * 4_000)
    found = figures(served.get("/metrics"))
    total = "paperroute_http_requests_total"
    assert found[total, "GET", "/editions/{name}", "200"] == 2
    assert found[total, "HEAD", "/editions/{name}", "200"] == 1
    assert found[total, "GET", "/api/v1/editions/{id}", "404"] == 1
    assert found[total, "GET", "/api/v1/papers/{id:path}", "200"] == 1
    assert found[total, "GET", "", "404"] == 1
    assert found[total, "GET", "", "414"] == 1
    assert [key for key in found if "BREW" in key] == []
    assert found["paperroute_http_request_seconds_count", "/editions/{name}"] == 3
    again = figures(served.get("/metrics"))
    assert again[total, "GET", "/metrics", "200"] == 1


def test_it_speaks_openmetrics_where_asked(served: Served) -> None:
    answer = served.get("/metrics", headers={"accept": "application/openmetrics-text; version=1.0.0"})
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    assert "paperroute_papers" in {family.name for family in parse_open(answer.text)}


def test_two_archives_in_one_process_share_nothing(served: Served, store: Store) -> None:
    served.get("/")
    with Served(site(store)) as other:
        found = figures(other.get("/metrics"))
    assert not [key for key in found if key[0] == "paperroute_http_requests_total"]
    default = prometheus_client.generate_latest().decode()
    assert "paperroute" not in default


def test_a_store_that_cannot_be_read_is_no_figure(served: Served, store: Store) -> None:
    store.close()
    assert served.get("/metrics").status_code in (500, 503)
    assert served.get("/healthz").status_code == 200
    assert served.get("/readyz").status_code == 503
