"""Configuration and environment -> the Slack bot, where there are tokens for one.

Invariant: the tokens are read here and nowhere else, and shown by nothing.
"""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Mapping
from datetime import timedelta

from bot.messages import replies
from bot.service import SlackService
from bot.settings import AccessRules, BotServices, SlackCredentials
from bot.slack.client import Slack
from bot.work.digest_channel import SlackChannel
from digest.background.channel_setup import BuildOutgoing, ChannelSetup, SendPolicy
from digest.errors import ConfigError, PaperRouteError
from digest.llm.budget import CallLabels
from digest.model_names import BUILTIN
from digest.pipeline import followup
from digest.pipeline.followup import FollowUp, FollowUpReply
from digest.pipeline.pipeline import preview
from digest.retrieval.paper_search import search_papers
from digest.run_context import RunContext
from digest.urls import is_public
from paperroute.compose.app import App
from paperroute.compose.models import ModelRegistry
from paperroute.config.secrets import read_secret
from paperroute.config.sections import SlackSection
from paperroute.config.web import WebSection
from store.records.editions import Edition, Paper, Topic
from store.records.lazy_text import AnyText

log = logging.getLogger(__name__)
BOT_TOKEN, APP_TOKEN, SIGNING_SECRET = "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET"
API_URL = "SLACK_API_URL"
_JUDGE_SECONDS = 8.0  # for which a message waits that may be for us; then it is not
_DEFAULT_URL = "https://slack.com/api/"
_TOKEN_PREFIXES = {BOT_TOKEN: "xoxb-", APP_TOKEN: "xapp-"}
TOKEN_HINTS = {
    BOT_TOKEN: "api.slack.com/apps, your app: Install App, Bot User OAuth Token.",
    APP_TOKEN: "api.slack.com/apps, your app: Basic Information, App-Level Tokens, with connections:write.",
    SIGNING_SECRET: "api.slack.com/apps, your app: Basic Information, Signing Secret.",
}


def make_slack_service(app: App) -> SlackService | None:
    """The bot, not yet started; None where no token is set. Raises ConfigError where one is missing or wrong."""
    found = read_credentials(app.config.slack, app.environment)
    return None if found is None else SlackService(found, make_bot_services(app), access_rules(app.config.slack))


def connect(app: App, outgoing: BuildOutgoing) -> ChannelSetup | None:
    """How digests are posted; None where no token is set. Raises ConfigError."""
    found = read_credentials(app.config.slack, app.environment)
    if found is None:
        return None
    slack = Slack(found.bot_token, found.api_url, threading.Event())
    policy = SendPolicy(
        connections=1,
        give_up_after=timedelta(hours=app.config.mail.give_up_after),
        lease_seconds=app.config.serve.lease_seconds,
    )
    site, opinions = app.config.web.base_url, app.config.feedback.enabled
    return ChannelSetup(lambda: SlackChannel(slack, app.store, site, opinions=opinions), outgoing, policy)


def read_credentials(section: SlackSection, environment: Mapping[str, str]) -> SlackCredentials | None:
    """How Slack is reached; None where nothing is set. Raises ConfigError."""
    token = read_secret(BOT_TOKEN, environment)
    second = APP_TOKEN if section.mode == "socket" else SIGNING_SECRET
    other = read_secret(second, environment)
    if not token and not other:
        return None
    for name, value in ((BOT_TOKEN, token), (second, other)):
        if not value:
            raise ConfigError(f"{name} is not set, which slack.mode = {section.mode!r} needs.", hint=TOKEN_HINTS[name])
        if not value.startswith(_TOKEN_PREFIXES.get(name, "")):
            raise ConfigError(
                f"{name} is of another kind: it begins with {_TOKEN_PREFIXES[name]}.", hint=TOKEN_HINTS[name]
            )
    app_token, signing = (other, "") if section.mode == "socket" else ("", other)
    host, port = section.http_host, section.http_port
    return SlackCredentials(token, app_token, signing, read_api_url(environment), section.mode, host, port)


def read_api_url(environment: Mapping[str, str]) -> str:
    """Slack's own address, or the one that every call goes to instead. Raises ConfigError."""
    url = environment.get(API_URL, "").strip() or _DEFAULT_URL
    if not re.fullmatch(r"https?://[^\s@]+", url):
        raise ConfigError(f"{API_URL} is no web address.", hint="It begins with http:// or https://, without a user.")
    return url if url.endswith("/") else f"{url}/"


def access_rules(section: SlackSection) -> AccessRules:
    return AccessRules(
        teams=section.teams,
        channels=section.channels,
        users=section.users,
        guests=section.guests,
        per_user_hour=section.per_user_hour,
        per_channel_hour=section.per_channel_hour,
        at_once=section.at_once,
        waiting=section.waiting,
        resume_minutes=section.resume_within,
    )


def make_bot_services(app: App) -> BotServices:
    def reply(edition: Edition, wish: FollowUp, run: RunContext) -> FollowUpReply:
        services = app.services_for(CallLabels("reply", edition.topic, edition.id, run.cancel))
        return followup.reply(edition, wish, services, run)

    def found(topic: Topic, run: RunContext) -> list[Paper]:
        services = app.services_for(CallLabels("preview", topic.slug, cancel=run.cancel))
        return preview(topic, services, app.survey_settings, run)

    def is_for_us(message: str, about: str) -> bool:
        labels = CallLabels("listening")
        model = app.models.addressee(labels)
        if model is None or _budget_refusal(app.models):
            return False
        asked = app.models.executor.submit(model.is_for_bot, message, about)
        try:
            return asked.result(timeout=_JUDGE_SECONDS).value
        except (PaperRouteError, TimeoutError) as error:
            log.info("whether a message is for us was not judged: %s", error or type(error).__name__)
            return False
        finally:
            labels.cancel.set()

    return BotServices(
        app.store,
        app.survey,
        reply,
        app.digest,
        found,
        budget=lambda: _budget_refusal(app.models),
        length=app.config.survey.length,
        named=app.fetch_named,
        search=lambda typed, most: search_papers(typed, app.store, app.search_embedder(free=False), limit=most),
        archive_url=app.config.web.base_url,
        archive_is_public=_is_public(app.config.web),
        feedback=app.config.feedback.enabled,
        by_rules=app.models.choice.questions == BUILTIN,
        is_for_us=None if app.models.choice.questions == BUILTIN else is_for_us,
    )


def _is_public(section: WebSection) -> bool:
    """Whether everybody who follows a link into the archive reads it there."""
    return section.access == "public" and is_public(section.base_url)


def _budget_refusal(models: ModelRegistry) -> AnyText:
    """Why nothing new may be begun today; "" where something may."""
    budget = models.budget
    if not budget.per_day or not models.choice.roles_by_model or budget.spent() < budget.per_day:
        return ""
    return replies.BUDGET_USED_UP
