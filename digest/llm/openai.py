"""OpenAI chat models, and any server that speaks its chat completions API.

Invariant: whatever such a server does without (usage, schemas, newer parameter names) is done without, and remembered;
one that is something else altogether is named as such.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from typing import Any

import openai
from openai.types import CompletionUsage, Model

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
    unexpected_answer_fault,
)
from digest.llm.pricing import PriceTable, TokenCount
from digest.llm.requests.chat_request import ChatRequest, ServerCapabilities
from digest.llm.requests.documents import render_documents
from digest.llm.retry import RetryPolicy
from digest.retry import Deadline
from store.records.lazy_text import lazy_gettext

VENDOR_URL = "https://api.openai.com/v1"
_OPTIONAL = {
    "max_completion_tokens": "max_completion_tokens",
    "stream_options": "stream_options|include_usage",
    "schema": "response_format|json_schema|structured output|grammar",
    "effort": "reasoning|thinking|effort",
    "cache_key": "prompt_cache_key",
}
_EXISTS_SECONDS = 20.0


def openai_client(api_key: str, base_url: str = "", *, user_agent: str = "paperroute") -> openai.OpenAI:
    """A client to share between threads. With a base URL the key may be empty. Raises ConfigError."""
    return openai.OpenAI(
        api_key=check_key(api_key, base_url, "OPENAI_API_KEY"),
        base_url=base_url or VENDOR_URL,
        max_retries=0,
        default_headers={"User-Agent": user_agent},
        http_client=http_client(),
    )


def endpoint_of(client: openai.OpenAI, provider: str, model_id: str) -> ModelEndpoint:
    return ModelEndpoint(
        provider, model_id, display_address(str(client.base_url), VENDOR_URL), secrets_to_hide(client.api_key)
    )


class OpenAIChat(ChatSession):
    """A `ChatModel`. effort: how hard a model that thinks should ("low", "medium" ...), "" for its own default."""

    def __init__(
        self,
        client: openai.OpenAI,
        model_id: str,
        *,
        provider: str = "openai",
        limiter: ConcurrencyLimiter,
        prices: PriceTable,
        deadline_seconds: float = 120.0,
        effort: str = "",
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = client.with_options(max_retries=0)
        self._effort = effort
        endpoint = endpoint_of(client, provider, model_id)
        capabilities = ServerCapabilities(_OPTIONAL, unknown=frozenset() if effort else frozenset({"effort"}))
        super().__init__(endpoint, RetryPolicy(endpoint, limiter, deadline_seconds, wait), prices, capabilities)

    def stream_completion(
        self, order: ChatRequest, most_tokens: int, sent: frozenset[str]
    ) -> Generator[str | Finish, None, None]:
        request = {"model": self.endpoint.model_id, **build_request(order, most_tokens, sent, self._effort)}
        with translate_errors(self.endpoint, openai.OpenAIError), self._open_stream(request) as stream:
            content_type = stream.response.headers.get("content-type", "")
            if "event-stream" not in content_type:
                raise other_type_fault(self.endpoint, content_type)
            yield from self._pieces(stream)

    def _open_stream(self, request: dict[str, Any]) -> openai.Stream[Any]:  # decision 250
        """Its chunks as they are: objects of the SDK's made of them, and of the request, cost more than the call."""
        return self._client.post(
            "/chat/completions", body=request, cast_to=object, stream=True, stream_cls=openai.Stream[object]
        )

    def _pieces(self, stream: openai.Stream[Any]) -> Generator[str | Finish, None, None]:
        reason, refusal, usage = "", "", None
        for chunk in stream:
            usage = chunk.get("usage") or usage
            for choice in (chunk.get("choices") or ())[:1]:
                delta = choice.get("delta") or {}
                reason = choice.get("finish_reason") or reason
                refusal += delta.get("refusal") or ""
                yield _require_text(delta.get("content") or "", self.endpoint)  # "" of a role, or of thoughts
        yield parse_finish(reason, refusal, CompletionUsage.construct(**usage) if usage else None)


def build_request(order: ChatRequest, most_tokens: int, sent: frozenset[str], effort: str) -> dict[str, Any]:
    """Instructions first and what calls share next: providers cache a prompt by its beginning."""
    prompt = order.prompt
    system = [{"role": "system", "content": prompt.instructions}] if prompt.instructions.strip() else []
    parts = [part for part in (render_documents(prompt.documents), prompt.shared, prompt.ask) if part.strip()]
    request: dict[str, Any] = {
        "messages": [*system, {"role": "user", "content": "\n\n".join(parts)}],
        "stream": True,
        "max_completion_tokens" if "max_completion_tokens" in sent else "max_tokens": most_tokens,
    }
    if "stream_options" in sent:
        request["stream_options"] = {"include_usage": True}
    if "cache_key" in sent:
        request["prompt_cache_key"] = prompt.cache_key
    if "effort" in sent:
        request["reasoning_effort"] = effort
    if "schema" in sent:
        schema = {"name": "answer", "strict": True, "schema": order.schema}
        request["response_format"] = {"type": "json_schema", "json_schema": schema}
    return request


def _require_text(content: object, endpoint: ModelEndpoint) -> str:
    if not isinstance(content, str):
        raise unexpected_answer_fault(endpoint, lazy_gettext("something else than text"))
    return content


def parse_finish(reason: str, refusal: str, usage: CompletionUsage | None) -> Finish:
    details = usage.completion_tokens_details if usage else None
    thoughts = (details.reasoning_tokens if details else 0) or 0
    if refusal or reason == "content_filter":
        return Finish("refused", _token_count(usage), detail=refusal)
    if reason == "length":
        return Finish("limit", _token_count(usage), thoughts)
    return Finish("done" if reason else "", _token_count(usage), thoughts)


def _token_count(usage: CompletionUsage | None) -> TokenCount | None:
    if usage is None:
        return None
    details = usage.prompt_tokens_details
    cached = (details.cached_tokens if details else 0) or 0
    written = (details.cache_write_tokens if details else 0) or 0
    return TokenCount(usage.prompt_tokens or 0, usage.completion_tokens or 0, cached, written)


def model_exists(client: openai.OpenAI, model_id: str, *, provider: str = "openai") -> bool | None:
    """Whether the server has the model; None where it does not tell. Raises ModelError (refused key, no connection)."""
    endpoint = endpoint_of(client, provider, model_id)
    client = client.with_options(max_retries=0)
    try:
        with translate_errors(endpoint, openai.OpenAIError), limit_exchange(Deadline(_EXISTS_SECONDS)):
            found = client.models.retrieve(model_id)
    except ModelFault as fault:
        if fault.kind not in {"not_found", "bad_request"}:
            raise
        return _is_listed(client, endpoint)
    if not isinstance(found, Model):  # how the SDK hands on a web page
        raise no_model_server_fault(endpoint, lazy_gettext("a web page"))
    return True


def _is_listed(client: openai.OpenAI, endpoint: ModelEndpoint) -> bool | None:
    try:
        with translate_errors(endpoint, openai.OpenAIError), limit_exchange(Deadline(_EXISTS_SECONDS)):
            names = {model.id for model in client.models.list()}
    except ModelError:
        return None
    # Ollama lists `llama3:latest` for what it also answers to as `llama3`.
    return bool(names & {endpoint.model_id, f"{endpoint.model_id}:latest"}) if names else None
