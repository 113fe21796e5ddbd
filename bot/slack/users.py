"""User directory: users.info cached; whether someone is a member, a guest or an outsider.

Invariant: one person is asked for once at a time, and once a day. Without the scope to look, whoever the event itself
does not call an outsider is taken for a member; an answer that may come later (a time-out) keeps no member out.
"""

from __future__ import annotations

import logging
import threading
import time
from concurrent.futures import Future
from concurrent.futures import TimeoutError as Late
from typing import Any, Literal

from bot.slack.client import Slack, SlackFailure

log = logging.getLogger(__name__)
Standing = Literal["member", "guest", "outsider", "unknown", "unseen"]
_CACHE_SECONDS = 86_400.0
_NO_SCOPE_SECONDS = 600.0  # the scope may be granted while we run
_NO_ANSWER_SECONDS = 60.0
_MOST_CACHED = 10_000
_NOT_OURS = {"user_not_found", "user_not_visible"}

_Found = tuple[Standing, dict[str, Any]]


class UserDirectory:
    """`team`: the bot's own, to be set before anyone's standing is asked for."""

    def __init__(self, slack: Slack) -> None:
        self._slack, self.team = slack, ""
        self._known: dict[str, tuple[float, Standing, dict[str, Any]]] = {}
        self._asking: dict[str, Future[_Found]] = {}
        self._blind_until = 0.0  # the scope to look is missing: nobody else is asked for meanwhile
        self._lock = threading.Lock()

    def standing(self, user: str, *, within: float | None = None) -> Standing:
        """within: seconds after which it is "unknown"; what Slack says later is kept for the next time."""
        if within is None:
            return self._insist(user)[0]
        try:
            return self._ask(user).result(within)[0]
        except Late:
            return self.known_standing(user)

    def known_standing(self, user: str) -> Standing:
        """As far as it is known without asking."""
        with self._lock:
            kept = self._known.get(user)
        return kept[1] if kept else "unknown"

    def profile(self, user: str) -> dict[str, Any]:
        """What users.info says; {} where it says nothing."""
        return self._insist(user)[1]

    def known(self, user: str) -> dict[str, Any] | None:
        """What is known of someone without asking; None where nothing is."""
        with self._lock:
            kept = self._known.get(user)
        return kept[2] if kept and kept[1] != "unknown" else None

    def locale(self, user: str) -> str:
        """Their Slack's language, such as "ja-JP", as far as it is known without asking; else ""."""
        return str((self.known(user) or {}).get("locale") or "")

    def _insist(self, user: str) -> _Found:
        """As `_ask` finds; where Slack did not say, it is asked once more."""
        found = self._ask(user).result()
        return found if found[0] != "unknown" else self._ask(user, again=True).result()

    def _ask(self, user: str, *, again: bool = False) -> Future[_Found]:
        """What is known, or will be: whoever asks for the same person meanwhile waits for the same answer.

        again: also where Slack did not say a moment ago.
        """
        with self._lock:
            kept, now = self._known.get(user), time.monotonic()
            if kept and kept[0] > now and not (again and kept[1] == "unknown"):
                return _known_future((kept[1], kept[2]))
            if now < self._blind_until:
                return _known_future(("unseen", {}))
            if user in self._asking:
                return self._asking[user]
            asked = self._asking[user] = Future()
        threading.Thread(target=self._look_up_and_keep, args=(user, asked), name="slack-user", daemon=True).start()
        return asked

    def _look_up_and_keep(self, user: str, asked: Future[_Found]) -> None:
        found: _Found = ("unknown", {})
        try:
            found = self._look_up(user)
        except Exception:
            log.exception("%s could not be looked up", user)
        finally:
            with self._lock:
                self._asking.pop(user, None)
                found = self._keep(user, found)
            asked.set_result(found)

    def _keep(self, user: str, found: _Found) -> _Found:
        """An older answer stands where there is no new one."""
        standing, profile = found
        if standing == "unseen":
            self._blind_until = time.monotonic() + _NO_SCOPE_SECONDS
            return found
        if standing == "unknown" and user in self._known:
            _, standing, profile = self._known[user]
        if len(self._known) > _MOST_CACHED:
            self._known.clear()
        stands = _NO_ANSWER_SECONDS if found[0] == "unknown" else _CACHE_SECONDS
        self._known[user] = (time.monotonic() + stands, standing, profile)
        return standing, profile

    def _look_up(self, user: str) -> _Found:
        try:
            profile = self._slack.call("users.info", quick=True, user=user, include_locale=True).get("user") or {}
        except SlackFailure as failure:
            log.info("users.info: %s", failure.error)
            if not failure.permanent:
                return "unknown", {}
            return ("outsider" if failure.error in _NOT_OURS else "unseen"), {}
        return self._judge(profile), profile

    def _judge(self, profile: dict[str, Any]) -> Standing:
        if profile.get("is_stranger") or (profile.get("team_id") or self.team) != self.team:
            enterprise = profile.get("enterprise_user") or {}
            if profile.get("is_stranger") or self.team not in (enterprise.get("teams") or []):
                return "outsider"
        if profile.get("is_restricted") or profile.get("is_ultra_restricted"):
            return "guest"
        return "member"


def _known_future(found: _Found) -> Future[_Found]:
    done: Future[_Found] = Future()
    done.set_result(found)
    return done
