"""Where the next page is.

Invariant: a next page is named only where there is one, and keeps every filter of this one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from fastapi import Response
from pydantic import BaseModel

from web import addresses

T = TypeVar("T")


def cut(found: Sequence[T], limit: int) -> tuple[list[T], bool]:
    """Of one more than were asked for: those asked for, and whether there are more."""
    return list(found[:limit]), len(found) > limit


def next_link(root: str, path: str, asked: BaseModel, response: Response, **where: object) -> str:
    """The address of the next page, also put into the header Link (RFC 8288)."""
    query = {**asked.model_dump(exclude_none=True, exclude_defaults=True), **where}
    address = addresses.with_query(f"{root}{addresses.API}{path}", query)
    response.headers["link"] = f'<{address}>; rel="next"'
    return address
