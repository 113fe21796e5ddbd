"""Logging of a running service: a line an event, to stderr, as text or JSON.

Invariant: our own lines from INFO on, those of libraries only from WARNING on: some of theirs hold addresses and keys.
"""

from __future__ import annotations

import json
import logging
import time
from typing import Literal

_OUR_LOGGERS = ("bot", "digest", "paperroute", "store", "web")


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


def log_to_stderr(form: Literal["text", "json"], *, debug: bool = False) -> None:
    """Set up the logging of this process, in place of whatever there was."""
    handler = logging.StreamHandler()
    handler.setFormatter(_JsonFormatter() if form == "json" else _TextFormatter())
    logging.basicConfig(level=logging.DEBUG if debug else logging.WARNING, handlers=[handler], force=True)
    for name in _OUR_LOGGERS:
        logging.getLogger(name).setLevel(logging.DEBUG if debug else logging.INFO)
