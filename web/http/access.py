"""Access control and rate limit: checks of tokens, cookies, keys of feeds and cross-site requests.

Invariant: secrets are compared in constant time; what is open to all is named here and nowhere else.

The rate limit is a sliding window in memory, bounded however many clients come; whoever was refused is not counted
again for it, and what a refused client is told to wait is what it has to wait.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import math
import threading
from collections import OrderedDict, deque
from collections.abc import Iterable, Mapping
from hashlib import sha256
from http.cookies import CookieError, SimpleCookie
from time import monotonic
from urllib.parse import urlsplit

from web import urls
from web.http.client_address import rate_limit_key
from web.settings import ReadAccess

COOKIE = "paperroute_access"
KEY_PARAMETER = "key"  # the parameter of a shared link
SLACK_SIGNATURE = "x-slack-signature"
_DEFAULT_PORTS = {"http": 80, "https": 443}


def is_open(method: str, path: str) -> bool:
    """Whether a route is open whatever the access: liveness, one-click unsubscribe, webhooks, and what an error
    page needs."""
    if path in (urls.HEALTH, urls.READY, urls.STYLE, urls.ICON):
        return True
    return method == "POST" and path.startswith((f"{urls.UNSUBSCRIBE}/", f"{urls.WEBHOOKS}/"))


def may_read(access: ReadAccess, headers: Mapping[str, str]) -> bool:
    """By Basic (any user, the token as password), Bearer, or the cookie that a shared link left."""
    if access.mode == "public":
        return True
    offered = [_token_in_authorization(headers.get("authorization", "")), _token_in_cookie(headers.get("cookie", ""))]
    return any(is_access_token(access, token) for token in offered if token)


def is_access_token(access: ReadAccess, offered: str) -> bool:
    return is_same_secret(offered, access.token)


def is_same_secret(offered: str, secret: str) -> bool:
    return hmac.compare_digest(offered.encode(errors="replace"), secret.encode())


def is_operator(api_token: str, headers: Mapping[str, str]) -> bool:  # decision 184
    """Whether it is shown what the archive costs: who holds the API's token, where there is one."""
    return bool(api_token) and may_read(ReadAccess("token", api_token), headers)


def feed_key(access: ReadAccess, salt: str) -> str:  # decision 183
    """What opens the feeds of an archive that takes a token, and nothing else; another where token or salt are."""
    made = hmac.new(access.token.encode(), f"paperroute.feeds.{salt}".encode(), sha256).digest()
    return base64.urlsafe_b64encode(made[:24]).decode()


def is_cross_site(headers: Mapping[str, str], base_url: str, hosts: Iterable[str]) -> bool:
    """Whether a browser sends what a page of another site made it send. hosts: names by which it came here.

    Browsers say so themselves in Sec-Fetch-Site, but to hosts over TLS and to the machine itself alone: over plain http
    Origin says where the page was, or Referer. Whatever names none of them is no browser's form.
    """
    if said := headers.get("sec-fetch-site"):
        return said not in ("same-origin", "none")
    origin = headers.get("origin") or headers.get("referer")
    if not origin:
        return False
    scheme = origin.partition("://")[0]
    here = {_host_and_port(base_url), *(_host_and_port(f"{scheme}://{host}") for host in hosts)} - {None}
    return _host_and_port(origin) not in here


def _host_and_port(address: str) -> tuple[str, int] | None:
    """Host and port; the scheme is a proxy's affair, and not known here."""
    try:
        parts = urlsplit(address)
        port = parts.port or _DEFAULT_PORTS[parts.scheme]
    except (ValueError, KeyError):
        return None
    return (parts.hostname, port) if parts.hostname else None


def _token_in_authorization(value: str) -> str:
    scheme, _, rest = value.partition(" ")
    if scheme.lower() == "bearer":
        return rest.strip()
    if scheme.lower() != "basic":
        return ""
    try:
        _, _, password = base64.b64decode(rest, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return ""
    return password


def _token_in_cookie(value: str) -> str:
    try:
        found = SimpleCookie(value).get(COOKIE)
    except CookieError:
        return ""
    return found.value if found else ""


_MOST_CLIENTS = 10_000


class RateLimiter:
    """At most `most` in `seconds`, for each client, by address."""

    def __init__(self, most: int, seconds: float) -> None:
        self._most, self._seconds = most, seconds
        self._lock = threading.Lock()
        self._times: OrderedDict[str, deque[float]] = OrderedDict()

    def allow(self, client: str) -> bool:
        """Count one more, unless that would be too many."""
        now, key = monotonic(), rate_limit_key(client)
        with self._lock:
            times = self._times.setdefault(key, deque())
            self._times.move_to_end(key)
            while times and times[0] <= now - self._seconds:
                times.popleft()
            if len(self._times) > _MOST_CLIENTS:
                self._times.popitem(last=False)
            if len(times) >= self._most:
                return False
            times.append(now)
            return True

    def give_back(self, client: str) -> None:
        """The last one was nothing that counts."""
        with self._lock:
            if times := self._times.get(rate_limit_key(client)):
                times.pop()

    def seconds_until_allowed(self, client: str) -> int:
        """Seconds until one more is allowed, rounded up."""
        with self._lock:
            now = monotonic()
            times = [at for at in self._times.get(rate_limit_key(client), ()) if at > now - self._seconds]
            if len(times) < self._most:
                return 0
            oldest = times[0] if times else now
            return max(1, math.ceil(oldest + self._seconds - now))
