"""Composition of the web server: its settings made of an open App, as a part of the service."""

from __future__ import annotations

import logging
import threading
from datetime import UTC, datetime

from digest.errors import ConfigError
from digest.feedback.seed_files import parse_seed_file
from digest.feedback.seeds import SeedImport, import_seeds
from digest.pipeline.services import SurveyRequest
from digest.ports import Embedder
from digest.run_context import Listener, RunContext
from paperroute.compose.app import VERSION, App
from paperroute.compose.harvest import make_harvester
from paperroute.compose.reports import make_webhooks
from paperroute.compose.slack import SIGNING_SECRET, TOKEN_HINTS
from paperroute.config.secrets import read_secret
from paperroute.config.web import read_access, read_api_token, trusted_networks
from store import Store
from store.db.owners import new_owner, process_of
from store.records.deliveries import PartState
from store.records.editions import Edition
from store.records.feedback import Reader
from store.records.lazy_text import lazy_gettext
from store.records.questions import NO_LIMITS, SearchLimits
from web.http.base_path import BasePath
from web.server import WebService
from web.settings import SeedImporter, ServiceStatus, SlackbotAccess, SubscriptionSettings, WebSettings

_MOST_SEEDS = 100  # at one go by somebody on the web
_log = logging.getLogger(__name__)


def make_web_settings(app: App) -> WebSettings:
    """Raises ConfigError where a token is missing."""
    section = app.config.web
    return WebSettings(
        app.store,
        VERSION,
        base_url=section.base_url.rstrip("/"),
        language=section.language,
        access=read_access(section, app.environment),
        api_token=read_api_token(app.environment),
        base_path=section.base_path,
        hosts=(*section.hosts, section.host),
        trusted_proxies=trusted_networks(section),
        embedder=_embedder(app),
        ask=_SurveyFunction(app) if section.ask else None,
        mcp=app.config.web.mcp,
        slackbot=_slackbot_access(app),
        subscribing=_subscribe_settings(app),
        import_seeds=_seed_importer(app) if app.config.feedback.enabled else None,
        webhooks=make_webhooks(app),
        harvest=harvester.plan if (harvester := make_harvester(app)) else None,
        source=app.source.name,
        status=lambda: _status(app.store, app.config.models.budget_per_day),
    )


def _slackbot_access(app: App) -> SlackbotAccess | None:
    section = app.config.slack
    if not section.slackbot:
        return None
    if not (secret := read_secret(SIGNING_SECRET, app.environment)):
        raise ConfigError(f"slack.slackbot is on, but {SIGNING_SECRET} is not set.", hint=TOKEN_HINTS[SIGNING_SECRET])
    return SlackbotAccess(secret, section.teams, section.users)


def _subscribe_settings(app: App) -> SubscriptionSettings | None:
    """Only where mails can link back: without a base address there is no page to confirm on."""
    if not app.config.web.base_url:
        return None
    return SubscriptionSettings(app.signed_links, app.config.subscriptions.limits())


def _seed_importer(app: App) -> SeedImporter:
    def take(reader: Reader, topic: str, text: str) -> SeedImport:
        file = parse_seed_file(text, most=_MOST_SEEDS)
        return import_seeds(app.store, reader, topic, file, app.source, RunContext().wait, datetime.now(UTC))

    return take


class WebPart:
    name = "web"

    def __init__(self, service: WebService) -> None:
        self._service = service

    def start(self) -> None:
        self._service.start()
        _log.info("the archive is at %s", self._service.url)

    def stop(self, seconds: float) -> bool:
        ended = threading.Thread(target=self._service.stop, name="web stop", daemon=True)
        ended.start()
        ended.join(seconds)
        return not ended.is_alive()

    def state(self) -> PartState:
        return PartState(self.name, "ok", lazy_gettext("at {url}", url=self._service.url))


def make_web_part(app: App) -> WebPart:
    section = app.config.web
    if BasePath(section.base_url, section.base_path).is_ambiguous:
        _log.warning("the path of web.base_url is one of the archive's own, too: set web.base_path to kept or stripped")
    grace = int(min(app.config.serve.drain_seconds, 10))
    return WebPart(WebService(make_web_settings(app), section.host, section.port, grace_seconds=grace))


class _SurveyFunction:
    def __init__(self, app: App) -> None:
        self._app = app

    def __call__(
        self,
        question: str,
        client: str,  # noqa: ARG002
        listener: Listener,
        cancel: threading.Event,
        language: str | None = None,
        limits: SearchLimits = NO_LIMITS,
        max_papers: int | None = None,
    ) -> Edition:
        """The web counts its clients itself; the budget counts every call."""
        wanted = language if self._app.config.survey.language == "auto" else None
        _log.info("a survey was asked for on the web")
        request = SurveyRequest(question, max_papers=max_papers, language=wanted, limits=limits)
        return self._app.survey(request, RunContext(listener, cancel=cancel))


def _embedder(app: App) -> Embedder | None:
    """For "similar in meaning". Where vectors cost money, the public may not make them: each search would be a call."""
    return app.search_embedder(free=app.config.web.access != "token")


def _status(store: Store, budget_per_day: float) -> ServiceStatus:
    """Of this process: others that answer with it are not held up by what is wrong in it, nor it by them."""
    this = process_of(new_owner())
    parts = [report.part for report in store.part_states.list() if process_of(report.owner) == this]
    failures = [f"{part.part}: {part.detail}" for part in parts if part.state == "fail"]
    return ServiceStatus(budget_usd=budget_per_day, problems=tuple(failures))
