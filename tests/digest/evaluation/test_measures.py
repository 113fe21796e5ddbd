"""Repetition across sections, likeness of neighbours, and the estimate of what an experiment costs."""

from dataclasses import replace

from digest.evaluation.cost import CostEstimate, estimate_judging, estimate_surveys
from digest.evaluation.experiment import Cell, ModelSet, plan
from digest.evaluation.measures import likeness_of_neighbours, repetition
from digest.llm.pricing import PriceTable
from digest.pipeline import pipeline
from digest.pipeline.services import Services, SurveyRequest, SurveySettings
from digest.run_context import RunContext

PRICES = PriceTable([{"model": "a:w", "input": 2, "output": 10}, {"model": "a:j", "input": 1, "output": 1}])
BUILT_IN = ModelSet("builtin:q", "builtin:e", "builtin:s", "builtin:w")


def test_only_runs_of_words_in_another_section_are_repetition() -> None:
    told = "A low rank branch takes the outliers up [1]."
    assert repetition([told, "Nothing of this is said before or after."]) == 0
    assert repetition([f"{told}\n\n{told}", "Something else."]) == 0  # within a section
    assert repetition([told, told.replace("[1]", "[2]").upper()]) == 1
    assert 0 < repetition([told, f"{told} And then there is more to say about it here."]) < 1
    assert repetition([]) == 0


def test_neighbours_along_a_route_are_more_alike_in_words_than_as_found(services: Services) -> None:
    settings = SurveySettings(section_smallest=3)
    likeness = {
        order: likeness_of_neighbours(
            pipeline.survey(SurveyRequest("LoRA", order=order), services, settings, RunContext()).papers
        )
        for order in ("tsp", "none")
    }
    assert likeness["tsp"] is not None
    assert likeness["none"] is not None
    assert likeness["tsp"] > likeness["none"] > 0
    assert likeness_of_neighbours(()) is None


def test_built_in_models_cost_nothing_and_an_unknown_price_is_unknown() -> None:
    cells = plan(["q"], BUILT_IN, runs=1)
    assert estimate_surveys(cells, BUILT_IN, 60, PRICES) == CostEstimate(3, 0, 0.0)
    unknown = estimate_surveys(cells, BUILT_IN.with_writer("b:w"), 60, PRICES)
    assert unknown.usd is None
    assert unknown.tokens > 0


def test_what_surveys_share_is_reckoned_once() -> None:
    models = replace(BUILT_IN, summary="a:w")
    one = estimate_surveys([Cell("q", 1, "30s", "sections", "tsp")], models, 60, PRICES)
    three = estimate_surveys(plan(["q"], models, runs=1, details=["30s"]), models, 60, PRICES)
    assert (three.surveys, three.tokens, three.usd) == (3, one.tokens, one.usd)
    again = estimate_surveys(plan(["q"], models, runs=2, details=["30s"]), models, 60, PRICES)
    assert again.tokens == 2 * one.tokens


def test_judging_grows_with_surveys_and_pairs() -> None:
    few, more = (estimate_judging(n, 2 * n, "a:j", 60, PRICES) for n in (1, 10))
    assert few.usd is not None
    assert more.usd is not None
    assert 0 < few.usd < more.usd
