"""Why a search found nothing: its words, or the filters that narrow it down.

Invariant: the words are blamed only where they find nothing without the filters either.
"""

from __future__ import annotations

from dataclasses import dataclass

from digest.i18n.catalog import Catalog
from store import Store
from store.indexing.filters import SearchFilter
from store.indexing.search_syntax import parse_search
from store.views.fulltext import MAX_RANKED
from web import urls
from web.views.search_query import SearchQuery


@dataclass(frozen=True)
class EmptySearch:
    why: tuple[str, ...]
    hints: tuple[str, ...] = ()
    without: str = ""  # the path of the same search without filters


def explain_empty_search(store: Store, query: SearchQuery, ui: Catalog) -> EmptySearch:
    """To be asked for where nothing was found."""
    terms = parse_search(query.words)
    if not query.like and not terms.is_searchable and terms.has_exclusions:
        return EmptySearch(
            (ui.gettext("Add a word that is to be found: a minus only leaves out."),),
            (ui.gettext("Such as: lora -image"),),
        )
    if not query.like and not terms.is_searchable:
        return EmptySearch((ui.gettext("There is no word in this to search for."),))
    odd = _impossible_filters(store, query, ui)
    if query.where == "meaning":
        if query.narrowed:
            return EmptySearch(
                (*odd, ui.gettext("No paper near in meaning is left by what narrows the search down.")),
                (),
                _path_without_filters(query),
            )
        return EmptySearch((ui.gettext("There is no word in this to search for."),))
    if total := _count_unfiltered(store, query):
        many = ui.number(min(total, MAX_RANKED)) + ("+" if total > MAX_RANKED else "")
        return EmptySearch(
            (
                *odd,
                ui.gettext(
                    "Nothing with these words is left by what narrows the search down. Without that, there are {n}.",
                    n=many,
                ),
            ),
            (),
            _path_without_filters(query),
        )
    return EmptySearch((*odd, ui.gettext("Nothing has all of these words.")), _hints(ui))


def _hints(ui: Catalog) -> tuple[str, ...]:
    return (
        ui.gettext("Try fewer words, or others: all of them must be there."),
        ui.gettext("Quotation marks keep words together: “speech recognition”."),
        ui.gettext("“Similar in meaning” needs no word in common."),
    )


def _impossible_filters(store: Store, query: SearchQuery, ui: Catalog) -> tuple[str, ...]:
    """Filters that nothing could pass."""
    window = (
        ui.gettext("“From” is after “To”: no day lies between them.")
        if query.since and query.until and query.since > query.until
        else ""
    )
    topic = query.topic
    known = not topic or store.topics.get(topic) is not None or store.edition_links.count("digest", topic) > 0
    category = query.category if query.where != "editions" else ""
    filed = not category or bool(store.listings.papers(SearchFilter(category=category), limit=1))
    lines = (
        window,
        "" if known else ui.gettext("There is no topic “{value}”.", value=topic),
        "" if filed else ui.gettext("No paper here is of the category “{value}”.", value=category),
    )
    return tuple(line for line in lines if line)


def _count_unfiltered(store: Store, query: SearchQuery) -> int:
    """How many there are of these words alone."""
    if not query.narrowed:
        return 0
    if query.where == "editions":
        return store.search.count_editions(query.words)
    return store.search.find_papers(query.words, limit=0)[1]


def _path_without_filters(query: SearchQuery) -> str:
    return urls.with_query(urls.SEARCH, query.parameters(**dict.fromkeys(_FILTERS, "")))


_FILTERS = ("kind", "topic", "category", "since", "until")
