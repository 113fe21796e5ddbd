"""Subscribing by web, end to end: a browser's forms, the real outbox, mails that an SMTP server took, their links."""

from __future__ import annotations

import email
import email.policy
import hashlib
import queue
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import requests
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from digest.background.outbox import Outbox
from digest.cadence import next_slot
from digest.i18n.catalog import get_catalog
from digest.subscriptions import actions as verbs
from digest.subscriptions import lookup
from digest.subscriptions.addresses import MAIL_ADDRESSES
from digest.subscriptions.one_mail import OneMailSettings, plan_one_mail
from paperroute.channels import CHANNELS
from paperroute.compose import web
from paperroute.compose.app import App, open_app
from paperroute.compose.channel_spec import channel_setups
from paperroute.config.load import Config
from store.records.editions import Topic
from tests.doubles.editions import edition, topic_edition
from tests.doubles.relays import FaultyRelay
from tests.factories import browser as browsing
from web.server import WebService
from web.settings import WebLimits

BASE = "https://papers.example"
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Taken(list[bytes]):
    """The mails that the relay took, handed on as they come."""

    def __init__(self) -> None:
        super().__init__()
        self.queue: queue.Queue[bytes] = queue.Queue()

    def append(self, text: bytes) -> None:
        self.queue.put(text)

    def next(self) -> email.message.EmailMessage:
        return email.message_from_bytes(self.queue.get(timeout=180), policy=email.policy.default)


@dataclass
class World:
    app: App
    service: WebService
    inbox: Taken

    def link(self, mail: email.message.EmailMessage, kind: str) -> str:
        """The address in a mail of a page of this kind, on the server that runs here."""
        text = mail.get_body(("plain",)).get_content()
        found = re.search(rf"{BASE}/{kind}/([\w.=-]+)", text)
        assert found is not None, text
        return f"/{kind}/{found[1]}"

    def token(self, action: str, topic: str = "walks", address: str = "ada@example.org") -> str:
        subscription = next(
            subscription
            for subscription in self.app.store.subscriptions.of_address("mail", address)
            if subscription.topic == topic
        )
        return self.app.signed_links.sign(action, subscription.id)

    def state(self, topic: str = "walks", address: str = "ada@example.org") -> str:
        held = {
            subscription.topic: subscription.state
            for subscription in self.app.store.subscriptions.of_address("mail", address)
        }
        return held.get(topic, "")

    def post(self, path: str, **fields: object) -> requests.Response:
        return requests.post(self.service.url + path, data=fields, timeout=30, allow_redirects=False)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    inbox = Taken()
    relay = FaultyRelay(texts=inbox)
    environment = {"PAPERROUTE_MAIL__URL": f"smtp://127.0.0.1:{relay.port}"}
    config = Config.model_validate(
        {
            "store": {"path": tmp_path / "store.db"},
            "source": {"kind": "sample"},
            "models": dict.fromkeys(("queries", "summary", "synthesis", "embedding"), "builtin"),
            "web": {"base_url": BASE},
        }
    )
    with relay, open_app(config, environment) as app:
        for slug, name in (("walks", "Walks through graphs"), ("speech", "Speech recognition")):
            app.store.topics.put(Topic(slug, name, name))
        outbox = Outbox(app.store, channel_setups(app, CHANNELS))
        site = replace(web.make_web_settings(app), limits=WebLimits(forms_per_hour=15))
        service = WebService(site, port=0)
        outbox.start()
        service.start()
        try:
            yield World(app, service, inbox)
        finally:
            service.stop()
            assert outbox.stop(180)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browsing.browser() as opened:
        yield opened


def without_violations(page: Page, browser: Browser, url: str) -> None:
    """In both colour schemes, on a page of its own, whose policy lets axe in."""
    for scheme in ("light", "dark"):
        context = browser.new_context(color_scheme=scheme, bypass_csp=True, locale="en-GB")
        other = context.new_page()
        other.goto(url)
        assert Axe().run(other).violations_count == 0, url
        context.close()


