"""A conversation of Slack is named by its id, and by nothing else."""

import pytest

from bot.conversation_id import SLACK_ADDRESSES, parse_conversation_id
from digest.errors import BadInput


def test_a_conversation_is_named_by_its_id() -> None:
    assert SLACK_ADDRESSES.parse(" C024BE91L ") == "C024BE91L"
    for wrong in ("#general", "c024be91l", "C024BE91L\n<!channel>", "", "T024BE91L"):
        with pytest.raises(BadInput):
            parse_conversation_id(wrong)
