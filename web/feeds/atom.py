"""Atom feed (RFC 4287) as XML bytes.

Invariant: pure; every id is permanent and holds no address of ours; what leaves here is well-formed whatever the texts
hold, and stays below MOST_BYTES: entries that no longer fit come without their text, and none is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote
from xml.etree import ElementTree as ET

MEDIA_TYPE = "application/atom+xml"
MOST_BYTES = 480_000
_ATOM = "http://www.w3.org/2005/Atom"
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
# RFC 4151 wants a name that its minter holds; .invalid is nobody's (RFC 2606), and the archive's own name follows.
_AUTHORITY = "paperroute.invalid,2026"
# What XML 1.0 cannot hold: ElementTree would write it, and no reader could read it.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

ET.register_namespace("", _ATOM)


@dataclass(frozen=True)
class Entry:
    id: str
    title: str
    published: datetime
    page: str  # where people read it
    language: str
    html: str  # the whole text
    summary: str  # plain
    categories: tuple[str, ...] = ()


@dataclass(frozen=True)
class Feed:
    id: str
    title: str
    subtitle: str
    updated: datetime
    language: str
    here: str  # the feed's own address
    page: str  # the page that it is the feed of
    icon: str
    entries: tuple[Entry, ...]


def tag_uri(archive: str, *path: str) -> str:  # decision 56
    """A permanent id: of this archive, and of what it names in it."""
    return f"tag:{_AUTHORITY}:{quote('/'.join((archive, *path)), safe='/')}"


def document(feed: Feed) -> bytes:
    root = ET.Element(f"{{{_ATOM}}}feed", {_XML_LANG: feed.language})
    _add_text(root, "id", feed.id)
    _add_text(root, "title", feed.title)
    _add_text(root, "subtitle", feed.subtitle)
    _add_text(root, "updated", _instant(feed.updated))
    _add(root, "link", rel="self", type=MEDIA_TYPE, href=feed.here)
    _add(root, "link", rel="alternate", type="text/html", href=feed.page)
    _add_text(_add(root, "author"), "name", "Paper Route")
    _add_text(root, "generator", "Paper Route")
    _add_text(root, "icon", feed.icon)
    for element in _fit_entries(feed.entries, MOST_BYTES - _size(root)):
        root.append(element)
    body: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return body


def _fit_entries(entries: Sequence[Entry], room: int) -> Iterable[ET.Element]:  # decision 59
    """The newest whole; once one has no room, it and all behind it in brief."""
    brief = [_entry(entry, whole=False) for entry in entries]
    room -= sum(map(_size, brief))
    for entry, short in zip(entries, brief, strict=True):
        whole = _entry(entry, whole=True)
        room -= _size(whole) - _size(short)
        yield whole if room >= 0 else short


def _size(element: ET.Element) -> int:
    return len(ET.tostring(element, encoding="utf-8"))


def _entry(entry: Entry, *, whole: bool) -> ET.Element:
    element = ET.Element(f"{{{_ATOM}}}entry", {_XML_LANG: entry.language})
    _add_text(element, "id", entry.id)
    _add_text(element, "title", entry.title)
    _add_text(element, "published", _instant(entry.published))
    _add_text(element, "updated", _instant(entry.published))  # an edition never changes
    _add(element, "link", rel="alternate", type="text/html", href=entry.page)
    for category in entry.categories:
        _add(element, "category", term=category)
    if entry.summary:
        _add_text(element, "summary", entry.summary)
    if whole:
        _add_text(element, "content", entry.html, type="html")
    return element


def _add_text(parent: ET.Element, name: str, text: str, **attributes: str) -> None:
    _add(parent, name, **attributes).text = _NOT_XML.sub("", text)


def _add(parent: ET.Element, name: str, **attributes: str) -> ET.Element:
    held = {key: _NOT_XML.sub("", value) for key, value in attributes.items()}
    return ET.SubElement(parent, f"{{{_ATOM}}}{name}", held)


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
