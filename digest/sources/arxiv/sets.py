"""arXiv's sets: which sets of its OAI-PMH service hold the papers of a category. Source: arXiv's category taxonomy.

Invariant: pure. A set is `group`, `group:archive` or `group:archive:CATEGORY`; one holds all that is filed below it.
"""

from __future__ import annotations

GROUPS = ("cs", "econ", "eess", "math", "physics", "q-bio", "q-fin", "stat")
_OF_PHYSICS = (
    *("astro-ph", "cond-mat", "gr-qc", "hep-ex", "hep-lat", "hep-ph", "hep-th", "math-ph", "nlin", "nucl-ex"),
    *("nucl-th", "physics", "quant-ph"),
)
# Categories of two names: a paper of one is in the sets of both.
_SAME = {
    "cs.SY": "eess.SY",
    "cs.NA": "math.NA",
    "cs.IT": "math.IT",
    "math-ph": "math.MP",
    "math.ST": "stat.TH",
    "q-fin.EC": "econ.GN",
}
ALIASES = {**_SAME, **{second: first for first, second in _SAME.items()}}


def set_of(category: str) -> str:
    """The narrowest set of a category or archive: "cs.CL" -> "cs:cs:CL", "hep-th" -> "physics:hep-th", "cs" -> "cs:cs".

    "" for one of no group.
    """
    archive, _, name = category.partition(".")
    group = "physics" if archive in _OF_PHYSICS else archive if archive in GROUPS else ""
    return ":".join(part for part in (group, archive, name.removesuffix("*")) if part) if group else ""


def holds(collection: str, category: str) -> bool:
    """Whether a set holds every paper of a category. "" holds all there is."""
    wanted = [set_of(name) for name in (category, ALIASES.get(category, category))]
    return not collection or any(f"{one}:".startswith(f"{collection}:") for one in wanted if one)
