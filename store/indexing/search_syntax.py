"""Search syntax: what is typed into the search box, as words, "phrases", -exclusions, author: and category:.

Invariant: pure and total: whatever is typed has a reading, and what is no sign of ours is a word. Of a text that is too
long the beginning counts. Of what is typed nothing but stems reaches the index.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from store.db.match_expression import MatchColumns, MatchExpression, MatchNear, match_all, match_any
from store.indexing.filters import SearchFilter, is_category
from store.indexing.query_terms import QUOTES, Phrase, match_expression, parse_phrases

Group = tuple[Phrase, ...]  # what one word or quotation stands for: all of these

_MAX_CHARACTERS = 2_000  # that are read
_MAX_CLAUSES = 32  # of each kind that are used
_NAME_GAP = 1  # words beside the parts of a name that may stand among them: Edward J. Hu
_CLAUSE = re.compile(
    r'(?P<minus>(?<!\S)[-−])?(?:(?P<field>author|category|cat):\s*)?(?:"(?P<quoted>[^"]*)"|(?P<bare>[^\s"]+))',
    re.IGNORECASE,
)
_LETTER = re.compile(r"[^\W\d_]")


@dataclass(frozen=True)
class SearchTerms:
    """A search as it was typed. All of it must hold."""

    words: str = ""  # what is looked for, without signs: for whoever compares meanings
    phrases: tuple[Phrase, ...] = ()  # of these words
    quoted: tuple[Phrase, ...] = ()  # those of the phrases that stood in quotation marks
    authors: tuple[Group, ...] = ()
    names: tuple[str, ...] = ()  # of these, as typed
    categories: tuple[str, ...] = ()
    excluded: tuple[Group, ...] = ()
    excluded_authors: tuple[Group, ...] = ()
    excluded_categories: tuple[str, ...] = ()

    @property
    def is_searchable(self) -> bool:
        """Whether it asks for anything: what is excluded alone leaves all the rest."""
        return bool(self.phrases or self.authors or self.categories)

    @property
    def has_exclusions(self) -> bool:
        return bool(self.excluded or self.excluded_authors or self.excluded_categories)


@dataclass(frozen=True)
class _Clause:
    kind: Literal["word", "author", "category"]
    text: str
    is_quoted: bool
    is_excluded: bool

    @property
    def phrases(self) -> Group:
        return tuple(parse_phrases(f'"{self.text}"' if self.is_quoted and self.kind == "word" else self.text))


def parse_search(typed: str) -> SearchTerms:
    clauses = list(_clauses(unicodedata.normalize("NFKC", typed[:_MAX_CHARACTERS].translate(QUOTES))))
    words = [clause for clause in clauses if clause.kind == "word" and not clause.is_excluded]
    return SearchTerms(
        words=" ".join(" ".join(clause.text for clause in words).split()),
        phrases=tuple(parse_phrases(" ".join(f'"{word.text}"' if word.is_quoted else word.text for word in words))),
        quoted=tuple(phrase for word in words if word.is_quoted for phrase in word.phrases),
        authors=_groups(clauses, "author", excluded=False),
        names=_texts(clauses, "author", excluded=False),
        categories=_texts(clauses, "category", excluded=False),
        excluded=_groups(clauses, "word", excluded=True),
        excluded_authors=_groups(clauses, "author", excluded=True),
        excluded_categories=_texts(clauses, "category", excluded=True),
    )


def narrow(among: SearchFilter, terms: SearchTerms) -> SearchFilter:
    """The filter, and what terms ask for beside their words."""
    return replace(
        among,
        authors=match_all(map(_name_expression, terms.authors)),
        categories=terms.categories,
        excluded=match_any(map(match_expression, terms.excluded)),
        excluded_authors=match_any(map(_name_expression, terms.excluded_authors)),
        excluded_categories=terms.excluded_categories,
    )


def authors_expression(names: Iterable[str]) -> MatchExpression | None:
    """For rows with all these authors, each name's parts near each other."""
    return match_all(_name_expression(group) for name in names if (group := tuple(parse_phrases(name))))


def _clauses(folded: str) -> Iterator[_Clause]:
    for found in _CLAUSE.finditer(folded):
        text = found["bare"] or found["quoted"] or ""
        excluded = bool(found["minus"]) and bool(_LETTER.search(text))  # -1 is a number
        field, is_quoted = (found["field"] or "").lower(), found["quoted"] is not None
        if field == "author":
            yield _Clause("author", text, is_quoted, excluded)
        elif field and is_category(name := text.strip(" .,;")):
            yield _Clause("category", name, is_quoted, excluded)
        else:
            yield _Clause("word", text if not field else f"{field} {text}", is_quoted, excluded)


def _groups(clauses: list[_Clause], kind: str, *, excluded: bool) -> tuple[Group, ...]:
    groups = [clause.phrases for clause in clauses if (clause.kind, clause.is_excluded) == (kind, excluded)]
    return tuple(group for group in dict.fromkeys(groups) if group)[:_MAX_CLAUSES]


def _texts(clauses: list[_Clause], kind: str, *, excluded: bool) -> tuple[str, ...]:
    texts = [clause.text for clause in clauses if (clause.kind, clause.is_excluded) == (kind, excluded)]
    return tuple(dict.fromkeys(texts))[:_MAX_CLAUSES]


def _name_expression(group: Group) -> MatchExpression:
    """For rows with these parts of a name near each other, in any order: Hu, Edward; Edward J. Hu."""
    forms = tuple(phrase[0] for phrase in group)  # of several the one that is as typed
    return MatchColumns(("authors",), MatchNear(forms, _NAME_GAP))
