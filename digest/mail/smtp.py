"""SMTP transport: mail handed to a relay stage by stage, so that what became of each one is known.

Invariant: nothing is said to be unsent that may have been taken. Until the relay has asked for the text (354) a loss is
"retry"; from then until its answer it is "uncertain"; every answer is a decision, and its words are kept. Nothing goes
in plain text to where TLS was wanted. Neither password nor mail is ever logged.

A reply's code is judged by policy alone (`receipt_for_reply`): "failed" is said only of what this recipient or this
mail has done. What is wrong with the relay, or between it and us, is "retry": an operator can mend it, and no
subscription is lost over it.
"""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal

from digest.mail.message import MailMessage
from digest.ports import Receipt

# What was refused: connection, TLS or authentication; MAIL; RCPT; DATA; the text after it.
SmtpStage = Literal["session", "sender", "recipient", "data", "content"]

_DETAIL_LENGTH = 300  # letters of a reply that are kept
_ENHANCED = re.compile(r"[245]\.(\d{1,3})\.(\d{1,3})\b")  # RFC 3463: class.subject.detail
# What asks for another session than ours: TLS or authentication first, credentials refused.
_SESSION_CODES = frozenset((421, 454, 500, 502, 503, 530, 534, 535, 538))
_MAILBOX_FULL, _TOO_LARGE = (2, 2), (3, 4)


def reply_line(code: int, text: bytes | str) -> str:
    """A reply as one printable, bounded line: "250 2.0.0 queued as 4f2a". smtplib has -1 for what is no reply."""
    plain = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    said = f"{code} {plain}" if code > 0 else f"no SMTP: {plain}"
    line = " ".join("".join(char if char.isprintable() else " " for char in said).split())
    return line if len(line) <= _DETAIL_LENGTH else line[: _DETAIL_LENGTH - 1] + "…"


def receipt_for_reply(stage: SmtpStage, code: int, text: bytes | str) -> Receipt:
    """The meaning of a reply that was not the one hoped for. It is a decision: the relay did not take the mail."""
    return replace(_judge_reply(stage, code, reply_line(code, text)), code=max(code, 0))


def _judge_reply(stage: SmtpStage, code: int, detail: str) -> Receipt:
    subject = _enhanced_code(detail)
    if stage in ("session", "sender"):
        return _session_receipt(subject, code, detail)
    if 400 <= code < 500 or (code in _SESSION_CODES and stage != "content"):
        addressed = stage == "recipient" and code not in _SESSION_CODES and not _is_system_code(subject)
        return Receipt("retry", detail, "recipient" if addressed or _is_address_code(subject) else "relay")
    if not 500 <= code < 600:
        return Receipt("retry", detail, "relay")  # no reply that SMTP knows
    if subject == _MAILBOX_FULL:
        return Receipt("retry", detail, "recipient")  # RFC 3463: it passes, when its owner reads
    if stage in ("data", "content"):
        return Receipt("failed", detail, "recipient" if _is_address_code(subject) else "content")
    return _recipient_receipt(subject, code, detail)


def _session_receipt(subject: tuple[int, int] | None, code: int, detail: str) -> Receipt:  # decision 41
    """Before a recipient was named: only the mail's size can be a fault of its own."""
    if code == 552 or (code >= 500 and subject == _TOO_LARGE):
        return Receipt("failed", detail, "content")
    return Receipt("retry", detail, "relay")


def _recipient_receipt(subject: tuple[int, int] | None, code: int, detail: str) -> Receipt:
    """A policy (5.7.x: relaying denied, a block list) says nothing of the address, so it must not count as a bounce."""
    if code == 552 or subject == _TOO_LARGE:
        return Receipt("failed", detail, "content")
    return Receipt("failed", detail, "relay" if _is_system_code(subject) else "recipient")


def _enhanced_code(detail: str) -> tuple[int, int] | None:
    match = _ENHANCED.match(detail[4:])
    return (int(match[1]), int(match[2])) if match else None


def _is_address_code(subject: tuple[int, int] | None) -> bool:
    return subject is not None and subject[0] in (1, 2)


