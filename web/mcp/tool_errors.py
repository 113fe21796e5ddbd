"""Errors of tools: every anticipated failure in one line, in words for the reader."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from mcp.server.mcpserver.exceptions import ToolError
from pydantic import ValidationError

from digest.errors import PaperRouteError
from web.views.listing import plain_line

_MOST_ERROR = 400
T = TypeVar("T")


def call_as_tool(call: Callable[..., T], *arguments: Any, **options: Any) -> T:
    """A call whose errors are in words for the reader."""
    try:
        return call(*arguments, **options)
    except PaperRouteError as error:
        raise ToolError(str(error.text)) from error


def error_line(name: str, error: ToolError) -> str:
    if isinstance(error.__cause__, ValidationError):
        found = (f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.__cause__.errors())
        return plain_line(f"{name} was called wrongly: {'; '.join(found)}", _MOST_ERROR)
    return plain_line(str(error).removeprefix(f"Error executing tool {name}: "), _MOST_ERROR)
