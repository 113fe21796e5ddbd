"""Configuration of models: providers, prices, and which model each role gets.

Invariant: what passes `model_problems` names only providers that there are; whether a key opens them, only they know.
Which model "auto" means is decided by which keys are set, never by whether they work: a key that is refused is an
error, and no reason to choose something else in silence.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from digest.llm.pricing import PriceTable
from digest.model_names import BUILTIN
from paperroute.config.sections import ConfigSection, did_you_mean

ROLES = ("queries", "summary", "synthesis", "embedding", "questions", "relevance", "verification")
_THINKING_ROLES = frozenset(ROLES) - {"embedding"}
VENDORS = ("openai", "anthropic")
_NAME = re.compile(r"[a-z][a-z0-9-]{0,30}")
_RESERVED_NAMES = (BUILTIN, "auto")
_NONE = "none"  # of a role that may be without a model
_MAY_BE_NONE = ("relevance", "verification")
# Current models without an announced end: the small ones read every abstract, the large one writes.
_ANTHROPIC_DEFAULTS = {  # decision 17
    "queries": "anthropic:claude-haiku-5-5",
    "summary": "anthropic:claude-haiku-5-5",
    "synthesis": "anthropic:claude-sonnet-5-5",
}
_OPENAI_DEFAULTS = {
    "queries": "openai:gpt-5.4-mini",
    "summary": "openai:gpt-5.4-mini",
    "synthesis": "openai:gpt-6.2-sol",
    "embedding": "openai:text-embedding-3-large",
}
ApiKind = Literal["openai", "anthropic"]


Effort = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]


def _read_effort(value: Any) -> Any:
    """A table as the environment can hold it: synthesis=medium, summary=low."""
    if not isinstance(value, str):
        return value
    return {
        role.strip(): effort.strip() for role, _, effort in (part.partition("=") for part in value.split(",") if part)
    }


class ModelsSection(ConfigSection):
    """For each role "auto", "builtin" or "provider:model"; and how they are asked."""

    queries: str = "auto"
    summary: str = "auto"
    synthesis: str = "auto"
    embedding: str = "auto"
    questions: str = "auto"  # the queries' model
    relevance: str = "auto"  # the summaries' model  # decision 98
    verification: str = "auto"  # likewise  # decision 165
    effort: Annotated[dict[str, Effort], BeforeValidator(_read_effort)] = Field(default_factory=dict)  # by role
    detail: Literal["30s", "15s"] = "30s"
    synthesis_mode: Literal["sections", "single"] = "sections"  # decision 18
    width: Annotated[int, Field(ge=1, le=256)] = 32
    call_seconds: Annotated[float, Field(gt=0, le=7200)] = 120.0
    stage_seconds: Annotated[float, Field(gt=0, le=86400)] = 600.0
    budget_per_day: Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)] = 0.0
    batch: bool = False
    batch_hours: Annotated[float, Field(gt=0, le=72)] = 6.0  # decision 46
    batch_least_hours: Annotated[float, Field(ge=0.5, le=72)] = 1.0


class ProviderSection(ConfigSection):
    """A server that speaks one of the two APIs. For the vendors themselves nothing has to be said here."""

    base_url: Annotated[str, Field(pattern=r"^(https?://\S+)?$", max_length=500)] = ""
    kind: ApiKind | None = None  # None: "openai", or a vendor's own
    dimensions: Annotated[int, Field(ge=1, le=20_000)] | None = None  # of its vectors; None: as many as the model gives


Providers = Mapping[str, ProviderSection]
PriceRows = Mapping[str, tuple[float, ...]]


def key_variable(provider: str) -> str:
    """The variable of the environment that holds a provider's key."""
    own = {"openai": "OPENAI_API_KEY", "anthropic": "ANTHROPIC_API_KEY"}
    return own.get(provider) or f"PAPERROUTE_PROVIDER_{provider.upper().replace('-', '_')}_API_KEY"


def api_kind(provider: str, providers: Providers) -> ApiKind:
    """The API that a provider speaks."""
    if provider in VENDORS:
        return "anthropic" if provider == "anthropic" else "openai"
    return providers[provider].kind or "openai"


def price_rows(prices: PriceRows) -> list[dict[str, object]]:
    """The rows as the price table takes them."""
    keys = ("input", "output", "cached")
    return [{"model": model} | dict(zip(keys, row, strict=False)) for model, row in prices.items()]


def model_problems(models: ModelsSection, providers: Providers, prices: PriceRows) -> Iterator[str]:
    """What a type cannot say of these three sections, a line for each."""
    known = [*VENDORS, *(name for name in providers if name not in VENDORS)]
    for name, provider in providers.items():
        yield from _provider_problems(name, provider)
    for role in ROLES:
        yield from _role_problems(role, getattr(models, role), known, providers)
    for role in models.effort.keys() - _THINKING_ROLES:
        near = did_you_mean(role, sorted(_THINKING_ROLES))
        yield f"models.effort.{role}: no such role{near}; there are {', '.join(sorted(_THINKING_ROLES))}"
    if models.batch_least_hours > models.batch_hours:
        yield "models.batch_least_hours is above models.batch_hours"
    for model, row in prices.items():
        yield from (f"prices.{model!r}: {problem}" for problem in _price_problems(model, row, known))


