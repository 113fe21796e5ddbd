"""The manifest, the table of names, the code and docs/slack.md say the same, in both directions."""

import ast
import json
import re
from urllib.parse import unquote

import pytest
from slack_sdk import WebClient

from bot import ids
from bot.intents.intents import NewSurvey, SmallTalk, parse_intent
from bot.slack.manifest import app_creation_link, manifest_text
from tests import ROOT

TEXT = (ROOT / "slack-manifest.json").read_text()
MANIFEST = json.loads(TEXT)
DOC = (ROOT / "docs" / "slack.md").read_text()
SOURCES = {
    path.relative_to(ROOT).as_posix(): ast.parse(path.read_text()) for path in sorted((ROOT / "bot").rglob("*.py"))
}
SAY_ALL_NAMES = ("bot/ids.py", "bot/slack/manifest.py")  # the table itself, and what is made from it: no uses


def test_the_file_is_the_one_that_the_code_makes():
    assert manifest_text() == TEXT, "write it anew: python -m bot.slack.manifest"


def test_the_link_of_the_document_holds_the_manifest():
    (link,) = re.findall(r"\]\((https://api\.slack\.com/apps[^)]*)\)", DOC)
    assert link == app_creation_link(), "take it from: python -m bot.slack.manifest link"
    shown = unquote(link.removeprefix("https://api.slack.com/apps?new_app=1&manifest_json="))
    assert json.loads(shown) == MANIFEST
    assert len(link) < 4_000


def needs(table, *, optional):
    return {scope for need in table.values() if need.optional is optional for scope in need.scopes}


TABLES = (ids.EVENTS, ids.COMMANDS, ids.SHORTCUTS, ids.METHODS)


def test_scopes_are_those_that_something_needs():
    required = set().union(*(needs(table, optional=False) for table in TABLES))
    optional = set().union(*(needs(table, optional=True) for table in TABLES)) - required
    scopes = MANIFEST["oauth_config"]["scopes"]
    assert set(scopes) == {"bot", "bot_optional"}
    assert set(scopes["bot"]) == required | optional, "Slack asks for none that stands in bot_optional alone"
    assert set(scopes["bot_optional"]) == optional
    assert not {"chat:write.public", "chat:write.customize", "users:read.email", "channels:join"} & (
        required | optional
    )


def test_each_scope_has_its_reason_beside_the_manifest():
    scopes = MANIFEST["oauth_config"]["scopes"]
    assert set(ids.REASONS) == set(scopes["bot"])
    rows = dict(re.findall(r"^\| `([a-z_:]+)`( ○)? \| .+ \|$", DOC, re.MULTILINE))
    assert {scope for scope in rows if rows[scope]} == set(scopes["bot_optional"])
    for scope, reason in ids.REASONS.items():
        assert f"`{scope}`{' ○' if scope in scopes['bot_optional'] else ''} | {reason} |" in DOC


def test_events_commands_and_shortcuts_are_those_of_the_table():
    features = MANIFEST["features"]
    assert set(MANIFEST["settings"]["event_subscriptions"]["bot_events"]) == set(ids.EVENTS)
    assert {command["command"] for command in features["slash_commands"]} == set(ids.COMMANDS)
    assert {shortcut["callback_id"] for shortcut in features["shortcuts"]} == set(ids.SHORTCUTS)
    assert features["app_home"]["home_tab_enabled"] is True
    assert MANIFEST["settings"]["socket_mode_enabled"] is True


def test_prompts_are_questions_that_the_bot_understands():
    messages = [prompt["message"] for prompt in MANIFEST["features"]["agent_view"]["suggested_prompts"]]
    kinds = {message: type(parse_intent(message)) for message in messages}
    assert set(kinds.values()) == {NewSurvey, SmallTalk}
    assert parse_intent("help") == SmallTalk("help")


