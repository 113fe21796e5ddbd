"""Surveys asked for on the web, as jobs of a queue with limits, each followed by its asker.

Invariant: no more are made at once, and no more wait, than the limits say; a job's id cannot be guessed; what is told
of a job is complete at any moment, so that whoever comes late, or loses the connection, has missed nothing.
"""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
import threading
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Literal

from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from digest.background.job_queue import JobQueue
from digest.errors import BadInput, ModelError, NotFound, PaperRouteError, SourceError
from digest.i18n.catalog import Catalog
from digest.run_context import MODEL_STAGES, STAGES, Advanced, Finished, RunEvent, Started
from store.records.lazy_text import AnyText, join_sentences, lazy_gettext
from store.records.questions import NO_LIMITS, SearchLimits
from web.http.access import RateLimiter
from web.settings import SurveyMaker, WebLimits

_log = logging.getLogger(__name__)
_FOR_READERS = (BadInput, NotFound, SourceError, ModelError)  # the others are the operator's
_MOST_ENDED_JOBS = 200  # jobs remembered after they ended
_ID_BYTES, _ID_LETTERS = 16, 22  # so many letters write so many bytes
_KEEP_ALIVE_SECONDS = 5.0  # seconds after which a stream says that it is alive
_BUSY_RETRY_SECONDS = 60  # seconds after which a full queue may have a place; nobody knows how long a survey takes

SurveyState = Literal["waiting", "running", "done", "failed"]


@dataclass(frozen=True)
class SurveyProgress:
    """How a job stands. stages: (name, state) in order; done and total: steps of the present stage, 0 where unknown."""

    state: SurveyState = "waiting"
    stages: tuple[tuple[str, Literal["waiting", "running", "done"]], ...] = tuple(
        (name, "waiting") for name in STAGES if name not in MODEL_STAGES
    )
    done: int = 0
    total: int = 0
    edition: str = ""
    error: AnyText = ""  # for the reader; "" with "failed": unexpected
    advice: AnyText = ""  # what the reader can do about it

    @property
    def over(self) -> bool:
        return self.state in ("done", "failed")

    def failure_text(self, ui: Catalog, unexpected: str) -> str:
        """Why it failed, and what to do. unexpected: what is said where the reason is not for the reader."""
        return ui.show(join_sentences(self.error, self.advice)) if self.error else unexpected


def advice_for(error: PaperRouteError) -> AnyText:
    """What a reader can do about a failure; "" for what only the operator can mend.

    The hints of the pipeline are for whoever sits at its command line: this names no option, setting or command.
    """
    if isinstance(error, BadInput | NotFound):
        return lazy_gettext("Ask in other words: name the technique or the problem, in English where you can.")
    return "" if error.permanent else lazy_gettext("Try again in a few minutes.")


def is_job_id(text: str) -> bool:
    """Whether a job could have this id."""
    return re.fullmatch(rf"[\w-]{{{_ID_LETTERS}}}", text, re.ASCII) is not None


class TooBusy(Exception):
    """Nothing was taken on. quota: this client has had its share; else all places are taken. wait: seconds."""

    def __init__(self, *, quota: bool, wait: int) -> None:
        super().__init__()
        self.quota = quota
        self.wait = wait


@dataclass
class SurveyJob:
    question: str
    client: str
    language: str | None = None  # as asked for, or where the asker's page tells more than the question
    limits: SearchLimits = NO_LIMITS  # beside what the question says
    max_papers: int | None = None  # None: as the question says, or the settings
    id: str = field(default_factory=lambda: secrets.token_urlsafe(_ID_BYTES))
    cancel: threading.Event = field(default_factory=threading.Event)
    changed: threading.Condition = field(default_factory=threading.Condition)
    progress: SurveyProgress = SurveyProgress()
    watchers: set[Callable[[], object]] = field(default_factory=set)

    @property
    def over(self) -> bool:
        return self.progress.over

    def update(self, progress: SurveyProgress) -> None:
        with self.changed:
            self.progress = progress
        self.wake()

    def wake(self) -> None:
        """Let whoever follows it look again."""
        with self.changed:
            self.changed.notify_all()
            for call in self.watchers:
                call()

    @contextmanager
    def watch(self, call: Callable[[], object]) -> Iterator[None]:
        """call: at each change, from any thread."""
        with self.changed:
            self.watchers.add(call)
        try:
            yield
        finally:
            with self.changed:
                self.watchers.discard(call)

    def wait_for_change(self, known: SurveyProgress, seconds: float) -> SurveyProgress:
        """How it stands, as soon as that differs from what is known, or after so many seconds."""
        with self.changed:
            self.changed.wait_for(lambda: self.progress != known or self.cancel.is_set(), seconds)
            return self.progress

    def on_event(self, event: RunEvent) -> None:
        """The listener of the run."""
        now = self.progress
        if isinstance(event, Started):
            self.update(replace(now, stages=_set_stage(now, event.stage, "running"), done=0, total=event.total or 0))
        elif isinstance(event, Advanced):
            self.update(replace(now, done=event.done, total=event.total))
        elif isinstance(event, Finished):
            self.update(replace(now, stages=_set_stage(now, event.stage, "done"), done=0, total=0))


