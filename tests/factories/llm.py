"""What the tests of language models share: a stand-in server, and a model of either API that talks to it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, Field

from digest.llm.anthropic import AnthropicChat, anthropic_client
from digest.llm.concurrency import ConcurrencyLimiter
from digest.llm.openai import OpenAIChat, openai_client
from digest.llm.pricing import PriceTable
from digest.ports import Prompt
from tests.doubles.llm_server import LlmServer

KEY = "sk-test-0123456789abcdef"
PROMPT = Prompt("Answer as the test wants.", "What now?", "What several calls share.")
MODEL = {"openai": "gpt-5.4-mini", "anthropic": "claude-haiku-5-5"}


class Paper(BaseModel):
    problem: str
    method: str = Field(min_length=3)


@dataclass
class Wire:
    """A server, a client of it, and how long the models waited between tries."""

    api: str
    server: LlmServer
    client: Any
    waits: list[float] = field(default_factory=list)

    def model(self, **options: Any) -> Any:
        make: Callable[..., Any] = OpenAIChat if self.api == "openai" else AnthropicChat
        options = {
            "limiter": ConcurrencyLimiter(),
            "prices": PriceTable(),
            "deadline_seconds": 60.0,
            "wait": self.waits.append,
            **options,
        }
        return make(self.client, options.pop("model_id", MODEL[self.api]), **options)

    def asked(self, number: int = -1) -> dict[str, Any]:
        body: dict[str, Any] = self.server.log[number]["body"]
        return body


@contextmanager
def wire(api: str, **options: Any) -> Iterator[Wire]:
    with LlmServer(**options) as server:
        make = openai_client if api == "openai" else anthropic_client
        with make(KEY, server.openai_url if api == "openai" else server.anthropic_url) as client:
            yield Wire(api, server, client)
