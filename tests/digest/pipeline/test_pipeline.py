import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from digest.errors import BadInput, Cancelled, ModelError, NotFound, SourceError
from digest.i18n.catalog import get_catalog
from digest.pipeline.pipeline import digest, survey
from digest.pipeline.services import DigestRequest, Services, SurveyRequest, SurveySettings
from digest.ports import Answer, ResultPage, SearchRequest, SummaryModel
from digest.run_context import Advanced, Finished, RunContext, RunEvent
from store.records.editions import Edition, Paper, Summary, Topic
from tests.doubles.counting import Log, counted

QUESTION = "LoRA for image generation"
QUERIES = ("LoRA image generation",)
SPEECH = Topic("speech", "Speech recognition", "Speech recognition", cadence="daily")
NOW = datetime(2025, 1, 10, tzinfo=UTC)


class Away:
    """A source that is down, or that refuses."""

    name = "arxiv"

    def __init__(self, *, permanent: bool = False) -> None:
        self._permanent = permanent

    def search(self, request: SearchRequest, *, wait: Callable[[float, str], None]) -> Iterator[ResultPage]:
        raise SourceError("arXiv does not answer.", permanent=self._permanent)
        yield


def ask(services: Services, question: str = QUESTION, run: RunContext | None = None, **options: object) -> Edition:
    return survey(SurveyRequest(question, **options), services, SurveySettings(), run or RunContext())  # type: ignore[arg-type]


def write(services: Services, slot: str, since: str = "", run: RunContext | None = None, **options: bool) -> Edition:
    return digest(
        DigestRequest("speech", slot, since, **options), services, SurveySettings(), run or RunContext(now=NOW)
    )


def test_a_survey_cites_every_paper_it_kept_and_nothing_else(services: Services) -> None:
    edition = ask(services)
    assert len(edition.papers) == edition.counts.kept >= 20
    assert [paper.number for paper in edition.papers] == list(range(1, len(edition.papers) + 1))
    assert edition.counts.cited == edition.counts.kept
    assert edition.counts.unknown_markers == 0
    assert [number for section in edition.sections for number in section.papers] == [p.number for p in edition.papers]
    assert all(paper.reason for paper in edition.papers)
    assert edition.route.length < edition.route.as_found_length
    assert "No language model was used" in str(edition.note)
    assert edition.seconds["total"] > 0


def test_the_store_alone_gives_the_edition_back(services: Services) -> None:
    edition = ask(services)
    assert services.store.editions.get(edition.id) == edition


def test_another_question_over_the_same_papers_makes_no_summary_and_no_vector(
    services: Services, tmp_path: Path
) -> None:
    ask(services, queries=QUERIES)
    log = Log(tmp_path / "calls.txt")
    second = ask(counted(services, log), "How is LoRA used in image generation?", queries=QUERIES)
    assert second.counts.kept >= 20
    assert (second.counts.embedded, second.counts.summarised) == (0, 0)
    assert not [line for line in log.lines() if line.startswith(("embed", "summarise"))]


def test_the_same_question_again_is_the_kept_edition_until_it_is_refreshed(services: Services) -> None:
    first = ask(services)
    assert ask(services) == first
    assert ask(services, papers := f"  {QUESTION}\n") == first, papers
    assert ask(services, refresh=True).id != first.id
    later = RunContext(now=datetime.now(UTC) + timedelta(hours=25))
    assert ask(services, run=later).id != first.id
    assert ask(services, order="none").id != first.id


@pytest.mark.parametrize(
    ("question", "asked", "language", "lacking"),
    [
        ("画像生成", "auto", "en", "Chinese"),
        ("語音辨識", "auto", "en", "Chinese"),
        ("音声認識", "auto", "ja", ""),
        ("LoRA", "zh-Hant", "en", "Chinese (Traditional)"),
    ],
)
def test_an_edition_names_the_language_that_its_text_is_in(
    services: Services, question: str, asked: str, language: str, lacking: str
) -> None:
    edition = ask(services, question, language=asked)
    assert edition.language == language
    show = get_catalog("edition", "en").show
    told = [show(line.detail) for line in edition.health if line.source == "language"]
    no_texts = f"Written in English: without a language model there are no texts in {lacking}."
    assert told == ([no_texts] if language == "en" else [])


