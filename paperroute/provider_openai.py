"""OpenAI, or another server that speaks its API, as a provider of chat models and embedders."""

from __future__ import annotations

from contextlib import ExitStack

from digest.models.batches import BatchChat
from digest.models.embedding import OpenAIEmbedder
from digest.models.lane import Lane
from digest.models.openai import OpenAIChat, model_exists, openai_client
from digest.models.openai_batch import OpenAIBatches
from digest.ports import ChatModel, Embedder
from paperroute.providers import Terms
from paperroute.secrets import Access


class OpenAIProvider:
    """Its constructor raises ConfigError where there is neither a key nor an address."""

    def __init__(self, access: Access, terms: Terms, closing: ExitStack) -> None:
        client = openai_client(access.api_key, access.base_url, user_agent=terms.user_agent)
        self._client = closing.enter_context(client)
        self._access, self._terms, self._lane = access, terms, Lane(terms.width)

    def chat(self, model_id: str) -> ChatModel:
        return OpenAIChat(
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
        return OpenAIBatches(self._client, model_id, provider=self._access.name, seconds=seconds)

    def embedder(self, model_id: str) -> Embedder:
        return OpenAIEmbedder(
            self._client,
            model_id,
            provider=self._access.name,
            dimensions=self._access.dimensions,
            lane=self._lane,
            prices=self._terms.prices,
            deadline_seconds=self._terms.call_seconds,
            wait=self._terms.wait,
        )

    def has(self, model_id: str) -> bool | None:
        return model_exists(self._client, model_id, provider=self._access.name)
