"""arXiv's OAI-PMH as a source of harvests: pages, ids, single papers, sets; and each fault it was seen to have."""

import threading
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from digest.errors import BadInput, SourceError, TokenExpired
from digest.sources.arxiv.oai import ArxivHarvest
from digest.sources.arxiv.source import ArxivSource
from digest.sources.registry import HARVEST_SOURCES, SourceSetup
from paperroute.config.sections import ArxivSection
from store.records.harvests import HarvestWindow
from tests.doubles.arxiv_server import ArxivServer, Entry
from tests.doubles.memory_pace import FakeTime, MemoryPace
from tests.doubles.oai_server import OaiRecord, OaiServer, records
from tests.doubles.relays import unheard_port

ALWAYS = HarvestWindow()


@pytest.fixture
def server():
    with OaiServer(records(250)) as running:
        yield running


@pytest.fixture
def time():
    return FakeTime()


@pytest.fixture
def pace(time):
    return MemoryPace(time.clock)


@pytest.fixture
def source(server, time, pace):
    return ArxivHarvest(user_agent="PaperRoute/0.1", pace=pace, oai_url=server.url, clock=time.clock)


def read(source, time, collection="", window=ALWAYS):
    """All pages of a list."""
    pages = [source.read_page(collection, window, "", wait=time.wait)]
    while pages[-1].token:
        pages.append(source.read_page(collection, window, pages[-1].token, wait=time.wait))
    return pages


def ids_of(pages):
    return [paper.id for page in pages for paper in page.papers]


def only(server, time, source, **fields):
    server.records = [OaiRecord("2610.00001", **fields)]
    return source.read_page("", ALWAYS, "", wait=time.wait).papers[0]


def test_a_list_is_read_to_its_end_at_the_pace_of_searches(server, source, time, pace):
    pages = read(source, time)
    assert ids_of(pages) == [record.id for record in server.records]
    assert [len(page.papers) for page in pages] == [100, 100, 50]
    assert {page.day for page in pages} == {server.today}
    assert server.asked[0] == {"verb": "ListRecords", "metadataPrefix": "arXivRaw"}
    assert all(set(asked) == {"verb", "resumptionToken"} for asked in server.asked[1:])
    assert min(pace.gaps) >= 3.0
    assert server.most_busy == 1


def test_a_window_is_of_whole_days_and_begins_no_earlier_than_arxiv_allows(server, source, time):
    day = date(2026, 9, 30)
    pages = read(source, time, "cs:cs:LG", HarvestWindow(day, day))
    assert ids_of(pages) == [record.id for record in server.records if record.modified == day]
    assert server.asked[0]["from"] == server.asked[0]["until"] == "2026-09-30"
    assert server.asked[0]["set"] == "cs:cs:LG"
    read(source, time, "cs", HarvestWindow(date(1991, 8, 14)))
    assert server.asked[1]["from"] == "2005-09-16"


def test_nothing_new_is_an_empty_page_and_says_its_day(server, source, time):
    (page,) = read(source, time, "hep-th")
    assert (page.papers, page.token, page.day) == ((), "", server.today)
    assert server.asked[0]["set"] == "physics:hep-th"


def test_ids_alone_and_papers_one_by_one(server, source, time):
    server.ids_page = 100
    first = source.read_ids("", ALWAYS, "", wait=time.wait)
    second = source.read_ids("", ALWAYS, first.token, wait=time.wait)
    assert [*first.ids, *second.ids] == [record.id for record in server.records[:200]]
    papers = source.read_papers(["2610.00007", "2611.99999", "biorxiv:10.1101/1", "2610.00009"], wait=time.wait)
    assert [paper.id for paper in papers] == ["2610.00007", "2610.00009"]
    assert papers[0] in read(source, time)[0].papers
    assert [asked.get("identifier") for asked in server.asked[2:5]] == [
        f"oai:arXiv.org:{id_}" for id_ in ("2610.00007", "2611.99999", "2610.00009")
    ]


