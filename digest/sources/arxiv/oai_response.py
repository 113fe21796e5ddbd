"""Validation of an OAI-PMH answer: a whole document of the protocol, or the fault that came instead.

Invariant: pure; what has no <OAI-PMH> around it, what is cut, and a list with neither an item nor the word that there
is none, is an ArxivFault and never an empty list.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from xml.etree import ElementTree as ET

from digest.errors import TokenExpired
from digest.sources.arxiv.response import ArxivFault, check_passing, describe_body, parse_xml
from store.records.lazy_text import lazy_gettext

OAI = "{http://www.openarchives.org/OAI/2.0/}"
ITEMS = {"ListRecords": "record", "ListIdentifiers": "header", "GetRecord": "record"}
SETTING = "arxiv.oai_url"
_NOTHING = ("noRecordsMatch", "idDoesNotExist")
_LONGEST_TOKEN = 2_000
_LONGEST_WORDS = 200


@dataclass(frozen=True)
class OaiPage:
    """items: the <record> or <header> elements. token: "" at the end. day: UTC, by arXiv's clock."""

    day: date
    items: tuple[ET.Element, ...] = ()
    token: str = ""


def check_oai_status(status: int, headers: Mapping[str, str], _: bytes, now: datetime) -> None:
    """Raises ArxivFault for an answer that says by its status that it is none."""
    check_passing(status, headers, now)
    if status >= 400:
        raise ArxivFault(
            "refused",
            lazy_gettext("arXiv refused the harvest (HTTP {status})", status=str(status)),
            hint=lazy_gettext("Check {setting} and the contact in the configuration.", setting=SETTING),
        )


def read_page(body: bytes, verb: str, token: str = "") -> OaiPage:
    """token: the one that was asked with. Raises ArxivFault; TokenExpired where the list cannot be gone on with."""
    root = parse_xml(body)
    if root is None or root.tag != f"{OAI}OAI-PMH":
        raise ArxivFault("broken", describe_body(root, body))
    day = _day(root)
    error = root.find(f"{OAI}error")
    if error is not None:
        _check_error(error.get("code", ""), error.text or "", token)
        return OaiPage(day)
    following = (root.findtext(f"{OAI}{verb}/{OAI}resumptionToken") or "").strip()
    items = tuple(root.iterfind(f"{OAI}{verb}/{OAI}{ITEMS[verb]}"))
    if not items and not following:
        raise ArxivFault("broken", lazy_gettext("arXiv sent a page with nothing on it"))
    if token and following == token:
        raise ArxivFault("broken", lazy_gettext("arXiv sent a page that leads to itself"))
    if len(following) > _LONGEST_TOKEN:
        raise ArxivFault("broken", lazy_gettext("arXiv sent something other than search results"))
    return OaiPage(day, items, following)


def _day(root: ET.Element) -> date:
    try:
        return date.fromisoformat((root.findtext(f"{OAI}responseDate") or "").strip()[:10])
    except ValueError:
        raise ArxivFault("broken", lazy_gettext("arXiv sent an answer without its day")) from None


def _check_error(code: str, words: str, token: str) -> None:
    """Passes only a plain "nothing". In the midst of a list there is no such thing: what it counts on has moved."""
    if token and code in ("badResumptionToken", "noRecordsMatch"):  # decision 216
        raise TokenExpired(lazy_gettext("arXiv does not go on with its list from where it was."))
    if code == "badResumptionToken":  # which nobody sent
        raise ArxivFault("broken", lazy_gettext("arXiv sent something other than search results"))
    if code not in _NOTHING:
        said = " ".join(f"{code}: {words}".split())[:_LONGEST_WORDS]
        what = lazy_gettext('arXiv refused the harvest: "{words}"', words=said)
        raise ArxivFault("refused", what, hint=lazy_gettext("Check {setting} and [harvest].", setting=SETTING))
