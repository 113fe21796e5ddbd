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

from digest.errors import ConfigError
from digest.mail.message import MailMessage
from digest.mail.reply_rules import URL_NAME, SmtpStage
from digest.mail.reply_verdict import Envelope, receipt_for_reply, reply_line
from digest.network import make_tls_context
from digest.ports import Receipt

_DOT = re.compile(rb"(?m)^\.")
# Relays refuse what is no name on the net (RFC 5321, 4.1.1.1), and those with an underscore.
_FULL_NAME = re.compile(
    r"(?!.*\.(?:local|localdomain|lan|home|internal|invalid)$)[a-z0-9-]+(?:\.[a-z0-9-]+)+", re.IGNORECASE
)
_PLAIN_TEXT = ("WRONG_VERSION_NUMBER", "UNKNOWN_PROTOCOL", "PACKET_LENGTH_TOO_LONG")  # OpenSSL's, of a greeting
_NO_SMTPUTF8 = "the relay takes no addresses with letters beyond ASCII before their @ (it offers no SMTPUTF8)"
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
    context: ssl.SSLContext | None = field(default=None, repr=False)  # None: as the environment names authorities
    greeting: str = ""  # how we greet it; "": by this machine's name


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


class _NoWayToWrite(Exception):
    """The relay cannot take the address; it works for others."""


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
        except _NoWayToWrite:
            return Receipt("failed", _NO_SMTPUTF8, "content")
        except ConfigError as error:
            self._drop()
            return Receipt("retry", error.message, "relay", step=error.hint)
        except (OSError, ValueError, smtplib.SMTPException) as error:
            words, step = self._lost(error)
            self._drop()
            return Receipt("retry", words, "relay", step=step)
        try:
            begin()
        except BaseException:
            self._drop()  # the relay waits for a text that is not to come
            raise
        return self._hand_over(smtp, letter)

    def _announce(self, smtp: smtplib.SMTP, letter: MailMessage) -> None:
        """Envelope and DATA, up to the relay's "go ahead"."""
        options = [f"SIZE={len(letter.data)}"] if smtp.has_extn("size") else []
        if not (letter.sender + letter.recipient).isascii():
            if not smtp.has_extn("smtputf8"):
                raise _NoWayToWrite
            options += ["SMTPUTF8", "BODY=8BITMIME"]  # RFC 6531, 3.1: who offers the one offers the other
        _expect("sender", smtp.mail(letter.sender, options), 250)
        _expect("recipient", smtp.rcpt(letter.recipient), 250, 251)
        smtp.command_encoding = "ascii"  # smtplib leaves it at UTF-8 for whatever follows
        _expect("data", smtp.docmd("DATA"), 354)

    def _hand_over(self, smtp: smtplib.SMTP, letter: MailMessage) -> Receipt:
        """The text and its end in one write: cut in two, each mail would wait for the other side's delayed ACK."""
        try:
            smtp.send(_DOT.sub(b"..", letter.data) + b".\r\n")
            _open_socket(smtp).settimeout(self._timeouts.answer)
            code, text = smtp.getreply()
            _open_socket(smtp).settimeout(self._timeouts.command)
        except (OSError, smtplib.SMTPException) as error:
            words, step = self._lost(error)
            self._drop()
            return Receipt("uncertain", f"no answer after the text: {words}", "relay", step=step)  # decision 40
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
        name = relay.greeting or greeting_name(socket.gethostname())
        try:
            if relay.security == "tls":
                return smtplib.SMTP_SSL(relay.host, relay.port, name, timeout=seconds, context=self._context())
            return smtplib.SMTP(relay.host, relay.port, name, timeout=seconds)
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
        return self._relay.context or make_tls_context()

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

    def _lost(self, error: Exception) -> tuple[str, str]:
        """What went wrong with the connection, and what to do; without the text of a refused command: it may hold a
        secret.
        """
        where = f"{self._relay.host}:{self._relay.port}"
        words, step = _explain(error)
        mute = isinstance(error, TimeoutError | smtplib.SMTPServerDisconnected | ConnectionResetError)
        if mute and self._smtp is None and self._relay.security != "tls":
            # What waits for a TLS handshake greets nobody.
            words, step = f"{words} (no greeting came)", f"If it is a port for TLS, write smtps:// in {URL_NAME}."
        return f"{where}{words}", step


def _explain(error: Exception) -> tuple[str, str]:
    """What follows the relay's address, and what to do."""
    words, step = f": {type(error).__name__}", f"Check host and port in {URL_NAME}."
    # smtplib says "closed" of a reply that it waited for in vain; what it met is the context.
    if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
        words, step = " did not answer in time", f"{step[:-1]}, and that no firewall is in between."
    elif isinstance(error, ssl.SSLError) and error.reason in _PLAIN_TEXT:
        words, step = ": TLS failed: it begins in plain text", f"Write smtp:// in {URL_NAME}; it asks for TLS, too."
    elif isinstance(error, ssl.SSLError):
        reason = getattr(error, "verify_message", "") or error.reason or "no reason given"
        words, step = f": TLS failed: {reason}", "Use the host name that its certificate is for; or set SSL_CERT_FILE."
    elif isinstance(error, smtplib.SMTPServerDisconnected):
        words = " closed the connection"
    elif isinstance(error, OSError) and error.strerror:
        words = f": {error.strerror}"
    elif type(error) is smtplib.SMTPException:
        words, step = " offers no way to authenticate that we know", f"Leave user and password out of {URL_NAME}."
    return words, step


def _expect(stage: SmtpStage, reply: tuple[int, bytes], *wanted: int) -> None:
    if reply[0] not in wanted:
        raise _SmtpRefusal(stage, *reply)


def _open_socket(smtp: smtplib.SMTP) -> socket.socket:
    """smtplib lets go of its socket when it finds the connection closed."""
    if smtp.sock is None:
        raise smtplib.SMTPServerDisconnected("closed")
    return smtp.sock


def greeting_name(host: str, sender_domain: str = "") -> str:
    """How we greet: by this machine's full name, else by the sender's domain, else by an address that says nothing.

    host: as the machine knows itself. A look-up of its full name could wait for a name server that is not there.
    """
    return next((name for name in (host, sender_domain) if _FULL_NAME.fullmatch(name)), "[127.0.0.1]")