@browsing.NEEDED
def test_a_reader_subscribes_confirms_changes_and_leaves(world: World, chromium: Browser) -> None:
    context = chromium.new_context(base_url=world.service.url, locale="en-GB")
    page = context.new_page()
    page.goto("/subscribe?topic=walks")
    without_violations(page, chromium, page.url)
    page.get_by_label("Your mail address").fill("Ada@example.org")
    page.get_by_role("button", name="Subscribe").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Look into your mailbox")
    confirmation = world.inbox.next()
    assert confirmation["To"] == "ada@example.org"

    page.goto(world.link(confirmation, "confirm"))
    without_violations(page, chromium, page.url)
    assert world.state() == "pending"
    page.get_by_role("button", name="Yes, send them to me").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You are subscribed")
    assert world.state() == "active"
    welcome = world.inbox.next()

    page.goto(world.link(welcome, "preferences"))
    without_violations(page, chromium, page.url)
    page.get_by_role("button", name="Pause: Walks through graphs").click()
    expect(page.get_by_text("paused")).to_be_visible()
    assert world.state() == "paused"
    page.get_by_role("button", name="Resume: Walks through graphs").click()
    page.get_by_label("Speech recognition").check()
    page.get_by_role("button", name="Add these").click()
    assert (world.state(), world.state("speech")) == ("active", "active")

    page.get_by_label("New mail address").fill("ada@elsewhere.example")
    page.get_by_role("button", name="Move to this address").click()
    asked = world.inbox.next()
    assert asked["To"] == "ada@elsewhere.example"
    assert world.state() == "active"
    page.goto(world.link(asked, "confirm"))
    page.get_by_role("button", name="Yes, send them to me").click()
    assert world.state() == "unsubscribed"
    assert world.state(address="ada@elsewhere.example") == "active"

    page.goto(f"/unsubscribe/{world.token('unsubscribe', address='ada@elsewhere.example')}")
    without_violations(page, chromium, page.url)
    page.get_by_role("button", name="Unsubscribe").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You are unsubscribed")
    assert world.state(address="ada@elsewhere.example") == "unsubscribed"
    context.close()


@browsing.NEEDED
def test_a_browser_takes_an_address_with_letters_beyond_ascii(world: World, chromium: Browser) -> None:
    subscribed(world)
    context = chromium.new_context(base_url=world.service.url, locale="en-GB")
    page = context.new_page()
    for path, label, button in (
        ("/subscribe?topic=walks", "Your mail address", "Subscribe"),
        ("/topics/walks", "Your mail address", "Subscribe"),
        ("/subscribe/link", "Your mail address", "Send me my link"),
        (f"/preferences/{world.token('preferences')}", "New mail address", "Move to this address"),
    ):
        page.goto(path)
        page.get_by_label(label).fill("jörg@bücher.example")
        page.get_by_role("button", name=button, exact=True).click()
        expect(page.get_by_text("jörg@bücher.example").or_(page.get_by_text("A mail is on its way"))).to_be_visible()
    context.close()


def subscribed(world: World, address: str = "ada@example.org") -> None:
    for topic in ("walks", "speech"):
        world.app.store.subscriptions.add(topic, "mail", address, "active", datetime.now(UTC))


def test_get_and_head_change_nothing(world: World) -> None:
    subscribed(world)
    world.app.store.subscriptions.add("walks", "mail", "new@example.org", "pending", datetime.now(UTC))
    paths = [f"/{kind}/{world.token(kind)}" for kind in ("preferences", "unsubscribe", "confirm")]
    paths.append(f"/unsubscribe/all/{world.token('unsubscribe-all')}")
    paths += [f"/confirm/{world.token('confirm', address='new@example.org')}", "/subscribe", "/subscribe?topic=walks"]

    def everything() -> str:
        with world.app.store._database.read() as session:
            rows = [session.rows(f"SELECT * FROM {table}") for table in ("subscriptions", "deliveries")]
        return hashlib.sha256(repr(rows).encode()).hexdigest()

    before = everything()
    for path in paths:
        for method in ("GET", "HEAD"):
            answer = requests.request(method, world.service.url + path, timeout=30)
            assert answer.status_code == 200, path
            assert answer.headers["referrer-policy"] == "same-origin"
            assert answer.headers["cache-control"] == "no-store"
            assert "noindex" in answer.headers["x-robots-tag"]
    assert everything() == before


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"List-Unsubscribe=One-Click", FORM),
        (b"", {}),
        (b"\x00\xffnonsense", {"Content-Type": "application/json"}),
        (
            b'--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n',
            {"Content-Type": "multipart/form-data; boundary=x"},
        ),
    ],
    ids=["form", "empty", "nonsense", "multipart"],
)
def test_one_click_takes_any_post_again_and_again(world: World, body: bytes, headers: dict[str, str]) -> None:
    subscribed(world)
    path = f"{world.service.url}/unsubscribe/{world.token('unsubscribe')}"
    for _ in range(2):
        answer = requests.post(path, data=body, headers={"Sec-Fetch-Site": "cross-site", **headers}, timeout=30)
        assert answer.status_code == 200
    assert requests.post(f"{path}/", data=body, headers=headers, timeout=30, allow_redirects=False).status_code == 200
    assert (world.state(), world.state("speech")) == ("unsubscribed", "active")


