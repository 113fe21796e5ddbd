"""arXiv as a paper source: pages, mapping, windows, several queries, the pace, and cancelling."""

import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from digest.errors import Cancelled, SourceError
from digest.ports import SearchRequest
from digest.sources.arxiv.source import ArxivSource
from store.records.editions import Query
from store.tables.source_turns import SourceTurns
from tests import ROOT
from tests.doubles.arxiv_server import ArxivServer, Entry, papers
from tests.doubles.memory_pace import FakeTime, MemoryPace

AGENT = "PaperRoute/0.1 (+https://example.org; mailto:ops@example.org)"
PEBBLES = SearchRequest((Query(("pebbles",)),))


@pytest.fixture
def server():
    with ArxivServer() as running:
        yield running


@pytest.fixture
def time():
    return FakeTime()


@pytest.fixture
def pace(time):
    return MemoryPace(time.clock)


@pytest.fixture
def source(server, time, pace):
    return ArxivSource(user_agent=AGENT, pace=pace, api_url=server.url, clock=time.clock)


def read(source, request, time):
    return [paper for page in source.search(request, wait=time.wait) for paper in page.papers]


def one(source, time):
    (paper,) = read(source, SearchRequest((), categories=("cs",)), time)
    return paper


# Pages


def test_pages_come_in_order_up_to_the_end(server, source, time):
    server.entries = papers(250)
    pages = list(source.search(PEBBLES, wait=time.wait))
    assert [(len(page.papers), page.total) for page in pages] == [(100, 250), (100, 250), (50, 250)]
    assert [paper.id for page in pages for paper in page.papers] == [entry.id for entry in server.entries]
    assert [(asked.start, asked.size) for asked in server.requests] == [(0, 100), (100, 100), (200, 100)]


def test_pages_come_up_to_the_limit_and_no_more_is_asked_for(server, source, time):
    server.entries = papers(250)
    pages = list(source.search(SearchRequest(PEBBLES.queries, limit=130), wait=time.wait))
    assert [(len(page.papers), page.total) for page in pages] == [(100, 250), (30, 250)]
    assert [(asked.start, asked.size) for asked in server.requests] == [(0, 100), (100, 30)]


def test_papers_are_fetched_by_their_ids_in_one_request_and_at_the_usual_pace(server, source, time):
    server.entries = [*papers(3, comment="This paper has been withdrawn"), Entry("hep-th/9901001", version=2)]
    found = source.fetch(["2610.00001", "hep-th/9901001", "2610.99999", "biorxiv:10.1101/1", "x"], wait=time.wait)
    assert {(paper.id, paper.version) for paper in found} == {("2610.00001", 1), ("hep-th/9901001", 2)}
    assert source.fetch(["2610.00002"], wait=time.wait)[0].title == "Counting Pebbles 2"
    assert len(server.requests) == 2
    assert time.clock() >= source.delay_seconds


def test_what_is_no_id_of_arxivs_is_not_asked_for(server, source, time):
    assert source.fetch(["biorxiv:10.1101/1", "x' OR 1"], wait=time.wait) == ()
    assert server.requests == []


def test_a_fetch_is_tried_again_and_fails_in_words(server, source, time):
    server.entries = papers(1)
    server.fail("503")
    assert source.fetch(["2610.00000"], wait=time.wait)[0].id == "2610.00000"
    server.fail(*["error:incorrect id format"] * 9)
    with pytest.raises(SourceError, match="refused"):
        source.fetch(["2610.00000"], wait=time.wait)


def test_nothing_found_is_one_empty_page(source, time):
    (page,) = source.search(PEBBLES, wait=time.wait)
    assert (page.papers, page.total) == ((), 0)


def test_a_page_is_there_before_the_next_is_asked_for(server, source, time):
    server.entries = papers(150)
    pages = source.search(PEBBLES, wait=time.wait)
    assert len(next(pages).papers) == 100
    assert len(server.requests) == 1
    pages.close()


