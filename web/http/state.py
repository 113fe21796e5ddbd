"""Application state that the pages share: settings, templates, page cache, rate limiters.

Invariant: made once with the app; whatever changes in it takes care of its own threads.
"""

from __future__ import annotations

from functools import cache, cached_property, partial
from hashlib import sha256
from importlib import resources
from typing import Any

from starlette.requests import HTTPConnection

from digest.errors import PaperRouteError
from digest.i18n import LANGUAGES
from digest.i18n.catalog import native_language_name, translation_functions
from digest.render.html import environment
from digest.render.maps.map_svg import map_stylesheet as map_style
from web import urls
from web.http.access import RateLimiter, feed_key
from web.http.page_cache import PageCache
from web.http.request_context import RequestContext
from web.settings import WebSettings

_SHEETS = ("edition.css", "site.css")


class AppState:
    def __init__(self, site: WebSettings) -> None:
        self.site = site
        self.cache = PageCache()
        self.form_limiter = RateLimiter(site.limits.forms_per_hour, 3600)
        self.change_limiter = RateLimiter(site.limits.changes_per_hour, 3600)
        self.search_limiter = RateLimiter(site.limits.searches_per_minute, 60)
        self._templates = environment()

    def feed_key(self) -> str:
        """What stands in the addresses of feeds for feed readers; "" where they are open to all."""
        access = self.site.access
        return feed_key(access, self.site.store.feed_salt.current()) if access.mode == "token" else ""

    def render(self, context: RequestContext, template: str, **values: Any) -> str:
        """A whole page. Every value is escaped unless it is Markup."""
        ui = context.ui
        return self._templates.get_template(template).render(
            site=self.site,
            context=context,
            ui=ui,
            **translation_functions(ui),
            root=context.root,
            to=urls,
            feed_address=partial(self._feed_address, context),
            languages=[(language, native_language_name(language)) for language in LANGUAGES],
            stylesheet=f"{context.prefix}{urls.STYLE}?v={self.stylesheet_tag}",
            **values,
        )

    def _feed_address(self, context: RequestContext, path: str) -> str:
        """Of a feed, for the link to it: with its key, where the reader of the page may know it."""
        try:
            key = self.feed_key() if context.may_read else ""
        except PaperRouteError:  # the page that says so has this link, too
            key = ""
        return context.prefix + (urls.keyed_feed(key, path) if key else path)

    @cached_property
    def stylesheet(self) -> str:
        """The one style sheet: that of editions, that of the other pages, and the map's colours."""
        folder = resources.files("templates").joinpath("web")
        return "\n".join([*(folder.joinpath(name).read_text(encoding="utf-8") for name in _SHEETS), map_style()])

    def script(self, path: str) -> str:
        """Of one of our own scripts, by its address."""
        return _read_script(path)

    def script_address(self, context: RequestContext, path: str) -> str:
        """With a tag, so that a page never meets the script of another version."""
        return f"{context.prefix}{path}?v={sha256(self.script(path).encode()).hexdigest()[:12]}"

    @cached_property
    def stylesheet_tag(self) -> str:
        return sha256(self.stylesheet.encode()).hexdigest()[:12]


@cache
def _read_script(path: str) -> str:
    return resources.files("templates").joinpath("web", path.lstrip("/")).read_text(encoding="utf-8")


def app_state_of(request: HTTPConnection) -> AppState:
    state: AppState = request.app.state.app_state
    return state
