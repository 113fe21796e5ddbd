"""One answer of the `details` API of bioRxiv and medRxiv: asked in turns, tried again, read strictly.

Source: api.biorxiv.org, "Content detail", as of November 2026; it gives no limits: one request a second is ours.

Invariant: nothing but a whole answer is handed on; an empty body, a web page, half of an answer are failures that are
tried again until the deadline. No exchange happens outside a turn of the RequestPacer, nobody sleeps while holding one,
no sleep is begun that the deadline would cut. No redirect is followed. No exchange outlasts 45 s, or holds more than
32 MiB.
"""

from __future__ import annotations

import json
import math
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote

import httpx2
from pydantic import BaseModel, Field

from digest.errors import ConfigError, SourceError
from digest.http_client import http_client, limit_exchange
from digest.ports import RequestPacer
from digest.retry import Backoff, Deadline, parse_retry_after
from store.db.owners import new_owner
from store.records.lazy_text import AnyText, lazy_gettext

TURN_NAME = "biorxiv"  # of both servers, which share one API
_MOST_BYTES = 32 * 1024 * 1024
_EXCHANGE_SECONDS = 45.0  # others take a turn after a minute and a half
_FIRST_PAUSE = 2.0
_JITTER = (1.0, 1.25)
_LEAST_PAUSE = 0.05  # where the delay is configured away, tries still must not spin
_PASSING = frozenset({408, 425, 429})


class _Message(BaseModel):
    status: str = Field(max_length=200)
    total: int | None = Field(default=None, ge=0)  # a number, or a string of one


class _Details(BaseModel):
    messages: list[_Message] = Field(min_length=1)
    collection: list[Any] = Field(max_length=10_000)


@dataclass(frozen=True)
class DetailsAnswer:
    """rows: as they came. total: how many match; None where that is not told. day: of the answer, by its clock.

    is_end: nothing is found, in so many words. An empty page that does not say so may be a fault.
    """

    rows: tuple[Any, ...]
    total: int | None
    is_end: bool
    day: date


class DetailsFault(Exception):
    """One try that brought no answer. what: a sentence without its stop. again: another try may bring one."""

    def __init__(
        self, what: AnyText, *, again: bool = True, hint: AnyText = "", retry_after: float | None = None
    ) -> None:
        super().__init__(str(what))
        self.what = what
        self.again = again
        self.hint = hint
        self.retry_after = retry_after


