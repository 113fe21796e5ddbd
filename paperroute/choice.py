"""Which model does what: the configuration's word, or for "auto" the best that the keys at hand open.

Invariant: pure; "auto" is decided by which keys are set, never by whether they work: a key that is refused is an error,
and no reason to choose something else in silence.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass

from paperroute.config_models import ROLES, ModelsSection

BUILTIN = "builtin"
# Current models without an announced end: the small ones read every abstract, the large one writes.
_ANTHROPIC = {
    "queries": "anthropic:claude-haiku-5-5",
    "summary": "anthropic:claude-haiku-5-5",
    "synthesis": "anthropic:claude-sonnet-5-5",
}
_OPENAI = {
    "queries": "openai:gpt-5.4-mini",
    "summary": "openai:gpt-5.4-mini",
    "synthesis": "openai:gpt-6.2-sol",
    "embedding": "openai:text-embedding-3-large",
}


@dataclass(frozen=True)
class Choice:
    """A model for each role: "builtin" or "provider:model"."""

    queries: str
    summary: str
    synthesis: str
    embedding: str

    @property
    def named(self) -> dict[str, list[str]]:
        """Each model that is not built in -> its roles."""
        roles: dict[str, list[str]] = {}
        for role, model in zip(ROLES, astuple(self), strict=True):
            if model != BUILTIN:
                roles.setdefault(model, []).append(role)
        return roles

    @property
    def line(self) -> str:
        """The choice as a line for the reader; "" where all is built in."""
        if not self.named:
            return ""
        shown = zip(ROLES, astuple(self), strict=True)
        return "models: " + " · ".join(f"{role} {model}" for role, model in shown)


def choose(models: ModelsSection, *, openai: bool, anthropic: bool) -> Choice:
    """openai, anthropic: whether there is a key of that vendor. With both, Anthropic's do all but the vectors."""
    best = dict.fromkeys(ROLES, BUILTIN) | (_OPENAI if openai else {}) | (_ANTHROPIC if anthropic else {})
    named = models.model_dump()
    return Choice(**{role: best[role] if named[role] == "auto" else named[role] for role in ROLES})