# What Slack's published schema asks of the parts that this manifest has: name -> (type, most characters or entries).
SHAPE = {
    "_metadata.major_version": (int, None),
    "_metadata.minor_version": (int, None),
    "display_information.name": (str, 35),
    "display_information.description": (str, 140),
    "features.agent_view.agent_description": (str, 300),
    "features.agent_view.suggested_prompts": (list, 4),
    "features.agent_view.suggested_prompts[].title": (str, None),
    "features.agent_view.suggested_prompts[].message": (str, None),
    "features.app_home.home_tab_enabled": (bool, None),
    "features.app_home.messages_tab_enabled": (bool, None),
    "features.app_home.messages_tab_read_only_enabled": (bool, None),
    "features.bot_user.display_name": (str, 80),
    "features.bot_user.always_online": (bool, None),
    "features.slash_commands": (list, 50),
    "features.slash_commands[].command": (str, 32),
    "features.slash_commands[].description": (str, 2_000),
    "features.slash_commands[].usage_hint": (str, 1_000),
    "features.slash_commands[].should_escape": (bool, None),
    "features.shortcuts": (list, 10),
    "features.shortcuts[].name": (str, 24),
    "features.shortcuts[].type": (str, None),
    "features.shortcuts[].callback_id": (str, 255),
    "features.shortcuts[].description": (str, 150),
    "oauth_config.scopes.bot": (list, 255),
    "oauth_config.scopes.bot[]": (str, 50),
    "oauth_config.scopes.bot_optional": (list, 255),
    "oauth_config.scopes.bot_optional[]": (str, 50),
    "settings.event_subscriptions.bot_events": (list, 100),
    "settings.event_subscriptions.bot_events[]": (str, 50),
    "settings.interactivity.is_enabled": (bool, None),
    "settings.socket_mode_enabled": (bool, None),
    "settings.org_deploy_enabled": (bool, None),
    "settings.token_rotation_enabled": (bool, None),
}


def leaves(value, path=""):
    if isinstance(value, dict):
        for key, child in value.items():
            yield from leaves(child, f"{path}.{key}".lstrip("."))
        return
    yield path, value
    if isinstance(value, list):
        for child in value:
            yield from leaves(child, f"{path}[]")


def test_the_manifest_has_the_shape_that_slack_takes():
    found = dict.fromkeys(path for path, _ in leaves(MANIFEST))
    assert set(found) - {"features.shortcuts[]", "features.slash_commands[]"} == set(SHAPE)
    for path, value in leaves(MANIFEST):
        kind, most = SHAPE[path]
        assert type(value) is kind, path
        assert most is None or 1 <= len(value) <= most, path
    for listed in (
        MANIFEST["settings"]["event_subscriptions"]["bot_events"],
        *MANIFEST["oauth_config"]["scopes"].values(),
    ):
        assert len(listed) == len(set(listed))
    assert MANIFEST["features"]["shortcuts"][0]["type"] in ("message", "global")
    assert all(command["command"].startswith("/") for command in MANIFEST["features"]["slash_commands"])


# The code against the table.


def nodes(kind):
    trees = (tree for name, tree in SOURCES.items() if name not in SAY_ALL_NAMES)
    return [node for tree in trees for node in ast.walk(tree) if isinstance(node, kind)]


ATTRIBUTES = {node.attr for node in nodes(ast.Attribute)}
STRINGS = {node.value for node in nodes(ast.Constant) if isinstance(node.value, str)}
NO_METHOD = {"files.upload"}  # what a failed POST to a ticket's address is called
METHOD = re.compile(r"[a-z]+(?:\.[a-zA-Z]+)+")


def called():
    """The methods of the Web API that the room calls: as methods of slack_sdk's client, or by name."""
    spelt = {name.replace(".", "_"): (name,) for name in (*ids.METHODS, *ids.APP_METHODS)}
    clients = {attr for attr in ATTRIBUTES if re.fullmatch(r"[a-z]+_\w+", attr) and hasattr(WebClient, attr)} - {
        "api_call"
    }
    named = {
        text for text in STRINGS if METHOD.fullmatch(text) and hasattr(WebClient, text.replace(".", "_"))
    } - NO_METHOD
    return named.union(*(spelt.get(name, (f"{name}, which is not in the table",)) for name in clients))


def test_every_method_that_the_code_calls_is_in_the_table():
    assert called() <= set(ids.METHODS) | set(ids.APP_METHODS)


def test_every_name_of_the_table_is_used():
    """A method, event, command, shortcut or button that nothing uses would ask for scopes in vain."""
    assert set(ids.METHODS) | set(ids.APP_METHODS) == called()
    constants = {name for name, value in vars(ids).items() if name.isupper() and isinstance(value, str)}
    assert constants <= ATTRIBUTES


@pytest.mark.parametrize("table", ["EVENTS", "COMMANDS", "SHORTCUTS", "ACTIONS", "METHODS", "APP_METHODS"])
def test_the_tables_have_no_blank(table):
    assert all(getattr(ids, table))


def test_no_name_of_a_button_is_written_twice():
    assert not {text for text in STRINGS if "_" in text} & set(ids.ACTIONS), "name it as ids.X"
