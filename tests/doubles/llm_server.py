"""A stand-in for language model servers: the wire protocols of OpenAI and of Anthropic, with scripted faults.

    with LlmServer() as server:
        server.openai_url, server.anthropic_url         # base URLs for the SDKs
        server.fail("429:0.1", "500", match="summary")  # the next calls of that role, path or prompt, one each
        server.latency["embedding"] = 0.5               # seconds before the first byte, by role, path or prompt
        server.answer = lambda asked: "Text." or {"an": "object"}
        server.log                                      # what was asked, in order; "role" is one of Paper Route's

As a process: `python -m tests.doubles.llm_server --port 8123 --latency summary=1.5` prints its addresses as JSON; it
gives its log at GET /log.

Faults: a status, with `:SECONDS` a Retry-After (`429:3600`, `429:0.1`, `429:date`); `quota` `reset` `hang` (no answer)
`hang-within` `drip` (comments for ever) `cut` (the connection, in the middle of an answer) `ends-early` (cleanly)
`nothing` (a stream without events) `malformed` (broken JSON) `html` `refusal` `filtered` `limit` `empty`
`error:NAME` (an event in the stream) `slow` (0.2 s to the first token) `redirect` `thinks` (500 tokens, to the limit)
`body:TEXT` (a 200 with that JSON) `says:TEXT` (an answer of that text) `unheard` (of a batch: done, but not answered).
"""

import argparse
import contextlib
import json
import select
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from tests.doubles import llm_answers, llm_batches, llm_events
from tests.doubles.http_server import HttpDouble, HttpHandler

HTML = "<html><head><title>Welcome to the proxy</title></head><body>Sign in.</body></html>"
OPENAI_CODES = {401: "invalid_api_key", 404: "model_not_found", 429: "rate_limit_exceeded"}
ANTHROPIC_TYPES = {
    400: "invalid_request_error", 401: "authentication_error", 403: "permission_error", 404: "not_found_error",
    413: "request_too_large", 429: "rate_limit_error", 500: "api_error", 529: "overloaded_error",
}  # fmt: skip


@dataclass
class Fault:
    kind: str
    detail: str = ""
    match: str = ""  # part of the role, the path or the prompt


class Refused(Exception):
    """The server turns a request down, as the real ones do."""

    def __init__(self, status: int, message: str, code: str = "") -> None:
        self.status, self.message, self.code = status, message, code


@dataclass
class LlmServer(HttpDouble):
    answer: Callable[[dict[str, Any]], str | dict[str, Any]] = llm_answers.answer
    latency: dict[str, float] = field(default_factory=dict)
    port: int = 0
    dimensions: int = 256  # of its embeddings, unless asked for others
    models: set[str] | None = None  # None: it has every model
    lacks: set[str] = field(default_factory=set)  # parameters it turns down: "max_completion_tokens", "effort" ...
    ignores: set[str] = field(
        default_factory=set
    )  # parameters without effect: "schema", "dimensions", "usage", "limit"
    log: list[dict[str, Any]] = field(default_factory=list)
    lookups: list[dict[str, Any]] = field(default_factory=list)  # of models: no part of the log
    faults: deque[Fault] = field(default_factory=deque)
    batches: llm_batches.Batches = field(default_factory=llm_batches.Batches)
    busy: int = 0  # requests in hand now
    most_busy: int = 0

    def __enter__(self) -> "LlmServer":
        self.prefixes = set[str]()
        return super().__enter__()

    @property
    def anthropic_url(self) -> str:
        return self.url

    @property
    def openai_url(self) -> str:
        return f"{self.anthropic_url}/v1"

    def fail(self, *faults: str, match: str = "") -> None:
        self.faults.extend(Fault(*fault.partition(":")[::2], match) for fault in faults)

    def take(self, asked: dict[str, Any]) -> Fault:
        """Note a request, and give it the first fault that is meant for it."""
        with self.lock:
            (self.lookups if "/models" in asked["path"] else self.log).append(asked)
            self.busy += 1
            self.most_busy = max(self.most_busy, self.busy)
            fault = next((fault for fault in self.faults if _meant(fault.match, asked)), Fault(""))
            if fault in self.faults:
                self.faults.remove(fault)
            asked["fault"] = fault.kind
            return fault

    def seconds(self, asked: dict[str, Any]) -> float:
        return next((seconds for match, seconds in self.latency.items() if _meant(match, asked)), 0.0)

    def cached(self, prefix: str) -> bool:
        """Whether a prompt with this beginning came before."""
        with self.lock:
            known = prefix in self.prefixes
            self.prefixes.add(prefix)
            return known


