"""A stand-in for arXiv's OAI-PMH service: the real wire shapes over invented records, with scripted faults.

    with OaiServer(records(250), page=100) as server:
        server.fail("503:7", "truncated", "loop")   # the next answers, one each; afterwards all is well again
        ... server.url ...
        server.asked                                # the arguments of each request, in order
        server.revise("2610.00007")                 # a version more, today: it moves to the end of the list

Like arXiv it keeps nothing between two requests: a token is the query with `from` moved to the last day shown and what
to skip of that day, and what changes between two pages moves the others. Days only; a time, another argument or a set
that is none is `badArgument`; errors come with status 200.

Faults: a status, with `:SECONDS` a Retry-After; `html` `xhtml` `blank` `truncated` `cut` (fewer bytes than announced)
`reset` `hang` `drip` `slow` (half a second) `kill:PID` (the caller, before it has its answer) `redirect:URL`
`body:TEXT`; `empty` (a token and no records) `void` (neither) `loop` (a token that leads to the same page) `expired`
`norecords` `error:CODE` `duplicate` (the next record comes here too); and of the first record `deleted` `nodate`
`noversiondate` `badchar` `badutf8` `noid` `noversion`.
"""

import os
import re
import signal
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit
from xml.sax.saxutils import escape, quoteattr

from digest.sources.arxiv.sets import set_of
from tests.doubles.http_server import HttpDouble, HttpHandler

EARLIEST = date(2005, 9, 16)
DOCUMENT = """<?xml version="1.0" encoding="UTF-8"?>
<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"
         xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<responseDate>{day}T04:20:00Z</responseDate>
<request>http://127.0.0.1/oai</request>
{inner}
</OAI-PMH>
"""
HTML = "<!DOCTYPE html><html><head><title>arXiv is down for maintenance</title></head><body>Back soon.{}</body></html>"
LISTS = ("ListRecords", "ListIdentifiers")


@dataclass
class OaiRecord:
    """One invented paper. versions: the moment and the source type of each. modified: its datestamp."""

    id: str
    title: str = "Counting Pebbles"
    abstract: str = "  We count pebbles.\n"
    authors: str = "Ada Example (1), Ben Sample (1 and 2) ((1) First University, (2) Second Lab)"
    categories: str = "cs.LG stat.ML"
    versions: list[tuple[datetime, str]] = field(default_factory=lambda: [(datetime(2026, 10, 1, 12, tzinfo=UTC), "")])
    modified: date = date(2026, 10, 2)
    deleted: bool = False
    fields: dict[str, str] = field(default_factory=dict)  # more elements of arXivRaw

    def header(self, fault: str = "") -> str:
        name = "nonsense" if fault == "noid" else f"oai:arXiv.org:{self.id}"
        status = ' status="deleted"' if self.deleted or fault == "deleted" else ""
        day = "" if fault == "nodate" else f"<datestamp>{self.modified}</datestamp>"
        sets = "".join(f"<setSpec>{set_of(name)}</setSpec>" for name in self.categories.split())
        return f"<header{status}><identifier>{name}</identifier>{day}{sets}</header>\n"

    def xml(self, fault: str = "") -> str:
        if self.deleted or fault == "deleted":
            return f"<record>{self.header(fault)}</record>\n"
        spoilt = {"badchar": "\x0b", "badutf8": "\udcff"}.get(fault, "")
        values = {
            "title": self.title + spoilt,
            "authors": self.authors,
            "categories": self.categories,
            **self.fields,
            "acm-class": "None",
            "abstract": self.abstract,
        }
        inner = "".join(f"<{name}>{escape(value)}</{name}>\n" for name, value in values.items())
        id_ = "nonsense" if fault == "noid" else self.id
        raw = f"<id>{id_}</id><submitter>Ada Example</submitter>\n{self._versions(fault)}{inner}"
        return (
            f"<record>{self.header(fault)}<metadata>"
            f'<arXivRaw xmlns="http://arxiv.org/OAI/arXivRaw/">\n{raw}</arXivRaw></metadata></record>\n'
        )

    def _versions(self, fault: str) -> str:
        shown = [] if fault == "noversion" else self.versions
        return "".join(
            f"<version version={quoteattr(f'v{number}')}>"
            + ("" if fault == "noversiondate" else f"<date>{moment:%a, %d %b %Y %H:%M:%S} GMT</date>")
            + "<size>31kb</size>"
            + (f"<source_type>{kind}</source_type>" if kind else "")
            + "</version>\n"
            for number, (moment, kind) in enumerate(shown, 1)
        )


