"""The client's address behind proxies: every form in which it comes, and what clients may try."""

from __future__ import annotations

from ipaddress import ip_network

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers

from paperroute.config.web import WebSection, trusted_networks
from store import Store
from tests.factories import web
from web.http.client_address import ClientConnection, is_trusted, rate_limit_key, read_connection
from web.settings import WebLimits

PROXIES = (ip_network("10.0.0.0/8"), ip_network("127.0.0.1"), ip_network("fd00::/8"))
FOR, FORWARDED = "x-forwarded-for", "forwarded"
PROXY = "127.0.0.1"


def connection(peer: str, *lines: tuple[str, str]) -> ClientConnection:
    raw = [(name.encode(), value.encode("latin-1")) for name, value in lines]
    return read_connection(peer, "http", Headers(raw=raw), PROXIES)


@pytest.mark.parametrize(
    ("peer", "lines", "client"),
    [
        ("198.51.100.7", [(FOR, "203.0.113.9")], "198.51.100.7"),  # no proxy of ours
        ("198.51.100.7", [(FORWARDED, "for=203.0.113.9")], "198.51.100.7"),
        (PROXY, [], PROXY),
        (PROXY, [(FOR, "203.0.113.9")], "203.0.113.9"),
        (PROXY, [(FOR, "6.6.6.6, 203.0.113.9, 10.1.1.1")], "203.0.113.9"),
        (PROXY, [(FOR, "10.0.0.1, 10.0.0.2")], "10.0.0.1"),
        (PROXY, [(FOR, "6.6.6.6"), (FOR, "203.0.113.9")], "203.0.113.9"),  # the client's own line before the proxy's
        (PROXY, [(FOR, "203.0.113.9"), (FOR, "10.1.1.1"), (FOR, "10.1.1.2, ")], "203.0.113.9"),
        (PROXY, [(FOR, "203.0.113.9:4711")], "203.0.113.9"),
        (PROXY, [(FOR, "[2001:db8::1]:4711")], "2001:db8::1"),
        (PROXY, [(FOR, "[2001:db8::1]")], "2001:db8::1"),
        (PROXY, [(FOR, "2001:DB8:0::1")], "2001:db8::1"),
        (PROXY, [(FOR, "::ffff:203.0.113.9")], "203.0.113.9"),
        (PROXY, [(FOR, "[::ffff:cb00:7109]:80")], "203.0.113.9"),
        (PROXY, [(FOR, "fe80::1%eth0")], "fe80::1"),
        ("::ffff:127.0.0.1", [(FOR, "203.0.113.9")], "203.0.113.9"),  # the proxy, over a socket for both families
        ("::ffff:198.51.100.7", [(FOR, "203.0.113.9")], "198.51.100.7"),
        ("fd00::1%eth0", [(FOR, "203.0.113.9")], "203.0.113.9"),
        (PROXY, [(FOR, "6.6.6.6, unknown")], PROXY),
        (PROXY, [(FOR, "unknown, 203.0.113.9")], "203.0.113.9"),
        (PROXY, [(FOR, "203.0.113.9, nonsense, 10.1.1.1")], "10.1.1.1"),
        (PROXY, [(FOR, "010.0.0.1")], PROXY),  # octal to some, decimal to others
        (PROXY, [(FORWARDED, "for=203.0.113.9")], "203.0.113.9"),
        (PROXY, [(FORWARDED, 'For="[2001:db8::1]:4711";proto=https;by=10.0.0.1')], "2001:db8::1"),
        (PROXY, [(FORWARDED, "for=6.6.6.6, for=203.0.113.9;host=x;, for=10.1.1.1")], "203.0.113.9"),
        (PROXY, [(FORWARDED, "for=6.6.6.6"), (FORWARDED, "for=203.0.113.9")], "203.0.113.9"),
        (PROXY, [(FORWARDED, "for=203.0.113.9:80")], "203.0.113.9"),  # not quoted, as it should be
        (PROXY, [(FORWARDED, 'for="203.0.113.9:_web"')], "203.0.113.9"),
        (PROXY, [(FORWARDED, r'for="\203.0.113.9"')], "203.0.113.9"),
        (PROXY, [(FORWARDED, "for=6.6.6.6, for=_hidden")], PROXY),
        (PROXY, [(FORWARDED, "for=6.6.6.6, for=unknown")], PROXY),
        (PROXY, [(FORWARDED, "for=6.6.6.6, proto=https")], PROXY),  # the nearest one does not say
        (PROXY, [(FORWARDED, "proto=https")], PROXY),
        (PROXY, [(FORWARDED, 'for="6.6.6.6, for=203.0.113.9')], PROXY),  # a quotation that swallows what follows
        (PROXY, [(FORWARDED, 'for=6.6.6.6;by=", for="[2001:db8::1]"')], PROXY),
        (PROXY, [(FORWARDED, "for=6.6.6.6;for=203.0.113.9")], PROXY),
        (PROXY, [(FORWARDED, "203.0.113.9")], PROXY),
        (PROXY, [(FORWARDED, "for=203.0.113.9"), (FOR, "203.0.113.9:80")], "203.0.113.9"),
        (PROXY, [(FORWARDED, "for=6.6.6.6"), (FOR, "203.0.113.9")], PROXY),  # one of the two is the client's own
        (PROXY, [(FORWARDED, "for=203.0.113.9"), (FOR, "6.6.6.6")], PROXY),
        (PROXY, [(FORWARDED, "proto=https"), (FOR, "203.0.113.9")], "203.0.113.9"),
    ],
    ids=str,
)
def test_the_nearest_hop_that_is_no_trusted_proxy_is_the_client(
    peer: str, lines: list[tuple[str, str]], client: str
) -> None:
    assert connection(peer, *lines).address == client


