"""Store: the records and every line of SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from store.store import Store
else:

    def __getattr__(name: str) -> object:  # decision 201
        """Store, with the first who asks for it: errors, records and texts stand on none of its tables."""
        if name != "Store":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from store.store import Store  # noqa: PLC0415 - see above

        return Store


__all__ = ["Store"]
