"""The command line: thin verbs that parse, call and print. Results go to stdout, everything else to stderr.

Exit codes: 0 done; 1 failed, with one plain line saying what and what to do; 2 usage; 130 stopped by the user.
Invariant: only the module of the verb that was asked for is imported, with what that stands on.
"""

from __future__ import annotations

import logging
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from paperroute.cli.session import CliSession, UsageError, describe_usage_error, explain
from paperroute.output import make_lenient

# Each verb with its module in this folder, and what the list of all says of it on its one line.  # decision 200
VERBS = {
    "survey": ("make", "Answer a question with a cited survey of the papers on it."),
    "digest": ("make", "Write a topic's digest of new papers for one slot."),
    "demo": ("make", "Make both of a bundled sample: no key, no network."),
    "serve": ("upkeep", "Run until stopped: write digests on time, deliver them."),
    "harvest": ("make", "Keep what sources have, before anybody asks."),
    "history": ("history", "List everything that was ever written, or search it."),
    "show": ("archive", "Render any edition from the store alone."),
    "papers": ("archive", "Make a bibliography of papers by their ids."),
    "search": ("search", "Search the papers that were ever found."),
    "doctor": ("upkeep", "Check each part, and say the next step."),
    "backup": ("upkeep", "Copy the store, also while the service runs."),
    "store": ("upkeep", "Move the store to PostgreSQL, and back."),
    "feeds": ("upkeep", "The key in the addresses of feeds; --renew ends them."),
    "evaluate": ("evaluate", "Run the article's experiment again, on your models."),
    "usage": ("usage", "Show what calls to language models took and cost."),
    "bounce-pipe": ("upkeep", "Take one bounce or complaint from standard input."),
    "mcp": ("upkeep", "Serve the archive to an assistant, over stdio."),
    "reading-list": ("feedback", "The papers that a reader keeps, unseen ones first."),
    "config": ("upkeep", "The configuration as it is in force."),
    "feedback": ("feedback", "What readers say of papers, which moves digests."),
    "seeds": ("feedback", "Papers and authors that a topic is to have more of."),
    "topics": ("topics", "What Paper Route watches for you."),
    "subscriptions": ("subscriptions", "Who gets the digests of which topic, and where."),
    "deliveries": ("deliveries", "The outbox: what is to be sent, and what came of it."),
    "operator": ("upkeep", "What you, who run Paper Route, are told."),
}


def load_verb(name: str) -> Any:
    """The command of a verb, or the group of its verbs, with its module."""
    verbs = typer.Typer(rich_markup_mode=None)
    import_module(f"paperroute.cli.{VERBS[name][0]}").add_to(verbs)
    return typer.main.get_group(verbs).commands[name]


class VerbGroup(TyperGroup):
    """All verbs, of which only the one that is called is loaded."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.commands = {name: TyperCommand(name, help=told) for name, (_, told) in VERBS.items()}

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        name, command, rest = super().resolve_command(ctx, args)
        return name, load_verb(command.name) if command and command.name else command, rest


app = typer.Typer(
    cls=VerbGroup,
    rich_markup_mode=None,
    name="paperroute",
    help="Surveys and digests of arXiv papers that read well, because the papers come in a good order.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

_session = CliSession()


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version  # noqa: PLC0415 - it reads mail headers, with all that parses them

        typer.echo(f"paperroute {version('paperroute')}")
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
        else:
            typer.echo(str(error))
        sys.exit(2)
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the last stop: one plain line instead of a traceback
        sys.exit(explain(error, _session))
