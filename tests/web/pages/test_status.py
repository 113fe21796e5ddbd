"""The status page: to everybody how it is, to the operator alone what it costs."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import requests

from digest.harvest.plan import HarvestPlan
from store import Store
from store.db.owners import new_owner
from store.records.deliveries import PartState
from store.records.editions import Usage
from store.records.harvests import Collection, HarvestState
from store.tables.usage import CallRecord
from tests.factories import web
from web.server import WebService
from web.settings import ReadAccess, ServiceStatus

TOKEN, API_TOKEN = "a-long-shared-secret", "the-token-of-programs"
OPERATOR = {"Authorization": "Basic " + base64.b64encode(f"me:{API_TOKEN}".encode()).decode()}
READER = {"Authorization": f"Bearer {TOKEN}"}
OWN = {"api_token": API_TOKEN, "status": lambda: ServiceStatus(budget_usd=2.5)}


def get(service: WebService, path: str, headers: dict[str, str] | None = None) -> requests.Response:
    return requests.get(service.url + path, headers=headers, timeout=30)


def test_spending_is_shown_to_who_holds_the_token_of_the_api(store: Store) -> None:
    store.usage.add(CallRecord(datetime.now(UTC), Usage("summary", "m", usd=0.25)))
    with web.running(store, **OWN) as service:
        for headers in (None, OPERATOR, READER):
            assert "Spent today" not in get(service, "/status", headers).text
        asked = get(service, "/status/operator")
        assert (asked.status_code, asked.headers["www-authenticate"][:6]) == (401, "Basic ")
        assert "0.25" not in asked.text
        assert "the token of the API" in asked.text
        assert get(service, "/status/operator", READER).status_code == 401
        shown = get(service, "/status/operator", OPERATOR)
        assert shown.status_code == 200
        assert "Spent today" in shown.text
        assert "$2.50" in shown.text
        assert shown.headers["cache-control"] == "no-store"


def test_readers_of_a_closed_archive_are_not_its_operator(store: Store) -> None:
    with web.running(store, access=ReadAccess("token", TOKEN), **OWN) as service:
        assert get(service, "/status", READER).status_code == 200
        assert get(service, "/status/operator", READER).status_code == 401
        assert get(service, "/status/operator", OPERATOR).status_code == 200
        assert get(service, "/status", OPERATOR).status_code == 401  # that token reads no other page


def test_where_nothing_tells_the_operator_there_is_no_such_page(store: Store) -> None:
    with web.running(store) as service:
        assert get(service, "/status/operator").status_code == 404


def test_what_is_harvested_is_told_with_when_it_is_complete(store: Store) -> None:
    now = datetime.now(UTC)
    plan = HarvestPlan((Collection("arxiv", "cs"), Collection("biorxiv")), None, "04:15")
    store.harvest_runs.end(store.harvest_runs.begin(None, now), "failed", now, "cs: <b>arXiv</b> did not answer.")
    store.harvests.keep(HarvestState(plan.collections[0], None, now.date(), now))
    with web.running(store, harvest=plan) as service:
        shown = get(service, "/status").text
    assert "failed: cs: &lt;b&gt;arXiv&lt;/b&gt; did not answer." in shown
    assert f"complete until {now:%Y-%m-%d %H:%M} UTC" in shown
    assert "nothing of it is read yet" in shown
    store.part_states.report(new_owner(), [PartState("harvest", "fail", "the part tells it")])
    with web.running(store, harvest=plan) as service:
        shown = get(service, "/status").text
    assert "the part tells it" in shown
    assert "did not answer" not in shown


def test_of_several_processes_each_is_told_with_its_name(store: Store) -> None:
    store.part_states.report("one:7:1:aa", [PartState("outbox", "ok", "3 waiting")])
    with web.running(store) as service:
        assert "one:7" not in get(service, "/status").text
        store.part_states.report("two:8:1:aa", [PartState("outbox", "fail", "stopped")])
        shown = get(service, "/status").text
    assert "Outbox (one:7)" in shown
    assert "Outbox (two:8): stopped" in shown


def test_where_nothing_is_harvested_nothing_is_told_of_it(store: Store) -> None:
    with web.running(store) as service:
        assert "Harvest" not in get(service, "/status").text