@given(st.lists(st.tuples(st.sampled_from((FOR, FORWARDED)), st.text(st.characters(max_codepoint=255)))))
def test_whatever_a_client_writes_it_is_counted_as_itself_or_as_the_proxy(lines: list[tuple[str, str]]) -> None:
    """Behind a proxy that adds a line, as ours here does to either header, no invention gives another address."""
    for name, own in ((FOR, "203.0.113.9"), (FORWARDED, "for=203.0.113.9")):
        assert connection(PROXY, *lines, (name, own)).address in ("203.0.113.9", PROXY)
    assert connection("198.51.100.7", *lines).address == "198.51.100.7"


def test_scheme_and_hosts_are_believed_from_trusted_proxies_only() -> None:
    lines = (
        ("host", "here:80"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-host", "papers.example"),
        (FORWARDED, "for=203.0.113.9;proto=http;host=other.example"),
    )
    assert connection(PROXY, *lines) == ClientConnection(
        "203.0.113.9", secure=True, hosts=("papers.example", "other.example", "here:80")
    )
    assert connection("198.51.100.7", *lines) == ClientConnection("198.51.100.7", secure=False, hosts=("here:80",))
    assert connection(PROXY, (FORWARDED, 'for=203.0.113.9;proto="HTTPS"')).secure


def test_a_trusted_network_of_ipv4_may_be_written_as_ipv6() -> None:
    networks = trusted_networks(WebSection(trusted_proxies=("::ffff:10.0.0.0/104", "2001:db8::/32")))
    assert is_trusted("10.1.2.3", networks)
    assert is_trusted("::ffff:10.1.2.3", networks)
    assert is_trusted("2001:db8::7", networks)
    assert not is_trusted("11.1.2.3", networks)
    assert not is_trusted("", networks)


def test_one_client_is_counted_once_whatever_its_spelling() -> None:
    assert {rate_limit_key(address) for address in ("203.0.113.9", "::ffff:203.0.113.9", "::FFFF:cb00:7109")} == {
        "203.0.113.9"
    }
    assert rate_limit_key("2001:db8::1") == rate_limit_key("2001:db8::ffff") == "2001:db8::/64"
    assert rate_limit_key("2001:db8:0:1::1") != rate_limit_key("2001:db8::1")


def test_a_quota_is_neither_passed_nor_shared_behind_a_proxy(store: Store) -> None:
    proxies = (ip_network(PROXY),)
    with web.running(store, trusted_proxies=proxies, limits=WebLimits(mcp_calls_per_minute=2)) as service:

        def call(*forwarded: str) -> int:
            headers = {"X-Forwarded-For": ", ".join(forwarded), "Accept": "application/json"}
            return requests.post(f"{service.url}/mcp", json={}, headers=headers, timeout=30).status_code

        assert [call("203.0.113.9") != 429 for _ in range(2)] == [True, True]
        tricks = ("6.6.6.6, 203.0.113.9", "203.0.113.9:1", "::ffff:203.0.113.9", "[::ffff:203.0.113.9]:9")
        assert [call(trick) for trick in tricks] == [429] * len(tricks)
        assert call("203.0.113.10") != 429
