"""A stand-in for arXiv's search API: the real wire shapes over invented papers, with scripted faults.

    with ArxivServer(papers(250)) as server:
        server.fail("503", "429:7", "truncated")   # the next answers, one each; afterwards all is well again
        ... server.url ...
        server.requests                            # what was asked, in order

Like arXiv it refuses a request line over 4,094 bytes (400, HTML), a start that is too deep (500), a malformed query
(400, an error entry) and a request without Accept (406). Words side by side mean OR, AND and OR bind alike.

Faults: a status, with `:SECONDS` a Retry-After; `empty` `html` `truncated` `cut` (fewer bytes than announced) `reset`
`hang` `drip` `huge` `kill:PID` (the caller, before it has its answer) `short:N` (the first N of the page)
`error:WORDS` (an error entry with status 200) `redirect:URL` `body:TEXT`; and two that are no faults, `gzip` and
`chunked` (ways to send a right answer).
"""

import gzip
import os
import re
import signal
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape, quoteattr

from tests.doubles.http_server import HttpDouble, HttpHandler

TOKEN = re.compile(r'(\(|\)|ANDNOT\b|AND\b|OR\b)|(\w+):(?:"([^"]*)"|\[(\d+) TO (\d+)\]|([^\s()"\[\]]+))|(\S)')
WORD = re.compile(r"[^\W_]+")
FEED = """<?xml version='1.0' encoding='UTF-8'?>
<feed xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" xmlns:arxiv="http://arxiv.org/schemas/atom"\
 xmlns="http://www.w3.org/2005/Atom">
  <id>https://arxiv.org/api/invented</id>
  <title>arXiv Query</title>
  <updated>2026-11-22T00:00:00Z</updated>
  <opensearch:itemsPerPage>{size}</opensearch:itemsPerPage>
  <opensearch:totalResults>{total}</opensearch:totalResults>
  <opensearch:startIndex>{start}</opensearch:startIndex>
{entries}</feed>
"""
ERROR = """  <entry>
    <id>https://arxiv.org/api/errors#{anchor}</id> <title>Error</title> <updated>2026-11-22T00:00:00Z</updated>
    <summary>{words}</summary> <author> <name>arXiv api core</name> </author>
  </entry>
"""
HTML = "<html><head><title>arXiv is down for maintenance</title></head><body><p>Back soon.</p></body></html>"


@dataclass
class Entry:
    """One invented paper as arXiv would tell it. `extra` is XML that goes into its entry as it is."""

    id: str
    title: str = "Counting Pebbles"
    abstract: str = "We count pebbles."
    authors: tuple[str, ...] = ("Ada Example",)
    categories: tuple[str, ...] = ("cs.LG",)
    published: str = "2026-10-01T12:00:00Z"
    version: int = 1
    comment: str = ""
    extra: str = ""
    url: str = "http://arxiv.org/abs/{id}v{version}"

    def xml(self) -> str:
        lines = [
            f"<id>{self.url.format(id=self.id, version=self.version)}</id>",
            f"<title>{escape(self.title)}</title>",
            f"<updated>{self.published}</updated>" if self.published else "",
            f"<summary>  {escape(self.abstract)}</summary>",
            *(f'<category term={quoteattr(name)} scheme="http://arxiv.org/schemas/atom"/>' for name in self.categories),
            f"<published>{self.published}</published>" if self.published else "",
            f"<arxiv:comment>{escape(self.comment)}</arxiv:comment>" if self.comment else "",
            f"<arxiv:primary_category term={quoteattr(self.categories[0])}/>" if self.categories else "",
            *(f"<author> <name> {escape(name)}</name> </author>" for name in self.authors),
            self.extra,
        ]
        return "  <entry>\n" + "".join(f"    {line}\n" for line in lines if line) + "  </entry>\n"


def papers(count: int, **fields) -> list[Entry]:
    """So many papers about pebbles, each submitted an hour before the one in front of it."""
    newest = datetime(2026, 10, 1, 12, tzinfo=UTC)
    return [
        Entry(
            id=f"2610.{number:05d}",
            title=f"Counting Pebbles {number}",
            **{"published": (newest - timedelta(hours=number)).strftime("%Y-%m-%dT%H:%M:%SZ"), **fields},
        )
        for number in range(count)
    ]


@dataclass
class Asked:
    """One request as it came."""

    query: str
    start: int
    size: int
    sort: str
    user_agent: str
    accept: str
    line: int  # bytes of the request line
    fault: str


@dataclass
class ArxivServer(HttpDouble):
    entries: list[Entry] = field(default_factory=list)
    requests: list[Asked] = field(default_factory=list)
    faults: deque[str] = field(default_factory=deque)
    busy: int = 0  # requests in hand now
    most_busy: int = 0  # the most there ever were

    @property
    def url(self) -> str:
        return f"{super().url}/api/query"

    def fail(self, *faults: str) -> None:
        self.faults.extend(faults)

    def hits(self, query: str, sort: str) -> list[Entry]:
        found = _Expression(query).entries(self.entries)
        return sorted(found, key=lambda entry: entry.published, reverse=True) if sort == "submittedDate" else found


