"""What readers say over the web, by the link in a mail alone: GET shows, POST acts, for the link's own reader."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import requests
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from digest.errors import BadInput
from digest.feedback import opinions
from digest.feedback.seed_files import parse_seed_file
from digest.feedback.seeds import SeedImport, import_seeds
from digest.subscriptions.signed_links import SignedLinks
from store import Store
from store.records.editions import Topic
from store.records.feedback import Reader
from tests.doubles.editions import NOW
from tests.factories import browser as browsing
from tests.factories import web
from web.server import WebService
from web.settings import SubscriptionSettings, WebLimits

TOKENS = SignedLinks(["a key of these tests"])
ADA, BEN = Reader("mail", "ada@example.org"), Reader("mail", "ben@example.org")
OLD, SEED = "hep-th/9700003", "2610.00003"


class NoSource:
    name = "arxiv"

    def fetch(self, ids, *, wait):
        return ()


@pytest.fixture
def archive(store: Store) -> Iterator[WebService]:
    web.fill(store)
    store.topics.put(Topic("walks", "Walks"))
    for reader in (ADA, BEN):
        for topic in (web.TOPIC.slug, "walks"):
            store.subscriptions.add(topic, "mail", reader.address, "active", NOW)

    def take(reader: Reader, topic: str, text: str) -> SeedImport:
        return import_seeds(store, reader, topic, parse_seed_file(text, most=100), NoSource(), lambda *_: None, NOW)

    with web.running(store, subscribing=SubscriptionSettings(TOKENS), import_seeds=take) as service:
        yield service


def home(store: Store, reader: Reader = ADA) -> str:
    first = store.subscriptions.of_address("mail", reader.address)[0]
    return f"/feedback/{TOKENS.sign('feedback', first.id)}"


def post(archive: WebService, path: str, **fields: str) -> requests.Response:
    return requests.post(archive.url + path, data=fields, timeout=30)


def get(archive: WebService, path: str) -> requests.Response:
    return requests.get(archive.url + path, timeout=30)


def said(store: Store, reader: Reader = ADA) -> set[tuple[str, str, str]]:
    return {(one.kind, one.subject, one.topic) for one in store.feedback.of_reader(reader)}


def test_a_paper_is_kept_and_taken_back_by_its_page(archive: WebService, store: Store) -> None:
    path = f"{home(store)}/papers/{OLD}"
    page = get(archive, path)
    assert page.status_code == 200
    assert page.headers["cache-control"] == "no-store"
    assert re.findall(r'value="([^":]+):hep-th/9700003"', page.text) == ["keep", "seen", "more", "less"]
    assert "Done." in post(archive, path, do=f"keep:{OLD}").text
    assert said(store) == {("keep", OLD, web.TOPIC.slug)}
    assert 'aria-pressed="true"' in get(archive, path).text
    post(archive, path, do=f"-keep:{OLD}")
    assert said(store) == set()
    assert said(store, BEN) == set()


def test_nothing_is_changed_by_looking(archive: WebService, store: Store) -> None:
    post(archive, home(store), do=f"keep:{OLD}")
    before = said(store)
    for path in ("", f"/papers/{OLD}", "/editions/asr-2", "/list.bib", f"?do=less:{OLD}", f"/papers/{OLD}?do=off"):
        assert get(archive, home(store) + path).status_code == 200, path
        assert requests.head(archive.url + home(store) + path, timeout=30).status_code == 200
    assert said(store) == before


def test_a_page_that_there_is_not_acts_on_nothing(archive: WebService, store: Store) -> None:
    for path in ("/papers/9999.00001", "/papers/%00", "/editions/none"):
        assert post(archive, home(store) + path, do=f"keep:{OLD}").status_code == 404
    assert said(store) == set()


def test_a_paper_of_a_topic_that_is_gone_is_kept_all_the_same(archive: WebService, store: Store) -> None:
    store.topics.remove(web.TOPIC.slug)
    assert "Done." in post(archive, f"{home(store)}/papers/{OLD}", do=f"keep:{OLD}").text
    assert said(store) == {("keep", OLD, "")}


def test_whoever_a_mail_is_forwarded_to_learns_no_address(archive: WebService, store: Store) -> None:
    post(archive, home(store), do=f"keep:{OLD}")
    for path in ("", f"/papers/{OLD}", "/editions/asr-2", "/list.bib", "/list.ris", "/list.csl.json"):
        assert "ada@example" not in get(archive, home(store) + path).text.lower(), path


def test_whoever_left_is_told_that_nobody_hears_them(archive: WebService, store: Store) -> None:
    told = "No digests go to the address of this link"
    paths = ("", f"/papers/{OLD}", "/editions/asr-2")
    assert not any(told in get(archive, home(store) + path).text for path in paths)
    for one in store.subscriptions.of_address("mail", ADA.address):
        store.subscriptions.move(one.id, ["active"], "unsubscribed", NOW)
    assert all(told in get(archive, home(store) + path).text for path in paths)
    assert "Done." in post(archive, home(store), do=f"keep:{OLD}").text


def test_an_edition_has_its_papers_with_buttons(archive: WebService, store: Store) -> None:
    edition = store.editions.get("asr-2")
    page = get(archive, f"{home(store)}/editions/asr-2")
    assert page.text.count('value="more:') == len(edition.papers)
    id_ = edition.papers[3].id
    assert "Done." in post(archive, f"{home(store)}/editions/asr-2", do=f"less:{id_}").text
    assert ("less", id_, web.TOPIC.slug) in said(store)


def test_a_paper_is_kept_in_the_topic_of_the_edition_that_shows_it(archive: WebService, store: Store) -> None:
    of_walks = next(one for one in store.subscriptions.of_address("mail", ADA.address) if one.topic == "walks")
    path = f"/feedback/{TOKENS.sign('feedback', of_walks.id)}/editions/asr-2"
    post(archive, path, do=f"keep:{OLD}")
    post(archive, path + "/buttons", do=f"more:{OLD}")
    assert said(store) == {("keep", OLD, web.TOPIC.slug), ("more", OLD, web.TOPIC.slug)}


def test_the_script_of_an_edition_is_given_its_buttons(archive: WebService, store: Store) -> None:
    edition, path = store.editions.get("asr-2"), f"{home(store)}/editions/asr-2/buttons"
    id_ = edition.papers[0].id
    shown = get(archive, path)
    assert shown.headers["cache-control"] == "no-store"
    assert set(shown.json()["papers"]) == {paper.id for paper in (*edition.papers, *edition.beyond)}
    assert [one["name"] for one in shown.json()["papers"][id_]] == ["Keep", "Seen", "More like this", "Less like this"]
    assert not any(one["is_said"] for one in shown.json()["papers"][id_])
    pressed = post(archive, path, do=f"keep:{id_}").json()
    assert pressed["papers"][id_][0] == {"value": f"-keep:{id_}", "name": "Keep", "is_said": True}
    assert pressed["told"] == "Done."
    assert get(archive, f"/de{path}").json()["papers"][id_][0]["name"] == "Merken"
    assert get(archive, path.replace("/editions/asr-2/", "/editions/none/")).status_code == 404
    assert "ada@example" not in get(archive, path).text.lower()
    elsewhere = {"Sec-Fetch-Site": "cross-site", "Origin": "https://elsewhere.example"}
    data = {"do": f"-keep:{id_}"}
    assert requests.post(archive.url + path, data=data, headers=elsewhere, timeout=30).status_code == 403
    assert said(store) == {("keep", id_, web.TOPIC.slug)}
    assert said(store, BEN) == set()


def test_the_reading_list_is_a_bibliography(archive: WebService, store: Store) -> None:
    post(archive, home(store), do=f"keep:{OLD}")
    assert OLD in get(archive, home(store)).text
    for form, begins in (("bib", "@"), ("ris", "TY  -"), ("csl.json", "[")):
        told = get(archive, f"{home(store)}/list.{form}")
        assert told.text.lstrip().startswith(begins), form
        assert "attachment" in told.headers["content-disposition"]
    assert get(archive, f"{home(store)}/list.exe").status_code == 404


def test_seeds_and_authors_are_taken_and_taken_back(archive: WebService, store: Store) -> None:
    told = post(archive, home(store), do="seeds", papers=f"{SEED} 2401.99999", topic="walks").text
    assert "1 paper was taken. Not found: 1" in told
    post(archive, home(store), do="follow", name="Ada Example", topic="not-mine")
    assert said(store) == {("seed", SEED, "walks"), ("author", "ada-example", "")}
    page = get(archive, home(store)).text
    assert "Ada Example" in page
    post(archive, home(store), do="-author:ada-example")
    post(archive, home(store), do=f"-seed:{SEED}")
    assert said(store) == set()


def test_a_long_text_is_read_to_its_end_or_refused(archive: WebService, store: Store) -> None:
    long = "[" + ",".join(f'{{"title": "T {n}", "abstract": "{"x" * 900}"}}' for n in range(50))
    assert "1 paper was taken" in post(archive, home(store), do="seeds", papers=f'{long}, {{"id": "{SEED}"}}]').text
    assert post(archive, home(store), do="seeds", papers="x y\n" * 20_000).status_code == 413
    assert said(store) == {("seed", SEED, "")}
    assert "maxlength" not in re.search(r"<textarea[^>]*", get(archive, home(store)).text)[0]  # a browser would cut it


def test_it_is_turned_off_and_on(archive: WebService, store: Store) -> None:
    assert "Turn it on" in post(archive, home(store), do="off").text
    assert opinions.is_off(store, ADA)
    assert "Turn it off" in post(archive, home(store), do="on").text
    assert not opinions.is_off(store, ADA)


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"do": "keep:9999.00001"}, 400),
        ({"do": "keep:" + "x" * 10_000}, 400),
        ({"do": "follow", "name": "<script>"}, 200),
        ({"do": "follow", "name": " - "}, 400),
        ({"do": "seeds", "papers": "[" * 4_000}, 400),
        ({"do": "seeds", "papers": "nothing named"}, 400),
        ({"do": "drop"}, 400),
        ({}, 400),
    ],
)
def test_what_cannot_be_is_one_line(archive: WebService, store: Store, fields: dict[str, str], status: int) -> None:
    told = post(archive, home(store), **fields)
    assert told.status_code == status
    assert "<script>" not in told.text.replace("<script src", "")
    assert "Traceback" not in told.text


def test_another_actions_token_and_a_changed_one_open_nothing(archive: WebService, store: Store) -> None:
    number = store.subscriptions.of_address("mail", ADA.address)[0].id
    good = TOKENS.sign("feedback", number)
    for token in (TOKENS.sign("preferences", number), f"{good[:-2]}AA", "x"):
        assert get(archive, f"/feedback/{token}").status_code == 404, token
        assert post(archive, f"/feedback/{token}", do=f"keep:{OLD}").status_code in (404, 405)
    with pytest.raises(BadInput):
        TOKENS.read("preferences", good)
    assert said(store) == set()


def test_an_erased_readers_link_says_so(archive: WebService, store: Store) -> None:
    path = home(store)
    store.subscriptions.erase("mail", ADA.address)
    assert get(archive, path).status_code == 410


def test_where_it_is_turned_off_there_is_no_page(store: Store) -> None:
    web.fill(store)
    store.subscriptions.add(web.TOPIC.slug, "mail", ADA.address, "active", NOW)
    with web.running(store, subscribing=SubscriptionSettings(TOKENS)) as service:
        assert get(service, home(store)).status_code == 404


def test_a_form_is_sent_only_so_often(store: Store) -> None:
    web.fill(store)
    store.subscriptions.add(web.TOPIC.slug, "mail", ADA.address, "active", NOW)
    terms = SubscriptionSettings(TOKENS)

    def take(*_: str) -> SeedImport:
        return SeedImport((), ())

    with web.running(store, subscribing=terms, import_seeds=take, limits=WebLimits(changes_per_hour=2)) as service:
        answers = [post(service, home(store), do="off") for _ in range(3)]
        from_script = post(service, f"{home(store)}/editions/asr-2/buttons", do="off")
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    for refused in (answers[-1], from_script):
        assert refused.status_code == 429
        assert 3500 < int(refused.headers["retry-after"]) <= 3600
    assert "in 60 minutes" in from_script.json()["told"]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browsing.browser() as opened:
        yield opened


@browsing.NEEDED
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_are_for_everybody(archive: WebService, store: Store, chromium: Browser, scheme: str) -> None:
    post(archive, home(store), do=f"keep:{OLD}")
    post(archive, home(store), do="follow", name="Ada Example")
    context = chromium.new_context(color_scheme=scheme, bypass_csp=True, locale="en-GB")
    page = context.new_page()
    page.set_viewport_size({"width": 320, "height": 800})
    for path in ("", "/editions/asr-2", f"/papers/{OLD}"):
        page.goto(archive.url + home(store) + path)
        assert Axe().run(page).violations_count == 0, path
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
    context.close()


@browsing.NEEDED
def test_the_page_of_an_edition_has_buttons_for_whoever_came_by_the_link_of_their_mail(
    archive: WebService, store: Store, chromium: Browser
) -> None:
    id_, key = store.editions.get("asr-2").papers[0].id, home(store).split("/")[-1]
    context = chromium.new_context(locale="en-GB", viewport={"width": 320, "height": 800})
    page, asked, wrong = context.new_page(), [], []
    page.on("request", lambda request: asked.append((request.method, request.url)))
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    page.goto(f"{archive.url}/editions/asr-2")
    assert page.locator(".reader-opinions").count() == 0
    page.goto(f"{archive.url}/editions/asr-3#reader={key}")
    page.goto(f"{archive.url}/editions/asr-2#p1")
    own = page.locator("#p1 .reader-opinions")
    keep, more, less = (own.get_by_role("button", name=re.compile(name)) for name in ("^Keep", "^More", "^Less"))
    expect(keep).to_have_attribute("aria-pressed", "false")
    assert key not in page.url
    assert all(key not in url for _, url in asked if "/feedback/" not in url)
    assert said(store) == set()
    keep.click()
    expect(keep).to_have_attribute("aria-pressed", "true")
    more.click()
    expect(more).to_have_attribute("aria-pressed", "true")
    less.click()
    expect(more).to_have_attribute("aria-pressed", "false")
    expect(own.get_by_role("status")).to_have_text("Done.")
    keep.click()
    expect(keep).to_have_attribute("aria-pressed", "false")
    assert said(store) == {("less", id_, web.TOPIC.slug)}
    assert {method for method, url in asked if "/feedback/" not in url} == {"GET"}
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert wrong == []
    context.close()


@browsing.NEEDED
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_buttons_of_an_edition_are_for_everybody(
    archive: WebService, store: Store, chromium: Browser, scheme: str
) -> None:
    context = chromium.new_context(color_scheme=scheme, bypass_csp=True, locale="en-GB")
    page = context.new_page()
    page.goto(f"{archive.url}/editions/asr-2#reader={home(store).split('/')[-1]}")
    expect(page.locator(".reader-opinions").first).to_be_visible()
    assert Axe().run(page).violations_count == 0
    context.close()


@browsing.NEEDED
def test_a_key_that_is_good_no_longer_shows_no_buttons(archive: WebService, store: Store, chromium: Browser) -> None:
    context = chromium.new_context(locale="en-GB")
    page = context.new_page()
    with page.expect_response(re.compile("/buttons$")) as answer:
        page.goto(f"{archive.url}/editions/asr-2#reader=0000000001.AAAA")
    assert answer.value.status == 404
    assert page.locator(".reader-opinions").count() == 0
    assert page.url.endswith("/editions/asr-2")
    context.close()


def test_a_fault_is_logged_without_the_readers_token(
    archive: WebService, store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("a fault of this test")

    path = home(store)
    monkeypatch.setattr(type(store.feedback), "of_reader", fail)
    assert get(archive, path).status_code == 500
    assert "a fault of this test" in caplog.text
    assert "/feedback/{token}" in caplog.text
    assert path.split("/")[-1] not in caplog.text
