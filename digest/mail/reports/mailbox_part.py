"""The mailbox as a part of the service: a look every few minutes, and how the last one went.

Invariant: nothing that a server does ends the thread; what was not put away is read again at the next look. Of several
processes one looks at a time.
"""

from __future__ import annotations

import logging
import threading
from datetime import UTC, datetime
from typing import Literal

from digest.errors import PaperRouteError
from digest.leases import try_exclusive
from digest.mail.reports.imap_mailbox import ReportMailbox
from store import Store
from store.records.deliveries import PartState
from store.records.lazy_text import lazy_gettext

_PATIENCE = 3  # looks in a row that may fail before that is a trouble: servers are away now and then
_LEASE = "mailbox"
_log = logging.getLogger(__name__)


class MailboxPart:
    name = "mailbox"

    def __init__(self, mailbox: ReportMailbox, store: Store, seconds: float) -> None:
        self._mailbox, self._store = mailbox, store
        self._seconds = seconds
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._read_until_stopped, name="mailbox", daemon=True)
        self._state = PartState(self.name, "ok", lazy_gettext("not read yet"))
        self._failures = 0
        self._taken = 0

    def start(self) -> None:
        self._thread.start()

    def stop(self, seconds: float) -> bool:
        self._ended.set()
        self._mailbox.leave()
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def state(self) -> PartState:
        return self._state

    def _read_until_stopped(self) -> None:
        while not self._ended.is_set():
            self._read()
            self._ended.wait(self._seconds)

    def _read(self) -> None:
        try:
            with try_exclusive(_LEASE, self._store) as alone:
                self._taken += self._mailbox.read(datetime.now(UTC)) if alone else 0
        except PaperRouteError as error:
            self._fail(error.message, at_once=error.permanent)
        except Exception as error:  # noqa: BLE001 - whatever a server does, the next look is another try
            if not self._ended.is_set():
                _log.exception("the mailbox could not be read")
                self._fail(type(error).__name__, at_once=False)
        else:
            self._failures = 0
            told = lazy_gettext("reports taken since the start: {n}", n=self._taken)
            self._state = PartState(self.name, "ok", told)

    def _fail(self, why: str, *, at_once: bool) -> None:
        if self._ended.is_set():
            return
        _log.warning("the mailbox could not be read: %s", why)
        self._failures += 1
        state: Literal["warn", "fail"] = "fail" if at_once or self._failures >= _PATIENCE else "warn"
        self._state = PartState(self.name, state, lazy_gettext("it could not be read: {why}", why=why))
