"""Which harvests hold what a request may find, and which are too old."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from digest.ports import SearchRequest
from digest.sources.coverage import covering_harvests, is_recent, lacking_areas, without_areas
from store.records.harvests import Collection, HarvestCoverage

NOW = datetime(2026, 11, 28, 6, tzinfo=UTC)
HARVESTED = datetime(2026, 11, 28, 4, 15, tzinfo=UTC)
SINCE = datetime(2026, 11, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def harvest(name: str, since: datetime | None = None, until: datetime = HARVESTED, source: str = "arxiv"):
    return HarvestCoverage(Collection(source, name), since, until)


@pytest.mark.parametrize(
    ("collections", "categories", "covering"),
    [
        (["cs"], ("cs.CL", "cs.LG"), ["cs"]),
        (["cs", "math"], ("math.CO", "cs.CL"), ["math", "cs"]),
        (["cs"], ("cs.CL", "math.CO"), []),
        (["cs:cs:CL"], ("cs",), []),
        (["cs"], (), []),
        (["cs", ""], (), [""]),
        ([""], ("hep-th",), [""]),
        ([], ("cs.CL",), []),
    ],
)
def test_collections_that_hold_every_category(collections: list[str], categories: tuple[str, ...], covering: list[str]):
    found = covering_harvests(SearchRequest((), categories), "arxiv", [harvest(name) for name in collections])
    assert [one.collection.name for one in found] == covering


@pytest.mark.parametrize(
    ("begun", "asked_since", "is_held"),
    [(None, None, True), (SINCE, None, False), (SINCE, SINCE, True), (SINCE, SINCE - DAY, False)],
)
def test_nothing_is_lacking_before_a_harvest_begins(
    begun: datetime | None, asked_since: datetime | None, is_held: bool
):
    request = SearchRequest((), ("cs.CL",), since=asked_since)
    assert bool(covering_harvests(request, "arxiv", [harvest("cs", begun)])) is is_held


def test_of_two_that_hold_it_the_newer_one_and_none_of_another_source():
    cs, all_of_it = harvest("cs"), harvest("", until=HARVESTED - DAY)
    assert covering_harvests(SearchRequest((), ("cs.CL",)), "arxiv", [all_of_it, cs]) == (cs,)
    assert covering_harvests(SearchRequest((), ("cs.CL",)), "biorxiv", [all_of_it, cs]) == ()


@pytest.mark.parametrize(
    ("behind", "until", "recent"),
    [
        (timedelta(hours=36), None, True),
        (timedelta(hours=37), None, False),
        (timedelta(hours=37), NOW, False),
        (timedelta(days=30), NOW - timedelta(days=36), True),  # all of that window was announced before it
        (timedelta(days=30), NOW - timedelta(days=31), False),
        (-timedelta(days=1), NOW, True),
    ],
)
def test_a_harvest_is_recent_where_it_has_what_was_announced(behind: timedelta, until: datetime | None, recent: bool):
    request = SearchRequest((), ("cs.CL",), since=SINCE, until=until)
    assert is_recent([harvest("cs"), harvest("math", until=NOW - behind)], request, NOW) is recent


@pytest.mark.parametrize(
    ("collections", "categories", "lacking"),
    [
        ([("biorxiv", "neuroscience")], ("biorxiv:Neuroscience",), ()),
        ([("biorxiv", "")], ("biorxiv:cell-biology", "biorxiv"), ()),
        ([("biorxiv", "neuroscience")], ("biorxiv", "biorxiv:genomics"), ("biorxiv", "biorxiv:genomics")),
        ([("medrxiv", ""), ("arxiv", "")], ("biorxiv:epidemiology", "cs.CL"), ("biorxiv:epidemiology",)),
        ([("biorxiv", "Cell-Biology")], ("biorxiv:cell_biology",), ()),  # as the configuration may have it
        ([], ("cs.CL",), ()),
    ],
)
def test_subject_areas_that_no_collection_holds(
    collections: list[tuple[str, str]], categories: tuple[str, ...], lacking: tuple[str, ...]
):
    assert lacking_areas(categories, [Collection(*one) for one in collections]) == lacking


def test_no_source_that_is_searched_is_asked_for_subject_areas():
    request = SearchRequest((), ("cs.CL", "biorxiv:genomics"), limit=7)
    assert without_areas(request) == SearchRequest((), ("cs.CL",), limit=7)
    assert without_areas(SearchRequest((), ("biorxiv:genomics", "medrxiv"))) is None
    assert without_areas(SearchRequest(())) == SearchRequest(())
