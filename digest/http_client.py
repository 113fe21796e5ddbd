"""HTTP client: a deadline that holds for every byte, a size limit, no redirects.

Invariant: within `limit_exchange(deadline)` no wait on the network of this thread outlasts the deadline, whether the
server is silent, drips, or sends comments for ever, an answer that has begun (`limit_silence`) may pause for far less,
and no answer takes more than 64 MiB; the time-outs of httpx2 and
of the SDKs that stand on it are per read. Within `leave_when(ended)` no answer is waited for once that is set.
"""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any

import httpcore2
import httpx2

from digest.errors import ConfigError
from digest.network import HttpProxy, find_proxy, make_tls_context
from digest.retry import Deadline
from digest.run_context import current_end

_MOST_BYTES = 64 * 1024 * 1024
_CONNECT_SECONDS, _READ_SECONDS = 10.0, 120.0  # of one wait; `limit_exchange` bounds them all together
_FIRST_SILENCE_SECONDS, _SILENCE_SECONDS = 60.0, 30.0  # within an answer's stream; decision 167


_END_BYTES, _END_SECONDS = 4 * 1024, 0.1  # of a body that nobody wants any more


class _ExchangeLimits:
    def __init__(self, deadline: Deadline) -> None:
        self.deadline = deadline
        self.silence = deadline.seconds
        self._bytes = 0

    def within(self, timeout: float | None, late: type[Exception]) -> float:
        left = self.deadline.left()
        if left <= 0:
            raise late("the deadline of the call has passed")
        return min(left, self.silence, left if timeout is None else timeout)

    @contextmanager
    def limit(self, silence: float) -> Iterator[None]:
        before = self.silence
        self.silence = min(before, silence)
        try:
            yield
        finally:
            self.silence = before

    def count(self, data: bytes) -> bytes:
        self._bytes += len(data)
        if self._bytes > _MOST_BYTES:
            raise httpcore2.ReadError("the answer is larger than 64 MiB")
        return data


_LOOK_SECONDS = 0.25  # how often a wait for an answer looks whether anybody still wants it

_current_exchange: ContextVar[_ExchangeLimits | None] = ContextVar("exchange", default=None)


@contextmanager
def limit_exchange(deadline: Deadline) -> Iterator[None]:
    """What this thread sends and reads here must be over by the deadline."""
    token = _current_exchange.set(_ExchangeLimits(deadline))
    try:
        yield
    finally:
        _current_exchange.reset(token)


def limit_silence(*, begun: bool) -> None:
    """For how long the stream that this thread reads may be silent: a model that thinks says nothing at first."""
    if current := _current_exchange.get():
        seconds = current.deadline.seconds
        current.silence = min(_SILENCE_SECONDS, seconds / 3) if begun else max(_FIRST_SILENCE_SECONDS, seconds / 2)


def http_client() -> httpx2.Client:
    """A client to share between threads. It follows no redirect: a key must not travel to another host. Raises
    ConfigError.
    """
    timeout = httpx2.Timeout(_READ_SECONDS, connect=_CONNECT_SECONDS)
    return httpx2.Client(transport=_ProxyRouter(make_tls_context()), timeout=timeout, trust_env=False)


