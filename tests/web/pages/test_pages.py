"""The archive over HTTP: what each page says, in which form, and that every link of it leads somewhere."""

from __future__ import annotations

import gzip
import html
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from urllib.parse import urljoin, urlsplit

import html5lib
import pytest
import requests

from digest.render import bibtex, edition_json, markdown, plain_text
from digest.render.formats import set_length
from store import Store
from store.records.deliveries import PartState
from store.records.editions import Health
from tests.doubles.pages import Page
from tests.factories import web
from web.server import WebService


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebService]:
    with Store.open(tmp_path_factory.mktemp("web") / "store.db") as store:
        web.fill(store)
        with web.running(store, base_url="https://papers.example/archive") as service:
            service.store = store
            yield service


SESSION = requests.Session()


def get(archive: WebService, path: str, **headers: str) -> requests.Response:
    return SESSION.get(archive.url + path, headers=headers, timeout=30, allow_redirects=False)


def links(document: str) -> set[str]:
    return set(re.findall(r'(?:href|action)="([^"]*)"', document))


def is_page(answer: requests.Response) -> bool:
    return answer.headers["content-type"].startswith("text/html") and "attachment" not in answer.headers.get(
        "content-disposition", ""
    )


class Crawl:
    """From some pages over every link within, each once. Searches lead to others without end, so only some of them."""

    def __init__(self, archive: WebService, start: list[str]) -> None:
        self.archive = archive
        self.seen: dict[str, requests.Response] = {}
        self.anchors: set[tuple[str, str]] = set()
        self.kinds: Counter[str] = Counter()
        self.waiting = start
        while self.waiting:
            path = self.waiting.pop()
            if path not in self.seen and not (kind_of(path).endswith("/search") and self.kinds[kind_of(path)] > 25):
                self.visit(path)

    def visit(self, path: str) -> None:
        self.seen[path] = answer = get(self.archive, path)
        assert answer.status_code == 200, f"{path}: {answer.status_code}"
        if not is_page(answer):
            return
        self.kinds[kind_of(path)] += 1
        if self.kinds[kind_of(path)] <= 4 or "hostile" in path:
            html5lib.HTMLParser(strict=True).parse(answer.content, transport_encoding="utf-8")
        if not path.startswith(("/archive/ja/", "/archive/en/")):  # one step into the other language
            for link in links(answer.text):
                self.follow(path, link)

    def follow(self, path: str, link: str) -> None:
        there = urlsplit(urljoin(f"https://papers.example{path}", unescape(link)))
        if there.netloc != "papers.example":
            return
        assert there.path.startswith("/archive"), f"{path} leads outside of its base address: {link}"
        address = there.path + (f"?{there.query}" if there.query else "")
        if there.fragment:
            self.anchors.add((address, there.fragment))
        self.waiting.append(address)


def kind_of(path: str) -> str:
    """Pages of one kind are made by one template: a few of each are parsed, and all are followed."""
    return re.sub(r"/(editions|papers|topics)/[^/?]+", r"/\1/x", path.partition("?")[0])


def test_every_page_is_strictly_valid_and_every_link_within_leads_somewhere(archive: WebService) -> None:
    crawl = Crawl(archive, ["/archive/", "/archive/editions/hostile", "/archive/editions/arabic"])
    assert len(crawl.seen) > 200
    for path, anchor in crawl.anchors:
        assert f'id="{anchor}"' in crawl.seen[path].text, f"{path} has no #{anchor}"


def test_an_edition_comes_in_the_length_that_is_asked_for(archive: WebService) -> None:
    edition = archive.store.editions.get("asr-2")
    for length in ("short", "standard", "full"):
        shown = set_length(edition, length)
        assert get(archive, f"/editions/asr-2.txt?length={length}").text == plain_text.render(shown)
    sizes = [len(get(archive, f"/editions/asr-2{rest}").text) for rest in ("?length=short", "", "?length=huge")]
    assert sizes[0] < sizes[1] == sizes[2]
    assert get(archive, "/editions/asr-2/print?length=short").status_code == 200


