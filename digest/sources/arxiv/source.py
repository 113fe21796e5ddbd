"""arXiv's search API as a PaperSource, by way of the `arxiv` package.

Invariant: no paper is lost silently. A search either yields every page up to its limit or raises SourceError. The
package builds the URLs and reads the feeds; its own paging, pauses and retries, which take an empty page, a web page or
half a page for the end, are not used: pages are counted here, `ArxivRetryPolicy` paces and tries again, and
`ArxivTransport` lets only complete feeds through to the package's parser.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import arxiv

from digest.errors import SourceError
from digest.ports import RequestPacer, ResultPage, SearchRequest
from digest.retry import Deadline
from digest.sources.arxiv.entry import is_withdrawn, to_paper
from digest.sources.arxiv.http import ArxivTransport, Redirected
from digest.sources.arxiv.query import search_texts
from digest.sources.arxiv.response import ArxivFault
from digest.sources.arxiv.retry import ArxivRetryPolicy
from store.records.editions import Paper
from store.records.lazy_text import AnyText, lazy_gettext, lazy_ngettext
from store.text.identifiers import parse_arxiv_id

MAX_DEPTH = 10_000  # start + max_results; beyond it arXiv answers 500
MAX_PAGE = 200  # larger pages fail more often
MAX_REQUEST_LINE = 4_000  # bytes; above 4,094 arXiv answers 400
_REDIRECTS = 3
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
        """Pages in arXiv's order (see PaperSource); withdrawn papers are left out.

        Page.total is what arXiv says matches, less what was left out of the pages so far (withdrawn papers, and the
        cut minutes at the ends of the window): after the last page of a search read to its end it is the number of
        papers yielded. A request too long for arXiv goes out in parts, one after the other: each gets an equal share
        of the limit, a paper of several parts comes once, and the total grows from part to part. At most 10,000
        papers of one part can be read; narrower windows reach the others.
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
            return tuple(reader.papers(own))

    def _transport(self, deadline: Deadline) -> ArxivTransport:
        return ArxivTransport(
            api_url=self.api_url,
            user_agent=self.user_agent,
            connect_seconds=self.connect_seconds,
            read_seconds=self.read_seconds,
            left=deadline.left,
        )


def _merge_parts(reader: _PageReader, request: SearchRequest) -> Iterator[ResultPage]:
    """The pages of every part of the request, no paper twice, none that was not asked for."""
    texts = search_texts(request, reader.room())
    earlier: set[str] = set()
    matching = 0
    for place, text in enumerate(texts):
        share = -(-(request.limit - len(earlier)) // (len(texts) - place))
        here: dict[str, Paper] = {}
        total = left_out = 0
        for papers, total in reader.pages(text, request.order, min(share, MAX_DEPTH)):
            fresh = {paper.id: paper for paper in papers if paper.id not in here}
            here |= fresh
            kept = tuple(paper for paper in fresh.values() if paper.id not in earlier and _is_wanted(paper, request))
            left_out += len(fresh) - len(kept)
            yield ResultPage(kept, matching + total - left_out)
        matching += total - left_out
        earlier |= here.keys()


def _is_wanted(paper: Paper, request: SearchRequest) -> bool:
    """False for a withdrawn paper, and for one in the minutes that the window's whole minutes hold too much."""
    early = request.since is not None and paper.published < request.since
    late = request.until is not None and paper.published >= request.until
    return not (early or late or is_withdrawn(paper))


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

    def pages(self, text: str, order: str, limit: int) -> Iterator[tuple[list[Paper], int]]:
        """(papers, how many match), page by page; a short page moves on by what it brought."""
        start, total = 0, 1
        while start < min(total, limit):
            feed = self._read(self._url(text, order, start, min(self._page_size, limit - start)), start)
            total = feed.header.total_results
            start += len(feed.results)
            yield [to_paper(result) for result in feed.results], total

    def papers(self, ids: Sequence[str]) -> list[Paper]:
        """The papers with these ids, as far as arXiv has them."""
        search = arxiv.Search(id_list=list(ids))
        url = str(self._client._format_url(search, 0, len(ids)))  # noqa: SLF001 - likewise
        return [to_paper(result) for result in self._read(url, 0).results]

    def _url(self, text: str, order: str, start: int, size: int) -> str:
        search = arxiv.Search(query=text, sort_by=_SORT[order], sort_order=arxiv.SortOrder.Descending)
        return str(self._client._format_url(search, start, size))  # noqa: SLF001 - one page, which `results` cannot

    def _read(self, url: str, start: int) -> Any:
        """The package's feed of one page. A redirect is a request like any other, with a turn of its own."""
        for _ in range(1 + _REDIRECTS):
            try:
                return self._retry.ask(lambda: self._feed(url, start))  # noqa: B023 - called before url changes
            except Redirected as moved:
                url = moved.url
        raise SourceError(
            lazy_gettext("arXiv redirects in circles."), hint=lazy_gettext("Check arxiv.api_url."), permanent=True
        )

    def _feed(self, url: str, start: int) -> Any:
        feed = _parse_page(self._client, url)
        if not feed.results and feed.header.total_results > start:
            what = lazy_ngettext(
                "arXiv sent an empty page although {n} paper matches",
                "arXiv sent an empty page although {n} papers match",
                feed.header.total_results,
            )
            raise ArxivFault("broken", what)
        return feed


def _client(api_url: str, transport: ArxivTransport) -> Any:
    """The package's client without its own pauses and retries, over our transport."""
    client = arxiv.Client(delay_seconds=0, num_retries=0)
    client.query_url_format = f"{api_url}?{{}}"
    for scheme in ("https://", "http://"):
        client._session.mount(scheme, transport)  # noqa: SLF001 - the only way to give it time-outs and a User-Agent
    return client


def _parse_page(client: Any, url: str) -> Any:
    try:
        return client._parse_feed(url)  # noqa: SLF001 - `results` hides the total and takes an empty page for the end
    except ValueError as error:  # a time that is none
        raise ArxivFault("broken", lazy_gettext("arXiv sent an entry that cannot be read")) from error
