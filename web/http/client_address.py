"""The client's address behind proxies: X-Forwarded-For, -Proto and -Host, and Forwarded (RFC 7239).

Invariant: an address has one spelling, whichever way it came (a port, brackets, a scope, IPv4 within IPv6), so that
nobody is counted twice, or as somebody else. Of what a client can write itself nothing is believed: hops are read from
the nearest one, and only while whoever wrote them is a trusted proxy.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from starlette.datastructures import Headers

from web.settings import Network

_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # noqa: S105 - RFC 9110's word for it
# A value that should be quoted for its colon or brackets is often not.
_PAIR = re.compile(rf'\s*(?:({_TOKEN})=(?:([^\s",;]+)|"((?:[^"\\]|\\.)*)"))?\s*([;,]|$)')
_PORT = r"(?::[0-9A-Za-z._-]{1,32})?"  # RFC 7239 lets a port be hidden, too
_NODE = re.compile(rf"\[([^\]]+)\]{_PORT}|([0-9.]+){_PORT}|([0-9A-Fa-f:.%][^\s\[\]]*)")
_UNKNOWN = "unknown"  # RFC 7239's word for a client that a proxy does not name


@dataclass(frozen=True)
class ClientConnection:
    """Who asks, and how they reached this site; a proxy's word is taken only where it is trusted."""

    address: str
    secure: bool  # over TLS
    hosts: tuple[str, ...]  # by which name, as each hop has it: the client's own first


def read_connection(peer: str, scheme: str, headers: Headers, trusted: Sequence[Network]) -> ClientConnection:
    """peer, scheme: of the connection itself."""
    here = headers.getlist("host")
    if not is_trusted(peer, trusted):
        return ClientConnection(plain_address(peer), scheme == "https", tuple(here))
    hops = _forwarded(headers)
    protocols = [*_values(headers, "x-forwarded-proto"), *_said(hops, "proto"), scheme]
    hosts = (*_values(headers, "x-forwarded-host"), *_said(hops, "host"), *here)
    return ClientConnection(_client(peer, headers, hops, trusted), protocols[0].lower() == "https", hosts)


def _client(peer: str, headers: Headers, hops: Sequence[dict[str, str]], trusted: Sequence[Network]) -> str:
    """Where both headers speak and disagree, one is the client's own, and neither is believed."""  # decision 179
    chains = [_values(headers, "x-forwarded-for"), [hop.get("for", _UNKNOWN) for hop in hops]]
    if not _said(hops, "for"):
        chains.pop()
    said = {_walk(plain_address(peer), chain, trusted) for chain in chains if chain}
    return said.pop() if len(said) == 1 else plain_address(peer)


def _walk(address: str, nodes: Sequence[str], trusted: Sequence[Network]) -> str:
    """From the nearest hop to the first that is no trusted proxy; a hop without an address ends it."""
    for node in reversed(nodes):
        before = parse_node(node)
        if before is None or not is_trusted(address, trusted):
            break
        address = str(before)
    return address


def parse_node(node: str) -> IPv4Address | IPv6Address | None:
    """The address in a hop, with or without a port; None where it says "unknown", a word of its own, or nonsense."""
    found = _NODE.fullmatch(node.strip())
    return parse_address(next(filter(None, found.groups()))) if found else None


def plain_address(address: str) -> str:
    """In its one spelling; a text that is no address is cut to a sane length."""
    return str(parse_address(address) or address[:64])


def is_trusted(address: str, networks: Iterable[Network]) -> bool:
    there = parse_address(address)
    return there is not None and any(there.version == network.version and there in network for network in networks)


def rate_limit_key(address: str) -> str:
    """By what a client is counted: an IPv4 address, or the /64 of IPv6, of which each household has one to itself."""
    there = parse_address(address)
    if there is None or there.version == 4:
        return plain_address(address)
    return str(ip_network((there, 64), strict=False))


def parse_address(text: str) -> IPv4Address | IPv6Address | None:
    """Without the scope that a link-local one may have; IPv4 within IPv6 is the IPv4 address."""
    try:
        found = ip_address(text.strip("[]").partition("%")[0])
    except ValueError:
        return None
    return (found.version == 6 and found.ipv4_mapped) or found


def _values(headers: Headers, name: str) -> list[str]:
    """Of a header that is a list, over all its lines."""
    return [value.strip() for line in headers.getlist(name) for value in line.split(",") if value.strip()]


def _forwarded(headers: Headers) -> list[dict[str, str]]:
    """What each hop said, the client's first. A header with any fault in it says that the client is unknown: a client
    may have opened a quotation that swallows what a proxy put behind it.
    """
    line = ", ".join(headers.getlist("forwarded"))
    try:
        return [hop for hop in _parse_forwarded(line) if hop]
    except ValueError:
        return [{"for": _UNKNOWN}]


def _parse_forwarded(line: str) -> Iterator[dict[str, str]]:
    hop: dict[str, str] = {}
    place = 0
    while place < len(line):
        found = _PAIR.match(line, place)
        if not found or (found[1] and found[1].lower() in hop):
            raise ValueError("no Forwarded")
        if found[1]:
            hop[found[1].lower()] = found[2] or re.sub(r"\\(.)", r"\1", found[3] or "")
        if found[4] != ";":
            yield hop
            hop = {}
        place = found.end()
    yield hop


def _said(hops: Sequence[dict[str, str]], name: str) -> list[str]:
    return [hop[name] for hop in hops if hop.get(name)]
