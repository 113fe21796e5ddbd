"""The names that this site answers to: that of the base address, those of the configuration, the machine's own.

Invariant: a request by any other name is refused (421), so that no page of a stranger reaches this site under a name of
theirs (DNS rebinding), and no link, feed or cache is ever made of a name that a client thought of.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import ip_address
from urllib.parse import urlsplit

from web import urls
from web.http.client_address import parse_address

_HOST = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([^\s:/?#@\[\]\\]+))(?::([0-9]{1,5}))?")
_MOST_CHARACTERS = 260


def host_name(host: str) -> str:
    """A Host header as it is compared: without its port, in small letters of ASCII; "" where it names none."""
    found = _HOST.fullmatch(host) if len(host) <= _MOST_CHARACTERS else None
    if not found:
        return ""
    if found[1]:
        return _spell_address(found[1])
    try:
        name = found[2].rstrip(".").encode("idna").decode()
    except UnicodeError:
        return ""
    return _spell_address(name) or name.lower()


def is_address(host: str) -> bool:
    """Whether it is an IP address, which nobody can make lead elsewhere."""
    return bool(_spell_address(host_name(host)))


def _spell_address(text: str) -> str:
    return str(parse_address(text) or "")


class KnownHosts:
    """base_url: "" where the site does not know its own. hosts: names and addresses, a port in them is passed over."""

    def __init__(self, base_url: str, hosts: Iterable[str]) -> None:
        own = urlsplit(base_url).netloc.rpartition("@")[2]
        self._names = {host_name(name) for name in (own, "localhost", *hosts)} - {""}

    def answers(self, hosts: Iterable[str], path: str, server: str) -> bool:  # decision 180
        """Whether a request may go on. hosts: by which names it came, as each hop has it. server: the address of this
        machine that took it.
        """
        named = tuple(hosts)
        if path in (urls.HEALTH, urls.READY) and all(is_address(host) for host in named):
            return True  # a probe asks by whatever address it has, or by none
        return bool(named) and all(self._is_known(host_name(host), server) for host in named)

    def _is_known(self, name: str, server: str) -> bool:
        address = _spell_address(name)
        return name in self._names or (bool(address) and (address == _spell_address(server) or _is_loopback(address)))


def _is_loopback(address: str) -> bool:
    return ip_address(address).is_loopback
