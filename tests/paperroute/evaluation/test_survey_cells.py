"""Surveys of an experiment: what they have in common, and that a writer whose quality depends on the order is found."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from digest.errors import Cancelled, ModelError, NotFound
from digest.evaluation.differences import order_differences
from digest.evaluation.experiment import Cell, Outcome, plan
from digest.evaluation.paired_comparison import Difference, fewest_units
from digest.run_context import RunContext
from paperroute.compose.app import open_app
from paperroute.config.load import Config
from paperroute.evaluation.folder import ResultsFolder
from paperroute.evaluation.survey_cells import (
    configured_models,
    make_cells,
    missing_cells,
    run_config,
    try_each,
    writer_config,
)
from store.records.editions import Edition
from tests.doubles import survey_writers
from tests.doubles.llm_server import LlmServer
from tests.doubles.survey_writers import Answer

QUESTIONS = (
    "LoRA for image generation", "Low-rank adaptation of diffusion models", "Video generation with diffusion models",
    "Image editing with diffusion models", "Text-to-image diffusion", "Image generation",
    "Speech recognition with large language models", "Speech understanding", "Speech translation",
    "Transcription of speech", "Low-resource speech recognition", "Automatic speech recognition",
)  # fmt: skip
CELL = Cell("LoRA", 1, "30s", "sections", "tsp")


def local(server: LlmServer) -> Config:
    return Config.model_validate(
        {
            "source": {"kind": "sample"},
            "models": {"synthesis": "local:writer"},
            "providers": {"local": {"base_url": server.openai_url}},
            "survey": {"section_smallest": 3, "section_largest": 8},
        }
    )


def make(config: Config, folder: ResultsFolder, questions: tuple[str, ...], orders: tuple[Any, ...]) -> list[Outcome]:
    models = configured_models(config, folder)
    cells = plan(questions, models, runs=1, details=["30s"], syntheses=["sections"], orders=orders)
    failed = make_cells(
        missing_cells(cells, models, folder),
        models,
        config,
        folder,
        lambda app, request: app.survey(request, RunContext()),
        lambda line: None,
    )
    assert failed == []
    return folder.outcomes()


def coverage(tmp_path: Path, writer: Callable[[dict[str, Any]], Answer]) -> tuple[Difference, list[Difference]]:
    """The difference of the first drafts' coverage, and all that were found."""
    with LlmServer(answer=writer) as server:
        outcomes = make(local(server), ResultsFolder(tmp_path / "ev"), QUESTIONS, ("tsp", "none"))
    differences = order_differences(outcomes)
    (drafts,) = [one for one in differences if one.measure == "coverage of the first draft"]
    assert drafts.units >= fewest_units(8)  # questions that found the same papers are one
    return drafts, [one for one in differences if one.found]


def test_a_writer_whose_quality_depends_on_the_order_is_found(tmp_path: Path) -> None:
    drafts, found = coverage(tmp_path, survey_writers.follows_the_thread)
    assert found == [drafts]
    assert drafts.low is not None
    assert drafts.high is not None
    assert drafts.low < drafts.mean < drafts.high < 0


def test_a_writer_whose_quality_does_not_depend_on_it_finds_nothing(tmp_path: Path) -> None:
    drafts, found = coverage(tmp_path, survey_writers.loses_papers)
    assert found == []
    assert drafts.low is not None
    assert drafts.high is not None
    assert drafts.low < 0 < drafts.high


def test_orders_have_the_same_papers_summaries_and_cuts_whatever_the_store_holds_by_then(tmp_path: Path) -> None:
    folder = ResultsFolder(tmp_path / "ev")
    config = Config.model_validate({"source": {"kind": "sample"}, "survey": {"section_smallest": 3}})
    outcomes = make(config, folder, QUESTIONS[:3], ("tsp", "similarity", "none"))
    assert [one.cell.order for one in outcomes[:3]] == ["tsp", "similarity", "none"]
    with open_app(run_config(config, folder)) as app:
        editions = [app.store.editions.get(one.edition) for one in outcomes]
    for at in range(0, len(outcomes), 3):
        assert len({one.material for one in outcomes[at : at + 3]}) == 1
        cuts = [[len(section.papers) for section in edition.sections] for edition in editions[at : at + 3] if edition]
        assert len(cuts[0]) > 1
        assert cuts[0] == cuts[1] == cuts[2]
        routes = [[paper.id for paper in edition.papers] for edition in editions[at : at + 3] if edition]
        assert routes[0] != routes[1] != routes[2]


def test_another_writer_is_another_set_of_models_and_all_else_stays(tmp_path: Path) -> None:
    with LlmServer() as server:
        config, folder = local(server), ResultsFolder(tmp_path / "ev")
        assert writer_config(config, "") is config
        other = writer_config(config, "local:other")
        assert configured_models(config, folder).with_writer("local:other") == configured_models(other, folder)


def test_a_survey_that_fails_is_tried_again_and_the_others_go_on() -> None:
    cells = [CELL, Cell("LoRA", 1, "30s", "sections", "similarity"), Cell("LoRA", 1, "30s", "sections", "none")]
    edition, kept = object(), list[Cell]()

    def made(cell: Cell) -> Edition:
        if cell.order == "similarity":
            raise NotFound("No paper.")
        return edition  # type: ignore[return-value]

    failed = try_each(cells, made, lambda cell, _: kept.append(cell))
    assert [cell.order for cell, _ in failed] == ["similarity"]
    assert [cell.order for cell in kept] == ["tsp", "none"]


@pytest.mark.parametrize("error", [Cancelled("Stopped."), ModelError("No.", kind="refused_key")])
def test_what_would_fail_for_every_cell_ends_the_experiment(error: Exception) -> None:
    def made(cell: Cell) -> Edition:
        raise error

    with pytest.raises(type(error)):
        try_each([CELL, CELL], made, lambda cell, edition: None)
