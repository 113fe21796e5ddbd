"""Doctor: health checks of every part, each on its own, with the next step where one fails.

Invariant: a broken part never keeps the others from being checked, and nothing is changed by looking but a new store
being made where there was none.
"""

from __future__ import annotations

import platform
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Literal

from digest.errors import PaperRouteError, SourceError
from digest.ports import Finding, PaperSource, ResultPage, SearchRequest
from paperroute.compose.app import VERSION, App, open_app
from paperroute.compose.channel_spec import ChannelSpec, DoctorOptions
from paperroute.config.load import Config
from paperroute.doctor.harvest import examine_harvest
from paperroute.doctor.models import examine_models
from paperroute.doctor.operator import examine_operator
from paperroute.doctor.proxies import examine_network
from paperroute.doctor.reports import examine_reports
from paperroute.doctor.service import examine_service, examine_subscriptions
from paperroute.doctor.topics import examine_topics
from store import Store
from store.records.editions import ARXIV, Query
from store.records.lazy_text import AnyText
from store.records.repositories import repository_name

_MAX_WAIT_SECONDS = 10.0  # of one wait
_KNOWN_DOI = "10.48550/arxiv.2106.09685"  # of some paper
_LOW_DISK = 200 * 1024 * 1024  # bytes
_TAKES_NO_WRITES = (
    "Name the server that takes writes, not its standby; of a file, its folder and media may be read-only."
)


def examine(load: Callable[[], Config], channels: Iterable[ChannelSpec], options: DoctorOptions) -> Iterator[Finding]:
    """Every finding, in the order in which one would mend them."""
    versions = f"Paper Route {VERSION}, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    yield Finding("program", "ok", versions)
    try:
        config = load()
    except PaperRouteError as error:
        yield Finding("configuration", "fail", error.message, "Mend the keys named here.")
        return
    yield Finding("configuration", "ok", f"{len(config.topics)} topics in the file")
    try:
        with open_app(config) as app:
            yield from _examine_app(app, config, channels, options)
    except PaperRouteError as error:
        yield Finding("store", "fail", error.message, error.hint)


def _examine_app(
    app: App, config: Config, channels: Iterable[ChannelSpec], options: DoctorOptions
) -> Iterator[Finding]:
    yield from _examine_store(app.store)
    yield from examine_topics(app.store, datetime.now(UTC))
    yield from examine_subscriptions(app.store, app.environment)
    yield from examine_network(app.environment)
    yield from examine_models(app.models, offline=options.offline)
    for source in app.sources:
        yield from _examine_source(source, config, offline=options.offline)
    yield from examine_harvest(app)
    yield from _examine_citations(app, offline=options.offline)
    for channel in channels:
        yield from channel.examine(app, options)
    yield from examine_reports(app, offline=options.offline)
    yield from examine_operator(config, app.environment, app.store)
    yield from examine_service(app.store)


def _examine_store(store: Store) -> Iterator[Finding]:
    wrong = store.check()
    if wrong:
        yield Finding("store", "fail", f"{store.place}: {wrong[0]}", "Put the last backup in its place.")
        return
    size = store.size / 1024 / 1024
    holds = f"{store.papers.count():,} papers, {store.editions.count():,} editions, {size:.1f} MB"
    yield Finding("store", "ok", f"{store.place}: sound, {holds}")
    if not store.takes_writes():
        state: Literal["fail", "warn"] = "fail" if store.remote else "warn"  # a file may be kept to be read
        yield Finding("store", state, "it takes no writes: nothing is made, sent or changed", _TAKES_NO_WRITES)
    free = store.free_bytes()
    if free is not None and free < _LOW_DISK:
        yield Finding("disk", "warn", f"{free / 1024 / 1024:.0f} MB free beside the store", "Make room.")


def _examine_source(source: PaperSource, config: Config, *, offline: bool) -> Iterator[Finding]:
    if source.name == "sample":
        yield Finding("papers", "ok", "the bundled sample, by source.kind")
        return
    name = repository_name(source.name)
    if source.name == ARXIV and not config.arxiv.contact:
        step = "Set arxiv.contact to an address of yours: arXiv slows down those who do not say who they are."
        yield Finding(name, "warn", "requests carry no contact", step)
    address = f" at {config.arxiv.api_url}" if source.name == ARXIV else ""
    yield Finding(name, "ok", "not asked (--offline)") if offline else _ask_source(source, name, address)


def _ask_source(source: PaperSource, name: str, address: str) -> Finding:
    """One small, paced request, and no long wait: a doctor should answer soon."""

    def wait_briefly(seconds: float, why: AnyText) -> None:
        if seconds > _MAX_WAIT_SECONDS:
            raise SourceError(f"{name} would have us wait {seconds:.0f} s: {why}.")
        time.sleep(seconds)

    request = SearchRequest((Query(("electron",)),), limit=1)
    try:
        page = next(iter(source.search(request, wait=wait_briefly)), ResultPage((), 0))
    except PaperRouteError as error:
        return Finding(name, "fail", error.message, error.hint or "Surveys use the papers in the store meanwhile.")
    return Finding(name, "ok", f"answers{address} ({page.total:,} papers name electrons)")


def _examine_citations(app: App, *, offline: bool) -> Iterator[Finding]:
    """Of an index that the configuration asks for: one request."""
    try:
        if not (index := app.citation_index):
            return
        if not offline:
            index.look_up([_KNOWN_DOI])
    except PaperRouteError as error:
        yield Finding("citations", "fail", error.message, error.hint or "Editions are without counts meanwhile.")
    else:
        yield Finding("citations", "ok", f"{index.name} {'not asked (--offline)' if offline else 'answers'}")
