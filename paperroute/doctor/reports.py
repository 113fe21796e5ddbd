"""Doctor of reports: the ways by which mails come back here, and what came back for a fault of ours or the relay's."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from digest.errors import PaperRouteError
from digest.ports import Finding
from paperroute.compose.app import App
from paperroute.compose.reports import make_mailbox, make_webhooks
from paperroute.config.mail import URL

_SPAN = timedelta(days=7)
_OURS = ("relay", "sender")


def examine_reports(app: App, *, offline: bool) -> Iterator[Finding]:
    """The mailbox is only looked into, and nothing in it is taken."""
    try:
        ways = [*(f"webhook of {name}" for name in make_webhooks(app))]
        if mailbox := make_mailbox(app):
            ways.insert(0, "mailbox")
            if not offline:
                mailbox.try_access()
    except PaperRouteError as error:
        yield Finding("reports", "fail", error.message, error.hint)
        return
    counts = app.store.delivery_reports.counts(datetime.now(UTC) - _SPAN)
    came = sum(counts.values())
    told = f"{came} in a week, {sum(n for (kind, _), n in counts.items() if kind == 'complaint')} of them complaints"
    relay = any(app.environment.get(name, "").strip() for name in (URL, f"{URL}_FILE"))
    if relay and not (ways or came):
        step = "Set up a pipe, a mailbox or a webhook: docs/mail.md."
        yield Finding("reports", "warn", "nobody reads what comes back: dead addresses stay subscribed", step)
    else:
        yield Finding("reports", "ok", f"{', '.join(ways) or 'none is polled'}: {told}")
    if ours := sum(n for (kind, blames), n in counts.items() if kind == "failed" and blames in _OURS):
        words = app.store.delivery_reports.last_detail(_OURS)
        step = "paperroute deliveries list --state failed; mend what the words name, then paperroute deliveries retry."
        yield Finding("reports", "warn", f"{ours} mails came back for the relay's or our own fault: {words}", step)
