"""The verbs that keep running: serve (digests, outbox, web and Slack) and mcp (for assistants)."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Annotated

import typer

from digest.pipeline.services import SurveyRequest
from digest.run_context import Listener, RunContext
from paperroute.channels import CHANNELS
from paperroute.cli.session import CliSession
from paperroute.compose.app import VERSION, App
from paperroute.logs import log_to_stderr
from store.records.editions import Edition
from store.records.questions import SearchLimits


def mcp(
    context: typer.Context,
    read_only: Annotated[bool, typer.Option("--read-only", help="No new surveys: only what is there.")] = False,
) -> None:
    """Serve the archive to an assistant over stdin and stdout (Model Context Protocol)."""
    from web.mcp import create_server  # noqa: PLC0415 - the SDK takes a second to load, and other verbs need none of it

    session: CliSession = context.obj
    if not session.debug:
        logging.getLogger("mcp").setLevel(logging.CRITICAL)
    with session.app() as app:
        create_server(
            app.store,
            VERSION,
            None if read_only else _survey_function(app),
            embedder=app.search_embedder(free=read_only),
            fetch=None if read_only else app.fetch_paper,
        ).run()


def _survey_function(app: App) -> Callable[[str, SearchLimits, Listener, threading.Event], Edition]:
    def ask(question: str, limits: SearchLimits, listener: Listener, cancel: threading.Event) -> Edition:
        return app.survey(SurveyRequest(question, limits=limits), RunContext(listener, cancel=cancel))

    return ask


def add_mcp(app: typer.Typer) -> None:
    """Register this verb."""
    app.command()(mcp)


def serve(context: typer.Context) -> None:
    """Run until stopped: write each topic's digests on time and deliver them."""
    # Slack's SDK, the web and the scheduler take a second to load, and no other verb needs them.
    from paperroute.compose.service import make_service  # noqa: PLC0415
    from paperroute.serve import stop_on_signals  # noqa: PLC0415

    session: CliSession = context.obj
    log_to_stderr(session.config().serve.log, debug=session.debug)
    with session.app() as app:
        session.say_models(app)
        running = make_service(app, CHANNELS)
        with stop_on_signals(running):
            if not running.run():
                raise typer.Exit(1)


def add_serve(app: typer.Typer) -> None:
    """Register this verb."""
    app.command()(serve)