def test_an_edition_is_there_in_every_form(archive: WebService) -> None:
    edition = archive.store.editions.get("asr-2")
    assert get(archive, "/editions/asr-2.bib").text == bibtex.render(edition)
    assert get(archive, "/editions/asr-2.md").text == markdown.render(edition)
    assert get(archive, "/editions/asr-2.json").text == edition_json.render(edition)
    assert get(archive, "/editions/asr-2.txt").text == plain_text.render(edition)
    alone = get(archive, "/editions/asr-2.html")
    assert "attachment" in alone.headers["content-disposition"]
    assert "<style>" in alone.text
    assert "sandbox" in alone.headers["content-security-policy"]
    assert get(archive, "/editions/asr-2.svg").text.startswith("<svg")
    assert get(archive, "/editions/asr-2.png").content.startswith(b"\x89PNG")
    assert (
        'og:image" content="https://papers.example/archive/editions/asr-2.png"' in get(archive, "/editions/asr-2").text
    )
    assert get(archive, "/editions/asr-3.svg").status_code == 404  # a quiet edition has no map
    assert get(archive, "/editions/asr-2.exe").status_code == 404


def test_an_edition_tells_what_is_new_and_where_its_papers_were_before(archive: WebService) -> None:
    text = Page(bare(get(archive, "/editions/asr-2").text)).text
    assert "All 12 papers are new since 15 November 2026." in text
    survey = Page(bare(get(archive, "/editions/partly").text)).text
    assert "Earlier in On-device speech recognition (22 November 2026)" not in survey  # made at the same time as it
    later = Page(bare(get(archive, "/editions/japanese").text)).text
    assert "Earlier in" in later


def test_a_survey_asked_anew_marks_what_the_one_before_had_not(archive: WebService) -> None:
    old, new = archive.store.editions.get("partly"), archive.store.editions.get("asr-2")
    papers = (*old.papers[:-1], replace(old.papers[-1], id="2699.00001"))
    moment = new.created_at.replace(hour=20)
    archive.store.editions.freeze(replace(old, id="again", papers=papers, created_at=moment, question="Asked twice?"))
    archive.store.editions.freeze(
        replace(old, id="before", created_at=moment.replace(hour=19), question="Asked twice?")
    )
    document = get(archive, "/editions/again").text
    assert "New since 22 November 2026: 1 of 12 papers, marked." in document
    assert document.count('class="new"') == 1
    assert 'rel="prev" href="/archive/editions/before"' in document


def bare(document: str) -> str:
    """Without what our strict reader of editions does not expect on a page: links to files, forms, our script."""
    document = re.sub(r'<script src="/archive/edition.js[^"<>]*" defer></script>', "", document)
    document = re.sub(r"<(link|form|input)[^>]*>|</form>|<option[^>]*>|</option>", "", document)
    return document.replace(' focusable="false"', "")


@pytest.mark.parametrize("asked", ["c++", '"', "AND", "a AND", "(", "*", "it's", "foo:bar", "   ", "-foo", "\x00\x01"])
def test_no_search_is_an_error(archive: WebService, asked: str) -> None:
    for where in ("papers", "editions", "meaning"):
        answer = requests.get(f"{archive.url}/search", params={"q": asked, "in": where}, timeout=30)
        assert answer.status_code == 200


