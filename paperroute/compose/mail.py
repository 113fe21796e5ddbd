"""Configuration and environment -> the mail channel: a relay where one is set, else a folder.

Invariant: the relay's address and the DKIM key are read here and nowhere else, and shown by nothing.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from socket import gethostname
from urllib.parse import SplitResult, unquote, urlsplit

from digest.background.channel_setup import BuildOutgoing, ChannelSetup, SendPolicy
from digest.errors import ConfigError
from digest.mail.channel import FolderTransport, MailChannel, MailTransport
from digest.mail.dkim_signature import DkimKey, sign_message
from digest.mail.joint_message import JointMail
from digest.mail.message import DigestMail, MailMessage
from digest.mail.reply_verdict import reply_likeness
from digest.mail.smtp import Relay, Security, SmtpTimeouts, SmtpTransport, greeting_name
from digest.mail.subscription_mails import NoticeMail
from digest.ports import Outgoing
from digest.render.maps.map_png import clear_route_png
from digest.urls import SiteUrls
from paperroute.compose.app import App
from paperroute.config.load import Config
from paperroute.config.mail import DKIM_KEY, URL, MailSection
from paperroute.config.secrets import read_secret, read_secret_text

_URL_HINT = (
    "Write smtp://user:password@host:port or smtps://..., with special characters of the password percent-encoded."
)
_PORTS = {"tls": 465, "starttls": 587, "plain": 25}


def connect(app: App, outgoing: BuildOutgoing) -> ChannelSetup:
    """How mails are sent. Raises ConfigError: a bad address of the relay is told before anything starts."""
    compose, mail = make_composer(app.config, app.environment), app.config.mail

    def open_mail() -> MailChannel:
        return MailChannel(make_transport(app.config, app.environment), compose)

    open_mail()
    policy = SendPolicy(
        connections=mail.connections,
        per_minute=mail.per_minute,
        per_domain_per_minute=mail.domain_per_minute,
        give_up_after=timedelta(hours=mail.give_up_after),
        resend_uncertain=mail.uncertain == "resend",
        lease_seconds=app.config.serve.lease_seconds,
    )
    return ChannelSetup(open_mail, outgoing, policy, reply_likeness)


def read_relay(mail: MailSection, environment: Mapping[str, str]) -> Relay | None:
    """The relay that the environment names, if any. Raises ConfigError, which never holds the address."""
    url = read_secret(URL, environment)
    if not url:
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _bad_url("its host or port is none") from None
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise _bad_url("it does not begin with smtp:// or smtps:// and a host")
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise _bad_url("something stands behind the port")
    user, password = _credentials(parts)
    security: Security = "tls" if parts.scheme == "smtps" else _choose_security(mail, parts.hostname)
    _check_port(parts.scheme, port)
    greeting = mail.ehlo or greeting_name(gethostname(), mail.author.domain)
    return Relay(parts.hostname, port or _PORTS[security], security, user, password, greeting=greeting)


def _check_port(scheme: str, port: int | None) -> None:
    """RFC 8314: a client that waits for a greeting at 465, or begins TLS at another of them, waits in vain."""
    if scheme == "smtp" and port == 465:
        raise _bad_url("port 465 wants TLS at once", "Write smtps:// in place of smtp://, or port 587.")
    if scheme == "smtps" and port in (25, 587):
        raise _bad_url(f"port {port} begins in plain text", "Write smtp:// in place of smtps://, or port 465.")


def make_transport(config: Config, environment: Mapping[str, str]) -> MailTransport:
    """A way for mails out, not yet connected. Raises ConfigError."""
    return transport_to(read_relay(config.mail, environment), config)


def transport_to(relay: Relay | None, config: Config) -> MailTransport:
    """To a relay; into a folder without one."""
    if relay is None:
        return FolderTransport(mail_folder(config))
    mail = config.mail
    return SmtpTransport(relay, SmtpTimeouts(mail.connect_seconds, mail.command_seconds, mail.answer_seconds))


def mail_folder(config: Config) -> Path:
    """Where mails go without a relay."""
    return config.mail.folder or config.store.path.with_name("mail")


def make_composer(config: Config, environment: Mapping[str, str]) -> Callable[[Outgoing], MailMessage]:
    """What writes and signs the mails of all channels together: it keeps an edition set. Raises ConfigError."""
    write_digest, write_notice = make_digest_mail(config), make_notice_mail(config)
    write_joint, sign = JointMail(write_digest), make_signer(config.mail, environment)

    def compose(outgoing: Outgoing) -> MailMessage:
        write = write_notice if outgoing.notice else write_joint if outgoing.others else write_digest
        return sign(write(outgoing))

    return compose


def make_digest_mail(config: Config) -> DigestMail:
    return DigestMail(config.mail.author, SiteUrls(config.web.base_url), clear_route_png)


def make_notice_mail(config: Config) -> NoticeMail:
    """What writes the mails about subscriptions; sign them with `make_signer`, and give them to a transport."""
    return NoticeMail(config.mail.author, SiteUrls(config.web.base_url))


def make_signer(mail: MailSection, environment: Mapping[str, str]) -> Callable[[MailMessage], MailMessage]:
    """What signs letters, where a domain is set. Raises ConfigError."""
    if not mail.dkim_domain:
        return lambda letter: letter
    pem = read_secret_text(DKIM_KEY, environment)
    if not pem:
        raise ConfigError(f"mail.dkim_domain is set, but {DKIM_KEY}_FILE names no key.", hint="Or leave both out.")
    key = DkimKey(mail.dkim_domain, mail.dkim_selector, pem)
    sign_message(MailMessage("", "", "", b"From: probe\r\n\r\n\r\n"), key)  # a bad key is told before the first mail
    return lambda letter: sign_message(letter, key)


def _credentials(parts: SplitResult) -> tuple[str, str]:
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if bool(user) != bool(password):
        raise _bad_url("user and password go together")
    if not (user + password).isprintable() or not (user + password).isascii():
        raise _bad_url("user or password hold characters beyond ASCII")
    return user, password


def _choose_security(mail: MailSection, host: str) -> Security:
    """Plain text only where it was asked for, or never leaves the machine."""
    if mail.tls == "none" or (mail.tls == "auto" and is_loopback(host)):
        return "plain"
    return "starttls"


def is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _bad_url(what: str, hint: str = _URL_HINT) -> ConfigError:
    return ConfigError(f"{URL} is no address of a relay: {what}.", hint=hint)
