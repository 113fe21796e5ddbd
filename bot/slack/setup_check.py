"""Setup check (doctor) of Slack: tokens tried, granted scopes compared, the missing click named.

Invariant: nothing is posted, and nothing is changed; what cannot be known is not said.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Literal

from bot import ids
from bot.settings import SlackCredentials
from bot.slack.client import Slack, SlackFailure, token_error

_REINSTALL = "api.slack.com/apps, your app: App Manifest, paste slack-manifest.json, Save; then Install App, Reinstall."
_SOCKET = "api.slack.com/apps, your app: Socket Mode, switch it on."
# What a scope that was refused costs.
_COSTS = {
    "canvases:write": "no answer can be opened as a canvas, and no topic keeps one",
    "channels:history": "follow-ups in channels need a mention",
    "groups:history": "follow-ups in private channels need a mention",
    "channels:read": "a digest's channel is not checked before it is saved",
    "groups:read": "a digest's private channel is not checked before it is saved",
    "users:read": "guests cannot be told from members, so nobody is answered unless slack.guests = true",
}


@dataclass(frozen=True)
class SetupFinding:
    state: Literal["ok", "warn", "fail"]
    detail: str
    step: str = ""


def check_setup(access: SlackCredentials, *, guests: bool) -> Iterator[SetupFinding]:
    """Each thing once, in the order in which one would mend them. guests: whether they are let in."""
    slack = Slack(access.bot_token, access.api_url, threading.Event())
    try:
        with closing(slack):
            identity, scopes = slack.fetch_identity_and_scopes()
    except SlackFailure as failure:
        yield _refusal_finding("auth.test", failure)
    else:
        yield SetupFinding("ok", f"{identity.get('user', '?')} in {identity.get('team', '?')} ({access.mode} mode)")
        yield from _check_scopes(scopes, guests=guests)
    if access.mode == "socket":
        yield _check_socket(access)


def _check_scopes(granted: frozenset[str], *, guests: bool) -> Iterator[SetupFinding]:
    missing = [scope for scope in ids.required_scopes() if scope not in granted]
    if missing:
        yield SetupFinding("fail", f"these scopes are not granted: {', '.join(missing)}", _REINSTALL)
    for scope in (scope for scope in ids.optional_scopes() if scope not in granted):
        needed = scope == "users:read" and not guests
        yield SetupFinding(
            "fail" if needed else "warn", f"without {scope}, {_COSTS.get(scope, 'something is missing')}", _REINSTALL
        )
    if not missing:
        yield SetupFinding("ok", f"{len(granted)} scopes granted, all that are needed among them")


def _check_socket(access: SlackCredentials) -> SetupFinding:
    slack = Slack(access.app_token, access.api_url, threading.Event())
    try:
        with closing(slack):
            slack.call("apps.connections.open", quick=True)
    except SlackFailure as failure:
        return _refusal_finding("apps.connections.open", failure)
    return SetupFinding("ok", "a socket can be opened")


def _refusal_finding(method: str, failure: SlackFailure) -> SetupFinding:
    if not failure.permanent:
        return SetupFinding(
            "fail", failure.message, "Slack does not answer; look at SLACK_API_URL, a proxy, status.slack.com."
        )
    if failure.error in ("forbidden", "socket_mode_disabled", "app_not_socket_mode"):
        return SetupFinding("fail", f"Socket Mode is off ({failure.error})", _SOCKET)
    error = token_error(method, failure.error)
    return SetupFinding("fail", error.message, error.hint)
