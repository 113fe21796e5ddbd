"""The path of the base address: a proxy may leave it before our own paths, or take it away.

Invariant: links begin with it either way. `/papers` as the base path and `/papers/ID` as a page do not get into each
other's way.
"""

from __future__ import annotations

from urllib.parse import quote, unquote, urlsplit

from digest.i18n import LANGUAGES
from web import urls
from web.settings import PassingOn


class BasePath:  # decision 181
    def __init__(self, base_url: str, passing_on: PassingOn = "auto") -> None:
        self._plain = unquote(urlsplit(base_url).path).rstrip("/")
        self._passing_on = passing_on
        self.prefix = quote(self._plain)

    @property
    def is_ambiguous(self) -> bool:
        """Whether some paths read well both with it and without it."""
        return self._passing_on == "auto" and bool(self._plain) and _is_own(self._plain)

    def strip(self, path: str) -> str:
        """A request's path as one of this site's own, with one slash at its beginning."""
        inside = path == self._plain or path.startswith(f"{self._plain}/")
        rest = _rooted(path[len(self._plain) :])
        path = _rooted(path)
        if not self._plain or not inside or self._passing_on == "stripped":
            return path
        return path if self._passing_on == "auto" and _is_own(path) and not _is_own(rest) else rest


def _is_own(path: str) -> bool:
    """Whether pages of this site begin like it."""
    first = path[1:].partition("/")[0].partition(".")[0]
    return not first or first in urls.FIRST_SEGMENTS or first in LANGUAGES


def _rooted(path: str) -> str:
    return "/" + path.lstrip("/")
