"""Posted forms: from where, how often, and what the pages show of that which was typed into them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from markupsafe import escape
from playwright.sync_api import expect

from digest.mail.channel import FolderTransport
from digest.mail.message import MailMessage
from digest.subscriptions.lookup import ConfirmLimits
from digest.subscriptions.signed_links import LinkAction, SignedLinks
from store import Store
from store.records.deliveries import Subscription
from store.tables.deliveries import AttemptResult
from tests.factories import browser, web
from web.server import WebService
from web.settings import ServiceStatus, SubscriptionSettings, WebLimits

BASE = "https://papers.example/archive"
TOKENS = SignedLinks(["a-key-for-tests"])
FORM = {"address": "ada@example.org", "topic": web.TOPIC.slug}


def serving(store: Store, **other: Any) -> Any:
    store.topics.put(web.TOPIC)
    offered = SubscriptionSettings(TOKENS, ConfirmLimits())
    return web.running(store, **{"base_url": BASE, "hosts": NAMES, "subscribing": offered, **other})


@pytest.fixture
def archive(store: Store) -> Iterator[WebService]:
    with serving(store) as service:
        yield service


def post(archive: WebService, path: str, headers: dict[str, str] | None = None, **fields: str) -> requests.Response:
    return requests.post(archive.url + path, data=fields, headers=headers, timeout=30, allow_redirects=False)


def subscribed(store: Store, address: str = "ada@example.org") -> Subscription:
    store.subscriptions.add(web.TOPIC.slug, "mail", address, "active", datetime.now(UTC))
    return store.subscriptions.of_address("mail", address)[0]


def link(action: LinkAction, subscription: Subscription) -> str:
    return f"/{action}/{TOKENS.sign(action, subscription.id)}"


NAMES = ("lan-host", "papers.lan")
FOREIGN = [
    {"Origin": "http://evil.example"},
    {"Origin": "null"},
    {"Referer": "http://evil.example/page"},
    {"Origin": "null", "Referer": "https://papers.example/archive/subscribe"},
    {"Origin": "https://papers.example.evil.example"},
    {"Origin": "https://papers.example:8443"},
    {"Origin": "http://[broken"},
    {"Origin": "file://"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "https://papers.example"},
]


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
def test_a_form_of_another_site_is_refused(archive: WebService, store: Store, headers: dict[str, str]) -> None:
    path = link("preferences", subscribed(store, "bob@example.org"))
    for form, fields in (("/subscribe", FORM), ("/ask", {"question": "Why?"}), (path, {"do": "leave"})):
        answer = post(archive, form, headers, **fields)
        assert answer.status_code == 403, form
        assert "sent from another site" in answer.text
    assert [subscription.state for subscription in store.subscriptions.list()] == ["active"]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://papers.example"},
        {"Origin": "https://PAPERS.example:443"},
        {"Origin": "http://lan-host:8000", "Host": "lan-host:8000"},
        {"Origin": "http://lan-host", "Host": "lan-host"},
        {"Referer": "https://papers.example/archive/subscribe"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "http://behind.a.proxy"},
    ],
    ids=str,
)
def test_our_own_forms_and_programs_may_post(archive: WebService, headers: dict[str, str]) -> None:
    assert post(archive, "/subscribe", headers, **FORM).status_code == 200


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
def test_one_click_unsubscribe_is_open_to_all(archive: WebService, store: Store, headers: dict[str, str]) -> None:
    subscription = subscribed(store)
    assert post(archive, link("unsubscribe", subscription), headers).status_code == 200
    assert store.subscriptions.list()[0].state == "unsubscribed"


@browser.NEEDED
def test_a_browser_posts_over_plain_http_to_a_host_by_name(archive: WebService, store: Store) -> None:
    """There it sends no Sec-Fetch-Site: our own form is taken, the same form on another site's page is not."""
    with browser.browser("--host-resolver-rules=MAP * 127.0.0.1") as chromium:
        page = chromium.new_page(locale="en-GB")
        sent: list[dict[str, str]] = []
        page.on("request", lambda request: sent.append(request.all_headers()) if request.method == "POST" else None)
        page.goto(f"http://papers.lan:{archive.port}/subscribe")
        page.get_by_label("Your mail address").fill("ada@example.org")
        page.get_by_role("button", name="Subscribe").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Look into your mailbox")
        assert "sec-fetch-site" not in sent[0]
        page.route("http://evil.lan/", lambda route: route.fulfill(body=_forged(archive), content_type="text/html"))
        page.goto("http://evil.lan/")
        page.get_by_role("button").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Not from there")
    assert [subscription.address for subscription in store.subscriptions.list()] == ["ada@example.org"]


def _forged(archive: WebService) -> str:
    return f"""<form method=post action="http://papers.lan:{archive.port}/subscribe">
        <input name=address value=victim@example.org><input name=topic value={web.TOPIC.slug}>
        <button>Win</button>"""


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("it--s@foo--bar.org", "it--s@foo--bar.org"),
        ("Me@MÜNCHEN.de", "me@münchen.de (xn--mnchen-3ya.de)"),
        ("a_b~c@example.org", "a_b~c@example.org"),
    ],
)
def test_an_address_is_shown_without_typography(archive: WebService, store: Store, typed: str, shown: str) -> None:
    told = post(archive, "/subscribe", address=typed, topic=web.TOPIC.slug)
    wrong = post(archive, "/subscribe", address=typed)
    assert f'value="{escape(typed)}"' in wrong.text
    assert f"If {escape(shown)} does not have" in told.text
    page = requests.get(archive.url + link("confirm", store.subscriptions.list()[0]), timeout=30)
    assert f"will come to {escape(shown)}:" in page.text
    page = requests.get(archive.url + link("preferences", store.subscriptions.list()[0]), timeout=30)
    assert f"For {escape(shown)}</bdi>" in page.text