def test_one_click_of_a_mail_of_several_topics_ends_them_all_again_and_again(world: World) -> None:
    subscribed(world)
    subscribed(world, "ben@example.org")
    path = f"{world.service.url}/unsubscribe/all/{world.token('unsubscribe-all', 'speech')}"
    page = requests.get(path, timeout=30).text
    assert "No more mails on any topic?" in page
    assert page.index("Walks through graphs") < page.index("Speech recognition") < page.index("Unsubscribe from all")
    for _ in range(2):
        body = b"List-Unsubscribe=One-Click"
        answer = requests.post(path, data=body, headers={"Sec-Fetch-Site": "cross-site", **FORM}, timeout=30)
        assert answer.status_code == 200
        assert "No more mails will come." in answer.text
    assert [world.state(topic) for topic in ("walks", "speech")] == ["unsubscribed", "unsubscribed"]
    assert world.state(address="ben@example.org") == "active"
    letter = world.inbox.next()
    assert "unsubscribed: 2 topics" in letter["Subject"]
    token = world.token("unsubscribe-all", "speech")
    assert requests.post(f"{world.service.url}/unsubscribe/{token}", timeout=30).status_code == 404
    lookup.erase(world.app.store, MAIL_ADDRESSES, "ada@example.org")
    assert requests.post(path, timeout=30).status_code == 200
    assert requests.get(path, timeout=30).status_code == 410


def test_the_answer_is_the_same_for_known_and_unknown_addresses(world: World) -> None:
    subscribed(world, "known@example.org")

    def answer(address: str) -> tuple[int, str]:
        told = world.post("/subscribe", address=address, topic="walks")
        return told.status_code, told.text.replace(address, "ADDRESS")

    assert answer("known@example.org") == answer("unknown@example.org") == answer("unknown@example.org")
    letters = [delivery for delivery in world.app.store.deliveries.list() if delivery.kind == "confirm"]
    assert [delivery.address for delivery in letters] == ["unknown@example.org"]


def test_what_a_robot_fills_in_is_thanked_for_and_forgotten(world: World) -> None:
    told = world.post("/subscribe", address="robot@example.org", topic="walks", website="https://spam.example")
    assert "Look into your mailbox" in told.text
    assert world.state(address="robot@example.org") == ""


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"address": "nonsense", "topic": "walks"}, "is not a mail address"),
        ({"address": "a@b.example\r\nBcc: x@y.example", "topic": "walks"}, "is not a mail address"),
        ({"address": '"><script>alert(1)</script>@x.example', "topic": "walks"}, "is not a mail address"),
        ({"address": "ada@example.org", "topic": "nope"}, "There is no topic"),
        ({"address": "ada@example.org"}, "No topic was named"),
        ({}, "is not a mail address"),
    ],
)
def test_a_wrong_form_comes_back_with_one_line(world: World, fields: dict[str, str], said: str) -> None:
    answer = world.post("/subscribe", **fields)
    assert answer.status_code == 400
    assert said in answer.text
    assert "<script>" not in answer.text
    assert world.app.store.subscriptions.list() == []


def test_one_client_cannot_post_without_end(world: World) -> None:
    answers = [world.post("/subscribe", address=f"a{n}@example.org", topic="walks").status_code for n in range(17)]
    assert answers == [200] * 15 + [429] * 2
    refused = requests.post(
        f"{world.service.url}/subscribe", data={"address": "x"}, headers={"X-Forwarded-For": "9.9.9.9"}, timeout=30
    )
    assert refused.status_code == 429  # no proxy is trusted, so nobody takes another's place


