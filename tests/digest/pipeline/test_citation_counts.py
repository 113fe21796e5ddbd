"""How often papers are cited, from an index over the wire into editions; the week for which an answer stands."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from unittest.mock import ANY

import pytest

from digest.openalex import OpenAlex
from digest.pipeline.citation_counts import CitationJob, add_citations, lookup_dois
from digest.pipeline.pipeline import survey
from digest.pipeline.services import Services, SurveyRequest, SurveySettings
from digest.run_context import RunContext, collect_results
from store.records.editions import Edition, Health
from store.records.paper_facts import CitationRecord, PaperFacts, StartPaper
from tests.doubles.openalex_server import OpenAlexServer, journal, work
from tests.factories.store import paper

QUESTION = "LoRA for image generation"
NOW = datetime(2026, 3, 2, tzinfo=UTC)


class AllWorks(dict):
    """Every arXiv paper is cited as often as the last two digits of its id say; odd ones appeared in a journal."""

    def __contains__(self, doi: object) -> bool:
        return str(doi).startswith("10.48550/arxiv.")

    def __getitem__(self, doi: str) -> dict:
        count = int(doi[-2:])
        return work(count, journal("Letters on Pebbles")) if count % 2 else work(count)


@pytest.fixture
def server() -> Iterator[OpenAlexServer]:
    with OpenAlexServer(AllWorks()) as running:
        yield running


@pytest.fixture
def citing(services: Services, server: OpenAlexServer) -> Services:
    return replace(services, citation_index=OpenAlex("paperroute", server.url, wait=lambda _: None))


def ask(services: Services, now: datetime = NOW, question: str = QUESTION) -> Edition:
    return survey(SurveyRequest(question, refresh=True), services, SurveySettings(), RunContext(now=now))


def told(edition: Edition) -> list[Health]:
    return [line for line in edition.health if line.source == "openalex"]


def test_papers_have_their_counts_and_venues_and_the_edition_says_whose_they_are(citing, server):
    edition = ask(citing)
    assert edition.papers
    for shown in edition.papers:
        assert shown.facts.citations == int(shown.id[-2:])
        assert shown.facts.venue or not shown.facts.citations % 2
    assert "Letters on Pebbles" in {shown.facts.venue for shown in edition.papers}
    most = max(edition.papers, key=lambda shown: shown.facts.citations)
    cited = [start for start in edition.start_here if start.kind == "cited"]
    assert cited == ([StartPaper(most.number, "cited", ANY)] if most.core else [])
    assert str(told(edition)[0].detail) == f"OpenAlex tells how often {len(edition.papers)} of the papers are cited."
    assert citing.store.editions.get(edition.id) == edition
    assert max(len(request.dois) for request in server.requests) <= 50


def test_nothing_is_asked_and_nothing_guessed_where_there_is_no_index(services, server):
    edition = ask(services)
    assert {shown.facts.citations for shown in edition.papers} == {None}
    assert told(edition) == []
    assert server.requests == []


def test_an_answer_stands_for_a_week_also_that_a_paper_is_not_known(citing, server):
    server.works = {}
    first = ask(citing)
    asked = len(server.requests)
    assert {shown.facts.citations for shown in first.papers} == {None}
    assert told(first) == []
    server.works = AllWorks()
    assert {shown.facts.citations for shown in ask(citing, NOW + timedelta(days=6)).papers} == {None}
    assert len(server.requests) == asked
    later = ask(citing, NOW + timedelta(days=7, seconds=1))
    assert all(shown.facts.citations is not None for shown in later.papers)
    assert len(set(server.asked)) == len(server.asked) / 2


@pytest.mark.parametrize("fault", ["500", "429:spent", "html"])
def test_where_it_is_away_the_edition_says_so_once_and_the_next_asks_again(citing, server, fault):
    server.fail(*[fault] * 10)
    edition = ask(citing)
    assert {shown.facts.citations for shown in edition.papers} == {None}
    (line,) = told(edition)
    assert not line.ok
    assert str(line.detail).startswith("OpenAlex could not tell how often papers are cited: it")
    assert edition.sections
    server.faults.clear()
    assert all(shown.facts.citations is not None for shown in ask(citing, NOW + timedelta(minutes=1)).papers)


def test_a_paper_is_looked_up_by_its_own_dois_and_the_one_that_arxiv_gives_it():
    assert lookup_dois(paper("hep-th/9901001", doi="doi:10.1103/PhysRevB.76.064432, 10.1103/PhysRevB.76.064432v2")) == (
        "10.48550/arxiv.hep-th/9901001",
        "10.1103/physrevb.76.064432",
        "10.1103/physrevb.76.064432v2",
    )
    other = paper("biorxiv:10.1101/2026.01.01.1", source="biorxiv", doi="10.1101/2026.01.01.1", url="https://a.example")
    assert lookup_dois(other) == ("10.1101/2026.01.01.1",)
    assert lookup_dois(replace(other, doi="")) == ()


def test_of_a_paper_that_stands_there_twice_the_larger_count_and_the_venue(citing, server):
    published = work(131, journal("Physical Review B"))
    server.works = {"10.48550/arxiv.2603.00001": work(1279), "10.1103/physrevb.76.064432": published}
    run = RunContext(now=NOW)
    job = CitationJob(
        [paper(doi="10.1103/PhysRevB.76.064432")], citing.citation_index, citing.store, citing.fan_out, run
    )
    collect_results(run, job)
    assert job.records == {"2603.00001": CitationRecord(1279, "Physical Review B")}


def test_what_a_paper_says_of_its_venue_by_itself_stands():
    facts = {"a": PaperFacts(venue="ICML 2025"), "b": PaperFacts(), "c": PaperFacts()}
    records = {"a": CitationRecord(3, "Letters"), "b": CitationRecord(4, "Letters"), "d": CitationRecord(5)}
    assert add_citations(facts, records) == {
        "a": PaperFacts(venue="ICML 2025", citations=3),
        "b": PaperFacts(venue="Letters", citations=4),
        "c": PaperFacts(),
    }
