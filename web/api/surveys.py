"""API routes to ask for a survey: accepted at once, made in the background, polled at its own address."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, HTTPException, Path, Request, Response, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from digest.categories import CATEGORIES, find_category, nearest_categories
from digest.errors import NotFound
from digest.i18n import LANGUAGES
from digest.i18n.catalog import get_catalog
from digest.question.limits_input import MOST_CHARACTERS as MOST_CHARACTERS_OF_LIMIT
from digest.question.limits_input import MOST_VALUES, NO_NAME_SIGNS, ContradictoryLimits, LimitValues, parse_limits
from digest.retrieval.queries import MOST_CHARACTERS, clean_question
from store.records.questions import SearchLimits
from web import urls
from web.api.conditional_route import ConditionalRoute
from web.api.parameters import ApiContext, Day, api_context_of
from web.api.schemas import Shape
from web.http import problems
from web.http.access import is_same_secret
from web.http.request_context import request_context_of
from web.survey_jobs import SurveyJob, SurveyJobs, TooBusy
from web.views.ask_form import MOST_PAPERS


def _drop_zero_fraction(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


# JSON has one kind of number: 51.0 is whole, too; "51" and true are none.
_PaperCount = Annotated[int, Field(strict=True, ge=1, le=MOST_PAPERS), BeforeValidator(_drop_zero_fraction)]

# Letters of the scripts in which questions are asked; each of them is one to `digest.retrieval.queries.clean_question`.
_LETTER = (
    "[A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02af\u0391-\u03a1\u03b1-\u03c9\u0410-\u044f\u0531-\u0556\u0561-\u0587"
    "\u05d0-\u05ea\u0620-\u064a\u0905-\u0939\u0e01-\u0e30\u10d0-\u10fa\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff"
    "\uac00-\ud7a3]"
)

_UNEXPECTED = "The survey could not be made; what went wrong was logged."
_bearer = HTTPBearer(auto_error=False, description="The token that the operator of this archive gave you.")


def _require_category(text: str) -> str:
    if not find_category(text):
        near = ", ".join(nearest_categories(text))
        raise ValueError(f"there is no such category{f'; near to it: {near}' if near else ''}")
    return text


def require_token(
    request: Request, offered: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)] = None
) -> None:
    """Only with the API's token."""
    token = api_context_of(request).site.api_token
    given = offered.credentials if offered else ""
    if not token or not is_same_secret(given, token):
        raise HTTPException(401)


_LOCATION: dict[str, Any] = {
    "headers": {"Location": {"description": "Where to look again.", "schema": {"type": "string"}}}
}

router = APIRouter(route_class=ConditionalRoute, tags=["Ask"], dependencies=[Depends(require_token)])


Category = Annotated[str, Field(json_schema_extra={"enum": sorted(CATEGORIES)}), AfterValidator(_require_category)]
AuthorName = Annotated[
    str,
    Field(
        max_length=MOST_CHARACTERS_OF_LIMIT,
        pattern=f"^[^{NO_NAME_SIGNS}]*{_LETTER}[^{NO_NAME_SIGNS}]*$",
        description="A name without signs or digits.",
        examples=["Ada Lovelace"],
    ),
]
ExcludedTerm = Annotated[
    str, Field(max_length=MOST_CHARACTERS_OF_LIMIT, pattern=_LETTER, description="A word or a phrase.")
]


class Question(BaseModel):
    model_config = ConfigDict(extra="forbid")

    question: str = Field(
        min_length=1,
        max_length=MOST_CHARACTERS,
        pattern=_LETTER,
        description="What you want to know, in your own words.",
        examples=["LoRA for image generation"],
    )
    since: Day | None = Field(None, description="Only papers submitted on this day or after it, UTC.")
    until: Day | None = Field(None, description="Only papers submitted on this day or before it, UTC.")
    categories: list[Category] = Field(
        [],
        max_length=MOST_VALUES,
        description="Only papers in any of these; `cs` is all of an archive, `biorxiv` all of a server.",
    )
    authors: list[AuthorName] = Field([], max_length=MOST_VALUES, description="Only papers by all of these.")
    exclude: list[ExcludedTerm] = Field(
        [], max_length=MOST_VALUES, description="Only papers without any of these words or phrases."
    )

    papers: _PaperCount | None = Field(None, description="At most so many papers.")
    language: Literal[LANGUAGES] | None = Field(  # type: ignore[valid-type]  # mypy reads no tuple
        None, description="Of the survey; without it, that of the question."
    )

    def limits(self) -> SearchLimits:
        """Raises BadInput; ContradictoryLimits where each field is as it should be."""
        values = LimitValues(
            self.since or "", self.until or "", tuple(self.categories), tuple(self.authors), tuple(self.exclude)
        )
        return parse_limits(values, datetime.now(UTC))


