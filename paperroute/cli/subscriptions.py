"""The verbs that keep subscriptions. Whoever has the command line vouches for what is asked here."""

from __future__ import annotations

import json
import re
import sys
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from digest.errors import BadInput
from digest.ports import AddressRule
from digest.render.safe_text import to_verbatim_line
from digest.subscriptions import actions, csv_file, csv_records, lookup
from digest.subscriptions.addresses import MAIL_ADDRESSES
from digest.subscriptions.lookup import SubscriptionChanges, Vouching, find_subscriptions
from paperroute.channels import CHANNELS
from paperroute.cli.export import LengthChoice
from paperroute.cli.session import CliSession, ListFormat
from store.records.deliveries import OneMailChoice, Subscription, SubscriptionState

app = typer.Typer(help="Who gets the digests of which topic, and where.", no_args_is_help=True)

_MOST_BYTES = 32 * 2**20
_SAMPLE = 20  # subscriptions that are shown of many


class OneMailOption(StrEnum):
    yes = "yes"
    no = "no"
    default = "default"


_ONE_MAIL: dict[OneMailOption, OneMailChoice] = {
    OneMailOption.yes: "yes",
    OneMailOption.no: "no",
    OneMailOption.default: "",
}


def _check_channel(name: str | None) -> str | None:
    """Whatever channels there are when it is asked."""
    if name is not None and name not in CHANNELS:
        raise typer.BadParameter(f"'{name}' is not one of {', '.join(CHANNELS)}.")
    return name


_CHANNEL_METAVAR, _CHANNEL_HELP = f"[{'|'.join(CHANNELS)}]", f"{' or '.join(CHANNELS)}."
_ADDRESS_HELP = "A mail address" + "".join(
    f"; with --channel {name}, {spec.addresses.noun}" for name, spec in CHANNELS.items() if name != "mail"
)
AddressArgument = Annotated[str, typer.Argument(help=f"{_ADDRESS_HELP}.")]
TopicsOption = Annotated[list[str] | None, typer.Option("--topic", help="Only of this topic; may be repeated.")]
ChannelOption = Annotated[str, typer.Option(callback=_check_channel, metavar=_CHANNEL_METAVAR, help=_CHANNEL_HELP)]
AnyChannelOption = Annotated[
    str | None,
    typer.Option("--channel", callback=_check_channel, metavar=_CHANNEL_METAVAR, help="Only of this channel."),
]
ListFormatOption = Annotated[ListFormat, typer.Option("--format", "-f", help="How the list is set.")]
OutputOption = Annotated[Path | None, typer.Option("--output", "-o", help="A file instead of stdout.")]


@app.command("list")
def list_(
    context: typer.Context,
    topic: Annotated[str | None, typer.Option(help="Only of this topic.")] = None,
    state: Annotated[SubscriptionState | None, typer.Option(help="Only those in this state.")] = None,
    address: Annotated[str | None, typer.Option(help="Only of this address.")] = None,
    channel: AnyChannelOption = None,
    limit: Annotated[int, typer.Option(min=1, help="At most this many.")] = 1000,
    format_: ListFormatOption = ListFormat.text,
) -> None:
    """List subscriptions, the oldest first."""
    session: CliSession = context.obj
    with session.app(reading=True) as opened:
        place = address and _address_rule(channel).parse(address)
        found = opened.store.subscriptions.list(
            topic=topic, channel=channel, address=place, state=state, limit=limit + 1
        )
    if format_ is ListFormat.json:
        rows = [lookup.record_as_json(subscription) for subscription in found[:limit]]
        session.write_document(json.dumps(rows, ensure_ascii=False, indent=2), None)
    elif found:
        session.table(_table(found[:limit]))
    else:
        session.say("No such subscription. Add one: paperroute subscriptions add ADDRESS TOPIC")
    if len(found) > limit:
        session.say(f"There are more than these {limit}: raise --limit, or use `paperroute subscriptions export`.")


