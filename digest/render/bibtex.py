r"""Edition -> BibTeX, UTF-8.

Invariant: every entry parses: in each field braces balance by the plain count, which is BibTeX's own and takes `\{` for
a brace as well. No field is invented: a paper without authors has no author field. A preprint is @misc. A number of an
article stands as `eid` and as `pages`, since plain styles print that alone. Sources:
https://info.arxiv.org/help/hypertex/bibstyles, eprint fields as arXiv itself exports them; `eprinttype` is biblatex's
name for archivePrefix, and the one that Zotero reads.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from digest.render import bibliography
from digest.render.bibliography import clean_identifier
from digest.render.safe_text import strip_harmful
from store.records.editions import ARXIV, Edition, EditionPaper
from store.text.latex import latex_to_unicode
from store.text.math import Formula, replace_formulas, rewrite_prose
from store.text.names import Author

_SPECIALS = {
    "\\": r"\textbackslash{}",
    "{": r"\textbraceleft{}",
    "}": r"\textbraceright{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{character: f"\\{character}" for character in "&%#_$"},
}
_SPECIAL = re.compile(r"[\\{}~^&%#_$]")
_AND = re.compile(r"\band\b", re.IGNORECASE)
_SMALL_WORD_INSIDE = re.compile(r"\b[^\W\d_a-z]\S*\s+[a-z]")  # Agüera y Arcas, but not van der Berg
_BRACE_COMMAND = re.compile(r"\\.", re.DOTALL)
_NAMED_BRACES = {r"\{": r"\lbrace ", r"\}": r"\rbrace "}
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()


def render(edition: Edition) -> str:
    """One entry per paper, in route order; a comment line where there is none."""
    return _format_entries(edition.papers) or f"% {' '.join(strip_harmful(edition.id).split())}: no papers\n"


def render_papers(papers: Sequence[EditionPaper]) -> str:
    """One entry per paper, in this order; a comment line where there is none."""
    return _format_entries(papers) or "% No papers.\n"


def _format_entries(papers: Sequence[EditionPaper]) -> str:
    return "\n".join(
        _format_entry(key, paper) for key, paper in zip(bibliography.citation_keys(papers), papers, strict=True)
    )


def _format_entry(key: str, paper: EditionPaper) -> str:
    kind, published = _publication_fields(paper)
    arxiv = paper.source == ARXIV
    fields = {
        "title": f"{{{escape_title(paper.title) or clean_identifier(paper.id)}}}",
        "author": _format_authors(paper),
        "collaboration": escape_bibtex(", ".join(map(_shorten_group, bibliography.spoken_for(paper)))),
        **published,
        "eprint": clean_identifier(paper.id) if arxiv else "",  # styles take any for arXiv's, and link it there
        "archivePrefix": "arXiv" if arxiv else "",
        "eprinttype": "arxiv" if arxiv else "",
        "primaryClass": clean_identifier(paper.primary_category) if arxiv else "",
        "doi": next(iter(paper.dois), ""),
        "url": paper.url,
    }
    lines = [f"  {name} = {{{value}}}" for name, value in fields.items() if value]
    # A month is a macro, so that the style can write it in its own way.
    lines = [re.sub(r"^(  month = )\{(\w+)\}$", r"\1\2", line) for line in lines]
    return f"@{kind}{{{key},\n" + ",\n".join(lines) + "\n}\n"


def _publication_fields(paper: EditionPaper) -> tuple[str, dict[str, str]]:
    """The entry type and the fields that tell where and when."""
    found = bibliography.publication(paper)
    match found.kind:
        case "proceedings":
            return "inproceedings", {
                "booktitle": escape_bibtex(found.container),
                "year": found.year,
                "note": escape_bibtex(bibliography.note(paper, found)),
            }
        case "chapter":
            return "incollection", {
                "booktitle": escape_bibtex(found.container),
                "chapter": found.chapter,
                "year": found.year,
                "note": escape_bibtex(bibliography.note(paper, found)),
            }
        case "journal":
            return "article", {
                "journal": escape_bibtex(found.container),
                "volume": found.volume,
                "number": found.number,
                "pages": "--".join(found.pages),
                "eid": found.article_number,
                "year": found.year,
                "month": _MONTHS[found.month - 1] if found.month else "",
                "note": escape_bibtex(bibliography.note(paper, found)),
            }
        case "preprint":
            month = _MONTHS[paper.published.month - 1]
            kept_at = "" if paper.source == ARXIV else bibliography.repository(paper)  # arXiv is told by the eprint
            return "misc", {
                "howpublished": kept_at,  # which plain styles print, and importers read the other
                "publisher": kept_at,
                "year": found.year,
                "month": month,
                "note": escape_bibtex(bibliography.note(paper, found)),
            }


def _format_authors(paper: EditionPaper) -> str:
    """Without the groups that somebody speaks for: `collaboration` names them."""
    spoken_for = bibliography.spoken_for(paper)
    named = [author for author in bibliography.authors(paper) if author.name not in spoken_for]
    return " and ".join([*map(_format_author, named), *["others"] * bibliography.has_others(paper)])


def _format_author(author: Author) -> str:
    """A person whose parts are known as Family, Suffix, Given; a name of several words that has none in braces, so that
    it stays one name."""
    if author.kind == "person" and author.given:
        parts = (author.family, author.suffix, author.given)
        return ", ".join(_protect(part, is_family=place == 0) for place, part in enumerate(parts) if part)
    return f"{{{escape_bibtex(author.name)}}}" if re.search(r"[\s,]", author.name) else escape_bibtex(author.name)


def _protect(part: str, *, is_family: bool) -> str:
    """In braces where BibTeX would cut it: at commas, at "and", and at a small word amid a family name."""
    cut = "," in part or _AND.search(part) or (is_family and _SMALL_WORD_INSIDE.search(part))
    return f"{{{escape_bibtex(part)}}}" if cut else escape_bibtex(part)


def _shorten_group(group: str) -> str:
    """As styles want it, which say "(PHENIX Collaboration)" themselves."""
    return re.sub(r"^the\s+|\s+collaboration$", "", group, flags=re.IGNORECASE)


def escape_title(title: str) -> str:
    """Words escaped, formulas kept as the authors wrote them where their braces match."""
    plain = replace_formulas(" ".join(strip_harmful(title).split()), _name_braces)
    return rewrite_prose(plain, lambda prose: escape_bibtex(latex_to_unicode(prose)), keep=_may_stand_in_title)


def _name_braces(formula: Formula) -> str:
    r"""With \lbrace for \{, which BibTeX counts: \left\{ x \right. is sound TeX, and ends the entry."""
    return _BRACE_COMMAND.sub(lambda found: _NAMED_BRACES.get(found[0], found[0]), formula.whole)


def escape_bibtex(text: str) -> str:
    return _SPECIAL.sub(lambda match: _SPECIALS[match[0]], text)


def _may_stand_in_title(formula: Formula) -> bool:
    """Whether BibTeX and TeX can read it inside a field: braces that balance, nothing that ends or comments out the
    line."""
    if re.search(r"[%#&]", re.sub(r"\\.", "", formula.source)) or formula.display or formula.source.endswith("\\"):
        return False
    depth = 0
    for brace in re.findall(r"[{}]", formula.source):
        depth += 1 if brace == "{" else -1
        if depth < 0:
            return False
    return depth == 0
