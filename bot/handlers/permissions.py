"""Permissions and rate limits (quotas): who may ask, where, and how often.

Invariant: pure but for the store's counts; a refusal is a sentence that says what would help.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from bot.intents.message_event import SlackMessage
from bot.messages import replies
from bot.settings import AccessRules
from bot.slack.users import Standing
from store.records.lazy_text import AnyText
from store.tables.slack_requests import SlackRequests

_HOUR = 3600.0
_FOLLOW_UPS_A_SURVEY = 6


def is_allowed(message: SlackMessage, rules: AccessRules) -> bool:
    """By the lists; an empty one allows everyone."""
    return (
        _is_listed(message.team, rules.teams)
        and _is_listed(message.user, rules.users)
        and (message.direct or _is_listed(message.channel, rules.channels))
    )


def standing_refusal(standing: Standing, rules: AccessRules) -> AnyText:  # decision 118
    """Why someone of this standing gets no answer; "" where they do."""
    return "" if rules.guests or standing not in ("guest", "outsider") else replies.GUESTS


def survey_quota_refusal(
    requests: SlackRequests,
    team: str,
    user: str,
    channel: str,
    rules: AccessRules,
    clock: Callable[[], float] = time.time,
) -> AnyText:
    """Which quota is used up, and until when; "" where none is."""
    now = clock()
    own = requests.recent(team, now - _HOUR, user=user)
    if len(own) >= rules.per_user_hour:
        return replies.quota_used_up("user", "survey", rules.per_user_hour, own[-rules.per_user_hour] + _HOUR, now)
    here = requests.recent(team, now - _HOUR, channel=channel)
    if len(here) >= rules.per_channel_hour:
        most = rules.per_channel_hour
        return replies.quota_used_up("channel", "survey", most, here[-most] + _HOUR, now)
    return ""


def followup_quota_refusal(
    requests: SlackRequests, team: str, user: str, rules: AccessRules, clock: Callable[[], float] = time.time
) -> AnyText:
    """Likewise for follow-ups, which cost less than surveys."""
    now, most = clock(), rules.per_user_hour * _FOLLOW_UPS_A_SURVEY
    own = requests.recent(team, now - _HOUR, user=user, kind="followup")
    return replies.quota_used_up("user", "followup", most, own[-most] + _HOUR, now) if len(own) >= most else ""


def _is_listed(id_: str, listed: tuple[str, ...]) -> bool:
    return not listed or id_ in listed
