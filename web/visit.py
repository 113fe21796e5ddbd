"""One request, as the pages see it: in which language, under which root, by whom.

Invariant: made once, by the guard, before any page is reached.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote

from starlette.requests import HTTPConnection

Language = Literal["en", "ja"]
LANGUAGES: tuple[Language, ...] = ("en", "ja")


@dataclass(frozen=True)
class Visit:
    language: Language
    chosen: bool  # the address names the language, as in /ja/topics
    prefix: str  # what stands before every path of this site: that of the base address
    path: str  # without prefix and language
    client: str  # the client's address; a proxy's word is taken only where it is trusted
    secure: bool  # reached over TLS

    @property
    def root(self) -> str:
        """What a link begins with, so that it stays in this language."""
        return f"{self.prefix}/{self.language}" if self.chosen else self.prefix

    @property
    def address(self) -> str:
        """The path as it stands in a link."""
        return quote(self.path, safe="/")

    def in_language(self, language: Language) -> str:
        return f"{self.prefix}/{language}"


def visit_of(request: HTTPConnection) -> Visit:
    visit: Visit = request.scope["paperroute.visit"]
    return visit
