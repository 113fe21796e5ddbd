"""The archive in a real browser: read, search, dark mode, a narrow screen, print, keyboard only, axe on every page."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from store import Store
from tests.factories import browser, web
from web.server import WebService

pytestmark = browser.NEEDED
PAGES = [
    "/",
    "/ja",
    "/topics",
    "/topics/on-device-asr",
    "/topics/resting",
    "/editions",
    "/editions?kind=survey",
    "/editions/asr-2",
    "/editions/asr-3",
    "/editions/large",
    "/editions/partly",
    "/editions/hostile",
    "/editions/japanese",
    "/editions/arabic",
    "/editions/asr-2/print",
    "/papers/2611.00002",
    "/papers/hep-th/9700003",
    "/search",
    "/search?q=speech",
    "/search?q=speech&in=editions&kind=digest",
    "/search?q=speech&in=meaning&category=cs.CL",
    "/search?q=nothingofthekind&since=yesterday",
    "/ask",
    "/subscribe",
    "/unsubscribe/nonsense",
    "/status",
    "/ja/status",
    "/nowhere",
]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebService]:
    with Store.open(tmp_path_factory.mktemp("web") / "store.db") as store:
        web.fill(store)
        with web.running(store) as service:
            yield service


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser.browser() as opened:
        yield opened


@pytest.fixture
def page(chromium: Browser, archive: WebService) -> Iterator[Page]:
    context = chromium.new_context(base_url=archive.url, locale="en-GB")
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page(chromium: Browser, archive: WebService, scheme: str) -> None:
    context = chromium.new_context(base_url=archive.url, color_scheme=scheme, bypass_csp=True, locale="en-GB")
    page, found = context.new_page(), {}
    for path in PAGES:
        page.goto(path)
        result = Axe().run(page)
        if result.violations_count:
            found[path] = [
                (violation["id"], [node["html"][:160] for node in violation["nodes"][:3]])
                for violation in result.response["violations"]
            ]
    context.close()
    assert not found, json.dumps(found, indent=1)


def test_a_reader_goes_from_the_start_page_to_a_paper_and_back(page: Page) -> None:
    page.goto("/")
    page.get_by_role("link", name="On-device speech recognition").first.click()
    expect(page).to_have_url(re.compile("/(editions|topics)/"))
    page.goto("/editions/asr-2")
    page.get_by_role("navigation").get_by_role("link", name=re.compile("^Distilled recognisers")).click()
    expect(page).to_have_url(re.compile("#s1$"))
    page.locator("#p2 h3 a").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("How Small Can a Streaming Recogniser Be?")
    expect(page.locator("h1 math")).to_have_count(1)
    page.get_by_role("link", name="On-device speech recognition").first.click()
    expect(page).to_have_url(re.compile("/editions/asr-2$"))
    page.get_by_role("link", name=re.compile("Previous")).click()
    expect(page).to_have_url(re.compile("/editions/asr-1$"))


def test_a_dot_of_the_map_leads_to_its_paper(page: Page) -> None:
    page.goto("/editions/asr-2")
    page.locator("svg.pr-map a").nth(4).click()
    expect(page).to_have_url(re.compile("#p5$"))
    expect(page.locator("#p5")).to_be_in_viewport()


def test_the_search_marks_what_it_found_and_narrows_it_down(page: Page) -> None:
    page.goto("/")
    page.get_by_role("searchbox").fill('transcription "look-ahead"')
    page.get_by_role("button", name="Search").click()
    expect(page.locator("mark").first).to_have_text(re.compile("transcription|Look-Ahead", re.IGNORECASE))
    page.goto("/search?q=speech")
    page.get_by_text("Narrow it down").click()
    page.get_by_label("Category").fill("math.NT")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_text("Nothing with these words is left by what narrows the search down.")).to_be_visible()
    page.get_by_role("link", name="Similar in meaning").click()
    expect(page).to_have_url(re.compile("in=meaning"))


def test_nothing_of_a_hostile_edition_runs(page: Page) -> None:
    said: list[str] = []
    page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    for path in ("/editions/hostile", "/search?q=" + web.HOSTILE, "/editions"):
        page.goto(path)
        assert page.locator("script:not([src^='/edition.js?v=']), img, iframe, [onerror], [onclick]").count() == 0
        assert page.locator("script").all_text_contents() in ([], [""])
    assert said == []


@pytest.mark.parametrize("path", PAGES)
def test_a_narrow_screen_scrolls_in_one_direction_only(chromium: Browser, archive: WebService, path: str) -> None:
    context = chromium.new_context(base_url=archive.url, viewport={"width": 320, "height": 640})
    page = context.new_page()
    page.goto(path)
    width = page.evaluate("document.documentElement.scrollWidth")
    context.close()
    assert width <= 320


def test_dark_and_light_follow_the_readers_preference(chromium: Browser, archive: WebService) -> None:
    grounds = {}
    for scheme in ("light", "dark"):
        context = chromium.new_context(base_url=archive.url, color_scheme=scheme)
        page = context.new_page()
        page.goto("/editions/asr-2")
        grounds[scheme] = page.evaluate("getComputedStyle(document.body).backgroundColor")
        context.close()
    assert grounds == {"light": "rgb(252, 251, 248)", "dark": "rgb(23, 23, 26)"}


def test_print_leaves_out_what_paper_cannot_use(page: Page) -> None:
    page.goto("/editions/asr-2")
    page.emulate_media(media="print")
    assert not page.get_by_role("navigation").first.is_visible()
    assert not page.locator(".bar").first.is_visible()
    assert page.locator("#p1").is_visible()
    assert page.pdf().startswith(b"%PDF")


def test_the_keyboard_alone_is_enough(page: Page) -> None:
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("To the text")
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("streaming")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("q=streaming"))
    first = page.locator(".hits h2 a").first
    for _ in range(30):
        page.keyboard.press("Tab")
        if first.evaluate("node => node === document.activeElement"):
            break
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/papers/"))


def test_a_page_in_japanese_stays_in_japanese(page: Page) -> None:
    page.goto("/ja/editions/asr-2")
    expect(page.locator("html")).to_have_attribute("lang", "ja")
    expect(page.locator("article")).to_have_attribute("lang", "en")
    page.get_by_role("navigation", name="アーカイブ").get_by_role("link", name="トピック").click()
    expect(page).to_have_url(re.compile("/ja/topics$"))
