"""CLI session: what every verb shares: opening the store or the app, output, errors as one plain line.

Invariant: what it stands on is loaded by the method that needs it, for the verbs that call it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import typer
from rich.console import Console

from digest.errors import BadInput, Cancelled, ConfigError, PaperRouteError
from paperroute.output import check_writable, print_document, print_words, write_file

if TYPE_CHECKING:
    from rich.table import Table

    from digest.run_context import RunContext
    from paperroute.compose.app import App
    from paperroute.config.load import Config
    from store import Store
    from store.records.editions import Edition

_T = TypeVar("_T")
# Whatever the parser raises for wrong usage; the class itself is in a module that the library keeps to itself.
UsageError: type[Exception] = typer.BadParameter.__mro__[2]
# The library's own words are for programmers. It gives its complaints neither code nor class of their own, so that
# its English is all there is to go by; this is the one place that does.
_USAGE_REWRITES = (
    (r"^Invalid value for '?(.+?)'?: ", r"\1: "),
    (r"Value error, ", ""),
    (r"Input should be a valid integer.*", "give a whole number"),
    (r"Input should be a valid number.*", "give a number"),
    (r"Input should be greater than or equal to (\S+)", r"give \1 or more"),
    (r"Input should be less than or equal to (\S+)", r"give \1 or less"),
    (r"'([^']*)' is not one of (.+?)\.?$", r"“\1” is none of \2"),
    (r"'([^']*)'", r"\1"),
)


class ListFormat(StrEnum):
    """How a list is set."""

    text = "text"
    json = "json"


def describe_usage_error(error: Any) -> str:
    """One line: what is wrong, and where the right usage stands; "" where no verb was given, which asks for help."""
    if type(error).__name__ == "NoArgsIsHelpError":
        return ""
    message = " ".join(str(error.format_message()).split())
    for pattern, plain in _USAGE_REWRITES:
        message = re.sub(pattern, plain, message)
    context = getattr(error, "ctx", None)
    stop = "" if message.endswith(("?", ".")) else "."
    return f"{message}{stop} See {context.command_path if context else 'paperroute'} --help."


@dataclass
class CliSession:
    """The global options of one call of the program."""

    config_file: Path | None = None
    debug: bool = False
    quiet: bool = False
    out: Console = field(default_factory=lambda: Console(highlight=False))
    err: Console = field(default_factory=lambda: Console(stderr=True, highlight=False))

    def config(self) -> Config:
        from paperroute.config.load import find_config_file, load  # noqa: PLC0415 - see the module's invariant

        return load(find_config_file(self.config_file))

    def store(self) -> AbstractContextManager[Store]:
        """For a verb that only looks at what is there: neither models nor sources are loaded."""
        from paperroute.compose.storage import open_store  # noqa: PLC0415

        return self._opening(open_store, reading=True)

    def app(self, *, reading: bool = False) -> AbstractContextManager[App]:
        """reading: for a verb that only looks."""
        from paperroute.compose.app import open_app  # noqa: PLC0415

        return self._opening(open_app, reading=reading)

    @contextmanager
    def _opening(self, opens: Callable[[Config], AbstractContextManager[_T]], *, reading: bool) -> Iterator[_T]:
        """reading: say that a store is new; a mistyped path would look like an archive that lost everything."""
        config = self.config()
        known = config.store.url or os.path.exists(config.store.path)  # noqa: PTH110 - Path.exists may raise; opening says it better
        with opens(config) as opened:
            if reading and not known:
                self.say(f"A new store was made at {config.store.path}.")
            yield opened

    def run(self, work: Callable[[RunContext], Edition], moot: str = "") -> Edition:
        """Do the work of a survey or digest with its progress on stderr; Ctrl-C stops it between two steps.

        moot: the option, if one was given, that says nothing to an edition that is there already.
        """
        from digest.run_context import RunContext  # noqa: PLC0415
        from paperroute.progress import show_progress  # noqa: PLC0415

        with show_progress(self.err, quiet=self.quiet) as listener:
            run = RunContext(listener)
            try:
                edition = work(run)
            except KeyboardInterrupt:
                run.cancel.set()  # the workers are to stop, too
                raise Cancelled("Stopped.") from None
        if edition.created_at != run.now:
            told = f"nothing was made anew, and {moot} has no effect on it." if moot else "nothing was made anew."
            self.say(f"This was written on {edition.created_at:%Y-%m-%d at %H:%M} UTC; {told}")
        for line in edition.health:
            if not line.ok:
                self.say(f"Note: {line.source}: {line.detail}")
        return edition

    def say(self, text: str) -> None:
        """A line for the person, beside the result."""
        if not self.quiet:
            self.err.print(text, markup=False, soft_wrap=True)

    def say_models(self, app: App) -> None:
        """Which models are about to be asked; nothing where all are built in."""
        if line := app.models.choice.line:
            self.say(f"models: {line}")

    def table(self, table: Table) -> None:
        """A list as the result: as wide as the terminal, and nowhere cut where there is none."""
        out = self.out if self.out.is_terminal else Console(width=1000, highlight=False)
        out.print(table)

    def write_document(self, text: str, output: Path | None) -> None:
        """A result that other programs read, to a file or to stdout."""
        self._write(text, output, print_document)

    def write_words(self, text: str, output: Path | None) -> None:
        """A result that a person reads, likewise."""
        self._write(text, output, print_words)

    def _write(self, text: str, output: Path | None, print_text: Callable[[str], None]) -> None:
        if output is None:
            print_text(text if text.endswith("\n") else text + "\n")
            return
        self._refuse_own(output)
        write_file(output, text.encode(errors="replace"))
        self.say(f"Written to {output}.")

    def try_output(self, output: Path | None) -> None:
        """Before the work: raises BadInput where its result could not be written to this file after it."""
        if output is None:
            return
        self._refuse_own(output)
        check_writable(output)

    def _refuse_own(self, output: Path) -> None:
        """No result is worth the store or the configuration that it would be written over."""
        from paperroute.config.load import find_config_file  # noqa: PLC0415

        store, file = self.config().store.path, find_config_file(self.config_file)
        own = [store.with_name(store.name + ending) for ending in ("", "-wal", "-shm", "-journal", ".key")]
        if output.resolve() in [path.resolve() for path in (*own, *([file] if file else []))]:
            raise BadInput(f"{output} is Paper Route's own file.", hint="Choose another with -o.")


def explain(error: BaseException, session: CliSession) -> int:
    """Print an error as one plain line, and give the exit code that goes with it."""
    if session.debug:
        session.err.print_exception()
    if isinstance(error, KeyboardInterrupt | Cancelled):
        session.err.print("Stopped. What was done is kept; the same command goes on from there.")
        return 130
    if isinstance(error, PaperRouteError):
        line, code = str(error), 2 if isinstance(error, BadInput | ConfigError) else 1
    else:
        line = (
            f"{type(error).__name__}: {error}. This is a fault of Paper Route: please report it, with --debug's output."
        )
        code = 1
    session.err.print(f"paperroute: {line}", markup=False, soft_wrap=True)
    return code
