"""The route as a small picture, for mail and Slack, which show no SVG."""

from __future__ import annotations

from store.records import Edition


def route_png(edition: Edition) -> bytes | None:
    """A PNG; none where there is nothing to draw."""
    return None