def test_pages_hold_at_most_200(server, source, time):
    server.entries, source.page_size = papers(3), 5_000
    read(source, SearchRequest(PEBBLES.queries, limit=2_000), time)
    assert server.requests[0].size == 200


@pytest.mark.parametrize("way", ["gzip", "chunked"])
def test_pages_may_come_packed_or_in_chunks(server, source, time, way):
    server.entries = papers(150)
    server.fail(way, way)
    assert [paper.id for paper in read(source, PEBBLES, time)] == [entry.id for entry in server.entries]
    assert len(server.requests) == 2


def test_nothing_deeper_than_10000_is_asked_for(server, source, time):
    server.entries, source.page_size = papers(10_050), 200
    assert len(read(source, SearchRequest(PEBBLES.queries, limit=30_000), time)) == 10_000
    assert max(asked.start + asked.size for asked in server.requests) == 10_000


def test_the_order_asked_for_is_the_order_got(server, source, time):
    server.entries = papers(5)[::-1]
    request = SearchRequest(PEBBLES.queries, order="submitted")
    assert [paper.id for paper in read(source, request, time)] == [entry.id for entry in papers(5)]
    assert server.requests[0].sort == "submittedDate"


# Queries


def test_several_queries_go_out_as_one_request(server, source, time):
    server.entries = [Entry("2610.00001"), Entry("2610.00002", abstract="Dice."), Entry("2610.00003", title="Cards")]
    server.entries[2].abstract = "Shuffled."
    request = SearchRequest((Query(("pebbles", "count")), Query(("dice",))), categories=("cs.LG",))
    assert [paper.id for paper in read(source, request, time)] == ["2610.00001", "2610.00002"]
    assert [asked.query for asked in server.requests] == ["((all:pebbles AND all:count) OR (all:dice)) AND (cat:cs.LG)"]


def test_long_requests_go_out_in_parts_and_come_back_as_one(server, source, time):
    server.entries = [Entry(f"2610.{n:05d}", abstract=f"word{n} word{(n + 1) % 150} end.") for n in range(150)]
    queries = tuple(Query((f"word{n}", "no such paper has this")) for n in range(150))
    queries += tuple(Query((f"word{n}", "counting pebbles")) for n in range(150))
    pages = list(source.search(SearchRequest(queries, limit=10_000), wait=time.wait))
    ids = [paper.id for page in pages for paper in page.papers]
    assert sorted(ids) == [entry.id for entry in server.entries]
    assert pages[-1].total == len(ids)
    assert len(server.requests) > 4
    assert max(asked.line for asked in server.requests) <= 4_000


def test_each_part_gets_its_share_of_the_limit(server, source, time):
    server.entries = [*papers(80, abstract="common."), Entry("2611.00001", title="Rare", abstract="thing.")]
    queries = tuple(Query((f"filler{n}", "so that the request is long")) for n in range(120))
    request = SearchRequest((Query(("common",)), *queries, Query(("rare",))), limit=40)
    ids = [paper.id for paper in read(source, request, time)]
    assert len(ids) == len(set(ids)) <= 40
    assert "2611.00001" in ids


def test_what_cannot_be_asked_costs_no_request(server, source, time):
    with pytest.raises(SourceError, match="no word") as caught:
        read(source, SearchRequest((Query(("?",)),)), time)
    assert caught.value.permanent
    assert not server.requests


# Windows


def test_the_window_holds_its_start_and_not_its_end(server, source, time):
    moments = ["11:59:59", "12:00:30", "12:00:31", "13:00:29", "13:00:30", "13:01:00"]
    server.entries = [Entry(f"2610.0000{n}", published=f"2026-10-01T{moment}Z") for n, moment in enumerate(moments)]
    request = SearchRequest(
        PEBBLES.queries,
        since=datetime(2026, 10, 1, 12, 0, 30, tzinfo=UTC),
        until=datetime(2026, 10, 1, 13, 0, 30, tzinfo=UTC),
        order="submitted",
    )
    (page,) = source.search(request, wait=time.wait)
    assert [paper.id for paper in page.papers] == ["2610.00003", "2610.00002", "2610.00001"]
    assert page.total == 3
    assert "submittedDate:[202610011200 TO 202610011301]" in server.requests[0].query


