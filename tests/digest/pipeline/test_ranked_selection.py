"""Selection by relevance, over the bundled sample and a real store: what is kept, why, and what is said of the rest."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from digest.errors import BadInput, ModelError, NotFound, SourceError
from digest.pipeline.pipeline import digest, survey
from digest.pipeline.services import DigestRequest, Services, SurveyRequest, SurveySettings
from digest.ports import Answer, Grade, ResultPage, SearchRequest
from digest.render.edition_json import document
from digest.run_context import RunContext
from store.records.editions import Edition, Paper, Topic, Usage
from store.records.questions import SearchLimits
from tests.factories.store import paper as make_paper

QUESTION = "LoRA for image generation"
NOW = datetime(2025, 1, 10, tzinfo=UTC)


def ask(services: Services, question: str = QUESTION, settings: SurveySettings | None = None, **options) -> Edition:
    return survey(SurveyRequest(question, **options), services, settings or SurveySettings(), RunContext())


class Counting:
    """A source that remembers what it was asked."""

    def __init__(self, source) -> None:
        self.name, self._source, self.asked = source.name, source, list[SearchRequest]()

    def search(self, request, *, wait):
        self.asked.append(request)
        return self._source.search(request, wait=wait)

    def fetch(self, ids, *, wait):
        return self._source.fetch(ids, wait=wait)


def test_each_paper_has_its_relevance_and_reason_and_the_edition_its_record(services: Services) -> None:
    edition = ask(services)
    assert edition.selection
    assert edition.selection.verdict == "answered"
    assert edition.request
    assert [concept.asked for concept in edition.request.concepts] == ["LoRA", "image generation"]
    assert all(paper.reason and 0.3 <= (paper.relevance or 0) <= 1 for paper in edition.papers)
    assert any(paper.core for paper in edition.papers)
    assert services.store.editions.get(edition.id) == edition
    told = document(edition)
    assert told["request"]["concepts"][1]["asked"] == "image generation"
    assert told["selection"]["relevant"] == edition.selection.relevant
    assert {paper["core"] for paper in told["papers"]} <= {True, False}


@pytest.mark.parametrize("requests", [1, 2, 4])
def test_the_source_is_asked_so_often_at_most(services: Services, requests: int) -> None:
    source = Counting(services.source)
    edition = ask(replace(services, source=source), settings=SurveySettings(requests=requests))
    assert 1 <= len(source.asked) <= requests
    assert all(request.limit <= 200 for request in source.asked)
    assert edition.papers


def test_answers_that_stand_are_not_asked_for_again(services: Services) -> None:
    ask(services)
    source = Counting(services.source)
    again = ask(replace(services, source=source), max_papers=7)
    assert len(again.papers) == 7
    assert source.asked == []


@pytest.mark.parametrize("question", ["Code-switched speech", "Speech recognition for Egyptian Arabic"])
def test_the_one_paper_of_its_field_is_an_answer(services: Services, question: str) -> None:
    edition = ask(services, question)
    assert edition.selection
    assert edition.selection.verdict == "answered"
    assert edition.papers[0].id == "2406.18120"


def test_nothing_on_it_keeps_the_nearest_few_and_says_so(services: Services) -> None:
    ask(services)  # the store has papers by now
    edition = ask(services, "medieval bookbinding of monasteries")
    assert edition.selection
    assert edition.selection.verdict == "nothing"
    assert edition.selection.relevant == 0
    assert 1 <= len(edition.papers) <= 5
    assert not any(paper.core for paper in edition.papers)
    assert all("not on the question" in str(paper.reason) for paper in edition.papers)
    assert [(section.title, section.is_theme) for section in edition.sections] == [
        ("The papers nearest to the question", False)
    ]


def test_what_limits_a_question_holds_for_every_paper(services: Services) -> None:
    limits = SearchLimits(since=datetime(2024, 6, 1, tzinfo=UTC), categories=("cs.CV",), exclude=("diffusion",))
    edition = ask(services, limits=limits)
    assert edition.papers
    for paper in edition.papers:
        assert paper.published >= datetime(2024, 6, 1, tzinfo=UTC)
        assert "cs.CV" in paper.categories
        kept = services.store.papers.get([paper.id])[paper.id]
        assert "diffusion" not in kept.text.lower()


def test_a_window_that_holds_nothing_is_blamed(services: Services) -> None:
    with pytest.raises(NotFound, match=r"submitted to 2000-12-31; without that there are \d+"):
        ask(services, limits=SearchLimits(until=datetime(2001, 1, 1, tzinfo=UTC)))
    with pytest.raises(NotFound, match=r"in .hep-th.; without that there"):
        ask(services, limits=SearchLimits(categories=("hep-th",)))


def test_a_paper_is_asked_for_by_its_id(services: Services) -> None:
    known = ask(services).papers[0]
    edition = ask(services, known.id)
    (own,) = [paper for paper in edition.papers if paper.id == known.id]
    assert own.relevance == 1
    assert "names" in str(own.reason)
    assert len(edition.papers) > 1


def test_an_author_is_asked_for(services: Services) -> None:
    author = ask(services).papers[0].authors[0]
    edition = ask(services, QUESTION, limits=SearchLimits(authors=(author,)))
    assert edition.papers
    assert all(author in paper.authors for paper in edition.papers)


def test_contradictory_dates_are_one_clear_line(services: Services) -> None:
    at = datetime(2024, 1, 1, tzinfo=UTC)
    with pytest.raises(BadInput, match="contradict"):
        ask(services, limits=SearchLimits(since=at, until=at))


@pytest.mark.parametrize("queries", [(), ("LoRA",)])
def test_what_a_question_leaves_out_is_left_out_by_the_articles_rule_too(
    services: Services, queries: tuple[str, ...]
) -> None:
    rule = SurveySettings(selection="all-words")
    edition = ask(services, "LoRA in images, but not diffusion", rule, queries=queries)
    assert 0 < len(edition.papers) < len(ask(services, "LoRA in images", rule, queries=queries).papers)
    assert not any("diffusion" in query for query in edition.queries)
    kept = services.store.papers.get_read(paper.id for paper in edition.papers)
    assert not any("diffusion" in paper.text.lower() for paper in kept.values())


def test_limits_are_a_part_of_what_makes_two_surveys_the_same(services: Services) -> None:
    first = ask(services)
    other = ask(services, limits=SearchLimits(exclude=("video",)))
    assert other.id != first.id
    assert ask(services).id == first.id


class Grading:
    """A model that likes the papers with a word in their titles."""

    model, prompt_hash = "test:grades", "1"

    def __init__(self, word: str = "", error: ModelError | None = None) -> None:
        self._word, self._error, self.batches = word, error, list[int]()

    def most_graded(self, papers: int) -> int:
        return 2 * papers

    def grade(self, question, papers):
        self.batches.append(len(papers))
        if self._error:
            raise self._error
        grades = tuple(Grade(1.0 if self._word in paper.title else 0.0, "says the model") for paper in papers)
        return Answer(grades, Usage("relevance", self.model))


def test_grades_of_a_model_decide_with_the_measures(services: Services) -> None:
    model = Grading("LoRA")
    edition = ask(replace(services, relevance=model))
    assert max(model.batches) <= 20
    assert edition.papers
    graded = [paper for paper in edition.papers if str(paper.reason) == "says the model"]
    assert all("LoRA" in paper.title for paper in graded if paper.core)
    assert any(usage.role == "relevance" for usage in edition.usage)


def test_a_model_that_fails_leaves_the_measures(services: Services) -> None:
    edition = ask(replace(services, relevance=Grading(error=ModelError("It does not answer.", kind="unavailable"))))
    assert edition.papers
    assert any(line.source == "relevance" and not line.ok for line in edition.health)


def test_a_topic_by_a_question_has_relevance_and_a_topic_by_queries_has_none(services: Services) -> None:
    for slug, queries in (("asked", ()), ("given", ("speech recognition",))):
        services.store.topics.put(Topic(slug, slug, "Speech recognition", queries, cadence="daily"))
        request = DigestRequest(slug, "2024-12-30", "2024-10-14")
        edition = digest(request, services, SurveySettings(), RunContext(now=NOW))
        assert edition.papers
        assert all((paper.relevance is not None) == (slug == "asked") for paper in edition.papers)
        assert (edition.request is not None) == (slug == "asked")


def test_a_source_that_is_away_leaves_what_the_store_has(services: Services) -> None:
    class Away:
        name = "sample"

        def search(self, request, *, wait):
            raise SourceError("It does not answer.")
            yield

        def fetch(self, ids, *, wait):
            raise SourceError("It does not answer.")

    kept = ask(services)
    edition = ask(replace(services, source=Away()), refresh=True)
    assert {paper.id for paper in edition.papers} & {paper.id for paper in kept.papers}
    assert any(not line.ok for line in edition.health)


class Given:
    """A source that answers everything with the same papers."""

    name = "given"

    def __init__(self, *papers: Paper) -> None:
        self._papers = papers

    def search(self, request, *, wait):
        yield ResultPage(self._papers, len(self._papers))

    def fetch(self, ids, *, wait):
        return ()


def test_papers_on_one_side_of_what_is_asked_for_do_not_fill_an_edition_up(services: Services) -> None:
    def make(n: int, where: str) -> Paper:
        title = f"Federated learning {where}, part {n}"
        return make_paper(
            f"2401.{n:05}", title=title, abstract=f"We study federated learning of clients {where}. It works."
        )

    on_it = [make(n, "in satellite constellations") for n in range(3)]
    beside = [make(n, "under private gradients") for n in range(3, 40)]
    source = Given(*on_it, *beside)
    edition = ask(replace(services, source=source), "federated learning for satellite constellations")
    assert {one.id for one in edition.papers} == {one.id for one in on_it}


def test_a_store_that_has_learned_gives_the_same_papers(services: Services) -> None:
    first = ask(services)
    for other in ("speech recognition", "quantization of language models", "diffusion models"):
        ask(services, other)
    again = ask(services, refresh=True)
    ids, learned = ({one.id for one in edition.papers} for edition in (first, again))
    assert len(ids & learned) >= 0.9 * len(ids | learned)
