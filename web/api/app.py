"""The JSON API and its OpenAPI document: an application of its own, mounted under /api/v1.

Invariant: what is described is what is there: a part that this site does not offer is neither routed nor described.
"""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from web import urls
from web.api import archive, bibliographies, search, subscriptions, surveys
from web.api.conditional_route import ConditionalRoute
from web.api.parameters import ApiContext
from web.http import problems
from web.http.access import RateLimiter
from web.settings import WebSettings
from web.survey_jobs import SurveyJobs

DESCRIPTION = """\
Everything that this archive ever wrote, as JSON. Lists come in pages: `limit` says how long one is, `next` where the
next one begins. Every error is a problem document (RFC 9457). A parameter that is not described here is refused."""

# What the middleware may answer before any route is reached; and any route, while the store is busy.
_ALWAYS_POSSIBLE = (414, 431, 503)


def create_api(site: WebSettings, survey_jobs: SurveyJobs | None = None) -> FastAPI:
    api_context = ApiContext(site, RateLimiter(site.limits.searches_per_minute, 60), survey_jobs)
    api = FastAPI(
        title="Paper Route",
        version="1",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
        responses=problems.error_responses(*_ALWAYS_POSSIBLE, *((401,) if site.access.mode == "token" else ())),
    )
    api.state.api_context = api_context
    api.router.route_class = ConditionalRoute
    problems.install(api)
    api.include_router(bibliographies.router)  # before papers, whose ids may hold slashes
    api.include_router(archive.router)
    api.include_router(search.router)
    if site.embedder:
        api.include_router(search.similar)
    if survey_jobs and site.api_token:
        api.include_router(surveys.router)
    if site.subscribing and site.api_token:
        api.include_router(subscriptions.router)
    api.add_api_route("/openapi.json", lambda: openapi_document(api), include_in_schema=False)
    return api


def openapi_document(api: FastAPI) -> dict[str, Any]:
    """The OpenAPI document, made once."""
    if api.openapi_schema is None:
        api_context: ApiContext = api.state.api_context
        document = get_openapi(
            title="Paper Route",
            version="1",
            description=DESCRIPTION,
            routes=api.routes,
            servers=[{"url": (api_context.root or "") + urls.API}],
        )
        api.openapi_schema = _complete_schemas(document)
    return api.openapi_schema


def _complete_schemas(document: dict[str, Any]) -> dict[str, Any]:
    schemas = document["components"]["schemas"]
    schemas["Problem"] = problems.Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= schemas["Problem"].pop("$defs", {})
    for unused in ("HTTPValidationError", "ValidationError"):  # FastAPI's own errors, which are never answered with
        schemas.pop(unused, None)
    return document
