"""A site over a store with a few editions, topics and papers, for the tests of what the web serves."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any, Self

import requests

from digest.extractive.embedder import WordLlamaEmbedder
from digest.subscriptions.lookup import ConfirmLimits
from digest.subscriptions.signed_links import SignedLinks
from store import Store
from store.records.editions import Paper, Topic
from tests.doubles import editions
from tests.factories.store import NOON, digest, paper, survey
from web.server import WebService
from web.settings import SubscriptionSettings, WebSettings

HOSTILE = "<script>alert(1)</script>&\x0b\u202e"


def fill(store: Store) -> None:
    """Topics, papers with vectors, surveys and digests; one of each hostile, one digest quiet."""
    store.topics.put(Topic("walks", "Walks on graphs", "How do walks cover graphs?"))
    store.topics.put(Topic("resting", HOSTILE, queries=('"random walks"',), active=False))
    store.papers.add(archived())
    for edition in (
        survey("walks-through-graphs", ("2603.00001", "hep-th/9711200")),
        digest("walks-2026-03-02", ("2603.00002",)),
        digest("walks-2026-03-03", (), day=1, sections=(), opening="", quiet="None of the 4 papers found is new."),
        replace(editions.checked_edition(14, weak=True), id="on-device"),
        replace(editions.hostile_edition(), id="hostile"),
        *(survey(f"survey-{n:02}", created_at=NOON + timedelta(minutes=n)) for n in range(25)),
    ):
        store.editions.freeze(edition)
    vectors = WordLlamaEmbedder().embed([paper.text for paper in archived()]).value
    hashes = [paper.text_hash for paper in archived()]
    store.vectors.add(WordLlamaEmbedder().model, dict(zip(hashes, vectors, strict=True)))


def archived() -> list[Paper]:
    numbered = [
        paper(f"2603.{n:05}", title=f"Walks of length {n}", abstract=f"Random walks cover graph {n} in time.")
        for n in range(1, 31)
    ]
    return [*numbered, paper("hep-th/9711200", title=HOSTILE, abstract="C++ and walks.", categories=("hep-th",))]


def site(store: Store, **other: object) -> WebSettings:
    return replace(WebSettings(store, version="0.1.0", embedder=WordLlamaEmbedder()), **other)


def letters(hourly: int = 100) -> SubscriptionSettings:
    """Subscriptions by mail are offered, with at most so many letters in an hour."""
    return SubscriptionSettings(SignedLinks(["a-key-for-tests"]), ConfirmLimits(hourly=hourly))


class Served:
    """A site on loopback, asked over HTTP."""

    def __init__(self, site: WebSettings, under: str = "") -> None:
        self._service = WebService(site, port=0)
        self._under = under
        self._session = requests.Session()

    def __enter__(self) -> Self:
        self._service.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Ends when all requests have, what they do after their answers too."""
        self._session.close()
        self._service.stop()

    @property
    def root(self) -> str:
        return self._service.url + self._under

    def get(self, path: str, **options: Any) -> requests.Response:
        return self.request("GET", path, **options)

    def request(self, method: str, path: str, **options: Any) -> requests.Response:
        return self._session.request(method, self.root + path, timeout=30, allow_redirects=False, **options)
