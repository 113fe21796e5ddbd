"""What a survey of 60 papers costs at the prices of the table, for each choice that `auto` can make.

    python -m bench.costs

The prompts are counted: those of a real run over a stand-in for the models, at 4 characters a token. The answers are
reckoned: as long as each prompt asks for, at 4 tokens for 3 words. No tokens of thinking, no discount for cached
prompts, no retries: with a real model all three differ.
"""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from bench.pipeline import PAPERS, QUESTIONS, sample
from digest.llm.budget import CallLabels
from digest.llm.pricing import PriceTable, TokenCount
from digest.pipeline.pipeline import survey
from digest.pipeline.services import Services, SurveyRequest, SurveySettings
from digest.run_context import RunContext
from digest.sources.sample import SampleSource
from paperroute.compose.models import ModelRegistry
from paperroute.config.load import Config
from paperroute.config.models import ModelsSection, choose_models
from store import Store
from tests.doubles.llm_server import LlmServer

CHOICES = {"Anthropic key": (False, True), "OpenAI key": (True, False), "both keys": (True, True)}
ROLES = ("questions", "queries", "embedding", "relevance", "summary", "synthesis")
_WORDS = re.compile(r"(?:about|at most) (\d+) words")
_TERMS = 15  # words of three search phrases, or of the titles of the sections
_GRADE, _PART = 35, 25  # tokens: a paper's number, reason and grade; a part of a question


def main() -> None:
    tokens, calls = counted()
    print(f"{PAPERS} papers, the prices of digest/llm/pricing.py")
    print(f"{'':12}{'calls':>7}{'tokens in':>11}{'tokens out':>12}" + "".join(f"{name:>15}" for name in CHOICES))
    totals = Counter[str]()
    for role in ROLES:
        dollars = {name: priced(role, tokens[role], *keys) for name, keys in CHOICES.items()}
        totals.update(dollars)
        print(f"{role:12}{calls[role]:7}{tokens[role].input:11,}{tokens[role].output:12,}" + row(dollars))
    print(f"{'total':42}" + row(totals))


def row(dollars: dict[str, float]) -> str:
    return "".join(f"{'$' + format(dollars[name], '.4f'):>15}" for name in CHOICES)


def priced(role: str, tokens: TokenCount, openai: bool, anthropic: bool) -> float:
    model = getattr(choose_models(ModelsSection(), openai=openai, anthropic=anthropic), role)
    return (PriceTable().usd(model, tokens) or 0.0) if model != "builtin" else 0.0


def counted() -> tuple[dict[str, TokenCount], Counter[str]]:
    """Tokens and calls of each role in one survey by an OpenAI key, which gives all roles to language models."""
    tokens, calls = dict.fromkeys(ROLES, TokenCount()), Counter[str]()
    for asked in surveyed():
        role = asked["role"] if asked["role"] in ROLES else "synthesis"
        tokens[role] += measure(asked)
        calls[role] += 1
    return tokens, calls


def measure(asked: dict[str, Any]) -> TokenCount:
    if asked["role"] == "embedding":
        return TokenCount(sum(map(len, asked["body"]["input"])) // 4)
    if asked["role"] == "relevance":
        return TokenCount(len(asked["prompt"]) // 4, _GRADE * asked["prompt"].count("<paper number="))
    if asked["role"] == "questions":
        return TokenCount(len(asked["prompt"]) // 4, _PART * len(QUESTIONS[0].split()))
    words = [int(count) for count in _WORDS.findall(asked["prompt"])]
    return TokenCount(len(asked["prompt"]) // 4, (words[-1] if words else _TERMS) * 4 // 3)


def surveyed() -> Iterator[dict[str, Any]]:
    """What a model server was asked for one survey."""
    with ExitStack() as stack, LlmServer() as server:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        sample(folder / "papers.jsonl")
        store = stack.enter_context(Store.open(folder / "p.db"))
        environment = {"OPENAI_API_KEY": "none", "OPENAI_BASE_URL": server.openai_url}
        models = ModelRegistry(Config(), store, environment, stack, "paperroute-bench")
        roles = models.roles(CallLabels("bench"))
        services = Services(
            store=store,
            source=SampleSource(folder / "papers.jsonl"),
            queries=roles.queries,
            embedder=roles.embedder,
            summary=roles.summary,
            synthesis=roles.synthesis,
            executor=models.executor,
            spare_queries=roles.spare_queries,
            title_embedder=roles.title_embedder,
            single_call=roles.single_call,
            batches=roles.batches,
            questions=roles.questions,
            relevance=roles.relevance,
            verification=roles.verification,
            spare_synthesis=roles.spare_synthesis,
            spare_embedder=roles.spare_embedder,
        )
        edition = survey(SurveyRequest(QUESTIONS[0]), services, SurveySettings(), RunContext())
        assert edition.counts.kept == PAPERS, edition.counts
        assert all(line.ok for line in edition.health), edition.health
        yield from server.log


if __name__ == "__main__":
    main()
