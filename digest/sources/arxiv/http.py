"""One HTTP exchange with arXiv.

Invariant: nothing but a complete page of results is handed on; everything else leaves as an ArxivFault, or as a
Redirected to a place that we allow. No exchange outlasts the deadline of the search or holds more than 32 MiB.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import SplitResult, urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError, NewConnectionError, ReadTimeoutError

from digest.connection_pools import ConnectionPools
from digest.errors import ConfigError
from digest.network import find_proxy, tls_problem
from digest.sources.arxiv.response import ArxivFault, check_response, strip_forbidden
from store.records.lazy_text import LazyText, lazy_gettext

MAX_BODY = 32 * 1024 * 1024
MAX_EXCHANGE = 45.0  # seconds for one body; others take a turn after a minute and a half
_CHUNK = 64 * 1024

ResponseCheck = Callable[[int, Mapping[str, str], bytes, datetime], None]


class Redirected(Exception):
    """arXiv names another address, one that we may go to."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.url = url


class ArxivTransport(HTTPAdapter):
    """Mounted on the session of a search.

    left: seconds until the search must be over, asked before and while reading. check: raises ArxivFault for an answer
    that is none. setting: the key of the configuration that holds `api_url`.
    """

    def __init__(
        self,
        *,
        api_url: str,
        user_agent: str,
        connect_seconds: float,
        read_seconds: float,
        left: Callable[[], float],
        check: ResponseCheck = check_response,
        setting: str = "arxiv.api_url",
    ) -> None:
        super().__init__()
        self._pools = ConnectionPools()
        self._home = urlsplit(api_url)
        self._user_agent = re.sub(r"[^\x20-\x7e]", "", user_agent)  # a header holds one line of ASCII
        self._connect_seconds = connect_seconds
        self._read_seconds = read_seconds
        self._left = left
        self._check = check
        self._setting = setting

    def get_connection_with_tls_context(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> Any:
        """By the environment as the whole house reads it, which requests reads in a way of its own."""
        url = str(request.url)
        return self._pools.manager(url).connection_from_url(url)

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        """Nothing: requests would add the authorities that it brings to those of our context."""

    def close(self) -> None:
        super().close()
        self._pools.close()

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,  # noqa: ARG002 - the signature is requests'; reading is ours to decide
        timeout: Any = None,  # noqa: ARG002 - likewise
        verify: bool | str = True,  # noqa: ARG002 - likewise
        cert: Any = None,  # noqa: ARG002 - likewise
        proxies: Mapping[str, str] | None = None,  # noqa: ARG002 - likewise
    ) -> requests.Response:
        """The answer, read whole and judged."""
        request.headers["User-Agent"] = self._user_agent
        request.headers["Accept"] = "*/*"  # without it arXiv's edge answers 406
        latest = max(0.0, self._left() - MAX_EXCHANGE)
        try:
            proxy = find_proxy(str(request.url))  # of which requests wants to know how its first line begins
            through = {"all": proxy.url} if proxy else {}
            response = super().send(request, stream=True, timeout=self._timeouts(), proxies=through)
            with response:
                self._follow(response)
                body = strip_forbidden(self._body(response, latest))
        except ConfigError as error:
            raise ArxivFault("refused", error.message.rstrip("."), hint=error.hint) from None
        except (requests.RequestException, HTTPError) as error:
            raise self._fault(error) from error
        self._check(response.status_code, response.headers, body, datetime.now(UTC))
        return _with_body(response, body)

    def _timeouts(self) -> tuple[float, float]:
        left = self._left()
        if left <= 0:
            raise ArxivFault("overloaded", lazy_gettext("arXiv could not be asked in time"))
        return min(self._connect_seconds, left), min(self._read_seconds, left)

    def _follow(self, response: requests.Response) -> None:
        if not response.is_redirect:
            return
        location = response.headers["Location"]
        url = _redirect_target(self._home, response.url, location)
        if url is None:
            raise ArxivFault(
                "refused",
                lazy_gettext("arXiv sent us elsewhere ({location})", location=repr(location[:80])),
                hint=lazy_gettext("Check {setting}.", setting=self._setting),
            )
        raise Redirected(url)

    def _body(self, response: requests.Response, latest: float) -> bytes:
        """read1 returns what has come, so that a body that drips is seen, and left when only `latest` seconds are."""
        body = bytearray()
        while piece := response.raw.read1(_CHUNK, decode_content=True):
            body += piece
            if len(body) > MAX_BODY:
                raise ArxivFault(
                    "refused",
                    lazy_gettext("arXiv sent more than 32 MiB in one page"),
                    hint=lazy_gettext("Make arxiv.max_results smaller."),
                )
            if self._left() <= latest:
                raise ArxivFault("overloaded", lazy_gettext("arXiv sent its answer too slowly"))
        return bytes(body)

    def _fault(self, error: Exception) -> ArxivFault:
        if why := self._why_unreachable(error):
            step = lazy_gettext("SSL_CERT_FILE names an authority of your own.") if tls_problem(error) else ""
            return ArxivFault("unreachable", why, hint=step)
        if not isinstance(error, (requests.Timeout, ReadTimeoutError)):
            return ArxivFault("broken", lazy_gettext("arXiv broke the connection"))
        if self._left() <= 0:
            return ArxivFault("overloaded", lazy_gettext("arXiv did not answer in time"))
        seconds = f"{self._read_seconds:g}"
        return ArxivFault("overloaded", lazy_gettext("arXiv did not answer within {n} s", n=seconds))

    def _why_unreachable(self, error: Exception) -> LazyText | None:
        """None where there was a connection."""
        host = self._home.netloc.rpartition("@")[2]
        if isinstance(error, requests.ConnectTimeout):
            seconds = f"{self._connect_seconds:g}"
            return lazy_gettext("arXiv ({host}) did not accept a connection within {n} s", host=host, n=seconds)
        if isinstance(error, requests.exceptions.SSLError):
            return lazy_gettext("arXiv ({host}) could not be trusted: its certificate or TLS failed", host=host)
        if isinstance(error, requests.exceptions.ProxyError):
            return lazy_gettext("arXiv ({host}) is not reachable through the configured proxy", host=host)
        if isinstance(getattr(error.args[0] if error.args else None, "reason", None), NewConnectionError):
            return lazy_gettext("arXiv ({host}) is not reachable", host=host)
        return None


def _with_body(response: requests.Response, body: bytes) -> requests.Response:
    """The response with its body read, for a caller that expects to read it itself."""
    whole = requests.Response()
    whole.status_code = response.status_code
    whole.url = response.url
    whole.request = response.request
    whole.raw = io.BytesIO(body)
    return whole


def _redirect_target(home: SplitResult, url: str, location: str) -> str | None:
    """Where a redirect leads, or None where we do not go."""
    try:
        target = urljoin(url, location)
        return target if _is_allowed(home, urlsplit(target)) else None
    except ValueError:  # no URL at all
        return None


def _is_allowed(home: SplitResult, new: SplitResult) -> bool:
    """The configured address, its https form, or https within arXiv where arXiv is configured. Never down to http."""
    if new.scheme == home.scheme and new.netloc == home.netloc:
        return True
    return new.scheme == "https" and (new.hostname == home.hostname or (_is_arxiv(home) and _is_arxiv(new)))


def _is_arxiv(place: SplitResult) -> bool:
    return f".{place.hostname}".endswith(".arxiv.org")
