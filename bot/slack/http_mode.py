"""HTTP mode webhook server: Slack's requests, signatures checked by Bolt, on a port of our own.

Invariant: bodies are bounded; whatever is wrong with a request gets a 4xx and never a traceback. TLS is the business of
the proxy in front.
"""

from __future__ import annotations

import logging
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from slack_bolt import App
from slack_bolt.request import BoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.signature import SignatureVerifier

log = logging.getLogger(__name__)
PATH = "/slack/events"
_MOST_BYTES = 2**20
_READ_SECONDS = 10


class Webhook:
    """signing_secret: what Slack signs its requests with; Bolt checks it, but for bodies that it cannot read."""

    def __init__(self, app: App, signing_secret: str, host: str, port: int) -> None:
        self._server = _WebhookServer((host, port), _WebhookHandler)
        self._server.app, self._server.verifier = app, SignatureVerifier(signing_secret)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), name="slack-http", daemon=True)

    @property
    def port(self) -> int:
        return int(self._server.server_port)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _WebhookServer(ThreadingHTTPServer):
    app: App
    verifier: SignatureVerifier
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 - its signature is given
        log.info("a request of Slack's broke off", exc_info=log.isEnabledFor(logging.DEBUG))


class _WebhookHandler(BaseHTTPRequestHandler):
    server: _WebhookServer
    timeout = _READ_SECONDS

    def log_message(self, *_: object) -> None:
        """Nothing: a line a request tells nobody anything."""

    def do_POST(self) -> None:
        size = self.headers.get("Content-Length") or ""
        if urlsplit(self.path).path != PATH:
            self._put(BoltResponse(status=404))
        elif not size.isdecimal() or int(size) > _MOST_BYTES:
            self._put(BoltResponse(status=413))
        else:
            self._put(self._answer(self.rfile.read(int(size))))

    def do_GET(self) -> None:
        """Slack only posts; a person who opens the address sees that it is one."""
        known = urlsplit(self.path).path == PATH
        self._put(BoltResponse(status=405, headers={"Allow": "POST"}) if known else BoltResponse(status=404))

    do_HEAD = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_GET  # noqa: N815 - the names are given

    def _answer(self, body: bytes) -> BoltResponse:
        # Bolt takes an unreadable timestamp for an error of its own.
        if not (self.headers.get("X-Slack-Request-Timestamp") or "").isdecimal():
            return BoltResponse(status=401)
        headers = {name: self.headers.get_all(name) or [] for name in self.headers}
        try:
            text = body.decode()
            request = BoltRequest(body=text, headers=dict(headers)) if text else None
        except UnicodeDecodeError:
            return BoltResponse(status=400)
        except ValueError:  # no JSON: Bolt reads a body before it checks who signed it
            request = None
        if request is None:
            signed = self.server.verifier.is_valid_request(body, dict(self.headers.items()))
            return BoltResponse(status=400 if signed else 401)
        try:
            return self.server.app.dispatch(request)
        except Exception:
            log.exception("a request of Slack's failed")
            return BoltResponse(status=500)

    def _put(self, response: BoltResponse) -> None:
        data = b"" if self.command == "HEAD" else (response.body or "").encode()
        self.send_response(response.status)
        for name, values in response.headers.items():
            for value in values:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
