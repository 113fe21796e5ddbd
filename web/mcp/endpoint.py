"""MCP over HTTP: the streamable transport at one address, each request complete in itself.

Invariant: nothing outlives a request: no session, no stream, no task. Who may read the archive may call the tools that
read; who holds the API's token, those that have surveys made. A browser's page may call only from this archive's own
host, as it may post anywhere here.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import anyio.to_thread
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.routing import Match, Route
from starlette.types import Message, Receive, Scope, Send

from web import urls
from web.http import access
from web.http.request_context import RequestContext
from web.mcp.slackbot import is_signed_by_slack, may_call
from web.settings import WebSettings
from web.survey_jobs import SurveyJobs

if TYPE_CHECKING:
    from mcp.server.mcpserver import MCPServer


class McpRoute(Route):
    def __init__(self, site: WebSettings, survey_jobs: SurveyJobs | None) -> None:
        super().__init__(urls.MCP, _Endpoint(site, survey_jobs), methods=["POST"])

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """As FastAPI's routes do, it says which one it is: the metrics count by that."""
        match, found = super().matches(scope)
        return match, {**found, "route": self}


class _Endpoint:
    """An ASGI application."""

    def __init__(self, site: WebSettings, survey_jobs: SurveyJobs | None) -> None:
        self._site, self._survey_jobs = site, survey_jobs
        self._limiter = access.RateLimiter(site.limits.mcp_calls_per_minute, 60)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        context: RequestContext = scope["paperroute.context"]
        headers = Headers(scope=scope)
        if not self._limiter.allow(context.client):
            wait = self._limiter.seconds_until_allowed(context.client)
            raise HTTPException(429, headers={"Retry-After": str(wait)})
        try:
            body = await Request(scope, receive).body()
        except ClientDisconnect:
            return
        server = await anyio.to_thread.run_sync(self._server_for, headers, body)
        # A manager is good for one `run`; stateless, it keeps nothing that the next request could want.
        server.streamable_http_app(
            json_response=True, stateless_http=True, max_request_body_size=self._site.limits.body_bytes, host=""
        )
        manager = server.session_manager
        async with manager.run():
            await manager.handle_request(scope, _replay(body, receive), send)

    def _server_for(self, headers: Headers, body: bytes) -> MCPServer[Any]:
        """Raises HTTPException where a signature does not hold, or its user may not call."""
        token, slackbot = self._site.api_token, self._site.slackbot
        if slackbot and access.SLACK_SIGNATURE in headers:
            if not is_signed_by_slack(slackbot.secret, headers, body):
                raise HTTPException(401)
            if not may_call(slackbot, body):
                raise HTTPException(403)
            return self._slackbot_server
        return self._asking_server if access.is_operator(token, headers) else self._reading_server

    @cached_property
    def _reading_server(self) -> MCPServer[Any]:
        return self._create_server()

    @cached_property
    def _asking_server(self) -> MCPServer[Any]:
        return self._create_server(self._survey_jobs)

    @cached_property
    def _slackbot_server(self) -> MCPServer[Any]:
        return self._create_server(blocks=True)

    def _create_server(self, jobs: SurveyJobs | None = None, *, blocks: bool = False) -> MCPServer[Any]:
        # The SDK takes half a second to load: a service that nobody asks over MCP starts without it.
        from web.mcp.tool_server import create_server  # noqa: PLC0415

        site = self._site
        return create_server(
            site.store, site.version, jobs=jobs, embedder=site.embedder, root=site.base_url, blocks=blocks
        )


def _replay(body: bytes, receive: Receive) -> Receive:
    """`receive`, with the body that was read already: what is refused while it is read is no matter of the SDK."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_again() -> Message:
        return waiting.pop() if waiting else await receive()

    return receive_again
