"""arXiv's sets: which sets of its OAI-PMH service hold the papers of a category. Source: arXiv's category taxonomy.

Invariant: pure. A set is `group`, `group:archive` or `group:archive:CATEGORY`; one holds all that is filed below it.
"""

from __future__ import annotations

from digest.errors import BadInput
from digest.text.arxiv_categories import find_arxiv_category, nearest_arxiv_categories
from store.records.lazy_text import lazy_gettext

ALL = "all"  # as a name, for those to whom "" says nothing
_LONGEST_NAME = 80
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


def show_set(name: str) -> str:
    """As people write it: "cs:cs:CL" is cs.CL."""
    _, _, inner = name.partition(":")
    return inner.replace(":", ".") if ":" in inner else name


def find_set(typed: str) -> str:
    """Its name as arXiv spells it, of a set in any case, a category ("cs.CL" -> "cs:cs:CL") or an archive; "" of "all".

    Raises BadInput, with the sets that may have been meant.
    """
    folded = typed.strip().casefold()
    if folded in ("", ALL, *GROUPS):
        return "" if folded == ALL else folded
    found = set_of(_category_of(folded))
    if not found or (":" in folded and found.casefold() != folded):
        raise _unknown_set(typed[:_LONGEST_NAME], folded)
    return found


def _unknown_set(typed: str, folded: str) -> BadInput:
    inner = folded.partition(":")[2].replace(":", ".")
    near = [show_set(name) for name in map(set_of, nearest_arxiv_categories(inner or folded)) if name]
    return BadInput(
        lazy_gettext("{name:quoted} is no set of arXiv.", name=typed),
        hint=lazy_gettext("Did you mean {categories:any}?", categories=near)
        if near
        else lazy_gettext("Write one such as cs, physics:hep-th or cs.CL, or all."),
    )


def _category_of(folded: str) -> str:
    """The category or archive that a set, or somebody who means one, names."""
    group, *inner = folded.split(":")
    return find_arxiv_category(".".join(inner) or group)