def test_foreign_and_worn_out_links_are_told_from_each_other(world: World) -> None:
    subscribed(world)
    unsubscribe, confirm = world.token("unsubscribe"), world.token("confirm")
    for path in (f"/preferences/{unsubscribe}", f"/confirm/{unsubscribe}", f"/unsubscribe/{confirm}", "/confirm/x"):
        for method in ("GET", "POST"):
            answer = requests.request(method, world.service.url + path, timeout=30)
            assert (answer.status_code, "This link is not valid" in answer.text) == (404, True), path
    changed = unsubscribe[:-1] + ("A" if unsubscribe[-1] != "A" else "E")
    assert world.post(f"/unsubscribe/{changed}").status_code == 404
    assert (world.state(), world.state("speech")) == ("active", "active")


def test_what_is_kept_of_an_address_can_be_taken_along_and_erased(world: World) -> None:
    subscribed(world)
    path = f"/preferences/{world.token('preferences')}"
    kept = requests.get(f"{world.service.url}{path}/export", timeout=30).json()
    assert kept["address"] == "ada@example.org"
    assert [subscription["topic"] for subscription in kept["subscriptions"]] == ["walks", "speech"]
    unsure = world.post(path, do="erase")
    assert unsure.status_code == 400
    assert "Tick the box to erase." in unsure.text
    assert world.state() == "active"
    assert "Everything is erased" in world.post(path, do="erase", sure="yes").text
    assert world.app.store.subscriptions.list() == []
    assert requests.get(world.service.url + path, timeout=30).status_code == 410
    old = world.app.signed_links.sign("unsubscribe", 1)
    assert world.post(f"/unsubscribe/{old}").status_code == 200  # one-click: what was asked for is so already


def test_a_preferences_link_acts_on_its_own_address_alone(world: World) -> None:
    subscribed(world)
    subscribed(world, "bob@example.org")
    bob = world.app.store.subscriptions.of_address("mail", "bob@example.org")[0]
    path = f"/preferences/{world.token('preferences')}"
    world.post(path, do=f"leave:{bob.id}")
    world.post(path, do="leave")
    assert world.state(address="bob@example.org") == "active"
    assert world.state() == "unsubscribed"
    assert world.post(path, do="nonsense").status_code == 400


def test_several_topics_as_one_mail_are_chosen_on_the_preferences_page(world: World) -> None:
    subscribed(world)
    path = f"/preferences/{world.token('preferences')}"
    assert world.post(path, **{"do": "one-mail", "one-mail": "yes"}).ok
    chosen = [each.one_mail for each in world.app.store.subscriptions.of_address("mail", "ada@example.org")]
    assert chosen == ["yes", "yes"]
    assert '<option value="yes" selected>' in requests.get(world.service.url + path, timeout=30).text
    assert world.post(path, **{"do": "one-mail", "one-mail": "perhaps"}).status_code == 400
    assert world.post(path, do="one-mail").ok  # as usual here
    assert {each.one_mail for each in world.app.store.subscriptions.of_address("mail", "ada@example.org")} == {""}


def test_the_preferences_page_says_when_digests_come_and_shows_the_last_ones(world: World) -> None:
    subscribed(world)
    store, page = world.app.store, f"{world.service.url}/preferences/{world.token('preferences')}"
    walks = replace(store.topics.get("walks"), cadence="weekly:mon", at="08:00", timezone="Europe/Berlin")
    store.topics.put(walks)
    store.topics.put(replace(walks, slug="else", title="Another"))
    for topic in ("walks", "else"):
        made = replace(edition(3, kind="digest"), id=f"{topic}-1", topic=topic, title=f"Digest <b> of {topic}")
        store.editions.freeze(made)
    shown = requests.get(page, headers={"Accept-Language": "en"}, timeout=30).text
    following = next_slot("weekly:mon", "08:00", "Europe/Berlin", datetime.now(UTC)).astimezone(
        ZoneInfo(walks.timezone)
    )
    assert f" · next: {get_catalog('web', 'en').date(following)}" in " ".join(shown.split())
    assert 'href="/editions/walks-1"' in shown
    assert "Digest <b>" not in shown
    assert "/editions/else-1" not in shown
    world.post(page.removeprefix(world.service.url), do="pause")
    paused = requests.get(page, headers={"Accept-Language": "en"}, timeout=30).text
    assert "next:" not in paused
    assert "08:00" in paused