def _is_system_code(subject: tuple[int, int] | None) -> bool:
    """The mail system, the network, the protocol or a policy (grey-listing, too), not the mailbox."""
    return subject is not None and subject[0] in (3, 4, 5, 7)


_DOT = re.compile(rb"(?m)^\.")
Security = Literal["tls", "starttls", "plain"]
NO_STARTTLS = 502  # the code of a receipt where the relay offers none


@dataclass(frozen=True)
class Relay:
    """Where mail is handed over. security: "tls" from the first byte, "starttls" or nothing, "plain"."""

    host: str
    port: int
    security: Security
    user: str = ""
    password: str = field(default="", repr=False)
    context: ssl.SSLContext | None = field(default=None, repr=False)  # None: the system's authorities


@dataclass(frozen=True)
class SmtpTimeouts:
    """Seconds. RFC 5321 asks for ten minutes after the final dot: giving up earlier makes duplicates."""

    connect: float = 30.0
    command: float = 120.0
    answer: float = 600.0


class _SmtpRefusal(Exception):
    """The relay said no, at a known stage."""

    def __init__(self, stage: SmtpStage, code: int, text: bytes | str) -> None:
        super().__init__(code)
        self.stage, self.code, self.text = stage, code, text


class SmtpTransport:
    """One connection, opened when first needed and kept for the mails to come."""

    def __init__(self, relay: Relay, timeouts: SmtpTimeouts | None = None) -> None:
        self._relay, self._timeouts = relay, timeouts or SmtpTimeouts()
        self._smtp: smtplib.SMTP | None = None

    def post(self, letter: MailMessage, begin: Callable[[], object] = lambda: None) -> Receipt:
        """Hand over one mail. Never raises for what the relay does. begin: called as soon as it asks for the text."""
        idle = self._smtp is not None
        receipt = self._attempt(letter, begin)
        if idle and self._smtp is None and receipt.state == "retry":
            # A relay closes what was idle, or had its number of mails, when it likes; that is no fault of this mail.
            receipt = self._attempt(letter, begin)
        return replace(receipt, message_id=letter.message_id)

    def close(self) -> None:
        """Say goodbye, whatever the relay answers: what it took is known already."""
        smtp, self._smtp = self._smtp, None
        if smtp is None:
            return
        try:
            smtp.quit()
        except (OSError, smtplib.SMTPException):
            smtp.close()

    def _attempt(self, letter: MailMessage, begin: Callable[[], object]) -> Receipt:
        try:
            smtp = self._smtp or self._connect()
            self._announce(smtp, letter)
        except _SmtpRefusal as no:
            self._recover(no.stage, no.code)
            return receipt_for_reply(no.stage, no.code, no.text)
        except (OSError, ValueError, smtplib.SMTPException) as error:
            self._drop()
            return Receipt("retry", self._lost(error), "relay")
        try:
            begin()
        except BaseException:
            self._drop()  # the relay waits for a text that is not to come
            raise
        return self._hand_over(smtp, letter)

    def _announce(self, smtp: smtplib.SMTP, letter: MailMessage) -> None:
        """Envelope and DATA, up to the relay's "go ahead"."""
        size = [f"SIZE={len(letter.data)}"] if smtp.has_extn("size") else []
        _expect("sender", smtp.mail(letter.sender, size), 250)
        _expect("recipient", smtp.rcpt(letter.recipient), 250, 251)
        _expect("data", smtp.docmd("DATA"), 354)

    def _hand_over(self, smtp: smtplib.SMTP, letter: MailMessage) -> Receipt:
        """The text and its end in one write: cut in two, each mail would wait for the other side's delayed ACK."""
        try:
            smtp.send(_DOT.sub(b"..", letter.data) + b".\r\n")
            _open_socket(smtp).settimeout(self._timeouts.answer)
            code, text = smtp.getreply()
            _open_socket(smtp).settimeout(self._timeouts.command)
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            return Receipt("uncertain", f"no answer after the text: {self._lost(error)}", "relay")  # decision 40
        if 200 <= code < 300:
            return Receipt("sent", reply_line(code, text))
        if not 400 <= code < 600:
            self._drop()
            return Receipt("uncertain", f"no answer that SMTP knows: {reply_line(code, text)}", "relay")
        self._recover("content", code)
        return receipt_for_reply("content", code, text)

    def _connect(self) -> smtplib.SMTP:
        smtp = self._open()
        self._smtp = smtp
        _expect("session", smtp.ehlo(), 250)
        if self._relay.security == "starttls":
            self._encrypt(smtp)
        if self._relay.user:
            self._log_in(smtp)
        _open_socket(smtp).settimeout(self._timeouts.command)
        return smtp

    def _open(self) -> smtplib.SMTP:
        relay, seconds = self._relay, self._timeouts.connect
        try:
            if relay.security == "tls":
                return smtplib.SMTP_SSL(relay.host, relay.port, _own_name(), timeout=seconds, context=self._context())
            return smtplib.SMTP(relay.host, relay.port, _own_name(), timeout=seconds)
        except smtplib.SMTPConnectError as error:
            raise _SmtpRefusal("session", error.smtp_code, error.smtp_error) from None

    def _encrypt(self, smtp: smtplib.SMTP) -> None:
        if not smtp.has_extn("starttls"):
            raise _SmtpRefusal("session", NO_STARTTLS, "the relay offers no STARTTLS, and nothing is sent without TLS")
        _expect("session", smtp.starttls(context=self._context()), 220)
        _expect("session", smtp.ehlo(), 250)

    def _log_in(self, smtp: smtplib.SMTP) -> None:
        try:
            smtp.login(self._relay.user, self._relay.password)
        except smtplib.SMTPAuthenticationError as error:
            raise _SmtpRefusal("session", error.smtp_code, error.smtp_error) from None
        except smtplib.SMTPNotSupportedError:
            raise _SmtpRefusal("session", 503, "the relay offers no authentication, but a user is set") from None

    def _context(self) -> ssl.SSLContext:
        return self._relay.context or ssl.create_default_context()

    def _recover(self, stage: SmtpStage, code: int) -> None:
        """After a refusal: ready for the next mail on this connection, or without one. A session that was refused, for
        want of TLS too, must not be gone on with.
        """
        if stage == "session" or code == 421 or self._smtp is None:
            self._drop()
            return
        try:
            reset, _ = self._smtp.rset()
        except (OSError, smtplib.SMTPException):
            reset = 0
        if reset != 250:
            self._drop()

    def _drop(self) -> None:
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            smtp.close()

    def _lost(self, error: Exception) -> str:
        """What went wrong with the connection, without the text of a refused command: it may hold a secret."""
        where = f"{self._relay.host}:{self._relay.port}"
        # smtplib says "closed" of a reply that it waited for in vain; what it met is the context.
        if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
            return f"{where} did not answer in time"
        if isinstance(error, ssl.SSLError):
            return f"{where}: TLS failed: {getattr(error, 'verify_message', '') or error.reason or 'no reason given'}"
        if isinstance(error, smtplib.SMTPServerDisconnected):
            return f"{where} closed the connection"
        if isinstance(error, OSError) and error.strerror:
            return f"{where}: {error.strerror}"
        if type(error) is smtplib.SMTPException:
            return f"{where} offers no way to authenticate that we know"
        return f"{where}: {type(error).__name__}"


def _expect(stage: SmtpStage, reply: tuple[int, bytes], *wanted: int) -> None:
    if reply[0] not in wanted:
        raise _SmtpRefusal(stage, *reply)


def _open_socket(smtp: smtplib.SMTP) -> socket.socket:
    """smtplib lets go of its socket when it finds the connection closed."""
    if smtp.sock is None:
        raise smtplib.SMTPServerDisconnected("closed")
    return smtp.sock


def _own_name() -> str:
    """How we greet. A look-up of our full name could wait for a name server that is not there."""
    name = socket.gethostname()
    return name if "." in name and name.isascii() else "[127.0.0.1]"
