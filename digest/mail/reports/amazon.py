"""What Amazon SNS keeps at an address: its certificate; the page that confirms a subscription."""

from __future__ import annotations

_SECONDS = 10.0
_MOST_BYTES = 64 * 1024


def fetch_amazon(url: str) -> bytes:
    """Of an https address that was found to be Amazon's, and of no other that it would send us to. Raises OSError."""
    from digest.http_client import get_bytes  # noqa: PLC0415 - 100 ms, for who has mails reported by Amazon

    return get_bytes(url, _SECONDS, _MOST_BYTES)
