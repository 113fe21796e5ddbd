"""Table of Slack identifiers (events, commands, actions, API methods) and the OAuth scopes that each needs.

Invariant: the Bolt app registers what stands here and nothing else; `slack-manifest.json` asks for just the scopes,
events, commands and shortcuts that stand here. Tests hold code, table and manifest against each other, in both
directions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Need:
    """The bot scopes without which something does not work; `optional`: the bot does without the thing then."""

    scopes: tuple[str, ...] = ()
    optional: bool = False


MENTION: Final = "app_mention"
HOME_OPENED: Final = "app_home_opened"
SESSION_STOPPED: Final = "agent_session_stopped"
SESSION_RENAMED: Final = "agent_session_title_changed"
MESSAGE: Final = "message"  # what Bolt registers for all of message.*

EVENTS: Final = {
    MENTION: Need(("app_mentions:read",)),
    "message.im": Need(("im:history",)),
    HOME_OPENED: Need(),
    SESSION_STOPPED: Need(("assistant:write",)),
    SESSION_RENAMED: Need(("assistant:write",)),
    # Follow-ups without a mention, and edits and deletions of a question, in channels.
    "message.channels": Need(("channels:history",), optional=True),
    "message.groups": Need(("groups:history",), optional=True),
}

COMMAND: Final = "/paperroute"
COMMANDS: Final = {COMMAND: Need(("commands",))}

SURVEY_THIS: Final = "survey_this"
SHORTCUTS: Final = {SURVEY_THIS: Need(("commands",))}  # of messages

# Buttons and other elements that speak up by themselves; what each value holds.
ALL_PAPERS: Final = "all_papers"
FULL_SURVEY: Final = "full_survey"
REFRESH: Final = "refresh"
DOWNLOAD: Final = "download"
OF_REQUEST: Final = "request:"  # no edition's id holds a colon
BIBTEX: Final = "bibtex"
SUBSCRIBE: Final = "subscribe_weekly"
NARROWER: Final = "narrower"
FEEDBACK: Final = "feedback"
EVIDENCE: Final = "evidence"
CHOOSE_PAPER: Final = "choose_paper"
OPINIONS: Final = {"keep": "opinion_keep", "seen": "opinion_seen", "more": "opinion_more", "less": "opinion_less"}
TAKE_BACK: Final = {opinion: f"{action}_back" for opinion, action in OPINIONS.items()}
OPEN_ARCHIVE: Final = "open_archive"
OPEN_PAPERS: Final = tuple(f"open_paper_{n}" for n in range(1, 11))  # of one block, so each its own
OPEN_CANVAS: Final = "open_canvas"
TOPIC_CANVAS: Final = "topic_canvas"
RETRY: Final = "retry"
STOP: Final = "stop"
NEW_TOPIC: Final = "topic_new"
PREVIEW: Final = "topic_preview"
EDIT: Final = "subscription_edit"
PAUSE: Final = "subscription_pause"
RESUME: Final = "subscription_resume"
RUN_NOW: Final = "subscription_run"
DELETE: Final = "subscription_delete"
ACTIONS: Final = {
    ALL_PAPERS: "the edition's id",
    FULL_SURVEY: "the edition's id",
    REFRESH: "the edition's id",
    DOWNLOAD: "a form's name, a space, the edition's id, or OF_REQUEST and the id of a request that looked for papers",
    BIBTEX: "the edition's id",
    SUBSCRIBE: "the edition's id",
    NARROWER: "the place of a narrower question among those offered, from 0; a space, the edition's id",
    FEEDBACK: "“good” or “bad”, a space, the edition's id",
    EVIDENCE: "the index of a section, or -1 for the opening; a space, the edition's id",
    CHOOSE_PAPER: "the n of a paper's [n]; a space, the edition's id",
    **dict.fromkeys(OPINIONS.values(), "the n of a paper's [n]; a space, the edition's id"),
    **dict.fromkeys(TAKE_BACK.values(), "the n of a paper's [n]; a space, the edition's id"),
    OPEN_ARCHIVE: "nothing: a link, whose click is only acknowledged",
    **dict.fromkeys(OPEN_PAPERS, "nothing: a link, whose click is only acknowledged"),
    OPEN_CANVAS: "the edition's id",
    TOPIC_CANVAS: "nothing: a link, whose click is only acknowledged",
    RETRY: "the request's id",
    STOP: "the request's id",
    NEW_TOPIC: "nothing",
    PREVIEW: "nothing: the fields are in the view",
    EDIT: "the subscription's id",
    PAUSE: "the subscription's id",
    RESUME: "the subscription's id",
    RUN_NOW: "the subscription's id",
    DELETE: "the subscription's id",
}

TOPIC_VIEW: Final = "topic"  # what can be submitted; its private_metadata is what TopicForm.metadata writes

# Methods of the Web API that the room calls.
METHODS: Final = {
    "auth.test": Need(),
    "chat.postMessage": Need(("chat:write",)),
    "chat.postEphemeral": Need(("chat:write",)),
    "chat.update": Need(("chat:write",)),
    "chat.delete": Need(("chat:write",)),
    "chat.startStream": Need(("chat:write",)),
    "chat.appendStream": Need(("chat:write",)),
    "chat.stopStream": Need(("chat:write",)),
    "assistant.threads.setStatus": Need(("chat:write",)),
    "agents.sessions.setStatus": Need(("chat:write",)),
    "agents.sessions.rename": Need(("chat:write",)),
    "files.getUploadURLExternal": Need(("files:write",)),
    "files.completeUploadExternal": Need(("files:write",)),
    "conversations.open": Need(("im:write",)),
    "views.open": Need(),
    "views.update": Need(),
    "views.publish": Need(),
    # Whether a post that ended uncertainly arrived.
    "conversations.replies": Need(("im:history", "channels:history", "groups:history"), optional=True),
    # Guests, time zones and languages of people; whether a channel is there, or shared with another company.
    "users.info": Need(("users:read",), optional=True),
    "conversations.info": Need(("channels:read", "groups:read"), optional=True),
    # Answers and topics as canvases.
    **dict.fromkeys(
        ("canvases.create", "canvases.edit", "canvases.access.set", "canvases.delete"),
        Need(("canvases:write",), optional=True),
    ),
}
# Called with the app-level token, whose one scope is chosen where the token is made.
APP_METHODS: Final = {"apps.connections.open": "connections:write"}

# What each scope is for, as Slack asks whoever publishes an app, and an operator's security team asks them.
REASONS: Final = {
    "app_mentions:read": "hears questions that mention the app in a channel",
    "assistant:write": "shows Slack's own Stop and the prompts of the agent view",
    "chat:write": "answers, shows progress, posts digests",
    "commands": "offers /paperroute and the shortcut Survey this",
    "files:write": "uploads the picture of the route and the files that are asked for",
    "im:history": "hears questions that are written to the app directly",
    "im:write": "opens a direct message for digests and notices",
    "channels:history": "hears follow-ups without a mention, edits and deletions, in channels that it is in",
    "groups:history": "the same in private channels that it is in",
    "channels:read": "checks a digest's public channel before it is saved",
    "groups:read": "checks a digest's private channel before it is saved",
    "users:read": "tells guests from members, and knows time zones and languages",
    "canvases:write": "opens an answer as a canvas, and keeps a topic's",
}


def required_scopes() -> tuple[str, ...]:  # decision 54
    """Without these the app is not installed."""
    return tuple(sorted({scope for need in _needs() if not need.optional for scope in need.scopes}))


def optional_scopes() -> tuple[str, ...]:
    """Whoever installs the app may refuse these, and loses only what they are for."""
    wanted = {scope for need in _needs() if need.optional for scope in need.scopes}
    return tuple(sorted(wanted - set(required_scopes())))


def _needs() -> list[Need]:
    return [need for table in (EVENTS, COMMANDS, SHORTCUTS, METHODS) for need in table.values()]
