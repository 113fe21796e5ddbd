"""Language negotiation: which of the offered languages a browser or a question asks for.

Invariant: pure; English where nothing else is asked for.
"""

from __future__ import annotations

import re
from functools import lru_cache

from digest.i18n import LANGUAGES
from digest.text.language import primary_tag

_KANJI = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_KANA_OR_HANGUL = re.compile("[\u3040-\u30ff\uff66-\uff9f\u1100-\u11ff\uac00-\ud7a3]")


@lru_cache(maxsize=512)
def negotiate_language(said: str, accept: str) -> str:
    """The operator's choice, else the first of ours in Accept-Language by weight (RFC 9110, 12.5.4).

    said: a tag, or "auto".
    """
    if said != "auto":
        return said
    weighed = sorted((_parse_weighted_tag(item) for item in accept[:300].split(",")), key=lambda pair: -pair[1])
    return next((primary_tag(tag) for tag, weight in weighed if weight > 0 and primary_tag(tag) in LANGUAGES), "en")


def guess_question_language(question: str, page: str) -> str | None:
    """The language of a question whose letters do not tell: kanji without kana are Japanese on a Japanese page."""
    return "ja" if page == "ja" and _KANJI.search(question) and not _KANA_OR_HANGUL.search(question) else None


def _parse_weighted_tag(item: str) -> tuple[str, float]:
    tag, _, parameters = item.strip().partition(";")
    name, _, value = parameters.strip().partition("=")
    try:
        return tag.strip().lower(), float(value) if name.strip() == "q" else 1.0
    except ValueError:
        return tag.strip().lower(), 0.0
