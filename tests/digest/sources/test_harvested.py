"""What was harvested is searched in the store, what was not at its source, and the reader is told which."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from digest.errors import SourceError
from digest.ports import ResultPage, SearchRequest
from digest.retrieval.source_search import SourceResult, search_source
from digest.run_context import RunContext
from digest.sources.harvested import HarvestedSource
from store import Store
from store.records.editions import Paper, Query
from store.records.harvests import Collection
from store.tables.harvests import HarvestState
from tests.factories.store import paper

NOW = datetime(2026, 11, 28, 6, tzinfo=UTC)
HARVESTED = datetime(2026, 11, 28, 4, 15, tzinfo=UTC)
DAY = timedelta(days=1)
OWLS = Query(("owl",))
IN_CS = SearchRequest((OWLS,), ("cs.CL",), since=NOW - 7 * DAY, until=NOW, order="submitted", limit=3)


@dataclass
class Asked:
    """A source that counts what it is asked, and has these papers."""

    name: str = "arxiv"
    papers: tuple[Paper, ...] = ()
    requests: list[SearchRequest] = field(default_factory=list)
    down: bool = False

    def search(self, request: SearchRequest, *, wait: Callable[[float, object], None]) -> Iterator[ResultPage]:
        self.requests.append(request)
        if self.down:
            raise SourceError("It does not answer.")
        yield ResultPage(self.papers, len(self.papers))

    def fetch(self, ids: Sequence[str], *, wait: Callable[[float, object], None]) -> tuple[Paper, ...]:
        return tuple(one for one in self.papers if one.id in ids)


def owls(*names: str, **other) -> list[Paper]:
    made = {"title": "Owls", "published": NOW - DAY, **other}
    return [paper(name, abstract=f"We watch owls by night {name[-1]}.", **made) for name in names]


def harvest(store: Store, papers: Sequence[Paper], name: str = "cs", source: str = "arxiv", until=HARVESTED) -> None:
    store.harvests.keep(HarvestState(Collection(source, name), until=until), papers)


def search(store: Store, request: SearchRequest, *sources: Asked) -> tuple[SourceResult, list[str]]:
    run = RunContext(now=NOW)
    with run.stage("search") as stage:
        source = HarvestedSource(sources, store, lambda: NOW)
        found = search_source(request, NOW - DAY, source, store, run, stage)
    return found, [str(line.detail) for line in run.health]


def test_a_window_that_is_harvested_is_matched_whole_and_asked_of_nobody(store: Store) -> None:
    harvest(
        store,
        [*owls("1", "2", "3", "4", "5"), *owls("6", categories=("math.CO",)), *owls("7", title="A", published=NOW)],
    )
    source = Asked()
    found, told = search(store, IN_CS, source)
    assert (list(found.papers), found.total, found.complete, found.stored) == (["5", "4", "3", "2", "1"], 5, True, True)
    assert told == ["Searched in the archive’s own copy of cs, harvested 2026-11-28 04:15 UTC."]
    assert source.requests == []
    assert store.searches.last("arxiv") is None


def test_the_last_submitted_come_first_and_withdrawn_ones_with_them(store: Store) -> None:
    harvest(
        store,
        [*owls("1", published=NOW - 3 * DAY), *owls("2", status="withdrawn"), *owls("3", published=NOW - 2 * DAY)],
    )
    found, _ = search(store, IN_CS, Asked())
    assert (list(found.papers), found.live) == (["2", "3", "1"], 2)


def test_what_is_harvested_later_is_found_at_once(store: Store) -> None:
    harvest(store, owls("1"))
    assert list(search(store, IN_CS, Asked())[0].papers) == ["1"]
    harvest(store, owls("2"), until=HARVESTED + timedelta(hours=1))
    assert list(search(store, IN_CS, Asked())[0].papers) == ["2", "1"]


@pytest.mark.parametrize("categories", [("cs.CL", "math.CO"), ()])
def test_what_is_not_harvested_is_asked_for(store: Store, categories: tuple[str, ...]) -> None:
    harvest(store, owls("1"))
    source = Asked(papers=tuple(owls("8")))
    request = SearchRequest((OWLS,), categories, since=NOW - 7 * DAY, until=NOW, order="submitted")
    found, told = search(store, request, source)
    assert (list(found.papers), told, source.requests) == (["8"], [], [request])
    assert not found.stored


def test_a_harvest_that_failed_for_two_nights_is_not_relied_on_and_the_reader_is_told(store: Store) -> None:
    harvest(store, owls("1"), until=HARVESTED - 2 * DAY)
    source = Asked(papers=tuple(owls("8")))
    found, told = search(store, IN_CS, source)
    assert list(found.papers) == ["8"]
    assert told == ["Asked over the network, for the archive’s own copy of cs ends 2026-11-26 04:15 UTC."]
    again, told = search(store, IN_CS, source)
    assert (again.asked_before, len(source.requests)) == (True, 1)


def test_papers_of_a_source_that_can_only_be_harvested_come_beside_those_that_were_asked_for(store: Store) -> None:
    found_there = {"source": "biorxiv", "url": "https://biorxiv.example/1", "categories": ("neuroscience",)}
    harvest(store, owls("biorxiv:1", **found_there), "", "biorxiv")
    request = SearchRequest((OWLS,), since=NOW - 7 * DAY, until=NOW, order="submitted")
    source = Asked(papers=tuple(owls("8")))
    found, told = search(store, request, source)
    assert (set(found.papers), found.total, found.stored) == ({"biorxiv:1", "8"}, 2, False)
    assert told == ["Searched in the archive’s own copy of bioRxiv, harvested 2026-11-28 04:15 UTC."]
    _, told = search(store, IN_CS, Asked(papers=tuple(owls("9", categories=("cs.CV",)))))
    assert told == []


def test_where_the_asked_one_is_down_the_harvested_papers_stand(store: Store) -> None:
    harvest(store, owls("1"))
    found, told = search(store, IN_CS, Asked(), Asked("other", down=True))
    assert (list(found.papers), found.complete) == (["1"], False)
    assert "It does not answer. The 1 matching paper already in the store was used." in told


def test_a_survey_gets_more_of_the_store_than_a_source_is_asked_for(store: Store) -> None:
    harvest(store, owls(*(f"{n:02}" for n in range(12))), "")
    found, told = search(store, SearchRequest((OWLS, Query(("night",))), limit=3), Asked())
    assert (len(found.papers), found.complete, found.stored) == (9, False, True)
    assert told == ["Searched in the archive’s own copy of arxiv, harvested 2026-11-28 04:15 UTC."]
    titled, _ = search(store, SearchRequest((Query(("night",), "title"),), limit=30), Asked())
    assert titled.papers == {}


def test_authors_and_categories_hold_in_the_store_as_at_the_source(store: Store) -> None:
    harvest(store, [*owls("1"), *owls("2", authors=("Cid B. Example",)), *owls("3", categories=("cs.CV",))], "")
    for order in ("relevance", "submitted"):
        request = SearchRequest(
            *((OWLS,), ("cs.CL", "hep-th")), since=NOW - 7 * DAY, until=NOW, order=order, authors=("Ada Example",)
        )
        assert list(search(store, request, Asked())[0].papers) == ["1"]


def test_papers_by_id_are_those_of_the_sources(store: Store) -> None:
    source = HarvestedSource([Asked(papers=tuple(owls("1", "2"))), Asked("other", tuple(owls("3")))], store)
    assert [one.id for one in source.fetch(["3", "1"], wait=lambda *_: None)] == ["1", "3"]
    assert source.name == "arxiv, other"


def preprints(store: Store, area: str, *names: str, source: str = "biorxiv", collection: str = "") -> None:
    filed = {"source": source, "url": "https://a.example/", "categories": (area,)}
    harvest(store, owls(*(f"{source}:{name}" for name in names), **filed), collection, source)


def in_areas(*categories: str) -> SearchRequest:
    return SearchRequest((OWLS,), categories, since=NOW - 7 * DAY, until=NOW, order="submitted")


def test_a_subject_area_is_matched_in_the_store_and_asked_of_nobody(store: Store) -> None:
    preprints(store, "neuroscience", "1", "2")
    preprints(store, "zoology", "3")
    preprints(store, "neuroscience", "4", source="medrxiv")
    source = Asked(papers=tuple(owls("8")))
    found, told = search(store, in_areas("biorxiv:neuroscience"), source)
    assert (set(found.papers), found.complete, found.stored) == ({"biorxiv:1", "biorxiv:2"}, True, True)
    assert told == ["Searched in the archive’s own copy of bioRxiv, harvested 2026-11-28 04:15 UTC."]
    assert set(search(store, in_areas("biorxiv"), source)[0].papers) == {"biorxiv:1", "biorxiv:2", "biorxiv:3"}
    assert source.requests == []


def test_beside_a_category_of_arxiv_arxiv_is_asked_for_that_alone(store: Store) -> None:
    preprints(store, "neuroscience", "1", collection="neuroscience")
    source = Asked(papers=tuple(owls("8")))
    found, told = search(store, in_areas("cs.CL", "biorxiv:neuroscience"), source)
    assert set(found.papers) == {"8", "biorxiv:1"}
    assert source.requests == [in_areas("cs.CL")]
    assert told == ["Searched in the archive’s own copy of neuroscience (bioRxiv), harvested 2026-11-28 04:15 UTC."]


def test_a_survey_is_kept_to_a_subject_area(store: Store) -> None:
    preprints(store, "neuroscience", "1")
    preprints(store, "zoology", "2")
    found, _ = search(store, SearchRequest((OWLS,), ("biorxiv:zoology",)), Asked())
    assert set(found.papers) == {"biorxiv:2"}


def test_a_subject_area_that_is_not_harvested_is_refused_with_what_to_turn_on(store: Store) -> None:
    preprints(store, "zoology", "1", collection="zoology")
    with pytest.raises(SourceError) as caught:
        search(store, in_areas("biorxiv:cell-biology"), source := Asked())
    assert str(caught.value) == (
        "Nothing of “cell biology (bioRxiv)” can be found: it is not harvested here so far. Add “biorxiv:cell_biology” "
        "to harvest.collections in config.toml, then call paperroute harvest."
    )
    assert (caught.value.permanent, source.requests) == (True, [])


def test_what_else_is_asked_for_is_found_beside_an_area_that_is_not_harvested(store: Store) -> None:
    source = Asked(papers=tuple(owls("8")))
    found, told = search(store, in_areas("cs.CL", "medrxiv"), source)
    assert (list(found.papers), source.requests) == (["8"], [in_areas("cs.CL")])
    assert told == ["Nothing of “medRxiv” can be found: it is not harvested here so far."]
