"""Slack app manifest, made from the table of identifiers, and the link that creates the app from it.

Invariant: `slack-manifest.json` and the link in docs/slack.md are what this module makes, and tests hold both
against it: `python -m bot.slack.manifest` writes the file, `python -m bot.slack.manifest link` prints the link.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bot import ids

FILE = Path(__file__).parents[2] / "slack-manifest.json"  # of a checkout; a wheel has none
_CREATION_URL = "https://api.slack.com/apps?new_app=1&manifest_json="


def manifest() -> dict[str, Any]:
    """For an app of one workspace, in Socket Mode, which needs no address."""
    return {
        "_metadata": {"major_version": 2, "minor_version": 1},
        "display_information": {
            "name": "Paper Route",
            "description": "Cited surveys of arXiv papers, and digests of what is new on your topics",
        },
        "features": {
            "agent_view": {
                "agent_description": "Ask a question and get a survey of arXiv papers with linked citations; or "
                "subscribe to a topic, and get only its new papers.",
                "suggested_prompts": [
                    {"title": "Survey a topic", "message": "LoRA for image generation"},
                    {"title": "What was new last month", "message": "Speech recognition, last month, top 20"},
                    {"title": "What you can do", "message": "help"},
                ],
            },
            "app_home": {
                "home_tab_enabled": ids.HOME_OPENED in ids.EVENTS,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": "paper-route", "always_online": True},
            "slash_commands": [
                {
                    "command": ids.COMMAND,
                    "description": "Digests of arXiv topics, and the archive",
                    "usage_hint": "help | subscribe | subscriptions | pause | topics | history QUERY | run "
                    "| canvas | reading-list | feedback off",
                    "should_escape": True,
                }
            ],
            "shortcuts": [
                {
                    "name": "Survey this",
                    "type": "message",
                    "callback_id": ids.SURVEY_THIS,
                    "description": "Answer this message with a cited survey of arXiv papers",
                }
            ],
        },
        "oauth_config": {"scopes": {"bot": list(ids.required_scopes()), "bot_optional": list(ids.optional_scopes())}},
        "settings": {
            "event_subscriptions": {"bot_events": sorted(ids.EVENTS)},
            "interactivity": {"is_enabled": True},
            "socket_mode_enabled": True,
            "org_deploy_enabled": False,
            "token_rotation_enabled": False,
        },
    }


def app_creation_link() -> str:
    """Opened in a browser, it shows the app ready to be created; nothing is left to be typed."""
    return _CREATION_URL + quote(json.dumps(manifest(), separators=(",", ":")), safe="")


def manifest_text() -> str:
    return json.dumps(manifest(), indent=2) + "\n"


if __name__ == "__main__":
    if "link" in sys.argv[1:]:
        sys.stdout.write(app_creation_link() + "\n")
    else:
        FILE.write_text(manifest_text())
