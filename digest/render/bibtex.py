r"""Edition -> BibTeX, UTF-8.

Invariant: every entry parses, keys are unique and depend on the papers alone, and no field is invented: a paper
without authors has no author field. A paper is @article or @inproceedings only where its journal reference can be read
as one; everything else is @misc with the reference as a note. Sources: https://info.arxiv.org/help/hypertex/bibstyles,
eprint fields as arXiv itself exports them.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import count

from digest.render import edition_facts
from digest.render.safe_text import strip_harmful
from digest.text import names
from digest.text.latex import latex_to_unicode
from digest.text.math import Formula, rewrite_prose
from digest.text.tokens import is_stop, tokens
from store.records.editions import ARXIV, Edition, EditionPaper

_SPECIALS = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{character: f"\\{character}" for character in "&%#_$"},
}
_SPECIAL = re.compile(r"[\\{}~^&%#_$]")
_LETTERS = str.maketrans({"ß": "ss", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"})
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_PROCEEDINGS = re.compile(
    r"\b(?:proc(?:\.|eedings)?|conference|workshop|symposium|in:)\b|^in (?!press|prep)", re.IGNORECASE
)
# Reads, for example: J. Invented Res. 12 (2025) 101-112; Phys.Rev.D 101, 123 (2020); Nature 500, no. 3: 1-9, 2013.
_JOURNAL = re.compile(
    r"^(?P<journal>[A-Z][^\d():;]{2,100}?),?\s*(?:\bvol(?:ume)?\.?\s*)?(?P<volume>\d{1,4})\b"
    r"(?:\s*\(\s*(?P<number>\d{1,3})\s*\)|,?\s*\b(?:no|issue)\b\.?\s*(?P<issue>\d{1,3}))?(?P<rest>.*)$",
    re.IGNORECASE,
)
# Without a volume only what calls itself a journal is one: IEEE Invented Letters, 2025.
_NAMED_JOURNAL = re.compile(
    r"^(?P<journal>[^\d]*\b(?:journal|transactions|letters|reviews?|annals|magazine)\b[^\d():;]*?)[\s,]*\(?\d{4}\)?\.?$",
    re.IGNORECASE,
)
_PAGES = re.compile(r"(?<![\d.])(\d{1,6})\s*(?:-{1,2}|–)\s*(\d{1,6})(?![\d.])")
_AND = re.compile(r"\band\b", re.IGNORECASE)
_LONGEST_WORD = 24  # of a key
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()


def render(edition: Edition) -> str:
    """One entry per paper, in route order; a comment line where there is none."""
    return render_papers(edition.papers) or f"% {' '.join(strip_harmful(edition.id).split())}: no papers\n"


def render_papers(papers: Sequence[EditionPaper]) -> str:
    """One entry per paper, in this order."""
    return "\n".join(_format_entry(key, paper) for key, paper in zip(citation_keys(papers), papers, strict=True))


def citation_keys(papers: Sequence[EditionPaper]) -> list[str]:
    """hu2021lora: surname, year, first content word; papers that share one get a, b ... in order of their ids."""
    sharing: dict[str, list[str]] = defaultdict(list)
    for paper in sorted(papers, key=lambda paper: paper.id):
        sharing[_base_key(paper)].append(paper.id)
    taken: dict[str, str] = {}
    for base, ids in sorted(sharing.items(), key=lambda item: len(item[1])):
        taken |= zip(ids, _unused_keys(base, len(ids), set(taken.values())), strict=False)
    return [taken[paper.id] for paper in papers]


def _unused_keys(base: str, how_many: int, used: set[str]) -> Iterator[str]:
    """`base` itself where it stands alone, else base + a, b ... z, aa ..., past any key that is used already."""
    if how_many == 1 and base not in used:
        yield base
    yield from (key for index in count() if (key := base + _letter_suffix(index)) not in used)


def _letter_suffix(index: int) -> str:
    return (_letter_suffix(index // 26 - 1) if index >= 26 else "") + chr(ord("a") + index % 26)


def _base_key(paper: EditionPaper) -> str:
    name = _to_ascii(names.filing_word(edition_facts.author_names(paper)[0])) if paper.authors else ""
    words = (_to_ascii(word)[:_LONGEST_WORD] for word in tokens(latex_to_unicode(paper.title)) if not is_stop(word))
    word = next((word for word in words if len(word) > 1 and not word.isdigit()), "")
    return f"{name or _to_ascii(paper.source)}{paper.published.year}{word or _to_ascii(paper.id)}"


def _to_ascii(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text.lower().translate(_LETTERS))
    return re.sub(r"[^a-z0-9]", "", folded)


def _format_entry(key: str, paper: EditionPaper) -> str:
    kind, published = _publication_fields(paper)
    arxiv = paper.source == ARXIV
    fields = {
        "title": f"{{{escape_title(paper.title)}}}",
        "author": " and ".join(_format_author(name) for name in edition_facts.author_names(paper) if name),
        **published,
        "eprint": _clean_identifier(paper.id) if arxiv else "",  # styles take any for arXiv's, and link it there
        "archivePrefix": "arXiv" if arxiv else "",
        "primaryClass": _clean_identifier(paper.primary_category) if arxiv else "",
        "doi": _clean_identifier(paper.doi),
        "url": paper.url,
    }
    lines = [f"  {name} = {{{value}}}" for name, value in fields.items() if value]
    if "month" in fields:  # a macro, so that the style can write it in its own way
        lines = [re.sub(r"^(  month = )\{(\w+)\}$", r"\1\2", line) for line in lines]
    return f"@{kind}{{{key},\n" + ",\n".join(lines) + "\n}\n"


def _publication_fields(paper: EditionPaper) -> tuple[str, dict[str, str]]:
    """The entry type and the fields that tell where and when."""
    reference = " ".join(strip_harmful(latex_to_unicode(paper.journal_ref)).split())
    preprint = {"year": str(paper.published.year), "month": _MONTHS[paper.published.month - 1]}
    years = _YEAR.findall(reference)
    if reference and _PROCEEDINGS.search(reference):
        return "inproceedings", {
            "booktitle": escape_bibtex(reference),
            "year": years[-1] if years else preprint["year"],
        }
    if (found := _JOURNAL.match(reference)) and years and found["volume"] not in years:
        return "article", _article_fields(found) | {"year": years[-1]}
    if (found := _NAMED_JOURNAL.match(reference)) and years:
        return "article", {"journal": escape_bibtex(found["journal"]), "year": years[-1]}
    return "misc", preprint | {"note": escape_bibtex(reference)}


def _article_fields(found: re.Match[str]) -> dict[str, str]:
    pages = _PAGES.search(found["rest"])
    return {
        "journal": escape_bibtex(found["journal"].strip()),
        "volume": found["volume"],
        "number": found["number"] or found["issue"] or "",
        "pages": f"{pages[1]}--{pages[2]}" if pages else "",
    }


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


def _clean_identifier(text: str) -> str:
    """An identifier: what it may not hold is left out, nothing is escaped."""
    return re.sub(r"[^\w.:/()<>;+-]", "", text, flags=re.ASCII)
