"""The verb evaluate: the article's experiment on the configured models."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from digest.errors import PaperRouteError
from digest.evaluation.experiment import DETAILS, ORDERS, QUESTIONS, RUNS, SAMPLE_QUESTIONS, SYNTHESES, Cell, plan
from digest.retrieval.queries import clean_question
from paperroute.cli_make import OrderChoice
from paperroute.evaluation import Folder, make_all, models_of
from paperroute.session import Session


class DetailChoice(StrEnum):
    """In how many seconds a summary can be read."""

    half_a_minute = "30s"
    a_quarter = "15s"


class SynthesisChoice(StrEnum):
    """Each section in a call of its own, or all in one."""

    sections = "sections"
    single = "single"


def evaluate(
    context: typer.Context,
    question: Annotated[
        list[str] | None, typer.Option(help="May be repeated; else the article's two, in English and Japanese.")
    ] = None,
    runs: Annotated[
        int | None, typer.Option(min=1, max=100, help="Else 3, or 1 where no language model is configured.")
    ] = None,
    order: Annotated[list[OrderChoice] | None, typer.Option(help="Only this order; may be repeated.")] = None,
    detail: Annotated[list[DetailChoice] | None, typer.Option(help="Only summaries of this detail.")] = None,
    synthesis: Annotated[list[SynthesisChoice] | None, typer.Option(help="Only this way of writing.")] = None,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="The folder of the results; in the same one it goes on.")
    ] = Path("evaluation"),
) -> None:
    """Re-run the article's experiment on the configured models; print its tables with ours beside them."""
    session: Session = context.obj
    config = session.config()
    asked = question or (SAMPLE_QUESTIONS if config.source.kind == "sample" else QUESTIONS)
    questions = list(dict.fromkeys(map(clean_question, asked)))
    folder = Folder(output)
    models = models_of(config, folder)
    cells = plan(
        questions,
        models,
        runs=runs or (1 if models.built_in else RUNS),
        orders=[one.value for one in order or ()] or ORDERS,
        details=[one.value for one in detail or ()] or DETAILS,
        syntheses=[one.value for one in synthesis or ()] or SYNTHESES,
    )
    failed = make_all(
        cells,
        models,
        config,
        folder,
        lambda app, request: session.run(lambda run: app.survey(request, run)),
        session.say,
    )
    session.put(folder.write(), None)
    session.say(f"Written to {folder.path}: results.md, results.json.")
    if failed:
        raise _incomplete(failed, len(cells))


def _incomplete(failed: list[tuple[Cell, PaperRouteError]], count: int) -> PaperRouteError:
    cell, error = failed[0]
    return PaperRouteError(
        f"{len(failed)} of {count} surveys could not be made; “{cell.question}” because: {error.message}",
        hint="The same command tries them again.",
    )


def add_to(app: typer.Typer) -> None:
    """Register the verb."""
    app.command()(evaluate)
