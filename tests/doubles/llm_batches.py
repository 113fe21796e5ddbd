"""The batch APIs of both vendors, as the stand-in for language model servers speaks them.

    server.batches.looks = 2                    # how often a batch is asked after before it has ended
    server.batches.fates = {0: "expired"}       # of a question by number: "expired" "errored" or a fault of LlmServer
    server.batches.refuses = "no such model"    # the whole batch ends as failed (OpenAI)
    server.batches.made                         # id -> what was handed in, and how it stands

Enforced as the real ones do: unique ids of the right form, endpoint and purpose, ends that cannot be undone.
A batch that is cancelled brings what was done by then: the first half of its questions.
"""

import email
import email.policy
import itertools
import json
import re
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.doubles import llm_events

ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
FILES, OPENAI, ANTHROPIC = "/v1/files", "/v1/batches", "/v1/messages/batches"


class Turned(Exception):
    """The server turns a request down."""

    def __init__(self, status: int, message: str) -> None:
        self.status, self.message = status, message


@dataclass
class Made:
    id: str
    requests: list[dict[str, Any]]  # id and body of each question
    created: float = field(default_factory=time.time)
    metadata: dict[str, str] = field(default_factory=dict)
    looks: int = 0
    status: str = "in_progress"
    results: dict[str, tuple[str, Any]] = field(default_factory=dict)  # id -> fate, and the answer's object


@dataclass
class Batches:
    looks: int = 1
    fates: dict[int, str] = field(default_factory=dict)
    refuses: str = ""
    lists: bool = True  # whether a new batch is in the list at once
    made: dict[str, Made] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    numbers: Any = field(default_factory=lambda: itertools.count(1))


def handles(path: str) -> bool:
    return path.startswith((FILES, OPENAI, ANTHROPIC))


def handled(llm: Any, method: str, path: str, headers: Any, raw: bytes) -> tuple[str, str]:
    """The content type and body of the answer. Raises Turned."""
    path = path.partition("?")[0]
    if path.startswith(FILES):
        return _file(llm, method, path, headers, raw)
    api = _Anthropic(llm) if path.startswith(ANTHROPIC) else _OpenAI(llm)
    rest = path.removeprefix(api.path).strip("/").split("/")
    if rest == [""]:
        body = api.create(json.loads(raw)) if method == "POST" else api.listed()
        return "application/json", json.dumps(body)
    if rest[0] not in llm.batches.made:
        raise Turned(404, f"No batch found with id '{rest[0]}'.")
    made = llm.batches.made[rest[0]]
    if rest[1:] == ["cancel"]:
        return "application/json", json.dumps(api.cancelled(made))
    if rest[1:] == ["results"]:
        return "application/x-jsonl", api.results(made)
    made.looks += 1
    if made.status in {"in_progress", "cancelling"} and made.looks >= llm.batches.looks:
        api.end(made)
    return "application/json", json.dumps(api.shown(made))


def _file(llm: Any, method: str, path: str, headers: Any, raw: bytes) -> tuple[str, str]:
    if method == "POST":
        message = email.message_from_bytes(
            b"Content-Type: " + headers["Content-Type"].encode() + b"\r\n\r\n" + raw, policy=email.policy.HTTP
        )
        parts = {part.get_param("name", header="content-disposition"): part for part in message.iter_parts()}  # type: ignore[attr-defined]
        if parts["purpose"].get_content().strip() != "batch":
            raise Turned(400, "purpose must be batch")
        id_ = f"file-{next(llm.batches.numbers)}"
        llm.batches.files[id_] = parts["file"].get_payload(decode=True).decode()
        shown = {"id": id_, "object": "file", "bytes": len(raw), "created_at": 0, "filename": "x", "purpose": "batch"}
        return "application/json", json.dumps(shown | {"status": "processed"})
    id_ = path.removeprefix(FILES).strip("/").partition("/")[0]
    if id_ not in llm.batches.files:
        raise Turned(404, f"No such File object: {id_}")
    return "application/octet-stream", llm.batches.files[id_]


