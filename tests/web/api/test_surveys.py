"""Asking for surveys through the API: real surveys over the bundled sample, in the background, under quotas."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from digest.pipeline import pipeline
from digest.pipeline.services import Services, SurveyRequest, SurveySettings
from digest.run_context import Listener, RunContext
from store.records.editions import Edition
from store.records.questions import NO_LIMITS, SearchLimits
from tests.factories.api import Served, site
from web.settings import ReadAccess, WebLimits

TOKEN = "a-token-of-the-api-0123"
BEARER = {"authorization": f"Bearer {TOKEN}"}
JSON = {**BEARER, "content-type": "application/json"}
QUESTION = "LoRA for image generation"


class Surveys:
    """`WebSettings.ask` over the real pipeline. `gate`: no survey begins before it is open."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.limits: list[SearchLimits] = []
        self.wishes: list[tuple[str | None, int | None]] = []
        self.gate = threading.Event()
        self.gate.set()
        self.begun = threading.Semaphore(0)

    def __call__(
        self,
        question: str,
        client: str,
        listener: Listener,
        cancel: threading.Event,
        language: str | None = None,
        limits: SearchLimits = NO_LIMITS,
        max_papers: int | None = None,
    ) -> Edition:
        self.limits.append(limits)
        self.wishes.append((language, max_papers))
        self.begun.release()
        self.gate.wait(180)
        return pipeline.survey(
            SurveyRequest(question, max_papers=max_papers, language=language, limits=limits),
            self.services,
            SurveySettings(),
            RunContext(listener, cancel=cancel),
        )


@pytest.fixture
def surveys(services: Services) -> Surveys:
    return Surveys(services)


@pytest.fixture
def served(surveys: Surveys) -> Iterator[Served]:
    limits = WebLimits(asks_per_hour=4, asks_at_once=1, asks_waiting=1)
    offered = site(surveys.services.store, ask=surveys, api_token=TOKEN, limits=limits)
    try:
        with Served(offered, under="/api/v1") as running:
            yield running
    finally:
        surveys.gate.set()


def ask(served: Served, question: Any = QUESTION, **options: Any) -> requests.Response:
    return served.request("POST", "/ask", **{"json": {"question": question}, "headers": BEARER, **options})


def ended(served: Served, here: str) -> dict[str, Any]:
    """The survey once it is over; asking again is what a client does, too."""
    for _ in range(9_000):
        body = served.get(here.removeprefix("/api/v1"), headers=BEARER).json()
        if body["state"] in ("done", "failed"):
            return body
        threading.Event().wait(0.02)
    raise AssertionError(f"the survey did not end: {body}")


def test_a_survey_is_accepted_made_and_kept(served: Served, surveys: Surveys) -> None:
    accepted = ask(served)
    assert accepted.status_code == 202
    assert accepted.json()["state"] in ("waiting", "running")
    assert accepted.headers["location"] == accepted.json()["here"]
    body = ended(served, accepted.headers["location"])
    assert body["state"] == "done"
    assert {stage["state"] for stage in body["stages"]} == {"done"}
    document = served.get(body["document"].removeprefix("/api/v1")).json()
    assert document["question"] == QUESTION
    assert surveys.services.store.editions.get(body["edition"]) is not None


def test_a_survey_that_finds_nothing_says_why(served: Served) -> None:
    body = ended(served, ask(served, "zebrafish xenotransplantation qwertyuiop").headers["location"])
    assert body["state"] == "failed"
    assert body["error"].startswith("No paper was found on")
    assert body["document"] is None


NARROWED = {
    "since": "2024-01-01",
    "until": "2024-12-31",
    "categories": ["cs.CL", "cs", "biorxiv:zoology"],
    "authors": ["Hinton, Geoffrey"],
    "exclude": ["singing voice"],
}


def test_a_survey_is_made_within_its_limits_and_says_them(served: Served, surveys: Surveys) -> None:
    accepted = ask(served, json={"question": QUESTION, **NARROWED})
    assert accepted.status_code == 202
    assert accepted.json()["limits"] == NARROWED
    assert ended(served, accepted.headers["location"])["limits"] == NARROWED
    (limits,) = surveys.limits
    assert limits.until == datetime(2025, 1, 1, tzinfo=UTC)
    assert limits.categories == ("cs.CL", "cs", "biorxiv:zoology")
    none = ask(served).json()["limits"]
    assert none == {"since": None, "until": None, "categories": [], "authors": [], "exclude": []}


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ({"since": "2024"}, "body.since"),
        ({"since": "2024-02-31"}, "body.since"),
        ({"categories": ["cs.CX"]}, "body.categories.0"),
        ({"categories": "cs.CL"}, "body.categories"),
        ({"authors": ["1234"]}, "body.authors.0"),
        ({"exclude": ["!"]}, "body.exclude.0"),
        ({"exclude": ["x"] * 21}, "body.exclude"),
        ({"author": ["Ada"]}, "body.author"),
    ],
)
def test_a_bad_limit_is_named(served: Served, given: dict[str, Any], where: str) -> None:
    answer = ask(served, json={"question": QUESTION, **given})
    assert answer.status_code == 422
    assert [error["where"] for error in answer.json()["errors"]] == [where]


def test_an_unknown_category_is_told_with_those_near_to_it(served: Served) -> None:
    answer = ask(served, json={"question": QUESTION, "categories": ["cs.CX"]})
    assert "near to it: cs.C" in answer.json()["errors"][0]["detail"]