def test_a_record_is_the_paper_that_the_search_api_tells(server, source, time, pace):
    first, newest = datetime(2026, 9, 1, 9, 15, tzinfo=UTC), datetime(2026, 9, 23, 17, 2, 11, tzinfo=UTC)
    harvested = only(
        server,
        time,
        source,
        title="Counting\n  $\\alpha$ Pebbles &amp; more",
        abstract="  We count\npebbles.\n",
        authors="Jos{\\'e} Garc{\\'\\i}a (1), A.B. Sample, Jr. (2) and Jan van den Berg ((1) Lab, (2) Hall)",
        versions=[(first, "D"), (newest, "")],
        fields={"comments": "12 pages,\n 3 figures", "journal-ref": "J. Peb. 3 (2026)", "doi": "10.5555/pebbles"},
    )
    entry = Entry(
        "2610.00001",
        title="Counting\n  $\\alpha$ Pebbles &amp; more",
        authors=("José García", "A. B. Sample Jr.", "Jan van den Berg"),
        categories=("cs.LG", "stat.ML"),
        published="2026-09-01T09:15:00Z",
        version=2,
        comment="12 pages,\n 3 figures",
        extra="<arxiv:journal_ref>J. Peb. 3 (2026)</arxiv:journal_ref><arxiv:doi>10.5555/pebbles</arxiv:doi>",
    )
    with ArxivServer([entry]) as search:
        found = ArxivSource(user_agent="", pace=pace, api_url=search.url, clock=time.clock)
        (paper,) = found.fetch(["2610.00001"], wait=time.wait)
    assert harvested == replace(paper, updated=newest)


@pytest.mark.parametrize(
    ("comment", "source_types", "status", "note"),
    [
        ("", ["", "I"], "withdrawn", ""),
        ("This paper has been withdrawn by arXiv administrators", ["", "I"], "removed", "arXiv administrators"),
        ("Withdrawn by the authors: an error in Lemma 2", ["", "I"], "withdrawn", "an error in Lemma 2"),
        ("Withdrawn by the authors", ["", "D"], "withdrawn", "by the authors"),
        ("Version 2 is restored", ["", "", "I"], "withdrawn", ""),
        ("", ["I", "D"], "live", ""),
        ("", ["D"], "live", ""),
    ],
)
def test_a_version_without_a_text_is_a_withdrawal(server, source, time, comment, source_types, status, note):
    versions = [(datetime(2026, 10, day, tzinfo=UTC), kind) for day, kind in enumerate(source_types, 1)]
    paper = only(server, time, source, versions=versions, fields={"comments": comment})
    assert paper.status == status
    assert note in paper.status_note
    assert bool(note) == bool(paper.status_note)


def test_a_deleted_record_is_told_by_its_id(server, source, time):
    server.records[3].deleted = True
    pages = read(source, time)
    assert pages[0].deleted == ("2610.00003",)
    assert len(ids_of(pages)) == 249
    assert "2610.00003" not in source.read_ids("", ALWAYS, "", wait=time.wait).ids


def test_of_a_paper_that_comes_twice_on_a_page_the_newer_version_stands(server, source, time):
    newer = [(datetime(2026, 10, day, tzinfo=UTC), "") for day in (1, 2)]
    server.records = [OaiRecord("2610.00001", versions=newer), OaiRecord("2610.00001")]
    (paper,) = read(source, time)[0].papers
    assert paper.version == 2


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("", ""),
        ("all", ""),
        ("CS", "cs"),
        ("cs.cl", "cs:cs:CL"),
        ("cs:cs:CL", "cs:cs:CL"),
        ("hep-th", "physics:hep-th"),
        ("physics:hep-th", "physics:hep-th"),
        ("q-bio", "q-bio"),
    ],
)
def test_a_set_has_one_spelling(source, typed, name):
    assert source.check(typed) == name


@pytest.mark.parametrize(
    ("typed", "near"),
    [
        ("cs:cs.CL", "cs.CL"),
        ("math:cs:CL", "cs.CL"),
        ("physics:hepth", "physics:hep-th"),
        ("machine learning", "cs.LG"),
        ("zzzzzz", "Write one such as cs, "),
        ("cs:" * 100, "Write one such as cs, "),
    ],
)
def test_a_set_that_is_none_is_refused_with_those_near_it(source, typed, near):
    with pytest.raises(BadInput) as caught:
        source.check(typed)
    assert near in str(caught.value)
    assert len(str(caught.value)) < 300


