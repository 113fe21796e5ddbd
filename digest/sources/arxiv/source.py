"""arXiv's search API as a PaperSource, by way of the `arxiv` package.

Invariant: no paper is lost silently. A search either yields every page up to its limit or raises SourceError; entries
that cannot be read, and papers that were counted and did not come, are told with the pages. The package writes the
requests and holds the connection; its paging, pauses and retries, which take an empty page, a web page or half a page
for the end, and its reading of feeds, which drops a page for one bad date, are not used: pages are counted here,
`ArxivRetryPolicy` paces and tries again, `ArxivTransport` lets only complete feeds through, `entry.py` reads them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import arxiv

from digest.ports import RequestPacer, ResultPage, SearchRequest
from digest.retry import Deadline
from digest.sources.arxiv.entry import FeedPage, read_feed
from digest.sources.arxiv.http import ArxivTransport
from digest.sources.arxiv.query import search_texts
from digest.sources.arxiv.response import ArxivFault
from digest.sources.arxiv.retry import ArxivRetryPolicy
from store.records.editions import Paper
from store.records.lazy_text import AnyText, LazyText, lazy_gettext, lazy_ngettext
from store.text.identifiers import parse_arxiv_id

MAX_DEPTH = 10_000  # start + max_results; beyond it arXiv answers 500
MAX_PAGE = 200  # larger pages fail more often
MAX_REQUEST_LINE = 4_000  # bytes; above 4,094 arXiv answers 400
_SORT = {"relevance": arxiv.SortCriterion.Relevance, "submitted": arxiv.SortCriterion.SubmittedDate}


@dataclass(kw_only=True)
class ArxivSource:
    """A PaperSource. Each search has a connection of its own, so several threads may search at once, in turns.

    deadline_seconds: how long one search may take with all its waiting, not counted what does not tell of trouble: the
    regular pause after a good page, and the time that the caller takes over it. throttled_seconds: the first pause
    after "slow down" (429, 406), doubled each time.
    """

    user_agent: str
    pace: RequestPacer
    api_url: str = "https://export.arxiv.org/api/query"
    delay_seconds: float = 3.0
    connect_seconds: float = 5.0
    read_seconds: float = 30.0
    deadline_seconds: float = 120.0
    throttled_seconds: float = 30.0
    page_size: int = 100
    clock: Callable[[], float] = time.monotonic
    name: str = field(default="arxiv", init=False)

    def search(self, request: SearchRequest, *, wait: Callable[[float, AnyText], None]) -> Iterator[ResultPage]:
        """Pages in arXiv's order (see PaperSource).

        Page.total is what arXiv says matches, less what was left out of the pages so far (the cut minutes at the ends
        of the window, entries that cannot be read, older versions): after the last page of a search read to its end it
        is the number of papers yielded and missing. A request too long for arXiv goes out in parts, one after the
        other: each gets an equal share of the limit, a paper of several parts comes once, and the total grows from part
        to part. At most 10,000 papers of one part can be read; narrower windows reach the others.
        """
        deadline = Deadline(self.deadline_seconds, self.clock)
        retry = ArxivRetryPolicy(self.pace, wait, deadline, self.delay_seconds, self.throttled_seconds)
        with closing(_PageReader(self.api_url, self._transport(deadline), retry, self.page_size)) as reader:
            for page in _merge_parts(reader, request):
                handed_over = self.clock()
                yield page
                deadline.extend(self.clock() - handed_over + self.delay_seconds)

    def fetch(self, ids: Sequence[str], *, wait: Callable[[float, AnyText], None]) -> tuple[Paper, ...]:
        """The newest version of each, at most MAX_PAGE, in one request and by the same pace as a search."""
        own = [found.id for found in map(parse_arxiv_id, ids) if found][:MAX_PAGE]  # of others arXiv refuses them all
        if not own:
            return ()
        deadline = Deadline(self.deadline_seconds, self.clock)
        retry = ArxivRetryPolicy(self.pace, wait, deadline, self.delay_seconds, self.throttled_seconds)
        with closing(_PageReader(self.api_url, self._transport(deadline), retry, self.page_size)) as reader:
            return reader.papers(own)

    def _transport(self, deadline: Deadline) -> ArxivTransport:
        return ArxivTransport(
            api_url=self.api_url,
            user_agent=self.user_agent,
            connect_seconds=self.connect_seconds,
            read_seconds=self.read_seconds,
            left=deadline.left,
        )


def _merge_parts(reader: _PageReader, request: SearchRequest) -> Iterator[ResultPage]:
    """The pages of every part of the request, no paper twice unless it is newer, none that was not asked for."""
    texts = search_texts(request, reader.room())
    earlier: dict[str, int] = {}  # the versions of the papers of all parts before
    matching = 0
    for place, text in enumerate(texts):
        share = -(-(request.limit - len(earlier)) // (len(texts) - place))
        part = _PartPages(request, earlier)
        for page in reader.pages(text, request.order, min(share, MAX_DEPTH)):
            papers, set_aside = part.take(page)
            yield ResultPage(papers, matching + part.matching(), set_aside)
            if not part.grew:
                break
        matching += part.matching()
        earlier |= part.versions
        if missing := part.missing(share):
            yield ResultPage((), matching, missing=missing)


class _PartPages:
    """What came of one part of a request: each paper in its newest version, each entry counted once."""

    def __init__(self, request: SearchRequest, earlier: Mapping[str, int]) -> None:
        self.versions: dict[str, int] = {}
        self.grew = True  # the last page brought an entry that those before had not
        self._request = request
        self._earlier = earlier
        self._total = 0
        self._entries: set[tuple[str, int]] = set()
        self._set_aside: list[LazyText] = []
        self._left_out: set[str] = set()

    def take(self, page: FeedPage) -> tuple[tuple[Paper, ...], tuple[LazyText, ...]]:
        """Its papers that are new, or newer, and were asked for; its set-aside entries that are new."""
        self._total = page.total
        newest: dict[str, Paper] = {}
        entries = {(paper.id, paper.version) for paper in page.papers} - self._entries
        for paper in page.papers:
            if paper.version > self.versions.get(paper.id, 0):
                self.versions[paper.id] = paper.version
                newest[paper.id] = paper
        set_aside = tuple(entry for entry in page.set_aside if entry not in self._set_aside)
        kept = tuple(paper for paper in newest.values() if self._is_wanted(paper))
        self._entries |= entries
        self._set_aside += set_aside
        self._left_out |= newest.keys() - {paper.id for paper in kept}
        self.grew = bool(entries or set_aside or not page.count)
        return kept, set_aside

    def matching(self) -> int:
        """How many match, without what was left out so far."""
        older = len(self._entries) - len(self.versions)
        return self._total - len(self._set_aside) - older - len(self._left_out)

    def missing(self, limit: int) -> int:
        """How many of those that were counted, and asked for, did not come."""
        return max(0, min(self._total, limit) - len(self._entries) - len(self._set_aside))

    def _is_wanted(self, paper: Paper) -> bool:
        """False for a paper of an earlier part, and for one in the minutes that the window's whole minutes hold too
        much.
        """
        since, until = self._request.since, self._request.until
        early = since is not None and paper.published < since
        late = until is not None and paper.published >= until
        return not (early or late or paper.version <= self._earlier.get(paper.id, 0))


class _PageReader:
    """Pages of one search, over one connection."""

    def __init__(self, api_url: str, transport: ArxivTransport, retry: ArxivRetryPolicy, page_size: int) -> None:
        self._client = _client(api_url, transport)
        self._retry = retry
        self._page_size = max(1, min(page_size, MAX_PAGE))

    def close(self) -> None:
        self._client._session.close()  # noqa: SLF001 - the package opens it and offers no way to close it

    def room(self) -> int:
        """Bytes for the search text in a request line; the whole URL counts, as it stands there with a proxy."""
        return MAX_REQUEST_LINE - len(f"GET {self._url('', 'submitted', MAX_DEPTH, MAX_PAGE)} HTTP/1.1")

    def pages(self, text: str, order: str, limit: int) -> Iterator[FeedPage]:
        """Page by page; a short page moves on by what it brought."""
        start, total = 0, 1
        while start < min(total, limit):
            page = self._read(self._url(text, order, start, min(self._page_size, limit - start)), start)
            total = page.total
            start += page.count
            yield page

    def papers(self, ids: Sequence[str]) -> tuple[Paper, ...]:
        """The papers with these ids, as far as arXiv has them."""
        return self._read(self._address(arxiv.Search(id_list=list(ids)), 0, len(ids)), 0).papers

    def _url(self, text: str, order: str, start: int, size: int) -> str:
        search = arxiv.Search(query=text, sort_by=_SORT[order], sort_order=arxiv.SortOrder.Descending)
        return self._address(search, start, size)

    def _address(self, search: arxiv.Search, start: int, size: int) -> str:
        return str(self._client._format_url(search, start, size))  # noqa: SLF001 - one page, which `results` cannot

    def _read(self, url: str, start: int) -> FeedPage:
        return self._retry.follow(url, lambda address: self._page(address, start))

    def _page(self, url: str, start: int) -> FeedPage:
        page = read_feed(self._client._session.get(url).content)  # noqa: SLF001 - as it came, for our own reading
        if not page.count and page.total > start:
            what = lazy_ngettext(
                "arXiv sent an empty page although {n} paper matches",
                "arXiv sent an empty page although {n} papers match",
                page.total,
            )
            raise ArxivFault("broken", what)
        if not start and page.set_aside and not page.papers:
            raise ArxivFault(
                "broken", lazy_gettext("arXiv sent no entry that can be read: {entry}", entry=page.set_aside[0])
            )
        return page


def _client(api_url: str, transport: ArxivTransport) -> Any:
    """The package's client over our transport."""
    client = arxiv.Client()
    client.query_url_format = f"{api_url}?{{}}"
    client._session.trust_env = False  # noqa: SLF001 - the transport reads it
    for scheme in ("https://", "http://"):
        client._session.mount(scheme, transport)  # noqa: SLF001 - the only way to give it time-outs and a User-Agent
    return client
