"""The verbs of feedback: what a reader says of papers, their reading list, seeds and followed authors.

Without --address it is the operator who says it.
"""

from __future__ import annotations

import codecs
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from digest.errors import BadInput
from digest.feedback import opinions
from digest.feedback.reading_list import ReadingListItem, reading_list
from digest.feedback.seed_files import MOST_CHARACTERS, parse_seed_file
from digest.feedback.seeds import import_seeds
from digest.render.safe_text import to_line, to_verbatim_line
from digest.run_context import RunContext
from paperroute.channels import CHANNELS
from paperroute.cli.archive import require_paper
from paperroute.cli.export import papers_format_option, render_papers
from paperroute.cli.session import CliSession, ListFormat
from paperroute.cli.subscriptions import ChannelOption, ListFormatOption, OutputOption
from store.records.feedback import OPERATOR_READER, Feedback, FeedbackKind, PaperOpinion, Reader
from store.text.names import person_key

feedback_app = typer.Typer(help="What readers say of papers, which moves digests.", no_args_is_help=True)
seeds_app = typer.Typer(
    help="Papers and authors that say what a topic is to have more of; for one reader, all their topics.",
    no_args_is_help=True,
)

PapersArgument = Annotated[list[str], typer.Argument(help="Papers by arXiv id or DOI, in any form.")]
TopicOption = Annotated[str, typer.Option("--topic", help="Whose digests it moves.")]
AddressOption = Annotated[
    str, typer.Option("--address", help="Of the reader, a mail address or a Slack user; else it is you, the operator.")
]


def _reader(address: str, channel: str) -> Reader:
    return Reader(channel, CHANNELS[channel].addresses.parse(address)) if address else OPERATOR_READER


def _make_opinion_verb(opinion: PaperOpinion) -> Callable[..., None]:
    def say(
        context: typer.Context,
        papers: PapersArgument,
        topic: TopicOption = "",
        address: AddressOption = "",
        channel: ChannelOption = "mail",
    ) -> None:
        session: CliSession = context.obj
        with session.app() as app:
            reader = _reader(address, channel)
            for paper in [require_paper(typed, app) for typed in papers]:
                opinions.set_opinion(app.store, reader, topic, paper.id, opinion, _now())
                session.say(f"{opinion}: {to_line(paper.title, 120)}")

    return say


_OPINIONS: dict[PaperOpinion, str] = {
    "keep": "Put papers on the reading list; with --topic, its digests get more like them.",
    "seen": "Note that papers were seen; it moves nothing.",
    "more": "Want more like these papers in the digests of --topic.",
    "less": "Want less like these papers: what is like them is told below the others, in brief.",
}
for _opinion, _help in _OPINIONS.items():
    feedback_app.command(_opinion, help=_help)(_make_opinion_verb(_opinion))


@feedback_app.command()
def clear(
    context: typer.Context, papers: PapersArgument, address: AddressOption = "", channel: ChannelOption = "mail"
) -> None:
    """Take back all that was said of papers."""
    session: CliSession = context.obj
    with session.app() as app:
        reader = _reader(address, channel)
        for paper in [require_paper(typed, app) for typed in papers]:
            opinions.clear_opinions(app.store, reader, paper.id)
            session.say(f"nothing said any more: {to_line(paper.title, 120)}")


@feedback_app.command("list")
def list_(
    context: typer.Context,
    address: AddressOption = "",
    channel: ChannelOption = "mail",
    topic: Annotated[str, typer.Option("--topic", help="All that counts for this topic, whoever said it.")] = "",
    format_: ListFormatOption = ListFormat.text,
) -> None:
    """List what a reader said, the newest first."""
    session: CliSession = context.obj
    with session.app(reading=True) as app:
        store = app.store.feedback
        said = store.of_topic(topic) if topic else store.of_reader(_reader(address, channel))
    _write_feedback(said, format_, session)


@feedback_app.command()
def off(context: typer.Context, address: AddressOption = "", channel: ChannelOption = "mail") -> None:
    """Let nothing that a reader said move any digest. It stays, and so does their reading list."""
    session: CliSession = context.obj
    with session.app() as app:
        opinions.turn_off(app.store, _reader(address, channel), _now())
    session.say("Off: nothing that this reader says moves a digest.")


@feedback_app.command()
def on(context: typer.Context, address: AddressOption = "", channel: ChannelOption = "mail") -> None:
    """Let it move digests again."""
    session: CliSession = context.obj
    with session.app() as app:
        opinions.turn_on(app.store, _reader(address, channel))
    session.say("On: what this reader says moves the digests of their topics.")


def reading_list_verb(
    context: typer.Context,
    format_: Annotated[str | None, papers_format_option()] = None,
    output: OutputOption = None,
    unseen: Annotated[bool, typer.Option("--unseen", help="Without the papers that were seen.")] = False,
    address: AddressOption = "",
    channel: ChannelOption = "mail",
) -> None:
    """The papers that a reader keeps, those not seen yet first; with --format, as a bibliography."""
    session: CliSession = context.obj
    session.try_output(output)
    with session.app(reading=True) as app:
        items = reading_list(app.store, _reader(address, channel), with_seen=not unseen)
    if format_:
        session.write_document(render_papers([item.paper for item in items], format_), output)
    elif items:
        session.write_words("\n".join(map(_item_lines, items)), output)
    else:
        session.say("The reading list is empty. Keep a paper: paperroute feedback keep ID")


