"""Error pages and exception handlers: a plain page with what to do; for the API, a problem document (RFC 9457).

Invariant: nothing of the inside leaves here: no trace, no path, no text of an unexpected error.
"""

from __future__ import annotations

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import Scope

from digest.errors import BadInput, NotFound, PaperRouteError
from store.records.lazy_text import AnyText, lazy_gettext
from web import urls
from web.http import problems
from web.http.request_context import RequestContext
from web.http.state import AppState, app_state_of

UNEXPECTED = lazy_gettext("It is not your doing, and it has been noted. Try again later.")
# The title of an error's page and what stands below it.
_UNREADABLE = (
    lazy_gettext("That cannot be read"),
    lazy_gettext("Something in the address or the form is not as it should be."),
)
_STATUS_TEXTS = {
    400: _UNREADABLE,
    401: (
        lazy_gettext("This is not open to all"),
        lazy_gettext("Sign in with the token that you were given, as the password."),
    ),
    403: (
        lazy_gettext("Not from there"),
        lazy_gettext("This form was sent from another site. Open it here and send it again."),
    ),
    404: (
        lazy_gettext("There is no such page"),
        lazy_gettext("It may have moved, or the address may have a slip. The search knows everything."),
    ),
    405: (lazy_gettext("That is not how this page is used"), lazy_gettext("Open it as a page, or send its form.")),
    410: (lazy_gettext("This link has run out"), lazy_gettext("Ask for a new one.")),
    413: (lazy_gettext("That is too large"), lazy_gettext("A form takes at most 64 KB.")),
    414: (lazy_gettext("That address is too long"), lazy_gettext("Shorten the search.")),
    421: (
        lazy_gettext("This site has another name"),
        lazy_gettext("It does not answer to the name in the address. Who runs it sets its names in web.hosts."),
    ),
    422: _UNREADABLE,
    429: (lazy_gettext("A little too fast"), lazy_gettext("Try again later.")),
    431: (
        lazy_gettext("Too many headers"),
        lazy_gettext("The browser sent more than this site reads. Clear its cookies for this site."),
    ),
    500: (
        lazy_gettext("Something went wrong here"),
        UNEXPECTED,
    ),
    503: (
        lazy_gettext("Not just now"),
        lazy_gettext("The archive is being written to, or its store cannot be reached. Try again in a moment."),
    ),
}


def install(app: FastAPI) -> None:
    app.add_exception_handler(HTTPException, _handle_http_error)
    app.add_exception_handler(RequestValidationError, _handle_validation_error)
    app.add_exception_handler(PaperRouteError, _handle_paper_route_error)


def page_status_of(error: PaperRouteError) -> int:
    """The HTTP status that one of our own errors stands for."""
    if isinstance(error, NotFound):
        return 404
    if isinstance(error, BadInput):
        return 400
    return 500 if error.permanent else 503


def error_response(
    state: AppState, scope: Scope, status: int, detail: AnyText = "", headers: dict[str, str] | None = None
) -> Response:
    """The whole response for an error. detail: a line for the reader; else the status's own."""
    context: RequestContext = scope["paperroute.context"]
    ui = context.ui
    detail = ui.show(detail)
    title, told = (ui.show(text) for text in _STATUS_TEXTS.get(status, _STATUS_TEXTS[500]))
    extra = dict(headers or {})
    if status == 401 and context.path != urls.MCP:  # no browser opens that: an assistant shows its token
        extra["www-authenticate"] = 'Basic realm="Paper Route", charset="UTF-8"'
    if context.is_for_programs:
        return problems.problem_response(status, detail, headers=extra)
    body = state.render(context, "error.html", status=status, title=title, detail=detail or told)
    return HTMLResponse(body, status, {"cache-control": "no-store", **extra})


def _handle_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - for the type checker: it is registered for these alone
    headers = dict(error.headers or {})  # its detail is the framework's, in English: the page has words of its own
    return error_response(app_state_of(request), request.scope, error.status_code, headers=headers)


def _handle_validation_error(request: Request, _: Exception) -> Response:
    return error_response(app_state_of(request), request.scope, 422)


def _handle_paper_route_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, PaperRouteError)  # noqa: S101 - likewise
    status = page_status_of(error)
    return error_response(app_state_of(request), request.scope, status, error.text if status in (400, 404) else "")