PASSING = {
    "503": "is overloaded (HTTP 503)",
    "503:17": "is overloaded (HTTP 503)",
    "500": "is overloaded (HTTP 500)",
    "429": "asked us to slow down (HTTP 429)",
    "429:60": "asked us to slow down (HTTP 429)",
    "406": "asked us to slow down (HTTP 406)",
    "html": "sent a web page instead of results",
    "xhtml": "sent a web page instead of results",
    "blank": "sent a broken answer",
    "truncated": "sent a broken answer",
    "cut": "broke the connection",
    "reset": "broke the connection",
    "void": "sent a page with nothing on it",
    "body:<feed/>": "sent something other than search results",
    "body:<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>": "sent a broken answer",
    "body:<OAI-PMH xmlns='http://www.openarchives.org/OAI/2.0/'><ListRecords/></OAI-PMH>": "answer without its day",
    "204": "sent an answer without results (HTTP 204)",
}


@pytest.mark.parametrize("at_page", [0, 1])
@pytest.mark.parametrize("fault", PASSING)
def test_a_passing_fault_costs_a_pause_and_no_record(server, source, time, pace, fault, at_page):
    server.fail(*["ok"] * at_page, fault)
    assert ids_of(read(source, time)) == [record.id for record in server.records]
    assert len(server.asked) == 4
    pauses = [seconds for seconds, why in time.waits if "trying again" in why and PASSING[fault] in why]
    assert len(pauses) == 1
    assert pauses[0] >= {"503:17": 17, "429:60": 60, "429": 30, "406": 30}.get(fault, 3)
    assert min(pace.gaps) >= 3.0


@pytest.mark.parametrize("fault", ["slow", "nodate", "badchar", "badutf8", "duplicate"])
def test_what_is_odd_and_can_be_read_costs_nothing(server, source, time, fault):
    server.fail("ok", fault)
    pages = read(source, time)
    assert list(dict.fromkeys(ids_of(pages))) == [record.id for record in server.records]
    assert len(server.asked) == 3
    spoilt = pages[1].papers[0].title
    assert spoilt == "Counting Pebbles 100" + ("\ufffd" if fault == "badutf8" else "")


def test_a_page_without_records_leads_to_those_that_follow(server, source, time):
    server.fail("empty")
    pages = read(source, time)
    assert [len(page.papers) for page in pages] == [0, 100, 100, 50]


@pytest.mark.parametrize("fault", ["loop", "empty"])
def test_a_page_that_leads_to_itself_is_asked_again(server, source, time, fault):
    server.fail("ok", fault)
    assert ids_of(read(source, time)) == [record.id for record in server.records]
    assert [why for _, why in time.waits if "leads to itself" in why]


@pytest.mark.parametrize("fault", ["expired", "norecords", "error:badResumptionToken"])
def test_a_list_that_cannot_be_gone_on_with_has_to_be_begun_again(server, source, time, fault, pace):
    first = source.read_page("", ALWAYS, "", wait=time.wait)
    server.fail(fault)
    with pytest.raises(TokenExpired):
        source.read_page("", ALWAYS, first.token, wait=time.wait)
    assert not pace.holder
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        ("noversiondate", "2610.00100 (it has no <date>)"),
        ("noversion", "2610.00100 (it has no <version>)"),
        ("noid", "a record without id (its id is none of arXiv's)"),
    ],
)
def test_a_record_that_cannot_be_read_is_set_aside_by_name(server, source, time, fault, why):
    server.fail("ok", fault)
    pages = read(source, time)
    assert len(ids_of(pages)) == 249
    assert [str(entry) for page in pages for entry in page.set_aside] == [why]


