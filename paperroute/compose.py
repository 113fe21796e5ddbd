"""Which parts a running service has, by its configuration: the composition of `paperroute serve`."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from digest.clockwork import Clockwork
from digest.deliver import Outbox
from paperroute.app import App
from paperroute.serve import OutboxPart, Part, SchedulePart, Service


def service(app: App) -> Service:
    """Of an open App; nothing is started yet. Raises ConfigError where a key or an address is missing."""
    outbox = Outbox(app.store, {})
    return Service(
        app.store, [OutboxPart(outbox, app.store), _schedule(app, outbox)], drain_seconds=app.config.serve.drain_seconds
    )


def _schedule(app: App, outbox: Outbox) -> Part:
    executor = ThreadPoolExecutor(app.config.schedule.at_once, "digest")
    clockwork = Clockwork(app.store, app.digest, executor, after=lambda _: outbox.wake())
    return SchedulePart(clockwork, executor)
