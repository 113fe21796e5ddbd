"""What a source's answer lacks or holds too much, as editions tell it: entries that cannot be read, missing papers,
withdrawn ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest

from digest.errors import NotFound
from digest.pipeline.followup import FollowUpQuestion, MoreLike, reply
from digest.pipeline.pipeline import digest, survey
from digest.pipeline.services import DigestRequest, Services, SurveyRequest, SurveySettings
from digest.ports import ResultPage, SearchRequest
from digest.run_context import RunContext
from store.records.editions import Edition, Paper, Topic
from store.records.lazy_text import AnyText, lazy_gettext
from tests.factories.store import paper

NOTE = "This paper has been withdrawn."
OWLS = Topic("owls", "Owls", "Owls", cadence="daily")
NOW = datetime(2026, 3, 4, tzinfo=UTC)


def owls(*numbers: int, **other: object) -> tuple[Paper, ...]:
    words = ("in winter", "of the north", "and their young", "over water", "at night")
    return tuple(
        paper(
            f"2603.0000{n}",
            title=f"Owls {words[n % 5]}",
            abstract=f"We watch owls {words[n % 5]}. They are quiet. Owls {words[-n % 5]} fly far.",
            **other,
        )
        for n in numbers
    )


@dataclass
class Answers:
    """A source with these pages."""

    pages: tuple[ResultPage, ...]
    name: str = "arxiv"
    asked: list[SearchRequest] = field(default_factory=list)

    def search(self, request: SearchRequest, *, wait: Callable[[float, AnyText], None]) -> Iterator[ResultPage]:
        self.asked.append(request)
        yield from self.pages


def ask(services: Services, *pages: ResultPage, question: str = "Owls", **options: bool) -> tuple[Edition, Answers]:
    source = Answers(pages)
    return survey(
        SurveyRequest(question, ("Owls",), **options), replace(services, source=source), SurveySettings(), RunContext()
    ), source


def told(edition: Edition) -> list[tuple[str, bool, str]]:
    return [(line.source, line.ok, str(line.detail)) for line in edition.health]


def unreadable(n: int) -> AnyText:
    return lazy_gettext("{entry} ({why})", entry=f"2603.9999{n}v1", why=lazy_gettext("it has no <{name}>", name="id"))


def test_an_entry_that_could_not_be_read_is_named_and_costs_no_other(services: Services) -> None:
    edition, _ = ask(services, ResultPage(owls(1, 2, 3, 4), 4, set_aside=(unreadable(1),)))
    assert len(edition.papers) == 4
    line = "1 could not be read and was left out: 2603.99991v1 (it has no <id>)."
    assert told(edition) == [("entries", False, line)]
    assert edition.complete
    again, asked = ask(services, ResultPage(owls(1, 2, 3, 4), 4))
    assert again == edition
    assert not asked.asked
    assert services.store.editions.get(edition.id) == edition
    other, asked = ask(services, question="What do owls do?")  # the kept answer tells it, too
    assert told(other) == told(edition)
    assert not asked.asked


def test_many_entries_that_could_not_be_read_are_counted(services: Services) -> None:
    edition, _ = ask(services, ResultPage(owls(1, 2, 3, 4), 4, set_aside=tuple(map(unreadable, range(5)))))
    assert told(edition)[0][2].startswith("5 could not be read and were left out: 2603.99990v1 (")
    assert told(edition)[0][2].endswith(", 2 more.")


def test_papers_that_did_not_come_make_the_edition_incomplete_and_are_asked_for_again(services: Services) -> None:
    pages = ResultPage(owls(1, 2, 3, 4), 6), ResultPage((), 6, missing=2)
    edition, _ = ask(services, *pages)
    assert told(edition) == [("arxiv", False, "2 papers that were counted as matching did not come.")]
    assert not edition.complete
    again, source = ask(services, ResultPage(owls(1, 2, 3, 4, 5), 5))
    assert source.asked
    assert again.complete
    assert len(again.papers) == 5


def test_a_newer_version_on_a_later_page_stands(services: Services) -> None:
    newer = owls(1, version=3)
    edition, _ = ask(services, ResultPage(owls(1, 2, 3), 4), ResultPage((*newer, *owls(4)), 4))
    assert sorted((paper.id[-1], paper.version) for paper in edition.papers) == [("1", 3), ("2", 1), ("3", 1), ("4", 1)]


def test_a_withdrawn_paper_is_kept_in_the_store_and_in_no_new_edition(services: Services) -> None:
    gone = owls(5, status="withdrawn", status_note=NOTE, comment=NOTE)
    edition, _ = ask(services, ResultPage((*owls(1, 2, 3, 4), *gone), 5))
    assert [paper.id for paper in edition.papers if paper.id == gone[0].id] == []
    assert edition.counts.found == 4
    assert "1 more has these words, but was withdrawn." in str(edition.filter.rule)
    assert edition.complete
    assert services.store.papers.get([gone[0].id])[gone[0].id].status_note == NOTE
    later, source = ask(services, question="What of owls?")  # the answer as it was kept
    assert not source.asked
    assert gone[0].id not in {paper.id for paper in later.papers}


def test_where_all_were_withdrawn_nothing_is_written(services: Services) -> None:
    gone = owls(1, 2, status="removed", status_note=NOTE)
    with pytest.raises(NotFound, match=r"All 2 papers that have all the words of Owls were withdrawn\."):
        ask(services, ResultPage(gone, 2))


def test_a_digest_leaves_it_out_and_goes_on_from_its_slot(services: Services) -> None:
    services.store.topics.put(OWLS)
    source = Answers((ResultPage((*owls(1, 2), *owls(3, status="withdrawn", status_note=NOTE)), 3, (unreadable(1),)),))
    request = DigestRequest("owls", "2026-03-03")
    edition = digest(request, replace(services, source=source), SurveySettings(), RunContext(now=NOW))
    assert {paper.id[-1] for paper in edition.papers} == {"1", "2"}
    assert services.store.editions.last_complete_until("owls") == edition.slot


def test_no_follow_up_leads_to_a_paper_withdrawn_since(services: Services) -> None:
    edition, _ = ask(services, ResultPage(owls(1, 2, 3, 4), 4))
    ask(services, ResultPage(owls(6, 7, 8, 9), 4), question="Owls again", refresh=True)
    gone = owls(4, 8, version=2, status="withdrawn", status_note=NOTE)
    services.store.papers.add(gone)
    seen = services.store.editions.get(edition.id)
    assert seen
    assert [paper.id for paper in seen.papers if paper.is_withdrawn] == [gone[0].id]
    like = reply(seen, MoreLike((1,)), services, RunContext())
    assert gone[1].id not in {paper.id for paper in like.beside}
    number = next(paper.number for paper in edition.papers if paper.id == gone[0].id)
    assert f"[{number}]" not in str(like.text).removeprefix("Nearest to [1]")
    answer = reply(seen, FollowUpQuestion("What do owls do?"), services, RunContext())
    assert number not in {listed for listed, _ in answer.listed}
