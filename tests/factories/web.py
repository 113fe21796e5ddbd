"""A running archive for tests: a real store, a real server on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from itertools import cycle
from typing import Any

import numpy as np

from digest.extractive.embedder import WordLlamaEmbedder
from store import Store
from store.records.editions import Edition, Paper, Topic
from store.records.paper_facts import PaperFacts, StartPaper
from tests.doubles.editions import NOW, edition, hostile_edition, partly_failed_edition, quiet_edition
from web.server import WebService
from web.settings import WebLimits, WebSettings

TOPIC = Topic("on-device-asr", "On-device speech recognition", "speech recognition on a phone", cadence="weekly:mon")
HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
LONG_FORMULA = (
    r"\sum_{i=1}^{n} \alpha_i x_i^{2} + \beta \log(n) + \gamma \sqrt{m k} + \delta_{i,j} = O(n^{3/2} \log^2 n)"
)
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
    large = edition_with_facts()
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


def edition_with_facts() -> Edition:
    """Sixty papers of several years and kinds, what to read first, and a formula wider than a telephone."""
    made = edition(60)
    roles = cycle(("survey", "benchmark", "method", "method", "unknown"))
    papers = [
        replace(
            paper,
            published=paper.published - timedelta(days=200 * (paper.number % 4)),
            facts=PaperFacts(role=next(roles), code_url="https://github.com/x/y" if paper.number % 6 == 0 else ""),
        )
        for paper in made.papers
    ]
    papers[1] = replace(papers[1], title=f"Bounds of ${LONG_FORMULA}$ in graphs")
    start = (StartPaper(1, "survey", "the survey of the field"), StartPaper(12, "code", "the newest with code"))
    return replace(made, papers=tuple(papers), start_here=start)


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


MANY_SEARCHES = WebLimits(searches_per_minute=100_000)  # a test asks for more than a person


@contextmanager
def running(store: Store, **other: Any) -> Iterator[WebService]:
    given = {"store": store, "version": "0.1.0", "embedder": EMBEDDER, "limits": MANY_SEARCHES, **other}
    service = WebService(WebSettings(**given), port=0)
    service.start()
    try:
        yield service
    finally:
        service.stop()
