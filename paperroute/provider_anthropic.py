"""Anthropic, or another server that speaks its API, as a provider of chat models."""

from __future__ import annotations

from contextlib import ExitStack

from digest.models.anthropic import AnthropicChat, anthropic_client, model_exists
from digest.models.anthropic_batch import AnthropicBatches
from digest.models.batches import BatchChat
from digest.models.lane import Lane
from digest.ports import ChatModel, Embedder
from paperroute.providers import Terms
from paperroute.secrets import Access


class AnthropicProvider:
    """Its constructor raises ConfigError where there is neither a key nor an address."""

    def __init__(self, access: Access, terms: Terms, closing: ExitStack) -> None:
        client = anthropic_client(access.api_key, access.base_url, user_agent=terms.user_agent)
        self._client = closing.enter_context(client)
        self._access, self._terms, self._lane = access, terms, Lane(terms.width)

    def chat(self, model_id: str) -> ChatModel:
        return AnthropicChat(
            self._client,
            model_id,
            provider=self._access.name,
            lane=self._lane,
            prices=self._terms.prices,
            deadline_seconds=self._terms.call_seconds,
            wait=self._terms.wait,
        )

    def batches(self, model_id: str) -> BatchChat:
        seconds = self._terms.step_seconds
        return AnthropicBatches(self._client, model_id, provider=self._access.name, seconds=seconds)

    def embedder(self, model_id: str) -> Embedder:
        raise AssertionError(f"the configuration lets no model of this API make vectors: {model_id}")

    def has(self, model_id: str) -> bool | None:
        return model_exists(self._client, model_id, provider=self._access.name)
