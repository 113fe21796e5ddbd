"""Doctor of language models: each asked for at its provider, and the day's budget.

Invariant: offline asks nothing and costs nothing; online, only the vectors of one short text may cost something.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from digest.errors import ModelError, PaperRouteError
from digest.llm.budget import CallLabels
from digest.llm.pricing import retirement_date
from digest.model_names import BUILTIN
from digest.ports import Finding
from paperroute.compose.models import ModelRegistry
from paperroute.compose.providers import Provider
from paperroute.config.models import VENDORS


def examine_models(models: ModelRegistry, *, offline: bool) -> Iterator[Finding]:
    """A finding for each model, one for the vectors, and one for the budget where there is one."""
    try:
        named = models.choice.roles_by_model
    except PaperRouteError as error:
        yield Finding("models", "fail", error.message, error.hint)
        return
    built_in = "built in: extracts and assembled sentences, no language model"
    yield Finding("models", "ok", models.choice.line or built_in)
    if named and models.effort_line:
        yield Finding("effort", "ok", models.effort_line)
    found = {model: list(_model(models, model, roles, offline=offline)) for model, roles in named.items()}
    for findings in found.values():
        yield from findings
    if all(finding.state != "fail" for finding in found.get(models.choice.embedding, ())):
        yield _vectors(models, offline=offline)
    if models.budget_line:
        yield from _budget(models, named)


def _model(models: ModelRegistry, model: str, roles: list[str], *, offline: bool) -> Iterator[Finding]:
    yield from _check_retirement(model, roles)
    try:
        provider = models.provider(model)
        if offline:
            yield Finding("model", "ok", f"{_label(model, roles)}: not asked (--offline)")
        else:
            yield _ask_provider(provider, model, roles, _at_address(models, model))
    except PaperRouteError as error:
        yield Finding("model", "fail", error.message, _step(models, model, error))


def _ask_provider(provider: Provider, model: str, roles: list[str], at: str) -> Finding:
    label, there = _label(model, roles), provider.has(model.partition(":")[2])
    if there is None:
        return Finding("model", "ok", f"{label}: the server{at} answers, but does not tell which models it has")
    if there:
        return Finding("model", "ok", f"{label}: its provider{at} has it")
    step = f"Set models.{roles[0]} to another."
    return Finding("model", "fail", f"{label}: its provider{at} has no such model", step)


def _label(model: str, roles: list[str]) -> str:
    return f"{model} ({', '.join(roles)})"


def _check_retirement(model: str, roles: list[str]) -> Iterator[Finding]:
    """The announced end of a vendor's model."""
    provider, _, model_id = model.partition(":")
    end = retirement_date(model_id) if provider in VENDORS else None
    if end is None:
        return
    left = (end - datetime.now(UTC).date()).days
    what = f"{model} ended on {end}" if left < 0 else f"{model} ends on {end}, in {left} days"
    yield Finding("model", "warn", what, f"Choose a newer one for {' and '.join(f'models.{role}' for role in roles)}.")


def _step(models: ModelRegistry, model: str, error: PaperRouteError) -> str:
    """What to do; for a refused key, where it comes from."""
    if not isinstance(error, ModelError) or error.kind != "refused_key":
        return error.hint
    variable = models.access(model).key_variable
    return f"Check {variable} (or {variable}_FILE) in the environment."


def _at_address(models: ModelRegistry, model: str) -> str:
    address = models.access(model).base_url
    return f" at {address}" if address else ""


def _vectors(models: ModelRegistry, *, offline: bool) -> Finding:
    choice = models.choice.embedding
    if choice != BUILTIN and offline:
        return Finding("vectors", "ok", f"{choice}, not asked (--offline)")
    try:
        embedder = models.embedder(CallLabels("doctor"))
        vectors = embedder.embed(["a test"]).value
    except PaperRouteError as error:
        return Finding("vectors", "fail", error.message, _step(models, choice, error))
    return Finding("vectors", "ok", f"{embedder.model}, {vectors.shape[1]} dimensions")


def _budget(models: ModelRegistry, named: dict[str, list[str]]) -> Iterator[Finding]:
    budget, said = models.budget, models.budget_line
    if budget.spent() >= budget.per_day:
        yield Finding("budget", "warn", said, "Raise models.budget_per_day, or wait until midnight UTC.")
    else:
        yield Finding("budget", "ok", said)
    unpriced = [model for model in named if models.prices.of(model) is None]
    if unpriced:
        step = "Give them a row in [prices]; [0, 0] where they cost nothing."
        yield Finding("budget", "warn", f"the price of {', '.join(unpriced)} is unknown, so it holds none back", step)
