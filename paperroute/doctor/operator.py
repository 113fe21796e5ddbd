"""Doctor of the operator's notices: whether there is a way, and one that a trouble of mail leaves open."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from digest.errors import PaperRouteError
from digest.ports import Finding, FindingState
from paperroute.compose.operator import has_own_relay, operator_ways
from paperroute.config.load import Config
from paperroute.config.operator import MAIL_URL, WEBHOOK_URL
from store import Store


def examine_operator(config: Config, environment: Mapping[str, str], store: Store) -> Iterator[Finding]:
    """`paperroute operator test` tells whether they work."""
    try:
        ways = operator_ways(config, environment)
        is_apart = has_own_relay(environment) or any(way.name != "mail" for way in ways)
    except PaperRouteError as error:
        yield Finding("operator", "fail", error.message, error.hint)
        return
    if not ways:
        state: FindingState = "warn" if store.subscriptions.counts().get("active", 0) else "ok"
        step = f"Set {WEBHOOK_URL}, operator.slack, or operator.email with {MAIL_URL}."
        yield Finding("operator", state, "nobody is told when mail stops going out", step)
        return
    told = ", ".join(f"{way.name} ({way.place})" for way in ways)
    letter = f", with a letter each week on {config.operator.day}" if config.operator.weekly else ""
    if is_apart:
        yield Finding("operator", "ok", f"told of trouble by {told}{letter}")
    else:
        step = f"Set {MAIL_URL} to another relay, or {WEBHOOK_URL}."
        yield Finding("operator", "warn", f"told by {told}{letter}: not when that relay is the trouble", step)
