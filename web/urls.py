"""URL paths of the archive: the one place that knows them.

Invariant: pure; what is put into a path is quoted, and an address once given out stays good.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, urlencode

HOME = "/"
TOPICS = "/topics"
EDITIONS = "/editions"
SEARCH = "/search"
AUTHORS = "/authors"
STATUS = "/status"
OPERATOR_STATUS = "/status/operator"  # with what was spent, for whoever holds the API's token
ASK = "/ask"
ASK_SCRIPT = "/ask.js"
EDITION_SCRIPT = "/edition.js"
SUBSCRIBE = "/subscribe"
SEND_LINK = "/subscribe/link"
FEED = "/feed.xml"
SEARCH_FEED = "/search/feed.xml"
KEYED_FEEDS = "/feeds"  # with the key for feed readers behind it, and then a feed's own path
API = "/api/v1"
API_DOCS = "/api"
STYLE = "/style.css"
ICON = "/icon.svg"
OPEN_SEARCH = "/opensearch.xml"
HEALTH = "/healthz"
READY = "/readyz"
METRICS = "/metrics"
MCP = "/mcp"
MOST_QUESTION = 500  # letters of a question that is asked on the site
FEEDBACK = "/feedback"  # with a token behind it
WEBHOOKS = "/webhooks"  # with a provider's name behind it; each proves itself
UNSUBSCRIBE = "/unsubscribe"  # with a token behind it; its POST is open whatever the access (RFC 8058)

# How a path of this site begins, up to a slash or a dot; a language may stand before it.
FIRST_SEGMENTS = frozenset(
    "api ask authors confirm edition editions favicon feed feedback feeds healthz icon mcp metrics opensearch papers"
    " preferences readyz robots search status style subscribe topics unsubscribe webhooks".split()
)


def topic(slug: str) -> str:
    return f"{TOPICS}/{quote(slug, safe='')}"


def topic_feed(slug: str) -> str:
    return f"{topic(slug)}/feed.xml"


def edition(id_: str, form: str = "", section: int = 0) -> str:
    """form: the extension of one, as digest/render/formats.py has them; "" for the page. section: the first is 1; 0 for
    all."""
    path = f"{EDITIONS}/{quote(id_, safe='')}" + (f".{form}" if form else "")
    return with_query(path, {"section": section})


def edition_print(id_: str) -> str:
    return f"{edition(id_)}/print"


def paper(id_: str, form: str = "") -> str:
    """The id of an old paper holds a slash."""
    return f"/papers/{quote(id_, safe='/')}" + (f".{form}" if form else "")


def author(person: str) -> str:
    return f"{AUTHORS}/{quote(person, safe='')}"


def author_feed(person: str) -> str:
    return f"{author(person)}/feed.xml"


def keyed_feed(key: str, path: str) -> str:
    """The address of a feed for a feed reader, which cannot sign in."""
    return f"{KEYED_FEEDS}/{key}{path}"


def split_keyed_feed(path: str) -> tuple[str, str] | None:
    """The key in such an address, and the feed's own path; None where it is none of a feed."""
    key, _, rest = path.removeprefix(f"{KEYED_FEEDS}/").partition("/")
    is_feed = f"/{rest}" == FEED or rest.endswith(FEED)
    return (key, f"/{rest}") if path.startswith(f"{KEYED_FEEDS}/") and is_feed else None


def ask(question: str, limits: Mapping[str, str]) -> str:
    """The form with a question in it, which nobody has asked yet. limits: as digest/question/limits_input.py writes
    them in lines.
    """
    said = {"question": " ".join(question.split())[:MOST_QUESTION], **limits}
    return with_query(ASK, {name: text.encode(errors="replace").decode() for name, text in said.items()})


def search_as(form: str, query: Mapping[str, object]) -> str:
    """What a search finds, as a bibliography."""
    return with_query(f"{SEARCH}.{form}", query)


def with_query(path: str, query: Mapping[str, object]) -> str:
    """A path with those of the parameters that say something."""
    said = {name: str(value) for name, value in query.items() if value not in ("", None, 0)}
    return f"{path}?{urlencode(said)}" if said else path
