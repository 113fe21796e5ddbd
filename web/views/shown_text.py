"""Plain text made safe to show: one line of what people and programs wrote; mail addresses with IDN.

Invariant: one line without anything that could act on a page, and no typography: two hyphens stay two. Titles and texts
of papers and editions go through `digest.render.safe_text.to_line`.
"""

from __future__ import annotations

from digest.render.safe_text import shorten, strip_harmful
from digest.subscriptions.addresses import to_readable_domain

_LONGEST = 254


def plain_line(text: str, limit: int) -> str:
    return shorten(" ".join(strip_harmful(text).split()), limit)


def readable_address(kept: str) -> str:
    """A mail address for a sentence: me@xn--mnchen-3ya.de is me@münchen.de (xn--mnchen-3ya.de).

    The form in which it is kept stays there too, since letters of another script may look the same.
    """
    name, _, domain = plain_line(kept, _LONGEST).rpartition("@")
    there = to_readable_domain(domain)
    shown = f"{name}@{there}" if name else there
    return f"{shown} ({domain})" if there != domain else shown
