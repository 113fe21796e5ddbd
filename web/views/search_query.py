"""The search query: a query string parsed leniently into words, filters and a mode.

Invariant: pure; whatever stands in the address becomes a search or a line that says what was left out, never an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

from digest.i18n.catalog import Catalog
from digest.render.safe_text import strip_harmful
from store.indexing.filters import SearchFilter, is_category
from store.records.editions import EditionKind
from store.views.fulltext import PaperOrder

SearchMode = Literal["papers", "editions", "meaning"]
LONGEST = 300  # characters of a search that are read
FIELDS = ("q", "in", "like", "kind", "topic", "category", "since", "until", "sort")
_SEARCH_MODES: tuple[SearchMode, ...] = ("papers", "editions", "meaning")


@dataclass(frozen=True)
class SearchQuery:
    words: str
    where: SearchMode
    like: str  # the id of a paper, in place of words
    kind: EditionKind | None
    topic: str
    category: str
    since: str  # as typed, for the form
    until: str
    order: PaperOrder  # of papers
    among: SearchFilter
    left_out: tuple[str, ...]  # lines for the reader

    @property
    def narrowed(self) -> bool:
        return bool(self.kind or self.topic or self.category or self.since or self.until)

    def parameters(self, **other: str) -> dict[str, str]:
        """The parameters that ask for the same again, but for what is given."""
        same = {
            "q": self.words,
            "in": "" if self.where == "papers" else self.where,
            "like": self.like,
            "kind": self.kind or "",
            "topic": self.topic,
            "category": self.category,
            "since": self.since,
            "until": self.until,
            "sort": "" if self.order == "rank" else self.order,
        }
        return same | other


def parse_search_query(query: Mapping[str, str], ui: Catalog) -> SearchQuery:
    left_out: list[str] = []
    since, until = (_day(query.get(name, ""), ui, left_out) for name in ("since", "until"))
    category = _category(query.get("category", ""), ui, left_out)
    topic = strip_harmful(query.get("topic", "")).strip()[:60]
    return SearchQuery(
        words=" ".join(strip_harmful(query.get("q", "")).split())[:LONGEST],
        where=_search_mode(query),
        like=strip_harmful(query.get("like", "")).strip()[:40],
        kind=_kind(query.get("kind", "")),
        topic=topic,
        category=category,
        since=since.isoformat() if since else "",
        until=until.isoformat() if until else "",
        order="date" if query.get("sort") == "date" else "rank",
        among=SearchFilter(
            _moment(since) if since else None,
            _moment(until + timedelta(days=1)) if until and until < date.max else None,
            category,
            topic,
        ),
        left_out=tuple(left_out),
    )


def _search_mode(query: Mapping[str, str]) -> SearchMode:
    if query.get("like", "").strip():
        return "meaning"
    return next((mode for mode in _SEARCH_MODES if mode == query.get("in")), "papers")


def _kind(value: str) -> EditionKind | None:
    kinds: tuple[EditionKind, ...] = ("survey", "digest")
    return next((kind for kind in kinds if kind == value), None)


def _day(value: str, ui: Catalog, left_out: list[str]) -> date | None:
    if not (value := strip_harmful(value).strip()):
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        left_out.append(ui.gettext("“{value}” is no date: write it as 2026-11-24. It was left out.", value=value[:40]))
        return None


def _category(value: str, ui: Catalog, left_out: list[str]) -> str:
    if not (value := strip_harmful(value).strip()) or is_category(value):
        return value
    left_out.append(
        ui.gettext(
            "“{value}” is no category: write cs.CL, cs.* or biorxiv:cell_biology. It was left out.", value=value[:40]
        )
    )
    return ""


def _moment(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)