class SurveyStream(StreamingResponse):  # decision 185
    """A job's progress as server-sent events: each the whole state, so that a lost one loses nothing.

    Invariant: its place is taken and given back around the sending alone, so that a response that is never sent, or
    whose reader leaves at any moment, holds none; whoever follows holds no thread.
    """

    def __init__(self, places: threading.Semaphore, job: SurveyJob, describe: Callable[[SurveyProgress], str]) -> None:
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        self._changed = asyncio.Event()
        super().__init__(self._events(), headers=headers, media_type="text/event-stream")
        self._places, self._job, self._describe = places, job, describe

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Raises HTTPException 503 where there is no place: the page reloads instead."""
        if not self._places.acquire(blocking=False):
            raise HTTPException(503)
        loop = asyncio.get_running_loop()
        try:
            with self._job.watch(lambda: loop.call_soon_threadsafe(self._changed.set)):
                await super().__call__(scope, receive, send)
        finally:
            self._places.release()

    async def _events(self) -> AsyncIterator[str]:
        known = self._job.progress
        yield self._event(known)
        while not known.over and not self._job.cancel.is_set():  # what was told last, so that the end is told, too
            await _wait_for(self._changed, _KEEP_ALIVE_SECONDS)
            now = self._job.progress
            yield self._event(now) if now != known else ": \n\n"
            known = now

    def _event(self, progress: SurveyProgress) -> str:
        return f"data: {self._describe(progress)}\n\n"


async def _wait_for(changed: asyncio.Event, seconds: float) -> None:
    """Until it is set, and no longer than that; it is unset for the next time."""
    try:
        await asyncio.wait_for(changed.wait(), seconds)
    except TimeoutError:
        return
    changed.clear()


class SurveyJobs:
    def __init__(self, ask: SurveyMaker, limits: WebLimits) -> None:
        self._ask, self._limits = ask, limits
        self._lock = threading.Lock()
        self._jobs: OrderedDict[str, SurveyJob] = OrderedDict()
        self._quota = RateLimiter(limits.asks_per_hour, 3600)
        self._queue = JobQueue[SurveyJob](limits.asks_at_once, self._make, lambda job: job.id, name="ask")
        self._queue.start()
        self.streams = threading.Semaphore(limits.streams)

    def submit(
        self,
        question: str,
        client: str,
        language: str | None = None,
        limits: SearchLimits = NO_LIMITS,
        max_papers: int | None = None,
    ) -> SurveyJob:
        """Start a survey, or put it in the queue. Raises TooBusy."""
        most = self._limits.asks_at_once + self._limits.asks_waiting
        with self._lock:
            if sum(not job.over for job in self._jobs.values()) >= most:
                raise TooBusy(quota=False, wait=_BUSY_RETRY_SECONDS)
            if not self._quota.allow(client):
                raise TooBusy(quota=True, wait=self._quota.seconds_until_allowed(client))
            job = SurveyJob(question, client, language, limits, max_papers)
            self._jobs[job.id] = job
            self._forget()
        self._queue.put(job)
        return job

    def get(self, id_: str) -> SurveyJob | None:
        with self._lock:
            return self._jobs.get(id_)

    def count_ahead(self, job: SurveyJob) -> int:
        """How many wait before it."""
        return self._queue.count_waiting_before(job.id)

    def counts(self) -> tuple[int, int]:
        """How many are being made, and how many wait."""
        return self._queue.working, self._queue.waiting

    def close(self) -> None:
        """Stop what is being made at its next step; what waits is not begun."""
        self._queue.end()
        with self._lock:
            jobs = list(self._jobs.values())
        for job in jobs:
            job.cancel.set()
            job.wake()
        self._queue.join()

    def _make(self, job: SurveyJob) -> None:
        job.update(replace(job.progress, state="running"))
        try:
            edition = self._ask(
                job.question, job.client, job.on_event, job.cancel, job.language, job.limits, job.max_papers
            )
        except PaperRouteError as error:
            _log.warning("a question asked on the web was not answered: %s", error)
            failed = replace(job.progress, state="failed")
            known = isinstance(error, _FOR_READERS)
            job.update(replace(failed, error=error.summary, advice=advice_for(error)) if known else failed)
        except Exception:  # noqa: BLE001  # the reader is told that it failed, the log why
            _log.exception("a question asked on the web could not be answered")
            job.update(replace(job.progress, state="failed"))
        else:
            job.update(replace(job.progress, state="done", edition=edition.id))

    def _forget(self) -> None:
        over = [id_ for id_, job in self._jobs.items() if job.over]
        for id_ in over[: max(0, len(self._jobs) - _MOST_ENDED_JOBS)]:
            del self._jobs[id_]


def survey_jobs_of(request: HTTPConnection) -> SurveyJobs | None:
    """None where this site takes no questions."""
    jobs: SurveyJobs | None = request.app.state.survey_jobs
    return jobs


def _set_stage(
    progress: SurveyProgress, stage: str, state: Literal["running", "done"]
) -> tuple[tuple[str, Literal["waiting", "running", "done"]], ...]:
    was = dict(progress.stages)
    return tuple((name, state if name == stage else was[name]) for name in STAGES if name in was or name == stage)
