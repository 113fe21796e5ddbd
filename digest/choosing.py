"""Papers that stay -> at most as many as an edition may show: the nearest to the question.

Invariant: a widened rule adds just enough papers beside those of the narrower one; the order is kept.
"""

from __future__ import annotations

from digest import language
from digest.filter import Kept, nearest
from digest.gather import Gathered, Wanted
from digest.parts import Parts, Policy
from digest.prepare import nearness
from digest.run import Run
from digest.telling import telling


def bounded(found: Gathered, question: str, wanted: Wanted, parts: Parts, policy: Policy, run: Run) -> tuple[Kept, ...]:
    """At most `max_papers`, the nearest to the question; by a widened rule, just enough beside a narrower one's."""
    if not found.widened:
        return _nearest(found.kept, policy.max_papers, question, wanted, parts, run)
    sooner = [one for one in found.kept if one.paper.id in found.sooner][: policy.max_papers]
    others = tuple(one for one in found.kept if one.paper.id not in found.sooner)
    enough = max(policy.min_papers, len(sooner)) - len(sooner)
    chosen = {one.paper.id: one for one in (*sooner, *_nearest(others, enough, question, wanted, parts, run))}
    return tuple(chosen[one.paper.id] for one in found.kept if one.paper.id in chosen)


def in_english(question: str, wanted: Wanted) -> str:
    """What is compared with the papers: a question in another language would be near to none of their abstracts."""
    if language.detect(question) == "en":
        return question
    return ", ".join(" ".join(query.terms) for query in wanted.request.queries)


def _nearest(
    kept: tuple[Kept, ...], most: int, question: str, wanted: Wanted, parts: Parts, run: Run
) -> tuple[Kept, ...]:
    if len(kept) <= most:
        return kept
    near = nearness([one.paper for one in kept], question, parts, run)
    return nearest(kept, near, most, telling(wanted.language))