def test_a_page_of_which_nothing_can_be_read_is_no_page(server, source, time):
    server.records = [replace(record, versions=[]) for record in records(20)]
    with pytest.raises(SourceError, match=r"no record that can be read: 2610.00000"):
        read(source, time)
    server.records = server.records[:3]  # three may be an accident, and must not block all that follows
    assert len(read(source, time)[0].set_aside) == 3


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("404", "refused the harvest (HTTP 404). Check arxiv.oai_url and the contact"),
        ("error:badArgument", 'refused the harvest: "badArgument: Reason: as it is". Check arxiv.oai_url'),
        (
            "redirect:http://elsewhere.example/oai",
            "sent us elsewhere ('http://elsewhere.example/oai'). Check arxiv.oai_",
        ),
    ],
)
def test_a_refusal_is_told_at_once(server, source, time, fault, words):
    server.fail(fault)
    with pytest.raises(SourceError) as caught:
        read(source, time)
    assert words in str(caught.value)
    assert caught.value.permanent
    assert len(server.asked) == 1


def test_a_list_of_ids_that_are_none_is_no_list(server, source, time):
    server.records = [replace(record, id=f"nonsense {number}") for number, record in enumerate(records(20))]
    with pytest.raises(SourceError, match="a list without ids"):
        source.read_ids("", ALWAYS, "", wait=time.wait)


def test_what_does_not_pass_ends_with_its_tries(server, source, time, pace):
    server.fail(*["503"] * 50)
    with pytest.raises(SourceError, match=r"overloaded \(HTTP 503\); tried [78] times"):
        read(source, time)
    assert time.now - 1000 <= 600
    assert not pace.holder


def test_a_body_that_drips_is_left_and_asked_for_again(server, monkeypatch):
    monkeypatch.setattr("digest.sources.arxiv.http.MAX_EXCHANGE", 0.1)
    source = ArxivHarvest(user_agent="", pace=MemoryPace(), oai_url=server.url, delay_seconds=0.01)

    def wait(seconds, why):
        monkeypatch.setattr("digest.sources.arxiv.http.MAX_EXCHANGE", 45.0)  # the rest is not dripped
        threading.Event().wait(seconds)

    server.fail("drip")
    assert len(source.read_page("", ALWAYS, "", wait=wait).papers) == 100
    assert len(server.asked) == 2


def test_nobody_there_is_told_with_the_setting_that_names_the_place(time, pace):
    with unheard_port() as port:
        source = ArxivHarvest(user_agent="", pace=pace, oai_url=f"http://127.0.0.1:{port}/oai", clock=time.clock)
        with pytest.raises(SourceError, match=r"is not reachable; tried 3 times") as caught:
            read(source, time)
    assert "arxiv.oai_url" in str(caught.value)
    assert not caught.value.permanent


@pytest.mark.parametrize("before", ["", "<!--" + "x" * 5000 + "-->", "<?xml version='1.0' encoding='cp037'?>"])
def test_a_document_type_is_not_read_wherever_it_stands(server, source, time, before):
    server.fail(f"body:{before}<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>")
    assert len(read(source, time)) == 3
    assert "sent a broken answer" in time.waits[0][1]


def test_a_redirect_within_the_service_is_followed(server, source, time):
    server.fail(f"redirect:{server.url}?verb=ListRecords&metadataPrefix=arXivRaw")
    assert len(ids_of(read(source, time))) == 250


def test_a_revision_between_two_pages_hides_another_paper_until_its_day_is_read_again(server, source, time):
    server.today = server.records[-1].modified
    pages = [source.read_page("", ALWAYS, "", wait=time.wait)]
    shown_on_last_day = pages[0].papers[-1].id
    server.revise(shown_on_last_day)
    while pages[-1].token:
        pages.append(source.read_page("", ALWAYS, pages[-1].token, wait=time.wait))
    lost = {record.id for record in server.records} - set(ids_of(pages))
    assert len(lost) == 1
    day = next(record.modified for record in server.records if record.id in lost)
    assert lost <= set(ids_of(read(source, time, "", HarvestWindow(day, day))))


def test_the_registry_makes_it_of_the_settings(pace):
    setup = SourceSetup("agent", pace, ArxivSection(delay_seconds=1).model_dump())
    made = HARVEST_SOURCES["arxiv"](setup)
    assert isinstance(made, ArxivHarvest)
    assert (made.oai_url, made.delay_seconds) == ("https://oaipmh.arxiv.org/oai", 1)