@pytest.mark.parametrize("given", [{"since": "2025-01-01", "until": "2024-01-01"}, {"since": "2999-01-01"}])
def test_limits_that_contradict_each_other_are_a_conflict(served: Served, surveys: Surveys, given: Any) -> None:
    answer = ask(served, json={"question": QUESTION, **given})
    assert (answer.status_code, answer.headers["content-type"]) == (409, "application/problem+json")
    assert answer.json()["detail"].startswith("Nothing was submitted since")
    assert surveys.limits == []


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer wrong"}, {"authorization": f"Basic {TOKEN}"}])
def test_without_the_token_nothing_is_asked(served: Served, headers: dict[str, str]) -> None:
    for answer in (ask(served, headers=headers), served.get("/ask/x", headers=headers)):
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert answer.json()["status"] == 401


@pytest.mark.parametrize(
    ("options", "status", "where"),
    [
        ({"json": {"question": ""}}, 422, "body.question"),
        ({"json": {"question": "?!"}}, 422, "body.question"),
        ({"json": {"question": "x" * 2_001}}, 422, "body.question"),
        ({"json": {"question": 7}}, 422, "body.question"),
        ({"json": {}}, 422, "body.question"),
        ({"json": {"question": "x", "size": 3}}, 422, "body.size"),
        ({"json": ["x"]}, 422, "body"),
        ({"json": None, "data": b"{"}, 422, "body"),
        ({"json": None, "data": b"question=x"}, 422, "body"),
        ({"json": None, "data": b'{"question": "\xff\xfe"}', "headers": JSON}, 422, "body"),
        ({"json": {"question": "x" * 100_000}}, 413, None),
    ],
)
def test_a_bad_question_is_a_problem_document(
    served: Served, options: dict[str, Any], status: int, where: str | None
) -> None:
    answer = ask(served, **options)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert [error["where"].rsplit(".1", 1)[0] for error in answer.json().get("errors", [])] == (
        [where] if where else []
    )


def test_a_body_of_unsaid_length_is_bounded_too(served: Served) -> None:
    answer = ask(served, json=None, data=iter([b'{"question": "', *[b"x" * 1_000] * 100, b'"}']))
    assert (answer.status_code, answer.headers["content-type"]) == (413, "application/problem+json")


def test_too_much_at_once_and_too_often_are_429(served: Served, surveys: Surveys) -> None:
    surveys.gate.clear()
    first, second = ask(served), ask(served, "Diffusion models")
    surveys.begun.acquire(timeout=180)
    refused = ask(served, "Speech recognition")
    assert [answer.status_code for answer in (first, second, refused)] == [202, 202, 429]
    assert int(refused.headers["retry-after"]) > 0
    surveys.gate.set()
    for answer in (first, second):
        ended(served, answer.headers["location"])
    assert [ask(served).status_code for _ in range(2)] == [202, 202]
    often = ask(served)
    assert (often.status_code, often.json()["title"]) == (429, "Too Many Requests")


def test_another_site_cannot_ask_in_a_readers_name(served: Served) -> None:
    answer = ask(served, headers={**BEARER, "sec-fetch-site": "cross-site"})
    assert (answer.status_code, answer.json()["status"]) == (403, 403)


def test_unknown_surveys_are_404(served: Served) -> None:
    assert served.get("/ask/nothing", headers=BEARER).status_code == 404
    assert served.get("/ask/%22%3E", headers=BEARER).status_code == 422


@pytest.mark.parametrize("missing", [{"ask": None}, {"api_token": ""}])
def test_what_is_not_offered_is_neither_there_nor_described(surveys: Surveys, missing: dict[str, Any]) -> None:
    offered = replace(site(surveys.services.store, ask=surveys, api_token=TOKEN), **missing)
    with Served(offered, under="/api/v1") as running:
        assert ask(running).status_code == 404
        assert "/ask" not in running.get("/openapi.json").json()["paths"]


def test_an_archive_with_a_token_is_closed_to_whoever_has_none(surveys: Surveys) -> None:
    closed = site(surveys.services.store, access=ReadAccess("token", "the-readers-token"), ask=surveys, api_token=TOKEN)
    with Served(closed, under="/api/v1") as running:
        stranger = running.get("/editions")
        assert (stranger.status_code, stranger.headers["content-type"]) == (401, "application/problem+json")
        for token in ("the-readers-token", TOKEN):
            assert running.get("/editions", headers={"authorization": f"Bearer {token}"}).status_code == 200
        assert ask(running, headers={"authorization": "Bearer the-readers-token"}).status_code == 401
        assert ask(running).status_code == 202
        assert "401" in running.get("/openapi.json", headers=BEARER).json()["paths"]["/editions"]["get"]["responses"]
        outside = requests.get(running.root.removesuffix("/api/v1") + "/", headers=BEARER, timeout=30)
        assert outside.status_code == 401


def test_no_token_is_ever_shown(surveys: Surveys) -> None:
    assert TOKEN not in repr(site(surveys.services.store, ask=surveys, api_token=TOKEN))


def test_number_and_language_are_handed_on_within_their_bounds(surveys: Surveys, services: Services) -> None:
    with Served(site(services.store, ask=surveys, api_token=TOKEN), under="/api/v1") as served:
        asked = {"question": QUESTION, "papers": 7, "language": "de"}
        assert served.request("POST", "/ask", json=asked, headers=BEARER).status_code == 202
        for wrong in ({"papers": 0}, {"papers": 101}, {"papers": "7"}, {"language": "tlh"}):
            assert (
                served.request("POST", "/ask", json={"question": QUESTION, **wrong}, headers=BEARER).status_code == 422
            )
        assert surveys.begun.acquire(timeout=180)
    assert surveys.wishes == [("de", 7)]
