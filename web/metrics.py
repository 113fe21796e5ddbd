"""Prometheus metrics: what the store holds, what waits, what was spent, what was asked of the web.

Invariant: a registry of our own, nothing global; what the store knows is read when it is asked for; labels come from
our own routes, states and topics, never from a request; what it costs is told to the operator alone.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Request, Response
from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web import urls
from web.http.access import is_operator
from web.settings import ServiceStatus, WebSettings
from web.survey_jobs import SurveyJobs

_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """The figures of one web application."""

    def __init__(self, site: WebSettings, survey_jobs: SurveyJobs | None) -> None:
        self.registry = CollectorRegistry(auto_describe=False)
        ProcessCollector(registry=self.registry)
        self.registry.register(_StoreCollector(site))
        self.registry.register(_WorkCollector(site, survey_jobs))
        self.operator_registry = CollectorRegistry()  # with what it costs
        self.operator_registry.register(self.registry)
        self.operator_registry.register(_SpendCollector(site))
        self._requests = Counter(
            "paperroute_http_requests", "Requests answered.", ["route", "method", "status"], registry=self.registry
        )
        self._seconds = Histogram(
            "paperroute_http_request_seconds",
            "From the request to the end of the answer, streams left out.",
            ["route"],
            buckets=_BUCKETS,
            registry=self.registry,
        )

    def count(self, route: str, method: str, status: int, seconds: float | None) -> None:
        self._requests.labels(route, method if method in _METHODS else "other", str(status)).inc()
        if seconds is not None:
            self._seconds.labels(route).observe(seconds)


class _StoreCollector(Collector):
    """What the store holds."""

    def __init__(self, site: WebSettings) -> None:
        self._site = site

    def collect(self) -> Iterator[Metric]:
        store = self._site.store
        yield InfoMetricFamily("paperroute", "This program.", {"version": self._site.version})
        yield GaugeMetricFamily("paperroute_papers", "Papers ever found.", store.papers.count())
        yield _labelled_gauge("paperroute_editions", "Editions.", "kind", store.listings.editions_by_kind())
        yield GaugeMetricFamily("paperroute_store_bytes", "The store on disk.", store.size)
        slots = {slug: made.latest.timestamp() for slug, made in store.listings.topics().items()}
        yield _labelled_gauge(
            "paperroute_last_slot_timestamp_seconds", "The newest slot with a digest.", "topic", slots
        )


class _WorkCollector(Collector):
    """What waits and runs."""

    def __init__(self, site: WebSettings, survey_jobs: SurveyJobs | None) -> None:
        self._site, self._survey_jobs = site, survey_jobs

    def collect(self) -> Iterator[Metric]:
        store, own = self._site.store, self._site.status() if self._site.status else ServiceStatus()
        yield _labelled_gauge("paperroute_deliveries", "Deliveries.", "state", dict(store.deliveries.counts()))
        if own.queue is not None:
            yield GaugeMetricFamily("paperroute_queue", "Surveys and digests that wait or are made.", own.queue)
        if self._survey_jobs:
            running, waiting = self._survey_jobs.counts()
            asks = {"running": running, "waiting": waiting}
            yield _labelled_gauge("paperroute_asks", "Surveys that readers asked for.", "state", asks)
        yield GaugeMetricFamily(
            "paperroute_postponed_slots", "Digests to be tried again.", len(store.digest_attempts.list())
        )
        parts: dict[str, float] = {}
        for said in store.part_states.list():  # of several processes, the one that is worst
            parts[said.part.part] = min(float(said.part.state == "ok"), parts.get(said.part.part, 1.0))
        yield _labelled_gauge("paperroute_part_ok", "Whether a part of the service is well.", "part", parts)


class _SpendCollector(Collector):
    """What language models cost."""

    def __init__(self, site: WebSettings) -> None:
        self._site = site

    def collect(self) -> Iterator[Metric]:
        own = self._site.status() if self._site.status else ServiceStatus()
        midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        yield GaugeMetricFamily(
            "paperroute_spend_today_usd",
            "Dollars for language models, this UTC day.",
            self._site.store.usage.usd(midnight),
        )
        if own.budget_usd:
            yield GaugeMetricFamily("paperroute_budget_usd", "What a UTC day may cost.", own.budget_usd)


class MetricsMiddleware:
    """ASGI middleware around all others: counts and times every answer."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status, streams = time.perf_counter(), 500, False

        async def noting(message: Message) -> None:
            nonlocal status, streams
            if message["type"] == "http.response.start":
                status = message["status"]
                streams = any(value.startswith(b"text/event-stream") for _, value in message.get("headers", ()))
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            took = None if streams else time.perf_counter() - began
            self._metrics.count(_route(scope), scope["method"], status, took)


def _route(scope: Scope) -> str:
    """The route as it is written in the program; "" where the middleware refused, or no route is."""
    inner: dict[str, Any] = scope.get("paperroute.inner", {})
    route = inner.get("route")
    path = getattr(route, "path", "")
    return f"{inner.get('root_path', '')}{path}" if path else ""


def create_router(metrics: Metrics, api_token: str) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    def figures(request: Request) -> Response:
        encode, media_type = choose_encoder(request.headers.get("accept", ""))
        body = encode(metrics.operator_registry if is_operator(api_token, request.headers) else metrics.registry)
        return Response(body, headers={"cache-control": "no-store", "content-type": media_type})

    router.add_api_route(urls.METRICS, figures, response_class=Response)
    return router


def _labelled_gauge(name: str, told: str, label: str, values: dict[str, Any]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, told, labels=[label])
    for value, figure in values.items():
        family.add_metric([value], figure)
    return family
