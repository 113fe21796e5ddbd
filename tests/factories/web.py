"""A running archive for tests: a real store, a real server on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np

from digest.extractive.embedder import WordLlamaEmbedder
from store import Store
from store.records.editions import Edition, Paper, Topic
from tests.doubles.editions import NOW, edition, hostile_edition, partly_failed_edition, quiet_edition
from web.server import WebService
from web.settings import WebSettings

TOPIC = Topic("on-device-asr", "On-device speech recognition", "speech recognition on a phone", cadence="weekly:mon")
HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
EMBEDDER = WordLlamaEmbedder()


def fill(store: Store) -> None:
    """Two digests of a topic, surveys of all kinds, and a store's worth of papers with their vectors."""
    store.topics.put(TOPIC)
    store.topics.put(replace(TOPIC, slug="resting", title="A topic that rests & waits", active=False))
    for made in editions():
        store.papers.add(papers_of(made))
        store.editions.freeze(made)
    store.papers.add([replace(paper, id=f"hep-th/97{n:05}") for n, paper in enumerate(_of_old())])
    vectors = EMBEDDER.embed([paper.text for paper in _all(store)]).value
    rows = {paper.text_hash: np.asarray(vector) for paper, vector in zip(_all(store), vectors, strict=True)}
    store.vectors.add(EMBEDDER.model, rows)


def editions() -> list[Edition]:
    base = edition(12, kind="digest")
    week = timedelta(days=7)
    first = replace(
        base,
        id="asr-1",
        slot=NOW - week,
        created_at=NOW - week,
        papers=tuple(replace(paper, id=f"2610.{paper.number:05}") for paper in base.papers),
    )
    large = edition(60)
    return [
        first,
        replace(base, id="asr-2"),
        replace(quiet_edition(), id="asr-3", slot=NOW + week, created_at=NOW + week),
        replace(large, id="large", created_at=NOW + timedelta(hours=1), question="", title="A large survey"),
        replace(partly_failed_edition(), id="partly", created_at=NOW + timedelta(hours=2)),
        replace(hostile_edition(), id="hostile", created_at=NOW + timedelta(hours=3)),
        replace(
            edition(9, language="ja"), id="japanese", title="音声認識の小型化", created_at=NOW + timedelta(hours=4)
        ),
        replace(edition(5, language="ar"), id="arabic", title="التعرف على الكلام", created_at=NOW + timedelta(hours=5)),
    ]


def papers_of(made: Edition) -> list[Paper]:
    return [
        Paper(
            id=paper.id,
            version=paper.version,
            title=paper.title,
            abstract=f"{paper.summary.text} We use C++ and $O(n^{{2}})$ attention, after Schrödinger.",
            authors=paper.authors,
            categories=("cs.CL", "eess.AS"),
            primary_category="cs.CL",
            published=paper.published,
            updated=paper.updated,
        )
        for paper in made.papers
    ]


def _of_old() -> list[Paper]:
    return papers_of(edition(45))


def _all(store: Store) -> list[Paper]:
    ids = [paper.id for made in editions() for paper in made.papers] + [f"hep-th/97{n:05}" for n in range(45)]
    return list(store.papers.get(ids).values())


@contextmanager
def running(store: Store, **other: Any) -> Iterator[WebService]:
    service = WebService(WebSettings(**{"store": store, "version": "0.1.0", "embedder": EMBEDDER, **other}), port=0)
    service.start()
    try:
        yield service
    finally:
        service.stop()
