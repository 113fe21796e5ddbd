"""The verb evaluate: the article's experiment, or an archive replayed.

Invariant: nothing that costs money begins before somebody agreed to its estimate; the same command in the same folder
goes on where it stopped.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from digest.errors import BadInput, Cancelled, NotFound, PaperRouteError
from digest.evaluation.article import QUESTIONS, SAMPLE_QUESTIONS
from digest.evaluation.cost import CostEstimate, estimate_judging, estimate_surveys
from digest.evaluation.experiment import (
    DETAILS,
    ORDERS,
    RUNS,
    SYNTHESES,
    Cell,
    Detail,
    ModelSet,
    Outcome,
    Selection,
    Synthesis,
    plan,
)
from digest.evaluation.replay import ArchivedPaper, ReplayReader, replay, replay_markdown, simulate_readers
from digest.llm.pricing import PriceTable
from digest.pipeline.edition_spec import get_topic
from digest.pipeline.services import SurveyRequest
from digest.retrieval.embeddings import EmbeddingJob
from digest.retrieval.queries import clean_question
from digest.run_context import RunContext, collect_results
from paperroute.cli.make import OrderChoice, SelectionChoice
from paperroute.cli.session import CliSession
from paperroute.compose.app import App
from paperroute.config.load import Config
from paperroute.config.models import price_rows
from paperroute.evaluation.folder import ResultsFolder
from paperroute.evaluation.judging import judge_surveys, missing_verdicts, refuse_judge
from paperroute.evaluation.survey_cells import Failed, configured_models, make_cells, missing_cells, writer_config
from paperroute.output import write_file
from store.records.editions import Edition, OrderMethod
from store.records.lazy_text import format_usd

_MOST_DIGESTS = 200


class DetailChoice(StrEnum):
    """In how many seconds a summary can be read."""

    half_a_minute = "30s"
    a_quarter = "15s"


class SynthesisChoice(StrEnum):
    """Each section in a call of its own, or all in one."""

    sections = "sections"
    single = "single"


class CitingChoice(StrEnum):
    """Whether the writer is asked to cite every paper."""

    fitting = "as-it-fits"
    every = "every"


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
    citing: Annotated[
        list[CitingChoice] | None,
        typer.Option(help="Whether the writer is asked to cite every paper; else it is not. May be repeated."),
    ] = None,
    writer: Annotated[
        list[str] | None,
        typer.Option(help="This model writes (provider:model), else the configured one; may be repeated."),
    ] = None,
    judge: Annotated[
        str,
        typer.Option(metavar="PROVIDER:MODEL", help="This model, which must not be a writer, judges what was made."),
    ] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Spend what it costs without being asked.")] = False,
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
    levels = _Levels(
        list(dict.fromkeys(map(clean_question, asked))),
        runs,
        [choice.value for choice in order or ()] or ORDERS,
        [choice.value for choice in detail or ()] or DETAILS,
        [choice.value for choice in synthesis or ()] or SYNTHESES,
        [choice.value for choice in selection or ()] or [config.survey.selection],
        [choice is CitingChoice.every for choice in citing or ()] or [False],
    )
    folder = ResultsFolder(output)
    arms = [levels.arm(writer_config(config, name), folder) for name in dict.fromkeys(writer or ("",))]
    if judge:
        refuse_judge(judge, [arm.models for arm in arms], config)
    _agree_to_cost(arms, judge, config, folder, session, yes=yes)
    failed = [one for arm in arms for one in _make_arm(arm, folder, session)]
    if judge:
        judge_surveys(missing_verdicts(_made(arms, folder), judge, folder), config, folder, session.say)
    reports = folder.reports()
    for name, text in reports.items():
        write_file(folder.path / name, text.encode(errors="replace"))
    session.write_words(reports["results.md"], None)
    session.say(f"Written to {folder.path}: {', '.join(reports)}.")
    if failed:
        raise _incomplete_error(failed, sum(len(arm.cells) for arm in arms))


@dataclass(frozen=True)
class _Arm:
    """The cells of one set of models. missing: those that are still to be made."""

    config: Config
    models: ModelSet
    cells: Sequence[Cell]
    missing: Sequence[Cell]


@dataclass(frozen=True)
class _Levels:
    """What is varied."""

    questions: Sequence[str]
    runs: int | None
    orders: Sequence[OrderMethod]
    details: Sequence[Detail]
    syntheses: Sequence[Synthesis]
    selections: Sequence[Selection]
    cites: Sequence[bool]

    def arm(self, config: Config, folder: ResultsFolder) -> _Arm:
        models = configured_models(config, folder)
        cells = plan(
            self.questions,
            models,
            runs=self.runs or (1 if models.built_in else RUNS),
            orders=self.orders,
            details=self.details,
            syntheses=self.syntheses,
            selections=self.selections,
            cites=self.cites,
        )
        return _Arm(config, models, cells, missing_cells(cells, models, folder))


def _agree_to_cost(
    arms: Sequence[_Arm], judge: str, config: Config, folder: ResultsFolder, session: CliSession, *, yes: bool
) -> None:
    """Say what is about to be spent, and go on only where that is agreed to; what costs nothing is not asked for."""
    papers, prices = config.survey.max_papers, PriceTable(price_rows(config.prices))
    estimate = sum((estimate_surveys(arm.missing, arm.models, papers, prices) for arm in arms), CostEstimate(0, 0, 0.0))
    if judge:
        known = missing_verdicts(_made(arms, folder), judge, folder)
        surveys, compared = estimate.surveys + len(known.surveys), estimate.surveys + len(known.pairs)
        estimate += estimate_judging(surveys, compared, judge, papers, prices)
    count = sum(len(arm.cells) for arm in arms)
    session.say(f"{count} surveys, {count - estimate.surveys} of them made before.")
    if estimate.usd != 0:
        _ask_to_spend(estimate, session, yes=yes)


def _ask_to_spend(estimate: CostEstimate, session: CliSession, *, yes: bool) -> None:
    cost = "an unknown price" if estimate.usd is None else f"{format_usd(estimate.usd)} at most, by our reckoning"
    said = f"About {estimate.tokens:,} tokens are still to be paid for: {cost}."
    session.err.print(said, markup=False, soft_wrap=True)
    if yes:
        return
    if not sys.stdin.isatty():
        raise BadInput("Nothing was spent: nobody is there to be asked.", hint="Give --yes to spend it.")
    if not typer.confirm("Go on?", err=True):
        raise Cancelled("Stopped.")


def _make_arm(arm: _Arm, folder: ResultsFolder, session: CliSession) -> Failed:
    def make(app: App, request: SurveyRequest) -> Edition:
        return session.run(lambda run: app.survey(request, run))

    return make_cells(arm.missing, arm.models, arm.config, folder, make, session.say)


def _made(arms: Sequence[_Arm], folder: ResultsFolder) -> list[Outcome]:
    """Those of these arms' cells that are finished."""
    wanted = {(cell, arm.models) for arm in arms for cell in arm.cells}
    return [one for one in folder.outcomes() if (one.cell, one.models) in wanted]


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
        job = EmbeddingJob(list(papers.values()), question, embedder, app.store, services.fan_out, run)
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


def _incomplete_error(failed: Failed, count: int) -> PaperRouteError:
    cell, error = failed[0]
    return PaperRouteError(
        f"{len(failed)} of {count} surveys could not be made; “{cell.question}” because: {error.message}",
        hint="The same command tries them again.",
    )


def add_to(app: typer.Typer) -> None:
    """Register the verb."""
    app.command()(evaluate)
