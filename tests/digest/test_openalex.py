"""Everything that OpenAlex is documented, or was seen, to answer: counts of what was asked for, or one clear error."""

import json

import pytest

from digest.errors import SourceError
from digest.openalex import OpenAlex
from store.records.paper_facts import CitationRecord
from tests.doubles.openalex_server import ARXIV, OpenAlexServer, journal, work
from tests.doubles.relays import unheard_port

PEBBLES, SHORE, NEW = "10.48550/arxiv.2610.00001", "10.1103/physrevb.76.064432", "10.48550/arxiv.hep-th/9901001"


@pytest.fixture
def server():
    known = {PEBBLES: work(7), SHORE: work(131, journal("Physical  Review B"))}
    with OpenAlexServer(known) as running:
        yield running


@pytest.fixture
def index(server):
    return OpenAlex("paperroute/0.1 (mailto:ada@example.org)", server.url, wait=lambda _: None)


def failure(index, dois=(PEBBLES,)):
    with pytest.raises(SourceError) as caught:
        index.look_up(dois)
    return caught.value


def test_works_come_with_their_counts_and_venues_and_unknown_ones_do_not(server, index):
    assert index.look_up([PEBBLES, NEW, SHORE]) == {
        PEBBLES: CitationRecord(7),
        SHORE: CitationRecord(131, "Physical Review B"),
    }
    assert len(server.requests) == 1
    asked = server.requests[0]
    assert (asked.dois, asked.path) == ([PEBBLES, NEW, SHORE], "/works")
    assert asked.per_page >= index.most
    assert (asked.user_agent, asked.key) == ("paperroute/0.1 (mailto:ada@example.org)", "")


def test_as_many_as_it_takes_fit_a_request(server, index):
    dois = [f"10.48550/arxiv.2610.{n:05}" for n in range(index.most)]
    server.works = {doi: work(n) for n, doi in enumerate(dois)}
    assert index.look_up(dois) == {doi: CitationRecord(n) for n, doi in enumerate(dois)}


def test_a_key_goes_into_a_header_and_into_no_address_and_no_text(server):
    index = OpenAlex("paperroute", server.url, api_key="s3cret", wait=lambda _: None)
    index.look_up([PEBBLES])
    assert server.requests[0].key == "Bearer s3cret"
    assert "s3cret" not in repr(index)
    server.fail("401")
    refused = failure(index)
    assert "s3cret" not in f"{refused} {refused.hint}"
    assert "OPENALEX_API_KEY" in refused.hint
    assert len(server.requests) == 2


def test_a_key_follows_no_redirect(server, index):
    with OpenAlexServer() as other:
        server.fail(f"redirect:{other.url}/works")
        assert str(failure(index)) == "it answered with HTTP 301"
        assert other.requests == []


@pytest.mark.parametrize(
    "doi", ["10.1234/a,cited_by_count:>5", "10.1234/a|b", "10.1234/a b", "10.1234/<x>", "nonsense"]
)
def test_what_could_change_the_request_is_not_asked_for(server, index, doi):
    assert index.look_up([doi]) == {}
    assert server.requests == []
    assert list(index.look_up([doi, PEBBLES])) == [PEBBLES]


@pytest.mark.parametrize(
    "fault", ["500", "502", "503", "429:burst", "reset", "html", "body:", "body:[]", 'body:{"a": 1}']
)
def test_a_passing_fault_costs_one_more_request(server, index, fault):
    server.fail(fault)
    assert index.look_up([PEBBLES]) == {PEBBLES: CitationRecord(7)}
    assert len(server.requests) == 2


LASTING = {
    "500": "it answered with HTTP 500",
    "reset": "it is not reachable",
    "html": "its answer cannot be read",
    "body:{": "its answer cannot be read",
    'body:{"results": {}}': "its answer cannot be read",
    "429:burst": "it takes no more requests for now",
    "403": "it takes no more requests for now",
}


@pytest.mark.parametrize("fault", LASTING)
def test_a_fault_that_lasts_is_told_after_the_second_try(server, index, fault):
    server.fail(*[fault] * 2)
    error = failure(index)
    assert (str(error), error.permanent) == (LASTING[fault], False)
    assert len(server.requests) == 2


@pytest.mark.parametrize("fault", ["429:spent", "400", "404"])
def test_what_another_try_cannot_mend_is_told_at_once(server, index, fault):
    server.fail(fault)
    failure(index)
    assert len(server.requests) == 1


def test_nobody_there(index):
    assert str(failure(OpenAlex("paperroute", f"http://127.0.0.1:{unheard_port()}", wait=lambda _: None))) == (
        "it is not reachable"
    )


@pytest.mark.parametrize("fault", ["hang", "drip"])
def test_no_call_outlasts_its_seconds(server, fault):
    server.fail(*[fault] * 2)
    assert str(failure(OpenAlex("paperroute", server.url, seconds=0.5))) == "it did not answer within 0.5 s"


def test_an_answer_without_end_is_left(server, index):
    server.fail("huge", "huge")
    assert str(failure(index)) == "its answer cannot be read"


WRONG = [
    {"doi": None, "cited_by_count": 3},
    {"doi": f"https://doi.org/{PEBBLES}", "cited_by_count": "many"},
    {"doi": f"https://doi.org/{PEBBLES}", "cited_by_count": -1},
    {"doi": f"https://doi.org/{PEBBLES}", "cited_by_count": True},
    {"doi": f"https://doi.org/{PEBBLES}", "cited_by_count": None},
    {"doi": f"https://doi.org/{PEBBLES}"},
    {"doi": "https://doi.org/10.9999/not-asked-for", "cited_by_count": 3},
    "a work",
    None,
]


@pytest.mark.parametrize("wrong", WRONG)
def test_a_work_that_is_wrong_costs_no_other(server, index, wrong):
    right = {"doi": f"https://doi.org/{SHORE.upper()}", "cited_by_count": 5, "primary_location": None}
    server.fail(f"body:{json.dumps({'results': [wrong, right]})}")
    assert index.look_up([PEBBLES, SHORE]) == {SHORE: CitationRecord(5)}


def test_of_two_works_with_one_doi_the_one_that_more_cite_counts(server, index):
    twice = [{"doi": f"https://doi.org/{PEBBLES}", "cited_by_count": count} for count in (131, 1279, 4)]
    server.fail(f"body:{json.dumps({'results': twice})}")
    assert index.look_up([PEBBLES]) == {PEBBLES: CitationRecord(1279)}


@pytest.mark.parametrize(
    ("source", "venue"),
    [
        (ARXIV, ""),
        (None, ""),
        ({}, ""),
        (journal("Proceedings of X", "conference"), "Proceedings of X"),
        (journal("Lecture Notes", "book series"), "Lecture Notes"),
        (journal("Zenodo", "repository"), ""),
        (journal("N" * 1000), "N" * 200),
        (journal(None), ""),
    ],
)
def test_an_archive_is_no_venue(server, index, source, venue):
    server.works[PEBBLES] = work(1, source)
    assert index.look_up([PEBBLES]) == {PEBBLES: CitationRecord(1, venue)}
