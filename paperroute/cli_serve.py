"""The verb that stays: serve."""

from __future__ import annotations

import typer

from paperroute.logs import log_to_stderr
from paperroute.session import Session


def serve(context: typer.Context) -> None:
    """Run until stopped: write each topic's digests on time and deliver them."""
    # Slack's SDK, the web and the scheduler take a second to load, and no other verb needs them.
    from paperroute.compose import service  # noqa: PLC0415
    from paperroute.serve import stopped_by_signals  # noqa: PLC0415

    session: Session = context.obj
    log_to_stderr(session.config().serve.log, debug=session.debug)
    with session.app() as app:
        session.say_models(app)
        running = service(app)
        with stopped_by_signals(running):
            if not running.run():
                raise typer.Exit(1)


def add_serve(app: typer.Typer) -> None:
    """Register this verb."""
    app.command()(serve)
