"""The verbs that make editions: survey, digest, demo; and harvest, which brings what they are made of."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from digest.errors import ConfigError
from digest.pipeline.services import DigestRequest, SurveyRequest
from digest.question.limits_input import LimitValues, parse_limits
from digest.run_context import RunContext
from paperroute.cli.demo import run_demo
from paperroute.cli.export import DEFAULT, LengthOption, format_option, write_edition
from paperroute.cli.session import CliSession
from paperroute.compose.app import App
from paperroute.compose.harvest import harvest_now
from paperroute.progress import show_progress


class OrderChoice(StrEnum):
    """The orders in which a model may read the papers."""

    tsp = "tsp"
    similarity = "similarity"
    none = "none"


class SelectionChoice(StrEnum):
    """The ways in which papers are chosen."""

    ranked = "ranked"
    all_words = "all-words"


OutputOption = Annotated[Path | None, typer.Option("--output", "-o", help="Write to this file instead of stdout.")]


def survey(
    context: typer.Context,
    question: Annotated[str, typer.Argument(help="What you want to know, in your own words.")],
    query: Annotated[
        list[str] | None, typer.Option("--query", help="Search words of your own; may be repeated. Each is one phrase.")
    ] = None,
    papers: Annotated[int | None, typer.Option("--papers", help="At most this many papers.")] = None,
    since: Annotated[str, typer.Option(help="Only papers submitted since then: 2024, 2024-05 or 2024-05-31.")] = "",
    until: Annotated[str, typer.Option(help="Only papers submitted until then, itself included.")] = "",
    category: Annotated[
        list[str] | None,
        typer.Option(
            "--category",
            help="Only papers of this category (cs.CL, cs; biorxiv:neuroscience, biorxiv); repeated: of any.",
        ),
    ] = None,
    author: Annotated[
        list[str] | None, typer.Option("--author", help="Only papers by this author; repeated: by all.")
    ] = None,
    exclude: Annotated[
        list[str] | None, typer.Option("--exclude", help="No papers with this word or phrase; may be repeated.")
    ] = None,
    selection: Annotated[
        SelectionChoice | None, typer.Option(help="ranked: by relevance; all-words: with every word of a phrase.")
    ] = None,
    order: Annotated[OrderChoice | None, typer.Option(help="The papers' order: tsp is the route.")] = None,
    language: Annotated[str | None, typer.Option(help="Language of the text: auto, or a tag such as en or ja.")] = None,
    format_: Annotated[str, format_option()] = DEFAULT,
    length: LengthOption = None,
    output: OutputOption = None,
    refresh: Annotated[
        bool, typer.Option("--refresh", help="Search and write anew, though a recent survey answers this.")
    ] = False,
) -> None:
    """Answer a question with a cited survey of the papers on it."""
    session: CliSession = context.obj
    session.try_output(output)
    limits = LimitValues(since, until, tuple(category or ()), tuple(author or ()), tuple(exclude or ()))
    request = SurveyRequest(
        question,
        tuple(query or ()),
        papers,
        order.value if order else None,
        language,
        parse_limits(limits, datetime.now(UTC)),
        refresh,
    )
    with session.app() as opened:
        app = opened.with_selection(selection.value) if selection else opened
        session.say_models(app)
        edition = session.run(lambda run: app.survey(request, run))
        write_edition(edition, format_, output, session, app, length)


def digest(
    context: typer.Context,
    topic: Annotated[str, typer.Argument(help="The topic's slug; `paperroute topics list` shows them.")],
    slot: Annotated[str, typer.Option(help="A date or moment; else the newest slot that is due.")] = "",
    since: Annotated[str, typer.Option(help="Where its window begins; else where the last one ended.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what it would be; freeze nothing.")] = False,
    ahead: Annotated[
        bool, typer.Option("--ahead", help="Hand in the coming digest's summaries as a batch, or see how it stands.")
    ] = False,
    format_: Annotated[str, format_option()] = DEFAULT,
    length: LengthOption = None,
    output: OutputOption = None,
) -> None:
    """Write a topic's digest of new papers for one slot."""
    session: CliSession = context.obj
    session.try_output(output)
    with session.app() as app:
        session.say_models(app)
        if ahead:
            _prefetch(topic, slot, session, app)
            return
        request = DigestRequest(topic, slot, since, dry_run)
        edition = session.run(lambda run: app.digest(request, run), moot="--since" if since else "")
        if dry_run:
            session.say("Dry run: this edition is not kept.")
        write_edition(edition, format_, output, session, app, length)


def _prefetch(topic: str, slot: str, session: CliSession, app: App) -> None:
    if app.config.models.batch is False:
        raise ConfigError("No batches are made: models.batch is false.", hint="Set it to true.")
    if app.services.batches is None:
        raise ConfigError("The built-in summaries need no batch.", hint="Set models.summary to a language model.")
    with show_progress(session.err, quiet=session.quiet) as listener:
        run = RunContext(listener)
        told = app.prefetch_topic(topic, run, slot)
        while told and told.more:
            told = app.prefetch_topic(topic, run, slot)
    if told is None:
        hours = app.config.models.batch_hours
        session.say(f"Nothing to prepare: batches begin {hours:g} hours before a slot; --slot names a later one.")
    else:
        session.write_words(f"{told.topic}, slot {told.slot:%Y-%m-%d %H:%M} UTC: {told.state}; {told.detail}", None)


def demo(
    context: typer.Context,
    folder: Annotated[Path, typer.Option(help="Where the demo writes its files.")] = Path("demo"),
) -> None:
    """A survey and a digest over the bundled sample: no key, no network."""
    run_demo(context.obj, folder)


def harvest(
    context: typer.Context,
    file: Annotated[
        Path | None, typer.Option("--file", help="First what this file holds: arXiv's metadata as JSON lines.")
    ] = None,
) -> None:
    """Keep what the sources of [harvest] have, until now. The same command goes on where it was stopped."""
    session: CliSession = context.obj
    with session.app() as app, show_progress(session.err, quiet=session.quiet) as listener:
        run = RunContext(listener)
        try:
            told = harvest_now(app, run, file)
        except KeyboardInterrupt:
            run.cancel.set()
            raise
    session.write_words(told, None)


def add_to(app: typer.Typer) -> None:
    """Register these verbs."""
    for verb in (survey, digest, demo, harvest):
        app.command()(verb)
