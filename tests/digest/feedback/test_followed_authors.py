"""Papers by followed authors: asked of the source in one request, within the topic's limits, told with the reason."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from digest.errors import SourceError
from digest.feedback.opinions import follow_author
from digest.pipeline.pipeline import digest
from digest.pipeline.services import DigestRequest, Services, SurveySettings
from digest.ports import SearchRequest
from digest.run_context import RunContext
from store.records.editions import Edition, Paper, Topic
from store.records.feedback import OPERATOR_READER

NOW = datetime(2025, 1, 10, tzinfo=UTC)
TOPIC = Topic("speech", "Speech", "Speech recognition", cadence="daily", max_papers=60)


class Recorder:
    """The sample, and every request; fails those of authors where it is told to."""

    def __init__(self, source, error: SourceError | None = None) -> None:
        self.name, self._source, self._error = source.name, source, error
        self.requests: list[SearchRequest] = []

    def search(self, request: SearchRequest, *, wait) -> Iterator[object]:
        self.requests.append(request)
        if self._error and is_of_authors(request):
            raise self._error
        return self._source.search(request, wait=wait)

    def fetch(self, ids, *, wait):
        return self._source.fetch(ids, wait=wait)


def is_of_authors(request: SearchRequest) -> bool:
    return any(query.field == "author" for query in request.queries)


def write(services: Services, topic: Topic = TOPIC, settings: SurveySettings | None = None) -> Edition:
    services.store.topics.put(topic)
    request = DigestRequest(topic.slug, "2024-12-30", "2024-10-14", dry_run=True)
    return digest(request, services, settings or SurveySettings(), RunContext(now=NOW))


def off_topic_paper(services: Services, shown: Edition) -> Paper:
    """One of the window that the topic's words do not find, of an author whose others do not come either."""
    request = SearchRequest((), since=datetime(2024, 10, 14, tzinfo=UTC), until=datetime(2024, 12, 30, tzinfo=UTC))
    pages = services.source.search(request, wait=lambda *_: None)
    known = {paper.id for paper in (*shown.papers, *shown.beyond)}
    authors = {name for paper in (*shown.papers,) for name in paper.authors}
    papers = (paper for page in pages for paper in page.papers)
    return next(
        paper for paper in papers if paper.id not in known and paper.authors and not authors & set(paper.authors)
    )


def follow(services: Services, name: str) -> None:
    follow_author(services.store, OPERATOR_READER, TOPIC.slug, name, NOW)


@pytest.mark.parametrize("queries", [(), ("speech recognition",)])
def test_a_followed_authors_paper_comes_though_the_topic_does_not_find_it(services: Services, queries) -> None:
    topic = replace(TOPIC, queries=queries)
    before = write(services, topic)
    paper = off_topic_paper(services, before)
    services = replace(services, source=Recorder(services.source))
    follow(services, paper.authors[0])
    follow(services, "Nobody Atall")
    after = write(services, topic)
    (shown,) = [one for one in after.papers if one.id == paper.id]
    assert str(shown.reason) == f"not found by the topic’s words; by {paper.authors[0]}, who is followed"
    assert {one.id for one in before.papers} <= {one.id for one in after.papers}
    asked = [request for request in services.source.requests if is_of_authors(request)]
    assert len(asked) == 1
    assert {query.terms for query in asked[0].queries} == {(paper.authors[0],), ("Nobody Atall",)}
    assert (asked[0].since, asked[0].until) == (after.since, after.until)


def test_it_stays_within_the_topics_categories_and_words_and_can_be_turned_off(services: Services) -> None:
    paper = off_topic_paper(services, write(services))
    follow(services, paper.authors[0])
    assert paper.id in {one.id for one in write(services).papers}
    word = paper.title.split()[0].strip(":,")
    for topic in (
        replace(TOPIC, categories=("math.NT",)),
        replace(TOPIC, exclude=(word,)),
        replace(TOPIC, include=("speech",)),
    ):
        assert paper.id not in {one.id for one in write(services, topic).papers}, topic
    assert paper.id not in {one.id for one in write(services, settings=SurveySettings(feedback=False)).papers}


def test_nobody_followed_asks_nothing(services: Services) -> None:
    source = Recorder(services.source)
    write(replace(services, source=source))
    assert not any(map(is_of_authors, source.requests))


def test_where_the_source_refuses_the_authors_the_digest_stands_and_says_so(services: Services) -> None:
    before = write(services)
    follow(services, off_topic_paper(services, before).authors[0])
    source = Recorder(services.source, SourceError("No such field.", permanent=True))
    after = write(replace(services, source=source), TOPIC)
    assert {one.id for one in after.papers} == {one.id for one in before.papers}
    assert any(not line.ok and "No such field" in str(line.detail) for line in after.health)
