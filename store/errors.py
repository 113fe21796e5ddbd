"""Errors of the store, and PaperRouteError, the root of the one error tree.

The tree is drawn whole in `digest/errors.py`; its root stands here because the store is the lowest room and may not
import upward.
"""

from __future__ import annotations

from store.records.lazy_text import AnyText, join_sentences


class PaperRouteError(Exception):  # decision 1
    """Something that went wrong and that a person can read in one line.

    message: what is wrong, one line, no secrets.
    hint: what to do about it, one line; may be empty. As attributes, both are English: for logs and the operator.
    for_readers: the same for whoever has no command line; None: the hint serves them, too.
    permanent: True when trying the same again cannot help.
    """

    permanent = True

    def __init__(
        self,
        message: AnyText,
        *,
        hint: AnyText = "",
        for_readers: AnyText | None = None,
        permanent: bool | None = None,
    ) -> None:
        super().__init__(str(message))
        self.message = str(message)
        self.hint = str(hint)
        self.summary: AnyText = message  # for a reader in any language
        self.text = join_sentences(message, hint if for_readers is None else for_readers)  # likewise, with what to do
        if permanent is not None:
            self.permanent = permanent

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class StoreError(PaperRouteError):
    """The store cannot be opened, read or written."""


class DiskFull(StoreError):
    """There is no room on the store's disk; nothing was changed."""


class StoreBusy(StoreError):
    """Another process held the store's write lock for longer than the busy time-out."""

    permanent = False


def busy_error(place: str, seconds: float) -> StoreBusy:
    return StoreBusy(
        f"The store {place} is busy: another writer has held it for over {seconds:g} s.", hint="Try again in a moment."
    )


class StoreUnreachable(StoreError):
    """The server of the store does not answer, or ended the connection."""

    permanent = False
