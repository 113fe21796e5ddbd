"""Where redirects lead: every Location goes through here, and none leaves this site.

Invariant: whatever paths, queries and ids it was made of, a browser reads what comes out as an address of this site.
"""

from __future__ import annotations

from urllib.parse import quote, unquote

# A browser takes a backslash for a slash, and passes over tabs and ends of lines.
_SAFE = "/%?=&+;:@!$'()*,~[]"


def local_location(location: str, base_url: str) -> str:  # decision 182
    """location: a path of this site, or an address that begins with its base address; anything else becomes a path."""
    own = bool(base_url) and location[len(base_url) :][:1] in ("", "/", "?") and location.startswith(base_url)
    rest = location[len(base_url) :] if own else location
    path = quote(rest, safe=_SAFE, encoding="latin-1", errors="replace")
    return (base_url if own else "") + "/" + path.lstrip("/")


def split_parameter(query: bytes, name: str) -> tuple[str, str]:
    """The first value of a parameter, and the query without it, wherever it stands; the rest as it was written."""
    pairs = query.decode("latin-1").split("&") if query else []
    values = [unquote(pair.partition("=")[2]) for pair in pairs if unquote(pair.partition("=")[0]) == name]
    rest = [pair for pair in pairs if unquote(pair.partition("=")[0]) != name]
    return (values[0] if values else ""), "&".join(rest)
