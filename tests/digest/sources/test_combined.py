"""Several sources as one: turns, the limit, no paper twice, and one that is down."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice

import pytest

from digest.errors import SourceError
from digest.i18n.catalog import get_catalog
from digest.ports import ResultPage, SearchRequest
from digest.sources.combined import CombinedSource
from store.records.editions import Paper
from store.records.lazy_text import lazy_gettext
from tests.factories.store import papers


class Pages:
    """A source of these pages, which then fails where it has to; it says how long it was read."""

    def __init__(self, name: str, *pages: Sequence[Paper], failure: SourceError | None = None, total: int = 0) -> None:
        self.name = name
        self.read = 0
        self._pages, self._failure = pages, failure
        self._total = total or sum(map(len, pages))

    def search(self, request: SearchRequest, *, wait: Callable[[float, object], None]) -> Iterator[ResultPage]:
        wait(0.0, self.name)
        for page in self._pages:
            self.read += 1
            yield ResultPage(tuple(page), self._total)
        if self._failure:
            raise self._failure


SOME = papers(9)


def read(*sources: Pages, limit: int = 300) -> tuple[list[list[str]], list[int], list[str]]:
    """Ids by page, totals, and which sources waited."""
    waited: list[str] = []
    request = SearchRequest((), limit=limit)
    pages = list(CombinedSource(sources).search(request, wait=lambda _, why: waited.append(str(why))))
    return [[paper.id[-1] for paper in page.papers] for page in pages], [page.total for page in pages], waited


def test_pages_come_in_turns_and_each_source_waits_by_itself() -> None:
    ids, totals, waited = read(Pages("a", SOME[:2], SOME[2:4], SOME[4:5]), Pages("b", SOME[5:7]))
    assert ids == [["0", "1"], ["5", "6"], ["2", "3"], ["4"]]
    assert totals == [5, 7, 7, 7]
    assert waited == ["a", "b"]


def test_a_paper_of_two_sources_comes_once_and_counts_once() -> None:
    ids, totals, _ = read(Pages("a", SOME[:3]), Pages("b", SOME[2:5], SOME[5:6]))
    assert ids == [["0", "1", "2"], ["3", "4"], ["5"]]
    assert totals == [3, 6, 6]


def test_no_more_than_the_limit_and_no_page_more_than_it_takes() -> None:
    large, small = Pages("large", SOME[:3], SOME[3:6], SOME[6:8], total=500), Pages("small", SOME[8:])
    ids, totals, _ = read(large, small, limit=5)
    assert ids == [["0", "1", "2"], ["8"], ["3"]]
    assert totals[-1] == 501
    assert large.read == 2


def test_one_that_is_down_leaves_what_the_others_have_and_is_named() -> None:
    down = Pages("b", SOME[3:4], failure=SourceError("B does not answer.", permanent=True))
    pages = CombinedSource([down, Pages("a", SOME[:2], SOME[2:3])]).search(SearchRequest(()), wait=lambda *_: None)
    seen = [paper.id for page in islice(pages, 3) for paper in page.papers]
    with pytest.raises(SourceError, match="B does not answer") as raised:
        next(pages)
    assert seen == [SOME[n].id for n in (3, 0, 1, 2)]
    assert raised.value.names == ("b",)
    assert not raised.value.permanent


def test_a_newer_version_on_a_later_page_comes_again_and_takes_no_room() -> None:
    newer, older = replace(SOME[0], version=2), SOME[1]
    source = Pages("a", SOME[:2], [newer, older], SOME[2:4], total=3)
    pages = list(CombinedSource([source]).search(SearchRequest((), limit=3), wait=lambda *_: None))
    assert [[(paper.id[-1], paper.version) for paper in page.papers] for page in pages] == [
        [("0", 1), ("1", 1)],
        [("0", 2)],
        [("2", 1)],
    ]


def test_what_a_source_could_not_read_or_did_not_bring_is_passed_on() -> None:
    class Lacking(Pages):
        def search(self, request: SearchRequest, *, wait: Callable[[float, object], None]) -> Iterator[ResultPage]:
            yield ResultPage(tuple(SOME[:2]), 5, set_aside=("x (why)",))
            yield ResultPage((), 5, missing=3)

    pages = list(CombinedSource([Lacking("a"), Pages("b")]).search(SearchRequest(()), wait=lambda *_: None))
    assert [(page.set_aside, page.missing) for page in pages] == [(("x (why)",), 0), ((), 3)]


@pytest.mark.parametrize("permanent", [True, False])
def test_all_that_are_down_are_one_error(permanent: bool) -> None:
    a = Pages("a", failure=SourceError("A refuses.", permanent=True))
    b = Pages("b", failure=SourceError("B is away.", permanent=permanent))
    with pytest.raises(SourceError, match=r"A refuses\. B is away\.") as raised:
        read(a, b)
    assert raised.value.names == ("a", "b")
    assert raised.value.permanent is permanent


def test_why_several_are_down_is_told_in_the_readers_language() -> None:
    both = [Pages(name, failure=SourceError(lazy_gettext("Try again in a minute."))) for name in ("a", "b")]
    with pytest.raises(SourceError) as raised:
        read(*both)
    words = get_catalog("edition", "ja")
    told = words.gettext("Try again in a minute.")
    assert told != "Try again in a minute."
    assert words.show(raised.value.summary) == told + told
