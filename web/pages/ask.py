"""The page where readers have surveys made, where the operator allows it.

Invariant: only the POST starts anything; a survey that is asked for is followed at an address that only its asker has.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from starlette.responses import StreamingResponse

from digest.errors import BadInput
from digest.retrieval.queries import clean_question
from web import urls
from web.http import responses
from web.http.middleware import POLICY
from web.http.request_context import Fields, first, hinted, posted, visit_of
from web.http.state import room_of
from web.i18n.catalog import words_in
from web.i18n.messages import Words
from web.survey_jobs import Desk, Job, Progress, TooBusy, is_id

router = APIRouter()
_LONGEST = 500  # letters of a question
_BREATH = 5.0  # seconds after which a stream says that it is alive
_SCRIPTED = {"content-security-policy": f"{POLICY}; script-src 'self'; connect-src 'self'"}


@router.get(urls.ASK)
def form(request: Request) -> Response:
    ui = words_in(visit_of(request).language)
    return _form(request, ui.ask_off if room_of(request).desk is None else "")


@router.post(urls.ASK)
def ask(request: Request, fields: Annotated[Fields, Depends(posted)]) -> Response:
    visit, desk = visit_of(request), room_of(request).desk
    ui = words_in(visit.language)
    if desk is None:
        raise HTTPException(404)
    question = " ".join(first(fields, "question").split())
    if wrong := _wrong(question, ui):
        return _form(request, wrong, question[:_LONGEST], 400)
    try:
        job = desk.take(question, visit.client, hinted(question, visit.language))
    except TooBusy as error:
        said = ui.ask_quota.format(wait=ui.wait(error.wait)) if error.quota else ui.ask_busy
        return _form(request, said, question, 429, responses.later(error.wait))
    return responses.moved(f"{visit.root}{urls.ASK}/{job.id}")


@router.get(urls.ASK + "/{id_}")
def follow(request: Request, id_: str) -> Response:
    """How it stands; once it is written, the survey itself."""
    visit = visit_of(request)
    ui = words_in(visit.language)
    if (job := _known(request, id_)) is None:
        return _form(request, ui.ask_unknown, status=404)
    if job.progress.state == "done":
        return responses.moved(visit.root + urls.edition(job.progress.edition))
    failed = job.progress.state == "failed"
    before = _desk(request).before(job)
    body = room_of(request).render(
        visit,
        "asked.html",
        title=ui.ask_failed if failed else ui.ask_wait,
        noindex=True,
        question=job.question,
        progress=job.progress,
        place=ui.ask_place.format(n=before) if before else "",
        error=_told(job.progress, ui) if failed else "",
        script=f"{visit.prefix}{urls.ASK_SCRIPT}",
        events=f"{visit.root}{urls.ASK}/{id_}/events",
    )
    return responses.private(body, headers=_SCRIPTED)


@router.get(urls.ASK + "/{id_}/events")
def events(request: Request, id_: str) -> Response:
    """The same as server-sent events: each the whole state, so that a lost one loses nothing."""
    desk, job = _desk(request), _known(request, id_)
    if job is None:
        raise HTTPException(404)
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    if request.scope["paperroute.head"]:
        return Response(media_type="text/event-stream", headers=headers)
    if not desk.streams.acquire(blocking=False):
        raise HTTPException(503)  # the page reloads instead
    return StreamingResponse(
        _followed(desk, job, visit_of(request).root), media_type="text/event-stream", headers=headers
    )


def _followed(desk: Desk, job: Job, root: str) -> Iterator[str]:
    try:
        known = job.progress
        yield _event(known, root)
        while not known.over and not job.cancel.is_set():  # what was told last, so that the end is told, too
            now = job.wait(known, _BREATH)
            yield _event(now, root) if now != known else ": \n\n"
            known = now
    finally:
        desk.streams.release()


def _told(progress: Progress, ui: Words) -> str:
    """Why it failed, and what to do."""
    return f"{progress.error} {ui.advice[progress.advice]}".strip() if progress.error else ui.errors[500][1]


def _event(progress: Progress, root: str) -> str:
    told = {
        "state": progress.state,
        "stages": dict(progress.stages),
        "done": progress.done,
        "total": progress.total,
        "address": root + urls.edition(progress.edition) if progress.edition else "",
    }
    return f"data: {json.dumps(told)}\n\n"


def _desk(request: Request) -> Desk:
    if (desk := room_of(request).desk) is None:
        raise HTTPException(404)
    return desk


def _known(request: Request, id_: str) -> Job | None:
    """None: it was forgotten, most likely with the process that knew it. 404 where none could have this id."""
    if not is_id(id_):
        raise HTTPException(404)
    return _desk(request).get(id_)


def _wrong(question: str, ui: Words) -> str:
    if not question:
        return ui.ask_empty
    if len(question) > _LONGEST:
        return ui.ask_long.format(n=_LONGEST, m=f"{len(question):,}")
    try:
        clean_question(question)
    except BadInput as error:
        return str(error)
    return ""


def _form(
    request: Request, said: str = "", question: str = "", status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    room, visit = room_of(request), visit_of(request)
    ui = words_in(visit.language)
    body = room.render(
        visit,
        "ask.html",
        title=ui.ask_title,
        noindex=True,
        said=said,
        question=question,
        longest=_LONGEST,
        open=room.desk is not None,
    )
    return responses.private(body, status, headers)
