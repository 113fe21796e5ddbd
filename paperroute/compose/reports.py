"""Composition of what reads reports of mails that came back."""

from __future__ import annotations

from digest.errors import ConfigError
from digest.mail.reports.report_handler import ReportHandler
from paperroute.compose import signing_keys
from paperroute.compose.app import App


def make_report_handler(app: App) -> ReportHandler:
    """Raises ConfigError where there are no keys: with new ones, every report would be of no mail of ours."""
    variable = signing_keys.VARIABLE
    given = any(app.environment.get(name, "").strip() for name in (variable, f"{variable}_FILE"))
    if not given and not signing_keys.key_file(app.store).exists():
        raise ConfigError(
            f"There are no keys that sign links: neither {variable} nor {signing_keys.key_file(app.store)} is there.",
            hint="Give what reads reports the same as `paperroute serve`.",
        )
    return ReportHandler(app.store, app.signed_links, app.config.mail.author)
