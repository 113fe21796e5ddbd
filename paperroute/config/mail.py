"""Configuration of mail and of subscriptions; the relay's address comes from the environment only."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from digest.errors import BadInput
from paperroute.config.sections import ConfigSection

if TYPE_CHECKING:  # what validates and folds a mail's headers is for those who write one
    from digest.mail.headers import Sender
    from digest.subscriptions.lookup import ConfirmLimits
    from digest.subscriptions.one_mail import OneMailSettings

URL, DKIM_KEY = "PAPERROUTE_MAIL__URL", "PAPERROUTE_MAIL__DKIM_KEY"
# What the environment may hold beside the keys below.
MAIL_VARIABLES = frozenset(name + ending for name in (URL, DKIM_KEY) for ending in ("", "_FILE"))
_SENDER = "Paper Route <paperroute@localhost>"
_DOMAIN = re.compile(r"([a-z0-9_]([a-z0-9_-]*[a-z0-9_])?\.)+[a-z0-9-]+|localhost", re.IGNORECASE)
_ADDRESS_LITERAL = re.compile(r"\[(?:[0-9.]{7,15}|IPv6:[0-9a-f:.]{2,45})\]", re.IGNORECASE)
_SELECTOR = re.compile(r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?", re.IGNORECASE)
_Line = Annotated[str, Field(max_length=200, pattern=r"^[^\r\n]*$")]
_Rate = Annotated[int, Field(ge=0, le=1_000_000)]
_Seconds = Annotated[float, Field(gt=0, le=3600)]


class MailSection(ConfigSection):
    sender: Annotated[_Line, Field(alias="from")] = _SENDER
    reply_to: _Line = ""
    bounce: _Line = ""
    ehlo: _Line = ""
    tls: Literal["auto", "required", "none"] = "auto"
    folder: Path | None = None  # None: `mail`, beside the store
    one_mail: bool = False
    one_mail_minutes: Annotated[float, Field(ge=0, le=1440)] = 30.0
    connections: Annotated[int, Field(ge=1, le=50)] = 2
    per_minute: _Rate = 0
    domain_per_minute: _Rate = 0
    give_up_after: Annotated[float, Field(gt=0, le=720)] = 48.0
    uncertain: Literal["ask", "resend"] = "ask"
    connect_seconds: _Seconds = 30.0
    command_seconds: _Seconds = 120.0
    answer_seconds: _Seconds = 600.0
    dkim_domain: _Line = ""
    dkim_selector: _Line = ""

    @property
    def author(self) -> Sender:
        from digest.mail.headers import Sender  # noqa: PLC0415

        return Sender(self.sender, self.reply_to, self.bounce)

    @property
    def together(self) -> OneMailSettings:
        from digest.subscriptions.one_mail import OneMailSettings  # noqa: PLC0415

        return OneMailSettings(self.one_mail, timedelta(minutes=self.one_mail_minutes))


class SubscriptionsSection(ConfigSection):
    confirm_hours: Annotated[float, Field(gt=0, le=8760)] = 168.0
    confirmations_per_hour: Annotated[int, Field(ge=0, le=1_000_000)] = 100
    ask_again_hours: Annotated[float, Field(gt=0, le=720)] = 1.0
    pending_days: Annotated[float, Field(gt=0, le=3650)] = 14.0

    def limits(self) -> ConfirmLimits:
        from digest.subscriptions.lookup import ConfirmLimits  # noqa: PLC0415

        again, pending = timedelta(hours=self.ask_again_hours), timedelta(days=self.pending_days)
        return ConfirmLimits(self.confirmations_per_hour, again, pending)


def mail_problems(mail: MailSection) -> Iterator[str]:
    """What a type cannot say, a line for each."""
    for name, text in (("from", mail.sender), ("reply_to", mail.reply_to)):
        if (text or name == "from") and not is_sender(text):
            yield f"mail.{name} = {text!r}: write an address, such as Paper Route <you@example.org>"
    if mail.bounce and (not is_sender(mail.bounce.replace("{id}", "1")) or "<" in mail.bounce):
        yield f"mail.bounce = {mail.bounce!r}: write a plain address, such as bounces+{{id}}@example.org"
    if mail.ehlo and not (_DOMAIN.fullmatch(mail.ehlo) or _ADDRESS_LITERAL.fullmatch(mail.ehlo)):
        yield f"mail.ehlo = {mail.ehlo!r}: write this machine's full name, such as mail.example.org"
    if re.search(r"\d\{id\}|\{id\}[0-9A-Za-z]", mail.bounce):
        yield f"mail.bounce = {mail.bounce!r}: put a sign such as + or - beside {{id}}, so that it can be read back"
    if bool(mail.dkim_domain) != bool(mail.dkim_selector):
        yield "mail.dkim_domain and mail.dkim_selector go together"
    if mail.dkim_domain and not _DOMAIN.fullmatch(mail.dkim_domain):
        yield f"mail.dkim_domain = {mail.dkim_domain!r}: write a domain, such as example.org"
    if mail.dkim_selector and not _SELECTOR.fullmatch(mail.dkim_selector):
        yield f"mail.dkim_selector = {mail.dkim_selector!r}: write the name before ._domainkey"


def is_sender(text: str) -> bool:
    """Whether mails can come from, or go to, this: `Name <address>`, or an address."""
    if text == _SENDER:  # of whoever set none
        return True
    from digest.mail.headers import Sender  # noqa: PLC0415

    try:
        return bool(Sender(text).address)
    except BadInput:
        return False


def subscription_problems(section: SubscriptionsSection) -> Iterator[str]:
    """What a type cannot say, a line for each."""
    if section.pending_days * 24 < section.confirm_hours:
        yield "subscriptions.pending_days is less than subscriptions.confirm_hours: links would be void before they end"
