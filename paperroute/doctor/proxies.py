"""Doctor of proxies and certificates: whose are believed, and which proxy is gone through."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from digest.errors import ConfigError
from digest.network import exceptions, find_authorities, find_proxy, make_tls_context
from digest.ports import Finding

_SCHEMES = ("https", "http")


def examine_network(environment: Mapping[str, str]) -> Iterator[Finding]:
    """Asks nothing of the network."""
    try:
        make_tls_context(environment)
        yield Finding("certificates", "ok", f"those of {find_authorities(environment).label} are believed")
    except ConfigError as error:
        yield Finding("certificates", "fail", error.message, error.hint)
    try:
        yield Finding("proxy", "ok", _describe_proxies(environment))
    except ConfigError as error:
        yield Finding("proxy", "fail", error.message, error.hint)


def _describe_proxies(environment: Mapping[str, str]) -> str:
    """Raises ConfigError."""
    found = {scheme: find_proxy(f"{scheme}://any.host.invalid/", environment) for scheme in _SCHEMES}
    named = [f"{proxy.url} for {scheme}:// ({proxy.variable})" for scheme, proxy in found.items() if proxy]
    if not named:
        return "none"
    without = ", ".join((*exceptions(environment), "mail"))
    return f"{', '.join(named)}; none for {without}"