def test_digests_of_one_hour_come_as_one_mail_whose_links_work(world: World) -> None:
    subscribed(world)
    store, slot = world.app.store, datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    for topic in ("walks", "speech"):
        store.topics.put(replace(store.topics.get(topic), cadence="daily", at=f"{slot:%H:%M}", timezone="UTC"))
    for topic, shift in (("walks", 0), ("speech", 5)):
        edition = replace(topic_edition(topic.capitalize(), 6, shift=shift), slot=slot)
        with store.write():
            kept = store.editions.freeze(edition, send_at=datetime.now(UTC))
            plan_one_mail(store, kept, OneMailSettings(default=True), datetime.now(UTC))
    mail = world.inbox.next()
    assert mail["Subject"].strip().startswith("11 new papers on Walks and Speech")
    (one_click,) = re.findall(rf"<{BASE}(/unsubscribe/all/[\w.=-]+)>", mail["List-Unsubscribe"])
    leaving = re.findall(rf"{BASE}(/unsubscribe/[\w.=-]{{20,}})", mail.get_body(("plain",)).get_content())
    assert world.post(leaving[1]).ok
    assert [world.state(topic) for topic in ("walks", "speech")] == ["active", "unsubscribed"]
    assert world.post(one_click).ok
    assert world.state("walks") == "unsubscribed"


def test_the_lengths_of_digests_are_chosen_on_the_preferences_page(world: World) -> None:
    subscribed(world)
    first, second = world.app.store.subscriptions.of_address("mail", "ada@example.org")
    path = f"/preferences/{world.token('preferences')}"
    assert "as usual here" in requests.get(world.service.url + path, timeout=30).text
    assert world.post(path, do="length", **{f"length-{first.id}": "short", f"length-{second.id}": "huge"}).ok
    chosen = [each.length for each in world.app.store.subscriptions.of_address("mail", "ada@example.org")]
    assert chosen == ["short", ""]


def test_who_bounced_comes_back_by_their_link_alone(world: World) -> None:
    subscribed(world)
    path = f"/preferences/{world.token('preferences')}"
    verbs.mark_bounced(world.app.store, "ada@example.org", datetime.now(UTC))
    assert world.post("/subscribe", address="ada@example.org", topic="walks").ok
    assert world.post(f"/confirm/{world.token('confirm')}").ok
    subscription, *others = world.app.store.subscriptions.of_address("mail", "ada@example.org")
    assert {one.state for one in (subscription, *others)} == {"bounced"}
    mail = world.inbox.next()
    assert mail["Subject"] == "The link to your subscriptions"
    assert mail["To"] == "ada@example.org"
    assert world.link(mail, "preferences") == path
    page = requests.get(world.service.url + path, timeout=30).text
    assert "your address refused our mails" in page
    assert "Resume: Walks" in page
    assert world.post(path, do=f"resume:{subscription.id}").ok
    assert next(one.state for one in world.app.store.subscriptions.of_address("mail", "ada@example.org")) == "active"
    assert world.post(path, do="resume").ok
    assert {one.state for one in world.app.store.subscriptions.of_address("mail", "ada@example.org")} == {"active"}


def test_the_link_is_sent_to_who_is_subscribed_and_nobody_is_told(world: World) -> None:
    subscribed(world, "known@example.org")
    assert "Subscribed already?" in requests.get(f"{world.service.url}/subscribe", timeout=30).text
    assert requests.get(f"{world.service.url}/subscribe/link", timeout=30).ok

    def answer(address: str) -> tuple[int, str]:
        told = world.post("/subscribe/link", address=address)
        return told.status_code, told.text.replace(address, "ADDRESS")

    assert answer("known@example.org") == answer("unknown@example.org") == answer("known@example.org")
    assert world.post("/subscribe/link", address="known@example.org", website="x").ok
    assert world.post("/subscribe/link", address="no address").status_code == 400
    world.service.stop()  # the letters are planned after the answers
    letters = [(delivery.kind, delivery.address) for delivery in world.app.store.deliveries.list()]
    assert letters == [("link", "known@example.org")]
