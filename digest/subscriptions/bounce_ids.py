"""Bounce ids (VERP): the signed number of a delivery, as it stands in the sender of its envelope.

Invariant: nobody makes up the id of another's delivery: it holds 64 bits of an HMAC-SHA256 under the keys that sign
links. It is of small letters and digits, since relays change the case of what stands before an "@".
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterator, Sequence
from itertools import islice

_LENGTH = 16  # hexadecimal digits of the signature
_MOST_CANDIDATES = 100  # looked at in one text: each costs an HMAC for each key
_ID = re.compile(rf"(?<!\d)([1-9]\d{{0,17}})\.([0-9a-f]{{{_LENGTH}}})(?![0-9a-z])", re.IGNORECASE | re.ASCII)


class BounceIds:  # decision 147
    """keys: the first signs, all are taken."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._keys = [hmac.digest(key.encode(), b"paperroute.bounce", hashlib.sha256) for key in keys]

    def sign(self, delivery: int) -> str:
        return f"{delivery}.{_signature(self._keys[0], delivery)}"

    def find(self, text: str) -> Iterator[int]:
        """The deliveries whose ids stand in a text, wherever that is; ids that are not ours are passed over."""
        for found in islice(_ID.finditer(text), _MOST_CANDIDATES):
            delivery, signature = int(found[1]), found[2].lower()
            if any(hmac.compare_digest(_signature(key, delivery), signature) for key in self._keys):
                yield delivery


def has_bounce_id(text: str) -> bool:
    """Whether something of the shape of an id stands there, whoever made it."""
    return _ID.search(text) is not None


def _signature(key: bytes, delivery: int) -> str:
    return hmac.digest(key, str(delivery).encode(), hashlib.sha256).hex()[:_LENGTH]
