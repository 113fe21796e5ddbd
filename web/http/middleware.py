"""Security middleware: size limits, hosts, access, language prefix, HEAD, and the security headers of every answer.

Invariant: nothing behind it sees a request that is too large, under a foreign name, from a stranger or posted by
another site; every answer leaves with the headers below, no redirect leads away, and no answer holds a trace.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from digest.i18n import LANGUAGES
from web import urls
from web.http import access, errors
from web.http.base_path import BasePath
from web.http.client_address import read_connection
from web.http.hosts import KnownHosts
from web.http.negotiation import negotiate_language
from web.http.redirects import local_location, split_parameter
from web.http.request_context import RequestContext
from web.http.state import AppState

_log = logging.getLogger(__name__)

# No script, no inline style, nothing from elsewhere. A page that needs more says so in a header of its own.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",  # for browsers that do not know frame-ancestors
    "referrer-policy": "same-origin",  # with "no-referrer" browsers hide from us, too, where a form was: Origin: null
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), interest-cohort=()",
}
_SAFE_METHODS = frozenset(("GET", "HEAD", "OPTIONS"))


class SecurityMiddleware:
    """ASGI middleware, the outermost of ours."""

    def __init__(self, app: ASGIApp, state: AppState) -> None:
        self._app, self._state = app, state
        self._base_path = BasePath(state.site.base_url, state.site.base_path)
        self._hosts = KnownHosts(state.site.base_url, state.site.hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await _handle_non_http(self._app, scope, receive, send)
            return
        headers = Headers(scope=scope)
        context = self._request_context(scope, headers)
        scope["paperroute.context"] = context
        scope["paperroute.head"] = scope["method"] == "HEAD"
        guarded = _ResponseSender(send, context, self._state.site.base_url, head=scope["paperroute.head"])
        if refused := self._refuse(scope, headers, context):
            await refused(scope, receive, guarded.send)
            return
        inner = {**scope, "path": context.path, "raw_path": context.path.encode(), "root_path": ""}
        scope["paperroute.inner"] = inner  # where the route is noted, for whoever measures
        inner["method"] = "GET" if scope["method"] == "HEAD" else scope["method"]
        try:
            await self._app(inner, _limit_body(receive, self._most_bytes(context)), guarded.send)
        except Exception:  # noqa: BLE001  # the last line of defence: the reader gets a plain page, the log the trace
            route = getattr(inner.get("route"), "path", "an address")  # a path may hold a reader's token
            _log.exception("%s %s failed", scope["method"], route)
            if not guarded.started:
                await errors.error_response(self._state, inner, 500)(inner, receive, guarded.send)

    def _request_context(self, scope: Scope, headers: Headers) -> RequestContext:
        site = self._state.site
        language, path = _split_language(self._base_path.strip(scope["path"]))
        key, path = urls.split_keyed_feed(path) or ("", path)
        peer = (scope.get("client") or ("", 0))[0]
        return RequestContext(
            language=language or negotiate_language(site.language, headers.get("accept-language", "")),
            is_language_in_url=language is not None,
            prefix=self._base_path.prefix,
            path=path.rstrip("/") or "/",
            connection=read_connection(peer, scope.get("scheme", "http"), headers, site.trusted_proxies),
            feed_key=key,
            may_read=access.may_read(site.access, headers),
        )

    def _refuse(self, scope: Scope, headers: Headers, context: RequestContext) -> Response | None:
        """The answer to a request that goes no further."""
        status = self._size_error(scope, headers, self._most_bytes(context)) or self._host_error(scope, context)
        is_open = access.is_open(scope["method"], context.path) or self._is_for_slackbot(headers, context)
        if not status and not is_open:
            if accepted := self._accept_shared_link(scope, context):
                return accepted
            status = self._access_error(scope, headers, context)
        return errors.error_response(self._state, scope, status) if status else None

    def _access_error(self, scope: Scope, headers: Headers, context: RequestContext) -> int:
        site = self._state.site
        if context.feed_key and site.access.mode == "token":
            return self._feed_error(scope, context)
        if not (context.may_read or self._may_use(headers, context)):
            return 401
        changes = scope["method"] not in _SAFE_METHODS
        return 403 if changes and access.is_cross_site(headers, site.base_url, context.connection.hosts) else 0

    def _host_error(self, scope: Scope, context: RequestContext) -> int:
        server = (scope.get("server") or ("", 0))[0]
        return 0 if self._hosts.answers(context.connection.hosts, context.path, server) else 421

    def _feed_error(self, scope: Scope, context: RequestContext) -> int:
        """404 for a key that is none, or none any more: nobody is told which, and no reader asks for a password."""
        is_good = access.is_same_secret(context.feed_key, self._state.feed_key())
        return 0 if scope["method"] in _SAFE_METHODS and is_good else 404

    def _may_use(self, headers: Headers, context: RequestContext) -> bool:
        """Who may ask and subscribe through the API may also read through it."""
        mine = context.is_for_programs or context.path in (urls.METRICS, urls.OPERATOR_STATUS)
        return mine and access.is_operator(self._state.site.api_token, headers)

    def _is_for_slackbot(self, headers: Headers, context: RequestContext) -> bool:
        """Whether a signature stands for the token; the endpoint holds it against the body, which is not read yet."""
        return bool(self._state.site.slackbot) and context.path == urls.MCP and access.SLACK_SIGNATURE in headers

    def _most_bytes(self, context: RequestContext) -> int:
        limits = self._state.site.limits
        return limits.webhook_bytes if context.path.startswith(f"{urls.WEBHOOKS}/") else limits.body_bytes

    def _size_error(self, scope: Scope, headers: Headers, most_bytes: int) -> int:
        limits = self._state.site.limits
        raw = scope.get("raw_path") or scope["path"].encode()
        if len(raw) > limits.path_bytes or len(scope["query_string"]) > limits.query_bytes:
            return 414
        if sum(len(name) + len(value) for name, value in headers.raw) > limits.header_bytes:
            return 431
        length = headers.get("content-length", "0")
        return 413 if not length.isdecimal() or int(length) > most_bytes else 0

    def _accept_shared_link(self, scope: Scope, context: RequestContext) -> Response | None:  # decision 73
        """A shared link: its key becomes a cookie, and leaves the address. The only cookie there ever is."""
        if scope["method"] != "GET" or self._state.site.access.mode == "public":
            return None
        offered, query = split_parameter(scope["query_string"], access.KEY_PARAMETER)
        if not offered or not access.is_access_token(self._state.site.access, offered):
            return None
        location = context.root + context.address + (f"?{query}" if query else "")
        answer = Response(status_code=303, headers={"location": location, "cache-control": "no-store"})
        answer.set_cookie(
            access.COOKIE, offered, max_age=180 * 86_400, httponly=True, secure=context.connection.secure,
            samesite="lax", path=context.prefix or "/",
        )  # fmt: skip
        return answer


class _ResponseSender:
    """`send`, with the headers on every answer, no redirect away from here, and no body on an answer to HEAD."""

    def __init__(self, send: Send, context: RequestContext, base_url: str, *, head: bool) -> None:
        self._send, self._context, self._base_url, self._head = send, context, base_url, head
        self.started = False
        self._over = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            headers = MutableHeaders(raw=message.setdefault("headers", []))
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
            if location := headers.get("location"):
                headers["location"] = local_location(location, self._base_url)
            if not self._context.is_language_in_url:
                headers.add_vary_header("Accept-Language")
        elif self._head:
            if self._over:
                return
            self._over = True
            message = {"type": "http.response.body", "body": b"", "more_body": False}
        await self._send(message)


def _limit_body(receive: Receive, most: int) -> Callable[[], Awaitable[Message]]:
    """`receive`, up to so many bytes: a body may come without saying its length."""
    taken = 0

    async def receive_limited() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > most:
            raise HTTPException(413)
        return message

    return receive_limited


async def _handle_non_http(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":  # nothing here speaks it
        await send({"type": "websocket.close", "code": 1003})
    else:
        await app(scope, receive, send)


def _split_language(path: str) -> tuple[str | None, str]:  # decision 68
    first, _, rest = path[1:].partition("/")
    language = next((tag for tag in LANGUAGES if tag == first), None)
    return (language, f"/{rest}") if language else (None, path)
