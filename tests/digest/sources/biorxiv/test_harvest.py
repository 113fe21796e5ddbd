"""bioRxiv and medRxiv over the wire: every row once, whatever the pages; everything that they were seen to answer."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from urllib.parse import urlsplit

import pytest

from digest.errors import BadInput, SourceError, TokenExpired
from digest.ports import HarvestPage
from digest.sources.biorxiv.details import DetailsClient
from digest.sources.biorxiv.harvest import PreprintHarvest
from digest.sources.biorxiv.servers import BIORXIV, MEDRXIV
from digest.sources.registry import HARVEST_SOURCES, SourceSetup
from store.records.harvests import HarvestWindow
from tests.doubles.biorxiv_server import BiorxivServer, row
from tests.doubles.memory_pace import FakeTime, MemoryPace
from tests.doubles.relays import unheard_port

NOVEMBER = HarvestWindow(date(2026, 11, 1), date(2026, 11, 28))
DOIS = [f"10.64898/2026.11.01.{700_000 + n}" for n in range(70)]


@pytest.fixture
def server() -> Iterator[BiorxivServer]:
    with BiorxivServer([row(doi, date=f"2026-11-{1 + n % 28:02}") for n, doi in enumerate(DOIS)]) as running:
        yield running


@pytest.fixture
def time() -> FakeTime:
    return FakeTime()


@pytest.fixture
def pace(time: FakeTime) -> MemoryPace:
    return MemoryPace(time.clock)


@pytest.fixture
def source(server: BiorxivServer, time: FakeTime, pace: MemoryPace) -> PreprintHarvest:
    client = DetailsClient(
        label="bioRxiv", user_agent="paperroute/0.1", pace=pace, api_url=server.url, clock=time.clock
    )
    return PreprintHarvest(server=BIORXIV, client=client)


def pages(
    source: PreprintHarvest, time: FakeTime, window: HarvestWindow = NOVEMBER, collection: str = ""
) -> list[HarvestPage]:
    read, token = [], ""
    while not read or token:
        read.append(source.read_page(collection, window, token, wait=time.wait))
        token = read[-1].token
    return read


def ids(read: list[HarvestPage]) -> list[str]:
    return [paper.id for page in read for paper in page.papers]


@pytest.mark.parametrize("size", [1, 7, 30, 70, 100])
def test_every_preprint_comes_once_whatever_the_size_of_a_page(
    server: BiorxivServer, source: PreprintHarvest, time: FakeTime, size: int
) -> None:
    server.page_size = size
    read = pages(source, time)
    assert sorted(ids(read)) == sorted(f"biorxiv:{doi}" for doi in DOIS)
    assert read[-1].papers == ()
    assert all(page.day == datetime.now(UTC).date() for page in read)


def test_requests_are_a_second_apart_and_say_who_asks(
    server: BiorxivServer, source: PreprintHarvest, time: FakeTime, pace: MemoryPace
) -> None:
    pages(source, time)
    assert pace.gaps == [pytest.approx(1.0)] * 3
    assert set(server.agents) == {"paperroute/0.1"}


def test_a_window_without_an_end_keeps_the_one_it_began_with(
    server: BiorxivServer, source: PreprintHarvest, time: FakeTime
) -> None:
    days = iter([date(2026, 11, 28), date(2026, 11, 29)])
    source = PreprintHarvest(server=BIORXIV, client=source.client, today=lambda: next(days))
    pages(source, time, HarvestWindow())
    assert {urlsplit(path).path.split("/")[3:5] == ["2013-11-01", "2026-11-28"] for path in server.requests} == {True}


def test_a_subject_area_is_asked_for_in_its_one_spelling(
    server: BiorxivServer, source: PreprintHarvest, time: FakeTime
) -> None:
    server.rows[3] |= {"category": "neuroscience"}
    assert source.check("Neuroscience") == "neuroscience"
    assert source.check("Cell  biology") == "cell_biology"
    assert source.check("") == ""
    assert ids(pages(source, time, collection="neuroscience")) == [f"biorxiv:{DOIS[3]}"]
    assert all(path.endswith("/json?category=neuroscience") for path in server.requests)


def test_an_unknown_subject_area_is_refused_with_those_near_to_it(source: PreprintHarvest) -> None:
    with pytest.raises(BadInput) as caught:
        source.check("neurosciences")
    assert "neuroscience" in str(caught.value.hint)
    with pytest.raises(BadInput):
        source.check("cs.CL")
    assert MEDRXIV.find_subject("Public and Global Health") == "public_and_global_health"


def test_a_version_in_the_window_is_the_paper_and_its_first_day_is_that_of_its_first_version(
    server: BiorxivServer, source: PreprintHarvest, time: FakeTime
) -> None:
    old = "10.1101/654321"
    server.rows = [
        row(old, 1, "2019-06-01"),
        row(old, 2, "2026-11-02"),
        row(old, 3, "2026-11-05"),
        row("10.1101/2024.01.05.574321", 4, "2026-11-06"),
    ]
    papers = {paper.id: paper for page in pages(source, time) for paper in page.papers}
    assert (papers[f"biorxiv:{old}"].version, papers[f"biorxiv:{old}"].published.date()) == (3, date(2019, 6, 1))
    assert papers["biorxiv:10.1101/2024.01.05.574321"].published.date() == date(2024, 1, 5)
    assert [path for path in server.requests if "/na/" in path] == [f"/details/biorxiv/{old}/na/json"]


def test_papers_are_read_by_id_in_all_their_versions(
    server: BiorxivServer, source: PreprintHarvest, time: FakeTime
) -> None:
    server.rows = [row(DOIS[0], 1, "2026-11-03"), row(DOIS[0], 2, "2026-11-20")]
    wanted = [f"biorxiv:{DOIS[0]}", f"biorxiv:{DOIS[1]}", f"medrxiv:{DOIS[0]}", "2611.00123"]
    (paper,) = source.read_papers(wanted, wait=time.wait)
    assert (paper.version, paper.published.date(), paper.updated.date()) == (2, date(2026, 11, 3), date(2026, 11, 20))
    assert len(server.requests) == 2


def test_ids_are_those_of_the_papers(source: PreprintHarvest, time: FakeTime) -> None:
    page = source.read_ids("", NOVEMBER, "", wait=time.wait)
    assert page.ids == tuple(paper.id for paper in source.read_page("", NOVEMBER, "", wait=time.wait).papers)


@pytest.mark.parametrize("token", ["nonsense", "2026-02-31/0/0", "2026-11-28/../0", "2026-11-28/1"])
def test_a_token_of_another_kind_begins_the_window_again(
    server: BiorxivServer, source: PreprintHarvest, time: FakeTime, token: str
) -> None:
    with pytest.raises(TokenExpired):
        source.read_page("", NOVEMBER, token, wait=time.wait)
    assert server.requests == []


@pytest.mark.parametrize(
    "fault",
    [
        *("500", "502", "503", "503:7", "429", "429:60", "408", "blank", "html", "truncated", "cut", "reset", "empty"),
        *(
            "none",
            "status:error",
            "body:[]",
            "body:{}",
            "body:" + "[" * 5_000,
            'body:{"messages": [], "collection": []}',
        ),
    ],
)
def test_a_fault_that_passes_costs_a_pause_and_no_paper(
    server: BiorxivServer, source: PreprintHarvest, time: FakeTime, fault: str
) -> None:
    server.rows = [row(f"{doi}{n}") for doi in DOIS for n in range(3)]  # so many that no total counts so far too much
    token = source.read_page("", NOVEMBER, "", wait=time.wait).token
    server.fail(fault)
    page = source.read_page("", NOVEMBER, token, wait=time.wait)
    assert [paper.doi for paper in page.papers] == [kept["doi"] for kept in server.rows[30:60]]
    told = fault.partition(":")[2]
    assert max(time.pauses) >= (float(told) if told.isdigit() else 2.0)


def test_a_total_that_counts_too_much_ends_nothing_early_and_keeps_nobody(
    server: BiorxivServer, source: PreprintHarvest, time: FakeTime
) -> None:
    server.fail("hightotal:31", "hightotal:31", "hightotal:31")
    assert len(ids(pages(source, time))) == 70
    assert len(server.requests) == 4


@pytest.mark.parametrize(
    ("fault", "words", "permanent"),
    [
        ("404", "bioRxiv answered with HTTP 404.", True),
        ("403", "bioRxiv answered with HTTP 403.", True),
        ("redirect:https://elsewhere.example/", "bioRxiv answered with HTTP 301.", True),
        ("blank", "bioRxiv sent an answer that cannot be read; tried 6 times in", False),
        ("empty", "bioRxiv sent an empty page although 70 rows are to come; tried 6 times in", False),
        ("503", "bioRxiv answered with HTTP 503; tried 6 times in", False),
        ("429:600", "bioRxiv answered with HTTP 429.", False),
        ("status:bad <date>", 'bioRxiv says: "bad <date>"; tried 6 times in', False),
    ],
)
def test_a_fault_that_lasts_is_one_clear_error(
    server: BiorxivServer, source: PreprintHarvest, time: FakeTime, fault: str, words: str, permanent: bool
) -> None:
    server.fail(*[fault] * 20)
    with pytest.raises(SourceError) as caught:
        source.read_page("", NOVEMBER, "", wait=time.wait)
    assert str(caught.value).startswith(words)
    assert caught.value.permanent is permanent
    assert len(server.requests) <= 7


@pytest.mark.parametrize("fault", ["hang", "drip", "huge"])
def test_an_answer_without_an_end_is_left(server: BiorxivServer, pace: MemoryPace, fault: str) -> None:
    server.fail(*[fault] * 20)
    client = DetailsClient(
        label="bioRxiv", user_agent="", pace=MemoryPace(), api_url=server.url, delay_seconds=0, deadline_seconds=0.6
    )
    with pytest.raises(SourceError):
        PreprintHarvest(server=BIORXIV, client=client).read_page("", NOVEMBER, "", wait=lambda *_: None)


def test_nobody_there_is_one_clear_error(time: FakeTime, pace: MemoryPace) -> None:
    with unheard_port() as port:
        url = f"http://127.0.0.1:{port}"
        client = DetailsClient(label="medRxiv", user_agent="", pace=pace, api_url=url, clock=time.clock)
        source = PreprintHarvest(server=MEDRXIV, client=client)
        with pytest.raises(SourceError, match="medRxiv is not reachable; tried"):
            source.read_page("", NOVEMBER, "", wait=time.wait)
    assert pace.holder == ""


def test_one_byte_amiss_costs_a_letter_and_no_page(
    server: BiorxivServer, source: PreprintHarvest, time: FakeTime
) -> None:
    server.fail("badutf8")
    page = source.read_page("", NOVEMBER, "", wait=time.wait)
    assert len(page.papers) == 30
    assert page.papers[0].title == "Count\ufffding cells in moss"


def test_a_row_that_cannot_be_read_is_named_and_the_rest_of_its_page_stands(
    server: BiorxivServer, source: PreprintHarvest, time: FakeTime
) -> None:
    server.rows[2] |= {"version": "first"}
    read = pages(source, time)
    assert len(ids(read)) == 69
    assert [str(told) for page in read for told in page.set_aside] == [f"{DOIS[2]} (its <version> cannot be read)"]


def test_a_page_of_which_nothing_can_be_read_is_a_failure(
    server: BiorxivServer, source: PreprintHarvest, time: FakeTime
) -> None:
    server.rows = [{**kept, "doi": None} for kept in server.rows]
    with pytest.raises(SourceError, match="bioRxiv sent no row that can be read"):
        source.read_page("", NOVEMBER, "", wait=time.wait)


@pytest.mark.parametrize("name", ["biorxiv", "medrxiv"])
def test_the_registry_makes_one_of_each_server(server: BiorxivServer, name: str) -> None:
    server.rows = [row(DOIS[0]), row(DOIS[1], server="medRxiv")]
    settings = {"api_url": server.url, "delay_seconds": 0.0, "deadline_seconds": 60.0}
    source = HARVEST_SOURCES[name](SourceSetup("paperroute/0.1", MemoryPace(), settings))
    page = source.read_page("", NOVEMBER, "", wait=lambda *_: None)
    assert (source.name, source.lists_ids) == (name, False)
    assert [paper.source for paper in page.papers] == [name]
