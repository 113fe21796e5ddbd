"""Address rule of Slack as a channel: the id of a conversation. It loads no SDK, since every verb asks for it."""

from __future__ import annotations

import re

from digest.errors import BadInput
from digest.ports import AddressRule
from digest.subscriptions.addresses import shorten_text
from store.records.lazy_text import lazy_gettext

_CONVERSATION = re.compile(r"[CDGUW][A-Z0-9]{2,30}", re.ASCII)  # a channel, a direct message, a group, a person


def parse_conversation_id(text: str) -> str:
    """The id of a Slack conversation, as Slack writes it: C024BE91L."""
    text = text[:100].strip()
    if not _CONVERSATION.fullmatch(text):
        raise BadInput(
            lazy_gettext("“{text}” is not the id of a Slack conversation.", text=shorten_text(text)),
            hint=lazy_gettext("It looks like C024BE91L: not the name."),
        )
    return text


SLACK_ADDRESSES = AddressRule("slack", "the id of a conversation", parse_conversation_id)
