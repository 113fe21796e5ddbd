r"""Edition -> BibTeX, UTF-8.

Invariant: every entry parses, and no field is invented: a paper without authors has no author field. A preprint is
@misc. Sources: https://info.arxiv.org/help/hypertex/bibstyles, eprint fields as arXiv itself exports them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from digest.render import bibliography
from digest.render.bibliography import clean_identifier
from digest.render.safe_text import strip_harmful
from store.records.editions import ARXIV, Edition, EditionPaper
from store.text import names
from store.text.latex import latex_to_unicode
from store.text.math import Formula, rewrite_prose

_SPECIALS = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{character: f"\\{character}" for character in "&%#_$"},
}
_SPECIAL = re.compile(r"[\\{}~^&%#_$]")
_AND = re.compile(r"\band\b", re.IGNORECASE)
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()


def render(edition: Edition) -> str:
    """One entry per paper, in route order; a comment line where there is none."""
    return render_papers(edition.papers) or f"% {' '.join(strip_harmful(edition.id).split())}: no papers\n"


def render_papers(papers: Sequence[EditionPaper]) -> str:
    """One entry per paper, in this order."""
    return "\n".join(
        _format_entry(key, paper) for key, paper in zip(bibliography.citation_keys(papers), papers, strict=True)
    )


def _format_entry(key: str, paper: EditionPaper) -> str:
    kind, published = _publication_fields(paper)
    arxiv = paper.source == ARXIV
    fields = {
        "title": f"{{{escape_title(paper.title)}}}",
        "author": " and ".join(map(_format_author, bibliography.author_names(paper))),
        **published,
        "eprint": clean_identifier(paper.id) if arxiv else "",  # styles take any for arXiv's, and link it there
        "archivePrefix": "arXiv" if arxiv else "",
        "primaryClass": clean_identifier(paper.primary_category) if arxiv else "",
        "doi": next(iter(paper.dois), ""),
        "url": paper.url,
    }
    lines = [f"  {name} = {{{value}}}" for name, value in fields.items() if value]
    if "month" in fields:  # a macro, so that the style can write it in its own way
        lines = [re.sub(r"^(  month = )\{(\w+)\}$", r"\1\2", line) for line in lines]
    return f"@{kind}{{{key},\n" + ",\n".join(lines) + "\n}\n"


def _publication_fields(paper: EditionPaper) -> tuple[str, dict[str, str]]:
    """The entry type and the fields that tell where and when."""
    found = bibliography.publication(paper)
    match found.kind:
        case "proceedings":
            return "inproceedings", {"booktitle": escape_bibtex(found.container), "year": found.year}
        case "journal":
            return "article", {
                "journal": escape_bibtex(found.container),
                "volume": found.volume,
                "number": found.number,
                "pages": "--".join(found.pages or ()),
                "year": found.year,
            }
        case "preprint":
            month = _MONTHS[paper.published.month - 1]
            return "misc", {"year": found.year, "month": month, "note": escape_bibtex(found.note)}


def _format_author(name: str) -> str:
    """A person as First Last; a group, or a name that holds "and", in braces so that it stays one name."""
    if names.is_others(name):
        return "others"
    return f"{{{escape_bibtex(name)}}}" if names.is_group(name) or _AND.search(name) else escape_bibtex(name)


def escape_title(title: str) -> str:
    """Words escaped, formulas kept as the authors wrote them where their braces match."""
    plain = " ".join(strip_harmful(title).split())
    return rewrite_prose(plain, lambda prose: escape_bibtex(latex_to_unicode(prose)), keep=_may_stand_in_title)


def escape_bibtex(text: str) -> str:
    return _SPECIAL.sub(lambda match: _SPECIALS[match[0]], text)


def _may_stand_in_title(formula: Formula) -> bool:
    """Whether TeX can read it inside a field: matching braces, nothing that ends or comments out the line."""
    depth = 0
    for match in re.finditer(r"\\.|[{}%#&]", formula.source):
        if match[0] in "%#&":
            return False
        depth += {"{": 1, "}": -1}.get(match[0], 0)
        if depth < 0:
            return False
    return depth == 0 and not formula.display and not formula.source.endswith("\\")
