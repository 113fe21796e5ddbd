"""The verbs over the outbox: what is to be sent, what came of it, and what only a person can settle."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from datetime import UTC, datetime, tzinfo
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.table import Table
from rich.text import Text

from digest.background.circuit_report import next_step, report_circuit
from digest.errors import BadInput, NotFound
from digest.mail.log_settlement import Settlement, find_message_ids, settle_by_log
from digest.mail.relay_log import RelayLog, queue_id_of
from digest.render.safe_text import to_verbatim_line
from digest.subscriptions import lookup
from paperroute.cli.session import CliSession, ListFormat
from store import Store
from store.outbox.settlements import DeliveryFilter
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


class AbsentChoice(StrEnum):
    """What is done with mails that the relay never took."""

    ask = "ask"
    resend = "resend"


_BECOMES = {"sent": "sent", "failed": "failed", "planned": "to be sent again", "uncertain": "still uncertain"}
_SAMPLE = 10  # of many that are shown
_KNOWN = 2000  # mails that were surely sent, by which a log is known for this relay's
DeliveryNumber = Annotated[int, typer.Argument(help="As `paperroute deliveries list` shows it.", min=1)]

OptionalNumber = Annotated[int | None, typer.Argument(help="As `paperroute deliveries list` shows it.", min=1)]
EditionOption = Annotated[str | None, typer.Option(help="All of this edition.")]
TopicOption = Annotated[str | None, typer.Option(help="All of this topic.")]
DetailOption = Annotated[str, typer.Option(help="All of which the other side's words contain this.")]
YesOption = Annotated[bool, typer.Option("--yes", help="Do it; else it is only shown.")]


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
        circuits = store.circuits.list_open()
    if format_ is ListFormat.json:
        session.write_document(
            json.dumps([lookup.record_as_json(delivery) for delivery in deliveries], ensure_ascii=False, indent=2), None
        )
    elif deliveries:
        session.table(_table(deliveries))
    told = ", ".join(f"{number:,} {name}" for name, number in sorted(counts.items()))
    session.say(f"In the outbox: {told}." if told else "The outbox is empty.")
    for circuit in circuits:
        session.say(f"{report_circuit(circuit)}\nNext step: {next_step(circuit)}")
    if doubtful := counts.get("uncertain"):
        session.say(
            f"{doubtful} may have arrived; settle them: paperroute deliveries settle --log FILE, or resolve ID "
            "--sent|--resend"
        )


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
def retry(
    context: typer.Context,
    number: OptionalNumber = None,
    edition: EditionOption = None,
    topic: TopicOption = None,
    state: Annotated[
        list[DeliveryStateChoice] | None, typer.Option(help="Only in this state; may be repeated. Else: failed.")
    ] = None,
    detail: DetailOption = "",
    yes: YesOption = False,
) -> None:
    """Send a failed delivery once more, or a waiting one now; or all that are named by options."""
    session: CliSession = context.obj
    states: list[DeliveryState] = [choice.value for choice in state or ()] or ["failed"]
    named = DeliveryFilter(states, edition, topic, detail)
    if number is None:
        if stuck := sorted(set(states) - {"failed", "retry", "planned"}):
            raise BadInput(f"What is {stuck[0]} cannot be retried.", hint=_STEPS.get(stuck[0], "").format(id="ID"))
        _change_all(session, named, yes, "sent again", lambda store, id_: store.deliveries.retry(id_, _now()))
        return
    _refuse_options(named, state, yes)
    with session.app() as opened:
        retried = opened.store.deliveries.retry(number, _now())
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
    number: OptionalNumber = None,
    sent: Annotated[bool, typer.Option("--sent", help="It arrived, or need not.")] = False,
    resend: Annotated[bool, typer.Option("--resend", help="It did not: send it again.")] = False,
    edition: EditionOption = None,
    topic: TopicOption = None,
    state: Annotated[DeliveryStateChoice | None, typer.Option(help="Only uncertain ones can be settled.")] = None,
    detail: DetailOption = "",
    yes: YesOption = False,
) -> None:
    """Settle an uncertain delivery, or all that are named: look into the relay's log or ask, then say what is true."""
    session: CliSession = context.obj
    if sent == resend:
        raise BadInput("Say one of --sent and --resend.", hint="The relay's log tells which is true.")
    if state not in (None, DeliveryStateChoice.uncertain):
        raise BadInput(f"What is {state} is not uncertain: there is nothing to settle.")
    named = DeliveryFilter(["uncertain"], edition, topic, detail)
    told = "to be sent again" if resend else "settled as sent"
    if number is None:
        _change_all(
            session, named, yes, told, lambda store, id_: store.deliveries.resolve(id_, resend=resend, now=_now())
        )
        return
    _refuse_options(named, state, yes)
    with session.app() as opened:
        if not opened.store.deliveries.resolve(number, resend=resend, now=_now()):
            found = _get_delivery(opened.store, number).state
            raise BadInput(f"Delivery {number} is {found}: there is nothing to settle.")
    session.say(f"Delivery {number} is {told}.")


