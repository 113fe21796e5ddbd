"""The verbs of whoever runs it: serve (digests, outbox, web, Slack), bounce-pipe, mcp (for assistants), doctor,
operator, backup, store, feeds, config.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from digest.errors import BadInput, ConfigError, PaperRouteError
from digest.operator.operator_letter import WeeklyLetter, write_letter
from digest.operator.operator_notices import OperatorMessage, OperatorWay, try_way
from digest.pipeline.services import SurveyRequest
from digest.ports import Finding
from digest.render.safe_text import to_verbatim_line
from digest.run_context import Listener, RunContext
from paperroute.bounce_pipe import recipients_of, take_mail
from paperroute.channels import CHANNELS
from paperroute.cli.session import CliSession
from paperroute.compose.app import VERSION, App
from paperroute.compose.channel_spec import DoctorOptions
from paperroute.compose.storage import find_place
from paperroute.config.load import to_toml
from paperroute.config.web import read_access
from paperroute.logs import log_to_stderr
from store.records.editions import Edition
from store.records.questions import SearchLimits
from web import urls
from web.http.access import feed_key

operator_app = typer.Typer(help="What you, who run Paper Route, are told.", no_args_is_help=True)
store_app = typer.Typer(help="The store as a whole.", no_args_is_help=True)
config_app = typer.Typer(help="The configuration as it is in force.", no_args_is_help=True)
_KEYS_GO_ALONG = (
    "The copy is complete. The key that signs links in mails is not in it: take the file beside the old store along, "
    "whose name ends in .key, or set PAPERROUTE_SECRET_KEYS to what it holds."
)
_MARKS = {"ok": "[green]✓[/]", "warn": "[yellow]![/]", "fail": "[red]✗[/]"}


def doctor(
    context: typer.Context,
    offline: Annotated[bool, typer.Option("--offline", help="Ask nothing of the network.")] = False,
    mail: Annotated[str, typer.Option(metavar="ADDRESS", help="Send a test mail, and check the sender's DNS.")] = "",
) -> None:
    """Check each part, and say the next step where something is wrong."""
    # It knows every part, Slack's SDK and the resolver among them, and no other verb needs them.
    from paperroute.doctor.report import examine  # noqa: PLC0415

    session: CliSession = context.obj
    if offline and mail:
        raise BadInput("A test mail needs the network.", hint="Leave out --offline or --mail.")
    findings = list(examine(session.config, CHANNELS.values(), DoctorOptions(offline, mail)))
    session.table(_table(findings))
    if any(finding.state == "fail" for finding in findings):
        raise typer.Exit(1)


def _table(findings: list[Finding]) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False)
    for finding in findings:
        table.add_row(_MARKS[finding.state], finding.part, finding.detail)
        if finding.step:
            table.add_row("", "", f"[bold]→[/] {finding.step}")
    return table


def backup(context: typer.Context, file: Annotated[Path, typer.Argument(help="Where the copy goes.")]) -> None:
    """Make a consistent copy of the store, also while the service runs. An older copy of that name is replaced."""
    session: CliSession = context.obj
    with session.app() as app:
        older = file.exists()
        app.store.backup(file)
    session.say(f"Copied to {file}, in place of the copy that was there." if older else f"Copied to {file}.")


@store_app.command("copy")
def copy_store(
    context: typer.Context,
    source: Annotated[str, typer.Argument(metavar="FROM", help="The store, which may be in use.")],
    target: Annotated[str, typer.Argument(metavar="TO", help="Where no store is yet.")],
) -> None:
    """Copy a whole store: from its file to PostgreSQL, or back. The same command goes on where it was stopped.

    Each is a file, postgresql://user@host/database (its password in ~/.pgpass or PGPASSWORD, since all users of a
    machine can see a command), or the word “configured” for the store of the configuration.
    """
    from paperroute.progress import show_progress  # noqa: PLC0415 - of this verb alone
    from store.copying import open_transfer  # noqa: PLC0415 - likewise

    session: CliSession = context.obj
    config = session.config()
    source, target = (find_place(config, said) for said in (source, target))
    with (
        open_transfer(source, target, config.store.busy_seconds) as steps,
        show_progress(session.err, quiet=session.quiet) as to,
    ):
        run = RunContext(to)
        for step in steps:
            with run.stage(step.name) as stage:
                stage.detail = step.run(stage.advance)
    session.say(_KEYS_GO_ALONG)


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
            _renew_feed_key(app)
            session.say("The addresses given out so far are no good any more.")
        session.table(_feed_table(app))


def _renew_feed_key(app: App) -> None:
    if app.config.web.access == "public":
        raise BadInput("The feeds are open to all.", hint='They have keys where web.access is "token".')
    app.store.feed_salt.renew()


def _feed_table(app: App) -> Table:
    root, access = app.config.web.base_url.rstrip("/"), read_access(app.config.web, app.environment)
    key = feed_key(access, app.store.feed_salt.current()) if access.mode == "token" else ""
    named = [("every edition", urls.FEED)]
    named += [(topic.slug, urls.topic_feed(topic.slug)) for topic in app.store.topics.list(active_only=True)]
    table = Table(box=None, pad_edge=False, show_header=False)
    for name, path in named:
        table.add_row(to_verbatim_line(name), root + (urls.keyed_feed(key, path) if key else path))
    return table


@config_app.command()
def show(context: typer.Context) -> None:
    """Print the effective configuration: defaults, file and environment together. It holds no secrets."""
    session: CliSession = context.obj
    config = session.config()
    session.write_document(to_toml(config), None)
    if config.store.url:
        session.say("The store is the database of store.url, which is not shown: it may hold a password.")


def mcp(
    context: typer.Context,
    read_only: Annotated[bool, typer.Option("--read-only", help="No new surveys: only what is there.")] = False,
) -> None:
    """Serve the archive to an assistant over stdin and stdout (Model Context Protocol)."""
    from web.mcp.tool_server import create_server  # noqa: PLC0415 - the SDK takes a second to load, and other verbs need none of it

    session: CliSession = context.obj
    if not session.debug:
        logging.getLogger("mcp").setLevel(logging.CRITICAL)
    with session.app() as app:
        create_server(
            app.store,
            VERSION,
            ask=None if read_only else _survey_function(app),
            embedder=app.search_embedder(free=read_only),
            fetch=None if read_only else app.fetch_paper,
            root=app.config.web.base_url.rstrip("/"),
        ).run()


def _survey_function(app: App) -> Callable[[str, SearchLimits, Listener, threading.Event], Edition]:
    def ask(question: str, limits: SearchLimits, listener: Listener, cancel: threading.Event) -> Edition:
        return app.survey(SurveyRequest(question, limits=limits), RunContext(listener, cancel=cancel))

    return ask


@operator_app.command()
def letter(
    context: typer.Context,
    send: Annotated[bool, typer.Option("--send", help="Send it, unless this week's was sent.")] = False,
) -> None:
    """Show the letter of the last seven days, or send this week's by every way that is set up."""
    session: CliSession = context.obj
    with session.app(reading=not send) as opened:
        now = datetime.now(UTC).replace(microsecond=0)
        if not send:
            message = write_letter(opened.store, now)
            session.write_words(f"{message.subject}\n\n{message.text}", None)
            return
        ways, schedule = _get_ways(opened), opened.config.operator.schedule
        count = WeeklyLetter(opened.store, ways, schedule).send_due(now, at_any_time=True)
        gone = opened.store.operator_letters.sent(schedule.week(now))
        if missing := [way.name for way in ways if way.name not in gone]:
            raise PaperRouteError(f"Not taken by {', '.join(missing)}.", hint="Its words: paperroute operator test")
        session.say(f"Sent by {count} of {len(ways)} ways." if count else "This week's letter was sent before.")


