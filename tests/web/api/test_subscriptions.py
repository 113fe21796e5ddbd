"""Subscriptions through the API: the same verbs, limits and letters as everywhere else."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from digest.subscriptions.actions import confirm
from store import Store
from store.records.editions import Topic
from tests.factories.api import Served, letters, site

TOKEN = "a-token-of-the-api-0123"
BEARER = {"authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def served(store: Store) -> Iterator[Served]:
    for slug in ("walks", "trees"):
        store.topics.put(Topic(slug, slug.title(), slug))
    store.topics.put(Topic("resting", "Resting", "x", active=False))
    with Served(site(store, api_token=TOKEN, subscribing=letters(hourly=4)), under="/api/v1") as running:
        yield running


def ask(served: Served, address: str = "Ada@Example.org", topics: Any = ("walks",), **options: Any) -> Any:
    body = {"address": address, "topics": list(topics)}
    return served.request("POST", "/subscriptions", **{"json": body, "headers": BEARER, **options})


def post(served: Served, path: str) -> Any:
    return served.request("POST", path, headers=BEARER)


def planned(store: Store) -> list[tuple[str, str]]:
    return [(delivery.kind, delivery.address) for delivery in store.deliveries.list()]


def test_asking_plans_one_letter_and_subscribes_nobody(served: Served, store: Store) -> None:
    asked = ask(served, topics=["walks", "trees"])
    assert asked.status_code == 202
    assert asked.json() == {"address": "ada@example.org", "topics": ["walks", "trees"]}
    assert {subscription.state for subscription in store.subscriptions.list()} == {"pending"}
    assert planned(store) == [("confirm", "ada@example.org")]


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("ada@student.inf.ed.ac.uk", "ada@student.inf.ed.ac.uk"),
        ("ada@Bücher.example.org", "ada@xn--bcher-kva.example.org"),
        ("ada@xn--bcher-kva.example.org", "ada@xn--bcher-kva.example.org"),
        ("Jörg@example.org", "jörg@example.org"),
        (f"{'a' * 64}@{'b' * 63}.{'c' * 50}.org", f"{'a' * 64}@{'b' * 63}.{'c' * 50}.org"),
        ("a.b.c.d.e+papers@lists.cs.a-very-long-name-of-an-institute.example.org", None),
        ("ada@xn--p1ai.xn--p1ai", None),
    ],
)
def test_an_address_that_the_form_takes_is_taken(served: Served, store: Store, address: str, kept: str | None) -> None:
    asked = ask(served, address)
    assert (asked.status_code, asked.json()["address"]) == (202, kept or address)
    listed = served.get("/subscriptions", params={"address": address}, headers=BEARER).json()["items"]
    assert [item["address"] for item in listed] == [kept or address]
    link = served.request("POST", "/subscription-link", json={"address": address}, headers=BEARER)
    assert (link.status_code, link.json()["address"]) == (202, kept or address)


@pytest.mark.parametrize(
    "address", ["ada", "ada@localhost", "ada@example.test", "a b@a.org", "ada@[127.0.0.1]", f"a@{'b' * 260}.org", 7]
)
def test_an_address_that_is_none_is_named_and_not_repeated(served: Served, address: Any) -> None:
    refused = ask(served, address)
    assert refused.status_code == 422
    assert [fault["where"] for fault in refused.json()["errors"]] == ["body.address"]
    assert str(address) not in refused.json()["errors"][0]["detail"]


def test_the_answer_tells_nothing_of_the_address(served: Served, store: Store) -> None:
    first = ask(served)
    confirm(store, store.subscriptions.list()[0].id, datetime.now(UTC))
    again, other = ask(served), ask(served, "stranger@example.org")
    assert first.content == again.content
    assert other.content == first.content.replace(b"ada", b"stranger")
    assert [answer.status_code for answer in (first, again, other)] == [202] * 3


def test_the_link_is_sent_to_who_is_subscribed_and_the_answer_does_not_tell(served: Served, store: Store) -> None:
    ask(served)
    confirm(store, store.subscriptions.list()[0].id, datetime.now(UTC))

    def link(address: str, **options: Any) -> Any:
        return served.request(
            "POST", "/subscription-link", **{"json": {"address": address}, "headers": BEARER, **options}
        )

    known, other = link("Ada@Example.org"), link("stranger@example.org")
    assert (known.status_code, known.json()) == (202, {"address": "ada@example.org"})
    assert other.content == known.content.replace(b"ada", b"stranger")
    assert link("no address").status_code == 422
    assert link("ada@example.org", headers={}).status_code == 401
    served.stop()  # the letters are planned after the answers
    assert planned(store) == [
        ("link", "ada@example.org"),
        ("welcome", "ada@example.org"),
        ("confirm", "ada@example.org"),
    ]


def test_a_subscription_is_paused_resumed_and_ended(served: Served, store: Store) -> None:
    ask(served)
    number = store.subscriptions.list()[0].id
    here = f"/subscriptions/{number}"
    assert post(served, f"{here}/resume").json()["state"] == "pending"  # nobody confirmed it
    confirm(store, number, datetime.now(UTC))
    states = [post(served, f"{here}/{verb}").json()["state"] for verb in ("pause", "pause", "resume", "unsubscribe")]
    assert states == ["paused", "paused", "active", "unsubscribed"]
    assert post(served, f"{here}/resume").json()["state"] == "unsubscribed"
    body = served.get(here, headers=BEARER).json()
    assert (body["address"], body["topic"], body["state"]) == ("ada@example.org", "walks", "unsubscribed")
    assert ("goodbye", "ada@example.org") in planned(store)


def test_lists_are_paged_and_filtered(served: Served, store: Store) -> None:
    now = datetime.now(UTC)
    for n in range(5):
        store.subscriptions.add("walks", "mail", f"r{n}@example.org", "active", now)
    store.subscriptions.add("walks", "slack", "C024BE91L", "active", now)
    store.subscriptions.add("trees", "mail", "r1@example.org", "paused", now)
    path, seen = "/subscriptions?limit=2", []
    while path:
        body = served.get(path.removeprefix("/api/v1"), headers=BEARER).json()
        seen += [(item["address"], item["topic"]) for item in body["items"]]
        path = body["next"]
    assert seen == [*((f"r{n}@example.org", "walks") for n in range(5)), ("r1@example.org", "trees")]
    for query, count in (("topic=trees", 1), ("state=paused", 1), ("address=R1@example.org", 2), ("state=bounced", 0)):
        assert len(served.get(f"/subscriptions?{query}", headers=BEARER).json()["items"]) == count


@pytest.mark.parametrize(
    ("address", "topics", "status"),
    [
        ("no address", ["walks"], 422),
        ("a@b\r\nBcc: c@d.org", ["walks"], 422),
        ("a@localhost", ["walks"], 422),
        ("a@example.org", [], 422),
        ("a@example.org", ["walks"] * 21, 422),
        ("a@example.org", ["Walks!"], 422),
        ("a@example.org", ["none"], 404),
        ("a@example.org", ["resting"], 404),
    ],
)
def test_what_cannot_be_asked_for_is_a_problem_document(
    served: Served, store: Store, address: str, topics: list[str], status: int
) -> None:
    answer = ask(served, address, topics)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert store.subscriptions.list() == []


def test_too_many_letters_are_429_for_everybody(served: Served) -> None:
    statuses = [ask(served, f"r{n}@example.org").status_code for n in range(5)]
    assert statuses == [202, 202, 202, 202, 429]
    refused = ask(served, "r0@example.org")
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "3600")


def test_without_the_token_nothing_is_told_or_done(served: Served, store: Store) -> None:
    store.subscriptions.add("walks", "mail", "ada@example.org", "active", datetime.now(UTC))
    for method, path in (
        ("GET", "/subscriptions"),
        ("POST", "/subscriptions"),
        ("GET", "/subscriptions/1"),
        ("POST", "/subscriptions/1/unsubscribe"),
    ):
        answer = served.request(method, path, json={"address": "x@example.org", "topics": ["walks"]})
        assert (answer.status_code, answer.json()["status"]) == (401, 401)
    assert [subscription.state for subscription in store.subscriptions.list()] == ["active"]


@pytest.mark.parametrize("number", ["0", "999", "x", "99999999999999999999"])
def test_unknown_numbers(served: Served, number: str) -> None:
    assert served.get(f"/subscriptions/{number}", headers=BEARER).status_code == (404 if number == "999" else 422)


def test_both_methods_of_an_address_are_named(served: Served) -> None:
    refused = served.request("PUT", "/subscriptions", headers=BEARER)
    assert (refused.status_code, sorted(refused.headers["allow"].split(", "))) == (405, ["GET", "POST"])


@pytest.mark.parametrize("missing", [{"subscribing": None}, {"api_token": ""}])
def test_what_is_not_offered_is_neither_there_nor_described(store: Store, missing: dict[str, Any]) -> None:
    offered = replace(site(store, api_token=TOKEN, subscribing=letters()), **missing)
    with Served(offered, under="/api/v1") as running:
        assert ask(running).status_code == 404
        assert "/subscriptions" not in running.get("/openapi.json").json()["paths"]
