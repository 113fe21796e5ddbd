"""One paper by what names it: an arXiv id in any form, a DOI, an id of another source; asked of the source at need.

Invariant: what is typed is only ever compared with ids, or handed to the source as an id of its own form.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from digest.ports import PaperSource
from store.records.editions import Paper
from store.records.lazy_text import AnyText
from store.tables.papers import Papers
from store.text.identifiers import parse_arxiv_id, parse_dois

_MAX_CHARACTERS = 300
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
    bare = text[4:].strip() if text[:4].lower() == "doi:" else text
    if " " in bare or len(dois := parse_dois(bare)) != 1:
        return None
    is_whole = bare.rstrip(".,;") == dois[0] or bare.startswith(("https://", "http://", "doi.org/", "dx.doi.org/"))
    return PaperReference(doi=dois[0]) if is_whole else None


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
    return papers.with_doi(reference.doi)


def fetch_paper(
    reference: PaperReference, papers: Papers, source: PaperSource, wait: Callable[[float, AnyText], None]
) -> Paper | None:
    """The paper of the store; else, by its arXiv id, the one that the source has, which is kept then. Raises
    SourceError.
    """
    wanted = reference.arxiv
    kept = papers.get([wanted]).get(wanted) if wanted else papers.with_doi(reference.doi)
    if kept or not wanted:
        return kept
    papers.add(source.fetch([wanted], wait=wait))
    return papers.get([wanted]).get(wanted)
