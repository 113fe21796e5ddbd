"""Configuration and environment -> the ways by which the operator is told: a webhook, Slack, mail.

Invariant: the addresses that may hold a secret are read here and nowhere else, and shown by nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Literal
from urllib.parse import urlsplit

from digest.errors import ConfigError
from digest.operator.operator_letter import OperatorPart, WeeklyLetter
from digest.operator.operator_notices import OperatorMessage, OperatorNotices, OperatorWay
from digest.ports import Receipt
from paperroute.compose import mail
from paperroute.config.load import Config
from paperroute.config.mail import URL
from paperroute.config.operator import MAIL_URL, WEBHOOK_URL
from paperroute.config.secrets import read_secret
from store import Store

_WEBHOOK_SECONDS = 20.0


def operator_ways(config: Config, environment: Mapping[str, str]) -> tuple[OperatorWay, ...]:
    """Those that are set up. Raises ConfigError."""
    return tuple(_ways(config, environment))


def make_operator_notices(config: Config, environment: Mapping[str, str]) -> OperatorNotices:
    """Raises ConfigError."""
    return OperatorNotices(operator_ways(config, environment))


def make_operator_part(config: Config, notices: OperatorNotices, store: Store) -> OperatorPart | None:
    """None where there is no way."""
    if not notices.ways:
        return None
    weekly = WeeklyLetter(store, notices.ways, config.operator.schedule) if config.operator.weekly else None
    return OperatorPart(notices, weekly)


def has_own_relay(environment: Mapping[str, str]) -> bool:
    """Whether the operator's mails go over another relay than the readers'. Raises ConfigError."""
    return bool(read_secret(MAIL_URL, environment))


def _ways(config: Config, environment: Mapping[str, str]) -> Iterator[OperatorWay]:
    if url := read_secret(WEBHOOK_URL, environment):
        yield _make_webhook(url)
    if config.operator.slack:
        yield _make_slack(config, environment)
    if config.operator.email:
        yield _make_mail(config, environment)
    elif has_own_relay(environment):
        raise ConfigError(f"{MAIL_URL} is set, but operator.email is not.", hint="Write whom its mails go to.")


def _make_webhook(url: str) -> OperatorWay:
    from digest.http_client import NotReached, post_json  # noqa: PLC0415 - 100 ms, for whoever has a webhook

    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        host = ""
    if not host or not (parts.scheme == "https" or (parts.scheme == "http" and mail.is_loopback(host))):
        raise ConfigError(f"{WEBHOOK_URL} is no https address.", hint="http:// is for this machine only.")

    def send(message: OperatorMessage, begin: Callable[[], object]) -> Receipt:
        told = {
            "text": f"{message.subject}\n\n{message.text}",  # what Slack's, Mattermost's and others' webhooks show
            "subject": message.subject,
            "at": message.at.isoformat(),
        }
        begin()
        try:
            status = post_json(url, told, _WEBHOOK_SECONDS)
        except NotReached as error:
            return Receipt("retry", f"{host} cannot be reached: {error}", "relay")
        if 200 <= status < 300:
            return Receipt("sent", f"{host} answered {status}")
        return Receipt("retry" if status == 429 or status >= 500 else "failed", f"{host} answered {status}", "relay")

    return OperatorWay("webhook", host, send)


def _make_slack(config: Config, environment: Mapping[str, str]) -> OperatorWay:
    from bot.messages.escape import mrkdwn  # noqa: PLC0415 - as for the channel: Slack's SDK takes a second to load
    from bot.slack.client import Slack, SlackFailure  # noqa: PLC0415
    from paperroute.compose import slack  # noqa: PLC0415

    found = slack.read_credentials(config.slack, environment)
    if found is None:
        raise ConfigError(f"operator.slack is set, but {slack.BOT_TOKEN} is not.", hint="docs/slack.md")
    client, channel = Slack(found.bot_token, found.api_url, threading.Event()), config.operator.slack

    def send(message: OperatorMessage, begin: Callable[[], object]) -> Receipt:
        begin()
        text = f"*{mrkdwn(message.subject)}*\n{mrkdwn(message.text)}"
        try:
            posted = client.call("chat.postMessage", channel=channel, text=text, unfurl_links=False)
        except SlackFailure as failure:
            state: Literal["uncertain", "failed", "retry"] = "failed" if failure.permanent else "retry"
            state = "uncertain" if failure.uncertain else state
            return Receipt(state, failure.message, "relay")
        return Receipt("sent", f"posted as {posted.get('ts', '')}")

    return OperatorWay("slack", channel, send)


def _make_mail(config: Config, environment: Mapping[str, str]) -> OperatorWay:
    """Over a relay of its own where one is set; else over the readers'."""
    write, sign, to = mail.make_notice_mail(config), mail.make_signer(config.mail, environment), config.operator.email
    url = read_secret(MAIL_URL, environment)
    place = f"{to} over {'a relay of its own' if url else 'the relay of the readers'}"
    try:
        own = mail.read_relay(config.mail, {URL: url}) if url else None
    except ConfigError as error:
        raise ConfigError(error.message.replace(URL, MAIL_URL), hint=error.hint) from None
    readers = mail.read_relay(config.mail, environment)  # a bad address is told before the first notice
    relay = own or readers

    def send(message: OperatorMessage, begin: Callable[[], object]) -> Receipt:
        transport = mail.transport_to(relay, config)
        try:
            lines = message.text.splitlines()
            return transport.post(sign(write.to_operator(message.subject, lines, to, message.at)), begin)
        finally:
            transport.close()

    return OperatorWay("mail", place, send)
