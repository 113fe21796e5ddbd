"""Everything that arXiv has been seen to answer: no paper lost, or one clear error; never a tight loop of requests."""

import threading
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from digest.errors import SourceError
from digest.ports import SearchRequest
from digest.retry import parse_retry_after
from digest.sources.arxiv.http import ArxivTransport, Redirected
from digest.sources.arxiv.response import ArxivFault, check_response
from digest.sources.arxiv.source import ArxivSource
from store.records.editions import Query
from tests.doubles.arxiv_server import ArxivServer, Entry, papers
from tests.doubles.memory_pace import FakeTime, MemoryPace
from tests.doubles.relays import unheard_port

PEBBLES = SearchRequest((Query(("pebbles",)),))
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def server():
    with ArxivServer(papers(150)) as running:
        yield running


@pytest.fixture
def time():
    return FakeTime()


@pytest.fixture
def pace(time):
    return MemoryPace(time.clock)


@pytest.fixture
def source(server, time, pace):
    return ArxivSource(user_agent="PaperRoute/0.1", pace=pace, api_url=server.url, clock=time.clock)


def read(source, time, request=PEBBLES):
    return [paper.id for page in source.search(request, wait=time.wait) for paper in page.papers]


def failing(source, time):
    with pytest.raises(SourceError) as caught:
        read(source, time)
    return caught.value


PASSING = {
    "429": (30.0, "asked us to slow down (HTTP 429)"),
    "406": (30.0, "asked us to slow down (HTTP 406)"),
    "500": (3.0, "is overloaded (HTTP 500)"),
    "502": (3.0, "is overloaded (HTTP 502)"),
    "503": (3.0, "is overloaded (HTTP 503)"),
    "504": (3.0, "is overloaded (HTTP 504)"),
    "204": (3.0, "sent an answer without results (HTTP 204)"),
    "empty": (3.0, "sent an empty page although 150 papers match"),
    "html": (3.0, "sent a web page instead of results"),
    "body:": (3.0, "sent a broken answer"),
    "body:<feed xmlns='http://www.w3.org/2005/Atom'></feed>": (3.0, "sent something other than search results"),
    "body:<rss></rss>": (3.0, "sent something other than search results"),
    "body:<!DOCTYPE feed [<!ENTITY a 'b'>]><feed>&a;</feed>": (3.0, "sent a broken answer"),
    "truncated": (3.0, "sent a broken answer"),
    "cut": (3.0, "broke the connection"),
    "reset": (3.0, "broke the connection"),
}


@pytest.mark.parametrize("at_page", [0, 1])
@pytest.mark.parametrize("fault", PASSING)
def test_a_passing_fault_costs_a_pause_and_no_paper(server, source, time, pace, fault, at_page):
    pause, why = PASSING[fault]
    server.fail(*["short:100"] * at_page, fault)
    assert read(source, time) == [entry.id for entry in server.entries]
    assert len(server.requests) == 3
    back_off = next(seconds for seconds, text in time.waits if "trying again" in text and why in text)
    assert pause <= back_off <= pause * 1.25
    assert min(pace.gaps) >= 3.0


def test_every_fault_in_a_row_costs_no_paper(server, source, time, pace):
    source.deadline_seconds = 600
    server.fail("503", "429", "406", "500", "empty", "html", "truncated", "cut", "reset", "short:1")
    assert read(source, time) == [entry.id for entry in server.entries]
    assert len(server.requests) == 9 + 3
    assert min(pace.gaps) >= 3.0
    assert server.most_busy == 1


def test_short_pages_advance_by_what_came(server, source, time):
    server.fail("short:40", "short:1")
    assert read(source, time) == [entry.id for entry in server.entries]
    assert [asked.start for asked in server.requests] == [0, 40, 41, 141]


def test_a_fault_after_some_pages_leaves_them_standing(server, source, time):
    server.fail("short:100", *["503"] * 20)
    pages = source.search(PEBBLES, wait=time.wait)
    assert len(next(pages).papers) == 100
    with pytest.raises(SourceError, match="overloaded"):
        next(pages)


def test_back_off_doubles_until_the_deadline(server, source, time, pace):
    server.fail(*["503"] * 50)
    error = failing(source, time)
    assert not error.permanent
    assert str(error).startswith("arXiv is overloaded (HTTP 503); tried ")
    assert str(error).endswith("Try again in a few minutes.")
    assert 5 <= len(server.requests) <= 6
    for number, seconds in enumerate(time.pauses):
        assert 3 * 2**number <= seconds <= 3 * 2**number * 1.25
    assert time.now - 1000 <= 120
    assert not pace.holder


