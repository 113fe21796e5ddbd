"""A reverse proxy on loopback that leaves the path before a site's own, or takes it away, as nginx does either way."""

from __future__ import annotations

import http.client
from urllib.parse import urlsplit

from tests.doubles.http_server import HttpDouble, HttpHandler


class _Handler(HttpHandler):
    double: ReverseProxy

    def _forward(self) -> None:
        under = self.double.under
        if not (self.path == under or self.path.startswith((f"{under}/", f"{under}?"))):
            self.send(404, "of another site on this host")
            return
        path = self.path.removeprefix(under) if self.double.strips else self.path
        path = path if path.startswith("/") else f"/{path}"
        backend = http.client.HTTPConnection(urlsplit(self.double.backend).netloc, timeout=30)
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        named = {name: value for name, value in self.headers.items() if name.lower() != "connection"}
        backend.request(self.command, path, body or None, {**named, "X-Forwarded-For": self.client_address[0]})
        answer = backend.getresponse()
        data = answer.read()
        dropped = ("content-length", "transfer-encoding", "connection", "date", "server")
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in dropped:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
        backend.close()

    do_GET = do_POST = _forward  # noqa: N815 - the library's names


class ReverseProxy(HttpDouble):
    """backend: set before the first request."""

    handler = _Handler

    def __init__(self, under: str, *, strips: bool) -> None:
        self.under, self.strips, self.backend = under, strips, ""
