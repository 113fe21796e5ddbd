"""Providers of language models, opened when they are first needed: their SDKs take a second to import.

Invariant: one client and one limiter for each provider of a process, shared by all its models and threads.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, NoReturn

from digest.llm.pricing import PriceTable
from digest.ports import ChatModel, Embedder
from paperroute.config.secrets import ProviderAccess, read_secret

if TYPE_CHECKING:  # a run without a language model has no need of it
    from digest.llm.batch_port import BatchChat

_CLAUDE_EFFORT = "low"  # Claude thinks by default, and more than these tasks want


@dataclass(frozen=True)
class CallSettings:
    """What all calls have in common. width: calls to one provider at once. wait: sleeps between two tries."""

    prices: PriceTable
    width: int
    call_seconds: float
    user_agent: str
    wait: Callable[[float], None]

    @property
    def step_seconds(self) -> float:
        """For one exchange about a batch: nobody waits for it, and there will be another."""
        return min(self.call_seconds, 60.0)


@dataclass(frozen=True)
class Provider:
    """What one vendor's models do, each made from a model's id; chat and batches also from how hard it should think,
    "" for the API's default.

    has: whether it has a model; None where it does not tell. Raises ModelError (refused key, no connection).
    """

    chat: Callable[[str, str], ChatModel]
    batches: Callable[[str, str], BatchChat]
    embedder: Callable[[str], Embedder]
    has: Callable[[str], bool | None]


def open_provider(access: ProviderAccess, terms: CallSettings, closing: ExitStack) -> Provider:
    """The provider, whose connections `closing` closes. Raises ConfigError where there is no key for it."""
    return (_open_anthropic if access.kind == "anthropic" else _open_openai)(access, terms, closing)


@cache
def _provider_here(access: ProviderAccess, terms: CallSettings) -> Provider:  # decision 253
    """In a process that is handed tasks, as long as it lives; with the key that its own environment has."""
    return open_provider(replace(access, api_key=read_secret(access.key_variable, os.environ)), terms, ExitStack())


@cache
def _chat_here(access: ProviderAccess, terms: CallSettings, model_id: str, effort: str) -> ChatModel:
    return _provider_here(access, terms).chat(model_id, effort)


@cache
def _embedder_here(access: ProviderAccess, terms: CallSettings, model_id: str) -> Embedder:
    return _provider_here(access, terms).embedder(model_id)


def _open_anthropic(access: ProviderAccess, terms: CallSettings, closing: ExitStack) -> Provider:
    """Anthropic, or another server that speaks its API."""
    from digest.llm import anthropic as api  # noqa: PLC0415 - see above
    from digest.llm.anthropic_batch import AnthropicBatches  # noqa: PLC0415 - see above
    from digest.llm.concurrency import ConcurrencyLimiter  # noqa: PLC0415 - see above

    elsewhere = replace(access, api_key="")
    client = closing.enter_context(api.anthropic_client(access.api_key, access.base_url, user_agent=terms.user_agent))
    limiter = ConcurrencyLimiter(terms.width)

    def no_vectors(model_id: str) -> NoReturn:
        raise AssertionError(f"the configuration lets no model of this API make vectors: {model_id}")

    return Provider(
        chat=lambda model_id, effort: api.AnthropicChat(
            client,
            model_id,
            provider=access.name,
            limiter=limiter,
            prices=terms.prices,
            deadline_seconds=terms.call_seconds,
            effort=effort or _CLAUDE_EFFORT,
            wait=terms.wait,
        ).opened_by(_chat_here, elsewhere, terms, model_id, effort),
        batches=lambda model_id, effort: AnthropicBatches(
            client,
            model_id,
            provider=access.name,
            seconds=terms.step_seconds,
            effort=effort or _CLAUDE_EFFORT,
        ),
        embedder=no_vectors,
        has=lambda model_id: api.model_exists(client, model_id, provider=access.name),
    )


def _open_openai(access: ProviderAccess, terms: CallSettings, closing: ExitStack) -> Provider:
    """OpenAI, or another server that speaks its API."""
    from digest.llm import openai as api  # noqa: PLC0415 - see above
    from digest.llm.concurrency import ConcurrencyLimiter  # noqa: PLC0415 - see above
    from digest.llm.openai_batch import OpenAIBatches  # noqa: PLC0415 - see above
    from digest.llm.openai_embeddings import OpenAIEmbedder  # noqa: PLC0415 - see above

    elsewhere = replace(access, api_key="")
    client = closing.enter_context(api.openai_client(access.api_key, access.base_url, user_agent=terms.user_agent))
    limiter = ConcurrencyLimiter(terms.width)
    return Provider(
        chat=lambda model_id, effort: api.OpenAIChat(
            client,
            model_id,
            provider=access.name,
            limiter=limiter,
            prices=terms.prices,
            deadline_seconds=terms.call_seconds,
            effort=effort,
            wait=terms.wait,
        ).opened_by(_chat_here, elsewhere, terms, model_id, effort),
        batches=lambda model_id, effort: OpenAIBatches(
            client, model_id, provider=access.name, seconds=terms.step_seconds, effort=effort
        ),
        embedder=lambda model_id: OpenAIEmbedder(
            client,
            model_id,
            provider=access.name,
            dimensions=access.dimensions,
            limiter=limiter,
            prices=terms.prices,
            deadline_seconds=terms.call_seconds,
            wait=terms.wait,
        ).opened_by(_embedder_here, elsewhere, terms, model_id),
        has=lambda model_id: api.model_exists(client, model_id, provider=access.name),
    )
