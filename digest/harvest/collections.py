"""Names of what is harvested, as an operator writes them: "cs", "physics:hep-th", "all", "biorxiv:zoology". Pure."""

from __future__ import annotations

from collections.abc import Collection as AnyCollection

from digest.sources.arxiv.sets import show_set
from store.records.editions import ARXIV
from store.records.harvests import Collection

_ALL = "all"


def parse_collection(name: str, sources: AnyCollection[str]) -> Collection:
    """Another source stands before its own name, or alone for all that it has; else it is a set of arXiv's."""
    source, _, rest = name.partition(":")
    if source in sources:
        return Collection(source, "" if rest == _ALL else rest)
    return Collection(ARXIV, "" if name == _ALL else name)


def show_collection(collection: Collection) -> str:
    """As people write it."""
    if collection.source == ARXIV:
        return show_set(collection.name) or _ALL
    return ":".join(part for part in (collection.source, collection.name) if part)
