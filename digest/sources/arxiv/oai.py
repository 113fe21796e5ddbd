"""arXiv's OAI-PMH service as a HarvestSource: its records in their raw form, the only one with every version's date.

Invariant: nothing is lost silently. A call brings a whole page or raises; a record that cannot be read is set aside by
name, and the rest of its page stands. Every request has a turn of the one gate that searches have too.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date
from typing import TypeAlias, TypeVar
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

import requests

from digest.ports import HarvestPage, IdPage, RequestPacer
from digest.retry import Deadline
from digest.sources.arxiv.entry import ID_PATTERN, MalformedEntry
from digest.sources.arxiv.http import ArxivTransport
from digest.sources.arxiv.oai_response import OAI, SETTING, OaiPage, check_oai_status, read_page
from digest.sources.arxiv.raw_record import read_record
from digest.sources.arxiv.response import ArxivFault
from digest.sources.arxiv.retry import ArxivRetryPolicy
from digest.sources.arxiv.sets import find_set
from store.records.editions import Paper
from store.records.harvests import HarvestWindow
from store.records.lazy_text import AnyText, LazyText, lazy_gettext
from store.text.identifiers import parse_arxiv_id

T = TypeVar("T")
Wait: TypeAlias = Callable[[float, AnyText], None]

_IDENTIFIER = re.compile(rf"oai:arXiv\.org:{ID_PATTERN}", re.ASCII)
_RAW = {"metadataPrefix": "arXivRaw"}  # decision 214
_EARLIEST = date(2005, 9, 16)  # arXiv refuses windows that begin before it
_CHANGE_OF_FORM = 20  # so many records, and none that can be read, are no accident of one of them
_LONGEST_NAME = 80


@dataclass(kw_only=True)
class ArxivHarvest:
    """A HarvestSource. Each call has a connection of its own.

    deadline_seconds: how long one page may take with all its tries; nobody waits at a screen for it. throttled_seconds:
    as of ArxivSource.
    """

    user_agent: str
    pace: RequestPacer
    oai_url: str = "https://oaipmh.arxiv.org/oai"
    delay_seconds: float = 3.0
    connect_seconds: float = 5.0
    read_seconds: float = 30.0
    deadline_seconds: float = 600.0
    throttled_seconds: float = 30.0
    clock: Callable[[], float] = time.monotonic
    name: str = field(default="arxiv", init=False)
    lists_ids: bool = field(default=True, init=False)

    def check(self, collection: str) -> str:
        return find_set(collection)

    def read_page(self, collection: str, window: HarvestWindow, token: str, *, wait: Wait) -> HarvestPage:
        return self._list("ListRecords", collection, window, token, wait, _to_harvest_page)

    def read_ids(self, collection: str, window: HarvestWindow, token: str, *, wait: Wait) -> IdPage:
        return self._list("ListIdentifiers", collection, window, token, wait, _to_id_page)

    def read_papers(self, ids: Sequence[str], *, wait: Wait) -> tuple[Paper, ...]:
        """Those that arXiv has and that can be read; a request each."""
        own = [found.id for found in map(parse_arxiv_id, ids) if found]
        return tuple(paper for id_ in own for paper in self._get(id_, wait))

    def _list(
        self,
        verb: str,
        collection: str,
        window: HarvestWindow,
        token: str,
        wait: Wait,
        convert: Callable[[OaiPage], T],
    ) -> T:
        asked = {"resumptionToken": token} if token else {**_RAW, **_days(window), "set": find_set(collection)}
        return self._ask(verb, asked, wait, lambda body: convert(read_page(body, verb, token)))

    def _get(self, id_: str, wait: Wait) -> tuple[Paper, ...]:
        asked = {"identifier": f"oai:arXiv.org:{id_}", **_RAW}
        return self._ask("GetRecord", asked, wait, lambda body: _read_records(read_page(body, "GetRecord").items)[0])

    def _ask(self, verb: str, asked: Mapping[str, str], wait: Wait, read: Callable[[bytes], T]) -> T:
        deadline = Deadline(self.deadline_seconds, self.clock)
        retry = ArxivRetryPolicy(self.pace, wait, deadline, self.delay_seconds, self.throttled_seconds, SETTING)
        url = f"{self.oai_url}?{urlencode({'verb': verb, **{name: value for name, value in asked.items() if value}})}"
        with closing(self._connect(deadline)) as session:
            return retry.follow(url, lambda address: read(session.get(address).content))

    def _connect(self, deadline: Deadline) -> requests.Session:
        transport = ArxivTransport(
            api_url=self.oai_url,
            user_agent=self.user_agent,
            connect_seconds=self.connect_seconds,
            read_seconds=self.read_seconds,
            left=deadline.left,
            check=check_oai_status,
            setting=SETTING,
        )
        session = requests.Session()
        session.trust_env = False  # the transport reads it
        for scheme in ("https://", "http://"):
            session.mount(scheme, transport)
        return session


def _days(window: HarvestWindow) -> dict[str, str]:
    since = max(window.since, _EARLIEST) if window.since else None
    return {"from": str(since or ""), "until": str(window.until or "")}


def _to_harvest_page(page: OaiPage) -> HarvestPage:
    deleted = [item for item in page.items if _is_deleted(item.find(f"{OAI}header"))]
    papers, set_aside = _read_records([item for item in page.items if not _is_deleted(item.find(f"{OAI}header"))])
    if len(set_aside) >= _CHANGE_OF_FORM and not papers:
        raise ArxivFault("broken", lazy_gettext("arXiv sent no record that can be read: {entry}", entry=set_aside[0]))
    gone = filter(None, (_id_of(item.find(f"{OAI}header")) for item in deleted))
    return HarvestPage(papers, page.token, page.day, tuple(gone), set_aside)


def _to_id_page(page: OaiPage) -> IdPage:
    named = [_id_of(header) for header in page.items if not _is_deleted(header)]
    ids = tuple(dict.fromkeys(filter(None, named)))
    if len(named) >= _CHANGE_OF_FORM and not ids:
        raise ArxivFault("broken", lazy_gettext("arXiv sent a list without ids of its own"))
    return IdPage(ids, page.token, page.day)


def _read_records(records: Sequence[ET.Element]) -> tuple[tuple[Paper, ...], tuple[LazyText, ...]]:
    """Each paper once, in its newest version; and a name, and what is wrong, of each record that is none."""
    papers: dict[str, Paper] = {}
    set_aside: list[LazyText] = []
    for record in records:
        try:
            paper = read_record(record)
        except MalformedEntry as error:
            set_aside.append(lazy_gettext("{entry} ({why})", entry=_name_of(record), why=error.why))
        else:
            if paper.id not in papers or paper.version >= papers[paper.id].version:
                papers[paper.id] = paper
    return tuple(papers.values()), tuple(set_aside)


def _is_deleted(header: ET.Element | None) -> bool:
    return header is not None and header.get("status") == "deleted"


def _id_of(header: ET.Element | None) -> str:
    """Empty where there is none of arXiv's."""
    told = "" if header is None else header.findtext(f"{OAI}identifier") or ""
    match = _IDENTIFIER.fullmatch(told.strip())
    return match[1] if match else ""


def _name_of(record: ET.Element) -> AnyText:
    return _id_of(record.find(f"{OAI}header"))[:_LONGEST_NAME] or lazy_gettext("a record without id")