class _Expression:
    """arXiv's query language, as far as Paper Route speaks it. Raises ValueError where it is malformed."""

    def __init__(self, text: str) -> None:
        self.tokens = deque(TOKEN.finditer(text))

    def entries(self, entries: list[Entry]) -> list[Entry]:
        numbers = self._group(entries, depth=0)
        return [entry for number, entry in enumerate(entries) if number in numbers]

    def _group(self, entries: list[Entry], depth: int) -> set[int]:
        found, operator = self._operand(entries, depth), "OR"
        while self.tokens:
            match = self.tokens.popleft()
            if match[1] == ")":
                if depth:
                    return found
                raise ValueError("unbalanced")
            if match[1] not in ("AND", "OR", "ANDNOT"):
                self.tokens.appendleft(match)
            operator = match[1] if match[1] in ("AND", "OR", "ANDNOT") else "OR"
            right = self._operand(entries, depth)
            found = {"AND": found & right, "OR": found | right, "ANDNOT": found - right}[operator]
        if depth:
            raise ValueError("unbalanced")
        return found

    def _operand(self, entries: list[Entry], depth: int) -> set[int]:
        match = self.tokens.popleft() if self.tokens else None
        if match is None or match[7] or (match[1] and match[1] != "("):
            raise ValueError("malformed")
        if match[1]:
            return self._group(entries, depth + 1)
        return {number for number, entry in enumerate(entries) if _has(entry, match)}


def _has(entry: Entry, match: re.Match[str]) -> bool:
    prefix, word = match[2], (match[3] if match[3] is not None else match[6] or "").lower()
    if prefix == "submittedDate":
        return match[4] <= re.sub(r"\D", "", entry.published)[:12] <= match[5]
    if prefix == "cat":
        return any(
            name.lower() == word or (word.endswith("*") and name.lower().startswith(word[:-1]))
            for name in entry.categories
        )
    if prefix != "all":
        raise ValueError(prefix)
    return _spaced(word) in _spaced(f"{entry.title} . {entry.abstract}")


def _spaced(text: str) -> str:
    return f" {' '.join(WORD.findall(text.lower()))} "


class _Handler(HttpHandler):
    double: ArxivServer

    def do_GET(self) -> None:
        server = self.double
        asked = {name: values[-1] for name, values in parse_qs(urlsplit(self.path).query).items()}
        with server.lock:
            fault = server.faults.popleft() if server.faults else ""
            server.busy += 1
            server.most_busy = max(server.most_busy, server.busy)
            server.requests.append(self._asked(asked, fault))
        try:
            self._answer(asked, *fault.partition(":")[::2])
        except OSError:
            self.close_connection = True  # the caller has gone
        finally:
            with server.lock:
                server.busy -= 1

    def _asked(self, asked: dict[str, str], fault: str) -> Asked:
        return Asked(
            query=asked.get("search_query", ""),
            start=int(asked.get("start", 0)),
            size=int(asked.get("max_results", 10)),
            sort=asked.get("sortBy", "relevance"),
            user_agent=self.headers.get("User-Agent", ""),
            accept=self.headers.get("Accept", ""),
            line=len(self.requestline.encode()),
            fault=fault,
        )

    def _answer(self, asked: dict[str, str], fault: str, detail: str) -> None:
        if fault.isdigit():
            words = {"204": "", "429": "Rate exceeded."}.get(fault, f"<html><body><h1>{fault}</h1></body></html>")
            return self.send(int(fault), words, {"Retry-After": detail} if detail else {})
        if fault in ("reset", "hang", "cut"):
            return getattr(self, fault)()
        if fault in ("drip", "huge"):
            return getattr(self, fault)("<?xml version='1.0'?><feed>")
        if fault == "kill":
            os.kill(int(detail), signal.SIGKILL)
            self.close_connection = True
            return None
        if fault == "redirect":
            return self.send(302, "", {"Location": detail})
        if fault in ("html", "body"):
            return self.send(200, detail if fault == "body" else HTML)
        status, body = self._query(asked, fault, detail)
        if fault == "chunked":
            return self._chunks(body)
        if fault == "gzip":
            return self.send(status, gzip.compress(body.encode()), {"Content-Encoding": "gzip"})
        return self.send(status, body[: len(body) // 2] if fault == "truncated" else body)

    def _query(self, asked: dict[str, str], fault: str, detail: str) -> tuple[int, str]:
        start, size = int(asked.get("start", 0)), int(asked.get("max_results", 10))
        if fault == "error":
            return 200, _error(detail)
        if len(self.requestline) > 4094:
            return 400, "<html><body><h1>400 Bad request</h1></body></html>"
        if not self.headers.get("Accept"):
            return 406, ""
        if start + size > 10_000:
            return 500, _error("start + max_results must be at most 10000")
        if ids := [id_ for id_ in asked.get("id_list", "").split(",") if id_]:
            if not all(re.fullmatch(r"(\d{4}\.\d{4,5}|[a-z-]+/\d{7})(v\d+)?", id_) for id_ in ids):
                return 400, _error(f"incorrect id format for {ids[0]}")
            hits = [entry for entry in self.double.entries if entry.id in ids][: int(asked.get("max_results", 10))]
            return 200, FEED.format(size=size, total=len(hits), start=0, entries="".join(map(Entry.xml, hits)))
        try:
            hits = self.double.hits(asked.get("search_query", ""), asked.get("sortBy", ""))
        except ValueError:
            return 400, _error("Invalid query string")
        page = hits[start : start + size]
        page = [] if fault == "empty" else page[: int(detail)] if fault == "short" else page
        return 200, FEED.format(size=size, total=len(hits), start=start, entries="".join(entry.xml() for entry in page))

    def _chunks(self, body: str) -> None:
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        data = body.encode()
        for piece in [data[at : at + 999] for at in range(0, len(data), 999)] + [b""]:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))

    def cut(self) -> None:
        self.send(200, FEED.format(size=1, total=0, start=0, entries=""), missing=1000)
        self.close_connection = True


ArxivServer.handler = _Handler


def _error(words: str) -> str:
    return FEED.format(
        size=1, total=1, start=0, entries=ERROR.format(anchor=words.replace(" ", "_"), words=escape(words))
    )