def _table(subscriptions: list[Subscription]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("address", "topic", "state", "since", "last sent", "from", "reason"):
        table.add_column(name, no_wrap=name != "reason")
    for subscription in subscriptions:
        since, last = subscription.confirmed_at or subscription.created_at, subscription.last_sent_at
        sent = f"{last:%Y-%m-%d}" if last else "never"
        cells = [subscription.address, subscription.topic, subscription.state, f"{since:%Y-%m-%d}", sent]
        table.add_row(*map(Text, [*cells, subscription.origin, to_verbatim_line(str(subscription.reason))]))
    return table


@app.command()
def add(
    context: typer.Context,
    address: AddressArgument,
    topics: Annotated[list[str], typer.Argument(help="One or more topics.")],
    channel: ChannelOption = "mail",
    ask: Annotated[bool, typer.Option("--ask", help="Let the address confirm first, by a letter.")] = False,
    again: Annotated[bool, typer.Option("--again", help="Also where it is paused, unsubscribed or bounced.")] = False,
    welcome: Annotated[bool, typer.Option("--welcome", help="Send a letter that says so.")] = False,
) -> None:
    """Subscribe an address to topics. It is not asked: you say that it wants them. With --ask it is."""
    session: CliSession = context.obj
    with session.app() as opened:
        if ask:
            _require_mail(channel)
            _require_web(opened.config.web.base_url)
            limits = opened.config.subscriptions.limits()
            asked = actions.subscribe(opened.store, address, topics, _now(), limits, origin="operator")
            session.say(f"A letter asks {asked.address} to confirm, unless it has the topics or was asked just now.")
            return
        by = Vouching(again=again, welcome=welcome)
        rule = _address_rule(channel)
        _print_changes(
            session, actions.subscribe_confirmed(opened.store, rule, address, topics, _now(), by), "Subscribed"
        )


@app.command()
def confirm(context: typer.Context, address: AddressArgument, topic: TopicsOption = None) -> None:
    """Confirm in the name of an address what waits for its answer."""
    session: CliSession = context.obj
    with session.app() as opened:
        those = find_subscriptions(opened.store, MAIL_ADDRESSES, address, topic or ())
        named = [subscription.topic for subscription in those]
        changes = actions.confirm(opened.store, those[0].id, _now(), named)
        _print_changes(session, changes, "Confirmed", if_paused=" (and paused, as the one before)")


@app.command()
def length(
    context: typer.Context,
    address: AddressArgument,
    wanted: Annotated[LengthChoice, typer.Argument(help="short, standard or full.", metavar="LENGTH")],
    topic: TopicsOption = None,
    channel: ChannelOption = "mail",
) -> None:
    """Send digests short (a line a paper), standard (each told once) or full (with every summary)."""
    session: CliSession = context.obj
    with session.app() as opened:
        those = find_subscriptions(opened.store, _address_rule(channel), address, topic or ())
        changes = actions.change_length(opened.store, dict.fromkeys(those, wanted.value))
        _print_changes(session, changes, "Changed")


@app.command("one-mail")
def one_mail(
    context: typer.Context,
    address: AddressArgument,
    choice: Annotated[OneMailOption, typer.Argument(help="yes, no, or default: as mail.one_mail says.")],
    topic: TopicsOption = None,
) -> None:
    """Send digests of one day and hour as one mail, or each by itself."""
    session: CliSession = context.obj
    with session.app() as opened:
        those = find_subscriptions(opened.store, MAIL_ADDRESSES, address, topic or ())
        _print_changes(session, actions.change_one_mail(opened.store, those, _ONE_MAIL[choice]), "Changed")


@app.command()
def pause(
    context: typer.Context, address: AddressArgument, topic: TopicsOption = None, channel: ChannelOption = "mail"
) -> None:
    """Send nothing until it is resumed."""
    session: CliSession = context.obj
    with session.app() as opened:
        those = find_subscriptions(opened.store, _address_rule(channel), address, topic or ())
        _print_changes(session, actions.pause(opened.store, those, _now()), "Paused")


@app.command()
def resume(
    context: typer.Context, address: AddressArgument, topic: TopicsOption = None, channel: ChannelOption = "mail"
) -> None:
    """Send again what was paused, or what had bounced."""
    session: CliSession = context.obj
    with session.app() as opened:
        those = find_subscriptions(opened.store, _address_rule(channel), address, topic or ())
        _print_changes(session, actions.resume(opened.store, those, _now(), bounced=True), "Resumed")


@app.command()
def remove(
    context: typer.Context,
    address: AddressArgument,
    topic: TopicsOption = None,
    channel: ChannelOption = "mail",
    silently: Annotated[bool, typer.Option("--silently", help="Send no goodbye.")] = False,
) -> None:
    """Unsubscribe an address. It stays known as unsubscribed; `erase` removes it altogether."""
    session: CliSession = context.obj
    with session.app() as opened:
        those = find_subscriptions(opened.store, _address_rule(channel), address, topic or ())
        _print_changes(session, actions.unsubscribe(opened.store, those, _now(), farewell=not silently), "Unsubscribed")


@app.command()
def bounced(
    context: typer.Context,
    address: AddressArgument,
    reason: Annotated[str, typer.Option(help="The relay's words.")] = "",
) -> None:
    """Note that mails to an address come back, for a relay's webhook or a script. Nothing more is sent to it."""
    session: CliSession = context.obj
    with session.app() as opened:
        _print_changes(session, actions.mark_bounced(opened.store, address, _now(), reason), "Marked as bounced")


@app.command()
def restore(
    context: typer.Context,
    since: Annotated[str, typer.Option(help="Bounced since then: 2026-11-27, 2026-11-27T08:00 (UTC), 6h or 2d.")],
    reason: Annotated[str, typer.Option(help="Only where the reason contains this.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do it; else it is only shown.")] = False,
) -> None:
    """Undo bounces that were a relay's fault: shows whose, and with --yes lets them get their digests again."""
    session: CliSession = context.obj
    with session.app(reading=not yes) as opened:
        those = opened.store.subscriptions.list_bounced(_parse_moment(since, _now()), reason)
        if those and not yes:
            session.table(_table(those[:_SAMPLE]))
        changed = actions.restore_bounced(opened.store, those, _now()).changed if yes else ()
    if yes or not those:
        session.say(f"Restored: {len(changed):,}. What failed is sent by `paperroute deliveries retry`.")
    else:
        session.say(f"These are {len(those[:_SAMPLE])} of {len(those):,}. Nothing was done: add --yes to restore them.")


def _parse_moment(text: str, now: datetime) -> datetime:
    if span := re.fullmatch(r"(\d{1,5})([mhd])", text):
        return (
            now - int(span[1]) * {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}[span[2]]
        )
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput(f"{text!r} is no moment.", hint="Write 2026-11-27, 2026-11-27T08:00 (UTC), 6h or 2d.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@app.command()
def change(
    context: typer.Context,
    address: AddressArgument,
    new: Annotated[str, typer.Argument(help="The new mail address.")],
    topic: TopicsOption = None,
    confirmed: Annotated[bool, typer.Option("--confirmed", help="At once: you know that it is right.")] = False,
) -> None:
    """Move subscriptions to another mail address, once that one has confirmed by the letter that it gets."""
    session: CliSession = context.obj
    with session.app() as opened:
        those = find_subscriptions(opened.store, MAIL_ADDRESSES, address, topic or ())
        if not confirmed:
            _require_web(opened.config.web.base_url)
        limits = opened.config.subscriptions.limits()
        asked = actions.change_address(opened.store, those, new, _now(), limits, vouched=confirmed)
    if confirmed:
        session.say(f"Moved to {asked.address}: {', '.join(asked.topics)}.")
    else:
        session.say(f"A letter asks {asked.address} to confirm, unless it was asked just now; until then all stays.")


_KEPT = {
    "subscriptions": ("subscription", "subscriptions"),
    "feedback": ("line of feedback", "lines of feedback"),
    "canvases": ("canvas", "canvases"),
    "opinions": ("opinion of an edition", "opinions of editions"),
    "requests": ("question", "questions"),
    "events": ("message", "messages"),
}


@app.command()
def erase(
    context: typer.Context,
    address: AddressArgument,
    channel: ChannelOption = "mail",
    yes: Annotated[bool, typer.Option("--yes", help="Do it: it cannot be undone.")] = False,
) -> None:
    """Remove everything about an address, what was sent to it included."""
    session: CliSession = context.obj
    if not yes:
        raise BadInput("This cannot be undone, and forgets that the address unsubscribed.", hint="Add --yes to do it.")
    with session.app() as opened:
        counts = lookup.erase(opened.store, _address_rule(channel), address)
        waits, path = opened.store.erasure_waits(), opened.store.path
    kept = ", ".join(f"{count} {_KEPT[name][count > 1]}" for name, count in counts.items() if count)
    session.say(f"Erased: {kept}." if kept else "Nothing was kept about that address.")
    if waits:
        session.say("Another program reads the store: `serve` or the next erase removes the last bytes of it.")
    if copies := sorted(copy.name for copy in path.parent.glob(f"{path.name}.before-*")):
        session.say(f"Copies from before an update may still have it: {', '.join(copies)}. Delete them by hand.")


@app.command()
def export(
    context: typer.Context,
    address: Annotated[str | None, typer.Argument(help="Everything about this address, as JSON.")] = None,
    topic: Annotated[str | None, typer.Option(help="Without an address: only of this topic.")] = None,
    channel: AnyChannelOption = None,
    output: OutputOption = None,
) -> None:
    """Export all subscriptions as CSV; or everything about one address as JSON."""
    session: CliSession = context.obj
    with session.app() as opened:
        if address is not None:
            document = lookup.export(opened.store, _address_rule(channel), address)
            session.write_document(json.dumps(document, ensure_ascii=False, indent=2), output)
        else:
            session.write_document(
                csv_file.write(opened.store.subscriptions.list(topic=topic, channel=channel)), output
            )


@app.command("import")
def import_(
    context: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(
            help="A CSV file, its columns named in the first line, or with --topic a list of addresses; - for stdin."
        ),
    ],
    topic: Annotated[str, typer.Option(help="Of rows that name none.")] = "",
) -> None:
    """Add the subscriptions of a CSV file, as confirmed. Bad rows are told by their line, and the others taken."""
    session: CliSession = context.obj
    text = _read_text(file)
    with session.app() as opened:
        rules = [spec.addresses for spec in CHANNELS.values()]
        done = csv_file.import_rows(opened.store, csv_file.read(text, rules, topic), _now())
    for bad in done.bad:
        session.err.print(f"line {bad.line}: {bad.reason}", markup=False, soft_wrap=True)
    left = f", {done.pending} pending left out" if done.pending else ""
    session.say(
        f"{done.added} added, {done.changed} changed, {done.unchanged} there already{left}, {len(done.bad)} bad."
    )
    if done.bad:
        raise typer.Exit(1)


def _read_text(file: Path) -> str:
    try:
        if str(file) == "-":
            data = sys.stdin.buffer.read(_MOST_BYTES + 1)
        else:
            with file.open("rb") as opened:
                data = opened.read(_MOST_BYTES + 1)
    except OSError as error:
        raise BadInput(f"{file} cannot be read: {error.strerror}.") from None
    if len(data) > _MOST_BYTES:
        raise BadInput(f"{file} is larger than {_MOST_BYTES >> 20} MB.", hint="Import it in parts.")
    try:
        return csv_records.decode(data)
    except BadInput as error:
        raise BadInput(f"{file} is {error.message}.", hint=error.hint) from None


def _address_rule(channel: str | None) -> AddressRule:
    return CHANNELS[channel or MAIL_ADDRESSES.channel].addresses


def _require_web(base_url: str) -> None:
    """A letter that nobody could answer is not worth its promise."""
    if not base_url:
        raise BadInput(
            "web.base_url is not set, so no letter could say where to confirm.",
            hint="Set it to where the archive is, or answer for the address: without --ask, or with --confirmed.",
        )


def _require_mail(channel: str) -> None:
    if channel != "mail":
        raise BadInput("Only a mail address can be asked by a letter.", hint="Leave --ask out.")


def _print_changes(session: CliSession, changes: SubscriptionChanges, verb: str, *, if_paused: str = "") -> None:
    """if_paused: what to add where a change left a subscription paused."""
    for subscription in changes.changed:
        remark = if_paused if subscription.state == "paused" else ""
        session.say(f"{verb}: {subscription.address}, {subscription.topic}{remark}.")
    for subscription in changes.unchanged:
        session.say(f"As it was: {subscription.address}, {subscription.topic} ({subscription.state}).")


def _now() -> datetime:
    return datetime.now(UTC)


def add_to(verbs: typer.Typer) -> None:
    """Register these verbs."""
    verbs.add_typer(app, name="subscriptions")
