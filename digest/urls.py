"""URLs of the archive's pages, built in one place for mails, Slack and the web itself.

Invariant: pure; without a base address there is no link, never half of one.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import quote, urlsplit

_PRIVATE_ENDINGS = (
    *("local", "localhost", "localdomain", "internal", "intranet", "lan", "home", "corp", "private", "test"),
    "arpa",
)


def is_public(url: str) -> bool:
    """Whether everybody could follow it, by how it reads: https, and a name of the internet."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").rstrip(".")
    except ValueError:
        return False
    if parts.scheme != "https" or not host:
        return False
    try:
        return ip_address(host).is_global
    except ValueError:
        return "." in host and host.rpartition(".")[2] not in _PRIVATE_ENDINGS


@dataclass(frozen=True)
class SiteUrls:
    """base_url: where the archive is reached from outside, without a slash at its end; "" where it is not."""

    base_url: str = ""

    def edition(self, id_: str, feedback: str = "") -> str:
        """feedback: the token of a reader, who can say there what they think: behind "#", which no server is sent."""
        page = self._to("editions", id_)
        return f"{page}#reader={feedback}" if page and feedback else page

    def paper(self, id_: str) -> str:
        return self._to("papers", id_)

    def search(self, words: str) -> str:
        return f"{self.base_url.rstrip('/')}/search?q={quote(words, safe='')}" if self.base_url else ""

    def topic(self, slug: str) -> str:
        return self._to("topics", slug)

    def confirm(self, token: str) -> str:
        return self._to("confirm", token)

    def preferences(self, token: str) -> str:
        return self._to("preferences", token)

    def feedback(self, token: str, edition: str = "", paper: str = "") -> str:
        """What a reader says of papers: of all, of an edition's, or of one."""
        page = self._to("feedback", token)
        if not page or not (edition or paper):
            return page
        return f"{page}/editions/{quote(edition, safe='')}" if edition else f"{page}/papers/{quote(paper, safe='/')}"

    def unsubscribe(self, token: str) -> str:
        return self._to("unsubscribe", token)

    def unsubscribe_all(self, token: str) -> str:
        return self._to("unsubscribe/all", token)

    def _to(self, kind: str, name: str) -> str:
        if not self.base_url or not name:
            return ""
        return f"{self.base_url.rstrip('/')}/{kind}/{quote(name, safe='')}"
