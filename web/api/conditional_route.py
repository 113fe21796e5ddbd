"""A route of the API whose answers to GET carry an ETag: 304 for whoever has the answer, gzip for whoever takes it.

Invariant: only a whole answer (200) is told by a tag; what an Authorization opened is kept by no cache for others.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from web.api.parameters import api_context_of
from web.http.responses import conditional_data


class ConditionalRoute(APIRoute):
    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        make = super().get_route_handler()

        async def answer(request: Request) -> Response:
            made = await make(request)
            if request.method != "GET" or made.status_code != 200:
                return made
            shared = api_context_of(request).site.access.mode == "public" and "authorization" not in request.headers
            body, headers = bytes(made.body), dict(made.headers)
            return await run_in_threadpool(conditional_data, request, body, headers, shared=shared)

        return answer
