"""slack_sdk's client over connections that are kept open: a call costs one round trip, and no handshakes before it.

Invariant: nothing is retried here; a proxy's settings go the SDK's own way.
"""

from __future__ import annotations

from typing import Any, cast
from urllib.request import Request

import urllib3
from slack_sdk.web import WebClient

NeverSent = (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError)
Broken = (urllib3.exceptions.HTTPError,)
_MOST_OPEN = 32


class Connections:
    """What is kept open, for all clients of one bot."""

    def __init__(self) -> None:
        self.pool = urllib3.PoolManager(num_pools=4, maxsize=_MOST_OPEN, retries=False)

    def close(self) -> None:
        self.pool.clear()


class KeptClient(WebClient):
    def __init__(self, connections: Connections, token: str, **given: Any) -> None:
        super().__init__(token, **given)
        self._connections = connections

    def _perform_urllib_http_request_internal(self, url: str, req: Request) -> dict[str, Any]:
        if self.proxy:
            return super()._perform_urllib_http_request_internal(url, req)
        answer = self._connections.pool.request(
            "POST", url, body=cast("bytes | None", req.data), headers=dict(req.header_items()), timeout=self.timeout
        )
        return {"status": answer.status, "headers": dict(answer.headers), "body": answer.data.decode(errors="replace")}
