"""Who asks over the API or as an assistant has no command line, and is told nothing of its options."""

import json
from datetime import UTC, datetime

import pytest
from mcp.server.mcpserver.exceptions import ToolError

from digest.question.understand import understand
from digest.retrieval.question_reading import refuse_empty
from web.http import problems
from web.mcp.tool_errors import call_as_tool

NOW = datetime(2026, 11, 27, tzinfo=UTC)


def refuse() -> None:
    refuse_empty(understand("the of and", NOW))


def test_an_assistant_is_told_what_it_can_do() -> None:
    with pytest.raises(ToolError, match="Name the topic") as told:
        call_as_tool(refuse)
    assert "--query" not in str(told.value)


def test_so_is_a_program() -> None:
    with pytest.raises(Exception, match="--query") as raised:
        refuse()
    body = problems._handle_paper_route_error(None, raised.value).body
    assert "Name the topic" in json.loads(body)["detail"]
    assert b"--query" not in body
