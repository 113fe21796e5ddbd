"""The verbs over the outbox: what is to be sent, what came of it, and what only a person can settle."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from digest.errors import BadInput, NotFound
from digest.render.safe_text import to_verbatim_line
from digest.subscriptions import lookup
from paperroute.cli.archive import ListFormat
from paperroute.cli.session import CliSession
from store import Store
from store.records.deliveries import Delivery, DeliveryState

app = typer.Typer(help="The outbox: what is to be sent, and what came of it.", no_args_is_help=True)

_UNSETTLED_STATES: tuple[DeliveryState, ...] = ("planned", "claimed", "retry", "failed", "uncertain")
_STEPS = {
    "sent": "It was sent, and is not sent twice.",
    "uncertain": "It may have arrived: settle it with `paperroute deliveries resolve {id} --resend` or `--sent`.",
    "claimed": "It is being sent at this moment.",
    "skipped": "Its subscription was not to have it.",
}


class DeliveryStateChoice(StrEnum):
    """A DeliveryState, as the command line takes several of them."""

    planned = "planned"
    claimed = "claimed"
    sent = "sent"
    retry = "retry"
    failed = "failed"
    uncertain = "uncertain"
    skipped = "skipped"


DeliveryNumber = Annotated[int, typer.Argument(help="As `paperroute deliveries list` shows it.", min=1)]


@app.command("list")
def list_(
    context: typer.Context,
    state: Annotated[
        list[DeliveryStateChoice] | None, typer.Option(help="Only in this state; may be repeated.")
    ] = None,
    topic: Annotated[str | None, typer.Option(help="Only of this topic.")] = None,
    edition: Annotated[str | None, typer.Option(help="Only of this edition.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most this many.")] = 100,
    format_: Annotated[ListFormat, typer.Option("--format", "-f", help="How the list is set.")] = ListFormat.text,
) -> None:
    """List what is not settled: planned, under way, to be retried, failed, uncertain. The newest first."""
    session: CliSession = context.obj
    with session.app(reading=True) as opened:
        store = opened.store
        those = store.deliveries.list(
            states=[one.value for one in state] if state else _UNSETTLED_STATES,
            topic=topic,
            edition=edition,
            limit=limit,
        )
        counts = store.deliveries.counts(edition)
    if format_ is ListFormat.json:
        session.write_result(
            json.dumps([lookup.record_as_json(one) for one in those], ensure_ascii=False, indent=2), None
        )
    elif those:
        session.table(_table(those))
    told = ", ".join(f"{number:,} {name}" for name, number in sorted(counts.items()))
    session.say(f"In the outbox: {told}." if told else "The outbox is empty.")
    if doubtful := counts.get("uncertain"):
        session.say(f"{doubtful} may have arrived; settle each: paperroute deliveries resolve ID --sent|--resend")


def _table(those: list[Delivery]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("id", "state", "what", "to", "tries", "next or last", "detail"):
        table.add_column(name, no_wrap=name != "detail")
    for one in those:
        when = one.next_at if one.state in ("planned", "retry") else one.ended_at or one.claimed_at or one.planned_at
        what = f"{one.topic}: {one.edition or one.kind}"
        cells = [str(one.id), one.state, what, one.address, str(one.attempts), f"{when:%Y-%m-%d %H:%M}"]
        table.add_row(*map(Text, [*cells, to_verbatim_line(one.detail, 200)]))
    return table


@app.command()
def show(context: typer.Context, number: DeliveryNumber) -> None:
    """Show a delivery in full, with the other side's words."""
    session: CliSession = context.obj
    with session.app(reading=True) as opened:
        one = _get_delivery(opened.store, number)
    table = Table(box=None, pad_edge=False, show_header=False)
    for name, value in lookup.record_as_json(one).items():
        table.add_row(Text(name, style="dim"), Text(to_verbatim_line("" if value is None else str(value), 4000)))
    session.table(table)


@app.command()
def retry(context: typer.Context, number: DeliveryNumber) -> None:
    """Send a failed delivery once more, or a waiting one now."""
    session: CliSession = context.obj
    with session.app() as opened:
        if not opened.store.deliveries.retry(number, _now()):
            one = _get_delivery(opened.store, number)
            step = _STEPS.get(one.state, "").format(id=number)
            raise BadInput(f"Delivery {number} is {one.state}, and cannot be retried.", hint=step)
        one = _get_delivery(opened.store, number)
        state = next((sub.state for sub in [opened.store.subscriptions.get(one.subscription)] if sub), "")
    session.say(f"Delivery {number} is sent next, by `paperroute serve`.")
    if one.kind == "digest" and state != "active":
        session.say(f"But its subscription is {state}: it is skipped unless that is resumed before.")


@app.command()
def resolve(
    context: typer.Context,
    number: DeliveryNumber,
    sent: Annotated[bool, typer.Option("--sent", help="It arrived, or need not.")] = False,
    resend: Annotated[bool, typer.Option("--resend", help="It did not: send it again.")] = False,
) -> None:
    """Settle an uncertain delivery: look into the relay's log or ask, then say what is true."""
    session: CliSession = context.obj
    if sent == resend:
        raise BadInput("Say one of --sent and --resend.", hint="The relay's log tells which is true.")
    with session.app() as opened:
        if not opened.store.deliveries.resolve(number, resend=resend, now=_now()):
            one = _get_delivery(opened.store, number)
            raise BadInput(f"Delivery {number} is {one.state}: there is nothing to settle.")
    session.say(f"Delivery {number} is {'to be sent again' if resend else 'settled as sent'}.")


def _get_delivery(store: Store, number: int) -> Delivery:
    one = store.deliveries.get(number)
    if one is None:
        raise NotFound(f"There is no delivery {number}.", hint="`paperroute deliveries list` shows them.")
    return one


def _now() -> datetime:
    return datetime.now(UTC)