def _meant(match: str, asked: dict[str, Any]) -> bool:
    if "/models" in asked["path"]:
        return bool(match) and match in asked["path"]
    return match in asked["role"] or match in asked["path"] or match in asked["prompt"]


def _asked(path: str, headers: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
    """A request in the same words for both APIs."""
    messages = body.get("messages", [])
    system = body.get("system", "")
    instructions = [
        _plain(system),
        *(_plain(message["content"]) for message in messages if message["role"] == "system"),
    ]
    asks = [_plain(message["content"]) for message in messages if message["role"] != "system"]
    prompt = "\n\n".join(part for part in (*instructions, *asks) if part)
    form = body.get("response_format", {}).get("json_schema", {}).get("schema")
    form = form or body.get("output_config", {}).get("format", {}).get("schema")
    return {
        "path": path, "headers": headers, "body": body, "prompt": prompt, "ask": "\n\n".join(asks), "schema": form,
        "role": "embedding" if path.endswith("/embeddings") else llm_answers.role_of(prompt),
        "model": body.get("model", ""), "at": time.monotonic(),
    }  # fmt: skip


def _plain(content: Any) -> str:
    return content if isinstance(content, str) else "\n\n".join(map(llm_events.plain_block, content))


class _Handler(HttpHandler):
    double: LlmServer
    raw = b""

    def do_GET(self) -> None:
        if self.path == "/log":
            shown = [
                {name: call[name] for name in ("path", "role", "model", "fault", "at")} for call in self.double.log
            ]
            return self._json(200, shown)
        return self._handled({})

    def do_POST(self) -> None:
        self.raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        return self._handled({} if llm_batches.handles(self.path) else json.loads(self.raw))

    def _handled(self, body: dict[str, Any]) -> None:
        asked = _asked(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
        asked["connection"] = self.client_address
        fault = self.double.take(asked)
        try:
            self.double.closing.wait(self.double.seconds(asked) + (0.2 if fault.kind == "slow" else 0.0))
            self._answered(asked, fault)
        except Refused as refused:
            self._refuse(refused)
        except OSError:
            self.close_connection = True  # the caller has gone
        finally:
            with self.double.lock:
                self.double.busy -= 1

    def _answered(self, asked: dict[str, Any], fault: Fault) -> None:
        if self._broken(fault):
            return None
        _check_key(self.path, asked["headers"])
        if "/models" in self.path:
            return self._models()
        if llm_batches.handles(self.path):
            return self._batch(fault)
        _check_request(asked, self.double)
        if asked["role"] == "embedding":
            return self._json(200, llm_events.embeddings(asked, self.double, fault))
        api = llm_events.AnthropicEvents if self.path == "/v1/messages" else llm_events.OpenAIEvents
        return self._stream(api(asked, self.double, fault).stream(), fault)

    def _broken(self, fault: Fault) -> bool:
        """Faults that are the same whatever was asked. True when the request is dealt with."""
        if fault.kind.isdigit():
            raise Refused(int(fault.kind), f"scripted {fault.kind}", fault.detail)
        if fault.kind == "quota" and self.path.startswith("/v1/messages"):
            raise Refused(400, "Your credit balance is too low to access the Anthropic API.")
        if fault.kind == "quota":
            raise Refused(429, "You exceeded your current quota, please check your plan.", "insufficient_quota")
        if fault.kind == "reset":
            self.reset()
        elif fault.kind == "hang":
            self._silence()
        elif fault.kind == "html":
            self._send(200, "text/html; charset=utf-8", HTML)
        elif fault.kind == "body":
            self._send(200, "application/json", fault.detail)
        elif fault.kind == "redirect":
            self._send(307, "text/plain", "", {"Location": "http://127.0.0.1:9/elsewhere"})
        else:
            return False
        return True

    def _refuse(self, refused: Refused) -> None:
        status, message, code = refused.status, refused.message, refused.code
        wait = _retry_after(code) if status >= 429 else {}
        name = code if code and not wait else OPENAI_CODES.get(status)
        body: dict[str, Any] = {"error": {"message": message, "type": "scripted", "param": None, "code": name}}
        if self.path.startswith("/v1/messages"):
            kind = ANTHROPIC_TYPES.get(status, "api_error")
            body = {"type": "error", "error": {"type": kind, "message": message}}
        self._json(status, body, wait)

    def _batch(self, fault: Fault) -> None:
        if "batches" in self.double.lacks:
            raise Refused(404, "Not Found", "not_here")
        try:
            kind, body = llm_batches.handled(self.double, self.command, self.path, self.headers, self.raw)
        except llm_batches.Turned as turned:
            raise Refused(turned.status, turned.message) from None
        if fault.kind == "unheard":  # done, and the caller never hears of it
            self.close_connection = True
            self.connection.close()
        else:
            self._send(200, kind, body)

    def _models(self) -> None:
        known, wanted = self.double.models, self.path.partition("/models")[2].lstrip("/").split("?")[0]
        shown = {"object": "model", "type": "model", "created": 0, "created_at": "2026-01-01T00:00:00Z",
                 "owned_by": "us", "display_name": ""}  # fmt: skip
        if "models" in self.double.lacks:
            raise Refused(404, "Not Found", "not_here")
        if not wanted:
            return self._json(
                200, {"object": "list", "data": [{"id": model, **shown} for model in sorted(known or ())]}
            )
        if known is not None and wanted not in known:
            raise Refused(404, f"model: {wanted} does not exist")
        return self._json(200, {"id": wanted, **shown})

    def _json(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        self._send(status, "application/json", json.dumps(body), headers)

    def _send(self, status: int, kind: str, body: str, headers: dict[str, str] | None = None) -> None:
        self.send(status, body, {"Content-Type": kind, **(headers or {})})

    def _stream(self, events: Iterator[str], fault: Fault) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for number, event in enumerate(() if fault.kind == "nothing" else events):
            self._chunk(event)
            if number >= 3 and self._stopped(fault):
                return
        self._chunk("")

    def _stopped(self, fault: Fault) -> bool:
        """Faults in the middle of a stream. True when it is over."""
        if fault.kind == "ends-early":
            self._chunk("")
        elif fault.kind == "hang-within":
            self._silence()
        elif fault.kind == "drip":
            while not self.double.closing.wait(0.02):
                self._chunk(": still here\n\n")
        elif fault.kind != "cut":
            return False
        self.close_connection = fault.kind != "ends-early"
        return True

    def _silence(self) -> None:
        """Nothing, until the caller hangs up."""
        while not self.double.closing.is_set() and not select.select([self.connection], [], [], 0.02)[0]:
            pass
        self.close_connection = True

    def _chunk(self, text: str) -> None:
        data = text.encode()
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()


LlmServer.handler = _Handler


def _retry_after(detail: str) -> dict[str, str]:
    if detail == "date":
        return {"Retry-After": format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)}
    try:
        seconds = float(detail)
    except ValueError:
        return {}
    return {"Retry-After": f"{seconds:.0f}"} if seconds >= 1 else {"Retry-After-Ms": f"{seconds * 1000:.0f}"}


def _check_key(path: str, headers: dict[str, str]) -> None:
    if not headers.get("x-api-key") and not headers.get("authorization", "").startswith("Bearer "):
        raise Refused(401, "No key was given.")


def _check_request(asked: dict[str, Any], llm: LlmServer) -> None:
    """What the real servers turn down."""
    body, anthropic = asked["body"], asked["path"] == "/v1/messages"
    given = set(body) | set(body.get("output_config", {}))
    names = {"reasoning_effort": "effort", "response_format": "schema", "format": "schema"}
    for name in sorted(given):
        if {name, names.get(name, name)} & llm.lacks:
            raise Refused(
                400, f"Unsupported parameter: '{'output_config.' if anthropic else ''}{name}' is not supported."
            )
    if "cache_control" in llm.lacks and "cache_control" in json.dumps(body):
        raise Refused(400, "cache_control: Extra inputs are not permitted")
    if "search_result" in llm.lacks and '"search_result"' in json.dumps(body):
        raise Refused(400, "messages.0.content.0: Input tag 'search_result' found using 'type' is not expected")
    if llm.models is not None and asked["model"] not in llm.models:
        raise Refused(404, f"The model `{asked['model']}` does not exist.")
    if anthropic and ("max_tokens" not in body or "temperature" in body):
        raise Refused(400, "max_tokens: Field required; temperature: Extra inputs are not permitted")
    if "messages" in body and not all(block for message in body["messages"] for block in message["content"]):
        raise Refused(400, "messages: text content blocks must be non-empty")
    if asked["role"] == "embedding" and (not body["input"] or not all(body["input"]) or len(body["input"]) > 2048):
        raise Refused(400, "'$.input' is invalid: it is empty, or too long.")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--latency", action="append", default=[], metavar="ROLE=SECONDS")
    parser.add_argument("--dimensions", type=int, default=256)
    options = parser.parse_args()
    latency = {name: float(seconds) for name, seconds in (option.split("=") for option in options.latency)}
    with LlmServer(latency=latency, port=options.port, dimensions=options.dimensions) as server:
        sys.stdout.write(json.dumps({"openai": server.openai_url, "anthropic": server.anthropic_url}) + "\n")
        sys.stdout.flush()
        with contextlib.suppress(KeyboardInterrupt):
            threading.Event().wait()


if __name__ == "__main__":
    main()
