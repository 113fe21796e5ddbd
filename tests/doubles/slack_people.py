"""What people do in the workspace: they write, mention, edit, delete, press, and call commands."""

from __future__ import annotations

import secrets
import time
from typing import Any, Literal

from tests.doubles.slack_events import Delivery, Envelope
from tests.doubles.slack_state import APP, BOT, TEAM, State


class People:
    """Mixed into the server, for tests to call."""

    state: State
    delivery: Delivery
    url: str

    def mention(
        self,
        text: str,
        user: str = "U1ADA",
        channel: str = "C1GENERAL",
        thread_ts: str = "",
        *,
        order: Literal["mention", "message", "mention only"] = "mention only",
        **more: Any,
    ) -> str:
        """Write a message that mentions the bot; its ts. order: which of the two events goes first."""
        return self.say(f"<@{BOT}> {text}", user, channel, thread_ts, order=order, **more)

    def say(
        self,
        text: str,
        user: str = "U1ADA",
        channel: str = "C1GENERAL",
        thread_ts: str = "",
        *,
        order: Literal["mention", "message", "mention only"] = "message",
        **more: Any,
    ) -> str:
        message = self.state.add(channel, self._message(text, user, channel, thread_ts) | more)
        self.tell(message, order=order)
        return str(message["ts"])

    def tell(
        self, message: dict[str, Any], *, order: Literal["mention", "message", "mention only"] = "mention only"
    ) -> list[Envelope]:
        """Send the events of a message that was written; again, if it is called again."""
        event = {key: value for key, value in message.items() if key != "seen_at"} | {"event_ts": message["ts"]}
        kind = {"D": "im", "G": "group"}.get(message["channel"][0], "channel")
        as_message = event | {"type": "message", "channel_type": kind}
        as_mention = {key: value for key, value in event.items() if key != "channel_type"} | {"type": "app_mention"}
        mentions = f"<@{BOT}>" in message["text"] and kind != "im"
        events = [as_message] if not mentions else [as_mention, as_message]
        if mentions and order != "mention":
            events = [as_mention] if order == "mention only" else events[::-1]
        return [self.delivery.event(event) for event in events]

    def dm(self, text: str, user: str = "U1ADA", thread_ts: str = "", **more: Any) -> tuple[str, str]:
        """Write to the bot directly; (channel, ts)."""
        channel = self.state.im(user)
        return channel, self.say(text, user, channel, thread_ts, **more)

    def edit(self, channel: str, ts: str, text: str) -> Envelope:
        before = dict(self.state.message(channel, ts))
        with self.state.changing():
            message = self.state.message(channel, ts)
            message["text"] = text
            message["edited"] = {"user": message["user"], "ts": self.state.next_ts()}
        event = {"message": _bare(message), "previous_message": _bare(before)}
        return self._changed(channel, "message_changed", event)

    def delete(self, channel: str, ts: str) -> Envelope:
        with self.state.changing():
            message = self.state.message(channel, ts)
            self.state.messages[channel].remove(message)
        return self._changed(channel, "message_deleted", {"deleted_ts": ts, "previous_message": _bare(message)})

    def _changed(self, channel: str, subtype: str, more: dict[str, Any]) -> Envelope:
        kind = {"D": "im", "G": "group"}.get(channel[0], "channel")
        event = {"type": "message", "subtype": subtype, "channel": channel, "channel_type": kind, "hidden": True}
        return self.delivery.event(event | {"ts": self.state.next_ts()} | more)

    def press(self, message: dict[str, Any], action_id: str, user: str = "U1ADA", value: str = "") -> Envelope:
        """Press the button of this action_id in a message (or an element that has one)."""
        element = _element(message.get("blocks", []), action_id)
        chosen = value or element.get("value", "")
        action = {"action_id": action_id, "type": element["type"], "value": chosen, "block_id": "b"}
        action["action_ts"] = self.state.next_ts()
        payload = self._interaction("block_actions", user, message) | {"actions": [action]}
        return self.delivery.send("interactive", payload)

    def choose(self, message: dict[str, Any], action_id: str, value: str, user: str = "U1ADA") -> Envelope:
        """Choose the option whose value begins so from the menu of this action_id in a message."""
        options = _element(message.get("blocks", []), action_id)["options"]
        option = next(option for option in options if option["value"].startswith(value))
        action = {"action_id": action_id, "type": "static_select", "selected_option": option, "block_id": "b"}
        action["action_ts"] = self.state.next_ts()
        payload = self._interaction("block_actions", user, message) | {"actions": [action]}
        return self.delivery.send("interactive", payload)

    def shortcut(self, message: dict[str, Any], callback_id: str, user: str = "U1ADA") -> Envelope:
        more = {"callback_id": callback_id, "message_ts": message["ts"], "action_ts": self.state.next_ts()}
        return self.delivery.send("interactive", self._interaction("message_action", user, message) | more)

    def stop(self, channel: str, thread_ts: str, user: str = "U1ADA") -> Envelope:
        """Press Slack's own Stop."""
        own = [message["ts"] for message in self.state.thread(channel, thread_ts)]
        streams = [stream for stream in self.state.streams.values() if stream.ts in own and stream.live]
        for stream in streams:  # Slack stops them before it tells
            stream.stopped_by_user, stream.live = True, False
        event = {"type": "agent_session_stopped", "channel": channel, "thread_ts": thread_ts, "user": user}
        return self.delivery.event(event | {"streaming_message_ts": [stream.ts for stream in streams], "event_ts": "1"})

    def command(
        self, text: str, user: str = "U1ADA", channel: str = "C1GENERAL", command: str = "/paperroute"
    ) -> Envelope:
        payload = {"command": command, "text": text, "user_id": user, "user_name": user.lower(), "team_id": TEAM}
        payload |= {"channel_id": channel, "channel_name": "x", "api_app_id": APP, "trigger_id": self._trigger()}
        return self.delivery.send("slash_commands", payload | {"response_url": self._response_url()})

    def submit(self, view: dict[str, Any], values: dict[str, Any], user: str = "U1ADA") -> Envelope:
        payload = {"type": "view_submission", "team": {"id": TEAM}, "user": {"id": user}, "api_app_id": APP}
        sent = view | {"state": {"values": values}}
        return self.delivery.send("interactive", payload | {"view": sent, "trigger_id": self._trigger()})

    def press_in_view(
        self, view: dict[str, Any], action_id: str, values: dict[str, Any], user: str = "U1ADA"
    ) -> Envelope:
        """Press a button of a form that is open."""
        sent = {"view": view | {"state": {"values": values}}, "actions": [{"action_id": action_id, "type": "button"}]}
        return self.delivery.send("interactive", self._alone("block_actions", user) | sent)

    def press_in_home(self, user: str, action_id: str, value: str) -> Envelope:
        """Press a button in the Home tab."""
        view = {"id": "VHOME", "type": "home", "state": {"values": {}}}
        action = {"action_id": action_id, "type": "button", "value": value, "block_id": "b"}
        action["action_ts"] = self.state.next_ts()
        return self.delivery.send(
            "interactive", self._alone("block_actions", user) | {"view": view, "actions": [action]}
        )

    def _alone(self, kind: str, user: str) -> dict[str, Any]:
        made = {"type": kind, "team": {"id": TEAM}, "user": {"id": user}, "api_app_id": APP}
        return made | {"trigger_id": self._trigger(), "container": {"type": "view"}}

    def open_home(self, user: str = "U1ADA") -> Envelope:
        event = {"type": "app_home_opened", "user": user, "channel": self.state.im(user), "tab": "home"}
        return self.delivery.event(event | {"event_ts": "1"})

    def _interaction(self, kind: str, user: str, message: dict[str, Any]) -> dict[str, Any]:
        channel = message["channel"]
        return {
            "type": kind,
            "team": {"id": TEAM, "domain": "double"},
            "user": {"id": user, "username": user.lower(), "team_id": TEAM},
            "api_app_id": APP,
            "trigger_id": self._trigger(),
            "response_url": self._response_url(),
            "channel": {"id": channel, "name": "x"},
            "message": _bare(message),
            "container": {"type": "message", "message_ts": message["ts"], "channel_id": channel},
        }

    def _message(self, text: str, user: str, channel: str, thread_ts: str) -> dict[str, Any]:
        made = {"type": "message", "user": user, "text": text, "team": TEAM, "channel": channel}
        made["client_msg_id"] = secrets.token_hex(8)
        return made | ({"thread_ts": thread_ts} if thread_ts else {})

    def _trigger(self) -> str:
        id_ = secrets.token_hex(6)
        self.state.triggers[id_] = time.monotonic()
        return id_

    def _response_url(self) -> str:
        return f"{self.url}/response/{self.state.new_response_url()}"


def _bare(message: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in message.items() if key not in ("seen_at", "stream", "channel")}


def _element(value: Any, action_id: str) -> dict[str, Any]:
    found = list(_elements(value, action_id))
    assert found, f"no element {action_id}"
    return found[0]


def _elements(value: Any, action_id: str) -> Any:
    if isinstance(value, dict):
        if value.get("action_id") == action_id:
            yield value
        for child in value.values():
            yield from _elements(child, action_id)
    elif isinstance(value, list):
        for child in value:
            yield from _elements(child, action_id)
