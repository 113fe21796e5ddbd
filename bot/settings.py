"""SlackCredentials, AccessRules, BotServices: what the composition root hands the bot; no config goes deeper."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from digest.pipeline.followup import FollowUp, FollowUpReply
from digest.pipeline.services import DigestRequest, SurveyRequest
from digest.retrieval.paper_lookup import NamedPapers
from digest.retrieval.paper_search import RankedPapers
from digest.run_context import RunContext
from store import Store
from store.records.editions import Edition, EditionLength, Paper, Topic
from store.records.lazy_text import AnyText


@dataclass(frozen=True)
class SlackCredentials:
    """How Slack is reached. The tokens are shown by nothing."""

    bot_token: str = field(repr=False)
    app_token: str = field(repr=False, default="")  # socket mode
    signing_secret: str = field(repr=False, default="")  # HTTP mode
    api_url: str = "https://slack.com/api/"
    mode: Literal["socket", "http"] = "socket"
    http_host: str = "127.0.0.1"
    http_port: int = 3000


@dataclass(frozen=True)
class AccessRules:
    """Who may ask, how much, and what waits how long. Empty lists allow everyone."""

    teams: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    guests: bool = False  # guests, and people of other organisations
    per_user_hour: int = 10
    per_channel_hour: int = 30
    at_once: int = 3  # surveys
    waiting: int = 50  # surveys that may wait
    resume_minutes: float = 60.0  # a request that lay longer is apologised for
    lease_seconds: float = 15.0  # a process of another machine that was silent for so long is taken for dead


@dataclass(frozen=True)
class BotServices:
    """What the bot serves. budget: why nothing may be spent now, "" where something may. named: the missing ones
    asked of their source. search: the first papers that a search of the archive finds, at most as many. is_for_us:
    whether a message asks about an answer on something, where rules cannot tell, which may take seconds; None: nobody
    knows.
    """

    store: Store
    survey: Callable[[SurveyRequest, RunContext], Edition]
    reply: Callable[[Edition, FollowUp, RunContext], FollowUpReply]
    digest: Callable[[DigestRequest, RunContext], Edition]
    preview: Callable[[Topic, RunContext], list[Paper]]
    budget: Callable[[], AnyText] = lambda: ""
    named: Callable[[NamedPapers, RunContext], NamedPapers] = lambda named, _: named
    length: EditionLength = "full"  # of the answers
    search: Callable[[str, int], RankedPapers] = lambda *_: RankedPapers((), 0, 0)
    archive_url: str = ""  # "" where there is none
    archive_is_public: bool = False  # whether everybody reaches it
    is_for_us: Callable[[str, str], bool] | None = None
    feedback: bool = True  # whether readers are asked what they think of papers
    by_rules: bool = True  # whether questions are read without a language model


@dataclass(frozen=True)
class Identity:
    """Who the bot is, as auth.test told."""

    team: str
    user: str
    bot: str