# Papers


def test_a_paper_with_everything(server, source, time):
    server.entries = [
        Entry(
            id="hep-th/9711200",
            version=3,
            title="Pebbles  on\n  $n \\times n$ &\x85 <boards>",
            abstract="We count\n  pebbles.\u202e\x7f ",
            authors=("Ada   Example", "(authors not recorded)", ""),
            categories=("cs.LG", "05A15 (Primary)", "cs.LG"),
            comment="12 pages,\n 3 figures",
            published="2026-10-01T14:30:00+02:00",
            extra="<arxiv:doi>10.0000/example.1</arxiv:doi><arxiv:journal_ref> J.\n Inv. 1</arxiv:journal_ref>",
        )
    ]
    paper = one(source, time)
    assert (paper.id, paper.version) == ("hep-th/9711200", 3)
    assert paper.title == "Pebbles on $n \\times n$ & <boards>"
    assert paper.abstract == "We count pebbles."
    assert paper.authors == ("Ada Example",)
    assert (paper.categories, paper.primary_category) == (("cs.LG", "05A15 (Primary)"), "cs.LG")
    assert paper.published == paper.updated == datetime(2026, 10, 1, 12, 30, tzinfo=UTC)
    assert paper.published.tzinfo is not None
    assert (paper.comment, paper.doi, paper.journal_ref) == (
        "12 pages, 3 figures",
        "10.0000/example.1",
        "J. Inv. 1",
    )


def test_a_paper_with_next_to_nothing(server, source, time):
    server.entries = [Entry("2104.12255", title="0", abstract="", authors=("(authors not recorded)",))]
    paper = one(source, time)
    assert (paper.title, paper.abstract, paper.authors) == ("0", "", ())
    assert (paper.comment, paper.doi, paper.journal_ref) == ("", "", "")


def test_no_category_is_no_category(server, source, time):
    server.entries = [Entry("2610.00001", categories=())]
    (paper,) = read(source, PEBBLES, time)
    assert (paper.categories, paper.primary_category) == ((), "")


def test_hundreds_of_authors(server, source, time):
    names = tuple(f"Author {number}" for number in range(533))
    server.entries = [Entry("2610.00001", authors=names)]
    assert one(source, time).authors == names


@pytest.mark.parametrize("stray", ["\x00", "\x1b", "&#0;", "&#x1F;"])
def test_a_control_character_does_not_cost_the_page(server, source, time, stray):
    server.entries = [Entry("2610.00001", extra=f"<arxiv:doi>10.0000/{stray}1</arxiv:doi>"), Entry("2610.00002")]
    assert [paper.doi for paper in read(source, PEBBLES, time)] == ["10.0000/1", ""]


