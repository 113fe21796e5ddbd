"""Every error that a caller may see.

PaperRouteError            message, hint, permanent          (store/errors.py)
├── BadInput               the question, topic, option or file is wrong            permanent
├── NotFound               no such edition, topic, paper ...                       permanent
├── ConfigError            the configuration is wrong                              permanent
├── SourceError            arXiv did not answer, or refused                        either
├── ModelError             a model did not answer, or refused                      either
├── Cancelled              the caller asked for the work to stop                   permanent
└── StoreError             the store cannot be opened, read or written             permanent
    └── StoreBusy          another process holds its write lock                    passing
"""

from __future__ import annotations

from store.errors import PaperRouteError, StoreBusy, StoreError

__all__ = [
    "BadInput",
    "Cancelled",
    "ConfigError",
    "ModelError",
    "NotFound",
    "PaperRouteError",
    "SourceError",
    "StoreBusy",
    "StoreError",
]


class BadInput(PaperRouteError):
    """What the caller gave cannot be worked with."""


class NotFound(PaperRouteError):
    """The thing asked for is not in the store."""


class ConfigError(PaperRouteError):
    """The configuration is wrong; the message lists every problem found."""


class SourceError(PaperRouteError):
    """A paper source did not answer, or refused."""

    permanent = False


class ModelError(PaperRouteError):
    """A model did not answer, or refused."""

    permanent = False


class Cancelled(PaperRouteError):
    """The caller asked for the work to stop; what was done so far is in the store."""
