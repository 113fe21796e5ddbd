"""Composition of `paperroute serve`: the scheduler, the outbox, the web and Slack, by configuration."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from digest.background.outbox import Outbox
from digest.background.scheduler import DigestScheduler
from digest.mail.reports.mailbox_part import MailboxPart
from digest.subscriptions.actions import expire_pending
from digest.subscriptions.lookup import ConfirmLimits
from paperroute.compose import reports, slack, web
from paperroute.compose.app import App
from paperroute.compose.channel_spec import ChannelSpec, channel_setups
from paperroute.compose.harvest import make_harvest_part
from paperroute.compose.operator import make_operator_notices, make_operator_part
from paperroute.descriptors import raise_descriptor_limit
from paperroute.serve import OutboxPart, SchedulePart, ServicePart, ServiceProcess
from store import Store
from store.records.deliveries import ChannelName

_log = logging.getLogger(__name__)


def make_service(app: App, channels: Mapping[ChannelName, ChannelSpec]) -> ServiceProcess:
    """Of an open App; nothing is started yet. Raises ConfigError where a key or an address is wrong or missing, and
    DiskFull.
    """
    app.store.require_room()  # else it would go on reading what is no more, once there is room again
    raise_descriptor_limit()  # before the web asks how many connections it may have
    notices = make_operator_notices(app.config, app.environment)
    outbox = Outbox(app.store, channel_setups(app, channels), operator=notices)
    parts: list[ServicePart] = [OutboxPart(outbox, app.store), _make_schedule_part(app, outbox)]
    if mailbox := reports.make_mailbox(app):
        parts.append(MailboxPart(mailbox, app.store, app.config.reports.minutes * 60))
    if app.config.web.enabled:
        parts.append(web.make_web_part(app))
    if harvest := make_harvest_part(app):
        parts.append(harvest)
    if told := make_operator_part(app.config, notices, app.store):
        parts.append(told)
    if bot := slack.make_slack_service(app):
        parts.append(bot)
    return ServiceProcess(app.store, parts, drain_seconds=app.config.serve.drain_seconds)


def _make_schedule_part(app: App, outbox: Outbox) -> ServicePart:
    executor = ThreadPoolExecutor(app.config.schedule.at_once, "digest")
    prepare = app.prefetch_due if app.config.models.batch else None
    scheduler = DigestScheduler(app.store, app.digest, executor, after=lambda _: outbox.wake(), prepare=prepare)
    return SchedulePart(scheduler, executor, lambda: _forget(app.store, app.config.subscriptions.limits()))


def _forget(store: Store, limits: ConfirmLimits) -> None:
    """Subscriptions that were asked for and never confirmed; what an erasure had to leave."""
    store.complete_erasure()
    if forgotten := expire_pending(store, datetime.now(UTC), limits):
        _log.info("%d subscriptions were never confirmed, and are forgotten", forgotten)
