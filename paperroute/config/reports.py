"""Configuration of reports, the section `[reports]`: the mailbox and the webhooks by which mails come back.

The mailbox's address and the webhooks' secrets come from the environment only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from paperroute.config.sections import ConfigSection

IMAP_URL = "PAPERROUTE_MAIL__IMAP_URL"
POSTMARK_SECRET, MAILGUN_KEY = "PAPERROUTE_MAIL__POSTMARK_SECRET", "PAPERROUTE_MAIL__MAILGUN_KEY"
REPORT_VARIABLES = frozenset(
    name + ending for name in (IMAP_URL, POSTMARK_SECRET, MAILGUN_KEY) for ending in ("", "_FILE")
)
_ARN = re.compile(r"arn:aws(-[a-z-]+)?:sns:[a-z0-9-]+:\d{12}:[\w-]{1,256}(\.fifo)?", re.ASCII)
_Folder = Annotated[str, Field(max_length=200, pattern=r"^[\x20-\x7e]*$")]


class ReportsSection(ConfigSection):
    folder: _Folder = "INBOX"
    done_folder: _Folder = ""
    minutes: Annotated[float, Field(ge=0.5, le=1440)] = 5.0
    ses_topic: Annotated[str, Field(max_length=500)] = ""


def report_problems(section: ReportsSection) -> Iterator[str]:
    """What a type cannot say, a line for each."""
    if section.ses_topic and not _ARN.fullmatch(section.ses_topic):
        yield f"reports.ses_topic = {section.ses_topic!r}: write an ARN, as arn:aws:sns:eu-west-1:123456789012:mail"
    if not section.folder:
        yield "reports.folder is empty: name the folder that is read, such as INBOX"
