"""The FastAPI application, put together: settings go in, an ASGI application comes out.

Invariant: GET and HEAD change nothing anywhere. Pages are in `web/pages/`; what else is served is mounted here.
"""

from __future__ import annotations

from fastapi import FastAPI

from web import metrics, urls, webhooks
from web.api import docs_page
from web.api.app import create_api
from web.feeds import routes as feeds
from web.http import errors
from web.http.middleware import SecurityMiddleware
from web.http.state import AppState
from web.mcp.endpoint import McpRoute
from web.pages import (
    ask,
    authors,
    bibliography_files,
    editions,
    feedback,
    home,
    link_letter,
    papers,
    preferences,
    search,
    static,
    status,
    subscribe,
    topics,
)
from web.settings import WebSettings
from web.survey_jobs import SurveyJobs
from web.views import signed_link


def create_app(site: WebSettings) -> FastAPI:
    survey_jobs = SurveyJobs(site.ask, site.limits) if site.ask else None
    # Addresses with a slash at the end are the middleware's matter: FastAPI would redirect to what Host says.
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    app.state.app_state, app.state.survey_jobs = AppState(site), survey_jobs
    figures = metrics.Metrics(site, survey_jobs)
    app.add_middleware(SecurityMiddleware, state=app.state.app_state)
    app.add_middleware(metrics.MetricsMiddleware, metrics=figures)
    errors.install(app)
    app.add_exception_handler(signed_link.BadLink, signed_link.show_bad_link)
    archive = (home, topics, editions, papers, authors, search, bibliography_files)
    for part in (static, *archive, status, ask, subscribe, link_letter, preferences, feedback, feeds):
        app.include_router(part.router, include_in_schema=False)
    app.include_router(webhooks.router, include_in_schema=False)
    app.include_router(metrics.create_router(figures, site.api_token))
    if site.mcp:
        app.router.routes.append(McpRoute(site, survey_jobs))
    api = create_api(site, survey_jobs)
    app.include_router(docs_page.create_router(api))
    app.mount(urls.API, api)
    return app
