"""A stand-in for OpenAlex: lists of works by DOI as its documentation shows them, with scripted faults.

    with OpenAlexServer({"10.48550/arxiv.2610.00001": work(cited_by_count=7)}) as server:
        server.fail("429:spent", "500")   # the next answers, one each; afterwards all is well again
        ... server.url ...
        server.requests                   # what was asked, in order

Like OpenAlex it refuses more values of a filter than it allows, unknown fields and pages that are too large (400, with
"error" and "message"), and gives a work's DOI as an address in small letters.

Faults: a status (a 5xx is a web page); `429:spent` (the day's budget is gone: hours to wait) `429:burst`; `reset`
`hang` `drip` `huge` `html` `redirect:URL` `body:TEXT`.
"""

import json
from collections import deque
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from tests.doubles.http_server import HttpDouble, HttpHandler

MOST_VALUES = 100
FIELDS = {"id", "doi", "title", "cited_by_count", "primary_location", "locations", "publication_year"}
HTML = "<html><head><title>502 Server Error</title></head><body><h1>Error: Server Error</h1></body></html>"
ARXIV = {"id": "https://openalex.org/S4306400194", "display_name": "arXiv (Cornell University)", "type": "repository"}


def work(cited_by_count=3, venue: dict | None = ARXIV, **fields) -> dict:
    """An invented work. venue: the source of its primary location; None where OpenAlex knows none."""
    location = {"is_oa": True, "landing_page_url": "https://example.org/paper", "source": venue, "license": None}
    return {"id": "https://openalex.org/W1", "cited_by_count": cited_by_count, "primary_location": location, **fields}


def journal(name: str, kind: str = "journal") -> dict:
    return {"id": "https://openalex.org/S1", "display_name": name, "type": kind, "issn_l": "1234-5678"}


@dataclass
class Asked:
    """One request as it came."""

    dois: list[str]
    select: str
    per_page: int
    user_agent: str
    key: str
    path: str


@dataclass
class OpenAlexServer(HttpDouble):
    works: dict[str, dict] = field(default_factory=dict)  # by DOI in small letters
    requests: list[Asked] = field(default_factory=list)
    faults: deque[str] = field(default_factory=deque)

    def fail(self, *faults: str) -> None:
        self.faults.extend(faults)

    @property
    def asked(self) -> list[str]:
        """All DOIs that were asked for, in order."""
        return [doi for request in self.requests for doi in request.dois]


class _Handler(HttpHandler):
    double: OpenAlexServer

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        query = {name: values[-1] for name, values in parse_qs(address.query).items()}
        dois = query.get("filter", "").removeprefix("doi:").split("|")
        agent, key = self.headers.get("User-Agent", ""), self.headers.get("Authorization", "")
        page = int(query.get("per_page", 25))
        with self.double.lock:
            fault = self.double.faults.popleft() if self.double.faults else ""
            self.double.requests.append(Asked(dois, query.get("select", ""), page, agent, key, address.path))
        try:
            self._answer(query, dois, page, *fault.partition(":")[::2])
        except OSError:
            self.close_connection = True  # the caller has gone

    def _answer(self, query: dict[str, str], dois: list[str], page: int, fault: str, detail: str) -> None:
        if fault.isdigit():
            return self._fail(int(fault), detail)
        if fault in ("reset", "hang"):
            return getattr(self, fault)()
        if fault in ("drip", "huge"):
            return getattr(self, fault)('{"results": [')
        if fault == "redirect":
            return self.send(301, "", {"Location": detail})
        if fault in ("html", "body"):
            return self.send(200, detail if fault == "body" else HTML)
        if wrong := self._mistake(query, dois, page):
            return self._refuse(400, "Invalid query parameters error.", wrong)
        fields = query["select"].split(",") if "select" in query else sorted(FIELDS)
        known = [(doi, self.double.works[doi.lower()]) for doi in dois if doi.lower() in self.double.works]
        found = [{"doi": f"https://doi.org/{doi.lower()}", **found} for doi, found in known]
        results = [{name: found.get(name) for name in fields} for found in reversed(found)]  # in an order of its own
        meta = {"count": len(results), "db_response_time_ms": 9, "page": 1, "per_page": page, "cost_usd": 0.0001}
        return self.send(200, json.dumps({"meta": meta, "results": results[:page], "group_by": []}))

    def _mistake(self, query: dict[str, str], dois: list[str], page: int) -> str:
        if not query.get("filter", "").startswith("doi:") or "," in query["filter"]:
            return "Unknown filter field."
        if len(dois) > MOST_VALUES:
            return f"Maximum number of values exceeded for doi. Decrease values to {MOST_VALUES} or below."
        if unknown := set(query.get("select", "doi").split(",")) - FIELDS:
            return f"{min(unknown)} is not a valid select field."
        return "" if 1 <= page <= 100 else "Per page parameter must be between 1 and 100"

    def _fail(self, status: int, detail: str) -> None:
        if status >= 500:
            return self.send(status, HTML)
        if status != 429:
            return self._refuse(status, "Forbidden" if status == 403 else "Error", "It cannot be done.")
        spent = detail == "spent"
        limits = {"X-RateLimit-Limit": "1000", "X-RateLimit-Remaining": "0" if spent else "997"}
        words = "Insufficient budget. It resets at midnight UTC." if spent else "Too many requests a second."
        return self._refuse(429, "Rate limit exceeded", words, {**limits, "Retry-After": "53578"} if spent else limits)

    def _refuse(self, status: int, error: str, message: str, headers: dict[str, str] | None = None) -> None:
        self.send(status, json.dumps({"error": error, "message": message}), headers)


OpenAlexServer.handler = _Handler
