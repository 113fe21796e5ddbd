"""IMAP mailbox: looks for reports among the unread mails of a folder, and puts them away once they are taken.

Invariant: a mail is put away only after what it reports is in the store, so that a kill in between only reads it twice.
What a person wrote is left as it was, unread. Nothing goes in plain text to where TLS was wanted; a password is never
logged; no answer of a server is read beyond a bound.
"""

from __future__ import annotations

import imaplib
import logging
import re
import ssl
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from digest.errors import PaperRouteError
from digest.mail.reports.report_handler import ReportHandler, StillSending
from digest.mail.reports.report_parser import MOST_BYTES, is_automatic, parse_report_mail
from digest.network import make_tls_context
from store.text.source_text import printable_line

_SECONDS = 60.0  # for one answer
_MOST_MAILS = 200  # of one look; the others wait for the next
_MOST_LEFT = 50_000  # mails of people that are known not to be looked at again
_log = logging.getLogger(__name__)


class MailboxError(PaperRouteError):
    """The mailbox cannot be read now."""

    permanent = False


@dataclass(frozen=True)
class MailboxAccess:
    """security: "tls" from the first byte, "starttls", or nothing, "plain". done_folder: "" where mails stay."""

    host: str
    port: int
    security: Literal["tls", "starttls", "plain"]
    user: str
    password: str = field(repr=False)
    folder: str = "INBOX"
    done_folder: str = ""
    context: ssl.SSLContext | None = field(default=None, repr=False)  # None: as the environment names authorities


class ReportMailbox:
    """One folder, looked through by one thread."""

    def __init__(self, access: MailboxAccess, handler: ReportHandler) -> None:
        self._access = access
        self._handler = handler
        self._imap: imaplib.IMAP4 | None = None
        self._left: set[tuple[str, str]] = set()  # UIDVALIDITY and UID of mails that are no reports

    def read(self, now: datetime) -> int:
        """Take what has come; how many reports there were. Raises MailboxError, StoreError."""
        with _errors_told(self._access.host), self._open() as imap:
            validity = _select(imap, self._access.folder)
            uids = _search(imap)
            if len(self._left) > _MOST_LEFT:
                self._left.clear()
            fresh = [uid for uid in uids if (validity, uid) not in self._left]
            # The newest: what came back today is not to wait for ten thousand letters that nobody read.
            return sum(self._take(imap, validity, uid, now) for uid in fresh[-_MOST_MAILS:])

    def try_access(self) -> None:
        """Open the folder, and take nothing. Raises MailboxError."""
        with _errors_told(self._access.host), self._open() as imap:
            _select(imap, self._access.folder)

    def leave(self) -> None:
        """From another thread: what is being waited for is given up."""
        if imap := self._imap:
            with suppress(OSError, AttributeError):
                imap.shutdown()

    def _take(self, imap: imaplib.IMAP4, validity: str, uid: str, now: datetime) -> int:
        data = _fetch(imap, uid)
        reports = parse_report_mail(data)
        if not reports and not is_automatic(data):
            self._left.add((validity, uid))
            return 0
        try:
            outcomes = self._handler.take(reports, now)
        except StillSending as error:
            _log.info("a report stays unread for now: %s", error.message)
            return 0
        for outcome in outcomes:
            _log.info("mailbox: %s", outcome.line)
        self._put_away(imap, uid)
        return len(outcomes)

    def _put_away(self, imap: imaplib.IMAP4, uid: str) -> None:
        _expect(imap.uid("STORE", uid, "+FLAGS.SILENT", "(\\Seen)"))
        if not (folder := self._access.done_folder):
            return
        if "MOVE" in imap.capabilities:  # RFC 6851
            _expect(imap.uid("MOVE", uid, _quote(folder)))
            return
        _expect(imap.uid("COPY", uid, _quote(folder)))
        _expect(imap.uid("STORE", uid, "+FLAGS.SILENT", "(\\Deleted)"))
        if "UIDPLUS" in imap.capabilities:  # else others' deleted mails would go, too
            _expect(imap.uid("EXPUNGE", uid))

    @contextmanager
    def _open(self) -> Iterator[imaplib.IMAP4]:
        access = self._access
        context = access.context or make_tls_context()
        if access.security == "tls":
            imap: imaplib.IMAP4 = _BoundedTls(access.host, access.port, ssl_context=context, timeout=_SECONDS)
        else:
            imap = _Bounded(access.host, access.port, timeout=_SECONDS)
        self._imap = imap
        try:
            if access.security == "starttls":
                imap.starttls(context)
            _log_in(imap, access)
            if access.done_folder:  # one that is there is refused, which is as well
                imap.create(_quote(access.done_folder))
            yield imap
            imap.logout()
        finally:
            self._imap = None
            with suppress(OSError):
                imap.shutdown()


