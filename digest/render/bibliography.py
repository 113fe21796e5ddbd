"""Bibliographic facts of papers, as BibTeX, RIS, CSL-JSON and pages share them: keys, authors, where and when, ids.

Invariant: pure; a paper's key follows from the paper alone, and keys of one file are unique without regard to case.
Nothing is invented, and of a journal reference nothing is lost. Every text is one line of Unicode, unescaped.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from digest.i18n.catalog import get_catalog
from digest.render import edition_facts
from digest.render.safe_text import strip_harmful, to_verbatim_line
from store.records.editions import ARXIV, EditionPaper
from store.records.repositories import repository_name
from store.text.citation_key import choose_key, make_key
from store.text.identifiers import parse_arxiv_id
from store.text.journal_reference import Publication, parse_journal_reference
from store.text.latex import latex_to_unicode
from store.text.names import Author

_LONGEST_TITLE = 10_000  # in effect, whole


def publication(paper: EditionPaper) -> Publication:
    reference = " ".join(strip_harmful(latex_to_unicode(paper.journal_ref)).split())
    return parse_journal_reference(reference, paper.published.year)


def citation_keys(papers: Sequence[EditionPaper]) -> list[str]:
    """The keys that the store gave them; of those that have none yet, what it would give them."""
    keys = {paper.id: paper.citation_key for paper in papers}
    taken = set(keys.values()) - {""}
    for paper in sorted(papers, key=lambda paper: paper.id):
        if not keys[paper.id]:
            keys[paper.id] = choose_key(make_key(paper.authors, paper.published, paper.title, paper.id), taken)
            taken.add(keys[paper.id])
    return [keys[paper.id] for paper in papers]


def title(paper: EditionPaper) -> str:
    """Readable, formulas as Unicode; the id of a paper without one."""
    return to_verbatim_line(paper.readable_title, _LONGEST_TITLE) or clean_identifier(paper.id)


def authors(paper: EditionPaper) -> list[Author]:
    """People and groups who are named, and the groups that a person speaks for behind them."""
    known = [author for author in edition_facts.structured_authors(paper) if author.kind != "others"]
    named = {author.group for author in known if author.kind == "group"}
    return known + [Author("group", group, group=group) for group in spoken_for(paper) if group not in named]


def spoken_for(paper: EditionPaper) -> list[str]:
    """The collaborations that people among the authors speak for, each once."""
    known = edition_facts.structured_authors(paper)
    return list(dict.fromkeys(author.group for author in known if author.kind == "person" and author.group))


def has_others(paper: EditionPaper) -> bool:
    """Whether there are authors who are not named: "et al."."""
    return any(author.kind == "others" for author in edition_facts.structured_authors(paper))


def doi(paper: EditionPaper) -> str:
    """The journal's, else the one that arXiv registers for each of its papers; "" where the id is no arXiv id."""
    registered = f"10.48550/arXiv.{paper.id}" if paper.source == ARXIV and parse_arxiv_id(paper.id) else ""
    return next(iter(paper.dois), registered)


def note(paper: EditionPaper, found: Publication) -> str:
    """What fits no other field: that the paper was withdrawn, and of its reference what could not be read."""
    return "; ".join(filter(None, (edition_facts.status_line(paper, get_catalog("edition", "en")), found.note)))


def repository(paper: EditionPaper) -> str:
    """Where the paper is kept: "arXiv"."""
    return clean_identifier(repository_name(paper.source))


def accession_number(paper: EditionPaper) -> str:
    """The paper's id there, with the name of where that is: "arXiv:2405.01234"."""
    return clean_identifier(edition_facts.source_id(paper))


def keywords(paper: EditionPaper) -> list[str]:
    """Its categories: "cs.CL", "cell biology"."""
    return list(filter(None, (to_verbatim_line(category, 80) for category in paper.categories)))


def clean_identifier(text: str) -> str:
    """An identifier: what it may not hold is left out, nothing is escaped."""
    return re.sub(r"[^\w.:/()<>;+-]", "", text, flags=re.ASCII)
