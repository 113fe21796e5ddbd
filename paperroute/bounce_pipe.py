"""What an alias or .forward pipes bounces and complaints into: one mail on standard input, an exit code.

Invariant: 0 once the mail is done with, whatever it was, so that no mail goes in a circle; 75 (EX_TEMPFAIL) where it
cannot be taken now, so that the mail system brings it again. Nothing is printed: Exim takes any output of a pipe for a
failure, and sends it to whoever wrote the mail.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, suppress
from datetime import UTC, datetime
from typing import BinaryIO

from digest.errors import ConfigError, PaperRouteError
from paperroute.compose.app import App
from paperroute.config.load import Config

_EX_TEMPFAIL = 75  # of sysexits.h
# In which mail systems say whom a mail was for: Postfix; Exim; qmail. An id is found in any of them.
_RECIPIENT_VARIABLES = (
    "ORIGINAL_RECIPIENT", "RECIPIENT", "EXTENSION", "LOCAL_PART", "LOCAL_PART_SUFFIX", "DEFAULT", "EXT",
)  # fmt: skip


def take_mail(
    stream: BinaryIO | None,
    recipient: str,
    load: Callable[[], Config],
    open_app: Callable[[], AbstractContextManager[App]],
) -> tuple[int, list[str]]:
    """The exit code, and a line for each thing that was reported, which also goes to the system's log of mail.

    stream: None where standard input is closed.
    """
    try:
        code, lines = 0, _take(stream, recipient, load, open_app) or ["no report: nothing follows from it"]
    except Exception as error:  # noqa: BLE001 - whatever went wrong, the mail is brought again
        told = str(error) if isinstance(error, PaperRouteError) else f"{type(error).__name__}: {error}"
        code, lines = _EX_TEMPFAIL, [f"not taken yet: {told}"]
    _log(lines)
    return code, lines


def recipients_of(environment: Mapping[str, str]) -> str:
    """Whatever the mail system says of whom the mail was for."""
    return " ".join(environment.get(name, "")[:500] for name in _RECIPIENT_VARIABLES)


def _take(
    stream: BinaryIO | None,
    recipient: str,
    load: Callable[[], Config],
    open_app: Callable[[], AbstractContextManager[App]],
) -> list[str]:
    from digest.mail.reports.report_parser import MOST_BYTES, parse_report_mail  # noqa: PLC0415 - a fault of these, too,
    from paperroute.compose.reports import make_report_handler  # noqa: PLC0415 - has to end in 75

    reports = parse_report_mail(_read(stream, MOST_BYTES), recipient)
    if not reports:
        return []
    store = load().store
    if not store.url and not store.path.exists():
        raise ConfigError(
            f"There is no store at {store.path}.", hint="Name its configuration: paperroute --config FILE."
        )
    with open_app() as app:
        return [outcome.line for outcome in make_report_handler(app, make_keys=False).take(reports, datetime.now(UTC))]


def _read(stream: BinaryIO | None, most: int) -> bytes:
    """The beginning of a mail. The rest is read, too: a mail system takes a closed pipe for a failure."""
    if stream is None:
        raise ConfigError("Standard input is closed.", hint="A mail is piped in.")
    data = stream.read(most)
    while stream.read(64 * 1024):
        pass
    return data


def _log(lines: list[str]) -> None:
    with suppress(ImportError):
        import syslog  # noqa: PLC0415 - of Unix alone

        syslog.openlog("paperroute", syslog.LOG_PID, syslog.LOG_MAIL)
        for line in lines:
            syslog.syslog(syslog.LOG_INFO, line)