def test_a_digest_names_the_language_that_its_text_is_in(services: Services) -> None:
    services.store.topics.put(replace(SPEECH, language="ko"))
    assert write(services, "2025-01-09").language == "en"


def test_queries_of_ones_own_skip_the_model(services: Services) -> None:
    edition = ask(services, "What is going on?", queries=("speech recognition", '"language model" speech'))
    assert edition.queries == ("speech recognition", '"language model" speech')
    assert edition.counts.kept > 0


def test_years_in_the_question_bound_the_search(services: Services) -> None:
    edition = ask(services, "speech recognition in 2025")
    assert {paper.published.year for paper in edition.papers} == {2025}
    assert "from 2025-01-01 to 2025-12-31" in str(edition.filter.rule)


def test_too_few_papers_widen_the_words_and_say_so(services: Services) -> None:
    edition = ask(services, queries=("LoRA image generation watermark",))
    assert edition.filter.widened
    assert "the search was widened" in edition.opening
    assert edition.counts.kept > 1


def test_too_many_papers_are_cut_to_the_nearest(services: Services) -> None:
    edition = ask(services, queries=("LoRA image generation",), max_papers=5)
    assert len(edition.papers) == 5
    assert all("nearest" in str(paper.reason) for paper in edition.papers)


@pytest.mark.parametrize("order", ["tsp", "similarity", "none"])
def test_every_order_keeps_every_paper(services: Services, order: str) -> None:
    edition = ask(services, order=order)
    assert edition.route.solver == order or order == "tsp"
    assert {paper.id for paper in edition.papers} == {paper.id for paper in ask(services).papers}


def test_the_same_papers_and_question_take_the_same_route_again(services: Services) -> None:
    first, second = ask(services), ask(services, refresh=True)
    assert [paper.id for paper in second.papers] == [paper.id for paper in first.papers]
    assert second.route == first.route


def test_a_source_that_is_away_is_named_and_the_store_answers(services: Services) -> None:
    ask(services)
    away = replace(services, source=Away())
    edition = ask(away, "LoRA and image generation with diffusion", refresh=True)
    assert edition.papers
    assert [(line.source, line.ok) for line in edition.health] == [("arxiv", False)]
    assert "does not answer" in str(edition.health[0].detail)
    assert not edition.complete


def test_what_was_written_during_an_outage_is_not_served_again_after_it(services: Services) -> None:
    ask(services)
    question = "LoRA and image generation"
    during = ask(replace(services, source=Away()), question)
    assert during.filter.widened == ()
    after = ask(services, question)
    assert after.id != during.id
    assert after.health == ()


def test_a_source_that_is_away_and_an_empty_store_are_one_clear_error(services: Services) -> None:
    with pytest.raises(SourceError, match="no matching paper either"):
        ask(replace(services, source=Away()))
    assert services.store.editions.count() == 0


def test_a_refused_query_is_an_error_though_the_store_has_papers(services: Services) -> None:
    ask(services)
    with pytest.raises(SourceError):
        ask(replace(services, source=Away(permanent=True)), refresh=True)


def test_nothing_found_says_what_was_asked_for(services: Services) -> None:
    with pytest.raises(NotFound, match="zirconium"):
        ask(services, queries=("zirconium",))


@pytest.mark.parametrize("question", ["", "  \n", "?!…", "x" * 10_000, "\x00\x1b\u202e"])
def test_an_absurd_question_is_refused_in_one_line(services: Services, question: str) -> None:
    with pytest.raises(BadInput) as caught:
        ask(services, question)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("options", [{"max_papers": 0}, {"max_papers": 301}, {"language": "English!"}])
def test_absurd_options_are_refused(services: Services, options: dict[str, object]) -> None:
    with pytest.raises(BadInput):
        ask(services, **options)


