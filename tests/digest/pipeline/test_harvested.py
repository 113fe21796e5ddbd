"""Digests and surveys over a harvested store: nothing is asked, and the edition says where its papers are from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from digest.errors import SourceError
from digest.pipeline.pipeline import digest, preview, survey
from digest.pipeline.services import DigestRequest, Services, SurveyRequest, SurveySettings
from digest.ports import ResultPage, SearchRequest
from digest.render import plain_text
from digest.run_context import RunContext
from digest.sources.harvested import HarvestedSource
from store.records.editions import Edition, Paper, Topic
from store.records.feedback import OPERATOR_READER, Feedback
from store.records.harvests import Collection
from store.tables.harvests import HarvestState
from store.text.names import person_key
from tests.factories.store import paper

NOW = datetime(2026, 3, 6, 9, tzinfo=UTC)
TOPIC = Topic("owls", "Owls at night", "Owls at night", categories=("cs.CL",), cadence="daily")
OWN = "Searched in the archive’s own copy of cs, harvested 2026-03-06 04:15 UTC."


@dataclass
class NoSource:
    name: str = "arxiv"
    asked: int = 0

    def search(self, request: SearchRequest, *, wait: Callable[[float, object], None]) -> Iterator[ResultPage]:
        self.asked += 1
        raise SourceError("arXiv does not answer.")
        yield

    def fetch(self, ids: Sequence[str], *, wait: Callable[[float, object], None]) -> tuple[Paper, ...]:
        self.asked += 1
        return ()


def owls(*numbers: int, **other: object) -> list[Paper]:
    return [
        paper(
            f"2603.0000{n}",
            **{
                "title": f"Owls at night {n}",
                "abstract": f"We watch owls at night. They are quiet. Owls at night see {n} mice.",
                "published": NOW - timedelta(hours=20 + n),
                **other,
            },
        )
        for n in numbers
    ]


@pytest.fixture
def source() -> NoSource:
    return NoSource()


@pytest.fixture
def harvested(services: Services, source: NoSource) -> Services:
    return replace(services, source=HarvestedSource([source], services.store, lambda: NOW))


def harvest(services: Services, papers: Sequence[Paper], name: str = "cs", until: datetime | None = None) -> None:
    until = until or datetime(2026, 3, 6, 4, 15, tzinfo=UTC)
    services.store.harvests.keep(HarvestState(Collection("arxiv", name), until=until), papers)


def write(services: Services, now: datetime = NOW, topic: str = "owls") -> Edition:
    return digest(DigestRequest(topic), services, SurveySettings(), RunContext(now=now))


def ids(edition: Edition) -> list[str]:
    return sorted(one.id for one in edition.papers)


def test_a_harvested_topic_gets_its_papers_from_the_store_each_once(harvested: Services, source: NoSource) -> None:
    harvest(harvested, [*owls(1, 2, 3), *owls(4, status="withdrawn"), *owls(5, categories=("math.CO",))])
    harvested.store.topics.put(TOPIC)
    first = write(harvested)
    assert ids(first) == ["2603.00001", "2603.00002", "2603.00003"]
    assert [(line.source, line.ok, str(line.detail)) for line in first.health] == [("arxiv", True, OWN)]
    assert OWN in " ".join(plain_text.render(first).split())
    assert first.complete

    late = owls(6, published=NOW - timedelta(days=2))  # announced after the digest that its window was first in
    harvest(harvested, [*owls(1, version=2), *late], until=NOW + timedelta(days=1))
    assert ids(write(harvested, NOW + timedelta(days=1))) == ["2603.00006"]
    assert source.asked == 0


def test_nothing_new_is_a_quiet_digest_and_no_outage(harvested: Services, source: NoSource) -> None:
    harvest(harvested, [])
    harvested.store.topics.put(TOPIC)
    edition = write(harvested)
    assert (str(edition.quiet), edition.complete) == ("No paper on this topic was submitted in the window.", True)
    assert source.asked == 0


def test_by_the_rule_of_all_words_and_in_a_preview_it_is_the_same(harvested: Services, source: NoSource) -> None:
    harvest(harvested, owls(1, 2))
    by_rule = replace(TOPIC, queries=("owls night",), exclude=("2",))
    harvested.store.topics.put(by_rule)
    assert ids(write(harvested)) == ["2603.00001"]
    found = preview(TOPIC, harvested, SurveySettings(), RunContext(now=NOW))
    assert sorted(one.id for one in found) == ["2603.00001", "2603.00002"]
    assert source.asked == 0


def test_authors_who_are_followed_are_found_in_the_store(harvested: Services, source: NoSource) -> None:
    harvest(harvested, [*owls(1), *owls(2, title="Kites", abstract="Kites fly.", authors=("Cid B. Example",))])
    harvested.store.topics.put(TOPIC)
    name = "Cid B. Example"
    follow = Feedback(OPERATOR_READER, "owls", "author", person_key(name), name, NOW)
    harvested.store.feedback.add([follow])
    edition = write(harvested)
    assert "2603.00002" in {*ids(edition), *(one.id for one in edition.beyond)}
    assert source.asked == 0


def test_a_harvest_that_is_too_old_makes_the_topic_ask_and_say_so(harvested: Services, source: NoSource) -> None:
    harvest(harvested, owls(1), until=NOW - timedelta(hours=37))
    harvested.store.topics.put(TOPIC)
    told = [str(line.detail) for line in write(harvested).health]
    assert told[0] == "Asked over the network, for the archive’s own copy of cs ends 2026-03-04 20:00 UTC."
    assert "arXiv does not answer." in told[1]
    assert source.asked == 1


def test_a_survey_asks_nobody_where_all_was_harvested(harvested: Services, source: NoSource) -> None:
    harvest(harvested, owls(1, 2, 3), "")
    edition = survey(SurveyRequest("owls at night"), harvested, SurveySettings(), RunContext(now=NOW))
    assert (ids(edition), source.asked) == (["2603.00001", "2603.00002", "2603.00003"], 0)
    assert [str(line.detail) for line in edition.health] == [OWN.replace("of cs", "of arxiv")]
    again = survey(SurveyRequest("owls at night"), harvested, SurveySettings(), RunContext(now=NOW))
    assert again.id == edition.id
