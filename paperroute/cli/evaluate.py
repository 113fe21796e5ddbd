"""The verb evaluate: the article's experiment, its results folder, and the surveys made in it.

    results.jsonl   a line for each finished cell       run-1.db ...   the store of each run, with its editions
    results.json    all of them, with what is derived   results.md     the tables

Invariant: a finished cell is a line of results.jsonl before the next begins, and is never made again; nothing goes into
the user's archive. Runs share nothing, the cells of a run share whatever the store keeps.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict
from enum import StrEnum
from itertools import groupby
from pathlib import Path
from typing import Annotated

import typer
from pydantic import TypeAdapter, ValidationError

from digest.errors import BadInput, NotFound, PaperRouteError
from digest.evaluation.experiment import (
    DETAILS,
    ORDERS,
    QUESTIONS,
    RUNS,
    SAMPLE_QUESTIONS,
    SYNTHESES,
    Cell,
    Detail,
    ModelSet,
    Outcome,
    Synthesis,
    outcome,
    plan,
)
from digest.evaluation.replay import ArchivedPaper, ReplayReader, replay, replay_markdown, simulate_readers
from digest.evaluation.report import make_surveys, results_json, results_markdown
from digest.pipeline.edition_spec import get_topic
from digest.pipeline.services import SurveyRequest
from digest.retrieval.embeddings import EmbeddingJob
from digest.retrieval.queries import clean_question
from digest.run_context import RunContext, collect_results
from paperroute.cli.make import OrderChoice, SelectionChoice
from paperroute.cli.session import CliSession
from paperroute.compose.app import App, open_app
from paperroute.config.load import Config
from paperroute.output import write_file
from store.records.editions import Edition

MakeSurvey = Callable[[App, SurveyRequest], Edition]

_OUTCOME = TypeAdapter(Outcome)
_MOST_DIGESTS = 200
_CACHE_HOURS = 720.0  # within one evaluation nothing is searched for again only because time has passed


class ResultsFolder:
    """Where an evaluation leaves everything. Raises BadInput where it cannot be written."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lines = path / "results.jsonl"
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise BadInput(f"{path} cannot be made: {error.strerror}.", hint="Choose another folder with -o.") from None

    def store(self, run: int) -> Path:
        return (self.path / f"run-{run}.db").absolute()

    def outcomes(self) -> list[Outcome]:
        """Those that are finished, of whatever models; a line that was cut off by a crash is one that is not."""
        text = self._lines.read_text(encoding="utf-8") if self._lines.exists() else ""
        return [found for line in text.splitlines() if (found := _read(line))]

    def add(self, new: Outcome) -> None:
        """Append a line and see it on the disk; after a torn line, on a line of its own."""
        line = json.dumps(asdict(new), ensure_ascii=False)
        with self._lines.open("a+b") as file:
            if file.tell() and not self._lines.read_bytes().endswith(b"\n"):
                file.write(b"\n")
            file.write(line.encode(errors="replace") + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def write(self) -> str:
        """Write the tables and the document anew, and give the tables."""
        outcomes = self.outcomes()
        text = results_markdown(outcomes)
        write_file(self.path / "results.json", results_json(outcomes).encode(errors="replace"))
        write_file(self.path / "results.md", text.encode(errors="replace"))
        return text


def _read(line: str) -> Outcome | None:
    try:
        return _OUTCOME.validate_json(line)
    except ValidationError:
        return None


def configured_models(config: Config, folder: ResultsFolder) -> ModelSet:
    """The models that the configuration gives the roles. Raises ConfigError."""
    with open_app(_cells_config(config, folder, 1, "30s", "sections")) as app:
        models = app.services
        return ModelSet(models.queries.model, models.embedder.model, models.summary.model, models.synthesis.model)


def make_missing_cells(
    cells: Sequence[Cell],
    models: ModelSet,
    config: Config,
    folder: ResultsFolder,
    make: MakeSurvey,
    say: Callable[[str], None],
) -> list[tuple[Cell, PaperRouteError]]:
    """Make the cells that the folder lacks; those that failed come back."""
    done = {finished.cell for finished in folder.outcomes() if finished.models == models}
    missing = [cell for cell in cells if cell not in done]
    say(f"{len(cells)} surveys, {len(cells) - len(missing)} of them made before.")
    failed = []
    for (run, detail, synthesis), group in groupby(missing, lambda cell: (cell.run, cell.detail, cell.synthesis)):
        with open_app(_cells_config(config, folder, run, detail, synthesis)) as app:

            def survey(cell: Cell, app: App = app) -> Edition:
                varied = (cell.detail, cell.synthesis, cell.selection, cell.order)
                say(f"run {cell.run}, {', '.join(varied)}: {cell.question}")
                return make(app.with_selection(cell.selection), SurveyRequest(cell.question, order=cell.order))

            failed += make_surveys(group, survey, lambda cell, edition: folder.add(outcome(cell, models, edition)))
    return failed


def _cells_config(config: Config, folder: ResultsFolder, run: int, detail: Detail, synthesis: Synthesis) -> Config:
    """The configuration of the cells of a run that differ in question, selection and order only."""
    return config.model_copy(
        update={
            "store": config.store.model_copy(update={"path": folder.store(run)}),
            "arxiv": config.arxiv.model_copy(update={"cache_hours": _CACHE_HOURS}),
            "survey": config.survey.model_copy(update={"reuse_hours": _CACHE_HOURS}),
            "models": config.models.model_copy(update={"detail": detail, "synthesis_mode": synthesis}),
            "topics": (),
        }
    )


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
    selection: Annotated[
        list[SelectionChoice] | None,
        typer.Option(help="This way to choose papers, else the configured one; may be repeated, to compare them."),
    ] = None,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="The folder of the results; in the same one it goes on.")
    ] = Path("evaluation"),
    topic: Annotated[
        str, typer.Option("--replay", metavar="TOPIC", help="Instead: how far feedback lifts what a reader would keep.")
    ] = "",
) -> None:
    """Re-run the article's experiment on the configured models; print its tables with ours beside them."""
    session: CliSession = context.obj
    if topic:
        session.write_words(_replay_topic(topic, session), None)
        return
    config = session.config()
    asked = question or (SAMPLE_QUESTIONS if config.source.kind == ("sample",) else QUESTIONS)
    questions = list(dict.fromkeys(map(clean_question, asked)))
    folder = ResultsFolder(output)
    models = configured_models(config, folder)
    cells = plan(
        questions,
        models,
        runs=runs or (1 if models.built_in else RUNS),
        orders=[choice.value for choice in order or ()] or ORDERS,
        details=[choice.value for choice in detail or ()] or DETAILS,
        syntheses=[choice.value for choice in synthesis or ()] or SYNTHESES,
        selections=[choice.value for choice in selection or ()] or [config.survey.selection],
    )
    failed = make_missing_cells(
        cells,
        models,
        config,
        folder,
        lambda app, request: session.run(lambda run: app.survey(request, run)),
        session.say,
    )
    session.write_words(folder.write(), None)
    session.say(f"Written to {folder.path}: results.md, results.json.")
    if failed:
        raise _incomplete_error(failed, len(cells))