def test_the_search_finds_cpp_accents_and_japanese(archive: WebService) -> None:
    def found(words: str, **other: str) -> str:
        return requests.get(f"{archive.url}/search", params={"q": words, **other}, timeout=30).text

    assert "<mark>C++</mark>" in found("c++")
    assert "<mark>Schrödinger</mark>" in found("schrodinger")
    assert "<mark>音声認識</mark>" in found("音声認識", **{"in": "editions"}).replace("</mark><mark>", "")
    assert "Nothing has all of these words." in found('"attention speech phone"')


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"since": "2026-12-01", "until": "2026-01-01"}, "“From” is after “To”: no day lies between them."),
        ({"topic": "nope"}, "There is no topic “nope”."),
        ({"category": "cs.ZZ"}, "No paper here is of the category “cs.ZZ”."),
        ({"since": "2090-01-01"}, "Nothing with these words is left by what narrows the search down. Without that"),
        ({"topic": "nope", "in": "editions"}, "There is no topic “nope”."),
        ({"category": "cs.ZZ", "in": "meaning"}, "No paper near in meaning is left"),
    ],
    ids=str,
)
def test_a_filter_is_blamed_where_it_is_the_reason(archive: WebService, asked: dict[str, str], said: str) -> None:
    page = requests.get(f"{archive.url}/search", params={"q": "speech", **asked}, timeout=30).text
    assert said in page
    assert "Nothing has all of these words." not in page
    without = re.search(r'href="([^"]+)">Search without narrowing down', page)
    assert without
    assert "<h2" in requests.get(archive.url + html.unescape(without[1]), timeout=30).text


def test_words_are_blamed_where_no_filter_is_the_reason(archive: WebService) -> None:
    page = requests.get(f"{archive.url}/search?q=zebrafish&since=2020-01-01", timeout=30).text
    assert "Nothing has all of these words." in page
    assert "narrows the search down." not in page


@pytest.mark.parametrize("asked", ['"', "*", "("])
def test_what_holds_no_word_is_told_so_and_no_more(archive: WebService, asked: str) -> None:
    for where in ("papers", "editions", "meaning"):
        page = requests.get(f"{archive.url}/search", params={"q": asked, "in": where}, timeout=30).text
        (told,) = re.findall(r'<div class="nothing" role="status">(.*?)</div>', page, re.DOTALL)
        assert re.sub(r"<[^>]+>", "", told).strip() == "There is no word in this to search for."


def test_filters_narrow_and_bad_ones_are_told_and_left_out(archive: WebService) -> None:
    def count(**query: str) -> int:
        text = requests.get(f"{archive.url}/search", params={"q": "attention", **query}, timeout=30).text
        told = re.search(r'role="status">([\d,]+) found', text)
        return int(told[1].replace(",", "")) if told else 0

    whole = count()
    assert whole > 40
    assert count(category="cs.CL") == count(category="eess.*") == count(category="cs") == whole
    assert count(category="math.NT") == 0
    assert 0 < count(topic="on-device-asr") < whole
    assert 0 < count(since="2026-11-01") < whole
    assert count(since="2026-11-01") + count(until="2026-10-31") == whole
    text = requests.get(
        f"{archive.url}/search", params={"q": "attention", "since": "2026-13-45", "category": "<b>"}, timeout=30
    ).text
    assert "“2026-13-45” is no date" in text
    assert "“&lt;b&gt;” is no category" in text
    assert count(since="2026-13-45", until="9999-12-31") == whole


def test_results_come_in_pages_that_hold_everything_once(archive: WebService) -> None:
    found: list[str] = []
    path = "/search?q=attention"
    while path:
        document = get(archive, path).text
        found += re.findall(r'<h2 lang="en"><a href="([^"]+)"', document)
        onward = re.search(r'rel="next" href="/archive([^"]+)"', document)
        path = onward[1].replace("&amp;", "&") if onward else ""
    assert len(found) == len(set(found)) > 40


def test_near_in_meaning_is_near(archive: WebService) -> None:
    text = requests.get(
        f"{archive.url}/search", params={"q": "reverberation in rooms", "in": "meaning"}, timeout=30
    ).text
    first = re.search(r'<h2 lang="en"><a href="[^"]+"><bdi>([^<]+)<', text)
    assert first is not None
    assert "Rooms" in first[1]
    alike = get(archive, "/search?like=2611.00009").text
    assert "Like the paper" in alike
    assert "Learned Reverberation for Far-Field Speech, Part" in alike


