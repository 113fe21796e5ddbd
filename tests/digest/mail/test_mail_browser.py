"""Mails as a browser shows them: readable in both colour schemes and at any width, nothing asked of the network."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from bench.mail_page import page
from digest.mail.headers import Sender
from digest.mail.joint_message import JointMail
from digest.mail.message import DigestMail
from digest.mail.subscription_mails import NoticeMail
from digest.ports import Outgoing, SubscriptionNotice
from digest.render.maps.map_png import clear_route_png
from digest.urls import SiteUrls
from store.records.editions import Topic
from tests.doubles.editions import edition, hostile_edition, quiet_edition, topic_edition
from tests.factories.browser import NEEDED, browser

SENDER, LINKS = Sender("Paper Route <digests@example.org>"), SiteUrls("https://papers.example.org")
WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}


def mails() -> dict[str, str]:
    write, notes, at = (
        DigestMail(SENDER, LINKS, clear_route_png),
        NoticeMail(SENDER, LINKS),
        datetime(2026, 11, 24, tzinfo=UTC),
    )
    editions = {"digest": edition(12, kind="digest"), "quiet": quiet_edition(), "hostile": hostile_edition()}
    topics = (Topic("asr", "Speech"), Topic("lora", "LoRA"))
    pages = {}
    for name, digest in editions.items():
        alone = DigestMail(SENDER, LINKS, clear_route_png)  # these editions have one id, by which mails are kept set
        pages[name] = page(alone(Outgoing(1, digest, "ada@example.org", "token", preferences="more")).data)
    first, *others = (
        Outgoing(number, one, "ada@example.org", "token", preferences="more", feedback="f", unsubscribe_all="all")
        for number, one in enumerate((topic_edition("Speech"), topic_edition("LoRA", shift=10), quiet_edition()), 1)
    )
    pages["joint"] = page(JointMail(write)(replace(first, others=tuple(others))).data)
    for kind in ("confirm", "welcome", "goodbye", "link"):
        letter = Outgoing(
            1,
            None,
            "ada@example.org",
            "token",
            notice=SubscriptionNotice(kind, topics, "en", at),
            preferences="more",
            unsubscribe_all="" if kind in ("confirm", "goodbye") else "all",
        )
        pages[kind] = page(notes(letter).data)
    return pages


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as opened:
        yield opened


@NEEDED
@pytest.mark.parametrize("width", [320, 600])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_mails_are_accessible_fit_their_width_and_load_nothing(chromium: Browser, scheme: str, width: int) -> None:
    context = chromium.new_context(color_scheme=scheme, viewport={"width": width, "height": 800})
    shown = context.new_page()
    asked: list[str] = []
    shown.on("request", lambda request: asked.append(request.url))
    for name, html in mails().items():
        shown.set_content(html)
        found = Axe().run(shown, options=WCAG).response["violations"]
        assert [(rule["id"], rule["nodes"][0]["html"][:200]) for rule in found] == [], name
        assert shown.evaluate("document.documentElement.scrollWidth") <= width, name
    context.close()
    assert [url for url in asked if not url.startswith("data:")] == []


@NEEDED
def test_dark_mode_is_dark_and_the_picture_has_no_ground_of_its_own(chromium: Browser) -> None:
    context = chromium.new_context(color_scheme="dark")
    shown = context.new_page()
    shown.set_content(mails()["digest"])
    colours = "e => [getComputedStyle(e).color, getComputedStyle(e).backgroundColor]"
    assert shown.locator(".card").evaluate(colours) == ["rgb(233, 229, 221)", "rgb(23, 23, 26)"]
    assert shown.locator("img").evaluate(colours)[1] == "rgba(0, 0, 0, 0)"
    context.close()


def test_the_links_of_digests_are_the_archives_paths() -> None:
    from web import urls

    links = SiteUrls("https://papers.example.org/archive/")
    assert links.edition("a b/c") == f"https://papers.example.org/archive{urls.edition('a b/c')}"
    assert links.topic("speech") == f"https://papers.example.org/archive{urls.topic('speech')}"
    assert links.unsubscribe_all("t") == f"https://papers.example.org/archive{urls.UNSUBSCRIBE}/all/t"
    assert links.unsubscribe("t") == f"https://papers.example.org/archive{urls.UNSUBSCRIBE}/t"
    assert SiteUrls("").edition("x") == SiteUrls("https://x.org").topic("") == ""
