"""Composition of what reads reports of mails that came back: the pipe, the webhooks, the mailbox."""

from __future__ import annotations

from collections.abc import Mapping

from digest.errors import ConfigError
from digest.mail.reports.mailgun import MailgunWebhook
from digest.mail.reports.postmark import PostmarkWebhook
from digest.mail.reports.report_handler import ReportHandler
from digest.mail.reports.webhook import ProviderWebhook
from digest.mail.reports.webhook_receiver import WebhookReceiver
from paperroute.compose import signing_keys
from paperroute.compose.app import App
from paperroute.config.reports import MAILGUN_KEY, POSTMARK_SECRET
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
        found["mailgun"] = MailgunWebhook(key)
    if not found:
        return {}
    handler = make_report_handler(app)
    return {name: WebhookReceiver(name, webhook, handler) for name, webhook in found.items()}


def _read_secret(variable: str, environment: Mapping[str, str]) -> str:
    secret = read_secret(variable, environment)
    if secret and len(secret) < _SHORTEST_SECRET:
        raise ConfigError(f"{variable} is too short.", hint=f"Set it to {_SHORTEST_SECRET} or more characters.")
    return secret