class Limits(Shape):
    """What narrows a survey beside the words of its question, as it was given."""

    since: str | None = Field(description="The first day, UTC.")
    until: str | None = Field(description="The last day, UTC.")
    categories: list[str]
    authors: list[str]
    exclude: list[str]

    @classmethod
    def of(cls, limits: SearchLimits) -> Limits:
        values = LimitValues.of_limits(limits)
        return cls(
            since=values.since or None,
            until=values.until or None,
            categories=list(values.categories),
            authors=list(values.authors),
            exclude=list(values.exclude),
        )


class Stage(Shape):
    name: str = Field(description="queries, search, filter, embed, order, summarise, synthesise, freeze")
    state: Literal["waiting", "running", "done"]


class Survey(Shape):
    """A survey that was asked for. It is forgotten some time after its end, and when the server ends; editions stay."""

    id: str
    question: str
    limits: Limits
    state: Literal["waiting", "running", "done", "failed"]
    stages: list[Stage] = Field(description="In order. What another stage has no use for is left waiting.")
    edition: str | None = Field(description="The id of the edition, once it is done.")
    error: str | None = Field(description="Why it failed.")
    here: str = Field(description="Where to look again.")
    document: str | None = Field(description="Where the edition is, once it is done.")

    @classmethod
    def of(cls, job: SurveyJob, root: str) -> Survey:
        now = job.progress
        return cls(
            id=job.id,
            question=job.question,
            limits=Limits.of(job.limits),
            state=now.state,
            stages=[Stage(name=name, state=state) for name, state in now.stages],
            edition=now.edition or None,
            error=now.failure_text(get_catalog("web", "en"), _UNEXPECTED) if now.state == "failed" else None,
            here=f"{root}{urls.API}/ask/{job.id}",
            document=f"{root}{urls.API}/editions/{now.edition}" if now.edition else None,
        )


@router.post(
    "/ask", status_code=202, response_description="Accepted; the header Location says where to look.",
    responses={202: _LOCATION, **problems.error_responses(401, 403, 409, 413, 422, 429)},
)  # fmt: skip
def ask(request: Request, response: Response, body: Question) -> Survey:
    """Ask for a survey: a cited text over the arXiv papers on a question. It takes seconds to minutes."""
    api_context, jobs = _require_jobs(request)
    question = clean_question(body.question)
    try:
        limits = body.limits()
    except ContradictoryLimits as error:
        raise problems.ProblemError(409, str(error)) from None
    try:
        job = jobs.submit(question, request_context_of(request).client, body.language, limits, body.papers)
    except TooBusy as error:
        said = "You have had your share of surveys for now." if error.quota else "Too many surveys are being made now."
        raise problems.ProblemError(429, said, {"Retry-After": str(error.wait)}) from None
    made = Survey.of(job, api_context.root)
    response.headers["location"] = made.here
    return made


@router.get("/ask/{id}", responses=problems.error_responses(401, 404, 422))
def asked(
    request: Request,
    id: Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,64}$", description="As the answer to POST /ask gave it.")],  # noqa: A002 - what the address calls it
) -> Survey:
    """How far a survey is."""
    api_context, jobs = _require_jobs(request)
    job = jobs.get(id)
    if job is None:
        raise NotFound("Nothing is known of such a survey.", hint="It may have ended long ago: GET /editions lists it.")
    return Survey.of(job, api_context.root)


def _require_jobs(request: Request) -> tuple[ApiContext, SurveyJobs]:
    api_context = api_context_of(request)
    assert api_context.survey_jobs is not None  # noqa: S101 - for the type checker: without it these routes are not there
    return api_context, api_context.survey_jobs
