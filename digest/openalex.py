"""OpenAlex as an index of citations: how often papers are cited, and where they appeared, by DOI.

Source: developers.openalex.org, "Authentication & Pricing", "Filter entity lists", "Errors", as of November 2026: a
list costs a ten-thousandth of a dollar, of which everybody has ten cents a day, and whoever has a key a dollar.

Invariant: nothing but a complete answer is handed on, and of it only what was asked for; everything else leaves as a
SourceError. The key travels in a header, and to no other host. No call outlasts its seconds, or holds more than 4 MiB.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

import httpx2
from pydantic import BaseModel, Field, ValidationError

from digest.errors import ConfigError, SourceError
from digest.fan_out import Reopenable
from digest.http_client import http_client, limit_exchange
from digest.retry import Deadline, call_with_retry
from store.records.lazy_text import AnyText, lazy_gettext
from store.records.paper_facts import CitationRecord

_MOST_BYTES = 4 * 1024 * 1024
_PAUSE = 1.0  # seconds before the second try, and there is no third: an edition does not wait for counts
_FIELDS = "doi,cited_by_count,primary_location"
_RESOLVER = "https://doi.org/"
# Of what else a DOI may hold, some ends a value of a filter: "," and "|".
_SOUND_DOI = re.compile(r"10\.\d{4,9}/[a-z0-9._()/-]{1,200}")
_VENUE_TYPES = frozenset({"journal", "conference", "book series"})  # and not "repository", such as arXiv
_LONGEST_VENUE = 200
_UNREADABLE = lazy_gettext("its answer cannot be read")


class _Venue(BaseModel):
    display_name: str | None = None
    type: str | None = None


class _Location(BaseModel):
    source: _Venue | None = None


class _Work(BaseModel):
    doi: str
    cited_by_count: Annotated[int, Field(strict=True, ge=0, le=10_000_000)]
    primary_location: _Location | None = None


class _Works(BaseModel):
    results: list[Any]


class _OpenAlexFault(Exception):
    """One try that brought no answer. again: another may bring one."""

    def __init__(self, what: AnyText, *, again: bool = True, hint: str = "") -> None:
        super().__init__(str(what))
        self.what = what
        self.again = again
        self.hint = hint


@dataclass(frozen=True)
class OpenAlex(Reopenable):
    """A CitationIndex. api_key: "" where there is none."""

    user_agent: str  # names whoever runs this
    api_url: str = "https://api.openalex.org"
    api_key: str = field(default="", repr=False)
    seconds: float = 10.0  # for one call with its second try
    wait: Callable[[float], object] = time.sleep

    name = "OpenAlex"
    most = 50  # works a request

    def look_up(self, dois: Sequence[str]) -> dict[str, CitationRecord]:
        """Those of the DOIs that it knows. Raises SourceError."""
        asked = [doi for doi in dois if _SOUND_DOI.fullmatch(doi)]
        if not asked:
            return {}
        deadline = Deadline(self.seconds)
        try:
            works = call_with_retry(
                lambda: self._get("|".join(asked), deadline), _OpenAlexFault, _pause, deadline, self.wait
            )
        except _OpenAlexFault as fault:
            raise SourceError(fault.what, hint=fault.hint, permanent=not fault.again) from fault
        found = sorted(_records(works), key=lambda pair: pair[1].citations)  # of two works, the one that more cite
        return {doi: record for doi, record in found if doi in asked}

    def _get(self, dois: str, deadline: Deadline) -> _Works:
        headers = {"User-Agent": re.sub(r"[^\x20-\x7e]", "", self.user_agent)}
        if self.api_key:
            headers["Authorization"] = f"Bearer {self.api_key}"
        query = {"filter": f"doi:{dois}", "select": _FIELDS, "per_page": "100"}
        try:
            with (
                limit_exchange(deadline),
                http_client() as client,
                client.stream("GET", f"{self.api_url}/works", params=query, headers=headers) as response,
            ):
                _check_status(response)
                return _Works.model_validate_json(_read(response))
        except ConfigError as error:
            raise _OpenAlexFault(error.message.rstrip("."), again=False, hint=error.hint) from error
        except httpx2.TimeoutException as error:
            seconds = f"{self.seconds:g}"
            raise _OpenAlexFault(lazy_gettext("it did not answer within {n} s", n=seconds)) from error
        except (httpx2.HTTPError, httpx2.StreamError, httpx2.InvalidURL) as error:
            raise _OpenAlexFault(lazy_gettext("it is not reachable")) from error
        except ValidationError as error:
            raise _OpenAlexFault(_UNREADABLE) from error


def _pause(faults: Sequence[_OpenAlexFault]) -> float:
    if len(faults) > 1 or not faults[-1].again:
        raise faults[-1]
    return _PAUSE


def _check_status(response: httpx2.Response) -> None:
    status = response.status_code
    if status in (403, 429):  # too fast, as 403 is documented; or what a day's budget allows is spent: until midnight
        spent = response.headers.get("X-RateLimit-Remaining", "").strip() == "0"
        soon = re.fullmatch(r"\s*[0-2]?\s*", response.headers.get("Retry-After", ""))
        raise _OpenAlexFault(lazy_gettext("it takes no more requests for now"), again=not spent and bool(soon))
    if status == 401:
        raise _OpenAlexFault(lazy_gettext("it refused the key"), again=False, hint="Check OPENALEX_API_KEY.")
    if status != 200:
        raise _OpenAlexFault(lazy_gettext("it answered with HTTP {status}", status=str(status)), again=status >= 500)


def _read(response: httpx2.Response) -> bytes:
    body = bytearray()
    for piece in response.iter_bytes():
        body += piece
        if len(body) > _MOST_BYTES:
            raise _OpenAlexFault(_UNREADABLE)
    return bytes(body)


def _records(works: _Works) -> Iterator[tuple[str, CitationRecord]]:
    """By DOI in small letters; a work that is not as it should be costs no other."""
    for result in works.results:
        try:
            work = _Work.model_validate(result)
        except ValidationError:
            continue
        yield work.doi.lower().removeprefix(_RESOLVER), CitationRecord(work.cited_by_count, _venue(work))


def _venue(work: _Work) -> str:
    source = work.primary_location and work.primary_location.source
    if not source or source.type not in _VENUE_TYPES:
        return ""
    return " ".join((source.display_name or "").split())[:_LONGEST_VENUE]