def _item_lines(item: ReadingListItem) -> str:
    seen = " (seen)" if item.is_seen else ""
    return f"{to_line(item.paper.title, 200)}{seen}\n    {item.paper.url}  kept {item.kept_at:%Y-%m-%d}"


@seeds_app.command("add")
def add_seeds(
    context: typer.Context,
    papers: PapersArgument,
    topic: TopicOption = "",
    address: AddressOption = "",
    channel: ChannelOption = "mail",
) -> None:
    """Add papers as seeds; one that is not in the store is asked of arXiv."""
    _import(context.obj, "\n".join(papers), topic, address, channel)


@seeds_app.command("import")
def import_file(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="BibTeX, RIS, CSL-JSON, CSV or ids; - for stdin.")],
    topic: TopicOption = "",
    address: AddressOption = "",
    channel: ChannelOption = "mail",
) -> None:
    """Add the papers of a file as seeds: by arXiv id, else by DOI or title where the store has them."""
    _import(context.obj, _read_text(file), topic, address, channel)


def _import(session: CliSession, text: str, topic: str, address: str, channel: str) -> None:
    reader = _reader(address, channel)
    _require_target(reader, topic)
    read = parse_seed_file(text)
    with session.app() as app:
        done = import_seeds(app.store, reader, topic, read, app.source, RunContext().wait, _now())
    for entry in done.missing:
        session.err.print(f"not found: {to_verbatim_line(entry.label, 200)}", markup=False, soft_wrap=True)
    left = f", {done.unreadable} without id and title" if done.unreadable else ""
    added = len(done.added)
    session.say(f"{added} seed{'' if added == 1 else 's'}, {len(done.missing)} not found{left}.")
    if not done.added:
        raise typer.Exit(1)


@seeds_app.command("remove")
def remove_seeds(
    context: typer.Context, papers: PapersArgument, address: AddressOption = "", channel: ChannelOption = "mail"
) -> None:
    """Take papers out of the seeds, of whatever topic."""
    session: CliSession = context.obj
    with session.app() as app:
        reader = _reader(address, channel)
        count = sum(app.store.feedback.remove(reader, ["seed"], require_paper(typed, app).id) for typed in papers)
    session.say(f"Removed: {count}.")


@seeds_app.command()
def follow(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="An author, as papers name them.")],
    topic: TopicOption = "",
    address: AddressOption = "",
    channel: ChannelOption = "mail",
) -> None:
    """Follow an author: their papers rise in the digests."""
    session: CliSession = context.obj
    reader = _reader(address, channel)
    _require_target(reader, topic)
    with session.app() as app:
        followed = opinions.follow_author(app.store, reader, topic, name, _now())
    session.say(f"Followed: {followed.label}.")


@seeds_app.command()
def unfollow(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The author.")],
    address: AddressOption = "",
    channel: ChannelOption = "mail",
) -> None:
    """Follow an author no more, in whatever topic."""
    session: CliSession = context.obj
    with session.app() as app:
        count = app.store.feedback.remove(_reader(address, channel), ["author"], person_key(name))
    session.say("Not followed any more." if count else "That author was not followed.")


@seeds_app.command("list")
def list_seeds(
    context: typer.Context,
    address: AddressOption = "",
    channel: ChannelOption = "mail",
    format_: ListFormatOption = ListFormat.text,
) -> None:
    """List a reader's seeds and the authors whom they follow."""
    session: CliSession = context.obj
    with session.app(reading=True) as app:
        said = app.store.feedback.of_reader(_reader(address, channel))
    _write_feedback([one for one in said if one.kind in ("seed", "author")], format_, session)


def _write_feedback(said: Sequence[Feedback], format_: ListFormat, session: CliSession) -> None:
    if format_ is ListFormat.json:
        rows = [asdict(one) | {"at": one.at.isoformat()} for one in said]
        session.write_document(json.dumps(rows, ensure_ascii=False, indent=2), None)
    elif said:
        session.table(_table(said))
    else:
        session.say("Nothing was said yet.")


def _table(said: Sequence[Feedback]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("said", "of", "topic", "reader", "when (UTC)"):
        table.add_column(name, no_wrap=name != "of")
    for one in said:
        about = to_verbatim_line(one.label or _ABOUT.get(one.kind, ""), 120)
        cells = [one.kind, about, one.topic or "all", one.reader.address or "operator", f"{one.at:%Y-%m-%d %H:%M}"]
        table.add_row(*map(Text, cells))
    return table


_ABOUT: dict[FeedbackKind, str] = {"off": "nothing counts"}


def _require_target(reader: Reader, topic: str) -> None:
    if reader == OPERATOR_READER and not topic:
        raise BadInput("Of which topic?", hint="Name it with --topic, or a reader with --address.")


def _read_text(file: Path) -> str:
    try:
        if str(file) == "-":
            data = sys.stdin.buffer.read(4 * MOST_CHARACTERS)
        else:
            with file.open("rb") as opened:
                data = opened.read(4 * MOST_CHARACTERS)
    except OSError as error:
        raise BadInput(f"{file} cannot be read: {error.strerror}.") from None
    return _decode(data)


def _decode(data: bytes) -> str:
    """Older reference managers write neither a mark nor UTF-8, and some of Windows write UTF-16."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _now() -> datetime:
    return datetime.now(UTC)


def add_to(app: typer.Typer) -> None:
    """Register these verbs."""
    app.add_typer(feedback_app, name="feedback")
    app.command("reading-list")(reading_list_verb)
    app.add_typer(seeds_app, name="seeds")
