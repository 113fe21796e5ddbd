"""Subscriptions as a CSV file, out and in: good rows are taken, bad ones told by their line.

Invariant: what `write` writes, `read` gives back; no cell of it is a formula to a spreadsheet. A file never makes
anyone get more mail who had left: it can only add, activate what waits to be confirmed, or bring to rest.

Columns, in this order and named in the first line: topic, channel, address, state, owner, reason, origin, created_at,
confirmed_at, last_sent_at, length, one_mail. Read are the first six and the last two; of them only `address` must be
there, and `topic` where the caller names none. Written: UTF-8, a record on one line, commas. Read: what
`csv_records.py` reads, columns in any order, and, where the caller names a topic, a list of addresses without a line of
names above it.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice
from typing import Literal, TypeVar

from digest.errors import BadInput
from digest.ports import AddressRule
from digest.subscriptions.addresses import quote_text
from digest.subscriptions.csv_records import CsvRecord, read_records
from store import Store
from store.records.deliveries import ChannelName, OneMailChoice, Subscription, SubscriptionState
from store.records.editions import EditionLength

COLUMNS = (
    *("topic", "channel", "address", "state", "owner", "reason"),
    *("origin", "created_at", "confirmed_at", "last_sent_at", "length", "one_mail"),
)
_ADDRESS_NAMES = dict.fromkeys(  # as spreadsheets and mail programs of our five languages write them
    (
        *("email", "e-mail", "mail", "email address", "e-mail address", "mail address", "email_address"),
        *("mail_address", "e-mail-adresse", "email-adresse", "mailadresse", "adresse e-mail", "adresse email"),
        *("courriel", "correo", "correo electrónico", "メール", "メールアドレス"),
    ),
    "address",
)
# Of people, whom nobody is told by here. Any other column might be a slip that would send mails to who had left.
_IGNORED = frozenset(
    (
        *("name", "full name", "display name", "first name", "last name", "firstname", "lastname"),
        *("vorname", "nachname", "nom", "prénom", "nombre", "apellido", "apellidos", "氏名", "名前", "姓", "名"),
    )
)
_NAMED = re.compile(r"[^<>]*<\s*([^<>\s]+@[^<>\s]+)\s*>")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what makes a spreadsheet reckon
_STATES: dict[str, SubscriptionState] = {
    "": "active",
    "active": "active",
    "paused": "paused",
    "unsubscribed": "unsubscribed",
    "bounced": "bounced",
    "pending": "pending",
}
_LENGTHS: dict[str, EditionLength | Literal[""]] = {"": "", "short": "short", "standard": "standard", "full": "full"}
_ONE_MAIL: dict[str, OneMailChoice] = {"": "", "yes": "yes", "no": "no"}
T = TypeVar("T")
# From which states a row moves what is there already: to more mail only whoever is waiting for it.
_MOVES_FROM: dict[SubscriptionState, tuple[SubscriptionState, ...]] = {
    "active": ("pending",),
    "paused": ("pending", "active"),
    "bounced": ("pending", "active", "paused"),
    "unsubscribed": ("pending", "active", "paused", "bounced"),
}
_ROWS_PER_TRANSACTION = 500  # rows of one transaction: others want to write, too


@dataclass(frozen=True)
class ImportRow:
    line: int
    topic: str
    channel: ChannelName
    address: str  # normalised
    state: SubscriptionState
    owner: str
    reason: str
    length: EditionLength | Literal[""] = ""
    one_mail: OneMailChoice | None = None  # None: the file says nothing of it


@dataclass(frozen=True)
class RejectedRow:
    """A row that was not taken."""

    line: int
    reason: str


@dataclass(frozen=True)
class ImportReport:
    """What an import did."""

    added: int
    changed: int
    unchanged: int
    pending: int  # left out: whoever did not confirm has to ask again
    bad: tuple[RejectedRow, ...]


def write(those: Iterable[Subscription]) -> str:
    """The file's text, the first line included."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in those:
        times = [stamp.isoformat() if stamp else "" for stamp in (row.created_at, row.confirmed_at, row.last_sent_at)]
        cells = [
            row.topic,
            row.channel,
            row.address,
            row.state,
            row.owner,
            str(row.reason),
            row.origin,
            *times,
            row.length,
            row.one_mail,
        ]
        writer.writerow([_guard_formula(cell) for cell in cells])
    return out.getvalue()


def read(text: str, rules: Sequence[AddressRule], topic: str = "") -> Iterator[ImportRow | RejectedRow]:
    """The rows of a file. Raises BadInput where the first line does not fit.

    rules: of all channels; the first is that of rows that name none. topic: of those that name none.
    """
    by_channel = {"": rules[0], **{rule.channel: rule for rule in rules}}
    records = read_records(text, (*COLUMNS, *_ADDRESS_NAMES))
    first = next(records, CsvRecord(1))
    header = _header(first, topic)
    for record in records if header else chain([first], records):
        try:
            yield _row(record.line, _cells_by_column(record, header), by_channel, topic)
        except BadInput as error:
            yield RejectedRow(record.line, error.message)


