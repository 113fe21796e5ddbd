"""The ask page: a form, a survey job, and its progress as server-sent events.

Invariant: only the POST starts anything; a survey that is asked for is followed at an address that only its asker has.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request, Response

from digest.errors import BadInput
from digest.i18n import LANGUAGES
from digest.i18n.catalog import Catalog, native_language_name
from digest.question.limits_input import LimitValues, parse_limits
from store.records.lazy_text import lazy_gettext
from web import urls
from web.http import responses
from web.http.errors import UNEXPECTED
from web.http.middleware import CONTENT_SECURITY_POLICY
from web.http.negotiation import guess_question_language
from web.http.request_context import FormFields, read_form, request_context_of
from web.http.state import app_state_of
from web.survey_jobs import SurveyJob, SurveyJobs, SurveyProgress, SurveyStream, TooBusy, is_job_id, survey_jobs_of
from web.views.ask_form import EMPTY_FORM, EXAMPLES, MOST_LINE, MOST_PAPERS, PERIODS, AskForm

router = APIRouter()
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
        return _form(
            request, ui.gettext("Questions are not taken on this site. Whoever runs it can allow them (web.ask).")
        )
    given = request.query_params
    asked = AskForm.of_fields({name: given.getlist(name) for name in given})
    try:
        limits = parse_limits(asked.limits, datetime.now(UTC))
    except BadInput as error:
        return _form(request, ui.show(error.text), asked)
    # To the day, as a browser wants a date that it shows.
    return _form(request, "", replace(asked, limits=LimitValues.of_limits(limits)))


@router.post(urls.ASK)
def ask(request: Request, fields: Annotated[FormFields, Depends(read_form)]) -> Response:
    context, jobs, asked = request_context_of(request), survey_jobs_of(request), AskForm.of_fields(fields)
    if jobs is None:
        raise HTTPException(404)
    try:
        wish = asked.read_wish(datetime.now(UTC))
        language = wish.language or guess_question_language(wish.question, context.language)
        job = jobs.submit(wish.question, context.client, language, wish.limits, wish.papers)
    except BadInput as error:
        return _form(request, context.ui.show(error.text), asked, 400)
    except TooBusy as error:
        headers = responses.retry_after_header(error.wait)
        return _form(request, _busy_text(error, context.ui), asked, 429, headers)
    return responses.see_other(f"{context.root}{urls.ASK}/{job.id}")


def _busy_text(error: TooBusy, ui: Catalog) -> str:
    if not error.quota:
        return ui.gettext("Too many surveys are waiting. Try again in a few minutes.")
    return ui.gettext(
        "You have asked as much as one reader may for now. Try again in {wait}.",
        wait=responses.wait_text(error.wait, ui),
    )


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
        again=context.root + urls.ask(job.question, _parameters_of(job)),
        script=app_state_of(request).script_address(context, urls.ASK_SCRIPT),
        events=f"{context.root}{urls.ASK}/{id_}/events",
    )
    return responses.private_page(body, headers=_SCRIPT_HEADERS)


def _parameters_of(job: SurveyJob) -> dict[str, str]:
    """What fills in the form as it was when this was asked."""
    papers = str(job.max_papers or "")
    return AskForm("", "", papers, job.language or "", LimitValues.of_limits(job.limits)).parameters()


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


def _form(
    request: Request,
    said: str = "",
    asked: AskForm = EMPTY_FORM,
    status: int = 200,
    headers: dict[str, str] | None = None,
) -> Response:
    state, context = app_state_of(request), request_context_of(request)
    ui = context.ui
    body = state.render(
        context,
        "ask.html",
        title=ui.gettext("Ask a question"),
        noindex=True,
        said=said,
        asked=asked,
        question=asked.question[: urls.MOST_QUESTION],
        longest=urls.MOST_QUESTION,
        limits=asked.limits.as_lines(),
        most_line=MOST_LINE,
        most_papers=MOST_PAPERS,
        periods=[(value, ui.show(name)) for value, name in PERIODS.items()],
        answer_languages=[(tag, native_language_name(tag)) for tag in LANGUAGES],
        examples=[_example(parameters, context.root, ui) for parameters in EXAMPLES],
        open=survey_jobs_of(request) is not None,
    )
    return responses.private_page(body, status, headers)


def _example(parameters: Mapping[str, str], root: str, ui: Catalog) -> tuple[str, str, str]:
    """(address of the form with it, question, what else it asks for)."""
    asked = AskForm.of_fields({name: (value,) for name, value in parameters.items()})
    papers = ui.ngettext("{n} paper", "{n} papers", int(asked.papers)) if asked.papers else ""
    period = ui.show(PERIODS[asked.period]) if asked.period else ""
    more = " · ".join(filter(None, (period, papers, *asked.limits.categories)))
    return root + urls.ask(asked.question, asked.parameters()), asked.question, more
