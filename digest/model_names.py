"""Names of models: `builtin` for those that are no language models, `provider:model` for the others."""

from __future__ import annotations

BUILTIN = "builtin"  # the provider of the models that are no language models


def is_built_in(model: str) -> bool:
    """model: provider:model."""
    return model.partition(":")[0] == BUILTIN
