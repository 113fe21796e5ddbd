"""The error tree: every error that a caller may see.

PaperRouteError            message, hint, permanent          (store/errors.py)
├── BadInput               the question, topic, option or file is wrong            permanent
├── TooManyRequests        asked for more often than is allowed                    passing
├── NotFound               no such edition, topic, paper ...                       permanent
├── ConfigError            the configuration is wrong                              permanent
├── SourceError            a source did not answer, or refused                     either
├── ModelError             a model did not answer, or refused                      either
├── Cancelled              the caller asked for the work to stop                   permanent
└── StoreError             the store cannot be opened, read or written             permanent
    ├── DiskFull           there is no room on its disk                            permanent
    ├── StoreBusy          another process holds its write lock                    passing
    └── StoreUnreachable   its server does not answer                              passing
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from store.errors import PaperRouteError, StoreBusy, StoreError
from store.records.lazy_text import AnyText

if TYPE_CHECKING:  # the first module that every call of the program loads
    from store.records.editions import Usage

__all__ = [
    "BadInput",
    "Cancelled",
    "ConfigError",
    "ModelError",
    "ModelFailure",
    "NotFound",
    "PaperRouteError",
    "SourceError",
    "StoreBusy",
    "StoreError",
    "TooManyRequests",
    "failure_usage",
    "is_fatal",
]


class BadInput(PaperRouteError):
    """What the caller gave cannot be worked with."""


class TooManyRequests(PaperRouteError):
    """It was asked for more often than is allowed; later it may be."""

    permanent = False


class NotFound(PaperRouteError):
    """The thing asked for is not in the store."""


class ConfigError(PaperRouteError):
    """The configuration is wrong; the message lists every problem found."""


class SourceError(PaperRouteError):
    """A paper source did not answer, or refused."""

    permanent = False

    def __init__(
        self,
        message: AnyText,
        *,
        hint: AnyText = "",
        for_readers: AnyText | None = None,
        permanent: bool | None = None,
        names: Sequence[str] = (),
    ) -> None:
        super().__init__(message, hint=hint, for_readers=for_readers, permanent=permanent)
        self.names = tuple(names)  # of a source of several: those that did not answer; others may have


class TokenExpired(SourceError):
    """A source does not go on from where it was asked to: what was asked has to be begun again."""


ModelFailure = Literal[
    "refused_key",  # 401, 403
    "not_found",  # no such model, or no such address
    "network_settings",  # the proxy or the certificates that the environment names cannot be used
    "quota",  # the account is out of money
    "busy",  # 429, 529: too many calls
    "down",  # 5xx, no connection, a broken stream
    "slow",  # a deadline passed
    "bad_request",  # the provider would not take the call
    "too_long",  # the prompt does not fit into the model's context
    "refused",  # the model would not answer
    "truncated",  # it stopped at its token limit, or the stream ended early; `partial` holds what came
    "malformed",  # not JSON, or not of the shape that was asked for
    "empty",  # it answered nothing
    "budget",  # the day's budget is spent: no call was made
    "other",
]


class ModelError(PaperRouteError):
    """A model did not answer, or refused. The message names provider and model."""

    permanent = False

    def __init__(
        self,
        message: AnyText,
        *,
        hint: AnyText = "",
        permanent: bool | None = None,
        kind: ModelFailure = "other",
        partial: str = "",
        usage: Usage | None = None,
    ) -> None:
        super().__init__(message, hint=hint, permanent=permanent)
        self.kind = kind
        self.partial = partial
        self.usage = usage  # what the failed calls took, where known

    @property
    def misconfigured(self) -> bool:
        """Whether the operator must act: nothing may stand in for this model without being asked for."""
        return self.kind in ("refused_key", "not_found", "network_settings")


class Cancelled(PaperRouteError):
    """The caller asked for the work to stop; what was done so far is in the store."""


def is_fatal(error: PaperRouteError) -> bool:
    """Whether the work must not go on without what failed: it was cancelled, or only the operator can mend it."""
    return isinstance(error, Cancelled) or (isinstance(error, ModelError) and error.misconfigured)


def failure_usage(error: PaperRouteError) -> Usage | None:
    """What the calls that failed took, where known."""
    return error.usage if isinstance(error, ModelError) else None