class _Api:
    path = ""
    prefix = ""

    def __init__(self, llm: Any) -> None:
        self.llm, self.batches = llm, llm.batches

    def make(self, requests: list[dict[str, Any]], metadata: dict[str, str]) -> Made:
        ids = [request["custom_id"] for request in requests]
        if not ids or len(set(ids)) < len(ids) or not all(map(ID.fullmatch, ids)):
            raise Turned(400, "custom_id: must be unique, and match ^[a-zA-Z0-9_-]{1,64}$")
        made = Made(f"{self.prefix}{next(self.batches.numbers)}", requests, metadata=metadata)
        self.batches.made[made.id] = made
        return made

    def end(self, made: Made) -> None:
        kept = len(made.requests) // 2 if made.status == "cancelling" else len(made.requests)
        for number, request in enumerate(made.requests):
            fate = self.batches.fates.get(number, "") if number < kept else "cancelled"
            made.results[request["custom_id"]] = (fate, self.answer(request, fate))
        made.status = "cancelled" if made.status == "cancelling" else "ended"

    def answer(self, request: dict[str, Any], fate: str) -> Any:
        from tests.doubles.llm_server import Fault, _asked

        if fate in {"expired", "errored", "cancelled"}:
            return None
        asked = _asked(self.path, {}, request["body"]) | {"fault": fate, "batch": True}
        self.llm.log.append(asked)
        return self.whole(asked, Fault(*fate.partition(":")[::2]))

    def whole(self, asked: dict[str, Any], fault: Any) -> Any:
        raise NotImplementedError

    def cancelled(self, made: Made) -> dict[str, Any]:
        if made.status not in {"in_progress", "cancelling"}:
            raise Turned(409, f"Cannot cancel a batch with status '{made.status}'.")
        made.status = "cancelling"
        return self.shown(made)

    def shown(self, made: Made) -> dict[str, Any]:
        raise NotImplementedError

    def listed(self) -> dict[str, Any]:
        newest = list(self.batches.made.values())[::-1] if self.batches.lists else []
        data = [self.shown(batch) for batch in newest if batch.id.startswith(self.prefix)]
        return {"object": "list", "data": data, "has_more": False, "first_id": None, "last_id": None}


class _OpenAI(_Api):
    path, prefix = OPENAI, "batch_"

    def create(self, body: dict[str, Any]) -> dict[str, Any]:
        if body["endpoint"] != "/v1/chat/completions" or body["completion_window"] != "24h":
            raise Turned(400, "Invalid endpoint or completion_window")
        lines = [json.loads(line) for line in self.batches.files[body["input_file_id"]].splitlines()]
        if any(
            line["method"] != "POST" or line["url"] != body["endpoint"] or "stream" in line["body"] for line in lines
        ):
            raise Turned(400, "Invalid line")
        made = self.make(lines, body.get("metadata") or {})
        return self.shown(made)

    def end(self, made: Made) -> None:
        if self.batches.refuses:
            made.status = "failed"
            return
        super().end(made)
        for name, wanted in (("output", False), ("errors", True)):
            lines = [self._line(id_, *result) for id_, result in made.results.items() if (result[1] is None) == wanted]
            if lines:
                self.batches.files[f"{made.id}-{name}"] = "\n".join(lines[::-1]) + "\n"  # the order is nobody's promise

    def _line(self, id_: str, fate: str, answer: Any) -> str:
        if answer is not None:
            response = {"status_code": 200, "request_id": "r", "body": answer}
            return json.dumps({"id": "x", "custom_id": id_, "response": response, "error": None})
        if fate == "errored":
            body = {"error": {"message": "scripted", "type": "invalid_request_error", "code": None}}
            told: dict[str, Any] = {"response": {"status_code": 400, "request_id": "r", "body": body}, "error": None}
        else:
            told = {"response": None, "error": {"code": f"batch_{fate}", "message": f"It was {fate}."}}
        return json.dumps({"id": "x", "custom_id": id_, **told})

    def whole(self, asked: dict[str, Any], fault: Any) -> Any:
        api = llm_events.OpenAIEvents(asked, self.llm, fault)
        usage = json.loads(api._usage().removeprefix("data: "))["usage"]
        refused = {"refusal": "I cannot help with that."} if fault.kind == "refusal" else {}
        reason = "length" if api.cut or fault.kind == "limit" else "stop"
        message = {"role": "assistant", "content": api.text, **refused}
        choice = {"index": 0, "message": message, "finish_reason": reason}
        return {"id": "c", "object": "chat.completion", "choices": [choice], "usage": usage}

    def shown(self, made: Made) -> dict[str, Any]:
        files = self.batches.files
        known = {"output_file_id": f"{made.id}-output", "error_file_id": f"{made.id}-errors"}
        done = [result for result in made.results.values() if result[1] is not None]
        expired = made.results and all(fate == "expired" for fate, _ in made.results.values())
        ended = "expired" if expired else "completed"
        errors = {"object": "list", "data": [{"code": "bad", "message": self.batches.refuses}]}
        return {
            "id": made.id, "object": "batch", "endpoint": "/v1/chat/completions", "completion_window": "24h",
            "input_file_id": "file-1", "created_at": int(made.created), "metadata": made.metadata,
            "status": ended if made.status == "ended" else made.status,
            "errors": errors if made.status == "failed" else None,
            "request_counts": {"total": len(made.requests), "completed": len(done), "failed": 0},
            **{name: id_ for name, id_ in known.items() if id_ in files},
        }  # fmt: skip