def test_commands_and_searches_are_shown_without_typography(store: Store) -> None:
    trouble = ServiceStatus(problems=("slack: run `paperroute doctor --slack`, then ~/.bashrc",))
    with serving(store, status=lambda: trouble) as service:
        store.topics.put(replace(web.TOPIC, queries=("state--space $x$",), include=("``wide''",)))
        assert escape(trouble.problems[0]) in requests.get(f"{service.url}/status", timeout=30).text
        page = requests.get(f"{service.url}/topics/{web.TOPIC.slug}", timeout=30).text
        assert "state--space $x$" in page
        assert escape("``wide''") in page
        feed = requests.get(f"{service.url}/search/feed.xml", params={"q": "foo--bar"}, timeout=30).text
        assert "foo--bar" in feed
        assert "foo–bar" not in feed


def test_what_is_refused_does_not_count_and_the_wait_is_said(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [10_000.0]
    monkeypatch.setattr("web.http.access.monotonic", lambda: now[0])
    with serving(store, limits=WebLimits(forms_per_hour=2)) as service:
        for wrong in ({"address": "nonsense"}, {**FORM, "topic": "nope"}, {}) * 2:
            assert post(service, "/subscribe", **wrong).status_code == 400
        assert post(service, "/subscribe", **FORM).status_code == 200
        now[0] += 600
        assert post(service, "/subscribe", **FORM).status_code == 200
        refused = post(service, "/subscribe", **FORM)
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "3000")
        assert "as one reader may in an hour. Try again in 50 minutes." in refused.text
        assert 'value="ada@example.org"' in refused.text  # nothing has to be typed again
        now[0] += 2_950
        assert "50分後" not in post(service, "/ja/subscribe", **FORM).text
        assert "1分後にもう一度お試しください" in post(service, "/ja/subscribe", **FORM).text
        assert "Try again in a minute." in post(service, "/subscribe", **FORM).text
        now[0] += 50
        assert post(service, "/subscribe", **FORM).status_code == 200


def test_links_in_mails_have_a_limit_of_their_own(store: Store) -> None:
    with serving(store, limits=WebLimits(forms_per_hour=0, changes_per_hour=3)) as service:
        ada, bob = subscribed(store), subscribed(store, "bob@example.org")
        assert post(service, "/subscribe", **FORM).status_code == 429
        answers = [post(service, link("preferences", ada), do=verb) for verb in ("pause", "resume", "pause", "resume")]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        assert "Try again in 60 minutes." in answers[-1].text
        assert int(answers[-1].headers["retry-after"]) > 3_000
        assert post(service, link("preferences", bob), do="pause").status_code == 200
        assert [subscription.state for subscription in store.subscriptions.list()] == ["paused", "paused"]


@pytest.mark.parametrize("of", ["resume:{mine}", "leave:{other}", "pause:nonsense", "pause:99999", "add"])
def test_what_changes_nothing_is_not_said_to_be_done(archive: WebService, store: Store, of: str) -> None:
    one, other = subscribed(store), subscribed(store, "bob@example.org")
    do = of.format(mine=one.id, other=other.id)
    told = post(archive, link("preferences", one), do=do, topic=web.TOPIC.slug)
    assert told.status_code == 200
    assert "Nothing changed: it was so already, or is none of your subscriptions." in told.text
    assert "Done." not in told.text
    assert [subscription.state for subscription in store.subscriptions.list()] == ["active", "active"]
    assert "Done." in post(archive, link("preferences", one), do=f"pause:{one.id}").text


@pytest.mark.parametrize("there", [True, False], ids=["written", "not written"])
def test_the_data_of_a_reader_name_no_path_of_the_machine(
    archive: WebService, store: Store, tmp_path: Path, there: bool
) -> None:
    subscription, now = subscribed(store), datetime.now(UTC)
    folder = tmp_path / "our mails: here"
    if not there:
        folder.write_text("a file stands here")
    number = store.deliveries.plan_letter("welcome", subscription, now)
    assert store.shards.renew("mail", "me", 600.0)
    assert store.deliveries.claim(number, "me", now)
    receipt = FolderTransport(folder).post(MailMessage("a@x.org", subscription.address, "<1@x.org>", b"\r\n"))
    assert str(tmp_path) in receipt.detail
    assert store.deliveries.end(number, "me", now, AttemptResult(receipt.state, receipt.detail, receipt.message_id))
    told = requests.get(f"{archive.url}{link('preferences', subscription)}/export", timeout=30)
    assert str(tmp_path) not in told.text
    assert "our mails" not in told.text
    (sent,) = told.json()["deliveries"]
    assert sent["detail"] == ("written to a file" if there else "a file: File exists")
    assert (told.json()["address"], sent["address"]) == (subscription.address, subscription.address)
