"""Configuration of the operator's notices: the section `[operator]`; what may hold a secret is in the environment."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import Field

from digest.cadence import LetterSchedule, parse_time
from digest.errors import BadInput
from paperroute.config.mail import is_sender
from paperroute.config.sections import ConfigSection

WEBHOOK_URL, MAIL_URL = "PAPERROUTE_OPERATOR__WEBHOOK_URL", "PAPERROUTE_OPERATOR__MAIL_URL"
OPERATOR_VARIABLES = frozenset(name + ending for name in (WEBHOOK_URL, MAIL_URL) for ending in ("", "_FILE"))


class OperatorSection(ConfigSection):
    email: Annotated[str, Field(max_length=200, pattern=r"^[^\r\n]*$")] = ""
    slack: Annotated[str, Field(pattern=r"^([CGDU][A-Z0-9]{2,30})?$")] = ""
    weekly: bool = False
    day: Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"] = "mon"
    at: str = "08:00"
    timezone: str = "UTC"

    @property
    def schedule(self) -> LetterSchedule:
        return LetterSchedule(self.day, self.at, self.timezone)


def operator_problems(section: OperatorSection) -> Iterator[str]:
    """What a type cannot say, a line for each."""
    if section.email and ("<" in section.email or not is_sender(section.email)):
        yield f"operator.email = {section.email!r}: write an address, such as you@example.org"
    try:
        parse_time(section.at)
    except BadInput as error:
        yield f"operator.at: {error.message}"
    try:
        ZoneInfo(section.timezone)
    except (ValueError, KeyError, OSError):
        yield f"operator.timezone = {section.timezone!r}: write a zone such as UTC or Europe/Berlin"
