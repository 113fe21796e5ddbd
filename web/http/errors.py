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

from digest.errors import BadInput, NotFound, PaperRouteError, StoreBusy
from web import urls
from web.http import problems
from web.http.request_context import RequestContext
from web.http.state import AppState, app_state_of
from web.i18n.catalog import messages_in


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
    return 503 if isinstance(error, StoreBusy) or not error.permanent else 500


def error_response(
    state: AppState, scope: Scope, status: int, detail: str = "", headers: dict[str, str] | None = None
) -> Response:
    """The whole response for an error. detail: a line for the reader; else the status's own."""
    context: RequestContext = scope["paperroute.context"]
    said = messages_in(context.language).errors.get(status) or messages_in(context.language).errors[500]
    extra = dict(headers or {})
    if status == 401:
        extra["www-authenticate"] = 'Basic realm="Paper Route", charset="UTF-8"'
    if context.path == urls.API or context.path.startswith(f"{urls.API}/"):
        return problems.problem_response(status, detail or said[1], headers=extra)
    body = state.render(context, "error.html", status=status, title=said[0], detail=detail or said[1])
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
    return error_response(app_state_of(request), request.scope, status, str(error) if status in (400, 404) else "")
