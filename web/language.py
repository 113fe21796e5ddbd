"""Which of our languages a browser asks for.

Invariant: pure; English where nothing else is asked for.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

from web.visit import LANGUAGES, Language


@lru_cache(maxsize=512)
def preferred(said: Literal["auto", "en", "ja"], accept: str) -> Language:
    """The operator's choice, else the first of ours in Accept-Language by weight (RFC 9110, 12.5.4)."""
    if said != "auto":
        return said
    weighed = sorted((_weighed(one) for one in accept[:300].split(",")), key=lambda pair: -pair[1])
    for tag, weight in weighed:
        for language in LANGUAGES:
            if weight > 0 and tag.split("-")[0] == language:
                return language
    return "en"


def _weighed(item: str) -> tuple[str, float]:
    tag, _, parameters = item.strip().partition(";")
    name, _, value = parameters.strip().partition("=")
    try:
        return tag.strip().lower(), float(value) if name.strip() == "q" else 1.0
    except ValueError:
        return tag.strip().lower(), 0.0