def test_a_failing_summary_leaves_the_abstract_with_its_label(services: Services) -> None:
    class Broken(type(services.summary)):  # type: ignore[misc]
        def summarise(self, paper: object, language: str) -> object:
            if paper.id == victim:  # type: ignore[attr-defined]
                raise ModelError("The model is out.")
            return super().summarise(paper, language)

    victim = ask(services).papers[3].id
    edition = ask(replace(services, summary=Broken()), language="de")
    (paper,) = [paper for paper in edition.papers if paper.id == victim]
    assert paper.summary.source == "abstract"
    assert "The model is out." in str(edition.health[0].detail)
    assert edition.counts.summarised == len(edition.papers) - 1


def test_a_failing_section_is_its_papers_summaries_with_its_label(services: Services) -> None:
    class Broken(type(services.synthesis)):  # type: ignore[misc]
        def section(self, brief: object, on_text: object) -> object:
            if not brief.before:  # type: ignore[attr-defined]
                raise ModelError("The model is out.")
            return super().section(brief, on_text)

    edition = ask(replace(services, synthesis=Broken()))
    assert [section.source for section in edition.sections][:2] == ["summaries", "extract"]
    assert edition.counts.cited == edition.counts.kept
    assert "The model is out." in str(edition.health[0].detail)


class GatedSummaries:
    """The real summaries: the first eight at once, the others only after the gate is open."""

    def __init__(self, real: SummaryModel) -> None:
        self.model, self.prompt_hash = real.model, real.prompt_hash
        self.gate, self._real, self._made = threading.Event(), real, count()

    def summarise(self, paper: Paper, language: str) -> Answer[Summary]:
        if next(self._made) >= 8:
            assert self.gate.wait(60)
        return self._real.summarise(paper, language)


def test_a_cancelled_run_stops_between_two_steps_and_goes_on_later(services: Services) -> None:
    cancel, gated = threading.Event(), GatedSummaries(services.summary)

    def listen(event: RunEvent) -> None:
        if isinstance(event, Advanced) and event.stage == "summarise" and event.done == 5:
            cancel.set()

    with pytest.raises(Cancelled):
        ask(replace(services, summary=gated), run=RunContext(listen, cancel=cancel))
    gated.gate.set()
    assert services.store.editions.count() == 0
    edition = ask(services)
    assert 0 < edition.counts.summarised <= len(edition.papers) - 5


def test_events_tell_every_stage_in_words(services: Services) -> None:
    told = _finished(services)
    assert set(told) == {"queries", "search", "filter", "embed", "order", "summarise", "synthesise", "freeze"}
    assert all(told.values())


def _finished(services: Services, **options: object) -> dict[str, str]:
    events: list[RunEvent] = []
    ask(services, run=RunContext(events.append), refresh=True, **options)
    return {event.stage: str(event.detail) for event in events if isinstance(event, Finished)}


def test_others_in_the_store_are_told_of_only_where_there_are_some(services: Services) -> None:
    assert _finished(services, max_papers=5)["summarise"] == "5 summaries made"
    assert re.fullmatch(r"\d+ summaries made, the others were in the store", _finished(services)["summarise"])
    assert _finished(services)["summarise"] == "all were in the store"


def test_a_digest_tells_its_window_once(services: Services) -> None:
    services.store.topics.put(SPEECH)
    edition = write(services, "2024-12-30", "2024-12-16")
    assert (edition.since, edition.until) == (
        datetime(2024, 12, 16, 8, tzinfo=UTC),
        datetime(2024, 12, 30, 8, tzinfo=UTC),
    )
    assert "submitted" not in str(edition.filter.rule)


def test_a_digest_is_made_once_for_its_slot(services: Services, tmp_path: Path) -> None:
    services.store.topics.put(SPEECH)
    first = write(services, "2024-12-30", "2024-12-16")
    log = Log(tmp_path / "calls.txt")
    again = digest(DigestRequest("speech", "2024-12-30"), counted(services, log), SurveySettings(), RunContext(now=NOW))
    assert again == first
    assert log.lines() == []
    assert {paper.published.date().isoformat() >= "2024-12-16" for paper in first.papers} == {True}


