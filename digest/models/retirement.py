"""Announced ends of models, so that `doctor` can warn before the provider does.

Invariant: only what a vendor has announced stands here (read on 2026-11-22); no entry means no announced end.
"""

from __future__ import annotations

from datetime import date

from digest.models.pricing import family

_ENDS = {
    date(2026, 6, 15): "claude-opus-4-0 claude-sonnet-4-0 claude-opus-4 claude-sonnet-4",
    date(2026, 10, 23): "gpt-4.1-nano o4-mini o3-mini o1 gpt-4 gpt-4-turbo gpt-3.5-turbo",
    date(2026, 11, 30): "claude-sonnet-4-5",
    date(2026, 12, 11): "gpt-5 gpt-5-mini gpt-5-nano o3",
    date(2027, 1, 14): "gpt-4o gpt-4o-mini gpt-4.1 gpt-4.1-mini",
    date(2027, 4, 1): "gpt-5.1 gpt-5.4-nano",
}
_END_OF = {model_id: end for end, model_ids in _ENDS.items() for model_id in model_ids.split()}


def retirement(model_id: str) -> date | None:
    """The announced last day of a model or of one of its dated snapshots; it may have passed."""
    return _END_OF.get(family(model_id))