def import_rows(store: Store, rows: Iterable[ImportRow | RejectedRow], now: datetime) -> ImportReport:
    """Take the good rows into the store. Nobody gets a letter. Interrupted, it can be done again."""
    counts, bad = {"added": 0, "changed": 0, "unchanged": 0, "pending": 0}, []
    left = iter(rows)
    while some := list(islice(left, _ROWS_PER_TRANSACTION)):
        with store.write():
            topics = {topic.slug for topic in store.topics.list()}
            for row in some:
                if isinstance(row, RejectedRow):
                    bad.append(row)
                elif row.topic not in topics:
                    bad.append(RejectedRow(row.line, f"there is no topic {quote_text(row.topic)}"))
                else:
                    counts[_import_row(store, row, now)] += 1
    return ImportReport(**counts, bad=tuple(bad))


def _import_row(store: Store, row: ImportRow, now: datetime) -> str:
    if row.state == "pending":
        return "pending"
    there = store.subscriptions.list(topic=row.topic, channel=row.channel, address=row.address)
    if not there:
        added = store.subscriptions.add(
            row.topic, row.channel, row.address, "active", now, owner=row.owner, origin="import"
        )
        if row.state != "active":
            store.subscriptions.move(added.id, ["active"], row.state, now, reason=row.reason)
        store.subscriptions.set_length(added.id, row.length)
        if row.one_mail is not None:
            store.subscriptions.set_one_mail(added.id, row.one_mail)
        return "added"
    moved = store.subscriptions.move(there[0].id, _MOVES_FROM[row.state], row.state, now, reason=row.reason)
    resized = bool(row.length) and store.subscriptions.set_length(there[0].id, row.length)
    regrouped = row.one_mail in ("yes", "no") and store.subscriptions.set_one_mail(there[0].id, row.one_mail)
    return "changed" if moved or resized or regrouped else "unchanged"


def _header(record: CsvRecord, topic: str) -> list[str]:
    """The names of the columns; none of a list of addresses, which needs a topic."""
    if record.problem:
        raise BadInput(f"The first line cannot be read: {record.problem}.")
    names = [_ADDRESS_NAMES.get(name := cell.strip().lower(), name) for cell in record.cells]
    while names and not names[-1]:
        names.pop()
    if topic and any("@" in name for name in names) and not set(names) & {*COLUMNS}:
        return []
    _check_names(names, topic)
    return names


def _check_names(names: Sequence[str], topic: str) -> None:
    """Raises BadInput."""
    missing = [name for name in ("address", *(() if topic else ("topic",))) if name not in names]
    if missing and not any(name in COLUMNS for name in names):
        raise BadInput(
            f"The first line names no column {missing[0]}.",
            hint="It names the columns: topic,address. A list of addresses alone wants --topic.",
        )
    unknown = [name for name in names if name not in COLUMNS and name not in _IGNORED]
    twice = [name for name in names if names.count(name) > 1 and name in COLUMNS]
    if unknown or twice:
        what = (
            f"has the column {quote_text(twice[0])} twice"
            if twice
            else f"names an unknown column {quote_text(unknown[0])}"
        )
        raise BadInput(f"The first line {what}.", hint=f"Known are: {', '.join(COLUMNS)}.")
    if missing:
        raise BadInput(f"The first line names no column {missing[0]}.", hint="It names the columns: topic,address")


def _cells_by_column(record: CsvRecord, header: Sequence[str]) -> dict[str, str]:
    """Spreadsheets write empty cells behind the last column. Raises BadInput."""
    if record.problem:
        raise BadInput(record.problem)
    cells = [cell.strip() for cell in record.cells]
    if not header:
        found = [part.strip() for cell in cells for part in re.split("[,;\t]", cell) if "@" in part]
        if len(found) != 1:
            raise BadInput(f"it holds {len(found) or 'no'} address{'es' * bool(found)}, and not one")
        return {"address": _unguard_formula(found[0])}
    if len(cells) < len(header) or any(cells[len(header) :]):
        raise BadInput(f"it has {len(cells)} cells, and the first line {len(header)}")
    return {name: _unguard_formula(cell) for name, cell in zip(header, cells, strict=False)}


def _row(number: int, cells: dict[str, str], rules: dict[str, AddressRule], topic: str) -> ImportRow:
    rule = _one_of(rules, "channel", cells.get("channel", ""))
    return ImportRow(
        line=number,
        topic=cells.get("topic") or topic,
        channel=rule.channel,
        address=rule.parse(_strip_name(cells["address"])),
        state=_one_of(_STATES, "state", cells.get("state", "")),
        owner=_strip_unprintable(cells.get("owner", "")),
        reason=_strip_unprintable(cells.get("reason", "")),
        length=_one_of(_LENGTHS, "length", cells.get("length", "")),
        one_mail=_one_mail(cells),
    )


def _strip_name(text: str) -> str:
    """The address of "Ada Lovelace <ada@example.org>"."""
    named = _NAMED.fullmatch(text)
    return named[1] if named else text


def _one_mail(cells: Mapping[str, str]) -> OneMailChoice | None:
    return _one_of(_ONE_MAIL, "one_mail", cells["one_mail"]) if "one_mail" in cells else None


def _one_of(known: Mapping[str, T], name: str, text: str) -> T:
    if text.lower() not in known:
        raise BadInput(f"the {name} {quote_text(text)} is none of {', '.join(filter(None, known))}")
    return known[text.lower()]


def _strip_unprintable(text: str) -> str:
    return "".join(char if char.isprintable() else " " for char in text)[:300]


def _guard_formula(cell: str) -> str:
    cell = " ".join(cell.splitlines())
    return f"'{cell}" if cell.startswith((*_FORMULA, "'")) else cell


def _unguard_formula(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:].startswith((*_FORMULA, "'")) else cell