def test_a_page_that_did_not_change_is_not_sent_again(archive: WebService) -> None:
    first = get(archive, "/editions/asr-2")
    tag = first.headers["etag"]
    again = get(archive, "/editions/asr-2", **{"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    archive.store.editions.freeze(replace(archive.store.editions.get("asr-1"), id="s-new", kind="survey", slot=None))
    assert get(archive, "/editions", **{"If-None-Match": get(archive, "/editions").headers["etag"]}).status_code == 304
    zipped = requests.get(f"{archive.url}/editions/asr-2", headers={"Accept-Encoding": "gzip"}, stream=True, timeout=30)
    assert zipped.headers["content-encoding"] == "gzip"
    assert gzip.decompress(zipped.raw.read(decode_content=False)) == get(archive, "/editions/asr-2").content


def test_a_new_edition_is_on_the_start_page_at_once(archive: WebService) -> None:
    before = get(archive, "/").text
    newest = replace(archive.store.editions.get("large"), id="newest", title="Hot off the press")
    archive.store.editions.freeze(replace(newest, created_at=newest.created_at.replace(year=2030)))
    assert "Hot off the press" not in before
    assert "Hot off the press" in get(archive, "/").text
    assert get(archive, "/editions/latest").headers["location"] == "/archive/editions/newest"


def test_pages_are_light(archive: WebService) -> None:
    """Under 60 KB on the wire, the largest edition of 60 papers included; the style sheet a third of that."""
    for path in ("/", "/editions", "/editions/large", "/editions/asr-2", "/search?q=attention", "/style.css"):
        answer = requests.get(archive.url + path, headers={"Accept-Encoding": "gzip"}, stream=True, timeout=30)
        assert len(answer.raw.read(decode_content=False)) < 60_000, path


def test_machines_are_told_how_it_is(archive: WebService) -> None:
    assert get(archive, "/healthz").text == "ok\n"
    assert get(archive, "/readyz").text == "ready\n"
    assert "Disallow: /archive/search" in get(archive, "/robots.txt").text
    assert "https://papers.example/archive/search?q={searchTerms}" in get(archive, "/opensearch.xml").text


def test_the_status_page_tells_of_slots_that_were_missed(tmp_path) -> None:
    (_, second, *_) = web.editions()
    missed = replace(second, health=(Health("schedule", False, "2 earlier slots were missed (2026-11-08 …)."),))
    with Store.open(tmp_path / "store.db") as store:
        store.topics.put(web.TOPIC)
        store.editions.freeze(missed)
        with web.running(store) as service:
            page = get(service, "/status").text
    assert "2 earlier slots were missed" in page


def test_the_status_page_is_red_for_a_topic_that_is_silent(tmp_path) -> None:
    with Store.open(tmp_path / "store.db") as store:
        store.topics.put(replace(web.TOPIC, cadence="daily"))
        store.editions.freeze(web.editions()[1])  # long ago
        with web.running(store) as service:
            page = get(service, "/status").text
    assert "Something needs attention" in page
    told = r'class="failed">no digest since \d{4}-\d\d-\d\d, and \d+ slots have passed: no service runs'
    assert re.search(told, page)


def test_the_status_page_has_all_that_a_relay_said(tmp_path) -> None:
    said = f"mail: stopped since 2026-11-27 22:23 UTC. {'What to do next. ' * 8}The answer was: {'policy ' * 30}the end"
    with Store.open(tmp_path / "store.db") as store:
        store.part_states.report("host:1:a", [PartState("outbox", "fail", said)])
        with web.running(store) as service:
            page = get(service, "/status").text
    assert page.count("policy the end") == 2


def test_a_page_of_sixty_papers_is_less_than_sixty_kilobytes_on_the_wire(archive: WebService) -> None:
    answer = get(archive, "/editions/large", **{"Accept-Encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert int(answer.headers["content-length"]) < 60_000