def test_the_next_digest_has_only_papers_that_no_earlier_one_had(services: Services) -> None:
    services.store.topics.put(SPEECH)
    first = write(services, "2024-12-22", "2024-10-14")
    second = write(services, "2024-12-30")
    assert second.since == first.until - timedelta(days=5)  # type: ignore[operator]
    assert second.papers
    assert not {paper.id for paper in first.papers} & {paper.id for paper in second.papers}


def test_new_papers_without_room_are_named_once_and_not_new_again(services: Services) -> None:
    services.store.topics.put(replace(SPEECH, max_papers=3))
    first = write(services, "2024-12-30", "2024-10-14")
    assert len(first.papers) == 3
    assert len(first.beyond) >= 5
    assert not {paper.id for paper in first.beyond} & {paper.id for paper in first.papers}
    assert services.store.editions.get(first.id) == first
    second = write(services, "2024-12-31")
    assert second.quiet


def test_a_survey_knows_facts_of_its_papers_and_says_what_to_read_first(services: Services) -> None:
    edition = ask(services)
    assert services.store.editions.get(edition.id) == edition
    assert all(0 <= (paper.facts.centrality or 0) <= 1 and paper.facts.novelty is None for paper in edition.papers)
    assert {paper.facts.role for paper in edition.papers} > {"method"}
    assert 3 <= len(edition.start_here) <= 5
    assert {start.paper for start in edition.start_here} <= {paper.number for paper in edition.papers}


def test_novelty_is_told_from_the_second_digest_of_a_topic_on(services: Services) -> None:
    services.store.topics.put(SPEECH)
    first, second = write(services, "2024-12-30"), write(services, "2025-01-06")
    assert {paper.facts.novelty for paper in first.papers} == {None}
    assert all(0 < (paper.facts.novelty or 0) < 1 for paper in second.papers)
    assert len(second.papers) < 6 or any(start.kind == "new" for start in second.start_here)


def test_a_slot_with_nothing_new_is_a_quiet_edition(services: Services) -> None:
    services.store.topics.put(SPEECH)
    edition = write(services, "2025-01-05")
    assert (edition.papers, edition.sections) == ((), ())
    assert "No paper" in str(edition.quiet)
    assert services.store.editions.get(edition.id) == edition


def test_a_slot_whose_source_was_down_is_quiet_and_loses_no_paper(services: Services) -> None:
    services.store.topics.put(SPEECH)
    first = write(services, "2024-12-15", "2024-10-14")
    down = write(replace(services, source=Away()), "2024-12-22")
    assert "does not answer" in str(down.quiet)
    assert not down.complete
    after = write(services, "2024-12-30")
    assert after.since == first.until - timedelta(days=5)  # type: ignore[operator]
    assert {paper.published.date().isoformat() for paper in after.papers} >= {"2024-12-20", "2024-12-27"}


def test_a_dry_run_keeps_no_edition(services: Services) -> None:
    services.store.topics.put(SPEECH)
    edition = write(services, "2024-12-30", dry_run=True)
    assert edition.papers
    assert services.store.editions.count() == 0


@pytest.mark.parametrize(
    ("slot", "since"), [("2024-13-30", ""), ("tomorrow", ""), ("2025-02-01", ""), ("2024-12-30", "2024-12-31")]
)
def test_an_absurd_slot_is_refused(services: Services, slot: str, since: str) -> None:
    services.store.topics.put(SPEECH)
    with pytest.raises(BadInput):
        write(services, slot, since)


@pytest.mark.parametrize("since", ["yesterday", "2024-12-31"])
def test_an_absurd_beginning_is_refused_though_the_digest_is_there(services: Services, since: str) -> None:
    services.store.topics.put(SPEECH)
    made = write(services, "2024-12-30")
    with pytest.raises(BadInput):
        write(services, "2024-12-30", since)
    assert write(services, "2024-12-30", "2024-12-01") == made


def test_an_unknown_topic_is_named_beside_the_known_ones(services: Services) -> None:
    services.store.topics.put(SPEECH)
    with pytest.raises(NotFound, match=r"“speach”.*speech"):
        digest(DigestRequest("speach"), services, SurveySettings(), RunContext())
