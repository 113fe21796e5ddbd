"""What the routes of the API share: the site, and what every address that they give out begins with."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import HTTPConnection

from store import Store
from web.desk import Desk
from web.site import Site


@dataclass(frozen=True)
class Scene:
    site: Site
    desk: Desk | None = None

    @property
    def store(self) -> Store:
        return self.site.store

    @property
    def root(self) -> str:
        """The base address where it is known; else addresses begin with their path."""
        return self.site.base_url.rstrip("/")


def scene_of(request: HTTPConnection) -> Scene:
    scene: Scene = request.app.state.scene
    return scene
