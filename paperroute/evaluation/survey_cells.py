"""The surveys of an experiment: each cell made once, in the store of its run, whatever was stopped in between.

Invariant: a finished cell is never made again; nothing goes into the user's archive. Runs share nothing, the cells of a
run share whatever the store keeps. What fails for every cell ends the experiment, what fails for one does not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby

from digest.errors import BadInput, PaperRouteError, is_fatal
from digest.evaluation.experiment import Cell, Detail, ModelSet, Synthesis, outcome
from digest.pipeline.services import SurveyRequest
from paperroute.compose.app import App, open_app
from paperroute.config.load import Config
from paperroute.config.models import model_problems
from paperroute.evaluation.folder import ResultsFolder
from store.records.editions import Edition

MakeSurvey = Callable[[App, SurveyRequest], Edition]
Failed = list[tuple[Cell, PaperRouteError]]

_CACHE_HOURS = 720.0  # within one experiment nothing is searched for again only because time has passed


def run_config(
    config: Config, folder: ResultsFolder, run: int = 1, detail: Detail = "30s", synthesis: Synthesis = "sections"
) -> Config:
    """The configuration of the cells of a run that differ in question, selection, citing and order only."""
    return config.model_copy(
        update={
            "store": config.store.model_copy(update={"path": folder.store(run), "url": ""}),
            "arxiv": config.arxiv.model_copy(update={"cache_hours": _CACHE_HOURS}),
            "survey": config.survey.model_copy(update={"reuse_hours": _CACHE_HOURS}),
            "models": config.models.model_copy(update={"detail": detail, "synthesis_mode": synthesis}),
            "topics": (),
        }
    )


def writer_config(config: Config, writer: str) -> Config:
    """Another model writes. writer: provider:model, "builtin", or "" for the configured one. Raises BadInput."""
    if not writer:
        return config
    models = config.models.model_copy(update={"synthesis": writer})
    if problem := next(model_problems(models, config.providers, config.prices), ""):
        raise BadInput(f"--writer: {problem}.")
    return config.model_copy(update={"models": models})


def configured_models(config: Config, folder: ResultsFolder) -> ModelSet:
    """The models that the configuration gives the roles. Raises ConfigError."""
    with open_app(run_config(config, folder)) as app:
        models = app.services
        return ModelSet(models.queries.model, models.embedder.model, models.summary.model, models.synthesis.model)


def missing_cells(cells: Sequence[Cell], models: ModelSet, folder: ResultsFolder) -> list[Cell]:
    done = {finished.cell for finished in folder.outcomes() if finished.models == models}
    return [cell for cell in cells if cell not in done]


def make_cells(
    cells: Sequence[Cell],
    models: ModelSet,
    config: Config,
    folder: ResultsFolder,
    make: MakeSurvey,
    say: Callable[[str], None],
) -> Failed:
    """Make these cells' surveys, and count them; those that failed come back, and can be tried again."""
    failed = Failed()
    for (run, detail, synthesis), group in groupby(cells, lambda cell: (cell.run, cell.detail, cell.synthesis)):
        with open_app(run_config(config, folder, run, detail, synthesis)) as app:

            def survey(cell: Cell, app: App = app) -> Edition:
                citing = ["cite every"] if cell.cite_every else []
                varied = (cell.detail, cell.synthesis, cell.selection, *citing, cell.order)
                say(f"run {cell.run}, {', '.join(varied)}: {cell.question}")
                request = SurveyRequest(cell.question, order=cell.order, cite_every=cell.cite_every)
                return make(app.with_selection(cell.selection, controlled=True), request)

            failed += try_each(group, survey, lambda cell, edition: folder.add(outcome(cell, models, edition)))
    return failed


def try_each(cells: Iterable[Cell], make: Callable[[Cell], Edition], keep: Callable[[Cell, Edition], None]) -> Failed:
    """Make each cell's survey and keep it at once; those that failed come back.

    Raises what would fail for every cell: the run was cancelled, or only the operator can mend it.
    """
    failed = Failed()
    for cell in cells:
        try:
            edition = make(cell)
        except PaperRouteError as error:
            if is_fatal(error):
                raise
            failed.append((cell, error))
        else:
            keep(cell, edition)
    return failed
