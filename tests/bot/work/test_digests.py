"""Digests managed in Slack, and delivered there by the outbox."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot import ids
from bot.handlers.ownership import OwnedSubscriptions
from bot.messages import topic_form
from bot.slack.client import Slack
from bot.work.digest_channel import SlackChannel
from digest.background.channel_setup import ChannelSetup, SendPolicy
from digest.background.outbox import Outbox
from digest.i18n.catalog import get_catalog
from digest.pipeline.services import Services
from digest.ports import Outgoing
from store.records.deliveries import Subscription
from store.records.editions import Edition, Topic
from tests.doubles.editions import edition, read_edition
from tests.doubles.slack_server import SlackServer
from tests.doubles.slack_state import BOT_TOKEN
from tests.factories.slack import QUESTION, bot_services, holding, only, running, texts

CHANNEL = "C1GENERAL"
FIELDS = {
    "question": {"type": "plain_text_input", "value": QUESTION},
    "include": {"type": "plain_text_input", "value": None},
    "exclude": {"type": "plain_text_input", "value": "medical"},
    "categories": {"type": "plain_text_input", "value": "cs.CV"},
    "cadence": {"type": "static_select", "selected_option": {"value": "weekly:mon"}},
    "at": {"type": "timepicker", "selected_time": "08:00"},
    "timezone": {"type": "plain_text_input", "value": "Europe/Berlin"},
    "max_papers": {"type": "number_input", "value": "40"},
    "conversation": {"type": "conversations_select", "selected_conversation": CHANNEL},
}


def filled(**other: Any) -> dict[str, Any]:
    return {name: {name: {**FIELDS[name], **(other.get(name) or {})}} for name in FIELDS}


def opened(slack: SlackServer) -> dict[str, Any]:
    return slack.state.wait(lambda: list(slack.state.views.values()))[-1]


def test_a_topic_is_made_with_the_command_and_its_form(slack: SlackServer, services: Services) -> None:
    with running(slack, bot_services(services)):
        slack.command(f"subscribe {QUESTION}").wait()
        view = opened(slack)
        sent = slack.submit(view, filled())
        sent.wait()
        told = only(slack.state.wait(lambda: slack.state.by_bot("D1ADA")))
    (topic,), (kept,) = services.store.topics.list(), services.store.subscriptions.list()
    assert sent.answer is None, "no errors"
    assert (topic.question, topic.exclude, topic.timezone, topic.max_papers) == (
        QUESTION,
        ("medical",),
        "Europe/Berlin",
        40,
    )
    assert (kept.channel, kept.address, kept.owner, kept.state) == ("slack", CHANNEL, "U1ADA", "active")
    assert "every Monday at 08:00 (Europe/Berlin)" in told["text"]
    assert slack.state.refused() == []


def test_a_form_that_is_told_twice_makes_one_topic(slack: SlackServer, services: Services) -> None:
    with running(slack, bot_services(services)):
        slack.command("subscribe").wait()
        view = opened(slack)
        for _ in range(2):
            slack.submit(view, filled()).wait()
    assert len(services.store.topics.list()) == 1


def test_the_form_opens_in_the_persons_own_time_zone(slack: SlackServer, services: Services) -> None:
    slack.state.add_user("U3TOK", tz="Asia/Tokyo", locale="ja-JP")
    with running(slack, bot_services(services)):
        slack.command("subscribe", user="U3TOK").wait()
        view = slack.state.wait(lambda: [view for view in slack.state.views.values() if "Asia/Tokyo" in str(view)])[0]
    assert view["title"]["text"] == "ダイジェストの作成"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("question", {"value": "???"}),
        ("categories", {"value": "not a category"}),
        ("timezone", {"value": "Mars/Olympus"}),
        ("max_papers", {"value": "4000"}),
        ("conversation", {"selected_conversation": "C9GONE"}),
        ("conversation", {"selected_conversation": "C8NOTIN"}),
        ("conversation", {"selected_conversation": "C7OLD"}),
        ("conversation", {"selected_conversation": "D9OTHERS"}),
        ("categories", {"value": "cs.CV, cs.XX"}),
    ],
)
def test_bad_fields_are_told_at_the_field(
    slack: SlackServer, services: Services, field: str, value: dict[str, Any]
) -> None:
    slack.state.add_channel("C8NOTIN", is_member=False)
    slack.state.add_channel("C7OLD", is_archived=True)
    with running(slack, bot_services(services)):
        slack.command("subscribe").wait()
        sent = slack.submit(opened(slack), filled(**{field: value}))
        sent.wait()
    assert sent.answer["response_action"] == "errors"
    assert list(sent.answer["errors"]) == [field]
    assert services.store.subscriptions.list() == []


def test_a_preview_tells_what_last_week_would_have_brought(slack: SlackServer, services: Services) -> None:
    with running(slack, bot_services(services)):
        slack.command("subscribe").wait()
        view = opened(slack)
        slack.press_in_view(view, "topic_preview", filled())
        slack.state.wait(lambda: "This would have found" in str(slack.state.views[view["id"]]))


def test_a_survey_becomes_a_weekly_digest_in_two_clicks(slack: SlackServer, services: Services) -> None:
    with running(slack, bot_services(services)):
        ts = slack.mention(QUESTION)
        slack.state.wait(lambda: slack.state.answers(CHANNEL, ts))
        slack.press(holding(slack, ts, "subscribe_weekly"), "subscribe_weekly")
        view = opened(slack)
        slack.submit(view, filled()).wait()
    assert QUESTION in str(view)
    assert services.store.topics.list()[0].cadence == "weekly:mon"


def test_a_digest_keeps_the_language_and_the_length_of_the_survey_it_comes_from(
    slack: SlackServer, services: Services
) -> None:
    with running(slack, bot_services(services)):
        ts = slack.mention(f"{QUESTION}, in short, auf Deutsch")
        slack.state.wait(lambda: slack.state.answers(CHANNEL, ts))
        slack.press(holding(slack, ts, "subscribe_weekly"), "subscribe_weekly")
        slack.submit(opened(slack), filled()).wait()
    assert [topic.language for topic in services.store.topics.list()] == ["de"]
    assert [kept.length for kept in services.store.subscriptions.list()] == ["short"]


def test_a_survey_becomes_a_topic_within_its_limits(services: Services) -> None:
    made = read_edition()
    services.store.editions.freeze(made)
    form = OwnedSubscriptions(services.store).survey_as_form(made.id, conversation=CHANNEL, timezone="UTC")
    assert form.question == f"{made.question} by Ada Okafor"
    assert (form.exclude, form.categories) == ("music, singing voice", "cs.SD, eess.AS")
    assert form.max_papers == str(made.request.max_papers if made.request and made.request.max_papers else 60)
    assert topic_form.errors(form, get_catalog("slack", "en")) == {}
    topic = topic_form.topic_of(form)
    assert (topic.exclude, topic.categories) == (("music", "singing voice"), ("cs.SD", "eess.AS"))


@pytest.mark.parametrize(
    ("said", "answered"),
    [
        ("help", "What you can ask"),
        ("", "What you can ask"),
        ("subscriptions", "You have none yet"),
        ("topics", "There are no topics yet"),
        ("history", "Nothing has been written yet"),
        ("history transformers", "Nothing that was written holds"),
        ("pause", "Say which"),
        ("pause 77", "not there any more"),
        ("run 99999999999999999999", "not there any more"),
        ("frobnicate <!channel>", "I do not know “frobnicate”"),
    ],
)
def test_commands_answer_in_words(slack: SlackServer, services: Services, said: str, answered: str) -> None:
    with running(slack, bot_services(services)):
        sent = slack.command(said)
        sent.wait()
    assert answered in str(sent.answer)


def test_a_guest_manages_nothing(slack: SlackServer, services: Services) -> None:
    slack.state.add_user("U9GUEST", is_restricted=True)
    with running(slack, bot_services(services)):
        sent = slack.command("subscribe", user="U9GUEST")
        sent.wait()
    assert "members of this workspace only" in sent.answer["text"]
    assert slack.state.views == {}


def test_a_guest_cannot_subscribe_by_a_button_or_a_form(slack: SlackServer, services: Services) -> None:
    slack.state.add_user("U9GUEST", is_restricted=True)
    with running(slack, bot_services(services)):
        slack.press_in_home("U9GUEST", "topic_new", "")
        slack.state.wait(lambda: slack.state.by_bot("D9GUEST"))
        sent = slack.submit({"type": "modal", "callback_id": "topic", "private_metadata": ""}, filled(), user="U9GUEST")
        sent.wait()
    assert slack.state.views == {}
    assert sent.answer["response_action"] == "errors"
    assert services.store.subscriptions.list() == []


def test_the_form_opens_though_slack_does_not_say_who_asks_and_a_guest_saves_nothing(
    slack: SlackServer, services: Services
) -> None:
    """A trigger lives 3 seconds; whose it is may be known only behind them."""
    slack.state.add_user("U9GUEST", is_restricted=True)
    slack.faults.plan("users.info", "stalled")
    with running(slack, bot_services(services)):
        slack.command("subscribe", user="U9GUEST").wait()
        view = opened(slack)
        slack.faults.clear()
        slack.state.wait(lambda: "members of this workspace only" in str(slack.state.views[view["id"]]))
        sent = slack.submit(view, filled(), user="U9GUEST")
        sent.wait()
    assert sent.answer["response_action"] == "errors"
    assert services.store.subscriptions.list() == []


def test_a_form_is_saved_in_time_though_slack_does_not_say_who_sends_it(slack: SlackServer, services: Services) -> None:
    """A member's stands; a guest's goes again as soon as Slack says that they are one."""
    slack.state.add_user("U9GUEST", is_restricted=True)
    form = {"type": "modal", "callback_id": "topic", "private_metadata": ""}
    with running(slack, bot_services(services)):
        for user, question in (("U1ADA", "speech recognition"), ("U9GUEST", QUESTION)):
            slack.faults.released.clear()
            slack.faults.always("users.info", "stalled")
            sent = slack.submit(form | {"id": f"V{user}"}, filled(question={"value": question}), user=user)
            assert sent.wait() is None, "no errors"
            slack.faults.clear()
            told = slack.state.wait(lambda channel=f"D{user[1:]}": slack.state.by_bot(channel))
        slack.settle()
    assert "members of this workspace only" in only(told)["text"]
    assert [(kept.owner, kept.state) for kept in services.store.subscriptions.list()] == [
        ("U1ADA", "active"),
        ("U9GUEST", "unsubscribed"),
    ]


def test_a_home_tab_of_an_earlier_click_does_not_come_behind_a_later_one(
    slack: SlackServer, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = subscribed(services)
    call, begun, go = Slack.call_or_none, threading.Event(), threading.Event()

    def wait_once(self: Slack, method: str, **given: Any) -> Any:
        if method == "views.publish" and not begun.is_set():
            begun.set()
            assert go.wait(30)
        return call(self, method, **given)

    monkeypatch.setattr(Slack, "call_or_none", wait_once)
    with running(slack, bot_services(services)):
        slack.press_in_home("U1ADA", "subscription_pause", str(kept.id))
        assert begun.wait(30)
        slack.press_in_home("U1ADA", "subscription_resume", str(kept.id))
        slack.state.wait(lambda: services.store.subscriptions.get(kept.id).state == "active")
        time.sleep(0.5)  # in which the later one would be there first
        go.set()
        slack.settle()
    assert "subscription_pause" in str(slack.state.homes["U1ADA"])


def test_the_home_tab_shows_and_changes_what_is_ones_own(slack: SlackServer, services: Services) -> None:
    kept = subscribed(services)
    with running(slack, bot_services(services)):
        slack.open_home()
        home = slack.state.wait(lambda: slack.state.homes.get("U1ADA"))
        assert "On-device speech" in str(home)
        for action, state in (("subscription_pause", "paused"), ("subscription_resume", "active")):
            slack.press_in_home("U1ADA", action, str(kept.id))
            slack.settle()
            assert services.store.subscriptions.get(kept.id).state == state
        slack.press_in_home("U1ADA", "subscription_edit", str(kept.id))
        assert "speech" in str(opened(slack))
        slack.press_in_home("U1ADA", "subscription_delete", str(kept.id))
        slack.settle()
    assert "You have none yet" in str(slack.state.homes["U1ADA"])
    assert slack.state.refused() == []


def test_nobody_changes_what_is_someone_elses(slack: SlackServer, services: Services) -> None:
    kept = subscribed(services)
    with running(slack, bot_services(services)):
        for action in ("subscription_pause", "subscription_edit", "subscription_delete", "subscription_run"):
            slack.press_in_home("U2BEN", action, str(kept.id))
        slack.press_in_home("U2BEN", "subscription_pause", "4711")
        slack.settle()
    told = slack.state.by_bot("D2BEN")
    assert len(told) == 5
    assert sum("Only the person who subscribed" in text for text in texts(told)) == 4
    assert services.store.subscriptions.get(kept.id).state == "active"


def test_run_now_writes_the_digest_and_the_outbox_posts_it_once(slack: SlackServer, services: Services) -> None:
    kept = subscribed(services, question=QUESTION)
    with running(slack, bot_services(services)), sending(slack, services):
        slack.press_in_home("U1ADA", "subscription_run", str(kept.id))
        slack.press_in_home("U1ADA", "subscription_run", str(kept.id))
        slack.state.wait(lambda: slack.state.by_bot("D1ADA"))
        slack.state.wait(lambda: services.store.editions.last_digest("speech"))


def test_a_digest_is_a_parent_and_its_thread(slack: SlackServer, services: Services) -> None:
    kept = subscribed(services)
    made = planned(services)
    with sending(slack, services):
        slack.state.wait(lambda: services.store.deliveries.counts().get("sent"))
    (parent,) = [message for message in slack.state.by_bot(CHANNEL) if "thread_ts" not in message]
    rest = slack.state.by_bot(CHANNEL, parent["ts"])
    whole = str([message["blocks"] for message in [parent, *rest]])
    assert rest
    assert all(paper.url in whole for paper in made.papers)
    assert services.store.subscriptions.get(kept.id).last_sent_at is not None
    assert {message["unfurl_links"] for message in [parent, *rest]} == {False}


@pytest.mark.parametrize(("made", "shown"), [("F1CANVAS", True), ("", False)])
def test_a_digest_leads_to_the_canvas_that_its_topic_keeps_there(
    slack: SlackServer, services: Services, made: str, shown: bool
) -> None:
    subscribed(services)
    planned(services)
    edition, canvases = services.store.editions.get("d1"), services.store.slack_canvases
    canvases.want("topic", edition.topic, CHANNEL, "U1ADA", edition.created_at)
    if made:
        canvases.note_made("topic", edition.topic, CHANNEL, "U1ADA", made, edition.created_at)
    channel = SlackChannel(Slack(BOT_TOKEN, slack.api_url, _never()), services.store)
    number = services.store.deliveries.list()[0].id
    assert channel.send(Outgoing(number, edition, CHANNEL, "")).state == "sent"
    (parent,) = [message for message in slack.state.by_bot(CHANNEL) if "thread_ts" not in message]
    links = [element["url"] for block in parent["blocks"] for element in block.get("elements", ()) if "url" in element]
    assert [link.rpartition("/")[2] for link in links] == ([made] if shown else [])
    assert (ids.TOPIC_CANVAS in str(parent["blocks"])) == shown
    channel.close()


def test_a_digest_cut_off_in_its_thread_goes_on_there(slack: SlackServer, services: Services) -> None:
    subscribed(services)
    planned(services)
    channel = SlackChannel(Slack(BOT_TOKEN, slack.api_url, _never()), services.store)
    number = services.store.deliveries.list()[0].id
    outgoing = Outgoing(number, services.store.editions.get("d1"), CHANNEL, "")
    slack.faults.plan("chat.postMessage", "none")
    slack.faults.plan("chat.postMessage", "failing", error="token_revoked")
    assert channel.send(outgoing).state == "retry"
    assert channel.send(outgoing).state == "sent"
    channel.close()
    posted = [message["metadata"]["event_payload"]["part"] for message in slack.state.by_bot(CHANNEL)]
    assert posted == list(range(len(posted)))


@pytest.mark.parametrize("fault", ["lost", "failing"])
def test_a_parent_whose_fate_is_unknown_is_uncertain_and_not_posted_again(
    slack: SlackServer, services: Services, fault: str
) -> None:
    subscribed(services)
    planned(services)
    slack.faults.plan("chat.postMessage", fault)
    with sending(slack, services):
        slack.state.wait(lambda: services.store.deliveries.counts().get("uncertain"))
    assert len(slack.state.called("chat.postMessage")) == 1


def test_a_limit_is_waited_out(slack: SlackServer, services: Services) -> None:
    subscribed(services)
    planned(services)
    slack.faults.plan("chat.postMessage", "limited", times=2, retry_after=1)
    with sending(slack, services):
        slack.state.wait(lambda: services.store.deliveries.counts().get("sent"))
    assert len([message for message in slack.state.by_bot(CHANNEL) if "thread_ts" not in message]) == 1


@pytest.mark.parametrize("end", [{"is_archived": True}, {"is_member": False}])
def test_a_channel_that_is_gone_rests_the_subscription_and_its_owner_is_told(
    slack: SlackServer, services: Services, end: dict[str, bool]
) -> None:
    kept = subscribed(services)
    planned(services)
    slack.state.channels[CHANNEL] |= end
    with sending(slack, services):
        told = only(slack.state.wait(lambda: slack.state.by_bot("D1ADA")))
    now = services.store.subscriptions.get(kept.id)
    assert now.state == "paused"
    assert now.reason
    assert "rests now, because" in told["text"]
    assert services.store.deliveries.counts() == {"failed": 1}


def test_a_person_gets_theirs_by_direct_message(slack: SlackServer, services: Services) -> None:
    subscribed(services, address="U1ADA")
    planned(services)
    with sending(slack, services):
        slack.state.wait(lambda: services.store.deliveries.counts().get("sent"))
    assert slack.state.by_bot("D1ADA")
    parent = next(message for message in slack.state.by_bot("D1ADA") if "thread_ts" not in message)
    assert slack.state.titles["D1ADA", parent["ts"]] == services.store.editions.get("d1").title


def subscribed(
    services: Services, address: str = CHANNEL, question: str = "On-device speech recognition"
) -> Subscription:
    topic = Topic("speech", "On-device speech recognition", question, cadence="weekly:mon")
    services.store.topics.put(topic)
    return services.store.subscriptions.add(
        "speech", "slack", address, "active", datetime.now(UTC), owner="U1ADA", origin="slack"
    )


def planned(services: Services) -> Edition:
    now = datetime.now(UTC)
    made = replace(edition(20, kind="digest"), id="d1", topic="speech", slot=now, until=now, since=now - timedelta(7))
    services.store.editions.freeze(made, send_at=now)
    return made


@contextmanager
def sending(slack: SlackServer, services: Services) -> Iterator[Outbox]:
    client = Slack(BOT_TOKEN, slack.api_url, _never())

    def outgoing(delivery: Any, made: Edition | None) -> Outgoing:
        return Outgoing(delivery.id, made, delivery.address, "")

    terms = SendPolicy(connections=1, first_retry=timedelta(milliseconds=50), lease_seconds=60.0)
    outbox = Outbox(
        services.store, {"slack": ChannelSetup(lambda: SlackChannel(client, services.store), outgoing, terms)}
    )
    outbox.start()
    try:
        yield outbox
    finally:
        assert outbox.stop(180)


def _never() -> threading.Event:
    return threading.Event()
