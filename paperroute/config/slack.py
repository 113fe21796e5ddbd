"""Configuration of Slack. Tokens have no key here: they come from the environment only."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

BOT_TOKEN, APP_TOKEN, SIGNING_SECRET = "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET"
API_URL = "SLACK_API_URL"


def _split(value: Any) -> Any:
    """A list as the environment can hold it: with commas."""
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def _ids(kinds: str) -> Any:
    one = Annotated[str, Field(pattern=rf"^[{kinds}][A-Z0-9]{{2,30}}$")]
    return Annotated[tuple[one, ...], BeforeValidator(_split)]


class SlackSection(BaseModel):
    """Who may ask, how much, and how events arrive."""

    model_config = ConfigDict(extra="forbid", frozen=True)

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