@dataclass(kw_only=True)
class DetailsClient:
    """deadline_seconds: of one answer with all its tries and pauses, the regular one too. label: the server's."""

    label: str
    user_agent: str
    pace: RequestPacer
    api_url: str = "https://api.biorxiv.org"
    delay_seconds: float = 1.0
    deadline_seconds: float = 120.0
    clock: Callable[[], float] = time.monotonic
    holder: str = field(default_factory=new_owner)

    def ask(
        self,
        parts: Sequence[str],
        query: Mapping[str, str],
        accept: Callable[[DetailsAnswer], DetailsAnswer],
        wait: Callable[[float, AnyText], None],
    ) -> DetailsAnswer:
        """What /details has at this path. accept: the answer, or DetailsFault where it is to be asked for again.

        Raises SourceError once no further try would be over by the deadline, or where none would help.
        """
        deadline, faults = Deadline(self.deadline_seconds, self.clock), list[DetailsFault]()
        while True:
            self._claim(deadline, wait)
            hold = self.delay_seconds
            try:
                return accept(self._get(parts, query, deadline))
            except DetailsFault as fault:
                faults.append(fault)
                pause = self._pause(faults, deadline)
                hold = max(hold, fault.retry_after or 0.0)  # both servers stand behind the same wall
                why = lazy_gettext("{fault}; trying again", fault=fault.what)
            finally:
                self.pace.release(TURN_NAME, self.holder, hold)
            wait(pause, why)

    def _claim(self, deadline: Deadline, wait: Callable[[float, AnyText], None]) -> None:
        while (seconds := self.pace.claim(TURN_NAME, self.holder, self.delay_seconds)) > 0:
            if seconds > deadline.left():
                raise SourceError(
                    lazy_gettext("Others keep {source} busy for longer than {n} s.", source=self.label, n=self._whole),
                    hint=lazy_gettext("Try again in a few minutes."),
                )
            wait(seconds, lazy_gettext("Waiting for our turn to ask {source}", source=self.label))

    def _pause(self, faults: Sequence[DetailsFault], deadline: Deadline) -> float:
        """Seconds until the next try. Raises SourceError where there should be none."""
        fault = faults[-1]
        what = lazy_gettext("{fault}.", fault=fault.what)
        if not fault.again:
            raise SourceError(what, hint=fault.hint, for_readers="", permanent=True)
        first = max(_LEAST_PAUSE, min(_FIRST_PAUSE, self.deadline_seconds / 4))
        pause = max(Backoff(first, math.inf, _JITTER).pause(len(faults)), fault.retry_after or 0.0)
        if pause > deadline.left():
            if len(faults) > 1:
                seconds = round(deadline.spent())
                what = lazy_gettext(
                    "{fault}; tried {n} times in {seconds} s.", fault=fault.what, n=len(faults), seconds=seconds
                )
            raise SourceError(what, hint=fault.hint or lazy_gettext("Try again in a few minutes."))
        return pause

    def _get(self, parts: Sequence[str], query: Mapping[str, str], deadline: Deadline) -> DetailsAnswer:
        url = f"{self.api_url}/details/{'/'.join(quote(part, safe='/') for part in parts)}/json"
        headers = {"User-Agent": re.sub(r"[^\x20-\x7e]", "", self.user_agent), "Accept": "application/json"}
        seconds = max(min(_EXCHANGE_SECONDS, deadline.left()), _LEAST_PAUSE)
        try:
            with (
                limit_exchange(Deadline(seconds, self.clock)),
                http_client() as client,
                client.stream("GET", url, params=query, headers=headers) as response,
            ):
                self._check_status(response)
                return self._read(self._body(response), response)
        except ConfigError as error:
            raise DetailsFault(error.message.rstrip("."), again=False, hint=error.hint) from error
        except httpx2.TimeoutException as error:
            what = lazy_gettext("{source} did not answer within {n} s", source=self.label, n=round(seconds))
            raise DetailsFault(what) from error
        except (httpx2.ConnectError, httpx2.ProxyError, httpx2.InvalidURL) as error:
            again = not isinstance(error, httpx2.InvalidURL)
            raise DetailsFault(lazy_gettext("{source} is not reachable", source=self.label), again=again) from error
        except (httpx2.HTTPError, httpx2.StreamError) as error:
            raise DetailsFault(lazy_gettext("{source} broke the connection", source=self.label)) from error

    def _check_status(self, response: httpx2.Response) -> None:
        status = response.status_code
        if status == 200:
            return
        again = status >= 500 or status in _PASSING
        raise DetailsFault(
            lazy_gettext("{source} answered with HTTP {status}", source=self.label, status=str(status)),
            again=again,
            hint="" if again else lazy_gettext("Check its api_url in the configuration."),
            retry_after=parse_retry_after(response.headers, datetime.now(UTC)) if again else None,
        )

    def _body(self, response: httpx2.Response) -> bytes:
        body = bytearray()
        for piece in response.iter_bytes():
            body += piece
            if len(body) > _MOST_BYTES:
                raise self._unreadable()
        return bytes(body)

    def _read(self, body: bytes, response: httpx2.Response) -> DetailsAnswer:
        """One byte amiss in a title would make a page unreadable for ever: it is replaced."""
        try:
            details = _Details.model_validate(json.loads(body.decode("utf-8", "replace"), strict=False))
        except (ValueError, RecursionError) as error:
            raise self._unreadable() from error
        message = details.messages[0]
        is_end = not details.collection and message.status.strip().lower() == "no posts found"
        if not is_end and message.status.strip().lower() != "ok":
            words = " ".join(message.status.split())
            raise DetailsFault(lazy_gettext('{source} says: "{words}"', source=self.label, words=words))
        return DetailsAnswer(tuple(details.collection), message.total, is_end, _day(response.headers))

    def _unreadable(self) -> DetailsFault:
        return DetailsFault(lazy_gettext("{source} sent an answer that cannot be read", source=self.label))

    @property
    def _whole(self) -> str:
        return f"{self.deadline_seconds:g}"


def _day(headers: Mapping[str, str]) -> date:
    return (_moment(headers.get("Date", "")) or datetime.now(UTC)).date()


def _moment(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        return None
