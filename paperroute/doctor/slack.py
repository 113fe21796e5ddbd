"""Doctor of Slack: its tokens, its scopes, and the click that is missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bot.slack.setup_check import check_setup
from digest.errors import PaperRouteError
from digest.ports import Finding
from paperroute.compose.slack import read_credentials
from paperroute.config.sections import SlackSection


def examine_slack(section: SlackSection, environment: Mapping[str, str], *, offline: bool) -> Iterator[Finding]:
    """Nothing where no token is set: Slack is not for everyone."""
    try:
        found = read_credentials(section, environment)
    except PaperRouteError as error:
        yield Finding("Slack", "fail", error.message, error.hint)
        return
    if found is None:
        return
    if environment.get("SLACK_CLIENT_ID") and environment.get("SLACK_CLIENT_SECRET"):
        yield Finding("Slack", "warn", "SLACK_CLIENT_ID is set, and has no effect here", "Unset it, and its secret.")
    if offline:
        yield Finding("Slack", "ok", f"{found.mode} mode, not asked (--offline)")
        return
    for sign in check_setup(found, guests=section.guests):
        yield Finding("Slack", sign.state, sign.detail, sign.step)
