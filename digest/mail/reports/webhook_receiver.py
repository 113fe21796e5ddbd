"""Webhook receiver: one provider's request, read and taken; the status that tells it whether to come again."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import UTC, datetime

from digest.errors import PaperRouteError
from digest.mail.reports.report_handler import ReportHandler
from digest.mail.reports.webhook import ProviderWebhook, WebhookRefusal

_log = logging.getLogger(__name__)


class WebhookReceiver:
    def __init__(self, name: str, webhook: ProviderWebhook, handler: ReportHandler) -> None:
        self._name = name
        self._webhook = webhook
        self._handler = handler

    def __call__(self, headers: Mapping[str, str], body: bytes) -> int:
        try:
            outcomes = self._handler.take(self._webhook.read(headers, body), datetime.now(UTC))
            self._webhook.mark_taken(body)
        except WebhookRefusal as refusal:
            _log.warning("a request to the webhook of %s was refused: %s", self._name, refusal.reason)
            return refusal.status
        except PaperRouteError as error:
            _log.warning("a report of %s is to come again: %s", self._name, error.message)
            return 503
        for outcome in outcomes:
            _log.info("%s: %s", self._name, outcome.line)
        return 200
