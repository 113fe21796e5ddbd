"""Which parts a running service has, by its configuration: the composition of `paperroute serve`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

from digest.clockwork import Clockwork
from digest.deliver import Compose, Outbox, Route, Terms
from digest.ports import Outgoing
from paperroute import mailing, slacking
from paperroute.app import App
from paperroute.serve import OutboxPart, Part, SchedulePart, Service
from store.records import Delivery, Edition, Medium


def service(app: App, environment: Mapping[str, str] = os.environ) -> Service:
    """Of an open App; nothing is started yet. Raises ConfigError where a key or an address is wrong or missing."""
    outbox = Outbox(app.store, routes(app, environment))
    parts = [OutboxPart(outbox, app.store), _schedule(app, outbox)]
    if bot := slacking.slack(app, environment):
        parts.append(bot)
    return Service(app.store, parts, drain_seconds=app.config.serve.drain_seconds)


def routes(app: App, environment: Mapping[str, str]) -> dict[Medium, Route]:
    """How each medium is sent over."""
    compose = mailing.composer(app.config, environment)
    mailing.lane(app.config, environment)  # a bad address of the relay is told before anything starts
    mail = app.config.mail
    terms = Terms(
        lanes=mail.connections,
        per_minute=mail.per_minute,
        per_domain_per_minute=mail.domain_per_minute,
        give_up_after=timedelta(hours=mail.give_up_after),
        lease_seconds=app.config.serve.lease_seconds,
    )
    found: dict[Medium, Route] = {
        "mail": Route(lambda: mailing.channel(app.config, environment, compose), _outgoing(app), terms)
    }
    if post := slacking.channel(app, environment):
        found["slack"] = Route(post, _outgoing(app), replace(terms, lanes=1, per_minute=0, per_domain_per_minute=0))
    return found


def _outgoing(app: App) -> Compose:
    def compose(delivery: Delivery, edition: Edition | None) -> Outgoing:
        previous = app.store.deliveries.earlier_messages(delivery.subscription, delivery.id)
        return Outgoing(delivery.id, edition, delivery.address, "", previous)

    return compose


def _schedule(app: App, outbox: Outbox) -> Part:
    executor = ThreadPoolExecutor(app.config.schedule.at_once, "digest")
    prepare = app.prepare if app.config.models.batch else None
    clockwork = Clockwork(app.store, app.digest, executor, after=lambda _: outbox.wake(), prepare=prepare)
    return SchedulePart(clockwork, executor)