def test_throttled_for_good(server, source, time, pace):
    server.fail(*["429", "406"] * 5)
    error = failing(source, time)
    assert not error.permanent
    assert "slow down (HTTP 429); tried 3 times" in str(error)
    assert "Try again in 10 minutes" in str(error)
    assert [30 <= time.pauses[0] <= 37.5, 60 <= time.pauses[1] <= 75] == [True, True]
    # Everybody who shares the pace stays away meanwhile.
    assert pace.held == [time.pauses[0], time.pauses[1], 3.0]


def test_the_throttled_pause_can_be_configured_and_fits_short_deadlines(server, source, time):
    source.throttled_seconds = 7
    server.fail("429")
    read(source, time)
    assert 7 <= time.pauses[0] <= 8.75
    source.throttled_seconds, source.deadline_seconds = 30, 20
    server.fail("429")
    assert len(read(source, time)) == 150


@pytest.mark.parametrize("status", ["429", "503"])
def test_retry_after_is_obeyed(server, source, time, status):
    server.fail(f"{status}:17")
    assert len(read(source, time)) == 150
    assert time.pauses[0] == 17


@pytest.mark.parametrize("status", ["429", "503"])
def test_retry_after_beyond_the_deadline_ends_the_search_at_once(server, source, time, status):
    server.fail(f"{status}:600")
    error = failing(source, time)
    assert not error.permanent
    assert "wants a pause of 10 minutes, longer than the 120 s left" in error.message
    assert error.hint == "Try again in 10 minutes."
    assert len(server.requests) == 1
    assert not time.waits


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120.0),
        (" 0.5 ", 0.5),
        (format_datetime(NOW + timedelta(seconds=90), usegmt=True), 90.0),
        (format_datetime(NOW - timedelta(seconds=90), usegmt=True), 0.0),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("9" * 400, None),
        ("Sun, 99 Nov 2026 12:00:00 GMT", None),
    ],
)
def test_retry_after_in_every_form(text, seconds):
    assert parse_retry_after({"Retry-After": text}, NOW) == seconds


def test_our_mistake_is_told_in_arxivs_own_words_and_not_repeated(server, source, time):
    server.fail("error:start must be an integer")
    error = failing(source, time)
    assert error.permanent
    assert error.message == 'arXiv refused the search: "start must be an integer".'
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", ["400", "401", "403", "404", "414"])
def test_refusals_are_not_repeated(server, source, time, pace, status):
    server.fail(status)
    error = failing(source, time)
    assert error.permanent
    assert f"HTTP {status}" in error.message
    assert error.hint
    assert len(server.requests) == 1
    assert not pace.holder


def test_a_start_that_is_too_deep_is_not_retried(server):
    body = b"""<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>https://arxiv.org/api/errors</id>
    <summary>start + max_results must be at most 10000</summary></entry></feed>"""
    with pytest.raises(ArxivFault, match="at most 10000") as caught:
        check_response(500, {}, body, NOW)
    assert caught.value.kind == "refused"


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"published": ""}, "2610.99999v1 (it has no <published>)"),
        ({"url": ""}, "Counting Pebbles (it has no <id>)"),
        ({"published": "yesterday"}, "2610.99999v1 (its <published> is no date)"),
    ],
)
def test_a_page_without_any_entry_that_can_be_read_is_an_error(server, source, time, fields, why):
    server.entries = [Entry("2610.99999", **fields)]
    error = failing(source, time)
    assert f"sent no entry that can be read: {why}" in error.message
    assert not error.permanent
    assert len(server.requests) > 1


def test_a_malformed_entry_alone_on_the_last_page_costs_no_try(server, source, time):
    server.entries = [*papers(100), Entry("2610.99999", published="")]
    assert read(source, time) == [entry.id for entry in papers(100)]
    assert len(server.requests) == 2


def test_an_overlong_body_is_not_read(server, source, time):
    server.fail("huge")
    error = failing(source, time)
    assert "more than 32 MiB" in error.message
    assert len(server.requests) == 1


# Time


def test_a_hang_ends_at_the_read_time_out_and_is_tried_again(server, source, time, monkeypatch):
    source.read_seconds = 0.1
    limits = iter([ArxivTransport._timeouts])

    def timeouts(transport):
        """Those of the source for the first request; the ones behind it may meet a busy machine."""
        limit = next(limits, None)
        return limit(transport) if limit else (60.0, 60.0)

    monkeypatch.setattr(ArxivTransport, "_timeouts", timeouts)
    server.fail("hang")
    assert len(read(source, time)) == 150
    assert "did not answer within 0.1 s" in time.waits[0][1]


