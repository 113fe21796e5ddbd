"""Buttons that say what a reader thinks of papers, for a form and for the script of an edition's page.

Invariant: what a button does is its value alone; one that says what is said already takes it back.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from digest.feedback import opinions
from digest.i18n.catalog import Catalog
from digest.render import edition_facts
from store import Store
from store.records.editions import EditionPaper
from store.records.feedback import PaperOpinion, Reader
from store.records.lazy_text import lazy_gettext

OPINION_NAMES = {
    "keep": lazy_gettext("Keep"),
    "seen": lazy_gettext("Seen"),
    "more": lazy_gettext("More like this"),
    "less": lazy_gettext("Less like this"),
}


@dataclass(frozen=True)
class OpinionButton:
    value: str
    name: str
    is_said: bool


@dataclass(frozen=True)
class PaperForm:
    """A paper with what can be said of it."""

    title: str
    url: str
    about: str
    buttons: tuple[OpinionButton, ...]


def paper_form(
    paper: EditionPaper, said: Iterable[str], ui: Catalog, offered: Sequence[PaperOpinion] = opinions.OPINIONS
) -> PaperForm:
    return PaperForm(
        edition_facts.paper_title(paper),
        paper.url,
        ui.join([edition_facts.authors(paper, ui), ui.date(paper.published)], "series"),
        buttons(paper.id, said, ui, offered),
    )


def buttons(
    paper_id: str, said: Iterable[str], ui: Catalog, offered: Sequence[PaperOpinion] = opinions.OPINIONS
) -> tuple[OpinionButton, ...]:
    """said: kinds of what the reader said of the paper."""
    known = frozenset(said)
    return tuple(
        OpinionButton(
            f"{'-' if opinion in known else ''}{opinion}:{paper_id}", ui.show(OPINION_NAMES[opinion]), opinion in known
        )
        for opinion in offered
    )


def said_of_papers(store: Store, reader: Reader) -> dict[str, set[str]]:
    """By id, the kinds of all that a reader said."""
    known: dict[str, set[str]] = {}
    for one in store.feedback.of_reader(reader):
        known.setdefault(one.subject, set()).add(one.kind)
    return known
