"""What Amazon SNS keeps at an address: its certificate; the page that confirms a subscription."""

from __future__ import annotations

from http.client import HTTPException
from typing import Any
from urllib.request import HTTPRedirectHandler, build_opener

_SECONDS = 10.0  # for each wait
_MOST_BYTES = 64 * 1024


class _NoRedirect(HTTPRedirectHandler):
    """Only the host that was looked at is asked."""

    def redirect_request(self, *_: Any) -> None:
        return None


def fetch_amazon(url: str) -> bytes:
    """Of an https address that was found to be Amazon's. Raises OSError."""
    try:
        with build_opener(_NoRedirect).open(url, timeout=_SECONDS) as response:
            return bytes(response.read(_MOST_BYTES))
    except (HTTPException, ValueError) as error:
        raise OSError(str(error)) from error
