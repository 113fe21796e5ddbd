"""arXiv search query syntax: a request as one well-formed expression, or several that fit the URL.

Invariant: pure; whatever the terms hold, the text is one well-formed expression of arXiv's grammar, every group in
parentheses because AND and OR bind alike, every word joined by AND because words side by side mean OR there. No text
is longer than the room it was given: what does not fit is split into several texts that together ask the same.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime, timedelta
from urllib.parse import quote_plus

from digest.errors import SourceError
from digest.ports import SearchRequest
from store.records.editions import Query
from store.records.lazy_text import lazy_gettext
from store.text.tokens import is_stop

_HYPHENS = re.compile("[\u2010-\u2015\u2212]")
# Outside these, a character is either arXiv's grammar (quotes, brackets, colon, *, ?, ~, ^, &&, ||) or no help.
_FOREIGN = re.compile(r"[^\w\-'.+#]|_")
_BARE = re.compile(r"[^\W_]+")
_CATEGORY = re.compile(r"[A-Za-z-]+(\.([A-Za-z-]+|\*))?")
_OPERATORS = frozenset({"AND", "OR", "NOT", "ANDNOT", "TO"})
_EARLIEST, _LATEST = "199101010000", "209912312359"


def search_texts(request: SearchRequest, room: int) -> list[str]:
    """The fewest texts by halving, each at most `room` bytes when URL-encoded, that together ask for `request`.

    Raises SourceError where nothing searchable is left, or where one query alone is too long.
    """
    asked = [text for text in map(query_text, request.queries) if text]
    narrowing = [
        text for text in (*map(author_text, request.authors), window_text(request.since, request.until)) if text
    ]
    if request.queries and not asked:
        raise SourceError(
            lazy_gettext("The queries hold no word that arXiv can search for."),
            hint=lazy_gettext("Use letters."),
            permanent=True,
        )
    if not (asked or request.categories or narrowing):
        raise SourceError(
            lazy_gettext("The search is empty."),
            hint=lazy_gettext("Give a query, a category or a window."),
            permanent=True,
        )
    categories = [category_text(name) for name in request.categories]
    return _split_to_fit(list(dict.fromkeys(asked)), categories, " AND ".join(narrowing), room)


def _split_to_fit(queries: list[str], categories: list[str], narrowing: str, room: int) -> list[str]:
    text = _join(queries, categories, narrowing)
    if len(quote_plus(text)) <= room:
        return [text]
    if len(queries) > 1:
        return [half for part in _halves(queries) for half in _split_to_fit(part, categories, narrowing, room)]
    if len(categories) > 1:
        return [half for part in _halves(categories) for half in _split_to_fit(queries, part, narrowing, room)]
    raise SourceError(
        lazy_gettext("One query is too long for arXiv: {n} characters.", n=len(text)),
        hint=lazy_gettext("Use fewer words."),
        permanent=True,
    )


def _halves(parts: list[str]) -> tuple[list[str], list[str]]:
    middle = (len(parts) + 1) // 2
    return parts[:middle], parts[middle:]


def _join(queries: list[str], categories: list[str], narrowing: str) -> str:
    either = " OR ".join(queries)
    if len(queries) > 1 and (categories or narrowing):
        either = f"({either})"
    filed = f"({' OR '.join(categories)})" if categories else ""
    return " AND ".join(part for part in (either, filed, narrowing) if part)


def query_text(query: Query) -> str:
    """`(all:lora AND all:"text-to-image")`, or `ti:` for titles alone; "" where no term can be searched for.

    Grammar words ("of", "the") are left out beside real ones: an index that does not hold them would answer nothing,
    and the filter looks for every term again anyway.
    """
    if query.field == "author":
        return " AND ".join(filter(None, map(author_text, query.terms)))
    terms = [clean_term(term) for term in query.terms]
    telling = [term for term in terms if term and not is_stop(term)] or [term for term in terms if term]
    field = "ti" if query.field == "title" else "all"
    return f"({' AND '.join(dict.fromkeys(_clause(field, term) for term in telling))})" if telling else ""


def author_text(name: str) -> str:
    """`(au:Geoffrey AND au:Hinton)`: as a phrase it would miss Geoffrey E. Hinton. Without initials beside names."""
    words = clean_term(name).replace(".", " ").split()
    named = [word for word in words if len(word) > 1] or words
    return f"({' AND '.join(dict.fromkeys(_clause('au', word) for word in named))})" if named else ""


def clean_term(term: str) -> str:
    """A term without anything that arXiv's grammar would take for its own; "" where no letter or digit is left."""
    plain = _HYPHENS.sub("-", unicodedata.normalize("NFKC", term)).replace("’", "'")
    words = (word.lstrip("-'.+#").rstrip("-'.") for word in _FOREIGN.sub(" ", plain).split())
    return " ".join(word for word in words if word)


def _clause(field: str, term: str) -> str:
    bare = _BARE.fullmatch(term) and term.upper() not in _OPERATORS
    return f"{field}:{term}" if bare else f'{field}:"{term}"'


def category_text(name: str) -> str:
    """`cat:cs.CL`. A name without a dot is a whole archive, of which some (`hep-th`) are categories themselves."""
    if not _CATEGORY.fullmatch(name):
        raise SourceError(
            lazy_gettext("{category} is not an arXiv category.", category=repr(name[:40])),
            hint=lazy_gettext("Write it like cs.CL, cs.* or hep-th."),
            permanent=True,
        )
    return f"cat:{name}" if "." in name else f"cat:{name} OR cat:{name}.*"


def window_text(since: datetime | None, until: datetime | None) -> str:
    """arXiv's window, in whole minutes, both ends included: never narrower than asked, so the caller trims the ends."""
    if since is None and until is None:
        return ""
    low = _minute(since) if since else _EARLIEST
    high = _minute(until + timedelta(seconds=59, microseconds=999_999)) if until else _LATEST
    return f"submittedDate:[{low} TO {high}]"


def _minute(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%d%H%M")
