"""The verbs that keep the topics: list, show, add, edit, remove."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from digest.cadence import latest_slot
from digest.errors import BadInput, NotFound
from digest.model_names import BUILTIN
from digest.render.safe_text import to_line as clean
from digest.render.safe_text import to_verbatim_line
from digest.retrieval.topic_check import topic_problems
from digest.sources.coverage import lacking_areas
from digest.sources.harvested import lacking_error
from paperroute.cli.session import CliSession, ListFormat
from store import Store
from store.records.editions import Topic

app = typer.Typer(help="What Paper Route watches for you.", no_args_is_help=True)

SlugArgument = Annotated[str, typer.Argument(help="Small letters, digits and hyphens, such as speech-recognition.")]
TitleOption = Annotated[str | None, typer.Option(help="What readers see.")]
QuestionOption = Annotated[str | None, typer.Option(help="What the topic is about, in your own words.")]
QueriesOption = Annotated[
    list[str] | None, typer.Option("--query", help="Search words; may be repeated; instead of the question's.")
]
CategoriesOption = Annotated[
    list[str] | None,
    typer.Option("--category", help="Only these (cs.CL, cs.*; biorxiv:neuroscience, biorxiv); may be repeated."),
]
IncludeOption = Annotated[
    list[str] | None, typer.Option("--include", help="A word every paper must have; may be repeated.")
]
ExcludeOption = Annotated[
    list[str] | None, typer.Option("--exclude", help="A word no paper may have; may be repeated.")
]
CadenceOption = Annotated[str | None, typer.Option(help="daily, weekdays, weekly:mon or monthly:1.")]
TimeOption = Annotated[str | None, typer.Option(help="Local time of the slot, such as 08:00.")]
TimezoneOption = Annotated[str | None, typer.Option("--timezone", help="IANA time zone, such as Europe/Berlin.")]
LanguageOption = Annotated[str | None, typer.Option(help="auto, or a tag such as en or ja.")]
MaxPapersOption = Annotated[int | None, typer.Option("--papers", help="At most this many papers a digest.")]


@app.command("list")
def list_(
    context: typer.Context,
    format_: Annotated[ListFormat, typer.Option("--format", "-f", help="How the list is set.")] = ListFormat.text,
) -> None:
    """List the topics, with the last digest of each."""
    session: CliSession = context.obj
    with session.app(reading=True) as opened:
        topics = opened.store.topics.list()
        if format_ is ListFormat.json:
            session.write_document(json.dumps([asdict(topic) for topic in topics], ensure_ascii=False, indent=2), None)
        elif topics:
            session.table(_table(topics, opened.store))
        else:
            session.say('No topics yet. Add one: paperroute topics add speech --question "Speech recognition"')


def _table(topics: list[Topic], store: Store) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("topic", "cadence", "last digest", "defined in"):
        table.add_column(name, no_wrap=True)
    table.add_column("title")
    newest = store.edition_links.newest_by_topic(datetime.now(UTC))
    for topic in topics:
        last = newest.get(topic.slug)
        when = f"{last.slot:%Y-%m-%d}, {last.papers} papers" if last and last.slot else "none"
        origin = {"config": "config.toml", "store": "the store"}[topic.origin] + ("" if topic.active else " (resting)")
        table.add_row(topic.slug, f"{topic.cadence} {topic.at} {topic.timezone}", when, origin, clean(topic.title))
    return table


@app.command()
def show(context: typer.Context, slug: SlugArgument) -> None:
    """Show a topic in full."""
    session: CliSession = context.obj
    with session.app(reading=True) as opened:
        topic = _get_topic(slug, opened.store)
        due = latest_slot(topic.cadence, topic.at, topic.timezone, datetime.now(UTC))
        values = asdict(topic) | {"latest_slot": due.isoformat()}
        table = Table(box=None, pad_edge=False, show_header=False)
        for name, value in values.items():
            table.add_row(
                f"[dim]{name}[/]", Text(to_verbatim_line(", ".join(value) if isinstance(value, tuple) else str(value)))
            )
        session.table(table)


def _make_put_verb(make: Callable[[str, dict[str, Any], Store], Topic]) -> Callable[..., None]:
    """A verb that keeps a topic, which `make` makes of its slug and of the options that were given."""

    def put(
        context: typer.Context,
        slug: SlugArgument,
        title: TitleOption = None,
        question: QuestionOption = None,
        query: QueriesOption = None,
        category: CategoriesOption = None,
        include: IncludeOption = None,
        exclude: ExcludeOption = None,
        cadence: CadenceOption = None,
        at: TimeOption = None,
        timezone: TimezoneOption = None,
        language: LanguageOption = None,
        papers: MaxPapersOption = None,
    ) -> None:
        session: CliSession = context.obj
        values = _given_values(
            title=title,
            question=question,
            queries=query,
            categories=category,
            include=include,
            exclude=exclude,
            cadence=cadence,
            at=at,
            timezone=timezone,
            language=language,
            max_papers=papers,
        )
        with session.app() as opened:
            topic = make(slug, values, opened.store)
            by_rules = opened.models.choice.questions == BUILTIN
            if wrong := topic_problems(topic, by_rules=by_rules):
                told = "; ".join(f"{field}: {problem}" for field, problem in wrong)
                is_unread = any(field == "question" for field, _ in wrong)
                hint = 'Give search words, for example --query "image generation".' if is_unread else ""
                raise BadInput(
                    f"This topic cannot be kept: {told.rstrip('.')}{'' if told.endswith('?') else '.'}", hint=hint
                )
            opened.store.topics.put(topic)
            lacking = lacking_areas(topic.categories, opened.config.harvest.plan.collections)
        session.say(f"Kept. See what it would bring: paperroute digest {slug} --dry-run")
        if lacking:
            error = lacking_error(lacking)
            session.say(f"{error.message} {error.hint}")

    return put


def _given_values(**options: Any) -> dict[str, Any]:
    """The options that were given, as the topic's fields; empty words clear a list."""
    return {
        name: tuple(word for word in value if word) if isinstance(value, list) else value
        for name, value in options.items()
        if value is not None
    }


