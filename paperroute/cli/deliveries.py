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
        deliveries = store.deliveries.list(
            states=[choice.value for choice in state] if state else _UNSETTLED_STATES,
            topic=topic,
            edition=edition,
            limit=limit,
        )
        counts = store.deliveries.counts(edition)
    if format_ is ListFormat.json:
        session.write_result(
            json.dumps([lookup.record_as_json(delivery) for delivery in deliveries], ensure_ascii=False, indent=2), None
        )
    elif deliveries:
        session.table(_table(deliveries))
    told = ", ".join(f"{number:,} {name}" for name, number in sorted(counts.items()))
    session.say(f"In the outbox: {told}." if told else "The outbox is empty.")
    if doubtful := counts.get("uncertain"):
        session.say(f"{doubtful} may have arrived; settle each: paperroute deliveries resolve ID --sent|--resend")


def _table(deliveries: list[Delivery]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("id", "state", "what", "to", "tries", "next or last", "detail"):
        table.add_column(name, no_wrap=name != "detail")
    for delivery in deliveries:
        ended = delivery.ended_at or delivery.claimed_at or delivery.planned_at
        when = delivery.next_at if delivery.state in ("planned", "retry") else ended
        what = f"{delivery.topic}: {delivery.edition or delivery.kind}"
        cells = [str(delivery.id), delivery.state, what, delivery.address, str(delivery.attempts)]
        table.add_row(*map(Text, [*cells, f"{when:%Y-%m-%d %H:%M}", to_verbatim_line(delivery.detail, 200)]))
    return table


@app.command()
def show(context: typer.Context, number: DeliveryNumber) -> None:
    """Show a delivery in full, with the other side's words."""
    session: CliSession = context.obj
    with session.app(reading=True) as opened:
        delivery = _get_delivery(opened.store, number)
        reports = opened.store.delivery_reports.of_delivery(number)
    table = Table(box=None, pad_edge=False, show_header=False)
    for name, value in lookup.record_as_json(delivery).items():
        table.add_row(Text(name, style="dim"), Text(to_verbatim_line("" if value is None else str(value), 4000)))
    for report in reports:
        told = f"{report.at:%Y-%m-%d %H:%M} {report.kind}, by {report.origin}: {report.detail}"
        table.add_row(Text("came back", style="dim"), Text(to_verbatim_line(told, 4000)))
    session.table(table)


@app.command()
def retry(context: typer.Context, number: DeliveryNumber) -> None:
    """Send a failed delivery once more, or a waiting one now."""
    session: CliSession = context.obj
    with session.app() as opened:
        retried = opened.store.deliveries.retry(number, datetime.now(UTC))
        delivery = _get_delivery(opened.store, number)
        if not retried:
            step = _STEPS.get(delivery.state, "").format(id=number)
            raise BadInput(f"Delivery {number} is {delivery.state}, and cannot be retried.", hint=step)
        subscription = opened.store.subscriptions.get(delivery.subscription)
    session.say(f"Delivery {number} is sent next, by `paperroute serve`.")
    if delivery.kind == "digest" and subscription and subscription.state != "active":
        session.say(f"But its subscription is {subscription.state}: it is skipped unless that is resumed before.")


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
        if not opened.store.deliveries.resolve(number, resend=resend, now=datetime.now(UTC)):
            state = _get_delivery(opened.store, number).state
            raise BadInput(f"Delivery {number} is {state}: there is nothing to settle.")
    session.say(f"Delivery {number} is {'to be sent again' if resend else 'settled as sent'}.")


def _get_delivery(store: Store, number: int) -> Delivery:
    delivery = store.deliveries.get(number)
    if delivery is None:
        raise NotFound(f"There is no delivery {number}.", hint="`paperroute deliveries list` shows them.")
    return delivery
