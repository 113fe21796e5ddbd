"""Providers of language models, opened when they are first needed: their SDKs take a second to import.

Invariant: one client and one lane for each provider of a process, shared by all its models and threads.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from digest.models.pricing import Prices
from digest.ports import ChatModel, Embedder
from paperroute.secrets import Access

if TYPE_CHECKING:  # it stands on the SDKs' own ground
    from digest.models.batches import BatchChat


@dataclass(frozen=True)
class Terms:
    """What all calls have in common. width: calls to one provider at once. wait: sleeps between two tries."""

    prices: Prices
    width: int
    call_seconds: float
    user_agent: str
    wait: Callable[[float], None]

    @property
    def step_seconds(self) -> float:
        """For one exchange about a batch: nobody waits for it, and there will be another."""
        return min(self.call_seconds, 60.0)


class Provider(Protocol):
    def chat(self, model_id: str) -> ChatModel: ...

    def batches(self, model_id: str) -> BatchChat: ...

    def embedder(self, model_id: str) -> Embedder: ...

    def has(self, model_id: str) -> bool | None:
        """Whether it has a model; None where it does not tell. Raises ModelError (refused key, no connection)."""
        ...


def open_provider(access: Access, terms: Terms, closing: ExitStack) -> Provider:
    """The provider, whose connections `closing` closes. Raises ConfigError where there is no key for it."""
    if access.kind == "anthropic":
        from paperroute.provider_anthropic import AnthropicProvider  # noqa: PLC0415 - see above

        return AnthropicProvider(access, terms, closing)
    from paperroute.provider_openai import OpenAIProvider  # noqa: PLC0415 - see above

    return OpenAIProvider(access, terms, closing)
