"""SQLite store: the records and every line of SQL."""

from store.store import Store

__all__ = ["Store"]