@pytest.mark.parametrize(
    "url",
    [
        *("http://arxiv.org/abs/not-an-id", "https://example.org/abs/{id}v1", "http://arxiv.org/abs/{id}v1?x", "{id}"),
        *("http://arxiv.org/abs/{id}v0", "http://arxiv.org/abs/{id}v99999999999999999999"),
    ],
)
def test_an_id_of_another_shape_costs_its_own_paper_alone(server, source, time, url):
    server.entries = [Entry("2610.00001"), Entry("2610.00002", url=url), Entry("2610.00003")]
    (page,) = source.search(PEBBLES, wait=time.wait)
    assert [paper.id for paper in page.papers] == ["2610.00001", "2610.00003"]
    (told,) = map(str, page.set_aside)
    assert told.endswith(" (its id is none of arXiv's)")
    assert url.format(id="2610.00002").rpartition("arxiv.org/abs/")[2] in told
    assert page.total == 2


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"published": ""}, "2610.00002v1 (it has no <published>)"),
        ({"published": "yesterday"}, "2610.00002v1 (its <published> is no date)"),
        ({"published": "0000-00-00T00:00:00Z"}, "2610.00002v1 (its <published> is no date)"),
        ({"published": "0001-01-01T00:00:00+09:00"}, "2610.00002v1 (its <published> is no date)"),
        ({"url": ""}, "Counting Pebbles (it has no <id>)"),
        ({"url": "", "title": " "}, "an entry without id and title (it has no <id>)"),
    ],
)
def test_a_malformed_entry_is_named_and_costs_no_other(server, source, time, fields, told):
    server.entries = [Entry("2610.00001"), Entry("2610.00002", **fields), Entry("2610.00003")]
    pages = list(source.search(PEBBLES, wait=time.wait))
    assert [paper.id for page in pages for paper in page.papers] == ["2610.00001", "2610.00003"]
    assert [str(entry) for page in pages for entry in page.set_aside] == [told]
    assert [page.missing for page in pages] == [0]
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("fields", "status", "note"),
    [
        (
            {"abstract": "This paper has been withdrawn by the author."},
            "withdrawn",
            "This paper has been withdrawn by the author.",
        ),
        (
            {"comment": "This submission has been withdrawn by arXiv administrators"},
            "removed",
            "This submission has been withdrawn by arXiv administrators",
        ),
        ({"comment": "12 pages; paper withdrawn, see v1"}, "withdrawn", "paper withdrawn, see v1"),
        ({"comment": "v1 withdrawn by mistake, restored as v2"}, "restored", "v1 withdrawn by mistake, restored as v2"),
        ({"abstract": "We study why an article has been withdrawn or a drug was withdrawn."}, "live", ""),
        ({"comment": "Extends arXiv:2401.99901, which its authors withdrew"}, "live", ""),
        ({"title": "Withdrawn"}, "live", ""),
    ],
)
def test_a_withdrawn_paper_comes_with_the_sentence_that_says_so(server, source, time, fields, status, note):
    server.entries = [Entry("2610.00001", **fields), Entry("2610.00002")]
    (page,) = source.search(SearchRequest((), categories=("cs",)), wait=time.wait)
    assert [(paper.status, paper.status_note) for paper in page.papers] == [(status, note), ("live", "")]
    assert page.total == 2


def test_entities_and_characters_without_width_are_cleaned_and_latex_is_not(server, source, time):
    server.entries = [
        Entry(
            "2610.00001",
            title="Peb\u200bbles &amp; AT&T: $a &lt; b$ \\& \\'e&amp;#x27;s",
            abstract="We c\xadount \ufeffpebbles, n &gt; 2.",
            authors=("Ada\u200d O&#39;Example",),
            comment="12&nbsp;pages",
            extra="<arxiv:journal_ref>J. A &amp;amp; B 1</arxiv:journal_ref>",
        )
    ]
    paper = one(source, time)
    assert paper.title == "Pebbles & AT&T: $a < b$ \\& \\'e's"
    assert paper.abstract == "We count pebbles, n > 2."
    assert paper.authors == ("Ada O'Example",)
    assert (paper.comment, paper.journal_ref) == ("12 pages", "J. A & B 1")


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (("NVIDIA", ":", "Wen Example"), ("NVIDIA", "Wen Example")),
        (("Ada Example", "et al."), ("Ada Example", "et al.")),
        (("Ada Example", "et al"), ("Ada Example", "et al")),
        (("Ada Example (1)", "Ben Foo(2)", "Cy Bar (1, 3)", "(2)"), ("Ada Example", "Ben Foo", "Cy Bar")),
        (("Ada Example$^{1,2}$", "Ben Foo¹", "Cy Bar*†", "Di Baz [3]"), ("Ada Example", "Ben Foo", "Cy Bar", "Di Baz")),
        (("Ada Example and Ben Foo", "Cy Bar"), ("Ada Example", "Ben Foo", "Cy Bar")),
        (("A. Example(1), B. Foo(2) and C. Bar(1, 3)",), ("A. Example", "B. Foo", "C. Bar")),
        (("Ada Example and the Pebble Collaboration",), ("Ada Example and the Pebble Collaboration",)),
        (("Rex Example (III)", "Author 1", "\u200b", "--", "李 明"), ("Rex Example (III)", "Author 1", "李 明")),
    ],
)
def test_names_of_authors(server, source, time, sent, kept):
    server.entries = [Entry("2610.00001", authors=sent)]
    assert one(source, time).authors == kept


