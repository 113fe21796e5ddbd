"""Logging of a running service: a line an event, to stderr, as text or JSON, and so many of a kind a minute.

Invariant: our own lines from INFO on, those of libraries only from WARNING on: some of theirs hold addresses and keys.
What a fault, or a stranger, can cause without end fills no disk; how much was left out is told.
"""

from __future__ import annotations

import copy
import json
import logging
import re
import time
from collections.abc import Iterator
from typing import Literal, TextIO

from digest.errors import PaperRouteError

_OUR_LOGGERS = ("bot", "digest", "paperroute", "store", "web")
_MOST_LINES = 60  # of a kind; decision 177
_MOST_KINDS = 1_000  # the others of a minute are told apart by their logger only
_WINDOW_SECONDS = 60.0
_Kind = tuple[str, int, str]  # logger, level, message without what is filled in


class _JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        moment = time.gmtime(record.created)
        line = {
            "at": f"{time.strftime('%Y-%m-%dT%H:%M:%S', moment)}.{int(record.msecs):03}Z",
            "level": record.levelname.lower(),
            "part": record.name,
            "thread": record.threadName,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


class _TextFormatter(logging.Formatter):
    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(message)s")

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: ARG002, N802 - logging's
        return time.strftime("%Y-%m-%d %H:%M:%SZ", time.gmtime(record.created))


class LineLimit:
    """Of each kind of line so many a minute, and then how many more there were. Time is that of the records."""

    def __init__(self) -> None:
        self._began = 0.0
        self._counts: dict[_Kind, int] = {}

    def take(self, record: logging.LogRecord) -> Iterator[logging.LogRecord]:
        """The lines to write now: what the last minute left out, and this one."""
        if not 0 <= record.created - self._began < _WINDOW_SECONDS:  # a clock may be set back
            yield from self.end()
            self._began = record.created
        kind = self._kind(record)
        self._counts[kind] = self._counts.get(kind, 0) + 1
        if self._counts[kind] <= _MOST_LINES:
            yield record

    def end(self) -> Iterator[logging.LogRecord]:
        """What was left out, a line a kind."""
        counts, self._counts = self._counts, {}
        for (name, level, message), count in counts.items():
            if count > _MOST_LINES:
                left_out = (message or "lines of many kinds", count - _MOST_LINES)
                yield logging.LogRecord(name, level, "", 0, "%s ... and %d more", left_out, None)

    def _kind(self, record: logging.LogRecord) -> _Kind:
        message = re.sub(r"\d+", "#", str(record.msg).partition("\n")[0][:200])  # some are filled in by who logs them
        kind = (record.name, record.levelno, message)
        known = kind in self._counts or len(self._counts) < _MOST_KINDS
        return kind if known else (record.name, record.levelno, "")


def _in_one_line(record: logging.LogRecord) -> logging.LogRecord:
    """An error of ours says in its words what is wrong: only a fault needs its trace, or whoever debugs."""
    error = record.exc_info[1] if record.exc_info else None
    if not isinstance(error, PaperRouteError) or not isinstance(record.args, tuple):
        return record
    told = copy.copy(record)
    told.msg, told.args, told.exc_info = f"{record.msg}: %s", (*record.args, error), None
    return told


class _LimitHandler(logging.StreamHandler[TextIO]):
    """To stderr. Records come one at a time: `Handler.handle` holds a lock."""

    def __init__(self) -> None:
        super().__init__()
        self._limit = LineLimit()

    def emit(self, record: logging.LogRecord) -> None:
        for line in self._limit.take(_in_one_line(record)):
            super().emit(line)

    def close(self) -> None:
        for line in self._limit.end():
            super().emit(line)
        super().close()


def log_to_stderr(form: Literal["text", "json"], *, debug: bool = False) -> None:
    """Set up the logging of this process, in place of whatever there was. debug: without any limit."""
    handler = logging.StreamHandler() if debug else _LimitHandler()
    handler.setFormatter(_JsonFormatter() if form == "json" else _TextFormatter())
    logging.basicConfig(level=logging.DEBUG if debug else logging.WARNING, handlers=[handler], force=True)
    for name in _OUR_LOGGERS:
        logging.getLogger(name).setLevel(logging.DEBUG if debug else logging.INFO)
