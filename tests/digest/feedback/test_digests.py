"""Digests of a topic whose readers said something: papers moved, with their reasons, and none lost."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from digest.background.outgoing import OutgoingBuilder
from digest.feedback import adjustment
from digest.feedback.opinions import follow_author, set_opinion
from digest.feedback.reasons import address_reader
from digest.pipeline.pipeline import digest
from digest.pipeline.services import DigestRequest, Services, SurveySettings
from digest.render import formats
from digest.render.edition_facts import overflow_papers
from digest.render.edition_json import document
from digest.run_context import RunContext
from digest.subscriptions.signed_links import SignedLinks
from store.records.editions import Edition, Topic
from store.records.feedback import OPERATOR_READER, PaperOpinion, Reader
from tests.factories.store import paper as make_paper

NOW = datetime(2025, 1, 10, tzinfo=UTC)
ADA = Reader("mail", "ada@example.org")
TOPIC = Topic("speech", "Speech", "Speech recognition", cadence="daily", max_papers=8)


def write(services: Services, topic: Topic = TOPIC, settings: SurveySettings | None = None) -> Edition:
    services.store.topics.put(topic)
    request = DigestRequest(topic.slug, "2024-12-30", "2024-10-14", dry_run=True)
    return digest(request, services, settings or SurveySettings(), RunContext(now=NOW))


def say(services: Services, id_: str, opinion: PaperOpinion, reader: Reader = OPERATOR_READER) -> None:
    set_opinion(services.store, reader, TOPIC.slug, id_, opinion, NOW)


def relevances(edition: Edition) -> dict[str, float]:
    return {paper.id: paper.relevance or 0.0 for paper in edition.papers}


def everything(edition: Edition) -> set[str]:
    return {paper.id for paper in edition.papers} | {paper.id for paper in edition.beyond}


@pytest.mark.parametrize("queries", [(), ("speech recognition",)])
def test_what_is_wanted_less_is_told_in_brief_with_its_reason_and_nothing_is_lost(services: Services, queries) -> None:
    topic = replace(TOPIC, queries=queries)
    before = write(services, topic)
    disliked = before.papers[0]
    say(services, disliked.id, "less")
    after = write(services, topic)
    assert everything(before) <= everything(after)
    (told,) = [paper for paper in after.beyond if paper.id == disliked.id]
    assert "lower, because a reader wants less like" in str(told.because)
    assert any("lower, because a reader wants less like" in line for line, _ in overflow_papers(after))
    assert any("lower, because a reader wants less like" in paper["reason"] for paper in document(after)["beyond"])
    own = address_reader(after, services.store.feedback.of_reader(OPERATOR_READER))
    assert any("lower, because you want less like" in line for line, _ in overflow_papers(own))
    assert any("lower, because you want less like" in paper["reason"] for paper in document(own)["beyond"])


def test_what_was_kept_lifts_what_is_like_it(services: Services) -> None:
    before = write(services)
    kept = min(before.papers, key=lambda paper: paper.relevance or 0.0)
    say(services, kept.id, "keep")
    after = relevances(write(services))
    assert after[kept.id] > (kept.relevance or 0.0)
    own = address_reader(write(services), services.store.feedback.of_reader(OPERATOR_READER))
    reasons = [str(paper.reason) for paper in own.papers if paper.id == kept.id]
    assert f"because you kept “{kept.title}”" in reasons[0]


@pytest.mark.parametrize("others", [(), ("ben@example.org",)])
def test_only_what_goes_to_the_reader_alone_says_you(services: Services, others: tuple[str, ...]) -> None:
    store, build = services.store, OutgoingBuilder(services.store, SignedLinks(["a key"]), 24)
    for address in (ADA.address, *others):
        store.subscriptions.add(TOPIC.slug, "mail", address, "active", NOW)
    kept = write(services).papers[0]
    say(services, kept.id, "more", ADA)
    edition = write(services)
    forms = [str(form.render(edition)) for form in (formats.HTML, formats.JSON, formats.MARKDOWN)]
    assert all("because a reader wants more like" in form for form in forms[:2])
    assert not any("because you" in form for form in forms)
    store.editions.freeze(edition, send_at=NOW)
    deliveries = store.deliveries.list()
    assert len(deliveries) == 1 + len(others)
    for delivery in deliveries:
        outgoing = build(delivery, edition)
        said = [str(paper.reason) for paper in outgoing.edition.papers]
        assert outgoing.is_personal == (delivery.address == ADA.address)
        assert any("because you want more like" in reason for reason in said) == outgoing.is_personal
        assert any("because a reader wants more like" in reason for reason in said) != outgoing.is_personal


def test_whoever_says_much_crowds_nobody_out(services: Services, monkeypatch) -> None:
    monkeypatch.setattr(adjustment, "_MOST_EXAMPLES", 20)
    store, eve = services.store, Reader("mail", "eve@example.org")
    for reader in (ADA, eve):
        store.subscriptions.add(TOPIC.slug, "mail", reader.address, "active", NOW)
    liked = write(services).papers[-1]
    say(services, liked.id, "more", ADA)
    store.papers.add([make_paper(f"2603.{n:05}", title=f"Invented paper {n}") for n in range(40)])
    for n in range(40):
        set_opinion(store, eve, TOPIC.slug, f"2603.{n:05}", "less", NOW + timedelta(hours=1))
    assert relevances(write(services))[liked.id] > (liked.relevance or 0.0)


def test_a_followed_author_counts(services: Services) -> None:
    paper = write(services).papers[-1]
    follow_author(services.store, OPERATOR_READER, TOPIC.slug, paper.authors[0], NOW)
    reasons = [str(shown.reason) for shown in write(services).papers if shown.id == paper.id]
    assert f"by {paper.authors[0]}, who is followed" in reasons[0]


def test_where_all_are_wanted_less_all_are_told(services: Services) -> None:
    before = write(services, replace(TOPIC, max_papers=300))
    for paper in before.papers:
        say(services, paper.id, "less")
    assert write(services).papers


def test_it_may_be_turned_off(services: Services) -> None:
    before = write(services)
    say(services, before.papers[0].id, "less")
    after = write(services, settings=SurveySettings(feedback=False))
    assert relevances(after) == relevances(before)