@operator_app.command()
def test(context: typer.Context) -> None:
    """Send a test notice by every way that is set up, and print what became of it."""
    session: CliSession = context.obj
    with session.app(reading=True) as opened:
        text = "This came from “paperroute operator test”: troubles will be told the same way."
        message = OperatorMessage("Test of Paper Route", text, datetime.now(UTC).replace(microsecond=0))
        receipts = {way: try_way(way, message) for way in _get_ways(opened)}
        for way, receipt in receipts.items():
            session.write_words(f"{way.name} ({way.place}): {receipt.state}, {receipt.detail}", None)
        if bad := [way.name for way, receipt in receipts.items() if receipt.state != "sent"]:
            raise PaperRouteError(f"The test did not go by {', '.join(bad)}.")


def _get_ways(opened: App) -> tuple[OperatorWay, ...]:
    from paperroute.compose.operator import operator_ways  # noqa: PLC0415 - what mails are sent with takes long to load

    ways = operator_ways(opened.config, opened.environment)
    if not ways:
        raise ConfigError(
            "There is no way to the operator.", hint="Set operator.email, operator.slack or a webhook: docs/operator.md"
        )
    return ways


def bounce_pipe(
    context: typer.Context,
    recipient: Annotated[str, typer.Argument(help="The address it came to, where your mail system can name it.")] = "",
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Say on stderr what was done.")] = False,
) -> None:
    """Take one bounce or complaint from standard input. Exit code 75: it cannot be taken now, bring it again."""
    session: CliSession = context.obj
    to = f"{recipient} {recipients_of(os.environ)}"
    code, lines = take_mail(sys.stdin.buffer if sys.stdin else None, to, session.config, session.app)
    for line in lines if verbose else []:
        session.say(line)
    raise typer.Exit(code)


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


def add_to(app: typer.Typer) -> None:
    """Register these verbs."""
    for verb in (doctor, backup, feeds, mcp, serve):
        app.command()(verb)
    app.command("bounce-pipe")(bounce_pipe)
    app.add_typer(store_app, name="store")
    app.add_typer(config_app, name="config")
    app.add_typer(operator_app, name="operator")
