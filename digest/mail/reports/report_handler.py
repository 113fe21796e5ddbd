"""Report handler: what follows from a report, over whichever way it came: a bounce, a failure, an end, or nothing.

Invariant: nothing follows from a report whose delivery is not proved, or which names another address than that
delivery's; what comes twice, follows once. A delivery's new state, its row and its subscription's are one transaction.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Literal

from digest.background.bounce_policy import BouncePolicy
from digest.errors import BadInput, PaperRouteError
from digest.mail.headers import Sender
from digest.mail.reply_verdict import Envelope, receipt_for_reply, reply_likeness
from digest.mail.reports.delivery_report import DeliveryReport
from digest.mail.reports.failure_wave import spare_alike
from digest.ports import Receipt
from digest.subscriptions.addresses import parse_mail_address, shorten_text
from digest.subscriptions.lookup import move_all
from digest.subscriptions.signed_links import LinkAction, SignedLinks
from store import Store
from store.records.deliveries import Delivery, DeliveryReportRow
from store.records.lazy_text import lazy_gettext
from store.tables.deliveries import AttemptResult

_TOKEN = re.compile(r"(?<![\w-])\d{10}\.[\w-]{27}(?![\w-])", re.ASCII)
_TOKEN_ACTIONS: tuple[LinkAction, ...] = ("unsubscribe", "unsubscribe-all")  # those that stand in heads of mails
_MOST_TOKENS = 20
_SHORTEST_ID = 8  # characters: a shorter one may stand in any reply
_REPLY = re.compile(r"([245]\d\d)(?:[ -]+(.*))?", re.DOTALL)


class StillSending(PaperRouteError):
    """What came back is being handed over at this moment: the report is to be brought again."""

    permanent = False


@dataclass(frozen=True)
class ReportOutcome:
    """What followed. "known": a report of that is there already; "unknown": no delivery is proved; "mismatch": it is
    another address's.
    """

    result: Literal["bounced", "failed", "unsubscribed", "delivered", "delayed", "known", "unknown", "mismatch"]
    line: str  # for the log


class ReportHandler:  # decision 148
    """sender: of our mails, whom the other side may name. soft_bounces: failures in a row that are a bounce."""

    def __init__(self, store: Store, links: SignedLinks, sender: Sender, soft_bounces: int = 5) -> None:
        self._store = store
        self._links = links
        self._sender = sender
        self._limit = soft_bounces
        self._policy = BouncePolicy(store, soft_bounces)

    def take(self, reports: Iterable[DeliveryReport], now: datetime) -> list[ReportOutcome]:
        """Raises StoreError, and StillSending; then what was done stays, and is not done again when they come again."""
        return [self._take(report, now) for report in reports]

    def _take(self, report: DeliveryReport, now: datetime) -> ReportOutcome:
        with self._store.write(durable=True):
            delivery = self._find_delivery(report)
            if delivery is None:
                return ReportOutcome("unknown", f"{report.kind}, of no delivery of ours: nothing follows from it")
            if not self._is_about(report, delivery):
                line = f"{report.kind}, of delivery {delivery.id}, for another address: nothing follows from it"
                return ReportOutcome("mismatch", line)
            if delivery.state == "claimed":
                raise StillSending(f"Delivery {delivery.id} is being sent at this moment.", hint="Bring it again.")
            return self._apply(report, delivery, now)

    def _apply(self, report: DeliveryReport, delivery: Delivery, now: datetime) -> ReportOutcome:
        if report.kind == "failed":
            return self._fail(report, delivery, now)
        if report.kind == "complaint":
            return self._unsubscribe(report, delivery, now)
        detail = shorten_text(" ".join(report.detail.split()), 300)
        if report.kind == "delivered":
            settled = self._store.delivery_reports.mark_sent(self._same_mail(delivery), f"arrived: {detail}", now)
            if not settled:
                return ReportOutcome("known", f"delivery {delivery.id} arrived, as was known")
        added = self._store.delivery_reports.add(_row(report, delivery.id, now, detail))
        result: Literal["delivered", "delayed", "known"] = report.kind if added else "known"
        return ReportOutcome(result, f"delivery {delivery.id} is {report.kind}: {detail}")

    def _fail(self, report: DeliveryReport, delivery: Delivery, now: datetime) -> ReportOutcome:
        receipt = _judge(report, self._envelope(delivery))
        ended = AttemptResult("failed", f"came back: {receipt.detail}")
        failed = self._store.delivery_reports.mark_failed(self._same_mail(delivery), ended.detail, now)
        if not failed:
            return ReportOutcome("known", f"delivery {delivery.id} is {delivery.state}, and stays so")
        bounced = [self._note_failure(report, number, receipt, ended, now) for number in failed]
        result: Literal["bounced", "failed"] = "bounced" if any(bounced) else "failed"
        return ReportOutcome(result, f"delivery {delivery.id} {result}: {receipt.detail}")

    def _note_failure(
        self, report: DeliveryReport, number: int, receipt: Receipt, ended: AttemptResult, now: datetime
    ) -> bool:
        """Whether its subscription counts as bounced by this."""
        delivery = self._store.deliveries.get(number)
        if delivery is None:
            return False
        row = _row(report, number, now, receipt.detail, receipt.blames)
        self._store.delivery_reports.add(replace(row, likeness=reply_likeness(receipt.detail)))
        before = self._store.subscriptions.get(delivery.subscription)
        if receipt.state == "failed" and receipt.is_clear and receipt.blames == "recipient":
            if spare_alike(self._store, delivery, now):
                return False
            self._policy.note(delivery, receipt, ended, now)
        elif receipt.blames == "recipient" and self._store.delivery_reports.failed_in_a_row(number) >= self._limit:
            self._policy.note(delivery, replace(receipt, state="failed", is_clear=True), ended, now)
        after = self._store.subscriptions.get(delivery.subscription)
        return before is not None and after is not None and before.state != after.state

    def _unsubscribe(self, report: DeliveryReport, delivery: Delivery, now: datetime) -> ReportOutcome:
        """Every topic of the address, without a goodbye: who calls one mail spam wants no other of the same sender."""
        detail = shorten_text(" ".join(report.detail.split()), 300)
        if not self._store.delivery_reports.add(_row(report, delivery.id, now, detail)):
            return ReportOutcome("known", f"delivery {delivery.id} was reported as spam before")
        those = self._store.subscriptions.of_address(delivery.channel, delivery.address)
        reason = lazy_gettext("its reader reported a mail as spam, or left at the mail provider")
        ended = move_all(
            self._store, those, ("pending", "active", "paused", "bounced"), "unsubscribed", now, reason
        ).changed
        told = f"delivery {delivery.id} was reported as spam; {len(ended)} subscriptions end"
        return ReportOutcome("unsubscribed", told)

    def _envelope(self, delivery: Delivery) -> Envelope:
        return Envelope(self._sender.envelope(self._links.bounce_ids.sign(delivery.id)), delivery.address)

    def _same_mail(self, delivery: Delivery) -> list[int]:
        return self._store.delivery_reports.same_mail(delivery.id)

    def _find_delivery(self, report: DeliveryReport) -> Delivery | None:
        numbers = (
            *self._links.bounce_ids.find(report.evidence),
            *self._by_link(report),
            *(self._by_word(report) if report.is_authentic else ()),
        )
        found = (self._store.deliveries.get(number) for number in numbers)
        return next((delivery for delivery in found if delivery and delivery.channel == "mail"), None)

    def _by_link(self, report: DeliveryReport) -> Iterator[int]:
        """Of the subscription whose signed link stands in the mail that came back: that mail, else its newest."""
        for token in islice(dict.fromkeys(_TOKEN.findall(report.evidence)), _MOST_TOKENS):
            for action in _TOKEN_ACTIONS:
                try:
                    subscription = self._store.subscriptions.get(self._links.read(action, token))
                except BadInput:
                    continue
                if subscription:
                    yield from self._of_address(report, subscription.address)

    def _by_word(self, report: DeliveryReport) -> Iterator[int]:
        """What the provider itself says."""
        for address in report.recipients:
            try:
                yield from self._of_address(report, parse_mail_address(address))
            except BadInput:
                continue

    def _of_address(self, report: DeliveryReport, address: str) -> list[int]:
        """The mail to an address that the report names, by our id or the provider's; its newest where it names none."""
        named = [number for one in report.message_ids for number in self._store.delivery_reports.of_message(one)]
        newest = self._store.delivery_reports.newest_of(address)
        there = [
            delivery for number in (*named, *newest) if (delivery := self._store.deliveries.get(number)) is not None
        ]
        if named:
            return [delivery.id for delivery in there if delivery.id in named and delivery.address == address]
        ids = [one.strip("<>") for one in report.message_ids if len(one) > _SHORTEST_ID]
        told = [delivery.id for delivery in there if any(one in delivery.detail for one in ids)]
        return told or newest[:1]

    def _is_about(self, report: DeliveryReport, delivery: Delivery) -> bool:
        """Whether a report that names addresses names the delivery's. Who reports spam may hide its reader's."""
        named = set(map(_plain_address, report.recipients))
        if not named or delivery.address in named:
            return True
        return report.kind == "complaint" and not any(
            self._store.subscriptions.of_address("mail", address) for address in named
        )


def _judge(report: DeliveryReport, envelope: Envelope) -> Receipt:
    """By the same rules as what a relay says at once: it does not matter who met the refusal."""
    found = _REPLY.match(report.detail)
    code, text = (int(found[1]), found[2] or "") if found else (550, report.detail)
    return receipt_for_reply("recipient", code, text, envelope)


def _row(report: DeliveryReport, number: int, now: datetime, detail: str, blames: str = "") -> DeliveryReportRow:
    return DeliveryReportRow(number, report.kind, now, report.origin, blames, detail)


def _plain_address(text: str) -> str:
    try:
        return parse_mail_address(text)
    except BadInput:
        return text.lower()
