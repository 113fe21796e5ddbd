"""An arXiv feed -> its papers: each entry becomes a Paper on its own, or is set aside and named.

Invariant: pure; a field that arXiv does not have is empty, never invented, and an entry whose identity or dates cannot
be told costs no other. White space is folded, HTML entities are characters, control and zero-width characters are gone;
LaTeX and markup stay as the authors wrote them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from xml.etree import ElementTree as ET

from digest.sources.arxiv.response import ATOM, parse_feed
from store.records.editions import Paper
from store.records.lazy_text import AnyText, LazyText, lazy_gettext
from store.text.identifiers import parse_dois
from store.text.names import split_people
from store.text.source_text import clean_line
from store.text.withdrawal import read_status

_ARXIV = "{http://arxiv.org/schemas/atom}"
ID_PATTERN = r"(\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})"
_ID = re.compile(rf"https?://(?:\w+\.)?arxiv\.org/abs/{ID_PATTERN}(?:v([1-9]\d{{0,3}}))?", re.ASCII)
_NO_AUTHORS = "(authors not recorded)"
# Which institution a name belongs to: "(1)", "(1,2)", "(a)", "[3]", "$^{1,*}$", "¹", "†". Not "(III)".
_AFFILIATION_MARKS = re.compile(
    r"(?:\s*(?:[(\[](?:\d{1,2}|[a-z*†‡§¶])(?:\s*(?:,|;|&|and)\s*(?:\d{1,2}|[a-z*†‡§¶]))*[)\]]"
    r"|\$\s*\^\s*\{?[\d\s,;*a-z\\]{1,30}\}?\s*\$|[¹²³⁴-⁹⁰†‡§¶*]))+\s*$"
)
_LETTER_OR_DIGIT = re.compile(r"[^\W_]")
_LONGEST_NAME = 80


class MalformedEntry(Exception):
    """why: what is wrong with it."""

    def __init__(self, why: LazyText) -> None:
        super().__init__(str(why))
        self.why = why


@dataclass(frozen=True)
class FeedPage:
    """One page. count: of its entries, those set aside too. set_aside: a name and what is wrong of each of these."""

    total: int
    count: int
    papers: tuple[Paper, ...]
    set_aside: tuple[LazyText, ...]


def read_feed(body: bytes) -> FeedPage:
    """body: a feed that `check_response` has passed."""
    total, entries = parse_feed(body)
    papers: list[Paper] = []
    set_aside: list[LazyText] = []
    for entry in entries:
        try:
            papers.append(_to_paper(entry))
        except MalformedEntry as error:
            set_aside.append(lazy_gettext("{entry} ({why})", entry=_name(entry), why=error.why))
    return FeedPage(total, len(entries), tuple(papers), tuple(set_aside))


def _to_paper(entry: ET.Element) -> Paper:
    """Raises MalformedEntry for an id of another shape, or a date that is missing or none."""
    id_, version = _identity(_text(entry, f"{ATOM}id"))
    abstract, comment = _text(entry, f"{ATOM}summary"), _text(entry, f"{_ARXIV}comment")
    status, status_note = read_status(comment, abstract)
    primary = entry.find(f"{_ARXIV}primary_category")
    return Paper(
        id=id_,
        version=version,
        title=_text(entry, f"{ATOM}title"),
        abstract=abstract,
        authors=tuple(clean_authors(_text(author, f"{ATOM}name") for author in entry.iterfind(f"{ATOM}author"))),
        categories=_categories(entry),
        primary_category=clean_line(primary.get("term", "")) if primary is not None else "",
        published=_moment(entry, "published"),
        updated=_moment(entry, "updated"),
        comment=comment,
        doi=_dois(entry),
        journal_ref=_text(entry, f"{_ARXIV}journal_ref"),
        status=status,
        status_note=status_note,
    )


def _identity(url: str) -> tuple[str, int]:
    if not url:
        raise MalformedEntry(lazy_gettext("it has no <{name}>", name="id"))
    match = _ID.fullmatch(url)
    if not match:
        raise MalformedEntry(lazy_gettext("its id is none of arXiv's"))
    return match[1], int(match[2] or 1)


def _moment(entry: ET.Element, name: str) -> datetime:
    text = _text(entry, ATOM + name)
    if not text:
        raise MalformedEntry(lazy_gettext("it has no <{name}>", name=name))
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        raise MalformedEntry(lazy_gettext("its <{name}> is no date", name=name)) from None


def _categories(entry: ET.Element) -> tuple[str, ...]:
    terms = (clean_line(category.get("term", "")) for category in entry.iterfind(f"{ATOM}category"))
    return tuple(dict.fromkeys(filter(None, terms)))


def _dois(entry: ET.Element) -> str:
    """All that the authors typed, and what arXiv links to beside it, with blanks between."""
    typed = [_text_of(element) for element in entry.iterfind(f"{_ARXIV}doi")]
    links = [clean_line(link.get("href", "")) for link in entry.iterfind(f"{ATOM}link") if _is_doi_link(link)]
    known = {doi.lower() for doi in parse_dois(" ".join(typed))}
    beside = [link for link in links if not known.issuperset(doi.lower() for doi in parse_dois(link))]
    return " ".join(dict.fromkeys(filter(None, (*typed, *beside))))


def _is_doi_link(link: ET.Element) -> bool:
    return link.get("title") == "doi" or "doi.org/" in link.get("href", "")


def clean_authors(names: Iterable[str]) -> Iterator[str]:
    """Names as they are shown, each by itself; "et al." is one, for it says that there are others."""
    for name in chain.from_iterable(map(split_people, names)):
        plain = _AFFILIATION_MARKS.sub("", name)
        if plain != _NO_AUTHORS and _LETTER_OR_DIGIT.search(plain):
            yield plain


def _name(entry: ET.Element) -> AnyText:
    """By which a reader may find it: its id, as far as it has one, else its title."""
    id_, title = _text(entry, f"{ATOM}id"), _text(entry, f"{ATOM}title")
    short = id_.rpartition("arxiv.org/abs/")[2] or title
    return short[:_LONGEST_NAME] or lazy_gettext("an entry without id and title")


def _text(entry: ET.Element, path: str) -> str:
    element = entry.find(path)
    return "" if element is None else _text_of(element)


def _text_of(element: ET.Element) -> str:
    return clean_line("".join(element.itertext()))
