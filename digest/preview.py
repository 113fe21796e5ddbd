"""What a topic would have found lately: the search and the filter of its digest, and nothing that costs more.

Invariant: nothing is frozen, and nothing is counted as seen.
"""

from __future__ import annotations

from datetime import timedelta

from digest.asking import find_queries
from digest.gather import Wanted, gather
from digest.parts import Parts, Policy
from digest.ports import SearchRequest
from digest.run import Run
from store.records.editions import Paper, Topic

_DAYS = 7
_MOST = 500


def preview(topic: Topic, parts: Parts, policy: Policy, run: Run) -> list[Paper]:
    """The papers of the last week, as found. Raises BadInput, SourceError, Cancelled."""
    queries = find_queries(topic.question or topic.title, topic.queries, parts, run)
    since = run.now - timedelta(days=_DAYS)
    request = SearchRequest(queries, topic.categories, since, run.now, _MOST, order="submitted")
    found = gather(Wanted(request, include=topic.include, exclude=topic.exclude), parts, policy, run)
    return [one.paper for one in found.kept]
