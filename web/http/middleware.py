"""Security middleware: size limits, access, language prefix, HEAD, and the security headers of every answer.

Invariant: nothing behind it sees a request that is too large, from a stranger or posted by another site; every answer
leaves with the headers below, and no answer holds a trace.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from urllib.parse import unquote, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from digest.i18n import LANGUAGES
from web import urls
from web.http import access, errors
from web.http.negotiation import negotiate_language
from web.http.request_context import RequestContext
from web.http.state import AppState
from web.settings import ReadAccess

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
        self._prefix = urlsplit(state.site.base_url).path.rstrip("/")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await _handle_non_http(self._app, scope, receive, send)
            return
        headers = Headers(scope=scope)
        context = self._request_context(scope, headers)
        scope["paperroute.context"] = context
        scope["paperroute.head"] = scope["method"] == "HEAD"
        guarded = _ResponseSender(send, context, head=scope["paperroute.head"])
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
        path = _strip_prefix(self._prefix, scope["path"])
        language, rest = _split_language(path)
        peer = (scope.get("client") or ("", 0))[0]
        trusted = access.is_trusted(peer, site.trusted_proxies)
        scheme = headers.get("x-forwarded-proto", "").split(",")[0].strip() if trusted else ""
        return RequestContext(
            language=language or negotiate_language(site.language, headers.get("accept-language", "")),
            is_language_in_url=language is not None,
            prefix=self._prefix,
            path=rest.rstrip("/") or "/",
            client=access.client_address(peer, headers.get("x-forwarded-for", ""), site.trusted_proxies),
            secure=(scheme or scope.get("scheme", "http")) == "https",
        )

    def _refuse(self, scope: Scope, headers: Headers, context: RequestContext) -> Response | None:
        """The answer to a request that goes no further."""
        status = self._size_error(scope, headers, self._most_bytes(context))
        if status:
            return errors.error_response(self._state, scope, status)
        if access.is_open(scope["method"], context.path):
            return None
        if self._is_for_slackbot(headers, context):
            return None
        if not (access.may_read(self._state.site.access, headers) or self._may_use(headers, context)):
            return self._accept_shared_link(scope, context) or errors.error_response(self._state, scope, 401)
        if scope["method"] not in _SAFE_METHODS and access.is_cross_site(headers, self._state.site.base_url):
            return errors.error_response(self._state, scope, 403)
        return None

    def _may_use(self, headers: Headers, context: RequestContext) -> bool:
        """Who may ask and subscribe through the API may also read through it."""
        token = self._state.site.api_token
        return bool(token) and context.is_for_programs and access.may_read(ReadAccess("token", token), headers)

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
        offered = _query_parameter(scope["query_string"], access.KEY_PARAMETER)
        if scope["method"] != "GET" or not offered or not access.is_access_token(self._state.site.access, offered):
            return None
        answer = Response(status_code=303, headers={"location": context.root + context.address})
        answer.set_cookie(
            access.COOKIE, offered, max_age=180 * 86_400, httponly=True, secure=context.secure, samesite="lax",
            path=context.prefix or "/",
        )  # fmt: skip
        return answer


class _ResponseSender:
    """`send`, with the headers on every answer, and no body on an answer to HEAD."""

    def __init__(self, send: Send, context: RequestContext, *, head: bool) -> None:
        self._send, self._context, self._head = send, context, head
        self.started = False
        self._over = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            headers = MutableHeaders(raw=message.setdefault("headers", []))
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
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


def _strip_prefix(prefix: str, path: str) -> str:
    """A proxy may leave the base address's path before ours, or take it away."""
    return (path[len(prefix) :] or "/") if prefix and (path == prefix or path.startswith(f"{prefix}/")) else path


def _split_language(path: str) -> tuple[str | None, str]:  # decision 68
    first, _, rest = path[1:].partition("/")
    language = next((tag for tag in LANGUAGES if tag == first), None)
    return (language, f"/{rest}") if language else (None, path)


def _query_parameter(query: bytes, name: str) -> str:
    for pair in query.decode("latin-1").split("&"):
        key, _, value = pair.partition("=")
        if key == name:
            return unquote(value)
    return ""
