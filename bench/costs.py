"""What a survey of 60 papers costs at the prices of the table, for each choice that `auto` can make.

    python -m bench.costs

The prompts are counted: those of a real run over a stand-in for the models, at 4 characters a token. The answers are
reckoned: as long as each prompt asks for, at 4 tokens for 3 words. Cached is what a role's prompt has in common with
the beginning of an earlier one, from 1,024 tokens on, as vendors count; calls side by side may miss it. No tokens of
thinking, no retries, no surcharge for writing to the cache: with a real model they differ. Vectors are those of the
papers that stay and the question: what was found beside them is compared by the built-in ones.
"""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
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
ROLES = tuple(choose_models(ModelsSection(), openai=True, anthropic=True).models_by_role)
_WORDS = re.compile(r"(?:about|at most) (\d+) words")
_TERMS = 15  # words of three search phrases, or of the titles of the sections
_GRADE, _PART = 35, 25  # tokens: a paper's number, reason and grade; a part of a question
_VERDICT, _STATEMENT = 40, re.compile("<statement ")  # tokens: a statement's number, verdict and pointers
_LEAST_CACHED = 1_024  # tokens that a prompt has to share with another, to be cached


def main() -> None:
    tokens, calls = counted()
    print(f"{PAPERS} papers, the prices of digest/llm/pricing.py")
    names = "".join(f"{name:>15}" for name in CHOICES)
    print(f"{'':12}{'calls':>7}{'tokens in':>11}{'cached':>9}{'tokens out':>12}{names}")
    totals = Counter[str]()
    for role in ROLES:
        dollars = {name: priced(role, tokens[role], *keys) for name, keys in CHOICES.items()}
        totals.update(dollars)
        took = tokens[role]
        print(f"{role:12}{calls[role]:7}{took.input:11,}{took.cached:9,}{took.output:12,}" + row(dollars))
    print(f"{'total':51}" + row(totals))


def row(dollars: dict[str, float]) -> str:
    return "".join(f"{'$' + format(dollars[name], '.4f'):>15}" for name in CHOICES)


def priced(role: str, tokens: TokenCount, openai: bool, anthropic: bool) -> float:
    model = getattr(choose_models(ModelsSection(), openai=openai, anthropic=anthropic), role)
    return (PriceTable().usd(model, tokens) or 0.0) if model != "builtin" else 0.0


def counted() -> tuple[dict[str, TokenCount], Counter[str]]:
    """Tokens and calls of each role in one survey by an OpenAI key, which gives all roles to language models."""
    tokens, calls = dict.fromkeys(ROLES, TokenCount()), Counter[str]()
    prompts: dict[str, list[str]] = {role: [] for role in ROLES}
    for asked in surveyed():
        role = asked["role"] if asked["role"] in ROLES else "synthesis"
        tokens[role] += replace(measure(asked), cached=cached_tokens(asked["prompt"], prompts[role]))
        prompts[role].append(asked["prompt"])
        calls[role] += 1
    return tokens, calls


def cached_tokens(prompt: str, earlier: list[str]) -> int:
    """Of the longest beginning that one of the earlier prompts has, too."""
    common = max((count_common(prompt, one) for one in earlier), default=0) // 4
    return common if common >= _LEAST_CACHED else 0


def count_common(first: str, second: str) -> int:
    """Characters of the beginning that both have."""
    return next((at for at, pair in enumerate(zip(first, second, strict=False)) if pair[0] != pair[1]), len(first))


def measure(asked: dict[str, Any]) -> TokenCount:
    if asked["role"] == "embedding":
        return TokenCount(sum(map(len, asked["body"]["input"])) // 4)
    papers, words = asked["prompt"].count("<paper number="), _WORDS.findall(asked["prompt"])
    reckoned = {
        "relevance": _GRADE * papers,
        "questions": _PART * len(QUESTIONS[0].split()),
        "verification": _VERDICT * len(_STATEMENT.findall(asked["ask"])),
    }
    output = reckoned.get(asked["role"], (int(words[-1]) if words else _TERMS) * 4 // 3)
    return TokenCount(len(asked["prompt"]) // 4, output)


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