class _ProxyRouter(httpx2.BaseTransport):
    """Each request by a pool of connections: the direct one, or that of the proxy for its address."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        self._pools: dict[HttpProxy | None, httpx2.HTTPTransport] = {}
        self._lock = threading.Lock()

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        proxy = find_proxy(str(request.url))
        with self._lock:
            pool = self._pools[proxy] = self._pools.get(proxy) or _make_pool(proxy, self._context)
        response = pool.handle_request(request)
        assert isinstance(response.stream, httpx2.SyncByteStream)  # noqa: S101 - of a client that is not async
        response.stream = _EndedStream(response.stream)
        return response

    def close(self) -> None:
        for pool in self._pools.values():
            pool.close()


# decision 285
class _EndedStream(httpx2.SyncByteStream):
    """A body that is read to its end when it is closed within an exchange, if that is near: else its connection could
    not be used again. The SDK of OpenAI closes a stream at the last event, before the end of the body.
    """

    def __init__(self, inner: httpx2.SyncByteStream) -> None:
        self._inner, self._parts = inner, iter(inner)

    def __iter__(self) -> Iterator[bytes]:
        return self._parts

    def close(self) -> None:
        if current := _current_exchange.get():
            with current.limit(_END_SECONDS), suppress(httpx2.HTTPError, httpx2.StreamError):  # it is not wanted
                _read_end(self._parts)
        self._inner.close()


def _read_end(parts: Iterator[bytes]) -> None:
    left, until = _END_BYTES, time.monotonic() + _END_SECONDS
    for part in parts:
        left -= len(part)
        if left < 0 or time.monotonic() > until:
            return


def _make_pool(proxy: HttpProxy | None, context: ssl.SSLContext) -> httpx2.HTTPTransport:
    # How many there are at once is ConcurrencyLimiter's to say.
    limits = httpx2.Limits(max_connections=None, max_keepalive_connections=40)
    tls = context if proxy and proxy.url.startswith("https:") else None
    given = httpx2.Proxy(proxy.url, auth=proxy.login, ssl_context=tls) if proxy else None
    pool = httpx2.HTTPTransport(verify=context, trust_env=False, limits=limits, proxy=given)
    # The SDKs offer no deadline and httpx2 no network backend; the pools take one. A test fails should this change.
    pool._pool._network_backend = _DeadlineBackend()  # noqa: SLF001
    return pool


class NotReached(Exception):
    """The other side surely got nothing."""


def post_json(url: str, document: Mapping[str, Any], seconds: float) -> int:
    """The status of the answer. Raises NotReached; and httpx2's errors where it may have got it."""
    try:
        with http_client() as client, limit_exchange(Deadline(seconds)):
            return client.post(url, json=dict(document)).status_code
    except ConfigError as error:
        raise NotReached(error.message) from None
    except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.ProxyError) as error:
        raise NotReached(str(error) or type(error).__name__) from None


def get_bytes(url: str, seconds: float, most: int) -> bytes:
    """The beginning of what lies there. Raises OSError."""
    try:
        with http_client() as client, limit_exchange(Deadline(seconds)), client.stream("GET", url) as response:
            response.raise_for_status()
            return b"".join(_first_pieces(response, most))[:most]
    except (ConfigError, httpx2.HTTPError, httpx2.StreamError, httpx2.InvalidURL) as error:
        raise OSError(str(error) or type(error).__name__) from error


def _first_pieces(response: httpx2.Response, most: int) -> Iterator[bytes]:
    for piece in response.iter_bytes():
        yield piece
        most -= len(piece)
        if most <= 0:
            return


def _limit_timeout(timeout: float | None, late: type[Exception]) -> float | None:
    current = _current_exchange.get()
    return timeout if current is None else current.within(timeout, late)


class _DeadlineStream(httpcore2.NetworkStream):
    def __init__(self, inner: httpcore2.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data = self._read(max_bytes, _limit_timeout(timeout, httpcore2.ReadTimeout))
        current = _current_exchange.get()
        return data if current is None else current.count(data)

    def _read(self, max_bytes: int, timeout: float | None) -> bytes:
        ended = current_end()
        if ended is None:
            return self._inner.read(max_bytes, timeout)
        until = None if timeout is None else time.monotonic() + timeout
        while not ended.is_set():
            left = _LOOK_SECONDS if until is None else min(_LOOK_SECONDS, until - time.monotonic())
            try:
                return self._inner.read(max_bytes, max(left, 0.001))
            except httpcore2.ReadTimeout:
                if until is not None and time.monotonic() >= until:
                    raise
        raise httpcore2.ReadError("nobody waits for the answer any more")

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, _limit_timeout(timeout, httpcore2.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        within = _limit_timeout(timeout, httpcore2.ConnectTimeout)
        return _DeadlineStream(self._inner.start_tls(ssl_context, server_hostname, within))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _DeadlineBackend(httpcore2.NetworkBackend):
    def __init__(self) -> None:
        self._inner = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        within = _limit_timeout(timeout, httpcore2.ConnectTimeout)
        return _DeadlineStream(self._inner.connect_tcp(host, port, within, local_address, socket_options))

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore2.NetworkStream:
        within = _limit_timeout(timeout, httpcore2.ConnectTimeout)
        return _DeadlineStream(self._inner.connect_unix_socket(path, within, socket_options))

    def sleep(self, seconds: float) -> None:
        self._inner.sleep(seconds)
