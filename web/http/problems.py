"""Problem documents (RFC 9457): errors of the API, all of one form.

Invariant: nothing of the inside leaves here: no trace, no path, no text of an error that we did not write ourselves;
what the caller sent is named, and never sent back.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from digest.errors import BadInput, NotFound, PaperRouteError, TooManyRequests

MEDIA_TYPE = "application/problem+json"
_MOST_FAULTS = 20
_MOST_CHARACTERS = 300
_DETAILS = {
    400: "The request is not HTTP as it should be.",
    401: "This needs a token: send the header “Authorization: Bearer TOKEN”.",
    403: "This is not allowed.",
    404: "There is nothing at this address.",
    405: "This address does not take this method; the header Allow names those that it takes.",
    409: "Each of these may be asked for, but not all of them together; `detail` says why.",
    413: "The body is too large.",
    414: "The address is too long.",
    415: "The body has to be JSON, sent with the header “Content-Type: application/json”.",
    421: "This site does not answer to the name in the header Host; web.hosts names those that it answers to.",
    422: "The request does not fit the description of this API; `errors` says where.",
    429: "That was asked too often; the header Retry-After says when to ask again.",
    431: "The headers are too large.",
    500: "Something went wrong here; it was logged.",
    503: "This is busy or away; ask again in a moment.",
}
_TEXT = {"schema": {"type": "string"}}
_HEADERS: dict[int, dict[str, Any]] = {
    401: {"headers": {"WWW-Authenticate": {"description": "How to say who you are.", **_TEXT}}},
    429: {"headers": {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer", "minimum": 1}}}},
}


class Fault(BaseModel):
    """One thing that is wrong with a request."""

    model_config = ConfigDict(title="Fault")

    where: str = Field(description="`query.limit`, `path.id`, `body.question` …", max_length=200)
    detail: str = Field(description="What is wrong with it.", max_length=_MOST_CHARACTERS)


class Problem(BaseModel):
    """An error, as RFC 9457 writes it. `type` is always about:blank: the status says what it is."""

    model_config = ConfigDict(title="Problem")

    type: str = Field("about:blank", pattern="^about:blank$")
    title: str = Field(description="The status in words.")
    status: int = Field(ge=400, le=599)
    detail: str = Field(description="What is wrong, and what to do about it.")
    errors: list[Fault] | None = Field(None, description="With 422: everything that does not fit.")


class ProblemError(HTTPException):
    """An error of a route, its detail a line of ours for the caller; that of any other HTTPException is not."""


def problem_response(
    status: int, detail: str = "", *, faults: Iterable[Fault] = (), headers: Mapping[str, str] | None = None
) -> Response:
    """The whole response for an error. detail: else the status's own line."""
    named = [fault.model_dump() for fault in faults]
    body: dict[str, Any] = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status}
    body["detail"] = detail or _DETAILS.get(status, _DETAILS[500 if status >= 500 else 400])
    if named:
        body["errors"] = named
    extra = {"cache-control": "no-store", **(headers or {})}
    if status == 401:
        extra.setdefault("www-authenticate", 'Bearer realm="Paper Route"')
    return Response(json.dumps(body, ensure_ascii=False).encode(errors="replace"), status, extra, MEDIA_TYPE)


def error_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """How a route describes the errors that it may answer with."""
    return {status: {"description": _DETAILS[status], **_content(), **_HEADERS.get(status, {})} for status in statuses}


def _content() -> dict[str, Any]:
    return {"content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}


def problem_status_of(error: PaperRouteError) -> int:
    """The HTTP status that one of our own errors stands for."""
    if isinstance(error, NotFound):
        return 404
    if isinstance(error, BadInput):
        return 422
    if isinstance(error, TooManyRequests):
        return 429
    return 500 if error.permanent else 503


def install(app: FastAPI) -> None:
    app.add_exception_handler(HTTPException, _handle_http_error)
    app.add_exception_handler(RequestValidationError, _handle_validation_error)
    app.add_exception_handler(PaperRouteError, _handle_paper_route_error)
    app.add_exception_handler(Exception, _handle_unexpected_error)


def _handle_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - for the type checker: it is registered for these alone
    if error.status_code == 400:  # what FastAPI says of a body in no encoding; to our callers it is one more bad body
        return problem_response(422, faults=[Fault(where="body", detail="This is no JSON in UTF-8.")])
    headers = {name.lower(): value for name, value in (error.headers or {}).items()}
    if error.status_code == 405:
        headers["allow"] = ", ".join(_methods(request))
    detail = error.detail if isinstance(error, ProblemError) else ""
    return problem_response(error.status_code, detail, headers=headers)


def _methods(request: Request) -> list[str]:
    """Every method that an address takes; the router names only those of the first route that it finds."""
    path = request.scope["path"].removeprefix(request.scope.get("root_path", ""))
    taken: set[str] = set()
    for route in iter_route_contexts(request.app.routes):
        pattern = getattr(route, "path_regex", None)
        if pattern and pattern.match(path):
            taken |= set(getattr(route, "methods", None) or ())
    return sorted(taken)


def _handle_validation_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - likewise
    return problem_response(422, faults=faults(error.errors()))


def _handle_paper_route_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, PaperRouteError)  # noqa: S101 - likewise
    status = problem_status_of(error)
    headers = {"retry-after": "3600"} if status == 429 else None
    return problem_response(status, str(error.text) if status in (404, 422, 429) else "", headers=headers)


def _handle_unexpected_error(_: Request, __: Exception) -> Response:
    """What nobody foresaw. The middleware logs it: it is raised again once this is sent."""
    return problem_response(500)


def faults(errors: Sequence[Any]) -> list[Fault]:
    """Pydantic's findings, without the values that they are about."""
    return [
        Fault(where=".".join(str(part) for part in error["loc"])[:200], detail=str(error["msg"])[:_MOST_CHARACTERS])
        for error in errors[:_MOST_FAULTS]
    ]
