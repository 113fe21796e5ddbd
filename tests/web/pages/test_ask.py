"""Questions on the web: followed live or by reloading, within quotas, over the real pipeline and the bundled sample."""

from __future__ import annotations

import json
import re
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import BinaryIO

import pytest
import requests
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from digest.errors import BadInput, ConfigError, NotFound
from digest.pipeline import pipeline
from digest.pipeline.services import Services, SurveyRequest, SurveySettings
from digest.question.limits_input import LimitValues
from digest.run_context import Listener, RunContext, Started
from paperroute.compose import web
from paperroute.compose.app import open_app
from paperroute.config.load import Config
from store.records.editions import Edition
from store.records.questions import NO_LIMITS, SearchLimits
from tests.doubles.editions import NARROWER, broad_edition, edition, hostile_question_edition
from tests.factories import browser
from tests.factories import web as web_things
from web.http.negotiation import guess_question_language
from web.server import WebService
from web.settings import WebLimits
from web.survey_jobs import SurveyJob, SurveyStream
from web.views.ask_form import EXAMPLES, AskForm

QUESTION = "LoRA for image generation"


class Asking:
    """The pipeline, which waits where a test holds it."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.go_on = threading.Event()
        self.begun = threading.Event()
        self.clients: list[str] = []
        self.languages: list[str | None] = []
        self.limits: list[SearchLimits] = []
        self.max_papers: list[int | None] = []

    def __call__(
        self,
        question: str,
        client: str,
        listener: Listener,
        cancel: threading.Event,
        language: str | None = None,
        limits: SearchLimits = NO_LIMITS,
        max_papers: int | None = None,
    ) -> Edition:
        self.limits.append(limits)
        self.max_papers.append(max_papers)
        self.clients.append(client)
        self.languages.append(language)
        listener(Started("queries"))
        self.begun.set()
        while not self.go_on.wait(0.05):
            if cancel.is_set():
                raise NotFound("It was stopped.")
        return pipeline.survey(
            SurveyRequest(question, max_papers=max_papers, language=language, limits=limits),
            self.services,
            SurveySettings(),
            RunContext(listener, cancel=cancel),
        )


@pytest.fixture
def asking(services: Services) -> Iterator[Asking]:
    made = Asking(services)
    yield made
    made.go_on.set()


@pytest.fixture
def archive(services: Services, asking: Asking) -> Iterator[WebService]:
    limits = WebLimits(asks_at_once=1, asks_waiting=1, asks_per_hour=3)
    with web_things.running(services.store, ask=asking, limits=limits) as service:
        yield service


def ask(archive: WebService, question: str = QUESTION) -> requests.Response:
    return requests.post(f"{archive.url}/ask", data={"question": question}, timeout=30, allow_redirects=False)


def told(archive: WebService, path: str) -> Iterator[dict[str, object]]:
    with requests.get(f"{archive.url}{path}/events", stream=True, timeout=60) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        for line in stream.iter_lines():
            if line.startswith(b"data: "):
                yield json.loads(line[6:])


def test_a_question_is_followed_to_its_survey(archive: WebService, asking: Asking) -> None:
    asking.go_on.set()
    path = ask(archive).headers["location"]
    states = list(told(archive, path))
    assert states[-1]["state"] == "done"
    assert set(states[-1]["stages"].values()) == {"done"}
    page = requests.get(archive.url + str(states[-1]["address"]), timeout=30)
    assert QUESTION in page.text
    after = requests.get(archive.url + path, timeout=30, allow_redirects=False)
    assert (after.status_code, after.headers["location"]) == (303, states[-1]["address"])


def test_without_scripts_the_page_reloads(archive: WebService, asking: Asking) -> None:
    path = ask(archive).headers["location"]
    assert asking.begun.wait(180)
    page = requests.get(archive.url + path, timeout=30)
    assert '<noscript><meta http-equiv="refresh" content="4"></noscript>' in page.text
    assert page.headers["content-security-policy"].endswith("script-src 'self'; connect-src 'self'")
    assert "Choosing the search words" in page.text


def test_only_so_many_wait_and_one_client_has_its_share(archive: WebService, asking: Asking) -> None:
    assert [ask(archive, f"{QUESTION} {n}").status_code for n in range(3)] == [303, 303, 429]
    assert asking.begun.wait(180)
    assert "Questions: 1 being answered, 1 waiting." in requests.get(f"{archive.url}/status", timeout=30).text
    asking.go_on.set()
    assert asking.clients[0] == "127.0.0.1"


def test_the_quota_is_told(services: Services, asking: Asking) -> None:
    asking.go_on.set()
    with web_things.running(services.store, ask=asking, limits=WebLimits(asks_per_hour=1)) as service:
        assert ask(service).status_code == 303
        refused = ask(service)
        assert refused.status_code == 429
        assert "You have asked as much as one reader may for now. Try again in 60 minutes." in refused.text
        assert 3_000 < int(refused.headers["retry-after"]) <= 3_600
        assert QUESTION in refused.text


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("", "Write a question first."),
        ("   ", "Write a question first."),
        ("a" * 501, "at most 500"),
        ("???", "no word"),
    ],
)
def test_what_cannot_be_asked_comes_back(archive: WebService, question: str, said: str) -> None:
    answer = ask(archive, question)
    assert answer.status_code == 400
    assert said in answer.text


def test_failures_are_told_the_operators_are_not(services: Services) -> None:
    def failing(question: str, *_: object) -> Edition:
        if "found" in question:
            raise NotFound("No paper has all the words of: xyzzy.")
        raise ConfigError("PAPERROUTE_SECRET is wrong.")

    with web_things.running(services.store, ask=failing) as service:
        for question, expected in (("never found", "No paper has all the words"), ("broken", "It is not your doing")):
            path = ask(service, question).headers["location"]
            assert list(told(service, path))[-1]["state"] == "failed"
            page = requests.get(service.url + path, timeout=30).text
            assert expected in page
            assert "PAPERROUTE_SECRET" not in page


def test_a_question_that_is_no_longer_known_can_be_asked_again(services: Services, asking: Asking) -> None:
    with web_things.running(services.store, ask=asking) as service:
        path = ask(service).headers["location"]
    with web_things.running(services.store, ask=asking) as restarted:
        page = requests.get(restarted.url + path, timeout=30)
        assert page.status_code == 404
        assert "This question is no longer known: the service was restarted since" in page.text
        assert '<textarea id="question"' in page.text
        assert "もう一度質問してください" in requests.get(f"{restarted.url}/ja{path}", timeout=30).text
        assert requests.get(f"{restarted.url}{path}/events", timeout=30).status_code == 404
        for other in ("/ask/nonsense", f"{path}x", "/ask/" + "é" * 22):
            assert "There is no such page" in requests.get(restarted.url + other, timeout=30).text


@pytest.mark.parametrize("question", ["the of and", "zebrafish xenotransplantation qwertyuiop"])
def test_a_reader_gets_no_advice_for_a_command_line(services: Services, asking: Asking, question: str) -> None:
    asking.go_on.set()
    with web_things.running(services.store, ask=asking) as service:
        path = ask(service, question).headers["location"]
        assert list(told(service, path))[-1]["state"] == "failed"
        page = requests.get(service.url + path, timeout=30).text
        assert "Ask in other words: name the technique or the problem" in page
        assert "手法や課題の名前" in requests.get(f"{service.url}/ja{path}", timeout=30).text
        for advice in ("-query", "–query", "configure"):
            assert advice not in page


def test_the_page_tells_the_language_where_the_letters_do_not(archive: WebService, asking: Asking) -> None:
    asking.go_on.set()
    for path, question in (("/ja/ask", "音声認識"), ("/ask", "音声認識"), ("/ja/ask", QUESTION)):
        made = requests.post(archive.url + path, data={"question": question}, timeout=30, allow_redirects=False)
        assert list(told(archive, made.headers["location"].removeprefix("/ja")))[-1]["state"] in ("done", "failed")
    assert asking.languages == ["ja", None, None]
    assert guess_question_language("音声を認識する", "ja") is None  # the letters tell
    assert guess_question_language("음성 認識", "ja") is None


@pytest.mark.parametrize(("configured", "written"), [("auto", "ja"), ("en", "en")])
def test_the_operators_language_comes_before_the_pages(tmp_path: Path, configured: str, written: str) -> None:
    roles = dict.fromkeys(("queries", "summary", "synthesis", "embedding"), "builtin")
    config = Config.model_validate(
        {
            "store": {"path": tmp_path / "p.db"},
            "source": {"kind": "sample"},
            "models": roles,
            "survey": {"language": configured},
            "web": {"ask": True},
        }
    )
    with open_app(config, {}) as app:
        ask = web.make_web_settings(app).ask
        assert ask is not None
        made = ask("音声認識", "client", lambda _: None, threading.Event(), "ja")
        assert made.language == written


def opened(service: WebService, path: str) -> tuple[socket.socket, BinaryIO]:
    """A connection on which the stream of a survey was asked for."""
    connection = socket.create_connection(("127.0.0.1", service.port), timeout=60)
    connection.sendall(f"GET {path}/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
    return connection, connection.makefile("rb")


def read_until(answer: BinaryIO, end: bytes) -> bytes:
    for line in answer:
        if line.startswith(end):
            return line
    raise AssertionError(f"it ended without {end!r}")


def drop(service: WebService, path: str, stage: int) -> None:
    """Ask for a stream and leave: at once, behind the status, behind the headers, behind an event; without a word."""
    connection, answer = opened(service, path)
    with connection, answer:
        for end in (b"HTTP/1.1", b"\r\n", b"data: ")[: stage % 4]:
            read_until(answer, end)
        if stage % 8 > 3:  # reset, and not closed
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def test_streams_that_were_dropped_at_any_stage_hold_no_place(services: Services, asking: Asking) -> None:
    with web_things.running(services.store, ask=asking) as service, ExitStack() as stack:
        path = ask(service).headers["location"]
        assert asking.begun.wait(180)
        for n in range(200):
            drop(service, path, n)
        answers = []
        tries = 0
        while len(answers) < WebLimits().streams:
            connection, answer = opened(service, path)
            for each in (connection, answer):
                stack.enter_context(each)
            tries += 1
            assert tries < 2_000
            if b" 200 " in read_until(answer, b"HTTP/1.1"):
                answers.append(answer)
        connection, answer = opened(service, path)
        with connection, answer:
            assert b" 503 " in read_until(answer, b"HTTP/1.1")
        assert {json.loads(read_until(answer, b"data: ")[6:])["state"] for answer in answers} == {"running"}
        asking.go_on.set()
        for answer in answers:
            assert '"state": "done"' in next(
                line for line in map(bytes.decode, answer) if '"state": "done"' in line or '"failed"' in line
            )


def test_a_stream_that_is_never_sent_takes_no_place(services: Services) -> None:
    places = threading.Semaphore(1)
    for _ in range(3):
        SurveyStream(places, SurveyJob(QUESTION, "client"), str)
    assert places.acquire(blocking=False)


def test_a_stopping_service_stops_what_is_being_made(services: Services, asking: Asking) -> None:
    before = set(threading.enumerate())
    with web_things.running(services.store, ask=asking) as service:
        ask(service)
        assert asking.begun.wait(180)
    left = set(threading.enumerate()) - before
    assert not [thread for thread in left if thread.name.startswith(("ask", "web"))]


def test_where_it_is_not_allowed_it_is_not_there(services: Services) -> None:
    with web_things.running(services.store) as service:
        page = requests.get(f"{service.url}/ask", timeout=30)
        assert "Questions are not taken on this site." in page.text
        assert "<form" not in page.text
        assert ask(service).status_code == 404
        assert 'href="/ask"' not in requests.get(service.url, timeout=30).text


def test_unknown_questions_are_not_found(archive: WebService) -> None:
    for path in ("/ask/nothing", "/ask/nothing/events"):
        assert requests.get(archive.url + path, timeout=30).status_code == 404


def without_violations(chromium: Browser, url: str) -> None:
    for scheme in ("light", "dark"):
        context = chromium.new_context(color_scheme=scheme, bypass_csp=True)
        page = context.new_page()
        page.goto(url)
        assert Axe().run(page).violations_count == 0, url
        context.close()


@browser.NEEDED
def test_a_browser_follows_it_live_and_lands_on_the_survey(archive: WebService, asking: Asking) -> None:
    with browser.browser() as chromium:
        page = chromium.new_page(base_url=archive.url, locale="en-GB")
        page.goto("/ask")
        without_violations(chromium, page.url)
        page.get_by_label("Your question").fill(QUESTION)
        page.get_by_role("button", name="Write the survey").click()
        expect(page.locator("#stage-queries")).to_have_class("is-running")
        without_violations(chromium, page.url)
        asking.go_on.set()
        expect(page).to_have_url(re.compile("/editions/lora-"), timeout=180_000)
        expect(page.get_by_role("heading", level=1)).to_have_text(QUESTION)


NARROWED = {
    "since": "2024-01-01",
    "until": "2024-12-31",
    "category": "cs.sd, eess.AS",
    "author": "Hinton, Geoffrey; Ada Okafor",
    "exclude": "music, singing voice",
}
LIMITS = SearchLimits(
    datetime(2024, 1, 1, tzinfo=UTC),
    datetime(2025, 1, 1, tzinfo=UTC),
    ("cs.SD", "eess.AS"),
    ("Hinton, Geoffrey", "Ada Okafor"),
    ("music", "singing voice"),
)


def fields_of(page: str) -> dict[str, str]:
    found = re.findall(r'<input id="(\w+)" name="\1"[^>]* value="([^"]*)"', page)
    return {name: unescape(value) for name, value in found}


def test_a_form_narrows_the_question(archive: WebService, asking: Asking) -> None:
    asking.go_on.set()
    sent = {"question": QUESTION, **NARROWED}
    answer = requests.post(f"{archive.url}/ask", data=sent, timeout=30, allow_redirects=False)
    assert list(told(archive, answer.headers["location"]))[-1]["state"] in ("done", "failed")
    assert asking.limits == [LIMITS]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"since": "2025", "until": "2024"}, "the one is after the other"),
        ({"since": "tomorrow"}, "“tomorrow” is no date. Write a year"),
        ({"category": "cs.CX"}, "“cs.CX” is no category of arXiv. Did you mean"),
        ({"author": "<script>"}, "“&lt;script&gt;” is no author’s name"),
        ({"exclude": "!"}, "“!” cannot be excluded"),
        ({"exclude": ",".join(f"word{n}" for n in range(21))}, "21 values are too many"),
    ],
)
def test_limits_that_cannot_be_come_back_with_what_was_typed(
    archive: WebService, asking: Asking, given: dict[str, str], said: str
) -> None:
    answer = requests.post(f"{archive.url}/ask", data={"question": QUESTION, **given}, timeout=30)
    linked = requests.get(f"{archive.url}/ask", params={"question": QUESTION, **given}, timeout=30)
    assert (answer.status_code, linked.status_code) == (400, 200)
    for page in (answer.text, linked.text):
        assert said in page
        assert QUESTION in page
        assert '<details class="filters" open>' in page
        for name, value in given.items():
            assert fields_of(page)[name].replace(" ", "") == value.replace(" ", "")
    assert asking.clients == []


def test_a_link_fills_the_form_in_and_asks_nothing(archive: WebService, asking: Asking) -> None:
    page = requests.get(f"{archive.url}/ask", params={"question": QUESTION, **NARROWED, "since": "2024"}, timeout=30)
    assert f">{QUESTION}</textarea>" in page.text
    assert fields_of(page.text) == NARROWED | {"category": "cs.SD, eess.AS", "papers": ""}
    plain = requests.get(f"{archive.url}/ask", timeout=30).text
    assert '<details class="filters">' in plain
    assert set(fields_of(plain).values()) == {""}
    several = requests.get(f"{archive.url}/ask?category=cs.CL&category=cs.LG&author=A&author=B", timeout=30)
    assert fields_of(several.text)["category"] == "cs.CL, cs.LG"
    assert fields_of(several.text)["author"] == "A; B"
    hostile = requests.get(f"{archive.url}/ask", params={"question": "<b>\u202ex</b>" * 2_00}, timeout=30)
    assert "\u202e" not in hostile.text
    assert "&lt;b&gt;x" in hostile.text
    assert asking.clients == []


def test_a_survey_that_failed_is_asked_again_with_its_limits(services: Services) -> None:
    def failing(*_: object) -> Edition:
        raise NotFound("No paper.")

    with web_things.running(services.store, ask=failing) as service:
        sent = {"question": QUESTION, **NARROWED}
        path = requests.post(f"{service.url}/ask", data=sent, timeout=30, allow_redirects=False).headers["location"]
        assert list(told(service, path))[-1]["state"] == "failed"
        (again,) = re.findall(r'href="(/ask\?[^"]+)"', requests.get(service.url + path, timeout=30).text)
        page = requests.get(service.url + unescape(again), timeout=30).text
    assert fields_of(page) == NARROWED | {"category": "cs.SD, eess.AS", "papers": ""}
    assert f">{QUESTION}</textarea>" in page


def test_period_number_and_language_are_asked_for_without_a_script(archive: WebService, asking: Asking) -> None:
    asking.go_on.set()
    wish = {"question": QUESTION, "period": "366", "papers": "3", "language": "de"}
    sent = requests.post(f"{archive.url}/ask", data=wish, timeout=30, allow_redirects=False)
    last = list(told(archive, sent.headers["location"]))[-1]
    assert last["state"] == "done"
    made = asking.services.store.editions.get(str(last["address"]).removeprefix("/editions/"))
    assert made is not None
    assert (made.language, len(made.papers)) == ("de", 3)
    (limits,) = asking.limits
    assert limits.since is not None
    assert (limits.since.date() - datetime.now(UTC).date()).days in (-366, -367)  # asked before midnight
    assert (asking.languages, asking.max_papers) == (["de"], [3])


@pytest.mark.parametrize("papers", ["0", "101", "-1", "3.5", "٣", "many", "9" * 30])
def test_a_number_that_cannot_be_comes_back_with_what_was_chosen(
    archive: WebService, asking: Asking, papers: str
) -> None:
    sent = {"question": QUESTION, "papers": papers, "period": "31", "language": "ja"}
    refused = requests.post(f"{archive.url}/ask", data=sent, timeout=30)
    assert refused.status_code == 400
    assert "write a number from 1 to 100" in refused.text
    assert '<option value="31" selected>' in refused.text
    assert '<option value="ja" lang="ja" selected>' in refused.text
    assert asking.clients == []


def test_a_day_that_was_typed_goes_before_the_period() -> None:
    now = datetime(2026, 11, 28, tzinfo=UTC)
    form = AskForm.of_fields({"question": [QUESTION], "period": ["31"], "since": ["2020"], "language": ["tlh"]})
    wish = form.read_wish(now)
    assert (wish.limits.since, wish.language, wish.papers) == (datetime(2020, 1, 1, tzinfo=UTC), None, None)
    assert replace(form, limits=LimitValues()).read_limits(now).since == datetime(2026, 10, 28, tzinfo=UTC)
    with pytest.raises(BadInput, match="since 2026-10-28 and until 2026-01"):
        replace(form, limits=LimitValues(until="2026-01")).read_wish(now)


def test_the_examples_fill_in_the_form_and_ask_nothing(archive: WebService, asking: Asking) -> None:
    page = requests.get(f"{archive.url}/ja/ask", timeout=30).text
    links = [unescape(link) for link in re.findall(r'<li><a href="(/ja/ask\?[^"]+)"', page)]
    assert len(links) == len(EXAMPLES)
    for link, example in zip(links, EXAMPLES, strict=True):
        filled = requests.get(archive.url + link, timeout=30)
        assert filled.status_code == 200
        assert f">{example['question']}</textarea>" in filled.text
        assert ('value="20"' in filled.text) is ("papers" in example)
        fields = {name: [value] for name, value in example.items()}
        assert AskForm.of_fields(fields).read_wish(datetime.now(UTC)).question == example["question"]
    assert asking.clients == []


def links_of(service: WebService, kept: Edition) -> list[str]:
    page = requests.get(f"{service.url}/editions/{kept.id}", timeout=30).text
    return [unescape(link) for link in re.findall(r'href="(/ask\?[^"]+)"', page)]


def test_an_edition_offers_its_question_anew_and_narrower_ones_within_its_limits(
    services: Services, asking: Asking
) -> None:
    kept = broad_edition()
    services.store.editions.freeze(kept)
    with web_things.running(services.store, ask=asking) as service:
        asked = [
            (unescape(re.findall(r"required>([^<]*)</textarea>", page)[0]), fields_of(page))
            for link in links_of(service, kept)
            for page in [requests.get(service.url + link, timeout=30).text]
        ]
        narrowed = {"papers": "", "since": "2024-01-01", "until": "", "category": "", "author": "", "exclude": "music"}
        assert asked == [(question, narrowed) for question in (*NARROWER, kept.question)]
    with web_things.running(services.store) as closed:
        assert links_of(closed, kept) == []
        assert NARROWER[0] in requests.get(f"{closed.url}/editions/{kept.id}", timeout=30).text


def test_links_of_a_hostile_question_lead_to_the_form(services: Services, asking: Asking) -> None:
    kept = hostile_question_edition()
    services.store.editions.freeze(kept)
    with web_things.running(services.store, ask=asking) as service:
        links = links_of(service, kept)
        assert len(links) == 9
        assert {requests.get(service.url + link, timeout=30).status_code for link in links} == {200}


@browser.NEEDED
@pytest.mark.parametrize("script", [True, False])
def test_the_fold_is_readable_and_sent_with_and_without_script(
    archive: WebService, asking: Asking, script: bool
) -> None:
    asking.go_on.set()
    with browser.browser() as chromium:
        page = chromium.new_context(java_script_enabled=script, locale="en-GB").new_page()
        page.goto(f"{archive.url}/ask")
        page.get_by_label("Your question").fill(QUESTION)
        page.get_by_text("Narrow it down").click()
        page.get_by_label("Submitted from").fill("2024-01-01")
        page.get_by_label("Without any of these words").fill("music")
        page.get_by_role("button", name="Write the survey").click()
        expect(page).to_have_url(re.compile("/(ask|editions)/"))
        if script:
            without_violations(chromium, f"{archive.url}/ask?question=x&since=2024&period=31&papers=20")
    assert asking.limits == [SearchLimits(since=datetime(2024, 1, 1, tzinfo=UTC), exclude=("music",))]


def test_an_edition_that_was_kept_is_shown_at_once(services: Services) -> None:
    kept = edition(5)
    services.store.editions.freeze(kept)
    with web_things.running(services.store, ask=lambda *_: kept) as service:
        path = ask(service).headers["location"]
        assert list(told(service, path))[-1]["address"] == f"/editions/{kept.id}"
