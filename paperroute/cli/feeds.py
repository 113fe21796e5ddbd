"""The verb feeds: the addresses for feed readers, and how they end."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from digest.errors import BadInput
from digest.render.safe_text import to_verbatim_line
from paperroute.cli.session import CliSession
from paperroute.compose.app import App
from paperroute.config.web import read_access
from web import urls
from web.http.access import feed_key


def feeds(
    context: typer.Context,
    renew: Annotated[
        bool, typer.Option("--renew", help="End every address given out so far: only those shown now are good.")
    ] = False,
) -> None:
    """Show the addresses of the feeds; with web.access = "token" they hold a key that opens nothing else."""
    session: CliSession = context.obj
    with session.app(reading=not renew) as app:
        if renew:
            _renew(app)
            session.say("The addresses given out so far are no good any more.")
        session.table(_table(app))


def _renew(app: App) -> None:
    if app.config.web.access == "public":
        raise BadInput("The feeds are open to all.", hint='They have keys where web.access is "token".')
    app.store.feed_salt.renew()


def _table(app: App) -> Table:
    root, access = app.config.web.base_url.rstrip("/"), read_access(app.config.web, app.environment)
    key = feed_key(access, app.store.feed_salt.current()) if access.mode == "token" else ""
    named = [("every edition", urls.FEED)]
    named += [(topic.slug, urls.topic_feed(topic.slug)) for topic in app.store.topics.list(active_only=True)]
    table = Table(box=None, pad_edge=False, show_header=False)
    for name, path in named:
        table.add_row(to_verbatim_line(name), root + (urls.keyed_feed(key, path) if key else path))
    return table


def add_to(app: typer.Typer) -> None:
    """Register the verb."""
    app.command()(feeds)
