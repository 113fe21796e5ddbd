"""Composition of what reads reports of mails that came back: the pipe, the webhooks, the mailbox."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

from digest.errors import ConfigError
from digest.mail.reports.imap_mailbox import MailboxAccess, ReportMailbox
from digest.mail.reports.mailgun import MailgunWebhook
from digest.mail.reports.postmark import PostmarkWebhook
from digest.mail.reports.report_handler import ReportHandler
from digest.mail.reports.webhook import ProviderWebhook
from digest.mail.reports.webhook_receiver import WebhookReceiver
from digest.mail.smtp import Security
from paperroute.compose import signing_keys
from paperroute.compose.app import App
from paperroute.compose.mail import is_loopback
from paperroute.config.reports import IMAP_URL, MAILGUN_KEY, POSTMARK_SECRET
from paperroute.config.secrets import read_secret

_SHORTEST_SECRET = 16  # characters: one that can be guessed protects nothing


def make_report_handler(app: App, *, make_keys: bool = True) -> ReportHandler:
    """make_keys: False where another process has them; with new ones, every report would be of no mail of ours.

    Raises ConfigError.
    """
    variable, file = signing_keys.VARIABLE, signing_keys.key_file(app.store)
    given = any(app.environment.get(name, "").strip() for name in (variable, f"{variable}_FILE"))
    if not make_keys and not given and not file.exists():
        raise ConfigError(
            f"There are no keys that sign links: neither {variable} nor {file} is there.",
            hint="Give what reads reports the same as `paperroute serve`.",
        )
    return ReportHandler(app.store, app.signed_links, app.config.mail.author)


def make_webhooks(app: App) -> dict[str, WebhookReceiver]:
    """By the names of providers, those that are set up. Raises ConfigError."""
    found: dict[str, ProviderWebhook] = {}
    # What checks Amazon's signature takes time to load, and few have it.
    if topic := app.config.reports.ses_topic:
        from digest.mail.reports.amazon import fetch_amazon  # noqa: PLC0415 - see above
        from digest.mail.reports.ses import SesWebhook  # noqa: PLC0415 - see above

        found["ses"] = SesWebhook(topic, fetch_amazon)
    if secret := _read_secret(POSTMARK_SECRET, app.environment):
        found["postmark"] = PostmarkWebhook(secret)
    if key := _read_secret(MAILGUN_KEY, app.environment):
        found["mailgun"] = MailgunWebhook(key, app.store)
    if not found:
        return {}
    handler = make_report_handler(app)
    return {name: WebhookReceiver(name, webhook, handler) for name, webhook in found.items()}


def make_mailbox(app: App) -> ReportMailbox | None:
    """What the environment names, if anything. Raises ConfigError, which never holds the address."""
    url, section = read_secret(IMAP_URL, app.environment), app.config.reports
    if not url:
        return None
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname
    except ValueError:
        raise _bad_url("its host or port is none") from None
    if parts.scheme not in ("imap", "imaps") or not host:
        raise _bad_url("it does not begin with imap:// or imaps:// and a host")
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise _bad_url("something stands behind the port; the folder is reports.folder")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if not user or not password or not (user + password).isprintable() or not (user + password).isascii():
        raise _bad_url("it names no user and password, both of ASCII")
    tls = parts.scheme == "imaps"
    security: Security = "tls" if tls else "plain" if is_loopback(host) else "starttls"
    access = MailboxAccess(
        host, port or (993 if tls else 143), security, user, password, section.folder, section.done_folder
    )
    return ReportMailbox(access, make_report_handler(app))


def _bad_url(what: str) -> ConfigError:
    hint = "Write imaps://user:password@host, with special characters of the password percent-encoded."
    return ConfigError(f"{IMAP_URL} is no address of a mailbox: {what}.", hint=hint)


def _read_secret(variable: str, environment: Mapping[str, str]) -> str:
    secret = read_secret(variable, environment)
    if secret and len(secret) < _SHORTEST_SECRET:
        raise ConfigError(f"{variable} is too short.", hint=f"Set it to {_SHORTEST_SECRET} or more characters.")
    return secret
