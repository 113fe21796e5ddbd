"""Settings of the web: what the composition root hands it, values and functions, nothing of the configuration.

Invariant: frozen; whatever is None is not offered, and its pages say so or are not there.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network
from typing import Literal, Protocol

from digest.feedback.seeds import SeedImport
from digest.harvest.plan import HarvestPlan
from digest.ports import Embedder
from digest.run_context import Listener
from digest.subscriptions.lookup import ConfirmLimits
from digest.subscriptions.signed_links import SignedLinks
from store import Store
from store.records.editions import Edition
from store.records.feedback import Reader
from store.records.questions import SearchLimits

Network = IPv4Network | IPv6Network
PassingOn = Literal["auto", "kept", "stripped"]  # of a path that proxies meet: "auto", as each address reads better


@dataclass(frozen=True)
class ReadAccess:
    """Who may read. "token": whoever knows the secret, as password, as bearer token or in a link that was shared."""

    mode: Literal["public", "token"] = "public"
    token: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        if self.mode == "token" and not self.token:
            raise ValueError("access by token needs a token")


@dataclass(frozen=True)
class WebLimits:
    """What one request, and one client, may ask for."""

    body_bytes: int = 64 * 1024
    webhook_bytes: int = 512 * 1024  # of a body that a mail provider posts
    header_bytes: int = 16 * 1024
    query_bytes: int = 8_000
    path_bytes: int = 500
    last_page: int = 500  # the highest page number of a list
    forms_per_hour: int = 20  # subscriptions that one client may ask for; forms that are refused do not count
    changes_per_hour: int = 120  # forms behind a link in a mail, of one address
    searches_per_minute: int = 600  # of one client, that nobody made before: pages, feeds and files; the API's apart
    asks_per_hour: int = 6  # surveys that one client may start
    asks_at_once: int = 2  # surveys made side by side
    asks_waiting: int = 10  # and waiting for their turn
    mcp_calls_per_minute: int = 120  # requests of one assistant, or of one proxy of several
    streams: int = 16  # pages that follow a survey live; the others reload


@dataclass(frozen=True)
class ServiceStatus:
    """What the store cannot tell. None: not known here."""

    queue: int | None = None  # surveys and digests that wait or are being made, besides those asked for on /ask
    budget_usd: float | None = None  # of a UTC day; 0: no limit
    problems: tuple[str, ...] = ()  # each a line for the reader: the archive is not ready while there are any


class SurveyMaker(Protocol):
    """Makes a survey under the operator's quotas and budget."""

    def __call__(
        self,
        question: str,
        client: str,
        listener: Listener,
        cancel: threading.Event,
        language: str | None,
        limits: SearchLimits,
        max_papers: int | None,
        /,
    ) -> Edition:
        """client: who asks, for quotas. language: of the answer, where the question's letters do not tell it or another
        is wanted. limits, max_papers: beside the question.

        Raises PaperRouteError, in words for the reader.
        """
        ...


class SeedImporter(Protocol):
    """Takes the papers that a text names as seeds of a reader's topic, or of all of theirs; asks the source at need."""

    def __call__(self, reader: Reader, topic: str, text: str, /) -> SeedImport:
        """Raises PaperRouteError, in words for the reader."""
        ...


class ReportReceiver(Protocol):
    """Takes what a mail provider posts, and proves who sent it."""

    def __call__(self, headers: Mapping[str, str], body: bytes, /) -> int:
        """headers: names in small letters. The status of the answer."""
        ...


@dataclass(frozen=True)
class SubscriptionSettings:
    """What subscriptions by mail take: tokens read the links in mails; limits are those against list bombing."""

    tokens: SignedLinks
    limits: ConfirmLimits = field(default_factory=ConfirmLimits)


@dataclass(frozen=True)
class SlackbotAccess:
    """Slack's assistant may call over MCP. secret: what its requests are signed with. teams, users: ids; () for all."""

    secret: str = field(repr=False)
    teams: tuple[str, ...] = ()
    users: tuple[str, ...] = ()


@dataclass(frozen=True)
class WebSettings:
    store: Store
    version: str = ""
    base_url: str = ""  # where the archive is reached from outside, without a slash at the end; "": not known
    language: str = "auto"  # of the pages' own words; "auto": as the browser asks
    access: ReadAccess = ReadAccess()
    api_token: str = field(default="", repr=False)  # opens what the API does beyond reading; "": nothing does
    limits: WebLimits = WebLimits()
    base_path: PassingOn = "auto"  # whether proxies pass the path of base_url on
    hosts: tuple[str, ...] = ()  # names that it answers to, beside that of base_url and the machine's own
    trusted_proxies: tuple[Network, ...] = ()  # whose X-Forwarded-For is believed
    embedder: Embedder | None = None  # for "similar in meaning"
    ask: SurveyMaker | None = None
    mcp: bool = True  # whether assistants may call it over HTTP
    slackbot: SlackbotAccess | None = None
    subscribing: SubscriptionSettings | None = None
    import_seeds: SeedImporter | None = None  # None: readers say nothing of papers here
    webhooks: Mapping[str, ReportReceiver] = field(default_factory=dict)  # by the providers' names
    harvest: HarvestPlan | None = None  # what is harvested of sources, if anything
    source: str = "arxiv"  # of new papers: its name, or the names of several
    status: Callable[[], ServiceStatus] | None = None
