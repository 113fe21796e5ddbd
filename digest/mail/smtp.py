"""SMTP transport: mail handed to a relay stage by stage, so that what became of each one is known.

Invariant: nothing is said to be unsent that may have been taken. Until the relay has asked for the text (354) a loss is
"retry"; from then until its answer it is "uncertain"; every answer is a decision, and its words are kept. Nothing goes
in plain text to where TLS was wanted. Neither password nor mail is ever logged.
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
from digest.mail.reply_rules import SmtpStage
from digest.mail.reply_verdict import Envelope, receipt_for_reply, reply_line
from digest.ports import Receipt

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
            return receipt_for_reply(no.stage, no.code, no.text, Envelope(letter.sender, letter.recipient))
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
        return receipt_for_reply("content", code, text, Envelope(letter.sender, letter.recipient))

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
