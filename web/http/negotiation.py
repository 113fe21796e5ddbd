"""Content negotiation: which language and which encoding is asked for, and whether a client has the page already.

Invariant: pure; English, and no encoding, where nothing else is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from digest.i18n import LANGUAGES
from digest.text.language import primary_tag

_ETAG = re.compile(r'(?:W/)?("[^"]*")')
_WEIGHT = re.compile(r"0(?:\.[0-9]*)?|1(?:\.0*)?")
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


def accepts_gzip(lines: Iterable[str]) -> bool:
    """Of Accept-Encoding, where q=0 refuses and * is whatever is not named (RFC 9110, 12.5.3)."""
    weights = dict(_parse_weighted_tag(item) for item in ",".join(lines)[:300].split(","))
    return weights.get("gzip", weights.get("x-gzip", weights.get("*", 0.0))) > 0


def matches_etag(lines: Iterable[str], tag: str) -> bool:
    """Of If-None-Match, in however many lines, by the weak comparison; * is whatever there is (RFC 9110, 13.1.2)."""
    listed = ", ".join(lines)
    return listed.strip() == "*" or tag.removeprefix("W/") in _ETAG.findall(listed)


def _parse_weighted_tag(item: str) -> tuple[str, float]:
    """Its name in small letters; 1 where no weight is given, 0 where it is none."""
    tag, *parameters = (part.strip().lower() for part in item.split(";"))
    weight = next((value for name, _, value in (part.partition("=") for part in parameters) if name == "q"), "1")
    return tag, float(weight) if _WEIGHT.fullmatch(weight) else 0.0
