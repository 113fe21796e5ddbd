"""Is it working? For machines: alive, ready. For people: the status page.

Invariant: everything is read as it is now, and nothing of readers or subscribers is told but how many.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from fastapi import APIRouter, Request, Response

from digest import cadence
from digest.errors import PaperRouteError
from digest.render.edition_facts import money
from digest.render.safe_text import line
from store import Store
from store.records.editions import Topic
from store.tables.editions import EditionHead
from web import urls
from web.http import responses
from web.http.request_context import visit_of
from web.http.state import Room, room_of
from web.i18n.catalog import words_in
from web.i18n.messages import Words
from web.settings import Site, Status
from web.views import listing
from web.views.shown_text import plain

router = APIRouter()
_SOURCES = ("arxiv", "sample")


@dataclass(frozen=True)
class Line:
    """One thing and how it is."""

    name: str
    ok: bool
    detail: str


@dataclass(frozen=True)
class TopicRow:
    title: str
    path: str
    last: str
    last_path: str
    next: str
    detail: str


@router.get(urls.HEALTH)
def alive() -> Response:
    """The process answers; nothing else is looked at, so that it is not killed for what a restart cannot mend."""
    return Response("ok\n", media_type="text/plain", headers={"cache-control": "no-store"})


@router.get(urls.READY)
def ready(request: Request) -> Response:
    """The store can be read and nothing that the process knows of stands in the way; 503 with the reason else."""
    site = room_of(request).site
    try:
        site.store.editions.count()
        problems = _own(site).problems
    except PaperRouteError:
        problems = ("the store cannot be read",)
    body = "".join(f"{problem}\n" for problem in problems) or "ready\n"
    return Response(body, 503 if problems else 200, {"cache-control": "no-store"}, "text/plain")


@router.get(urls.STATUS)
def status(request: Request) -> Response:
    room, visit = room_of(request), visit_of(request)
    site, ui, now = room.site, words_in(visit.language), datetime.now(UTC)
    own, parts = _own(site), _parts(site.store, ui)
    waiting = [f"{one.topic}: {_waits(one.attempts, one.next_at, ui)}" for one in site.store.slots.list()]
    problems = [
        *own.problems,
        *([] if parts else [ui.not_running]),
        *(f"{one.name}: {one.detail}" for one in parts if not one.ok),
        *waiting,
    ]
    return responses.private(
        room.render(
            visit,
            "status.html",
            title=ui.status_title,
            noindex=True,
            problems=[plain(one, 300) for one in problems],
            parts=parts,
            topics=_topics(site.store, now, ui),
            sources=_sources(site.store, ui),
            queue="" if own.queue is None else listing.counted(ui.queue_line, own.queue),
            asks=_asks(room, ui) if site.ask else "",
            deliveries=_deliveries(site.store, ui),
            spend=_spend(site.store, own, now, ui),
            holdings=ui.holdings_line.format(
                papers=f"{site.store.papers.count():,}", editions=f"{site.store.editions.count():,}"
            ),
        )
    )


def _own(site: Site) -> Status:
    return site.status() if site.status else Status()


def _parts(store: Store, ui: Words) -> list[Line]:
    return [
        Line(ui.part_names.get(said.part.part, said.part.part), said.part.state == "ok", plain(said.part.detail, 200))
        for said in store.services.list()
    ]


def _waits(attempts: int, at: datetime, ui: Words) -> str:
    return ui.waits.format(n=attempts, at=f"{at:%H:%M}")


def _topics(store: Store, now: datetime, ui: Words) -> list[TopicRow]:
    newest = store.archive.newest_by_topic()
    failed = {one.topic: _waits(one.attempts, one.next_at, ui) for one in store.slots.list()}
    return [
        _topic(topic, newest.get(topic.slug), failed.get(topic.slug, ""), now, ui)
        for topic in store.topics.list(active_only=True)
    ]


def _topic(topic: Topic, last: EditionHead | None, failed: str, now: datetime, ui: Words) -> TopicRow:
    following = cadence.next_slot(topic.cadence, topic.at, topic.timezone, now)
    return TopicRow(
        title=line(topic.title, 120),
        path=urls.topic(topic.slug),
        last=_moment(last.slot or last.created_at, ui) if last else ui.not_yet,
        last_path=urls.edition(last.id) if last else "",
        next=_moment(following, ui),
        detail=failed,
    )


def _moment(moment: datetime, ui: Words) -> str:
    return f"{listing.date(moment, ui)}, {moment:%H:%M}"


def _sources(store: Store, ui: Words) -> list[Line]:
    """How each source answered last."""
    asked = [(name, store.searches.last(name)) for name in _SOURCES]
    told = [
        Line(
            name,
            log.complete,
            f"{ui.ok if log.complete else ui.failed}, {_moment(log.at, ui)} UTC"
            + (f": {plain(log.detail, 200)}" if log.detail else ""),
        )
        for name, log in asked
        if log
    ]
    return told or [Line("arxiv", True, ui.never)]


def _asks(room: Room, ui: Words) -> str:
    running, waiting = room.desk.counts() if room.desk else (0, 0)
    return ui.asks.format(running=running, waiting=waiting)


def _deliveries(store: Store, ui: Words) -> list[tuple[str, int]]:
    counts = store.deliveries.counts()
    return [(name, counts[state]) for state, name in ui.delivery_states.items() if counts.get(state)]


def _spend(store: Store, own: Status, now: datetime, ui: Words) -> str:
    spent = money(store.usage.usd(now.replace(hour=0, minute=0, second=0, microsecond=0)))
    if own.budget_usd:
        return ui.spend_line.format(spent=spent, budget=money(own.budget_usd))
    return ui.spend_free.format(spent=spent) if own.budget_usd == 0 else spent
