"""Ordering: from the core outward, theme by theme, and what fits none at the end."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from digest.pipeline.enrich import EmbeddedPapers
from digest.pipeline.ordering import OrderedPapers, find_phrases, order_papers
from digest.pipeline.pipeline import survey
from digest.pipeline.services import Services, SurveyRequest, SurveySettings
from digest.retrieval.filter import SelectedPaper
from digest.run_context import RunContext
from store.records.editions import OrderMethod, Paper

DAY = datetime(2026, 1, 1, tzinfo=UTC)
TERMS = ("wood ovens", "thermal shock", "glaze chemistry")


def order(order: OrderMethod = "tsp", relevance: tuple[float | None, ...] = (0.2, 0.5, 0.9)) -> OrderedPapers:
    """Six papers on each term, of this relevance but for the sixth of them, which is a little more; and a stray one."""
    abstracts = [(f"On {term}. We look at {term} here.", k) for k, term in enumerate(TERMS) for _ in range(6)]
    papers = [
        Paper(f"2601.{n:05}", 1, f"Letter {n}", text, (), (), "", DAY, DAY) for n, (text, _) in enumerate(abstracts)
    ]
    grades = [
        None if (own := relevance[k]) is None else own + 0.01 * (n % 6 == 5) for n, (_, k) in enumerate(abstracts)
    ]
    kept = [SelectedPaper(paper, "", grade) for paper, grade in zip(papers, grades, strict=True)]
    stray = Paper("2601.00099", 1, "Moon phases", "Tides rise twice.", (), (), "", DAY, DAY)
    rows = np.eye(4, dtype=np.float32)[[k for _, k in abstracts] + [3]]
    embedded = EmbeddedPapers(rows, rows[17], "own:letters")
    settings = SurveySettings(order=order)
    papers = [*papers, stray]
    return order_papers(
        [*kept, SelectedPaper(stray, "", 0.99)], embedded, find_phrases(papers, "pottery"), settings, RunContext()
    )


def test_it_opens_with_the_most_relevant_paper_of_the_most_relevant_theme_and_ends_with_what_fits_none() -> None:
    found = order()
    titles = [section.title for section in found.sections]
    assert titles[0] == "Glaze chemistry"
    assert titles[-1] == ""
    assert sorted(titles) == ["", "Glaze chemistry", "Thermal shock", "Wood ovens"]
    assert found.kept[0].paper.title == "Letter 17"
    assert [section.is_theme for section in found.sections] == [True, True, True, False]
    assert found.kept[-1].paper.title == "Moon phases"


def test_without_grades_the_nearest_to_the_question_is_the_most_relevant() -> None:
    found = order(relevance=(None, None, None))
    assert found.sections[0].title == "Glaze chemistry"


@pytest.mark.parametrize("method", ["tsp", "similarity", "none"])
def test_sections_cover_the_route_in_order(method: OrderMethod) -> None:
    found = order(method)
    assert [at for section in found.sections for at in section.positions] == list(range(19))


def test_another_order_is_kept_and_cut() -> None:
    found = order("none")
    assert found.route.order == tuple(range(19))
    assert all(section.is_theme for section in found.sections)


def test_the_last_section_of_an_edition_says_that_it_is_no_theme(services: Services) -> None:
    edition = survey(SurveyRequest("image generation"), services, SurveySettings(), RunContext())
    assert all(section.is_theme for section in edition.sections[:-1])
    last = edition.sections[-1]
    assert last.is_theme == (last.title != "Also on the way")
    assert [n for section in edition.sections for n in section.papers] == [paper.number for paper in edition.papers]
