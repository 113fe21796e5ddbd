"""User directory: users.info cached; whether someone is a member, a guest or an outsider.

Invariant: whether someone is a member is never guessed from a missing answer that will stay missing: without the scope
to look, nobody is taken for one. An answer that may come later (a time-out) keeps no member out.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import Any, Literal

from bot.slack.client import Slack, SlackFailure

log = logging.getLogger(__name__)
Standing = Literal["member", "guest", "outsider", "unknown", "unseen"]
_CACHE_SECONDS = 600.0
_MOST_CACHED = 10_000


class UserDirectory:
    """`team`: the bot's own, to be set before anyone's standing is asked for."""

    def __init__(self, slack: Slack) -> None:
        self._slack, self.team = slack, ""
        self._known: dict[str, tuple[float, Standing, dict[str, Any]]] = {}
        self._lock = threading.Lock()

    def standing(self, user: str, *, within: float | None = None) -> Standing:
        """within: seconds after which it is "unknown"; what Slack says later is kept for the next time."""
        if within is None:
            return self._get(user)[0]
        asking = threading.Thread(target=self._get, args=(user,), daemon=True)
        asking.start()
        asking.join(within)
        with self._lock:
            kept = self._known.get(user)
        return kept[1] if kept else "unknown"

    def profile(self, user: str) -> dict[str, Any]:
        """What users.info says; {} where it says nothing."""
        return self._get(user)[1]

    def known(self, user: str) -> dict[str, Any] | None:
        """What is known of someone without asking; None where nothing is."""
        with self._lock:
            kept = self._known.get(user)
        return kept[2] if kept else None

    def locale(self, user: str) -> str:
        """Their Slack's language, such as "ja-JP", as far as it is known without asking; else ""."""
        return str((self.known(user) or {}).get("locale") or "")

    def _get(self, user: str) -> tuple[Standing, dict[str, Any]]:
        with self._lock:
            kept = self._known.get(user)
        if kept and kept[0] > time.monotonic():
            return kept[1], kept[2]
        standing, profile = self._look_up(user)
        if standing != "unknown":
            with self._lock:
                if len(self._known) > _MOST_CACHED:
                    self._known.clear()
                self._known[user] = (time.monotonic() + _CACHE_SECONDS, standing, profile)
        elif kept:
            return kept[1], kept[2]
        return standing, profile

    def _look_up(self, user: str) -> tuple[Standing, dict[str, Any]]:
        try:
            profile = self._slack.call("users.info", quick=True, user=user, include_locale=True).get("user") or {}
        except SlackFailure as failure:
            log.info("users.info: %s", failure.error)
            if failure.error == "missing_scope":
                return "unseen", {}
            return ("unknown" if not failure.permanent else "outsider"), {}
        return self._judge(profile), profile

    def _judge(self, profile: dict[str, Any]) -> Standing:
        if profile.get("is_stranger") or (profile.get("team_id") or self.team) != self.team:
            enterprise = profile.get("enterprise_user") or {}
            if profile.get("is_stranger") or self.team not in (enterprise.get("teams") or []):
                return "outsider"
        if profile.get("is_restricted") or profile.get("is_ultra_restricted"):
            return "guest"
        return "member"
