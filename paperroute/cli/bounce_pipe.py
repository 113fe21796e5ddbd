"""The verb that an alias or .forward pipes bounces and complaints into, one mail on standard input.

Invariant: exit code 0 once the mail is done with, whatever it was, so that no mail goes in a circle; 75 (EX_TEMPFAIL)
where it cannot be taken now, so that the mail system brings it again. It prints nothing unless it is asked to: Exim
takes any output of a pipe for a failure, and sends it to whoever wrote the mail.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Annotated, BinaryIO

import typer

from digest.errors import ConfigError, PaperRouteError
from paperroute.cli.session import CliSession

_EX_TEMPFAIL = 75  # of sysexits.h
# In which mail systems say whom a mail was for: Postfix; Exim and qmail. Its ids are found in any of them.
_RECIPIENT_VARIABLES = (
    "ORIGINAL_RECIPIENT", "RECIPIENT", "EXTENSION", "LOCAL_PART_SUFFIX", "LOCAL_PART", "DEFAULT", "EXT",
)  # fmt: skip


def bounce_pipe(
    context: typer.Context,
    recipient: Annotated[str, typer.Argument(help="The address it came to, where your mail system can name it.")] = "",
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Say on stderr what was done.")] = False,
) -> None:
    """Take one bounce or complaint from standard input. Exit code 75: it cannot be taken now, bring it again."""
    session: CliSession = context.obj
    code, lines = 0, ["no report: nothing follows from it"]
    try:
        lines = _take(session, " ".join((recipient, *_named_recipients(os.environ)))) or lines
    except Exception as error:  # noqa: BLE001 - whatever went wrong, the mail is brought again
        told = str(error) if isinstance(error, PaperRouteError) else f"{type(error).__name__}: {error}"
        code, lines = _EX_TEMPFAIL, [f"not taken yet: {told}"]
    _tell(session, lines, aloud=verbose)
    raise typer.Exit(code)


def _take(session: CliSession, recipient: str) -> list[str]:
    """A line for each thing that was reported. Raises PaperRouteError."""
    from digest.mail.reports.report_parser import MOST_BYTES, parse_report_mail  # noqa: PLC0415 - faults of these, too,
    from paperroute.compose.reports import make_report_handler  # noqa: PLC0415 - must end in 75

    reports = parse_report_mail(_read(sys.stdin.buffer, MOST_BYTES), recipient)
    if not reports:
        return []
    path = session.config().store.path
    if not path.exists():
        raise ConfigError(f"There is no store at {path}.", hint="Name its configuration: paperroute --config FILE.")
    with session.app() as app:
        return [outcome.line for outcome in make_report_handler(app).take(reports, datetime.now(UTC))]


def _read(stream: BinaryIO, most: int) -> bytes:
    """The beginning of a mail. The rest is read, too: a mail system takes a closed pipe for a failure."""
    data = stream.read(most)
    while stream.read(64 * 1024):
        pass
    return data


def _named_recipients(environment: Mapping[str, str]) -> list[str]:
    return [value[:500] for name in _RECIPIENT_VARIABLES if (value := environment.get(name, ""))]


def _tell(session: CliSession, lines: list[str], *, aloud: bool) -> None:
    """To the system's log of mail, where there is one."""
    with suppress(ImportError):
        import syslog  # noqa: PLC0415 - of Unix alone

        syslog.openlog("paperroute", syslog.LOG_PID, syslog.LOG_MAIL)
        for line in lines:
            syslog.syslog(syslog.LOG_INFO, line)
    if aloud:
        for line in lines:
            session.say(line)


def add_to(app: typer.Typer) -> None:
    """Register this verb."""
    app.command("bounce-pipe")(bounce_pipe)
