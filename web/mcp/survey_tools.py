"""Tools that have a survey made: `ask`, which waits for it, and `start_survey`, which answers at once with a link.

Invariant: a survey of `ask` that nobody waits for any more is not made on; what `start_survey` begins goes on, within
the limits of the site's queue.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Annotated, Any

import anyio
import anyio.from_thread
import anyio.to_thread
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import CallToolResult
from pydantic import Field
from starlette.requests import Request

from digest.errors import BadInput, NotFound, PaperRouteError
from digest.i18n.catalog import get_catalog
from digest.render import markdown
from digest.render.safe_text import to_line
from digest.retrieval.queries import clean_question
from digest.run_context import STAGES, Finished, Listener, RunEvent, Started
from store.records.editions import Edition
from store.records.questions import SearchLimits
from web import urls
from web.http.request_context import request_context_of
from web.mcp.text import cut_answer, respond
from web.mcp.tool_errors import call_as_tool
from web.mcp.tool_parameters import Authors, Categories, Excluded, Question, Since, Until, read_limits
from web.mcp.tool_results import EditionText, SurveyStatus, edition_text
from web.survey_jobs import SurveyJob, SurveyJobs, TooBusy, advice_for, is_job_id

McpSurveyMaker = Callable[[str, SearchLimits, Listener, threading.Event], Edition]

_UNEXPECTED = "The survey could not be made; what went wrong was logged."
_FOLLOW_SECONDS = 20.0  # that one call waits for a survey: Slack gives a tool 60 seconds, other clients 30


class AskTool:
    """For whoever sits at the other end of a pipe."""

    def __init__(self, ask: McpSurveyMaker, root: str) -> None:
        self._ask, self._root = ask, root

    async def ask(
        self,
        question: Question,
        context: Context[Any, Any],
        since: Since = "",
        until: Until = "",
        categories: Categories = [],  # noqa: B006 - a default of the tool's schema, which nobody changes
        authors: Authors = [],  # noqa: B006 - likewise
        exclude: Excluded = [],  # noqa: B006 - likewise
    ) -> Annotated[CallToolResult, EditionText]:
        """Make a cited survey of the arXiv papers on a question. Takes seconds to minutes; a recent one is reused."""
        limits = read_limits(since, until, categories, authors, exclude)
        cancel = threading.Event()
        listener = partial(_report_progress, context)
        try:
            made = await anyio.to_thread.run_sync(
                lambda: _make_survey(self._ask, question, limits, listener, cancel), abandon_on_cancel=True
            )
        finally:
            cancel.set()
        text, end = cut_answer(f"Edition {made.id}\n\n{markdown.render(made)}")
        return respond(text, edition_text(made, text, end, self._root))


class SurveyJobTools:
    """For whoever asks over HTTP: a survey is a job of the site's queue, as of the page /ask and the API."""

    def __init__(self, jobs: SurveyJobs, root: str) -> None:
        self._jobs, self._root = jobs, root

    def start_survey(
        self,
        question: Question,
        context: Context[Any, Any],
        since: Since = "",
        until: Until = "",
        categories: Categories = [],  # noqa: B006 - a default of the tool's schema, which nobody changes
        authors: Authors = [],  # noqa: B006 - likewise
        exclude: Excluded = [],  # noqa: B006 - likewise
    ) -> Annotated[CallToolResult, SurveyStatus]:
        """Ask for a cited survey of the arXiv papers on a question. Answers at once; follow_survey tells how it is."""
        limits = read_limits(since, until, categories, authors, exclude)
        clean = call_as_tool(clean_question, question)
        try:
            job = self._jobs.submit(clean, request_context_of(_request_of(context)).client, limits=limits)
        except TooBusy as error:
            said = "You have had your share of surveys for now." if error.quota else "Too many surveys are being made."
            raise ToolError(f"{said} Ask again in {error.wait} seconds.") from None
        return self._answer(job, context)

    def follow_survey(
        self,
        id: Annotated[str, Field(min_length=1, max_length=64, description="As start_survey gave it.")],  # noqa: A002
        context: Context[Any, Any],
    ) -> Annotated[CallToolResult, SurveyStatus]:
        """How a survey is that was asked for. Waits up to 20 seconds for its end: no need to ask often."""
        job = self._jobs.get(id) if is_job_id(id) else None
        if job is None:
            raise ToolError("Nothing is known of such a survey. If it ended long ago, list_editions has it; else ask.")
        end = time.monotonic() + _FOLLOW_SECONDS
        while not job.over and not job.cancel.is_set() and (left := end - time.monotonic()) > 0:
            job.wait_for_change(job.progress, left)
        return self._answer(job, context)

    def _answer(self, job: SurveyJob, context: Context[Any, Any]) -> CallToolResult:
        now = job.progress
        error = now.failure_text(get_catalog("web", "en"), _UNEXPECTED) if now.state == "failed" else None
        status = SurveyStatus(
            id=job.id,
            question=to_line(job.question, 500),
            state=now.state,
            stage=next((name for name, state in now.stages if state == "running"), ""),
            edition=now.edition or None,
            error=error,
            page=(self._root or _root_of(_request_of(context))) + f"{urls.ASK}/{job.id}",
        )
        return respond(_status_line(status), status)


def _status_line(status: SurveyStatus) -> str:
    if status.edition:
        return f"It is done: edition {status.edition}. read_edition reads it; people read it at {status.page}."
    if status.error:
        return f"It could not be made. {status.error}"
    stage = f" ({status.stage})" if status.stage else ""
    return f"Survey {status.id} is {status.state}{stage}. follow_survey tells more; people follow it at {status.page}."


def _request_of(context: Context[Any, Any]) -> Request:
    request = context.request_context.request
    assert isinstance(request, Request)  # noqa: S101 - for the type checker: these tools are offered over HTTP alone
    return request


def _root_of(request: Request) -> str:
    """Where the caller reached this archive, which has no address of its own."""
    context = request_context_of(request)
    return context.origin + context.prefix


def _report_progress(context: Context[Any, Any], event: RunEvent) -> None:
    """Tell the client how far a survey is, from the thread that makes it; a client that went away needs no telling."""
    if isinstance(event, Started | Finished):
        done = STAGES.index(event.stage) + isinstance(event, Finished)
        said = f"{event.stage}: {event.detail}" if isinstance(event, Finished) and event.detail else event.stage
        anyio.from_thread.run(context.report_progress, float(done), float(len(STAGES)), to_line(said, 200))


def _make_survey(
    ask: McpSurveyMaker, question: str, limits: SearchLimits, listener: Listener, cancel: threading.Event
) -> Edition:
    """An assistant can ask in other words; it has no command line."""
    try:
        return ask(question, limits, listener, cancel)
    except (BadInput, NotFound) as error:
        raise ToolError(f"{error.message} {advice_for(error)}") from error
    except PaperRouteError as error:
        raise ToolError(str(error.text)) from error