def _new_topic(slug: str, values: dict[str, Any], store: Store) -> Topic:
    if store.topics.get(slug):
        raise BadInput(f"There is a topic “{slug}” already.", hint=f"Change it: paperroute topics edit {slug} --help")
    title = values.get("question") or slug.replace("-", " ").capitalize()
    return replace(Topic(slug, title), **values)


def _edit_topic(slug: str, values: dict[str, Any], store: Store) -> Topic:
    if not values:
        raise BadInput("Nothing to change was given.", hint=f"See paperroute topics edit {slug} --help")
    return replace(_get_editable_topic(slug, store), **values)


app.command("add", help="Add a topic.")(_make_put_verb(_new_topic))
app.command("edit", help="Change what you name of a topic; the rest stays. An empty word clears a list.")(
    _make_put_verb(_edit_topic)
)


@app.command()
def remove(context: typer.Context, slug: SlugArgument) -> None:
    """Remove a topic; the digests it had stay in the archive."""
    session: CliSession = context.obj
    with session.app() as opened:
        opened.store.topics.remove(_get_editable_topic(slug, opened.store).slug)
    session.say("Removed. Its digests stay in the archive.")


def _get_topic(slug: str, store: Store) -> Topic:
    topic = store.topics.get(slug)
    if topic is None:
        raise NotFound(f"There is no topic “{slug}”.", hint="`paperroute topics list` shows them.")
    return topic


def _get_editable_topic(slug: str, store: Store) -> Topic:
    """A topic that the command line may change. One of the file that left the file may be removed, too."""
    topic = _get_topic(slug, store)
    if topic.origin == "config" and topic.active:
        raise BadInput(f"The topic “{slug}” is defined in the configuration file.", hint="Change it there.")
    return topic


def add_to(verbs: typer.Typer) -> None:
    """Register these verbs."""
    verbs.add_typer(app, name="topics")
