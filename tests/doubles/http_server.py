"""What the stand-ins of servers that speak HTTP have in common: a server on loopback, and faults of the wire."""

import socket
import struct
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, Self


class HttpDouble:
    """Serves between enter and exit. handler: what answers; it knows this as `double`."""

    handler: ClassVar[type["HttpHandler"]]
    port: int = 0  # 0: any that is free

    def __enter__(self) -> Self:
        self.lock, self.closing = threading.Lock(), threading.Event()
        self._http = _Server(("127.0.0.1", self.port), type("Bound", (self.handler,), {"double": self}))
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.closing.set()
        self._http.shutdown()
        self._http.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}"


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that hangs up is nothing to print."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class HttpHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # or each answer in two pieces costs 40 ms
    double: Any

    def log_message(self, *args: object) -> None:
        pass

    def send(self, status: int, body: str | bytes, headers: dict[str, str] | None = None, missing: int = 0) -> None:
        """A whole answer. missing: bytes that are announced and do not come with it."""
        data = body.encode() if isinstance(body, str) else body
        self.send_response(status)
        for name, value in {"Content-Length": str(len(data) + missing), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()

    def hang(self) -> None:
        self.double.closing.wait(30)
        self.close_connection = True

    def drip(self, beginning: str) -> None:
        """Byte by byte, each well within any read time-out."""
        self.send(200, beginning, missing=100_000)
        while not self.double.closing.wait(0.02):
            self.wfile.write(b" ")

    def huge(self, beginning: str) -> None:
        self.send(200, beginning, missing=1 << 30)
        while not self.double.closing.is_set():
            self.wfile.write(b" " * (1 << 20))
