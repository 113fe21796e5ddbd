"""The archive in a real browser: read, search, dark mode, a narrow screen, print, keyboard only, axe on every page."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from store import Store
from tests.doubles.editions import checked_edition
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
    "/editions/checked",
    "/editions/weak",
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
        store.editions.freeze(replace(checked_edition(12), id="checked"))
        store.editions.freeze(replace(checked_edition(12, weak=True), id="weak"))
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


@pytest.fixture
def edition_page(page: Page) -> Page:
    """The page of sixty papers, on a screen with room for its map beside the text."""
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto("/editions/large")
    return page


def test_the_map_stays_beside_the_text_and_marks_where_the_reader_is(edition_page: Page) -> None:
    edition_page.locator("#p20").scroll_into_view_if_needed()
    edition_page.evaluate("document.getElementById('p20').scrollIntoView({block: 'start'}); scrollBy(0, -190)")
    expect(edition_page.locator("#m20")).to_have_class(re.compile("is-here"))
    expect(edition_page.locator("#m20")).to_be_in_viewport()
    section = edition_page.evaluate("document.getElementById('p20').closest('section').id")
    expect(edition_page.locator(".contents [aria-current]")).to_have_attribute("href", f"#{section}")
    edition_page.locator("#p20 .n a").click()
    expect(edition_page.locator("#m20")).to_be_focused()
    expect(edition_page.locator("#p20")).to_be_in_viewport()
    edition_page.locator("svg .to-section").first.click()
    expect(edition_page).to_have_url(re.compile("#s[0-9]+$"))


def test_a_link_to_a_paper_opens_it_and_its_section(edition_page: Page) -> None:
    edition_page.locator("#s1 > details > summary").click()
    expect(edition_page.locator("#p1")).not_to_be_visible()
    edition_page.locator(".start a").first.click()
    expect(edition_page.locator("#p1 .parts")).to_be_visible()
    expect(edition_page.locator("#p2 .parts")).not_to_be_visible()
    edition_page.get_by_role("button", name="Unfold the papers").click()
    expect(edition_page.locator("#p2 .parts")).to_be_visible()


def test_papers_are_narrowed_down_by_what_they_differ_in(edition_page: Page) -> None:
    papers, shown = edition_page.locator(".paper:visible"), edition_page.locator(".narrowing output")
    edition_page.get_by_text("Filter the papers").click()
    edition_page.get_by_label("Role").select_option("survey")
    expect(papers).to_have_count(12)
    expect(shown).to_have_text("12")
    expect(edition_page.locator(".pr-map .is-out")).to_have_count(48)
    expect(edition_page.locator(".prose:visible")).to_have_count(0)
    edition_page.get_by_label("Section").select_option("1")
    expect(papers).to_have_count(2)
    edition_page.get_by_role("button", name="Show all").click()
    expect(papers).to_have_count(60)
    expect(edition_page.locator(".prose:visible").first).to_be_visible()


def test_the_comparison_table_is_sorted_by_its_heads(edition_page: Page) -> None:
    edition_page.get_by_role("link", name="Comparison table").click()
    years = edition_page.locator(".compare tbody td:nth-child(3)")
    head = edition_page.locator(".compare thead th").nth(2)
    head.get_by_role("button", name="Year").click()
    expect(head).to_have_attribute("aria-sort", "ascending")
    assert years.all_text_contents() == sorted(years.all_text_contents())
    head.get_by_role("button", name="Year").click()
    expect(head).to_have_attribute("aria-sort", "descending")
    assert years.all_text_contents() == sorted(years.all_text_contents(), reverse=True)
    edition_page.get_by_role("button", name="Role").click()
    assert edition_page.locator(".compare tbody tr").last.locator("td").nth(2).text_content() == ""


def test_an_edition_reads_whole_without_scripts(chromium: Browser, archive: WebService) -> None:
    context = chromium.new_context(base_url=archive.url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/editions/large")
    assert page.locator(".paper:visible").count() == 60
    assert page.locator(".prose:visible").count() == page.locator(".prose").count()
    assert not page.locator(".narrowing").is_visible()
    page.locator("#p1 summary").click()
    assert page.locator("#p1 .parts").is_visible()
    page.get_by_role("link", name="Comparison table").click()
    assert page.locator(".compare tbody tr:visible").count() == 60
    context.close()


@pytest.mark.parametrize("width", [320, 1440])
def test_a_tap_shows_what_a_statement_rests_on_without_scripts(
    chromium: Browser, archive: WebService, width: int
) -> None:
    context = chromium.new_context(
        base_url=archive.url, java_script_enabled=False, has_touch=True, viewport={"width": width, "height": 640}
    )
    page = context.new_page()
    page.goto("/editions/checked")
    button, evidence = page.locator(".support").nth(2), page.locator(".evidence").nth(2)
    assert not evidence.is_visible()
    button.tap()
    expect(evidence).to_be_visible()
    expect(evidence).to_contain_text("A number differs", ignore_case=True)
    box = evidence.bounding_box()
    assert box
    assert 0 <= box["x"] <= width - box["width"]
    page.locator("h1").tap()
    expect(evidence).to_be_hidden()
    context.close()


def test_a_pointer_and_the_keyboard_show_what_a_statement_rests_on_and_escape_takes_it_away(page: Page) -> None:
    page.goto("/editions/checked")
    button, evidence = page.locator(".support").nth(1), page.locator(".evidence").nth(1)
    button.hover()
    expect(evidence).to_be_visible()
    evidence.hover()  # on the way to it nothing closes
    expect(evidence).to_be_visible()
    page.keyboard.press("Escape")
    expect(evidence).to_be_hidden()
    page.locator("h1").hover()
    page.locator(".prose a.cite").first.focus()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Evidence: [1]").nth(1)).to_be_focused()
    expect(evidence).to_be_visible()
    page.keyboard.press("Enter")
    assert evidence.evaluate("node => node.matches(':popover-open')")
    page.keyboard.press("Escape")
    expect(evidence).to_be_hidden()
    page.emulate_media(media="print")
    assert not button.is_visible()
    assert page.get_by_text("not supported by the abstract: a number differs").first.is_visible()


def test_axe_finds_nothing_in_opened_evidence(chromium: Browser, archive: WebService) -> None:
    for scheme in ("light", "dark"):
        context = chromium.new_context(base_url=archive.url, bypass_csp=True, color_scheme=scheme)
        page = context.new_page()
        page.goto("/editions/checked")
        for n in range(3):
            page.locator(".support").nth(n).click()
            found = Axe().run(page).response["violations"]
            assert not found, json.dumps([(one["id"], one["nodes"][0]["html"][:200]) for one in found])
            page.keyboard.press("Escape")
        context.close()


def test_a_small_map_shows_sections_instead_of_numbers(page: Page) -> None:
    page.goto("/editions/large")
    mark, number = page.locator("svg .section-mark").first, page.locator("#m1 text")
    assert (mark.is_visible(), number.is_visible()) == (False, True)
    page.set_viewport_size({"width": 320, "height": 640})
    assert (mark.is_visible(), number.is_visible()) == (True, False)
    mark.click()
    expect(page).to_have_url(re.compile("#s1$"))


def test_on_paper_nothing_is_folded(page: Page) -> None:
    page.goto("/editions/large")
    page.emulate_media(media="print")
    assert page.locator("#p1 .parts").is_visible()
    assert not page.locator(".compare").is_visible()
    page.goto("/editions/large/print")
    assert page.locator(".parts:visible").count() == page.locator(".parts").count() > 50


@pytest.mark.parametrize("width", [320, 1440])
def test_axe_finds_nothing_in_what_was_folded(chromium: Browser, archive: WebService, width: int) -> None:
    context = chromium.new_context(base_url=archive.url, bypass_csp=True, viewport={"width": width, "height": 900})
    page = context.new_page()
    page.goto("/editions/large")
    page.evaluate("for (const fold of document.querySelectorAll('details')) fold.open = true")
    found = Axe().run(page).response["violations"]
    context.close()
    assert not found, json.dumps([(one["id"], one["nodes"][0]["html"][:200]) for one in found])
