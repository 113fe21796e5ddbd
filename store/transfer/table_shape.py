"""The tables that a copy carries: their columns, the order of their rows, and what of the schema stays behind."""

from __future__ import annotations

from dataclasses import dataclass

# What is about processes that run, and what an engine makes of the other tables.
NOT_CARRIED = {
    "leases": "work of processes that are not there",
    "pace": "turns of processes that are not there",
    "services": "how the parts of running processes are",
    "papers_fts": "made of paper_texts",
    "editions_fts": "made of edition_texts",
    "index_totals": "counted of the indexes on PostgreSQL",
}
# Rows of `meta` that are about the one database.
OWN_NOTES = ("schema", "copy", "erasure")


@dataclass(frozen=True)
class TableShape:
    """columns: each with its type in SQLite. order: columns of which no two rows have the same values.

    references: tables of which it needs rows before its own, itself among them where rows need each other.
    """

    name: str
    columns: dict[str, str]
    order: tuple[str, ...]
    references: frozenset[str] = frozenset()

    @property
    def condition(self) -> str:
        own = ", ".join(f"'{key}'" for key in OWN_NOTES)
        return f" WHERE key NOT IN ({own})" if self.name == "meta" else ""

    @property
    def column_list(self) -> str:
        return ", ".join(f'"{name}"' for name in self.columns)

    @property
    def query(self) -> str:
        """All rows, in one order on every engine."""
        order = ", ".join(f'"{name}"' for name in self.order)
        return f"SELECT {self.column_list} FROM main.{self.name}{self.condition} ORDER BY {order}"

    @property
    def count(self) -> str:
        return f"SELECT count(*) FROM main.{self.name}{self.condition}"
