"""A mail as it goes over the wire.

Invariant: ASCII bytes with CRLF ends of line, the last line's included; the same delivery gives the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Letter:
    """sender and recipient are those of the envelope, which may differ from what the headers say."""

    sender: str
    recipient: str
    message_id: str  # with its angle brackets
    data: bytes