@pytest.mark.parametrize(
    ("extra", "doi"),
    [
        ("<arxiv:doi>10.0000/a</arxiv:doi><arxiv:doi>10.0000/b</arxiv:doi>", "10.0000/a 10.0000/b"),
        (
            '<arxiv:doi>10.0000/a</arxiv:doi><link title="doi" href="https://dx.doi.org/10.0000/A" rel="related"/>',
            "10.0000/a",
        ),
        (
            '<arxiv:doi>10.0000/a</arxiv:doi><link href="https://doi.org/10.0000/b" rel="related"/>',
            "10.0000/a https://doi.org/10.0000/b",
        ),
        ('<link title="doi" href="https://doi.org/10.0000/b" rel="related"/>', "https://doi.org/10.0000/b"),
        ("<arxiv:doi>10.0000/a&amp;lt;1::AID&amp;gt;3</arxiv:doi>", "10.0000/a<1::AID>3"),
    ],
)
def test_no_doi_is_lost(server, source, time, extra, doi):
    server.entries = [Entry("2610.00001", extra=extra)]
    assert one(source, time).doi == doi


# Versions, repeats


def test_of_two_versions_the_newer_stands_whichever_comes_first(server, source, time):
    server.entries = [
        Entry("2610.00001", version=3),
        Entry("2610.00001"),
        Entry("2610.00002"),
        Entry("2610.00002", version=2),
    ]
    (page,) = source.search(PEBBLES, wait=time.wait)
    assert [(paper.id, paper.version) for paper in page.papers] == [("2610.00001", 3), ("2610.00002", 2)]
    assert (page.total, page.missing) == (2, 0)


def test_a_newer_version_on_a_later_page_comes_again_and_an_older_one_does_not(server, source, time):
    source.page_size = 2
    server.entries = [
        Entry("2610.00001"),
        Entry("2610.00002", version=2),
        Entry("2610.00001", version=2),
        Entry("2610.00002"),
    ]
    pages = list(source.search(PEBBLES, wait=time.wait))
    assert [[(paper.id[-1], paper.version) for paper in page.papers] for page in pages] == [
        [("1", 1), ("2", 2)],
        [("1", 2)],
    ]
    assert (pages[-1].total, pages[-1].missing) == (2, 0)


def test_papers_that_come_again_are_told_as_those_that_did_not_come(server, source, time):
    server.entries = [*papers(200), *papers(30), *papers(300)[230:]]
    pages = list(source.search(PEBBLES, wait=time.wait))
    ids = [paper.id for page in pages for paper in page.papers]
    assert len(ids) == len(set(ids)) == 270
    assert [page.missing for page in pages] == [0, 0, 0, 30]
    assert pages[-1].total == 300


def test_an_ignored_start_ends_the_search_and_is_told(server, source, time, monkeypatch):
    server.entries = papers(1_000)
    monkeypatch.setattr(source, "page_size", 100)
    every = server.hits
    monkeypatch.setattr(server, "hits", lambda query, sort: every(query, sort)[:100] * 10)
    pages = list(source.search(SearchRequest(PEBBLES.queries, limit=1_000), wait=time.wait))
    assert (sum(len(page.papers) for page in pages), sum(page.missing for page in pages)) == (100, 900)
    assert len(server.requests) == 2


def test_what_is_beyond_the_depth_that_can_be_read_is_missing(server, source, time):
    server.entries, source.page_size = papers(10_050), 200
    *_, last = source.search(SearchRequest(PEBBLES.queries, limit=30_000), wait=time.wait)
    assert last.missing == 50


def test_a_limit_makes_nothing_missing(server, source, time):
    server.entries = papers(250)
    assert not any(page.missing for page in source.search(SearchRequest(PEBBLES.queries, limit=130), wait=time.wait))