def _replay_topic(slug: str, session: CliSession) -> str:
    """Its digests, replayed. Raises NotFound, ModelError."""
    with session.app(reading=True) as app:
        topic = get_topic(slug, app.store.topics)
        services = app.services
        heads = app.store.editions.list(kind="digest", topic=slug, limit=_MOST_DIGESTS)
        editions = [edition for head in reversed(heads) if (edition := app.store.editions.get(head.id))]
        if not any(edition.papers for edition in editions):
            raise NotFound(
                f"The topic “{slug}” has no digest with papers to replay.",
                hint=f"Write one: paperroute digest {slug}.",
            )
        papers = app.store.papers.get(paper.id for edition in editions for paper in edition.papers)
        run, question = RunContext(), topic.question or topic.title
        embedder = services.title_embedder or services.embedder
        job = EmbeddingJob(list(papers.values()), question, embedder, app.store, services.executor, run)
        collect_results(run, job)
        vectors = dict(zip(papers, job.matrix(list(papers.values())), strict=True))
        likeness = {id_: float(vector @ job.of_question) for id_, vector in vectors.items()}
        digests = [
            [
                ArchivedPaper(papers[one.id], likeness[one.id] if one.relevance is None else one.relevance - one.change)
                for one in edition.papers
                if one.id in papers
            ]
            for edition in editions
        ]
        kept = frozenset(one.subject for one in app.store.feedback.of_topic(slug) if one.kind == "keep")
    own = replay(ReplayReader("readers of this topic", kept), digests, vectors)
    outcomes = [told for reader in simulate_readers(digests, question) if (told := replay(reader, digests, vectors))]
    return replay_markdown(topic.title, digests, outcomes, own)


def _incomplete_error(failed: list[tuple[Cell, PaperRouteError]], count: int) -> PaperRouteError:
    cell, error = failed[0]
    return PaperRouteError(
        f"{len(failed)} of {count} surveys could not be made; “{cell.question}” because: {error.message}",
        hint="The same command tries them again.",
    )


def add_to(app: typer.Typer) -> None:
    """Register the verb."""
    app.command()(evaluate)