def _refuse_options(named: DeliveryFilter, state: object, yes: bool) -> None:
    if named.edition or named.topic or named.detail or state or yes:
        raise BadInput("Give a number, or options that name several, and not both.")


def _change_all(
    session: CliSession, named: DeliveryFilter, yes: bool, told: str, change: Callable[[Store, int], bool]
) -> None:
    """What is named by options: shown first, then changed all at once."""
    if not (named.edition or named.topic or named.detail):
        raise BadInput("Give a number, or name several.", hint="By --edition, --topic or --detail, and --state.")
    with session.app(reading=not yes) as opened:
        those = opened.store.settlements.select(named)
        if those and not yes:
            session.table(_table(those[:_SAMPLE]))
        with opened.store.write() if yes else nullcontext():
            changed = sum(change(opened.store, delivery.id) for delivery in those) if yes else 0
    if yes or not those:
        session.say(f"Deliveries {told}: {changed:,}.")
    else:
        session.say(f"These are {len(those[:_SAMPLE])} of {len(those):,}; they would be {told}. Add --yes to do it.")


@app.command()
def settle(
    context: typer.Context,
    log: Annotated[
        list[str], typer.Option("--log", help="A log of the relay's, packed or not; - is stdin. Repeat it.")
    ],
    absent: Annotated[AbsentChoice, typer.Option(help="What the log would tell of, and does not.")] = AbsentChoice.ask,
    zone: Annotated[str, typer.Option(help="Of times in the log that name none. Else: this machine's.")] = "",
    yes: YesOption = False,
) -> None:
    """Settle uncertain mails by the relay's own log (Postfix or Exim): shows what would become of each."""
    session: CliSession = context.obj
    now = _now()
    with session.app(reading=not yes) as opened:
        store, domain = opened.store, opened.config.mail.author.domain
        doubtful = store.settlements.select(DeliveryFilter(["uncertain"], channel="mail"))[::-1]
        known = store.settlements.select(DeliveryFilter(["sent"], channel="mail"), limit=_KNOWN)
        if not doubtful:
            session.say("No mail is uncertain.")
            return
        ids = find_message_ids(doubtful, domain)
        queues = [queue_id_of(delivery.detail) for delivery in doubtful]
        read = RelayLog([*ids.values(), *queues, *(one.message_id for one in known)], _zone(zone), now)
        for name in log:
            _read_log(read, name)
        if not read.lines:
            raise BadInput("No line of Postfix or Exim is in this log.", hint="It is often /var/log/mail.log.")
        found = settle_by_log(doubtful, ids, read, is_ours=_is_ours(read, known), resend_absent=absent == "resend")
        session.table(_settlement_table(found))
        if yes:
            with store.write(durable=True):
                for one in found:
                    if one.state != "uncertain":
                        words = f"{one.words} (settled by the log)"
                        store.settlements.settle(one.delivery.id, one.state, words, now)
    counts = Counter(_BECOMES[one.state] for one in found)
    told = ", ".join(f"{counts[name]:,} {name}" for name in _BECOMES.values() if counts[name])
    session.say(f"By the log from {read.first:%Y-%m-%d %H:%M:%S} to {read.last:%Y-%m-%d %H:%M:%S}: {told}.")
    if not yes and any(one.state != "uncertain" for one in found):
        session.say("Nothing was done: add --yes to settle these.")


def _is_ours(read: RelayLog, known: Sequence[Delivery]) -> bool:
    """Whether it tells of what was surely sent in its time; where there is none of that, nobody can say."""
    within = [one for one in known if one.message_id and one.ended_at and read.covers(one.ended_at, one.ended_at)]
    return not within or any(read.fate(one.message_id) for one in within)


def _read_log(read: RelayLog, name: str) -> None:
    if name == "-":
        with open(0, "rb", closefd=False) as stdin:
            read.read(stdin)
        return
    try:
        with Path(name).open("rb") as file:
            read.read(file)
    except OSError as error:
        raise BadInput(f"{name} cannot be read: {error.strerror}.") from None


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name) if name else datetime.now().astimezone().tzinfo or UTC
    except (ValueError, OSError, KeyError):
        raise BadInput(f"{name!r} is no time zone.", hint="Write UTC or Europe/Berlin.") from None


def _settlement_table(found: Sequence[Settlement]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("id", "to", "begun", "becomes", "the log says"):
        table.add_column(name, no_wrap=name != "the log says")
    for one in found:
        begun = one.delivery.text_at or one.delivery.claimed_at or one.delivery.planned_at
        cells = [str(one.delivery.id), one.delivery.address, f"{begun:%Y-%m-%d %H:%M:%S}", _BECOMES[one.state]]
        table.add_row(*map(Text, [*cells, to_verbatim_line(one.words, 200)]))
    return table


def _now() -> datetime:
    return datetime.now(UTC)


def _get_delivery(store: Store, number: int) -> Delivery:
    delivery = store.deliveries.get(number)
    if delivery is None:
        raise NotFound(f"There is no delivery {number}.", hint="`paperroute deliveries list` shows them.")
    return delivery


def add_to(verbs: typer.Typer) -> None:
    """Register these verbs."""
    verbs.add_typer(app, name="deliveries")
