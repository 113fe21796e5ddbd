"""Coverage: which harvests hold all that a request may find at a source, and whether they are recent enough. Pure.

Subject areas are of servers that cannot be searched: only a harvest has their papers, as far as it goes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from digest.ports import SearchRequest
from digest.sources.arxiv.sets import holds
from store.records.editions import ARXIV
from store.records.harvests import Collection, HarvestCoverage
from store.records.repositories import split_category

MOST_BEHIND = timedelta(hours=36)  # decision 228
_ANNOUNCED_WITHIN = timedelta(days=5)  # of their submission; the overlap of a daily digest's windows


def covering_harvests(
    request: SearchRequest, source: str, coverage: Sequence[HarvestCoverage]
) -> tuple[HarvestCoverage, ...]:
    """Those that together hold all that the request may find, the newest that do; () where something lacks."""
    newest = sorted((one for one in coverage if one.collection.source == source), key=lambda one: one.until)[::-1]
    reaching = [one for one in newest if one.since is None or (request.since and one.since <= request.since)]
    if not request.categories:
        return tuple(one for one in reaching if not one.collection.name)
    found = [
        next((one for one in reaching if _holds(one.collection, category)), None) for category in request.categories
    ]
    held = tuple(dict.fromkeys(one for one in found if one))
    return held if all(found) else ()


def _holds(collection: Collection, category: str) -> bool:
    """Where a source has no sets, a collection is a category."""
    server, area = split_category(category)
    if server:
        own = split_category(f"{server}:{collection.name}")[1]
        return server == collection.source and own in ("", area)
    return holds(collection.name, category) if collection.source == ARXIV else collection.name in ("", category)


def without_areas(request: SearchRequest) -> SearchRequest | None:  # decision 277
    """What of a request sources that are searched may have; None where it is of subject areas alone."""
    left = tuple(category for category in request.categories if not split_category(category)[0])
    return replace(request, categories=left) if left or not request.categories else None


def has_any(collection: Collection, categories: Sequence[str]) -> bool:
    """Whether a collection may have papers of any of these, or none are asked for."""
    return not categories or any(_holds(collection, category) for category in categories)


def lacking_areas(categories: Iterable[str], collections: Sequence[Collection]) -> tuple[str, ...]:
    """The subject areas among the categories that no collection holds."""
    areas = (category for category in categories if split_category(category)[0])
    return tuple(area for area in areas if not any(_holds(collection, area) for collection in collections))


def is_recent(harvests: Sequence[HarvestCoverage], request: SearchRequest, now: datetime) -> bool:
    """Whether they hold what was announced so far of what the request may find."""
    announced = min(now, request.until + _ANNOUNCED_WITHIN) if request.until else now
    return min(one.until for one in harvests) >= announced - MOST_BEHIND