# The pace


def test_arxiv_learns_who_asks(server, source, time):
    read(source, PEBBLES, time)
    assert (server.requests[0].user_agent, server.requests[0].accept) == (AGENT, "*/*")


def test_pauses_run_from_the_end_of_one_request_to_the_start_of_the_next(server, source, time, pace):
    server.entries = papers(250)
    read(source, PEBBLES, time)
    assert pace.held == [3.0, 3.0, 3.0]
    assert pace.gaps == [3.0, 3.0]
    assert time.waits == [(3.0, "Waiting for our turn: arXiv allows one request every 3 s")] * 2


def test_two_sources_never_overlap_and_keep_one_pace(server):
    server.entries = papers(40)
    pace = MemoryPace()
    sources = [
        ArxivSource(user_agent=AGENT, pace=pace, api_url=server.url, delay_seconds=0.02, page_size=10) for _ in range(2)
    ]
    nap = threading.Event()
    with ThreadPoolExecutor(2) as pool:
        searches = [pool.submit(lambda s=s: list(s.search(PEBBLES, wait=lambda t, _: nap.wait(t)))) for s in sources]
        assert [sum(len(page.papers) for page in search.result()) for search in searches] == [40, 40]
    assert server.most_busy == 1
    assert len(server.requests) == 8
    assert min(pace.gaps) >= 0.02


SEARCHES = """
import sys
from digest.ports import SearchRequest
from digest.sources.arxiv.source import ArxivSource
from store import Store
from store.records.editions import Query
from store.tables.source_turns import SourceTurns
from tests import ROOT
with Store.open(sys.argv[1]) as store:
    source = ArxivSource(user_agent="PaperRoute/0.1", pace=store.source_turns, api_url=sys.argv[2])
    sys.stdin.readline()
    list(source.search(SearchRequest((Query(("pebbles",)),)), wait=lambda seconds, why: None))
"""


def test_a_process_that_is_killed_in_a_request_holds_nobody_up_but_for_the_pause(server, store):
    server.entries = papers(40)
    command = [sys.executable, "-c", SEARCHES, str(store.path), server.url]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, text=True) as process:
        server.fail(f"kill:{process.pid}")
        process.communicate("go\n")
    assert process.returncode == -signal.SIGKILL
    with store._database.read() as session:
        ((holder, began),) = session.rows("SELECT holder, since FROM pace")
    assert holder

    time = FakeTime(now=began + 0.5)
    turns = SourceTurns(store._database, time.clock)
    source = ArxivSource(user_agent=AGENT, pace=turns, api_url=server.url, clock=time.clock)
    assert len(read(source, PEBBLES, time)) == 40
    assert sum(time.pauses) == pytest.approx(3.0, abs=0.02)  # it may have asked in its last moment


def test_time_between_the_pages_is_the_callers_own(server, source, time):
    server.entries = papers(250)
    for _ in source.search(PEBBLES, wait=time.wait):
        time.now += 500
    assert len(server.requests) == 3


def test_others_ahead_for_too_long(server, source, time, pace):
    pace.claim("arxiv", "another", 3.0)
    with pytest.raises(SourceError, match="Other searches keep arXiv busy for longer than the 120 s") as caught:
        read(source, PEBBLES, time)
    assert not caught.value.permanent
    assert not server.requests


# Cancelling


@pytest.mark.parametrize("faults", [(), ("503",), ("429",), ("reset",)])
def test_cancelled_out_of_a_wait_leaves_the_turn_free(server, source, pace, faults):
    server.entries = papers(150)
    server.fail(*faults)

    def cancel(seconds, why):
        raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        list(source.search(PEBBLES, wait=cancel))
    assert len(server.requests) == len(pace.ends) == 1
    assert not pace.holder


def test_a_reader_who_leaves_holds_no_turn(server, source, time, pace):
    server.entries = papers(250)
    pages = source.search(PEBBLES, wait=time.wait)
    next(pages)
    assert not pace.holder
    pages.close()
    assert len(server.requests) == 1