def _provider_problems(name: str, provider: ProviderSection) -> Iterator[str]:
    if not _NAME.fullmatch(name) or name in _RESERVED_NAMES:
        reserved = ", ".join(_RESERVED_NAMES)
        yield f"providers.{name}: a name is small letters, digits and hyphens, and neither of {reserved}"
    if name in VENDORS and provider.kind not in (None, name):
        yield f"providers.{name}.kind: it is {name}; give another API a name of its own"
    if "@" in provider.base_url.partition("//")[2].partition("/")[0]:
        yield f"providers.{name}.base_url: user and password have no place in it; set {key_variable(name)}"
    if name not in VENDORS and not provider.base_url:
        yield f"providers.{name}.base_url is missing, such as http://localhost:11434/v1"
    if provider.dimensions and "anthropic" in (name, provider.kind):
        yield f"providers.{name}.dimensions: this API gives no vectors"


def _role_problems(role: str, named: str, known: Sequence[str], providers: Providers) -> Iterator[str]:
    if named in _RESERVED_NAMES or (role in _MAY_BE_NONE and named == _NONE):
        return
    said = f"models.{role} = {named!r}"
    provider, colon, model = named.partition(":")
    if not colon or not model.strip() or re.search(r"\s", named):
        others = "auto or none" if role in _MAY_BE_NONE else "auto or builtin"
        yield f"{said}: write provider:model{_suggest_model(role, named, known)}, {others}"
    elif provider not in known:
        yield f"{said}: there is no provider {provider!r}{did_you_mean(provider, known)}; there are {', '.join(known)}"
    elif role == "embedding" and api_kind(provider, providers) == "anthropic":
        yield f"{said}: {provider} gives no vectors; choose builtin or a model of another provider"


def _suggest_model(role: str, named: str, known: Sequence[str]) -> str:
    if role == "synthesis" and named in ("single", "sections"):
        return f" (did you mean models.synthesis_mode = {named!r}?)"
    table = PriceTable()
    found = [f"{provider}:{named}" for provider in VENDORS if table.of(f"{provider}:{named}")]
    example = found[0] if found else f"{known[-1]}:{named.strip(': ') or 'model'}"
    return f" ({'did you mean' if found else 'such as'} {example}{'?' if found else ''})"


def _price_problems(model: str, row: tuple[float, ...], known: Sequence[str]) -> Iterator[str]:
    provider, colon, rest = model.partition(":")
    if not colon or not rest.strip() or re.search(r"\s", model):
        yield "the name is not provider:model"
    elif provider not in known:
        yield f"there is no provider {provider!r}{did_you_mean(provider, known)}"
    if not 2 <= len(row) <= 3:
        yield f"{len(row)} numbers; a row is [input, output] or [input, output, cached], in dollars a million tokens"
    if any(not math.isfinite(price) or price < 0 for price in row):
        yield "a price is a number of 0 or more"


def provider_variables(providers: Providers) -> dict[str, str]:
    """Every variable that may hold the key of a named provider, or the file with it -> the provider."""
    names = {key_variable(name): name for name in providers if name not in VENDORS}
    return names | {f"{variable}_FILE": name for variable, name in names.items()}


def provider_tables(providers: Mapping[str, Mapping[str, Any]], prices: PriceRows) -> dict[str, Mapping[str, Any]]:
    """Both sections as TOML tables, by the tables' names; what is not set is left out."""
    tables: dict[str, Mapping[str, Any]] = {
        f"providers.{name}": {key: value for key, value in fields.items() if value is not None}
        for name, fields in providers.items()
    }
    return tables | ({"prices": prices} if prices else {})


@dataclass(frozen=True)
class ModelChoice:
    """A model for each role: "builtin" or "provider:model". questions: built in, rules read them. relevance: built in,
    measures judge it alone. verification: built in, the claim check judges alone.
    """

    queries: str
    summary: str
    synthesis: str
    embedding: str
    questions: str = BUILTIN
    relevance: str = BUILTIN
    verification: str = BUILTIN

    @property
    def models_by_role(self) -> dict[str, str]:
        return {
            "queries": self.queries,
            "summary": self.summary,
            "synthesis": self.synthesis,
            "embedding": self.embedding,
            "questions": self.questions,
            "relevance": self.relevance,
            "verification": self.verification,
        }

    @property
    def roles_by_model(self) -> dict[str, list[str]]:
        """Each model that is not built in -> its roles."""
        roles: dict[str, list[str]] = {}
        for role, model in self.models_by_role.items():
            if model != BUILTIN:
                roles.setdefault(model, []).append(role)
        return roles

    @property
    def line(self) -> str:
        """The choice as a line for the reader; "" where all is built in."""
        if not self.roles_by_model:
            return ""
        return " · ".join(f"{role} {model}" for role, model in self.models_by_role.items())


def choose_models(models: ModelsSection, *, openai: bool, anthropic: bool) -> ModelChoice:
    """openai, anthropic: whether there is a key of that vendor. With both, Anthropic's do all but the vectors."""
    best = (
        dict.fromkeys(ROLES, BUILTIN)
        | (_OPENAI_DEFAULTS if openai else {})
        | (_ANTHROPIC_DEFAULTS if anthropic else {})
    )

    def choose(role: str, named: str) -> str:
        return best[role] if named == "auto" else named

    queries, summary = choose("queries", models.queries), choose("summary", models.summary)
    of_summary = {"auto": summary, _NONE: BUILTIN}
    return ModelChoice(
        queries=queries,
        summary=summary,
        synthesis=choose("synthesis", models.synthesis),
        embedding=choose("embedding", models.embedding),
        questions=queries if models.questions == "auto" else models.questions,
        relevance=of_summary.get(models.relevance, models.relevance),
        verification=of_summary.get(models.verification, models.verification),
    )
