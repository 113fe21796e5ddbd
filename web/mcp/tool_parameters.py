"""Parameters that several tools take, with their bounds and what an assistant is told of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import Field

from digest.question.limits_input import MOST_VALUES, LimitValues, parse_limits
from digest.retrieval.queries import MOST_CHARACTERS
from store.records.questions import SearchLimits
from web.mcp.tool_errors import call_as_tool

MOST_ITEMS = 20

Count = Annotated[int, Field(ge=1, le=MOST_ITEMS)]
PaperName = Annotated[str, Field(min_length=1, max_length=300, description="Its id, as 2405.01234; or a DOI.")]
Question = Annotated[str, Field(min_length=1, max_length=MOST_CHARACTERS, description="In your own words.")]
Since = Annotated[
    str, Field(max_length=40, description="First day, month or year of submission: 2024-05-31, 2024-05, 2024.")
]
Until = Annotated[str, Field(max_length=40, description="The last one, itself included.")]
Categories = Annotated[
    list[str],
    Field(max_length=MOST_VALUES, description="Papers in any of these: cs.CL; cs for all of cs; biorxiv:neuroscience."),
]
Authors = Annotated[list[str], Field(max_length=MOST_VALUES, description="Papers by all of these.")]
Excluded = Annotated[list[str], Field(max_length=MOST_VALUES, description="Words or phrases that no paper may have.")]


def read_limits(
    since: str, until: str, categories: list[str] | None = None, authors: list[str] | None = None,
    exclude: list[str] | None = None,
) -> SearchLimits:  # fmt: skip
    """Raises ToolError."""
    values = LimitValues(since, until, tuple(categories or ()), tuple(authors or ()), tuple(exclude or ()))
    return call_as_tool(parse_limits, values, datetime.now(UTC))
