"""The ask page: a form, a survey job, and its progress as server-sent events.

Invariant: only the POST starts anything; a survey that is asked for is followed at an address that only its asker has.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request, Response

from digest.errors import BadInput
from digest.i18n.catalog import Catalog
from digest.question.limits_input import LimitValues, parse_limits
from digest.render.safe_text import strip_harmful
from digest.retrieval.queries import clean_question
from store.records.lazy_text import lazy_gettext
from store.records.questions import NO_LIMITS, SearchLimits
from web import urls
from web.http import responses
from web.http.errors import UNEXPECTED
from web.http.middleware import CONTENT_SECURITY_POLICY
from web.http.negotiation import guess_question_language
from web.http.request_context import FormFields, first_value, read_form, request_context_of
from web.http.state import app_state_of
from web.survey_jobs import SurveyJob, SurveyJobs, SurveyProgress, SurveyStream, TooBusy, is_job_id, survey_jobs_of

router = APIRouter()
_MOST_LINE = 1_000  # letters of a line with several limits
_NO_VALUES = LimitValues()
_SCRIPT_HEADERS = {"content-security-policy": f"{CONTENT_SECURITY_POLICY}; script-src 'self'; connect-src 'self'"}

_STAGE_NAMES = {
    "queries": lazy_gettext("Choosing the search words"),
    "search": lazy_gettext("Searching arXiv"),
    "filter": lazy_gettext("Keeping what is on the question"),
    "relevance": lazy_gettext("Grading the candidates"),
    "embed": lazy_gettext("Placing the papers by meaning"),
    "order": lazy_gettext("Finding the route"),
    "summarise": lazy_gettext("Summarising"),
    "synthesise": lazy_gettext("Writing"),
    "freeze": lazy_gettext("Putting it into the archive"),
}


@router.get(urls.ASK)
def form(request: Request) -> Response:
    """A form, filled in as the address says: a link to it asks nothing yet."""
    ui = request_context_of(request).ui
    if survey_jobs_of(request) is None:
        said = ui.gettext("Questions are not taken on this site. Whoever runs it can allow them (web.ask).")
        return _form(request, said)
    given = request.query_params
    values = _limit_values({name: given.getlist(name) for name in given})
    question = " ".join(strip_harmful(given.get("question", "")).split())[: urls.MOST_QUESTION]
    limits, wrong = _read_limits(values, ui)
    # To the day, as a browser wants a date that it shows.
    return _form(request, wrong, question, limits=values if wrong else LimitValues.of_limits(limits))


@router.post(urls.ASK)
def ask(request: Request, fields: Annotated[FormFields, Depends(read_form)]) -> Response:
    context, jobs = request_context_of(request), survey_jobs_of(request)
    ui = context.ui
    if jobs is None:
        raise HTTPException(404)
    question = " ".join(first_value(fields, "question").split())
    values = _limit_values(fields)
    limits, wrong = _read_limits(values, ui)
    if wrong := _question_error(question, ui) or wrong:
        return _form(request, wrong, question[: urls.MOST_QUESTION], 400, limits=values)
    try:
        job = jobs.submit(question, context.client, guess_question_language(question, context.language), limits)
    except TooBusy as error:
        said = (
            ui.gettext(
                "You have asked as much as one reader may for now. Try again in {wait}.",
                wait=responses.wait_text(error.wait, ui),
            )
            if error.quota
            else ui.gettext("Too many surveys are waiting. Try again in a few minutes.")
        )
        return _form(request, said, question, 429, responses.retry_after_header(error.wait), limits=values)
    return responses.see_other(f"{context.root}{urls.ASK}/{job.id}")


@router.get(urls.ASK + "/{id_}")
def follow(request: Request, id_: str) -> Response:
    """How it stands; once it is written, the survey itself."""
    context = request_context_of(request)
    ui = context.ui
    if (job := _find_job(request, id_)) is None:
        return _form(
            request,
            ui.gettext(
                "This question is no longer known: the service was restarted since, or it is long ago. "
                "If it was answered, the survey is among the editions. Else ask again."
            ),
            status=404,
        )
    if job.progress.state == "done":
        return responses.see_other(context.root + urls.edition(job.progress.edition))
    failed = job.progress.state == "failed"
    before = _require_jobs(request).count_ahead(job)
    body = app_state_of(request).render(
        context,
        "survey_progress.html",
        title=ui.gettext("It could not be written") if failed else ui.gettext("Your survey is being written"),
        noindex=True,
        question=job.question,
        progress=job.progress,
        stage_names=_STAGE_NAMES,
        place=ui.gettext("Waiting; {n} before it.", n=before) if before else "",
        error=job.progress.failure_text(ui, unexpected=ui.show(UNEXPECTED)) if failed else "",
        again=context.root + urls.ask(job.question, LimitValues.of_limits(job.limits).as_lines()),
        script=app_state_of(request).script_address(context, urls.ASK_SCRIPT),
        events=f"{context.root}{urls.ASK}/{id_}/events",
    )
    return responses.private_page(body, headers=_SCRIPT_HEADERS)


@router.get(urls.ASK + "/{id_}/events")
def events(request: Request, id_: str) -> Response:
    """The same as server-sent events: each the whole state, so that a lost one loses nothing."""
    jobs, job = _require_jobs(request), _find_job(request, id_)
    if job is None:
        raise HTTPException(404)
    root = request_context_of(request).root
    stream = SurveyStream(jobs.streams, job, lambda now: _progress_json(now, root))
    return Response(headers=dict(stream.headers)) if request.scope["paperroute.head"] else stream


def _progress_json(progress: SurveyProgress, root: str) -> str:
    told = {
        "state": progress.state,
        "stages": dict(progress.stages),
        "done": progress.done,
        "total": progress.total,
        "address": root + urls.edition(progress.edition) if progress.edition else "",
    }
    return json.dumps(told)


def _require_jobs(request: Request) -> SurveyJobs:
    if (jobs := survey_jobs_of(request)) is None:
        raise HTTPException(404)
    return jobs


def _find_job(request: Request, id_: str) -> SurveyJob | None:
    """None: it was forgotten, most likely with the process that knew it. 404 where none could have this id."""
    if not is_job_id(id_):
        raise HTTPException(404)
    return _require_jobs(request).get(id_)


def _question_error(question: str, ui: Catalog) -> str:
    if not question:
        return ui.gettext("Write a question first.")
    if len(question) > urls.MOST_QUESTION:
        return ui.gettext(
            "A question has at most {n} characters; this one has {m}.", n=urls.MOST_QUESTION, m=len(question)
        )
    try:
        clean_question(question)
    except BadInput as error:
        return ui.show(error.text)
    return ""


def _limit_values(fields: FormFields) -> LimitValues:
    """A field may be there more than once, as in an address that was written by hand."""
    dates = (first_value(fields, name) for name in ("since", "until"))
    lists = (
        (";" if name == "author" else ",").join(fields.get(name, [])) for name in ("category", "author", "exclude")
    )
    return LimitValues.of_lines(*(text[:_MOST_LINE] for text in (*dates, *lists)))


def _read_limits(values: LimitValues, ui: Catalog) -> tuple[SearchLimits, str]:
    """The limits, and what is wrong with them."""
    try:
        return parse_limits(values, datetime.now(UTC)), ""
    except BadInput as error:
        return NO_LIMITS, ui.show(error.text)


def _form(
    request: Request,
    said: str = "",
    question: str = "",
    status: int = 200,
    headers: dict[str, str] | None = None,
    *,
    limits: LimitValues = _NO_VALUES,
) -> Response:
    state, context = app_state_of(request), request_context_of(request)
    ui = context.ui
    body = state.render(
        context,
        "ask.html",
        title=ui.gettext("Ask a question"),
        noindex=True,
        said=said,
        question=question,
        longest=urls.MOST_QUESTION,
        limits={name: strip_harmful(text) for name, text in limits.as_lines().items()},
        most_line=_MOST_LINE,
        narrowed=limits != _NO_VALUES,
        open=survey_jobs_of(request) is not None,
    )
    return responses.private_page(body, status, headers)
