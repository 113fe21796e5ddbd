"""Validation of an arXiv HTTP response: a complete Atom feed, or the fault that came instead.

Invariant: pure; `check_response` passes only a complete Atom feed with a total. Everything else becomes an ArxivFault
that says what came instead. What its entries are worth is for `entry.py` to tell.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Literal
from xml.etree import ElementTree as ET

from digest.retry import parse_retry_after
from store.records.lazy_text import AnyText, LazyText, lazy_gettext

ATOM = "{http://www.w3.org/2005/Atom}"
_TOTAL = "{http://a9.com/-/spec/opensearch/1.1/}totalResults"
_THROTTLED = frozenset({406, 429})  # 406 is how arXiv's edge says it since September 2026
_PASSING = frozenset({408, 425})
_GATEWAY = frozenset({502, 503, 504})

# One stray character or byte would make a whole page unreadable for ever; XML allows none, so dropping them is safe.
_CONTROL = bytes(set(range(32)) - {9, 10, 13})
_FORBIDDEN = re.compile(rb"&#(?:x0*(?:[0-8bBcCeEfF]|1[0-9a-fA-F])|0*(?:[0-8]|1[124-9]|2\d|3[01]));|\xef\xbf[\xbe\xbf]")

FaultKind = Literal["throttled", "overloaded", "broken", "unreachable", "refused"]


class ArxivFault(Exception):
    """One try that brought no page. what: a sentence without its stop; `refused` means: do not try again."""

    def __init__(self, kind: FaultKind, what: AnyText, *, retry_after: float | None = None, hint: AnyText = "") -> None:
        super().__init__(str(what))
        self.kind = kind
        self.what = what
        self.retry_after = retry_after
        self.hint = hint


def strip_forbidden(body: bytes) -> bytes:
    """The body without characters that XML forbids, each byte that is no UTF-8 as U+FFFD."""
    readable = body.translate(None, _CONTROL).decode("utf-8", "replace").encode()
    return _FORBIDDEN.sub(b"", readable)


def check_response(status: int, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
    """Raises ArxivFault unless this is a page of results (or an honest "nothing found")."""
    feed = parse_xml(body)
    words = _error_words(feed)
    if words and status not in _THROTTLED | _GATEWAY:
        # An error entry names our mistake, also with status 500 (a start that is too deep) or 200.
        raise ArxivFault(
            "refused",
            lazy_gettext('arXiv refused the search: "{words}"', words=words),
            hint=lazy_gettext("Change the query."),
        )
    check_passing(status, headers, now)
    if status >= 400:
        hint = (
            lazy_gettext("Check arxiv.api_url and the contact in the configuration.")
            if status in (401, 403, 404)
            else lazy_gettext("Change the query.")
        )
        what = lazy_gettext("arXiv refused the search (HTTP {status})", status=str(status))
        raise ArxivFault("refused", what, hint=hint)
    _total(feed, body)


def check_passing(status: int, headers: Mapping[str, str], now: datetime) -> None:
    """Raises ArxivFault for a status that another try may be spared."""
    if status in _THROTTLED:
        raise ArxivFault(
            "throttled",
            lazy_gettext("arXiv asked us to slow down (HTTP {status})", status=str(status)),
            retry_after=parse_retry_after(headers, now),
        )
    if status >= 500 or status in _PASSING:
        raise ArxivFault(
            "overloaded",
            lazy_gettext("arXiv is overloaded (HTTP {status})", status=str(status)),
            retry_after=parse_retry_after(headers, now),
        )
    if status != 200 and status < 400:
        what = lazy_gettext("arXiv sent an answer without results (HTTP {status})", status=str(status))
        raise ArxivFault("broken", what)


def parse_feed(body: bytes) -> tuple[int, list[ET.Element]]:
    """(how many match, the entries). Raises ArxivFault for what is no feed."""
    feed = parse_xml(body)
    return _total(feed, body), feed.findall(f"{ATOM}entry") if feed is not None else []


def _total(feed: ET.Element | None, body: bytes) -> int:
    told = "" if feed is None or feed.tag != f"{ATOM}feed" else (feed.findtext(_TOTAL) or "").strip()
    if not re.fullmatch(r"[0-9]{1,9}", told):
        raise ArxivFault("broken", describe_body(feed, body))
    return int(told)


def describe_body(feed: ET.Element | None, body: bytes) -> LazyText:
    if b"<html" in body[:2000].lower():
        return lazy_gettext("arXiv sent a web page instead of results")
    if feed is None:
        return lazy_gettext("arXiv sent a broken answer (its XML is not complete)")
    return lazy_gettext("arXiv sent something other than search results")


def parse_xml(body: bytes) -> ET.Element | None:
    """The root of a complete document, or None. arXiv sends no document type, so one is not read at all."""
    if b"<!DOCTYPE" in body:  # which no text may hold as it is
        return None
    try:
        utf8 = ET.XMLParser(encoding="utf-8")  # noqa: S314 - no document type, so no entities; the size is bounded
        return ET.fromstring(body, utf8)  # noqa: S314 - likewise; in no other encoding could one be hidden from us
    except ET.ParseError:
        return None


def _error_words(feed: ET.Element | None) -> str:
    """What arXiv says in an error entry, which otherwise looks like a paper; "" where there is none."""
    entries = feed.iterfind(f"{ATOM}entry") if feed is not None else ()
    for entry in entries:
        if "/api/errors" in (entry.findtext(f"{ATOM}id") or ""):
            return " ".join((entry.findtext(f"{ATOM}summary") or "no reason given").split())[:200]
    return ""
