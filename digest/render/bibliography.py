"""Bibliographic facts of papers, as BibTeX, RIS and CSL-JSON share them: keys, authors, where and when, identifiers.

Invariant: pure; keys are unique and depend on the papers alone, and nothing is invented: a paper was published in a
journal or in proceedings only where its journal reference can be read as that; else it is a preprint of its first day,
with the reference as a note. Every text is one line of Unicode, unescaped.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Literal

from digest.render import edition_facts
from digest.render.safe_text import strip_harmful, to_line
from store.records.editions import ARXIV, EditionPaper
from store.text import names
from store.text.identifiers import parse_arxiv_id
from store.text.latex import latex_to_unicode
from store.text.tokens import is_stop, tokens

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
_LONGEST_WORD = 24  # of a key
_LONGEST_TITLE = 10_000  # in effect, whole

PublicationKind = Literal["journal", "proceedings", "preprint"]


@dataclass(frozen=True)
class Publication:
    """Where a paper was published, as far as its reference can be read. container: of a journal or of proceedings the
    name; pages: first and last, both or neither; note: of a preprint the reference that could not be read."""

    kind: PublicationKind
    year: str
    container: str = ""
    volume: str = ""
    number: str = ""
    pages: tuple[str, str] | None = None
    note: str = ""


def publication(paper: EditionPaper) -> Publication:
    reference = " ".join(strip_harmful(latex_to_unicode(paper.journal_ref)).split())
    first_year, years = str(paper.published.year), _YEAR.findall(reference)
    if reference and _PROCEEDINGS.search(reference):
        return Publication("proceedings", years[-1] if years else first_year, reference)
    if (found := _JOURNAL.match(reference)) and years and found["volume"] not in years:
        pages = _PAGES.search(found["rest"])
        return Publication(
            "journal",
            years[-1],
            found["journal"].strip(),
            found["volume"],
            found["number"] or found["issue"] or "",
            (pages[1], pages[2]) if pages else None,
        )
    if (found := _NAMED_JOURNAL.match(reference)) and years:
        return Publication("journal", years[-1], found["journal"])
    return Publication("preprint", first_year, note=reference)


def citation_keys(papers: Sequence[EditionPaper]) -> list[str]:
    """hu2021lora: surname, year, first content word; papers that share one get a, b ... in order of their ids."""
    sharing: dict[str, list[str]] = defaultdict(list)
    for paper in sorted(papers, key=lambda paper: paper.id):
        sharing[_base_key(paper)].append(paper.id)
    taken: dict[str, str] = {}
    for base, ids in sorted(sharing.items(), key=lambda item: len(item[1])):
        taken |= zip(ids, _unused_keys(base, len(ids), set(taken.values())), strict=False)
    return [taken[paper.id] for paper in papers]


def title(paper: EditionPaper) -> str:
    """Readable, formulas as Unicode; the id of a paper without one."""
    return to_line(paper.title, _LONGEST_TITLE) or clean_identifier(paper.id)


def author_names(paper: EditionPaper) -> list[str]:
    """The authors who have a name: people, groups, and "et al." for those who are not told."""
    return [name for name in edition_facts.author_names(paper) if name]


def doi(paper: EditionPaper) -> str:
    """The journal's, else the one that arXiv registers for each of its papers; "" where the id is no arXiv id."""
    registered = f"10.48550/arXiv.{paper.id}" if paper.source == ARXIV and parse_arxiv_id(paper.id) else ""
    return next(iter(paper.dois), registered)


def repository(paper: EditionPaper) -> str:
    """Where the paper is kept: "arXiv", else the source's own name."""
    return "arXiv" if paper.source == ARXIV else clean_identifier(paper.source)


def accession_number(paper: EditionPaper) -> str:
    """The paper's id there, with the name of where that is: "arXiv:2405.01234"."""
    return f"{'arXiv:' if paper.source == ARXIV else ''}{clean_identifier(paper.id)}"


def clean_identifier(text: str) -> str:
    """An identifier: what it may not hold is left out, nothing is escaped."""
    return re.sub(r"[^\w.:/()<>;+-]", "", text, flags=re.ASCII)


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
