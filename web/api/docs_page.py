"""The API documentation page: the OpenAPI document as HTML for people.

Invariant: nothing on it is written by hand but its frame, so that it says what the document says; it needs no script.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from markupsafe import Markup, escape

from web import urls
from web.api.app import openapi_document
from web.http import responses
from web.http.request_context import request_context_of
from web.http.state import app_state_of

_BOUNDS = (
    ("minimum", "at least {}"),
    ("maximum", "at most {}"),
    ("minLength", "at least {} characters"),
    ("maxLength", "at most {} characters"),
    ("maxItems", "at most {}"),
    ("default", "else {}"),
)


@dataclass(frozen=True)
class FieldRow:
    """A parameter or a field. kind: what it holds, with a link where that is described."""

    name: str
    kind: Markup
    said: Markup
    required: bool


@dataclass(frozen=True)
class Operation:
    id: str
    method: str
    path: str
    said: list[Markup]
    token: bool
    parameters: list[FieldRow]
    body: Markup | None
    status: str
    answer: Markup
    errors: list[str]


@dataclass(frozen=True)
class SchemaDescription:
    """A schema."""

    name: str
    said: Markup
    rows: list[FieldRow]


def create_router(api: FastAPI) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    def page(request: Request) -> Response:
        return responses.cached_page(request, lambda: _page(request, openapi_document(api)))

    router.add_api_route(urls.API_DOCS, page, response_class=Response)
    return router


def _page(request: Request, document: Mapping[str, Any]) -> str:
    state, context = app_state_of(request), request_context_of(request)
    return state.render(
        context,
        "api.html",
        title="API",
        document=document,
        about=render_code_spans(document["info"]["description"]),
        base=document["servers"][0]["url"],
        operations=list(operations(document)),
        errors=_errors(document),
        schemas=[describe_schema(name, schema) for name, schema in sorted(document["components"]["schemas"].items())],
    )


def operations(document: Mapping[str, Any]) -> Iterator[Operation]:
    for path, methods in document["paths"].items():
        for method, told in methods.items():
            yield _operation(path, method, told)


def _operation(path: str, method: str, told: Mapping[str, Any]) -> Operation:
    body = told.get("requestBody", {}).get("content", {})
    status, answer = next((status, response) for status, response in told["responses"].items() if status < "300")
    return Operation(
        id=told["operationId"],
        method=method.upper(),
        path=path,
        said=[render_code_spans(paragraph) for paragraph in told["description"].split("\n\n")],
        token=bool(told.get("security")),
        parameters=[
            _row(parameter["name"], {**_without_null(parameter["schema"]), **parameter}, parameter["required"])
            for parameter in told.get("parameters", ())
        ],
        body=next((describe_type(content["schema"]) for content in body.values()), None),
        status=status,
        answer=next(describe_type(content["schema"]) for content in answer["content"].values()),
        errors=sorted(other for other in told["responses"] if other >= "300"),
    )


def _without_null(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a parameter holds where it is given: none is given as null."""
    others = [alternative for alternative in schema.get("anyOf", ()) if alternative.get("type") != "null"]
    return {**{key: value for key, value in schema.items() if key != "anyOf"}, **others[0]} if others else schema


def _errors(document: Mapping[str, Any]) -> list[tuple[str, Markup]]:
    """Every status of an error, and what it says."""
    told = [operation for path in document["paths"].values() for operation in path.values()]
    said = {
        status: render_code_spans(response["description"])
        for operation in told
        for status, response in operation["responses"].items()
        if status >= "300"
    }
    return sorted(said.items())


def describe_schema(name: str, schema: Mapping[str, Any]) -> SchemaDescription:
    required = schema.get("required", ())
    rows = [_row(field, described, field in required) for field, described in schema.get("properties", {}).items()]
    return SchemaDescription(name, render_code_spans(schema.get("description", "")), rows)


def describe_type(schema: Mapping[str, Any]) -> Markup:
    """What a value is, in a few words."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        return Markup('<a href="#schema-{0}">{0}</a>').format(name)
    if "anyOf" in schema:
        return Markup(" or ").join(describe_type(alternative) for alternative in schema["anyOf"])
    if "const" in schema or "enum" in schema:
        return Markup(", ").join(
            Markup("<code>{}</code>").format(value) for value in schema.get("enum", [schema.get("const")])
        )
    if schema.get("type") == "array":
        pair = schema.get("prefixItems")
        inside = Markup(", ").join(map(describe_type, pair)) if pair else describe_type(schema.get("items", {}))
        return Markup("pair of {}").format(inside) if pair else Markup("list of {}").format(inside)
    if schema.get("type") == "object" and isinstance(schema.get("additionalProperties"), dict):
        return Markup("object of {}").format(describe_type(schema["additionalProperties"]))
    return Markup(" ").join(map(escape, filter(None, (schema.get("format"), schema.get("type", "anything")))))


def render_code_spans(text: str) -> Markup:
    """Text with its `names` set as code."""
    pieces = [
        Markup("<code>{}</code>").format(piece) if at % 2 else escape(piece) for at, piece in enumerate(text.split("`"))
    ]
    return Markup("").join(pieces)


def _row(name: str, schema: Mapping[str, Any], required: bool) -> FieldRow:
    bounds = [
        said.format(alternative[bound])
        for alternative in _alternatives(schema)
        for bound, said in _BOUNDS
        if alternative.get(bound) is not None
    ]
    patterns = [
        Markup("as <code>{}</code>").format(alternative["pattern"])
        for alternative in _alternatives(schema)
        if "pattern" in alternative and "format" not in alternative
    ]
    return FieldRow(
        name,
        Markup("; ").join([describe_type(schema), *map(escape, bounds), *patterns]),
        schema.get("description", ""),
        required,
    )


def _alternatives(schema: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [schema, *schema.get("anyOf", ())]
