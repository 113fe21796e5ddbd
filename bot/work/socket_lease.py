"""Socket lease: of several processes one has Slack's socket; the others stand by, and one takes over within seconds.

Invariant: a socket is open only under the lease, and closed before another process may have that; whoever cannot reach
Slack gives it up to those that may. An event that comes to two processes all the same is claimed once, in the store.
"""

from __future__ import annotations

import logging
import threading
import time

from bot.slack.connection import SlackConnection
from digest.errors import ConfigError
from digest.leases import StandingLease
from store import Store
from store.errors import StoreError

log = logging.getLogger(__name__)
_NAME = "slack socket"
_LOOK_SECONDS = 0.5
_DEAF_SECONDS = 30.0  # without a connection, after which another process may try
_STAND_BACK_SECONDS = 4.0  # for which it may


class SocketLease:  # decision 255
    """connection: opened and closed here. problem: why this process listens no more, "" where it does or may."""

    def __init__(self, connection: SlackConnection, store: Store) -> None:
        self._connection = connection
        self._lease = StandingLease(_NAME, store, self._hang_up)
        self._over = threading.Event()
        self._heard_at = time.monotonic()  # when there was a connection, or nobody wanted one
        self._thread = threading.Thread(target=self._listen_until_over, name="slack-socket", daemon=True)
        self.problem = ""

    def start(self) -> None:
        """Listen, where nobody does. Raises ConfigError where the token or the proxy is refused."""
        if not self._over.is_set():
            self._lease.start()
            self._open()
            self._thread.start()

    def close(self) -> None:
        """Close the socket, and let another process listen at once."""
        self._over.set()
        self._connection.close()
        if self._thread.is_alive():
            self._thread.join()
        self._lease.stop()

    @property
    def listener(self) -> str:
        """The owner that another process listens as; "" where this one does, or nobody. Raises StoreError."""
        return self._lease.other_holder

    def _listen_until_over(self) -> None:
        while not self._over.wait(_LOOK_SECONDS):
            try:
                self._open()
                self._give_others_a_chance()
            except ConfigError as error:
                self.problem = str(error)
                log.error("Slack is not served: %s", error)  # noqa: TRY400 - the traceback says nothing
                self._lease.stop()
                return
            except StoreError as error:
                log.warning("the lease of Slack's socket could not be given up: %s", error)

    def _open(self) -> None:
        self._connection.open(lambda: self._lease.is_held and not self._over.is_set())

    def _give_others_a_chance(self) -> None:
        """Where this process was deaf for long: they may reach Slack."""
        now = time.monotonic()
        if self._connection.connected or not self._lease.is_held:
            self._heard_at = now
        elif now - self._heard_at > _DEAF_SECONDS:
            self._hang_up()
            self._lease.stand_back(_STAND_BACK_SECONDS)

    def _hang_up(self) -> None:
        log.info("this process listens to Slack no more")
        self._connection.close()
