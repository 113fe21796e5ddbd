"""Sections of config.toml that need no more than their types: keys, defaults and bounds; what all sections share.

Invariant: no section holds a secret: tokens and keys come from the environment only, so none has a key here.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from digest.sources.registry import SOURCES
from paperroute.config.paths import default_store_path
from store.records.editions import EditionLength, Topic


def did_you_mean(name: str, known: Sequence[str]) -> str:
    """The known name nearest to a mistyped one, as a remark to put behind the complaint; "" where none is near."""
    close = difflib.get_close_matches(name, known, 1, 0.5)
    return f" (did you mean {close[0]}?)" if close else ""


class ConfigSection(BaseModel):
    """Of the configuration: frozen, and without keys that nobody knows."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def split_list(value: Any) -> Any:
    """A list as the environment can hold it: with commas."""
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


class StoreSection(ConfigSection):
    path: Path = default_store_path()
    # Of PostgreSQL; "": the file at `path`. It may hold a password, so it is in no print of the configuration.
    url: Annotated[str, Field(pattern=r"^(postgres(ql)?://\S+)?$", max_length=2000, repr=False, exclude=True)] = ""
    busy_seconds: Annotated[float, Field(gt=0, le=600)] = 10.0


def _known_sources(names: tuple[str, ...]) -> tuple[str, ...]:
    if not names or set(names) - SOURCES.keys() or len(set(names)) < len(names):
        raise ValueError("not one or several of the sources, each once")
    return names


class SourceSection(ConfigSection):
    kind: Annotated[tuple[str, ...], BeforeValidator(split_list), AfterValidator(_known_sources)] = ("arxiv",)


class ArxivSection(ConfigSection):
    api_url: Annotated[str, Field(pattern=r"^https?://\S+$", max_length=500)] = "https://export.arxiv.org/api/query"
    oai_url: Annotated[str, Field(pattern=r"^https?://[^\s?#]+$", max_length=500)] = "https://oaipmh.arxiv.org/oai"
    contact: Annotated[str, Field(pattern=r"^[\x20-\x7e]*$", max_length=200)] = ""
    delay_seconds: Annotated[float, Field(ge=0, le=60)] = 3.0
    connect_seconds: Annotated[float, Field(gt=0, le=60)] = 5.0
    # One exchange has to end before the store gives its turn to another process.
    read_seconds: Annotated[float, Field(gt=0, le=40)] = 30.0
    deadline_seconds: Annotated[float, Field(gt=0, le=3600)] = 120.0
    max_results: Annotated[int, Field(ge=1, le=2000)] = 300
    cache_hours: Annotated[float, Field(ge=0, le=720)] = 12.0  # decision 5


class EnrichSection(ConfigSection):
    """What is known of papers elsewhere."""

    openalex: bool = False
    openalex_url: Annotated[str, Field(pattern=r"^https?://[^\s?#]+$", max_length=500)] = "https://api.openalex.org"


class SurveySection(ConfigSection):
    min_papers: Annotated[int, Field(ge=1, le=300)] = 12
    max_papers: Annotated[int, Field(ge=1, le=300)] = 60
    selection: Literal["ranked", "all-words"] = "ranked"
    requests: Annotated[int, Field(ge=1, le=10)] = 4
    order: Literal["tsp", "similarity", "none"] = "tsp"
    section_smallest: Annotated[int, Field(ge=1, le=50)] = 5
    section_largest: Annotated[int, Field(ge=2, le=100)] = 12
    reuse_hours: Annotated[float, Field(ge=0, le=8760)] = 24.0
    length: EditionLength = "standard"
    language: str = "auto"


class ScheduleSection(ConfigSection):
    at_once: Annotated[int, Field(ge=1, le=32)] = 2
    send_quiet: bool = False


class FeedbackSection(ConfigSection):
    enabled: bool = True


class ServeSection(ConfigSection):
    drain_seconds: Annotated[float, Field(ge=1, le=3600)] = 30.0
    lease_seconds: Annotated[float, Field(ge=0.2, le=600)] = 20.0
    log: Literal["text", "json"] = "text"


class TopicSection(ConfigSection):
    slug: str
    title: str = ""
    question: str = ""
    queries: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    cadence: str = "weekdays"
    at: str = "08:00"
    timezone: str = "UTC"
    language: str = "auto"
    max_papers: int = 60

    def topic(self) -> Topic:
        fields = self.model_dump()
        fields["title"] = self.title or self.question or self.slug.replace("-", " ").capitalize()
        return Topic(**fields, origin="config")


def _ids(kinds: str) -> Any:
    slack_id = Annotated[str, Field(pattern=rf"^[{kinds}][A-Z0-9]{{2,30}}$")]
    return Annotated[tuple[slack_id, ...], BeforeValidator(split_list)]


class SlackSection(ConfigSection):
    """Who may ask, how much, and how events arrive."""

    mode: Literal["socket", "http"] = "socket"
    http_host: Annotated[str, Field(pattern=r"^\S+$", max_length=200)] = "127.0.0.1"
    http_port: Annotated[int, Field(ge=0, le=65535)] = 3000
    teams: _ids("TE") = ()  # type: ignore[valid-type]
    channels: _ids("CGD") = ()  # type: ignore[valid-type]
    users: _ids("UW") = ()  # type: ignore[valid-type]
    guests: bool = False
    per_user_hour: Annotated[int, Field(ge=1, le=10_000)] = 10
    per_channel_hour: Annotated[int, Field(ge=1, le=10_000)] = 30
    at_once: Annotated[int, Field(ge=1, le=32)] = 3
    waiting: Annotated[int, Field(ge=1, le=10_000)] = 50
    resume_within: Annotated[float, Field(gt=0, le=10_080)] = 60.0  # minutes
    slackbot: bool = False
