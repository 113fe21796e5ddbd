"""The Web API: what each method does to the workspace, and what it refuses.

Invariant: a refusal changes nothing; every method needs the token and the scope that Slack asks for.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from typing import Any

from tests.doubles.slack_blocks import check_blocks
from tests.doubles.slack_canvases import CanvasMethods
from tests.doubles.slack_state import APP, BOT, BOT_ID, TEAM, SlackSays, State, Stream

Args = dict[str, Any]
SCOPE = {
    "chat.postMessage": "chat:write",
    "chat.postEphemeral": "chat:write",
    "chat.update": "chat:write",
    "chat.delete": "chat:write",
    "chat.startStream": "chat:write",
    "chat.appendStream": "chat:write",
    "chat.stopStream": "chat:write",
    "assistant.threads.setStatus": "chat:write",
    "agents.sessions.setStatus": "chat:write",
    "agents.sessions.rename": "chat:write",
    "files.getUploadURLExternal": "files:write",
    "files.completeUploadExternal": "files:write",
    "users.info": "users:read",
    "reactions.add": "reactions:write",
    "conversations.open": "im:write",
    **dict.fromkeys(("canvases.create", "canvases.edit", "canvases.access.set", "canvases.delete"), "canvases:write"),
}
SESSION_STATUSES = ("processing", "active", "suspended", "closed")
READING = ("users.info", "conversations.info", "conversations.replies", "files.getUploadURLExternal")
HISTORY = {"D": "im:history", "C": "channels:history", "G": "groups:history"}
READ = {"D": "im:read", "C": "channels:read", "G": "groups:read"}


class Methods(CanvasMethods):
    """`url`: where this server is reached, for upload addresses."""

    def __init__(self, state: State, url: Callable[[], str]) -> None:
        self.state, self.url = state, url

    def call(self, method: str, args: Args) -> dict[str, Any]:
        do = getattr(self, method.replace(".", "_"), None)
        if do is None:
            raise SlackSays("unknown_method")
        self._need(SCOPE.get(method))
        with self.state.changing():
            found: dict[str, Any] = do(args)
        return found

    def _need(self, scope: str | None) -> None:
        if scope and scope not in self.state.scopes:
            raise SlackSays("missing_scope", needed=scope, provided=",".join(self.state.scopes))

    def auth_test(self, _: Args) -> Args:
        return {
            "team_id": TEAM,
            "user_id": BOT,
            "bot_id": BOT_ID,
            "team": "Double",
            "user": "paper-route",
            "url": "https://double.slack.com/",
        }

    # Messages.

    def chat_postMessage(self, args: Args) -> Args:
        channel = self._channel(args)
        kept = {"user": BOT, "bot_id": BOT_ID, "app_id": APP} | self._content(args, 40_000)
        kept |= {"unfurl_links": args.get("unfurl_links"), "unfurl_media": args.get("unfurl_media")}
        if args.get("thread_ts"):
            kept["thread_ts"] = _ts(args["thread_ts"])
        message = self.state.add(channel["id"], kept)
        return {"channel": channel["id"], "ts": message["ts"], "message": _shown(message)}

    def chat_postEphemeral(self, args: Args) -> Args:
        channel = self._channel(args)
        if (
            not args.get("user")
            or args["user"] in channel.get("absent", ())
            or channel.get("user", args["user"]) != (args["user"])
        ):
            raise SlackSays("user_not_in_channel")
        kept = {"user": BOT, "ephemeral_for": args["user"]} | self._content(args, 40_000)
        if args.get("thread_ts"):
            kept["thread_ts"] = args["thread_ts"]
        return {"message_ts": self.state.add(channel["id"], kept)["ts"]}

    def chat_update(self, args: Args) -> Args:
        message = self._own(args)
        if message.get("stream") and self._stream(args).live:
            raise SlackSays("streaming_state_conflict")
        message |= self._content(args, 4_000)
        message["edited"] = message.get("edited", 0) + 1
        return {"channel": message["channel"], "ts": message["ts"], "text": message["text"]}

    def chat_delete(self, args: Args) -> Args:
        message = self._own(args)
        self.state.messages[message["channel"]].remove(message)
        return {"channel": message["channel"], "ts": message["ts"]}

    def _content(self, args: Args, most: int) -> Args:
        text, blocks = args.get("text") or "", _parsed(args.get("blocks")) or []
        if not text and not blocks:
            raise SlackSays("no_text")
        if len(text) > most:
            if most == 4_000:
                raise SlackSays("msg_too_long")
            text = text[:most]
        if blocks:
            check_blocks(blocks)
        found = {"text": text, "blocks": blocks}
        return found | ({"metadata": _parsed(args["metadata"])} if args.get("metadata") else {})

    def _channel(self, args: Args) -> dict[str, Any]:
        id_ = args.get("channel") or args.get("channel_id") or ""
        if id_ in self.state.users:
            id_ = self.state.im(id_)
        channel = self.state.channels.get(id_)
        if channel is None:
            raise SlackSays("channel_not_found")
        if channel.get("is_archived"):
            raise SlackSays("is_archived")
        if not channel.get("is_member") and not channel.get("is_im"):
            raise SlackSays("not_in_channel")
        return channel

    def _own(self, args: Args) -> dict[str, Any]:
        message = self.state.message(self._channel(args)["id"], args.get("ts", ""))
        if message.get("bot_id") != BOT_ID:
            raise SlackSays("cant_update_message")
        return message

    # Streams.

    def chat_startStream(self, args: Args) -> Args:
        channel = self._channel(args)
        if not args.get("thread_ts"):
            raise SlackSays("invalid_arguments")
        for needed in ("recipient_user_id", "recipient_team_id"):
            if not args.get(needed) and not channel.get("is_im"):
                raise SlackSays(f"missing_{needed}")
        kept = {"user": BOT, "bot_id": BOT_ID, "thread_ts": args["thread_ts"], "text": "", "stream": True}
        message = self.state.add(channel["id"], kept)
        stream = Stream(channel["id"], message["ts"], time.monotonic())
        self.state.streams[message["ts"]] = stream
        self._take(stream, args)
        self._begin_session(channel["id"], args["thread_ts"])
        return {"channel": channel["id"], "ts": message["ts"]}

    def chat_appendStream(self, args: Args) -> Args:
        stream = self._stream(args)
        if stream.stopped_by_user:
            raise SlackSays("stopped_by_user")
        if not stream.live:
            raise SlackSays("message_not_in_streaming_state")
        if not (args.get("markdown_text") or _parsed(args.get("chunks"))):
            raise SlackSays("no_text")
        self._take(stream, args)
        return {"channel": stream.channel, "ts": stream.ts}

    def chat_stopStream(self, args: Args) -> Args:
        stream = self._stream(args)
        if stream.stopped_by_user:
            raise SlackSays("stopped_by_user")
        if not stream.live:
            raise SlackSays("message_not_in_streaming_state")
        self._take(stream, args)
        message = self.state.message(stream.channel, stream.ts)
        if blocks := _parsed(args.get("blocks")):
            check_blocks(blocks)
            message["blocks"] = blocks
        stream.live, message["text"] = False, stream.text
        status = args.get("session_status") or "active"
        if status not in SESSION_STATUSES:
            raise SlackSays("invalid_arguments")
        self.state.sessions[stream.channel, message["thread_ts"]] = status
        return {"channel": stream.channel, "ts": stream.ts, "message": _shown(message)}

    def _stream(self, args: Args) -> Stream:
        stream = self.state.streams.get(args.get("ts", ""))
        if stream is None:
            raise SlackSays("message_not_found")
        if time.monotonic() - stream.began > self.state.stream_seconds:
            stream.live = False
        return stream

    def _take(self, stream: Stream, args: Args) -> None:
        text, chunks = args.get("markdown_text") or "", _parsed(args.get("chunks")) or []
        if text and chunks:
            raise SlackSays("markdown_text_conflict")
        if len(text) > 12_000:
            raise SlackSays("msg_too_long")
        for chunk in chunks:
            _check_chunk(chunk)
        for chunk in chunks:
            if chunk["type"] == "task_update":
                stream.tasks[chunk["id"]] = stream.tasks.get(chunk["id"], {}) | chunk
            elif chunk["type"] == "plan_update":
                stream.title = chunk["title"]
            elif chunk["type"] == "blocks":
                self.state.message(stream.channel, stream.ts).setdefault("blocks", []).extend(chunk["blocks"])
            else:
                stream.text += chunk["text"]
        stream.text += text

    def assistant_threads_setStatus(self, args: Args) -> Args:
        channel = self._channel(args)
        if len(args.get("loading_messages") or []) > 10:
            raise SlackSays("invalid_arguments")
        _ts(args.get("thread_ts"))
        kept = {"channel": channel["id"], "thread_ts": args["thread_ts"], "status": args.get("status", "")}
        self.state.statuses.append(kept | {"at": time.monotonic()})
        self._begin_session(channel["id"], args["thread_ts"], "processing" if kept["status"] else "active")
        return {}

    def agents_sessions_setStatus(self, args: Args) -> Args:
        channel = self._channel(args)
        if args.get("status") not in SESSION_STATUSES or len(args.get("title") or "") > 200:
            raise SlackSays("invalid_arguments")
        _ts(args.get("thread_ts"))
        if args.get("initiator_user_id") in channel.get("absent", ()):
            raise SlackSays("user_not_in_channel")
        self._begin_session(channel["id"], args["thread_ts"], args["status"], args.get("title") or "")
        return {}

    def agents_sessions_rename(self, args: Args) -> Args:
        key = self._channel(args)["id"], str(args.get("thread_ts") or "")
        if not 0 < len(args.get("title") or "") <= 200:
            raise SlackSays("invalid_arguments")
        self.state.titles[key] = args["title"]
        return {}

    def _begin_session(self, channel: str, thread_ts: str, status: str = "processing", title: str = "") -> None:
        """One machine: prose status, stream and session are the same session. A title counts for a new one only."""
        if (channel, thread_ts) not in self.state.sessions:
            self.state.titles[channel, thread_ts] = title
        self.state.sessions[channel, thread_ts] = status

    # Files.

    def files_getUploadURLExternal(self, args: Args) -> Args:
        id_ = f"F{len(self.state.files):04}"
        if not args.get("filename") or int(args.get("length") or 0) < 1:
            raise SlackSays("invalid_arguments")
        self.state.files[id_] = {"id": id_, "name": args["filename"], "alt_txt": args.get("alt_txt", ""), "data": b""}
        return {"file_id": id_, "upload_url": f"{self.url()}/upload/{id_}"}

    def files_completeUploadExternal(self, args: Args) -> Args:
        found = _parsed(args.get("files")) or []
        for file in found:
            if not self.state.files.get(file["id"], {}).get("data"):
                raise SlackSays("file_not_found")
            self.state.files[file["id"]]["title"] = file.get("title", "")
        if args.get("channel_id"):
            channel = self._channel({"channel": args["channel_id"]})
            kept = {"user": BOT, "bot_id": BOT_ID, "text": args.get("initial_comment") or ""}
            kept |= {"files": [file["id"] for file in found]}
            kept |= {"thread_ts": args["thread_ts"]} if args.get("thread_ts") else {}
            self.state.add(channel["id"], kept)
        return {"files": [{"id": file["id"], "title": file.get("title", "")} for file in found]}

    # People and channels.

    def users_info(self, args: Args) -> Args:
        if args.get("user") not in self.state.users:
            raise SlackSays("user_not_found")
        return {"user": self.state.users[args["user"]]}

    def conversations_info(self, args: Args) -> Args:
        self._need(READ[args.get("channel", "C")[0]])
        channel = self.state.channels.get(args.get("channel", ""))
        if channel is None:
            raise SlackSays("channel_not_found")
        return {"channel": channel}

    def conversations_replies(self, args: Args) -> Args:
        channel = self._channel(args)
        self._need(HISTORY[channel["id"][0]])
        root = [message for message in self.state.messages[channel["id"]] if message["ts"] == args.get("ts")]
        if not root:
            raise SlackSays("thread_not_found")
        thread = self.state.thread(channel["id"], args["ts"])
        found = [_shown(message) for message in [*root, *thread] if not message.get("ephemeral_for")]
        if args.get("include_all_metadata") not in ("1", "true"):
            found = [{key: value for key, value in message.items() if key != "metadata"} for message in found]
        first, most = int(args.get("cursor") or 0), min(int(args.get("limit") or 1_000), 1_000)
        has_more = len(found) > first + most
        more = {"response_metadata": {"next_cursor": str(first + most)}} if has_more else {}
        return {"messages": found[first : first + most], "has_more": has_more} | more

    def conversations_open(self, args: Args) -> Args:
        if args.get("users") not in self.state.users:
            raise SlackSays("user_not_found")
        return {"channel": {"id": self.state.im(args["users"])}}

    def reactions_add(self, args: Args) -> Args:
        key = (self._channel(args)["id"], args["timestamp"], args["name"])
        if key in self.state.reactions:
            raise SlackSays("already_reacted")
        self.state.reactions.append(key)
        return {}

    # Views.

    def views_open(self, args: Args) -> Args:
        self._use_trigger(args)
        view = _parsed(args.get("view")) or {}
        _check_view(view)
        id_ = f"V{len(self.state.views):04}"
        self.state.views[id_] = view | {"id": id_, "hash": "h0", "state": {"values": {}}}
        return {"view": self.state.views[id_]}

    def views_update(self, args: Args) -> Args:
        kept = self.state.views.get(args.get("view_id", ""))
        if kept is None:
            raise SlackSays("not_found")
        view = _parsed(args.get("view")) or {}
        _check_view(view)
        kept |= view
        return {"view": kept}

    def views_publish(self, args: Args) -> Args:
        view = _parsed(args.get("view")) or {}
        _check_view(view)
        if view.get("type") != "home":
            raise SlackSays("invalid_arguments")
        self.state.homes[args["user_id"]] = view
        return {"view": view}

    def _use_trigger(self, args: Args) -> None:
        began = self.state.triggers.pop(args.get("trigger_id", ""), None)
        if began is None:
            raise SlackSays("exchanged_trigger_id")
        if time.monotonic() - began > self.state.trigger_seconds:
            raise SlackSays("expired_trigger_id")


def _check_view(view: Args) -> None:
    if view.get("type") not in ("modal", "home"):
        raise SlackSays("invalid_arguments")
    if view["type"] == "modal" and not 0 < len(view.get("title", {}).get("text", "")) <= 24:
        raise SlackSays("invalid_arguments", errors=["title"])
    if len(view.get("private_metadata", "")) > 3_000 or len(json.dumps(view)) > 250_000:
        raise SlackSays("invalid_arguments", errors=["too large"])
    check_blocks(view.get("blocks"), most=100, modal=view["type"] == "modal")


def _check_chunk(chunk: Args) -> None:
    kind = chunk.get("type")
    if kind == "task_update":
        if chunk.get("status") not in ("pending", "in_progress", "complete", "error") or not chunk.get("title"):
            raise SlackSays("invalid_chunks")
        if not chunk.get("id") or set(chunk) - {"type", "id", "title", "status", "details", "output", "sources"}:
            raise SlackSays("invalid_chunks")
        if any(len(chunk.get(part) or "") > 256 for part in ("title", "details", "output")):
            raise SlackSays("invalid_chunks")
    elif kind == "blocks":
        check_blocks(chunk.get("blocks"))
    elif kind not in ("plan_update", "markdown_text"):
        raise SlackSays("invalid_chunks")


def _ts(value: Any) -> str:
    """Of a message that a thread begins with."""
    if not re.fullmatch(r"\d{10}\.\d{6}", str(value or "")):
        raise SlackSays("invalid_thread_ts")
    return str(value)


def _shown(message: Args) -> Args:
    return {key: value for key, value in message.items() if key not in ("seen_at", "stream")}


def _parsed(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value
