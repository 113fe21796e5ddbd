"""A stand-in for the API of bioRxiv and medRxiv: `details` over invented preprints, with scripted faults.

    with BiorxivServer([row("10.64898/2026.11.01.700001")], page_size=30) as server:
        server.fail("503:7", "blank")   # the next answers, one each; afterwards all is well again
        ... server.url ...
        server.requests                 # the paths that were asked for, in order

Like the servers it has a row a version, pages of a size that nobody is told, a cursor that is an offset, and numbers
that are strings on every page but the first; behind the last row there are "no posts found".

Faults: a status, with `:SECONDS` a Retry-After; `blank` `html` `truncated` `cut` (fewer bytes than announced) `reset`
`hang` `drip` `huge` `empty` (status ok, the total, and no row) `none` (no posts found, whatever there is) `hightotal:N`
(N more than there are) `status:WORDS` `redirect:URL` `body:TEXT` `badutf8` (in the first title).
"""

import json
from collections import deque
from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote, urlsplit

from tests.doubles.http_server import HttpDouble, HttpHandler

HTML = "<html><head><title>Maintenance</title></head><body><p>Back soon.</p></body></html>"


def row(doi: str, version: int = 1, date: str = "2026-11-03", server: str = "bioRxiv", **fields: object) -> dict:
    """One version of an invented preprint, as it comes."""
    return {
        "doi": doi,
        "title": "Counting cells in moss",
        "authors": "Example, A.; Sample, B. C.; van der Probe, D.",
        "author_corresponding": "Ada Example",
        "author_corresponding_institution": "First University",
        "date": date,
        "version": str(version),
        "type": "new results",
        "license": "cc_by",
        "category": "cell biology",
        "jatsxml": "https://www.biorxiv.org/content/early/invented/1.source.xml",
        "abstract": "We count cells in moss. There are many.",
        "published": "NA",
        "server": server,
        **fields,
    }


@dataclass
class BiorxivServer(HttpDouble):
    rows: list[dict] = field(default_factory=list)
    page_size: int = 30
    requests: list[str] = field(default_factory=list)
    agents: list[str] = field(default_factory=list)
    faults: deque[str] = field(default_factory=deque)

    def fail(self, *faults: str) -> None:
        self.faults.extend(faults)

    def select(self, server: str, since: str, until: str, category: str) -> list[dict]:
        wanted = [row for row in self.rows if str(row.get("server", server)).lower() in (server, "")]
        if since.startswith("10."):
            return [row for row in wanted if row.get("doi") == f"{since}/{until}"]
        in_window = [row for row in wanted if since <= str(row.get("date", since)) <= until]
        return [row for row in in_window if not category or row["category"] == category.replace("_", " ")]


class _Handler(HttpHandler):
    double: BiorxivServer

    def do_GET(self) -> None:
        with self.double.lock:
            fault = self.double.faults.popleft() if self.double.faults else ""
            self.double.requests.append(self.path)
            self.double.agents.append(self.headers.get("User-Agent", ""))
        try:
            self._answer(*fault.partition(":")[::2])
        except OSError:
            self.close_connection = True  # the caller has gone

    def _answer(self, fault: str, detail: str) -> None:
        if fault.isdigit():
            return self.send(int(fault), HTML, {"Retry-After": detail} if detail else None)
        if fault in ("reset", "hang"):
            return getattr(self, fault)()
        if fault in ("drip", "huge"):
            return getattr(self, fault)('{"messages": [')
        if fault == "redirect":
            return self.send(301, "", {"Location": detail})
        bodies = {"blank": "", "html": HTML, "body": detail}
        if fault in bodies:
            return self.send(200, bodies[fault])
        body = json.dumps(self._page(fault, detail)).encode()
        if fault == "badutf8":
            body = body.replace(b"Counting", b"Count\xffing", 1)
        whole, half = len(body), body[: len(body) // 2]
        if fault == "cut":
            self.close_connection = True
            return self.send(200, half, missing=whole - len(half))
        return self.send(200, half if fault == "truncated" else body)

    def _page(self, fault: str, detail: str) -> dict:
        address = urlsplit(self.path)
        _, details, server, since, until, *rest = unquote(address.path).split("/")
        assert details == "details", self.path
        rows = self.double.select(server, since, until, parse_qs(address.query).get("category", [""])[0])
        start = int(rest[0]) if rest[0].isdigit() else 0
        page = [] if fault == "none" else rows[start : start + self.double.page_size]
        if fault == "status":
            return {"messages": [{"status": detail}], "collection": []}
        if not page:
            return {"messages": [{"status": "no posts found"}], "collection": []}
        shown = str if start else int
        total = len(rows) + int(detail if fault == "hightotal" else 0)
        message = {"status": "ok", "cursor": shown(start), "count": len(page), "total": shown(total)}
        return {"messages": [message], "collection": [] if fault == "empty" else page}


BiorxivServer.handler = _Handler
