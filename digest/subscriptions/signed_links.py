"""Signed links: who holds one may do one thing to one subscription, and nothing else.

Invariant: a token is an action's and a subscription's own; every token of an action has the same length, whatever the
number in it, and no character that a header line, a URL or quoted-printable text would change. It has one spelling:
with any other byte in it, it is refused. Source: itsdangerous, HMAC-SHA1 (which SHA-1's collisions do not touch).

So a mail can be rendered once for all its subscribers, with placeholders of `length(action)` where tokens will stand.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal, get_args

from itsdangerous import BadSignature, SignatureExpired, Signer, TimestampSigner

from digest.errors import BadInput
from digest.subscriptions.bounce_ids import BounceIds
from store.records.lazy_text import lazy_gettext

LinkAction = Literal["confirm", "preferences", "unsubscribe", "unsubscribe-all", "feedback"]
ACTIONS: tuple[LinkAction, ...] = get_args(LinkAction)
_TIMED: frozenset[LinkAction] = frozenset({"confirm"})  # the others stand in mails that are read years later

_DIGITS = 10
_NUMBER = rf"([0-9]{{{_DIGITS}}})"
_SECOND = r"\.[\w-]{6}"  # seconds since 1970; until 2106 they need no seventh character
# 27 characters hold two bits more than the signature's 160: of the four spellings of the last, the signer writes one.
_SIGNATURE = r"\.[\w-]{26}[AEIMQUYcgkosw048]"
_LENGTH = _DIGITS + 28


class LinkExpired(BadInput):
    """A link that was good once."""


class SignedLinks:  # decision 39
    """keys: the first signs, all are taken. confirm_seconds: how long a link to confirm is good for."""

    def __init__(self, keys: Sequence[str], confirm_seconds: float = 7 * 86400.0) -> None:
        if not keys:
            raise ValueError("tokens need a key")
        oldest_first = list(reversed(keys))  # as itsdangerous wants them
        self._confirm_seconds = int(confirm_seconds)
        self.bounce_ids = BounceIds(keys)
        self._signers = {action: _signer(action, oldest_first) for action in ACTIONS}

    @staticmethod
    def length(action: LinkAction) -> int:
        """Of every token of this action."""
        return _LENGTH + (7 if action in _TIMED else 0)

    def sign(self, action: LinkAction, subscription: int) -> str:
        """The token for one action on the subscription of this number."""
        if not 0 < subscription < 10**_DIGITS:
            raise ValueError(f"no subscription has the number {subscription}")
        return self._signers[action].sign(f"{subscription:0{_DIGITS}}").decode()

    def read(self, action: LinkAction, token: str) -> int:
        """The subscription's number.

        Raises BadInput: another's or another action's token, or a changed one; LinkExpired: an old one.
        """
        shape = _NUMBER + (_SECOND if action in _TIMED else "") + _SIGNATURE
        found = re.fullmatch(shape, token, re.ASCII)
        if not found:
            raise _invalid_link()
        try:
            self._verify(action, token)
        except SignatureExpired:
            raise LinkExpired(
                lazy_gettext("This link has expired."), hint=lazy_gettext("Ask again for a new one.")
            ) from None
        except BadSignature:
            raise _invalid_link() from None
        return int(found[1])

    def _verify(self, action: LinkAction, token: str) -> None:
        signer = self._signers[action]
        if isinstance(signer, TimestampSigner):
            _, signed = signer.unsign(token, return_timestamp=True)
            if datetime.now(UTC) - signed > timedelta(seconds=self._confirm_seconds):  # < 0: a clock was ahead
                raise SignatureExpired("too old")
        else:
            signer.unsign(token)


def _signer(action: LinkAction, keys: list[str]) -> Signer:
    kind = TimestampSigner if action in _TIMED else Signer
    return kind(keys, salt=f"paperroute.{action}", key_derivation="hmac")


def _invalid_link() -> BadInput:
    return BadInput(
        lazy_gettext("This link is not valid."),
        hint=lazy_gettext("Copy it whole, or use the one in the newest mail."),
    )
