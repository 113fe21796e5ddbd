"""Composition of `paperroute serve`: the scheduler, the outbox, the web and Slack, by configuration."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from digest.background.outbox import ChannelSetup, Outbox, SendPolicy
from digest.background.outgoing import OutgoingBuilder
from digest.background.scheduler import DigestScheduler
from digest.mail.channel import MailChannel
from digest.subscriptions.actions import expire_pending
from digest.subscriptions.lookup import ConfirmLimits
from paperroute.compose import mail as mailing
from paperroute.compose import slack, web
from paperroute.compose.app import App
from paperroute.serve import OutboxPart, SchedulePart, ServicePart, ServiceProcess
from store import Store
from store.records.deliveries import ChannelName

_log = logging.getLogger(__name__)


def make_service(app: App) -> ServiceProcess:
    """Of an open App; nothing is started yet. Raises ConfigError where a key or an address is wrong or missing."""
    outbox = Outbox(app.store, channel_setups(app))
    parts: list[ServicePart] = [OutboxPart(outbox, app.store), _make_schedule_part(app, outbox)]
    if app.config.web.enabled:
        parts.append(web.make_web_part(app))
    if bot := slack.make_slack_service(app):
        parts.append(bot)
    return ServiceProcess(app.store, parts, drain_seconds=app.config.serve.drain_seconds)


def channel_setups(app: App) -> dict[ChannelName, ChannelSetup]:
    """How each medium is sent over."""
    posting = OutgoingBuilder(app.store, app.signed_links, app.config.subscriptions.confirm_hours)
    compose = mailing.make_composer(app.config, app.environment)

    def open_mail() -> MailChannel:
        return MailChannel(mailing.make_transport(app.config, app.environment), compose)

    open_mail()  # a bad address of the relay is told before anything starts
    mail = app.config.mail
    terms = SendPolicy(
        connections=mail.connections,
        per_minute=mail.per_minute,
        per_domain_per_minute=mail.domain_per_minute,
        give_up_after=timedelta(hours=mail.give_up_after),
        lease_seconds=app.config.serve.lease_seconds,
    )
    found: dict[ChannelName, ChannelSetup] = {"mail": ChannelSetup(open_mail, posting, terms)}
    if post := slack.make_channel_opener(app):
        found["slack"] = ChannelSetup(
            post, posting, replace(terms, connections=1, per_minute=0, per_domain_per_minute=0)
        )
    return found


def _make_schedule_part(app: App, outbox: Outbox) -> ServicePart:
    executor = ThreadPoolExecutor(app.config.schedule.at_once, "digest")
    prepare = app.prefetch_due if app.config.models.batch else None
    scheduler = DigestScheduler(app.store, app.digest, executor, after=lambda _: outbox.wake(), prepare=prepare)
    return SchedulePart(
        scheduler, executor, lambda: _expire_subscriptions(app.store, app.config.subscriptions.limits())
    )


def _expire_subscriptions(store: Store, limits: ConfirmLimits) -> None:
    """Forget subscriptions that were asked for and never confirmed."""
    if forgotten := expire_pending(store, datetime.now(UTC), limits):
        _log.info("%d subscriptions were never confirmed, and are forgotten", forgotten)
