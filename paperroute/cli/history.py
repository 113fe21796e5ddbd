"""The verb history: every edition there is, in a list."""

from __future__ import annotations

import json
from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

import typer
from rich.table import Table

from digest.errors import NotFound
from digest.render.safe_text import to_line as clean
from digest.render.safe_text import to_verbatim_line
from paperroute.cli.session import CliSession, ListFormat
from store import Store
from store.records.editions import EditionKind
from store.tables.editions import EditionHead


class KindChoice(StrEnum):
    """The two kinds of editions."""

    survey = "survey"
    digest = "digest"


def history(
    context: typer.Context,
    search: Annotated[str, typer.Option(help="Only editions with these words.")] = "",
    kind: Annotated[KindChoice | None, typer.Option(help="Only this kind.")] = None,
    topic: Annotated[str | None, typer.Option(help="Only digests of this topic.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most this many.")] = 20,
    format_: Annotated[ListFormat, typer.Option("--format", "-f", help="How the list is set.")] = ListFormat.text,
) -> None:
    """List everything that was ever written, newest first, or search it, best first."""
    session: CliSession = context.obj
    with session.store() as store:
        if topic and not (store.topics.get(topic) or store.editions.list(topic=topic, limit=1)):
            raise NotFound(f"There is no topic “{topic}”.", hint="`paperroute topics list` shows them.")
        heads = _heads(store, search, kind, topic, limit)
        if format_ is ListFormat.json:
            session.write_document(
                json.dumps([_head_document(head) for head in heads], ensure_ascii=False, indent=2), None
            )
        elif heads:
            session.table(_table(heads))
        else:
            session.say("Nothing yet." if not search else f"No edition has the words: {to_verbatim_line(search)}")


def _heads(store: Store, search: str, choice: KindChoice | None, topic: str | None, limit: int) -> list[EditionHead]:
    kind: EditionKind | None = choice.value if choice else None
    if search:
        hits = store.search.editions(search, kind=kind, limit=limit)
        return [hit.edition for hit in hits if topic in (None, hit.edition.topic)]
    return store.editions.list(kind=kind, topic=topic, limit=limit)


def _head_document(head: EditionHead) -> dict[str, object]:
    return {
        "id": head.id,
        "kind": head.kind,
        "title": head.title,
        "topic": head.topic,
        "slot": head.slot.isoformat() if head.slot else None,
        "created_at": head.created_at.isoformat(),
        "language": head.language,
        "papers": head.papers,
        "cited": head.cited,
        "quiet": head.quiet,
    }


def _table(heads: Sequence[EditionHead]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("edition", "kind", "made (UTC)"):
        table.add_column(name, no_wrap=True)
    table.add_column("papers", justify="right")
    table.add_column("title")
    for head in heads:
        papers = str(head.papers) if head.papers else "quiet"
        table.add_row(head.id, head.kind, f"{head.created_at:%Y-%m-%d %H:%M}", papers, clean(head.title))
    return table


def add_to(app: typer.Typer) -> None:
    """Register the verb."""
    app.command()(history)
