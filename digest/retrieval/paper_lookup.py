"""Papers by what names them: arXiv ids in any form, DOIs, ids of another source; asked of the source at need.

Invariant: what is typed is only ever compared with ids, or handed to the source as an id of its own form.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from digest.ports import PaperSource
from store.records.editions import Paper
from store.records.lazy_text import AnyText
from store.records.repositories import NAMED_BY_DOI
from store.tables.papers import Papers
from store.text.identifiers import parse_arxiv_id, parse_dois

_MAX_CHARACTERS = 300
_MAX_TYPED = 2_000  # of several
_MAX_NAMED = 50  # papers
_BETWEEN = re.compile(r"[\s,;]+(?:(?:and|&|\+)[\s,;]+)?")
_PREFIX = re.compile(
    r"\b(arxiv|biorxiv|medrxiv|doi):?\s+(?=[\w-]*[./]?\d)", re.IGNORECASE
)  # of an id that stands apart
_DOI_PREFIX = re.compile(r"^(?:doi|biorxiv|medrxiv):?\s*(?=10\.)", re.IGNORECASE)
_AROUND = ".,;:()[]<>\"'“” "  # what stands around an id in a sentence


@dataclass(frozen=True)
class PaperReference:
    """What somebody typed in place of words. Exactly one of the two is set."""

    arxiv: str = ""  # id without version
    doi: str = ""

    @property
    def label(self) -> str:
        return f"arXiv:{self.arxiv}" if self.arxiv else f"doi:{self.doi}"

    @property
    def url(self) -> str:
        """Where it leads outside of the archive."""
        if self.arxiv:
            return f"https://arxiv.org/abs/{quote(self.arxiv, safe='/')}"
        return f"https://doi.org/{quote(self.doi, safe='/')}"


def parse_reference(typed: str) -> PaperReference | None:
    """None where it is anything but one id or DOI."""
    text = typed.strip()
    if len(text) > _MAX_CHARACTERS:
        return None
    if found := parse_arxiv_id(text) or parse_arxiv_id(text.strip(_AROUND)):
        return PaperReference(arxiv=found.id)
    bare = _DOI_PREFIX.sub("", text)
    if " " in bare or len(dois := parse_dois(bare)) != 1:
        return None
    is_whole = bare.startswith((dois[0], "https://", "http://", "doi.org/", "dx.doi.org/"))
    return PaperReference(doi=dois[0]) if is_whole else None


@dataclass(frozen=True)
class NamedPapers:
    """papers: of the store, in the order in which they are named. missing: those that it does not have."""

    papers: tuple[Paper, ...]
    missing: tuple[PaperReference, ...] = ()

    @property
    def unknown(self) -> str:
        """Those that are missing, for a line."""
        return ", ".join(reference.label for reference in self.missing)


def parse_references(typed: str) -> list[PaperReference]:
    """The ids and DOIs that a text is, each once; none where it holds anything else, or more than anybody types."""
    if single := parse_reference(typed):
        return [single]
    found = [parse_reference(name) for name in _split_names(typed)]
    return list(dict.fromkeys(reference for reference in found if reference)) if all(found) else []


def find_named(typed: str, papers: Papers) -> NamedPapers | None:
    """The papers that a search names in place of words, by their ids or by references; None where it names none."""
    if paper := find_paper(typed, papers):
        return NamedPapers((paper,))
    names = [typed] if parse_reference(typed) else _split_names(typed)
    found = [(find_paper(name, papers), parse_reference(name)) for name in names]
    if not found or not all(paper or reference for paper, reference in found):
        return None
    kept = {paper.id: paper for paper, _ in found if paper}
    missing = dict.fromkeys(reference for paper, reference in found if reference and not paper)
    return NamedPapers(tuple(kept.values()), tuple(missing))


def _split_names(typed: str) -> list[str]:
    """The words of a short list, "arXiv: 2401.01234" as one."""
    text = _PREFIX.sub(r"\1:", typed.strip().strip(_AROUND)) if len(typed) <= _MAX_TYPED else ""
    names = [name for name in _BETWEEN.split(text) if name]
    return names if len(names) <= _MAX_NAMED else []


def find_paper(typed: str, papers: Papers) -> Paper | None:
    """The paper of the store that is named so: by its own id, whatever its source, else by a reference."""
    text = typed.strip()
    if text and len(text) <= _MAX_CHARACTERS and (found := papers.get([text])):
        return next(iter(found.values()))
    reference = parse_reference(text)
    if reference is None:
        return None
    if reference.arxiv:
        return papers.get([reference.arxiv]).get(reference.arxiv)
    own = papers.get([f"{source}:{reference.doi.lower()}" for source in NAMED_BY_DOI])
    return next(iter(own.values()), None) or papers.with_doi(reference.doi)


def fetch_named(
    named: NamedPapers, papers: Papers, source: PaperSource, wait: Callable[[float, AnyText], None]
) -> NamedPapers:
    """The same, with those of the missing that the source has by their arXiv ids, which are kept then. Raises
    SourceError.
    """
    wanted = [reference.arxiv for reference in named.missing if reference.arxiv]
    if not wanted:
        return named
    papers.add(source.fetch(wanted, wait=wait))
    fetched = papers.get(wanted)
    return NamedPapers(
        (*named.papers, *(fetched[id_] for id_ in wanted if id_ in fetched)),
        tuple(reference for reference in named.missing if reference.arxiv not in fetched),
    )


def fetch_paper(
    reference: PaperReference, papers: Papers, source: PaperSource, wait: Callable[[float, AnyText], None]
) -> Paper | None:
    """The paper of the store; else, by its arXiv id, the one that the source has, which is kept then. Raises
    SourceError.
    """
    kept = find_paper(reference.label, papers)
    named = NamedPapers((kept,)) if kept else fetch_named(NamedPapers((), (reference,)), papers, source, wait)
    return next(iter(named.papers), None)
