"""Configuration of the web: the section `[web]`, its tokens and trusted proxies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import TYPE_CHECKING, Annotated, Literal
from urllib.parse import unquote, urlsplit

from pydantic import Field

from digest.errors import ConfigError
from digest.i18n import LANGUAGES
from paperroute.config.secrets import read_secret
from paperroute.config.sections import ConfigSection

if TYPE_CHECKING:  # what the site is handed names half of the house
    from web.settings import Network, ReadAccess

TOKEN = "PAPERROUTE_WEB_TOKEN"  # noqa: S105  # the variable's name
API_TOKEN = "PAPERROUTE_API_TOKEN"  # noqa: S105  # likewise: opens what the API does beyond reading  # decision 60
WEB_VARIABLES = frozenset(name + ending for name in (TOKEN, API_TOKEN) for ending in ("", "_FILE"))
_MIN_TOKEN_CHARACTERS = 16  # characters of a token: one that can be guessed protects nothing


class WebSection(ConfigSection):
    enabled: bool = True
    base_url: Annotated[str, Field(pattern=r"^(https?://[^\s?#]+)?$", max_length=500)] = ""
    host: Annotated[str, Field(pattern=r"^[\w.:-]+$", max_length=200)] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8080
    access: Literal["public", "token"] = "public"
    hosts: tuple[str, ...] = ()
    base_path: Literal["auto", "kept", "stripped"] = "auto"
    language: str = "auto"
    ask: bool = False
    mcp: bool = True
    trusted_proxies: tuple[str, ...] = ()


def web_problems(section: WebSection) -> Iterator[str]:
    """What a type cannot say, a line for each."""
    if section.language not in ("auto", *LANGUAGES):
        yield f"web.language = {section.language!r}: write auto or one of {', '.join(LANGUAGES)}"
    if section.base_url and not _is_base_url(section.base_url):
        yield f"web.base_url = {section.base_url!r}: write an address such as https://papers.example.org/archive"
    for name in section.hosts:
        if not _is_host(name):
            yield f"web.hosts: {name!r} is no name of a host; write papers.example.org"
    for name in section.trusted_proxies:
        try:
            _network(name)
        except ValueError:
            yield f"web.trusted_proxies: {name!r} is no address and no network; write 127.0.0.1 or 10.0.0.0/8"


def _is_host(text: str) -> bool:
    from web.http.hosts import host_name  # noqa: PLC0415 - what reads requests is loaded where a name is given

    return bool(host_name(text))


def _is_base_url(text: str) -> bool:
    """With a host that a browser could ask for, no password, and a path that says what it seems to say."""
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return False
    steps = unquote(parts.path).rstrip("/").split("/")[1:]
    return _is_host(parts.netloc) and text.isprintable() and not {"", ".", ".."} & set(steps)


def trusted_networks(section: WebSection) -> tuple[Network, ...]:
    return tuple(_network(name) for name in section.trusted_proxies)


def _network(name: str) -> Network:
    """IPv4 within IPv6 is the IPv4 network, as it is with addresses of clients. Raises ValueError."""
    found = ip_network(name)
    inner = found.network_address.ipv4_mapped if isinstance(found, IPv6Network) and found.prefixlen >= 96 else None
    return IPv4Network((inner, found.prefixlen - 96)) if inner else found


def read_access(section: WebSection, environment: Mapping[str, str]) -> ReadAccess:
    """Raises ConfigError where a token is asked for and none, or a short one, is set."""
    from web.settings import ReadAccess  # noqa: PLC0415

    if section.access == "public":
        return ReadAccess()
    token = read_secret(TOKEN, environment)
    if len(token) < _MIN_TOKEN_CHARACTERS:
        what = "is too short" if token else "is not set"
        raise ConfigError(
            f"web.access is token, but {TOKEN} {what}.",
            hint=f"Set it to {_MIN_TOKEN_CHARACTERS} or more characters, or {TOKEN}_FILE.",
        )
    return ReadAccess("token", token)


def read_api_token(environment: Mapping[str, str]) -> str:
    """What opens the API beyond reading; "" where nothing does. Raises ConfigError where it could be guessed."""
    token = read_secret(API_TOKEN, environment)
    if token and len(token) < _MIN_TOKEN_CHARACTERS:
        raise ConfigError(
            f"{API_TOKEN} is too short.", hint=f"Set it to {_MIN_TOKEN_CHARACTERS} or more characters, or leave it out."
        )
    return token
