"""From a row of the outbox to a mail on the wire: the edition or the letter, with links that open what they say."""

import email
import email.policy
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from digest.background.outgoing import OutgoingBuilder
from digest.errors import BadInput
from digest.subscriptions import actions
from paperroute.compose import mail
from paperroute.compose.app import App, open_app
from paperroute.config.load import load
from store.records.editions import Topic
from tests.doubles.editions import edition

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
ADA = "ada@example.org"


@pytest.fixture
def app(tmp_path):
    environment = {
        "PAPERROUTE_STORE__PATH": str(tmp_path / "p.db"),
        "PAPERROUTE_WEB__BASE_URL": "https://papers.example.org",
        "PAPERROUTE_SECRET_KEYS": "a long enough secret for tests",
    }
    with ExitStack() as stack:
        opened = stack.enter_context(open_app(load(None, environment), environment))
        opened.store.topics.put(Topic("speech", "Speech", question="Speech recognition", cadence="daily"))
        opened.store.topics.put(Topic("lora", "LoRA", question="LoRA for image generation"))
        yield opened


def due(app: App, kind: str):
    (found,) = [delivery for delivery in app.store.deliveries.list(limit=-1) if delivery.kind == kind]
    return found


def written(app: App, delivery, edition=None):
    compose = mail.make_composer(app.config, app.environment)
    posting = OutgoingBuilder(app.store, app.signed_links, app.config.subscriptions.confirm_hours)
    letter = compose(posting(delivery, edition))
    return letter, email.message_from_bytes(letter.data, policy=email.policy.SMTP)


def tokens_in(message) -> dict[str, str]:
    text = message.get_body(("plain",)).get_content()
    found = [
        line.strip().split("/")[-2:] for line in text.splitlines() if line.startswith("  https://papers.example.org/")
    ]
    return {kind: token for kind, token in found if kind in ("confirm", "preferences", "unsubscribe")}


def ask(app: App, *topics: str):
    actions.subscribe(app.store, ADA, topics, NOW, app.config.subscriptions.limits())


def test_a_confirmation_names_all_that_waits_and_its_link_confirms_it(app):
    ask(app, "speech", "lora")
    letter, message = written(app, due(app, "confirm"))
    text = message.get_body(("plain",)).get_content()
    assert "Speech" in text
    assert "LoRA" in text
    assert "The link holds for 7 days." in text
    assert letter.recipient == ADA
    (token,) = tokens_in(message).values()
    done = actions.confirm(app.store, app.signed_links.read("confirm", token), NOW)
    assert {subscription.topic for subscription in done.changed} == {"speech", "lora"}


def test_a_welcome_greets_what_was_confirmed_in_one_go(app):
    ask(app, "speech")
    actions.confirm(app.store, due(app, "confirm").subscription, NOW)
    _, message = written(app, due(app, "welcome"))
    assert message["Subject"] == "You are subscribed: Speech"
    assert "A digest is made every day at 08:00 (UTC)." in message.get_body(("plain",)).get_content()
    assert set(tokens_in(message)) == {"preferences", "unsubscribe"}


def test_the_links_of_a_digest_are_its_subscriptions_own(app):
    ask(app, "speech")
    actions.confirm(app.store, due(app, "confirm").subscription, NOW)
    digest = replace(edition(3, kind="digest"), topic="speech")
    app.store.editions.freeze(digest, send_at=NOW)
    delivery = due(app, "digest")
    letter, message = written(app, delivery, digest)
    tokens = tokens_in(message)
    assert app.signed_links.read("unsubscribe", tokens["unsubscribe"]) == delivery.subscription
    assert app.signed_links.read("preferences", tokens["preferences"]) == delivery.subscription
    with pytest.raises(BadInput):
        app.signed_links.read("preferences", tokens["unsubscribe"])
    assert f"<https://papers.example.org/unsubscribe/{tokens['unsubscribe']}>" in message["List-Unsubscribe"]
    assert written(app, delivery, digest)[0] == letter


def test_a_goodbye_names_what_ended(app):
    ask(app, "speech", "lora")
    actions.confirm(app.store, due(app, "confirm").subscription, NOW)
    actions.unsubscribe(app.store, app.store.subscriptions.of_address("mail", ADA), NOW + timedelta(days=1))
    _, message = written(app, due(app, "goodbye"))
    text = message.get_body(("plain",)).get_content()
    assert "2 topics" in text
    assert "LoRA" in text
    assert tokens_in(message) == {}


def test_letters_are_in_the_topics_language(app):
    app.store.topics.put(Topic("onsei", "音声認識", question="音声認識の最新の研究について"))
    ask(app, "onsei")
    _, message = written(app, due(app, "confirm"))
    assert message["Subject"] == "購読の確認をお願いします"


def test_an_edition_that_is_gone_is_said_so(app):
    ask(app, "speech")
    actions.confirm(app.store, due(app, "confirm").subscription, NOW)
    app.store.editions.freeze(replace(edition(3, kind="digest"), topic="speech"), send_at=NOW)
    with pytest.raises(BadInput, match="has no edition"):
        written(app, due(app, "digest"), None)
