"""The answers of the stand-in server as the two APIs put them on the wire: events of a stream, and embeddings."""

import json
import re
from collections.abc import Iterator
from typing import Any

from tests.doubles import llm_answers

_ONE_MARKER = re.compile(r"\[(\d+)\.([1-9]\d*)\]")
_MARKERS = r" ?(?:\[\d+\.[1-9]\d*\])+"


def _tokens(text: str) -> int:
    return max(1, len(text) // 4)


def plain_block(block: dict[str, Any]) -> str:
    """A block as text: search results as the papers that they are."""
    if block["type"] == "text":
        return str(block["text"])
    number, title = block["title"][1:].split("] ", 1)
    lines = [f'<paper number="{number}">', f"<title>{title}</title>"]
    for position, one in enumerate(block["content"], 1):
        summary = one["text"].removeprefix("Summary: ")
        sentence = f"[{number}.{position}] {one['text']}"
        lines.append(f"<summary>{summary}</summary>" if summary != one["text"] else sentence)
    return "\n".join([*lines, "</paper>"])


def embeddings(asked: dict[str, Any], llm: Any, fault: Any) -> dict[str, Any]:
    texts, body = asked["body"]["input"], asked["body"]
    wanted = body.get("dimensions") if "dimensions" not in llm.ignores else None
    data = [
        {"object": "embedding", "index": index, "embedding": llm_answers.vector(text, wanted or llm.dimensions)}
        for index, text in enumerate(texts)
    ][::-1]  # the order is nobody's promise
    if fault.kind == "ends-early":
        data = data[1:]
    count = sum(map(_tokens, texts))
    usage = {} if "usage" in llm.ignores else {"usage": {"prompt_tokens": count, "total_tokens": count}}
    return {"object": "list", "model": asked["model"], "data": [] if fault.kind == "empty" else data, **usage}


class Api:
    """One answer, cut into the events of an API."""

    def __init__(self, asked: dict[str, Any], llm: Any, fault: Any) -> None:
        self.asked, self.llm, self.fault = asked, llm, fault
        self.limit = asked["body"].get("max_completion_tokens") or asked["body"].get("max_tokens") or 10**6
        self.text, self.cut = self._within(self._told())

    def _told(self) -> str:
        if self.fault.kind in {"says", "empty", "refusal", "filtered"}:
            return str(self.fault.detail)
        if "schema" in self.llm.ignores:
            self.asked["schema"] = None
        told = self.llm.answer(self.asked)
        return told if isinstance(told, str) else json.dumps(told, ensure_ascii=False)

    def pieces(self) -> list[str]:
        size = max(8, len(self.text) // 12)
        return [self.text[at : at + size] for at in range(0, len(self.text), size)]

    def _within(self, text: str) -> tuple[str, bool]:
        """The text within the limit of tokens, and whether it was cut."""
        return (text, False) if "limit" in self.llm.ignores else (text[: 4 * self.limit], len(text) > 4 * self.limit)


class OpenAIEvents(Api):
    def stream(self) -> Iterator[str]:
        fault = self.fault
        yield self._event({"role": "assistant", "content": ""})
        for number, piece in enumerate(self.pieces()):
            yield self._event({"content": piece})
            if number == 1 and fault.kind == "malformed":
                yield 'data: {"choices": [{"delta": {"cont\n\n'
            if number == 1 and fault.kind == "error":
                yield f"data: {json.dumps({'error': {'message': 'It went wrong.', 'code': fault.detail}})}\n\n"
        if fault.kind == "refusal":
            yield self._event({"refusal": "I cannot help with that."})
        reason = "length" if self.cut or fault.kind in {"limit", "thinks"} else "stop"
        yield self._event({}, "content_filter" if fault.kind == "filtered" else reason)
        if self.asked["body"].get("stream_options") and "usage" not in self.llm.ignores:
            yield self._usage()
        yield "data: [DONE]\n\n"

    def _event(self, delta: dict[str, Any], reason: str | None = None) -> str:
        return self._data({"choices": [{"index": 0, "delta": delta, "finish_reason": reason}]})

    def _usage(self) -> str:
        prompt = self.asked["prompt"]
        known = self.llm.cached(self.asked["body"]["messages"][0]["content"])
        cached = _tokens(self.asked["body"]["messages"][0]["content"]) if known else 0
        thoughts = 500 if self.fault.kind == "thinks" else 0
        return self._data({"choices": [], "usage": {
            "prompt_tokens": _tokens(prompt), "completion_tokens": _tokens(self.text) + thoughts,
            "total_tokens": _tokens(prompt) + _tokens(self.text), "prompt_tokens_details": {"cached_tokens": cached},
            "completion_tokens_details": {"reasoning_tokens": thoughts},
        }})  # fmt: skip

    def _data(self, fields: dict[str, Any]) -> str:
        frame = {"id": "chat-1", "object": "chat.completion.chunk", "created": 0, "model": self.asked["model"]}
        return f"data: {json.dumps({**frame, **fields})}\n\n"


class AnthropicEvents(Api):
    def stream(self) -> Iterator[str]:
        fault = self.fault
        yield self._event("message_start", message=self._message())
        yield self._event("content_block_start", index=0, content_block={"type": "text", "text": ""})
        yield self._event("ping")
        for number, piece in enumerate(self.pieces()):
            yield from self._cited(piece)
            if number == 1 and fault.kind == "malformed":
                yield 'event: content_block_delta\ndata: {"type": "content_bl\n\n'
            if number == 1 and fault.kind == "error":
                yield self._event("error", error={"type": fault.detail, "message": "It went wrong."})
        yield self._event("content_block_stop", index=0)
        reason = "max_tokens" if self.cut or fault.kind in {"limit", "thinks"} else "end_turn"
        reason = "refusal" if fault.kind in {"refusal", "filtered"} else reason
        thoughts = 500 if fault.kind == "thinks" else 0
        yield self._event("message_delta", delta={"stop_reason": reason, "stop_sequence": None}, usage={
            "output_tokens": _tokens(self.text) + thoughts, "output_tokens_details": {"thinking_tokens": thoughts},
        })  # fmt: skip
        yield self._event("message_stop")

    def pieces(self) -> list[str]:
        """Where papers are search results: each text that ends in a marker of ours, the marker with it."""
        return re.findall(rf".*?{_MARKERS}|.+\Z", self.text, re.DOTALL) if self._papers() else super().pieces()

    def _cited(self, piece: str) -> Iterator[str]:
        """A piece; the markers in it that name a sentence as citations of a block that ends with it."""
        papers = self._papers()
        markers = [tuple(map(int, one)) for one in _ONE_MARKER.findall(piece)] if papers else []
        text = re.sub(_MARKERS, "", piece, flags=re.DOTALL) if markers else piece
        yield self._delta(type="text_delta", text=text)
        for number, position in markers:
            at = next(at for at, paper in enumerate(papers) if paper["title"].startswith(f"[{number}] "))
            yield self._delta(type="citations_delta", citation={
                "type": "search_result_location", "search_result_index": at, "title": papers[at]["title"],
                "source": papers[at]["source"], "start_block_index": position - 1, "end_block_index": position,
                "cited_text": papers[at]["content"][position - 1]["text"],
            })  # fmt: skip
        if markers:
            yield self._event("content_block_stop", index=0)
            yield self._event("content_block_start", index=0, content_block={"type": "text", "text": ""})

    def _delta(self, **delta: Any) -> str:
        return self._event("content_block_delta", index=0, delta=delta)

    def _papers(self) -> list[dict[str, Any]]:
        return [block for block in self._blocks() if block["type"] == "search_result"]

    def _message(self) -> dict[str, Any]:
        blocks = self._blocks()
        marked = [at for at, block in enumerate(blocks) if "cache_control" in block]
        prefix = "\n".join(map(plain_block, blocks[: marked[-1] + 1])) if marked else ""
        blocks, kept = marked, _tokens(prefix) if marked else 0
        known = bool(blocks) and self.llm.cached(prefix)
        return {
            "id": "msg-1", "type": "message", "role": "assistant", "model": self.asked["model"], "content": [],
            "stop_reason": None, "stop_sequence": None,
            "usage": {
                "input_tokens": max(0, _tokens(self.asked["prompt"]) - kept), "output_tokens": 1,
                "cache_read_input_tokens": kept if known else 0,
                "cache_creation_input_tokens": kept if blocks and not known else 0,
            },
        }  # fmt: skip

    def _blocks(self) -> list[dict[str, Any]]:
        body = self.asked["body"]
        told = [body.get("system", []), *(message["content"] for message in body["messages"])]
        return [block for content in told if isinstance(content, list) for block in content]

    def _event(self, kind: str, **fields: Any) -> str:
        return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n"
