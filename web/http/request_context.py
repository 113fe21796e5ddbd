"""The request context: language, path and client of one request; the fields of a form that was posted.

Invariant: the context is made once, by the middleware, before any page is reached. Whatever was posted, a dict of texts
comes out; what is no form is an empty one. The middleware bounds its size.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl, quote

from fastapi import HTTPException, Request
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect, HTTPConnection

from digest.i18n.catalog import Catalog, get_catalog
from web import urls
from web.http.client_address import ClientConnection

_MOST_FIELDS = 200
FormFields = dict[str, list[str]]


@dataclass(frozen=True)
class RequestContext:
    language: str
    is_language_in_url: bool  # the address names the language, as in /ja/topics
    prefix: str  # what stands before every path of this site: that of the base address
    path: str  # without prefix, language and key of a feed
    connection: ClientConnection
    feed_key: str  # in the address, where it is that of a feed for feed readers; else ""
    may_read: bool  # by what the request itself shows; the key of a feed is none of it

    @property
    def root(self) -> str:
        """What a link begins with, so that it stays in this language."""
        return f"{self.prefix}/{self.language}" if self.is_language_in_url else self.prefix

    @property
    def client(self) -> str:
        """The client's address; a proxy's word is taken only where it is trusted."""
        return self.connection.address

    @property
    def origin(self) -> str:
        """Scheme and host by which the client reached this site; "" where it named no host."""
        host = next(iter(self.connection.hosts), "")
        return f"{'https' if self.connection.secure else 'http'}://{host}" if host else ""

    @property
    def address(self) -> str:
        """The path as it stands in a link."""
        return quote(self.path, safe="/")

    @property
    def ui(self) -> Catalog:
        """The words of the page."""
        return get_catalog("web", self.language)

    @property
    def is_for_programs(self) -> bool:
        """Whether programs read the answer: the API, and assistants."""
        return self.path in (urls.API, urls.MCP) or self.path.startswith(f"{urls.API}/")

    def in_language(self, language: str) -> str:
        return f"{self.prefix}/{language}"


def request_context_of(request: HTTPConnection) -> RequestContext:
    context: RequestContext = request.scope["paperroute.context"]
    return context


async def read_form(request: Request) -> FormFields:
    """A FastAPI dependency: the fields of the form, each with all its values; files are passed over."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        return await _read_multipart(request)
    if kind != "application/x-www-form-urlencoded":
        return {}
    body = await request.body()
    try:
        pairs = parse_qsl(body.decode(errors="replace"), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise HTTPException(400) from None
    fields: FormFields = {}
    for name, value in pairs:
        fields.setdefault(name, []).append(value)
    return fields


async def _read_multipart(request: Request) -> FormFields:
    try:
        form = await request.form(max_files=1, max_fields=_MOST_FIELDS)
    except (MultiPartException, ClientDisconnect, KeyError, ValueError):
        raise HTTPException(400) from None
    fields: FormFields = {}
    for name, value in form.multi_items():
        if isinstance(value, str):
            fields.setdefault(name, []).append(value)
    return fields


def first_value(fields: FormFields, name: str) -> str:
    return fields.get(name, [""])[0]
