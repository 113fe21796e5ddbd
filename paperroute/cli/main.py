"""The command line: thin verbs that parse, call and print. Results go to stdout, everything else to stderr.

Exit codes: 0 done; 1 failed, with one plain line saying what and what to do; 2 usage; 130 stopped by the user.
"""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from paperroute.cli import archive, deliveries, evaluate, feedback, make, search, subscriptions, topics, upkeep, usage
from paperroute.cli.session import CliSession, UsageError, describe_usage_error, explain
from paperroute.compose.app import VERSION
from paperroute.output import make_lenient

app = typer.Typer(
    name="paperroute",
    help="Surveys and digests of arXiv papers that read well, because the papers come in a good order.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for add_verbs in (
    make.add_to,
    upkeep.add_serve,
    archive.add_to,
    search.add_to,
    upkeep.add_to,
    evaluate.add_to,
    usage.add_to,
    upkeep.add_bounce_pipe,
    upkeep.add_mcp,
    feedback.add_to,
):
    add_verbs(app)
app.add_typer(topics.app, name="topics")
app.add_typer(subscriptions.app, name="subscriptions")
app.add_typer(deliveries.app, name="deliveries")
app.add_typer(upkeep.operator_app, name="operator")

_session = CliSession()


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"paperroute {VERSION}")
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    config: Annotated[
        Path | None, typer.Option(help="The configuration file; else $PAPERROUTE_CONFIG, else ./config.toml.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress on stderr.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks and the libraries' log lines.")] = False,
    version: Annotated[  # noqa: ARG001 - typer calls the callback
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Options that every verb has."""
    _session.config_file, _session.quiet = config, quiet
    _session.debug = debug or os.environ.get("PAPERROUTE_DEBUG", "") not in ("", "0")
    logging.basicConfig(level=logging.DEBUG if _session.debug else logging.CRITICAL)
    context.obj = _session


def main() -> None:
    """Run the command line; no traceback reaches a user without --debug."""
    make_lenient()
    try:
        sys.exit(app(prog_name="paperroute", standalone_mode=False))
    except typer.Abort:  # a question to the person was not answered
        sys.exit(explain(KeyboardInterrupt(), _session))
    except UsageError as error:
        if told := describe_usage_error(error):
            _session.err.print(f"paperroute: {told}", markup=False, soft_wrap=True)
        sys.exit(2)
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the last stop: one plain line instead of a traceback
        sys.exit(explain(error, _session))