def records(count: int, *, a_day: int = 40, last: date = date(2026, 10, 2), **fields: Any) -> list[OaiRecord]:
    """So many papers about pebbles, `a_day` of them submitted and changed a day, the newest on `last`."""
    return [
        OaiRecord(
            id=f"2610.{number:05d}",
            title=f"Counting Pebbles {number}",
            modified=(day := last - timedelta(days=(count - 1 - number) // a_day)),
            versions=[(datetime(day.year, day.month, day.day, 9, tzinfo=UTC), "")],
            **fields,
        )
        for number in range(count)
    ]


class _Error(Exception):
    """A protocol error: its code."""


@dataclass
class OaiServer(HttpDouble):
    records: list[OaiRecord] = field(default_factory=list)
    page: int = 100
    ids_page: int = 1000
    today: date = date(2026, 10, 3)
    asked: list[dict[str, str]] = field(default_factory=list)
    faults: deque[str] = field(default_factory=deque)
    busy: int = 0  # requests in hand now
    most_busy: int = 0  # the most there ever were

    @property
    def url(self) -> str:
        return f"{super().url}/oai"

    def fail(self, *faults: str) -> None:
        self.faults.extend(faults)

    def revise(self, id_: str, source_type: str = "") -> None:
        """A new version, today; of source type "I" a withdrawal."""
        with self.lock:
            record = next(record for record in self.records if record.id == id_)
            record.versions.append(
                (datetime(self.today.year, self.today.month, self.today.day, 8, tzinfo=UTC), source_type)
            )
            record.modified = self.today
            self.records.remove(record)
            self.records.append(record)

    def answer(self, asked: dict[str, str], fault: str = "") -> str:
        try:
            inner = self._get(asked, fault) if asked.get("verb") == "GetRecord" else self._list(asked, fault)
            inner = f"<{asked['verb']}>\n{inner}</{asked['verb']}>"
        except _Error as error:
            inner = f'<error code="{error}">Reason: as it is</error>'
        return DOCUMENT.format(day=self.today, inner=inner)

    def _get(self, asked: dict[str, str], fault: str) -> str:
        _check_told(fault)
        if set(asked) != {"verb", "identifier", "metadataPrefix"}:
            raise _Error("badArgument")
        for record in self.records:
            if asked["identifier"] == f"oai:arXiv.org:{record.id}":
                return record.xml(fault)
        raise _Error("idDoesNotExist")

    def _list(self, asked: dict[str, str], fault: str) -> str:
        _check_told(fault)
        verb, query, skip = asked.get("verb", ""), dict(asked), 0
        if verb not in LISTS:
            raise _Error("badVerb")
        if "resumptionToken" in asked:
            if fault == "expired" or set(asked) != {"verb", "resumptionToken"}:
                raise _Error("badResumptionToken")
            query = dict(parse_qsl(unquote(asked["resumptionToken"])))
            skip = int(query.pop("skip", "0"))
            if query.get("verb") != verb:
                raise _Error("badResumptionToken")
        if fault == "norecords":
            raise _Error("noRecordsMatch")
        return self._page(query, skip, fault, is_first="resumptionToken" not in asked)

    def _page(self, query: dict[str, str], skip: int, fault: str, *, is_first: bool) -> str:
        size = self.ids_page if query["verb"] == "ListIdentifiers" else self.page
        found = self._select(query)[skip:]
        if not found:
            raise _Error("noRecordsMatch")
        shown, following = found[:size], found[size : size + 1]
        token = _token(query, skip, shown) if following else ""
        if fault in ("empty", "loop"):
            token = quote(urlencode({**query, "skip": skip}))
        if fault in ("empty", "void"):
            shown = []
        if fault == "duplicate":
            shown = shown + (following or shown[:1])
        name = "header" if query["verb"] == "ListIdentifiers" else "xml"
        items = "".join(getattr(record, name)("" if at else fault) for at, record in enumerate(shown))
        if fault == "void" or (is_first and not token):
            return items
        return items + (
            f"<resumptionToken expirationDate='{self.today}T23:59:59Z'>{token}</resumptionToken>\n"
            if token
            else "<resumptionToken/>\n"
        )

    def _select(self, query: dict[str, str]) -> list[OaiRecord]:
        """Raises _Error where it cannot be asked."""
        if set(query) - {"verb", "metadataPrefix", "from", "until", "set"} or query.get("metadataPrefix") != "arXivRaw":
            raise _Error("badArgument")
        since, until = (
            _day(query.get(name, ""), default) for name, default in (("from", EARLIEST), ("until", self.today))
        )
        if since < EARLIEST or until > self.today or since > until:
            raise _Error("badArgument")
        wanted = query.get("set", "")
        if wanted and not re.fullmatch(r"(?:cs|econ|eess|math|physics|q-bio|q-fin|stat)(?::[\w-]+){0,2}", wanted):
            raise _Error("badArgument")
        ordered = sorted(self.records, key=lambda record: record.modified)  # of a day: as they are
        return [record for record in ordered if since <= record.modified <= until and _is_in(record, wanted)]


def _check_told(fault: str) -> None:
    if fault.startswith("error:"):
        raise _Error(fault.partition(":")[2])


def _token(query: dict[str, str], skip: int, shown: Sequence[OaiRecord]) -> str:
    last = shown[-1].modified
    if last == shown[0].modified:
        return quote(urlencode({**query, "skip": skip + len(shown)}))
    return quote(urlencode({**query, "from": last, "skip": sum(record.modified == last for record in shown)}))


def _day(text: str, default: date) -> date:
    if text and not re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        raise _Error("badArgument")
    return date.fromisoformat(text) if text else default


def _is_in(record: OaiRecord, wanted: str) -> bool:
    return not wanted or any(f"{set_of(name)}:".startswith(f"{wanted}:") for name in record.categories.split())


class _Handler(HttpHandler):
    double: OaiServer

    def do_GET(self) -> None:
        server = self.double
        asked = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
        with server.lock:
            fault = server.faults.popleft() if server.faults else ""
            server.busy += 1
            server.most_busy = max(server.most_busy, server.busy)
            server.asked.append(asked)
        try:
            self._answer(asked, fault)
        except OSError:
            self.close_connection = True  # the caller has gone
        finally:
            with server.lock:
                server.busy -= 1

    def _answer(self, asked: dict[str, str], fault: str) -> None:
        name, _, detail = fault.partition(":")
        if name.isdigit():
            words = "" if name == "204" else f"<html><h1>{name}</h1></html>"
            self.send(int(name), words, {"Retry-After": detail} if detail else {})
        elif name in ("reset", "hang"):
            getattr(self, name)()
        elif name == "drip":
            self.drip("<?xml version='1.0'?><OAI-PMH>")
        elif name == "redirect":
            self.send(302, "", {"Location": detail})
        elif name == "kill":
            os.kill(int(detail), signal.SIGKILL)
            self.close_connection = True
        else:
            self._send_page(asked, fault, detail)

    def _send_page(self, asked: dict[str, str], fault: str, detail: str) -> None:
        bodies = {"blank": "", "html": HTML.format("<br>"), "xhtml": HTML.format("<br/>"), f"body:{detail}": detail}
        if fault == "slow":
            time.sleep(0.5)
        with self.double.lock:
            body = bodies.get(fault) or self.double.answer(asked, fault)
        data = b"" if fault == "blank" else body.encode("utf-8", "surrogateescape")
        self.send(200, data[: len(data) // 2] if fault == "truncated" else data, missing=1000 if fault == "cut" else 0)
        self.close_connection |= fault == "cut"


OaiServer.handler = _Handler