class _Bounded(imaplib.IMAP4):
    def read(self, size: int) -> bytes:
        if size > MOST_BYTES + 1024:
            raise self.abort("a part is larger than was asked for")
        return super().read(size)


class _BoundedTls(_Bounded, imaplib.IMAP4_SSL):
    """The same from the first byte in TLS."""


@contextmanager
def _errors_told(host: str) -> Iterator[None]:
    """The library's errors as ours, without what was sent: that may be a password."""
    try:
        yield
    except ssl.SSLError as error:
        reason = getattr(error, "verify_message", "") or error.reason or "no reason given"
        raise MailboxError(f"{host}: TLS failed: {reason}.", hint="Check PAPERROUTE_MAIL__IMAP_URL.") from None
    except TimeoutError:
        raise MailboxError(f"{host} did not answer in time.") from None
    except OSError as error:
        raise MailboxError(f"{host}: {error.strerror or type(error).__name__}.") from None
    except imaplib.IMAP4.error as error:
        raise MailboxError(f"{host}: {_line(error)}", hint="Check PAPERROUTE_MAIL__IMAP_URL and [reports].") from None


def _log_in(imap: imaplib.IMAP4, access: MailboxAccess) -> None:
    try:
        imap.login(access.user, access.password)
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error as error:
        hint = "Check user and password in PAPERROUTE_MAIL__IMAP_URL."
        raise MailboxError(f"{access.host} refused the login: {_line(error)}", hint=hint, permanent=True) from None
    if not imap.capabilities or "IMAP4REV1" not in imap.capabilities:
        return
    with suppress(imaplib.IMAP4.error):  # some say what they can only to whom they know
        known = imap.capability()[1][0]
        imap.capabilities = tuple(known.decode("ascii", "replace").upper().split()) if known else ()


def _select(imap: imaplib.IMAP4, folder: str) -> str:
    """Its UIDVALIDITY."""
    _expect(imap.select(_quote(folder)))
    said = imap.response("UIDVALIDITY")[1]
    return _text(said[0]) if said else ""


def _search(imap: imaplib.IMAP4) -> list[str]:
    found = _expect(imap.uid("SEARCH", "UNSEEN"))
    return [uid for line in found for uid in _text(line).split() if uid.isdecimal()]


def _fetch(imap: imaplib.IMAP4, uid: str) -> bytes:
    """Its beginning, without marking it as read."""
    for part in _expect(imap.uid("FETCH", uid, f"(BODY.PEEK[]<0.{MOST_BYTES}>)")):
        if isinstance(part, tuple) and len(part) > 1 and isinstance(part[1], bytes):
            return part[1]
    return b""


def _expect(answer: tuple[str, list[Any]]) -> list[Any]:
    state, data = answer
    if state != "OK":
        raise imaplib.IMAP4.error(_text(data[0] if data else b""))
    return data


def _quote(folder: str) -> str:
    """In modified UTF-7 (RFC 3501, 5.1.3)."""
    encoded = re.sub(r"[^\x20-\x7e]+", _encode_letters, folder.replace("&", "&-"))
    return '"' + re.sub(r'(["\\])', r"\\\1", encoded) + '"'


def _encode_letters(found: re.Match[str]) -> str:
    return "&" + b64encode(found[0].encode("utf-16-be"), b"+,").decode().rstrip("=") + "-"


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else ""


def _line(error: Exception) -> str:
    said = error.args[0] if error.args else ""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    return printable_line(text)[:200]
