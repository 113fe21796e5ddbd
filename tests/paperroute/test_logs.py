"""The log of a service: so many lines of a kind a minute, and how many more there were."""

from __future__ import annotations

import json
import logging
import subprocess
import sys

from paperroute.logs import LineLimit

FLOOD = """
import logging, sys
from paperroute.logs import log_to_stderr
log_to_stderr(sys.argv[1], debug=len(sys.argv) > 2)
for n in range(5_000):
    logging.getLogger("uvicorn.error").warning("Invalid request.")
    logging.getLogger("asyncio").error(f"accept failed on {n}")
    logging.getLogger("asyncio").error("mail %d", n)
logging.getLogger("web.server").info("one of its own")
"""

ERRORS = """
import logging, sys
from digest.errors import SourceError
from paperroute.logs import log_to_stderr
log_to_stderr(sys.argv[1], debug=len(sys.argv) > 2)
for error in (SourceError("arXiv is away.", hint="Wait."), ValueError("a fault")):
    try:
        raise error
    except Exception:
        logging.getLogger("bot.service").exception("beat %d was missed", 7)
"""


def record(message: str, *values: object, at: float = 0.0, name: str = "web") -> logging.LogRecord:
    made = logging.LogRecord(name, logging.WARNING, "", 0, message, values, None)
    made.created = 1_000_000.0 + at
    return made


def written(limit: LineLimit, *records: logging.LogRecord) -> list[str]:
    return [line.getMessage() for one in records for line in limit.take(one)]


def flood(*arguments: str, program: str = FLOOD) -> list[str]:
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stderr.splitlines()


def test_an_error_of_ours_is_one_line_and_a_fault_has_its_trace() -> None:
    first, second, *trace = flood("text", program=ERRORS)
    assert first.endswith("ERROR   bot.service: beat 7 was missed: arXiv is away. Wait.")
    assert second.endswith("ERROR   bot.service: beat 7 was missed")
    assert trace[0].startswith("Traceback")
    assert trace[-1] == "ValueError: a fault"
    first, second = map(json.loads, flood("json", program=ERRORS))
    assert first["message"] == "beat 7 was missed: arXiv is away. Wait."
    assert "error" not in first
    assert "Traceback" in second["error"]


def test_whoever_debugs_sees_the_trace_of_every_error() -> None:
    assert sum(line.startswith("Traceback") for line in flood("text", "debug", program=ERRORS)) == 2


def test_a_flood_is_cut_and_counted_and_all_else_is_written() -> None:
    lines = flood("text")
    assert sum("Invalid request." in line for line in lines) == 61
    assert sum("accept failed on" in line for line in lines) == 61
    assert any("web.server: one of its own" in line for line in lines)
    assert lines[-3].endswith("WARNING uvicorn.error: Invalid request. ... and 4940 more")
    assert lines[-2].endswith("ERROR   asyncio: accept failed on # ... and 4940 more")
    assert lines[-1].endswith("ERROR   asyncio: mail %d ... and 4940 more")


def test_what_was_left_out_is_json_too() -> None:
    last = json.loads(flood("json")[-1])
    assert (last["part"], last["level"], last["message"]) == ("asyncio", "error", "mail %d ... and 4940 more")


def test_whoever_debugs_gets_every_line() -> None:
    assert len([line for line in flood("text", "debug") if "Invalid request." in line]) == 5_000


def test_the_next_minute_begins_with_what_the_last_left_out() -> None:
    limit = LineLimit()
    assert len(written(limit, *[record("a", at=n / 100) for n in range(100)])) == 60
    assert written(limit, record("b", at=59)) == ["b"]
    assert written(limit, record("a", at=61)) == ["a ... and 40 more", "a"]
    assert written(limit, record("a", at=200)) == ["a"]


def test_a_clock_that_is_set_back_silences_nothing() -> None:
    limit = LineLimit()
    written(limit, *[record("a") for _ in range(100)])
    assert written(limit, record("a", at=-86_400)) == ["a ... and 40 more", "a"]


def test_kinds_without_end_are_one_kind() -> None:
    limit = LineLimit()
    lines = written(limit, *[record("c" + "a" * (n % 150) + "b" * (n // 150)) for n in range(20_000)])
    assert len(lines) == 1_000 + 60
    assert written(limit, record("c", at=61)) == ["lines of many kinds ... and 18940 more", "c"]


def test_one_logger_does_not_silence_another() -> None:
    limit = LineLimit()
    written(limit, *[record("a") for _ in range(100)])
    assert written(limit, record("a", name="store")) == ["a"]
