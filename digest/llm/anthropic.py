"""Anthropic chat models (Claude), and servers that speak its Messages API.

Invariant: every answer is streamed and must end with a stop reason; instructions and what calls share are marked for
the provider's cache; thinking, on by default in current models, has tokens of its own beside those for the text.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from typing import Any, cast

import anthropic
from anthropic.types import RawMessageStreamEvent

from digest.errors import ModelError
from digest.http_client import http_client, limit_exchange
from digest.llm.chat import ChatSession, Finish
from digest.llm.concurrency import ConcurrencyLimiter
from digest.llm.credentials import check_key, display_address, secrets_to_hide
from digest.llm.failures import (
    ModelEndpoint,
    ModelFault,
    no_model_server_fault,
    other_type_fault,
    translate_errors,
)
from digest.llm.pricing import PriceTable, TokenCount
from digest.llm.requests.chat_request import ChatRequest, ServerCapabilities
from digest.llm.requests.documents import render_documents
from digest.llm.requests.search_results import CitationMarkers, search_result_blocks
from digest.llm.retry import RetryPolicy
from digest.ports import Document
from digest.retry import Deadline
from store.records.lazy_text import lazy_gettext

_VENDOR = "anthropic"  # other servers leave blocks that they do not know out without a word  # decision 167
VENDOR_URL = "https://api.anthropic.com"
_OPTIONAL = {
    "schema": r"output_config(?!\.effort)|output_format|json_schema|structured output",
    "effort": r"effort|output_config: ",
    "cache": "cache_control",
    "citations": "search_result|citations",
}
_CACHE_MARK = {"cache_control": {"type": "ephemeral"}}
# Granted to the vendor's models for thinking; other servers' get some once they are seen to think.
_THINKING_TOKENS = 8_000
_EXISTS_SECONDS = 20.0


def anthropic_client(api_key: str, base_url: str = "", *, user_agent: str = "paperroute") -> anthropic.Anthropic:
    """A client to share between threads. With a base URL the key may be empty. Raises ConfigError."""
    return anthropic.Anthropic(
        api_key=check_key(api_key, base_url, "ANTHROPIC_API_KEY"),
        base_url=base_url or VENDOR_URL,
        max_retries=0,
        default_headers={"User-Agent": user_agent},
        http_client=http_client(),
    )


def endpoint_of(client: anthropic.Anthropic, provider: str, model_id: str) -> ModelEndpoint:
    return ModelEndpoint(
        provider, model_id, display_address(str(client.base_url), VENDOR_URL), secrets_to_hide(client.api_key)
    )


class AnthropicChat(ChatSession):
    """A `ChatModel`. effort: how hard the model should think ("low", "medium" ...), "" for its own default."""

    def __init__(
        self,
        client: anthropic.Anthropic,
        model_id: str,
        *,
        provider: str = "anthropic",
        limiter: ConcurrencyLimiter,
        prices: PriceTable,
        deadline_seconds: float = 120.0,
        effort: str = "low",
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = client.with_options(max_retries=0)
        self._effort = effort
        endpoint = endpoint_of(client, provider, model_id)
        thoughts = 0 if endpoint.address else _THINKING_TOKENS
        unknown = (frozenset() if effort else {"effort"}) | (frozenset() if provider == _VENDOR else {"citations"})
        capabilities = ServerCapabilities(_OPTIONAL, thoughts, frozenset(unknown))
        super().__init__(endpoint, RetryPolicy(endpoint, limiter, deadline_seconds, wait), prices, capabilities)

    def stream_completion(
        self, order: ChatRequest, most_tokens: int, sent: frozenset[str]
    ) -> Generator[str | Finish, None, None]:
        request = build_request(order, most_tokens, sent, self._effort)
        with translate_errors(self.endpoint, anthropic.AnthropicError):
            create = self._client.messages.create
            events = create(model=self.endpoint.model_id, stream=True, **request)
            with cast("anthropic.Stream[RawMessageStreamEvent]", events) as stream:
                content_type = stream.response.headers.get("content-type", "")
                if "event-stream" not in content_type:
                    raise other_type_fault(self.endpoint, content_type)
                markers = CitationMarkers(order.prompt.documents if "citations" in sent else ())
                for piece in _stream_pieces(stream, markers):
                    if isinstance(piece, Finish) and piece.reason == "done" and not markers.count:
                        self.capabilities.forget(*{"citations"} & sent)  # it cites nothing so: text does better
                    yield piece


def build_request(order: ChatRequest, most_tokens: int, sent: frozenset[str], effort: str) -> dict[str, Any]:
    """The cache holds a prompt up to a marked block: the instructions, then also what several calls share."""
    prompt, mark = order.prompt, _CACHE_MARK if "cache" in sent else {}
    shared = [*_document_blocks(prompt.documents, cited="citations" in sent), *_text_blocks(prompt.shared)]
    blocks = [*_mark_last(shared, mark), *_text_blocks(prompt.ask)]
    request: dict[str, Any] = {"max_tokens": most_tokens, "messages": [{"role": "user", "content": blocks}]}
    if system := _mark_last(_text_blocks(prompt.instructions), mark):
        request["system"] = system
    config: dict[str, Any] = {"effort": effort} if "effort" in sent else {}
    if "schema" in sent:
        config["format"] = {"type": "json_schema", "schema": order.schema}
    return request | ({"output_config": config} if config else {})


def _text_blocks(text: str) -> list[dict[str, Any]]:
    """Nothing for nothing: the API takes no empty block."""
    return [{"type": "text", "text": text}] if text.strip() else []


def _document_blocks(documents: tuple[Document, ...], *, cited: bool) -> list[dict[str, Any]]:
    return search_result_blocks(documents) if cited else _text_blocks(render_documents(documents))


def _mark_last(blocks: list[dict[str, Any]], mark: dict[str, Any]) -> list[dict[str, Any]]:
    return [*blocks[:-1], {**blocks[-1], **mark}] if blocks else []


def _stream_pieces(
    stream: anthropic.Stream[RawMessageStreamEvent], markers: CitationMarkers
) -> Generator[str | Finish, None, None]:
    reason, detail, counts = "", "", dict[str, int]()
    for event in stream:
        if event.type == "message_start":
            counts |= usage_counts(event.message.usage)
            yield ""  # decision 250
        elif event.type == "content_block_delta":
            yield from _read_delta(event.delta, markers)
        elif event.type == "content_block_stop":
            yield from filter(None, [markers.end_block()])
        elif event.type == "message_delta":
            counts |= usage_counts(event.usage)
            reason = event.delta.stop_reason or reason
            detail = str(getattr(event.delta.stop_details, "explanation", None) or detail)
    yield parse_finish(reason, detail, counts)


def _read_delta(delta: Any, markers: CitationMarkers) -> Iterator[str]:
    if delta.type == "text_delta":
        yield from filter(None, [markers.add_text(str(delta.text))])
    elif delta.type == "citations_delta":
        markers.cite(delta.citation)


def usage_counts(usage: Any) -> dict[str, int]:
    """What a usage object says; later ones of a stream are totals, and may leave out what stays as it was."""
    names = ("input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
    found = {name: getattr(usage, name, None) for name in names}
    found["thinking"] = getattr(getattr(usage, "output_tokens_details", None), "thinking_tokens", None)
    return {name: count for name, count in found.items() if isinstance(count, int)}


def parse_finish(reason: str, detail: str, counts: dict[str, int]) -> Finish:
    tokens = _token_count(counts) if reason else None  # a stream that broke off has not told its last count
    thoughts = counts.get("thinking", 0)
    if reason == "refusal":
        return Finish("refused", tokens, detail=detail)
    if reason in {"max_tokens", "model_context_window_exceeded"}:
        return Finish("limit", tokens, thoughts)
    return Finish("done" if reason else "", tokens, thoughts)


def _token_count(counts: dict[str, int]) -> TokenCount | None:
    """input_tokens leaves out what went to or came from the cache; our input is all of it."""
    if "input_tokens" not in counts or "output_tokens" not in counts:
        return None
    cached, written = counts.get("cache_read_input_tokens", 0), counts.get("cache_creation_input_tokens", 0)
    return TokenCount(counts["input_tokens"] + cached + written, counts["output_tokens"], cached, written)


def model_exists(client: anthropic.Anthropic, model_id: str, *, provider: str = "anthropic") -> bool | None:
    """Whether the server has the model; None where it does not tell. Raises ModelError (refused key, no connection)."""
    endpoint = endpoint_of(client, provider, model_id)
    client = client.with_options(max_retries=0)
    try:
        with translate_errors(endpoint, anthropic.AnthropicError), limit_exchange(Deadline(_EXISTS_SECONDS)):
            found = client.models.retrieve(model_id)
    except ModelFault as fault:
        if fault.kind != "not_found":
            raise
        return _is_listed(client, endpoint)
    if not hasattr(found, "id"):  # how the SDK hands on a web page
        raise no_model_server_fault(endpoint, lazy_gettext("a web page"))
    return True


def _is_listed(client: anthropic.Anthropic, endpoint: ModelEndpoint) -> bool | None:
    """A server without an address for each model answers 404, too: its list tells one from the other."""
    try:
        with translate_errors(endpoint, anthropic.AnthropicError), limit_exchange(Deadline(_EXISTS_SECONDS)):
            names = {model.id for model in client.models.list()}
    except ModelError:
        return None
    return endpoint.model_id in names if names else None
