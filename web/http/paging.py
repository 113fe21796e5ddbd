"""Pagination of a list: page numbers, offsets, addresses of the next and previous page.

Invariant: pure; a page number is 1 or more, and one beyond the list is not found.
"""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import HTTPException, Request

from web import urls
from web.http.request_context import request_context_of


def page_number(request: Request, last: int) -> int:
    """The `page` of the query; 404 where it is no number from 1 to `last`."""
    asked = request.query_params.get("page", "1")
    if not (asked.isascii() and asked.isdecimal() and len(asked) < 7 and 1 <= int(asked) <= last):
        raise HTTPException(404)
    return int(asked)


@dataclass(frozen=True)
class Pagination:
    """`total` things, `size` a page. Raises HTTPException 404 where there is no such page."""

    page: int
    total: int
    size: int
    request: Request
    root: str

    def __post_init__(self) -> None:
        if self.page > max(self.last, 1):
            raise HTTPException(404)

    @property
    def last(self) -> int:
        return -(-self.total // self.size)

    @property
    def offset(self) -> int:
        return (self.page - 1) * self.size

    @property
    def previous(self) -> str:
        return self._at(self.page - 1) if self.page > 1 else ""

    @property
    def next(self) -> str:
        return self._at(self.page + 1) if self.page < self.last else ""

    def _at(self, page: int) -> str:
        query = {**self.request.query_params, "page": page if page > 1 else ""}
        return self.root + urls.with_query(request_context_of(self.request).address, query)
