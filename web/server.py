"""The web server: uvicorn in a thread of its own.

Invariant: after `start` the port is bound and known; after `stop` no thread of it is left and no request is cut short
that ended within `grace_seconds`.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from functools import partial
from typing import cast

import uvicorn
from anyio import to_thread

from digest.errors import ConfigError
from web.app import create_app
from web.connections import ConnectionLimits, Connections, connection_budget
from web.http.client_address import is_trusted, rate_limit_key
from web.protocol import CountedProtocol
from web.settings import WebSettings

_START_SECONDS = 30.0
# That make pages. They share one interpreter: each that computes lets the event loop wait its turn once more.
_THREADS = 8  # decision 178
_QUEUE = 4096  # connections that the system keeps until they are accepted, where it allows as many


class WebService:
    """`port` 0 asks for any free one; `port` after `start` is the one that is bound."""

    def __init__(
        self,
        site: WebSettings,
        host: str = "127.0.0.1",
        port: int = 8080,
        *,
        grace_seconds: int = 5,
        limits: ConnectionLimits | None = None,
    ) -> None:
        self.host, self.port = host, port
        self._grace = grace_seconds
        self._site, self._app = site, create_app(site)
        self._connections = Connections(connection_budget(), limits)
        self._server = uvicorn.Server(
            uvicorn.Config(
                self._app,
                http=cast("type[asyncio.Protocol]", partial(CountedProtocol, self._connections, self._client_of)),
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,  # addresses of readers, and tokens in paths, are no business of a log
                server_header=False,
                proxy_headers=False,  # the middleware knows whom to believe
                h11_max_incomplete_event_size=32 * 1024,
                # So many are accepted in one go, before any that gives way to them has left.  # decision 175
                backlog=min(64, self._connections.budget // 8),
                limit_concurrency=2 * self._connections.budget,  # of requests whose connections are gone, too
                callback_notify=self._connections.sweep,
                timeout_notify=0,  # each second
                timeout_keep_alive=15,
                timeout_graceful_shutdown=grace_seconds,
            )
        )
        self._socket: socket.socket | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        return f"http://[{self.host}]:{self.port}" if ":" in self.host else f"http://{self.host}:{self.port}"

    def start(self) -> None:
        """Bind and serve; returns when requests are answered. Raises ConfigError where the address cannot be bound."""
        self._socket = self._bind()
        self.port = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, name="web", daemon=True)
        self._thread.start()
        waited = threading.Event()
        for _ in range(int(_START_SECONDS / 0.02)):
            if self._server.started or not self._thread.is_alive():
                break
            waited.wait(0.02)
        if not self._server.started:
            self.stop()
            raise ConfigError(f"The web could not be started on {self.host}:{self.port}.")
        self._socket.listen(_QUEUE)  # uvicorn has made the queue as short as what is accepted in one go

    def stop(self) -> None:
        """Let the requests under way end, and close. Twice is once."""
        self._server.should_exit = True
        if jobs := self._app.state.survey_jobs:
            jobs.close()
        if self._thread:
            self._thread.join(self._grace + 5)
            self._server.force_exit = True  # a connection that will not end holds nobody up
            self._thread.join(5)
            self._thread = None
        if self._socket:
            self._socket.close()
            self._socket = None

    def _bind(self) -> socket.socket:
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        # Named as TCP: else asyncio does not turn off Nagle's delay, and each answer takes 40 ms more.
        made = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        try:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            made.bind((self.host, self.port))
            made.listen(_QUEUE)
        except OSError as error:
            made.close()
            raise ConfigError(
                f"The web cannot listen on {self.host}:{self.port}: {error.strerror}.",
                hint="Set web.host and web.port to an address of this machine that is free.",
            ) from None
        return made

    def _client_of(self, peer: str) -> str:
        return "" if is_trusted(peer, self._site.trusted_proxies) else rate_limit_key(peer)

    def _serve(self) -> None:
        assert self._socket is not None  # noqa: S101 - for the type checker
        asyncio.run(self._answer(self._socket))

    async def _answer(self, listening: socket.socket) -> None:
        to_thread.current_default_thread_limiter().total_tokens = _THREADS
        await self._server.serve(sockets=[listening])
