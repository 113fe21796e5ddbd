"""Health and readiness checks for machines; the status page for people.

Invariant: everything is read as it is now; nothing of readers or subscribers is told but how many, and nothing of what
it costs but to the operator.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from fastapi import APIRouter, HTTPException, Request, Response

from digest import cadence
from digest.errors import PaperRouteError
from digest.harvest.report import report_harvest
from digest.i18n.catalog import Catalog
from digest.operator.silent_topics import silent_topics
from digest.render.reliability import SCHEDULE
from digest.render.safe_text import to_line
from digest.sources.registry import SOURCES
from store import Store
from store.records.editions import Topic
from store.records.lazy_text import AnyText, lazy_gettext
from store.tables.editions import EditionHead
from store.tables.part_states import are_of_several
from web import urls
from web.http import errors, responses
from web.http.access import is_operator
from web.http.request_context import request_context_of
from web.http.state import app_state_of
from web.settings import ServiceStatus, WebSettings
from web.survey_jobs import SurveyJobs, survey_jobs_of
from web.views.listing import plain_line

router = APIRouter()
_PROBLEM = 600  # letters: what to do next, and the relay's own words behind it

_PART_NAMES: dict[str, AnyText] = {
    "schedule": lazy_gettext("Schedule"),
    "outbox": lazy_gettext("Outbox"),
    "harvest": lazy_gettext("Harvest"),
    "mailbox": lazy_gettext("Mailbox of bounces"),
    "operator": lazy_gettext("Operator"),
    "web": lazy_gettext("Web"),
    "slack": "Slack",
}
_DELIVERY_STATES = {
    "planned": lazy_gettext("waiting"),
    "claimed": lazy_gettext("being sent"),
    "sent": lazy_gettext("sent"),
    "retry": lazy_gettext("to be tried again"),
    "failed": lazy_gettext("failed"),
    "uncertain": lazy_gettext("uncertain"),
    "skipped": lazy_gettext("skipped"),
}


@dataclass(frozen=True)
class StatusLine:
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
    detail: str  # that its digest fails, or that it has been silent
    note: str  # how late the last one was, and what it stands for


@router.get(urls.HEALTH)
async def alive() -> Response:  # decision 178
    """The process answers; nothing else is looked at, so that it is not killed for what a restart cannot mend."""
    return Response("ok\n", media_type="text/plain", headers={"cache-control": "no-store"})


@router.get(urls.READY)
def ready(request: Request) -> Response:
    """The store can be read and nothing that the process knows of stands in the way; 503 with the reason else."""
    site = app_state_of(request).site
    try:
        site.store.editions.count()
        problems = _process_status(site).problems
    except PaperRouteError:
        problems = ("the store cannot be read",)
    body = "".join(f"{problem}\n" for problem in problems) or "ready\n"
    return Response(body, 503 if problems else 200, {"cache-control": "no-store"}, "text/plain")


@router.get(urls.STATUS)
def status(request: Request) -> Response:
    return _status_page(request)


@router.get(urls.OPERATOR_STATUS)
def operator_status(request: Request) -> Response:
    """The same with what was spent; 404 where nothing tells the operator from others."""
    state = app_state_of(request)
    if not state.site.api_token:
        raise HTTPException(404)
    if not is_operator(state.site.api_token, request.headers):
        told = lazy_gettext("Sign in with the token of the API, as the password.")
        return errors.error_response(state, request.scope, 401, told)
    return _status_page(request, for_operator=True)


def _status_page(request: Request, *, for_operator: bool = False) -> Response:
    state, context = app_state_of(request), request_context_of(request)
    site, ui, now = state.site, context.ui, datetime.now(UTC)
    own, parts = _process_status(site), _parts(site.store, ui)
    silent = {found.topic.slug: ui.show(found.told) for found in silent_topics(site.store, now)}
    waiting = [
        f"{attempt.topic}: {_retry_text(attempt.attempts, attempt.next_at, ui)}"
        for attempt in site.store.digest_attempts.list()
        if attempt.slot <= now and attempt.topic not in silent
    ]
    problems = [
        *([] if parts else own.problems),  # else they are told below
        *(
            []
            if parts
            else [
                ui.gettext(
                    "No service runs, so no digest is made and nothing is sent until “paperroute serve” is started."
                )
            ]
        ),
        *(f"{part.name}: {part.detail}" for part in parts if not part.ok),
        *(f"{slug}: {told}" for slug, told in silent.items()),
        *waiting,
    ]
    return responses.private_page(
        state.render(
            context,
            "status.html",
            title=ui.gettext("Is it working?"),
            noindex=True,
            problems=[plain_line(problem, _PROBLEM) for problem in problems],
            parts=parts,
            topics=_topics(site.store, silent, now, ui),
            sources=_sources(site, ui),
            harvests=_harvests(site, now, ui),
            queue=""
            if own.queue is None
            else ui.ngettext("{n} job waits or runs.", "{n} jobs wait or run.", own.queue),
            asks=_asks(jobs, ui) if (jobs := survey_jobs_of(request)) else "",
            deliveries=_deliveries(site.store, ui),
            spend=_spend(site.store, own, now, ui) if for_operator else "",
            holdings=ui.gettext(
                "{papers} papers, {editions} editions",
                papers=site.store.papers.count(),
                editions=site.store.editions.count(),
            ),
        )
    )


def _process_status(site: WebSettings) -> ServiceStatus:
    return site.status() if site.status else ServiceStatus()


def _parts(store: Store, ui: Catalog) -> list[StatusLine]:
    """Of several processes, each with its own."""
    told = store.part_states.list()
    several = are_of_several(told)
    return [
        StatusLine(
            _part_name(said.part.part, ui) + (f" ({said.process})" if several else ""),
            said.part.state == "ok",
            plain_line(ui.show(said.part.detail), _PROBLEM),
        )
        for said in told
    ]


def _part_name(part: str, ui: Catalog) -> str:
    return ui.show(_PART_NAMES.get(part, part))


def _retry_text(attempts: int, at: datetime, ui: Catalog) -> str:
    return ui.gettext("failed {n}×, tried again at {at} UTC", n=attempts, at=at.strftime("%H:%M"))


def _topics(store: Store, silent: Mapping[str, str], now: datetime, ui: Catalog) -> list[TopicRow]:
    newest = store.edition_links.newest_by_topic(now)
    failed = {
        attempt.topic: _retry_text(attempt.attempts, attempt.next_at, ui)
        for attempt in store.digest_attempts.list()
        if attempt.slot <= now
    }
    failed |= {slug: plain_line(told, 400) for slug, told in silent.items()}
    return [
        _topic(topic, last, failed.get(topic.slug, ""), _schedule_note(store, last, ui), now, ui)
        for topic in store.topics.list(active_only=True)
        for last in (newest.get(topic.slug),)
    ]


def _topic(topic: Topic, last: EditionHead | None, failed: str, note: str, now: datetime, ui: Catalog) -> TopicRow:
    following = cadence.next_slot(topic.cadence, topic.at, topic.timezone, now)
    return TopicRow(
        title=to_line(topic.title, 120),
        path=urls.topic(topic.slug),
        last=_moment(last.slot or last.created_at, ui) if last else ui.gettext("none yet"),
        last_path=urls.edition(last.id) if last else "",
        next=_moment(following, ui),
        detail=failed,
        note=note,
    )


def _schedule_note(store: Store, last: EditionHead | None, ui: Catalog) -> str:
    edition = store.editions.get(last.id) if last else None
    lines = [ui.show(part.detail) for part in edition.health if part.source == SCHEDULE] if edition else []
    return plain_line(" ".join(lines), 400)


def _moment(moment: datetime, ui: Catalog) -> str:
    return f"{ui.date(moment)}, {moment:%H:%M}"


def _sources(site: WebSettings, ui: Catalog) -> list[StatusLine]:
    """How each source, and those that are asked together, answered last."""
    asked = [(name, site.store.searches.last(name)) for name in dict.fromkeys((*SOURCES, site.source))]
    told = [
        StatusLine(
            name,
            log.complete,
            (ui.gettext("answered") if log.complete else ui.gettext("failed"))
            + f", {_moment(log.at, ui)} UTC"
            + (ui.colon + plain_line(ui.show(log.detail), 200) if log.detail else ""),
        )
        for name, log in asked
        if log
    ]
    return told or [StatusLine(site.source, True, ui.gettext("not asked yet"))]


def _harvests(site: WebSettings, now: datetime, ui: Catalog) -> list[StatusLine]:
    if not site.harvest:
        return []
    lines = list(report_harvest(site.store, site.harvest, now))
    if any(said.part.part == "harvest" for said in site.store.part_states.list()):
        del lines[0]  # the part tells it
    return [StatusLine(line.name, line.state != "fail", plain_line(ui.show(line.detail), _PROBLEM)) for line in lines]


def _asks(jobs: SurveyJobs, ui: Catalog) -> str:
    running, waiting = jobs.counts()
    return ui.gettext("Questions: {running} being answered, {waiting} waiting.", running=running, waiting=waiting)


def _deliveries(store: Store, ui: Catalog) -> list[tuple[str, str]]:
    counts = store.deliveries.counts()
    return [(ui.show(name), ui.number(counts[state])) for state, name in _DELIVERY_STATES.items() if counts.get(state)]


def _spend(store: Store, own: ServiceStatus, now: datetime, ui: Catalog) -> str:
    spent = ui.usd(store.usage.usd(now.replace(hour=0, minute=0, second=0, microsecond=0)))
    if own.budget_usd:
        return ui.gettext("{spent} of {budget}", spent=spent, budget=ui.usd(own.budget_usd))
    return ui.gettext("{spent}; there is no limit", spent=spent) if own.budget_usd == 0 else spent