class _Anthropic(_Api):
    path, prefix = ANTHROPIC, "msgbatch_"

    def create(self, body: dict[str, Any]) -> dict[str, Any]:
        if any("max_tokens" not in request["params"] or "stream" in request["params"] for request in body["requests"]):
            raise Turned(400, "requests: invalid params")
        return self.shown(self.make([{**request, "body": request["params"]} for request in body["requests"]], {}))

    def results(self, made: Made) -> str:
        if made.status not in {"ended", "cancelled"}:
            raise Turned(404, "The results are not there yet.")
        return "".join(self._line(id_, *result) + "\n" for id_, result in reversed(made.results.items()))

    def _line(self, id_: str, fate: str, answer: Any) -> str:
        result = {"type": "succeeded", "message": answer} if answer else {"type": fate.replace("cancelled", "canceled")}
        if fate == "errored":
            error = {"type": "invalid_request_error", "message": "scripted"}
            result["error"] = {"type": "error", "error": error, "request_id": "r"}
        return json.dumps({"custom_id": id_, "result": result})

    def whole(self, asked: dict[str, Any], fault: Any) -> Any:
        api = llm_events.AnthropicEvents(asked, self.llm, fault)
        message = api._message()
        reason = "max_tokens" if api.cut or fault.kind == "limit" else "end_turn"
        usage = {**message["usage"], "output_tokens": llm_events._tokens(api.text)}
        content = [{"type": "text", "text": api.text}]
        stop = "refusal" if fault.kind == "refusal" else reason
        return {**message, "content": content, "stop_reason": stop, "usage": usage}

    def shown(self, made: Made) -> dict[str, Any]:
        over = made.status in {"ended", "cancelled"}
        names = {"": "succeeded", "expired": "expired", "cancelled": "canceled", "errored": "errored"}
        counts = dict.fromkeys(("processing", "succeeded", "errored", "canceled", "expired"), 0)
        for fate, _ in made.results.values():
            counts[names.get(fate, "succeeded")] += 1
        counts["processing"] = 0 if over else len(made.requests)
        at = datetime.fromtimestamp(made.created, UTC)
        shown = {"in_progress": "in_progress", "cancelling": "canceling"}.get(made.status, "ended")
        url = f"{self.llm.anthropic_url}{ANTHROPIC}/{made.id}/results" if over else None
        return {
            "id": made.id, "type": "message_batch", "processing_status": shown, "request_counts": counts,
            "created_at": at.isoformat(), "expires_at": (at + timedelta(hours=24)).isoformat(),
            "ended_at": at.isoformat() if over else None, "results_url": url,
        }  # fmt: skip