def test_a_body_that_drips_cannot_outlast_the_deadline(server, pace):
    over = lambda: 1_000.0 * len(server.requests)  # noqa: E731 - the deadline passes once the answer has begun
    source = ArxivSource(user_agent="PaperRoute/0.1", pace=MemoryPace(over), api_url=server.url, clock=over)
    server.fail("drip")
    with pytest.raises(SourceError, match="sent its answer too slowly") as caught:
        list(source.search(PEBBLES, wait=lambda seconds, why: pytest.fail("there is no time left")))
    assert not caught.value.permanent
    assert len(server.requests) == 1


def test_a_body_that_drips_is_left_and_asked_for_again(server, monkeypatch):
    monkeypatch.setattr("digest.sources.arxiv.http.MAX_EXCHANGE", 0.1)
    pace, nap = MemoryPace(), threading.Event()
    source = ArxivSource(user_agent="PaperRoute/0.1", pace=pace, api_url=server.url, delay_seconds=0.01)

    def wait(seconds, why):
        monkeypatch.setattr("digest.sources.arxiv.http.MAX_EXCHANGE", 45.0)  # the rest is not dripped
        nap.wait(seconds)

    server.fail("drip")
    pages = list(source.search(PEBBLES, wait=wait))
    assert [len(page.papers) for page in pages] == [100, 50]
    assert len(pace.ends) == 3


def test_a_turn_that_comes_too_late_asks_nothing(server, source, pace, time):
    def slow_wait(seconds, why):
        time.now += 121

    pace.claim("arxiv", "another", 3.0)
    pace.release("arxiv", "another", 3.0)
    with pytest.raises(SourceError, match="could not be asked in time"):
        list(source.search(PEBBLES, wait=slow_wait))
    assert not server.requests
    assert not pace.holder


def test_nobody_there_is_told_after_three_tries(source, time):
    with unheard_port() as port:
        source.api_url = f"http://127.0.0.1:{port}/api/query"
        error = failing(source, time)
    assert not error.permanent
    assert f"arXiv (127.0.0.1:{port}) is not reachable; tried 3 times" in error.message
    assert "network" in error.hint
    assert "api_url" not in str(error.text), "readers have no configuration"
    assert len(time.waits) == 2


def test_tls_that_fails_is_named(server, source, time):
    source.api_url = server.url.replace("http:", "https:")
    assert "could not be trusted: its certificate or TLS failed; tried 3 times" in failing(source, time).message


def test_a_proxy_that_is_not_there_is_named(source, time, monkeypatch):
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with unheard_port() as port:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{port}")
        assert "not reachable through the configured proxy" in failing(source, time).message


# Redirects


def test_a_redirect_to_the_same_place_is_followed_as_a_request_of_its_own(server, source, time, pace):
    server.fail(f"redirect:{server.url}?search_query=all:pebbles&start=0&max_results=100&sortBy=relevance")
    assert len(read(source, time)) == 150
    assert pace.gaps == [3.0, 3.0]


@pytest.mark.parametrize(
    "target", ["http://127.0.0.1:1/api/query", "https://example.org/login", "file:///etc/passwd", "http://[x"]
)
def test_a_redirect_elsewhere_is_refused(server, source, time, target):
    server.fail(f"redirect:{target}")
    error = failing(source, time)
    assert error.permanent
    assert "sent us elsewhere" in error.message
    assert "api_url" in error.hint
    assert "api_url" not in str(error.text), "readers have no configuration"
    assert len(server.requests) == 1


def test_redirects_in_circles_end(server, source, time):
    server.fail(*[f"redirect:{server.url}"] * 10)
    error = failing(source, time)
    assert "redirects in circles" in error.message
    assert "api_url" not in str(error.text)
    assert len(server.requests) == 4


@pytest.mark.parametrize(
    ("home", "target", "allowed"),
    [
        ("https://export.arxiv.org/api/query", "https://arxiv.org/api/query", True),
        ("http://export.arxiv.org/api/query", "https://export.arxiv.org/api/query", True),
        ("https://export.arxiv.org/api/query", "http://export.arxiv.org/api/query", False),
        ("https://export.arxiv.org/api/query", "https://notarxiv.org/api/query", False),
        ("https://export.arxiv.org/api/query", "https://arxiv.org.example.com/api/query", False),
        ("https://mirror.example.org/api/query", "https://arxiv.org/api/query", False),
        ("https://mirror.example.org/api/query", "https://mirror.example.org/v2", True),
    ],
)
def test_where_redirects_may_lead(home, target, allowed):
    import requests

    answer = requests.Response()
    answer.status_code, answer.url, answer.headers["Location"] = 301, home, target
    transport = ArxivTransport(api_url=home, user_agent="", connect_seconds=1, read_seconds=1, left=lambda: 1)
    with pytest.raises(Redirected if allowed else ArxivFault):
        transport._follow(answer)
