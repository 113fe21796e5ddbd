"""A strict reader of the HTML we write: every element closed in order, nothing that loads or runs."""

from __future__ import annotations

from html.parser import HTMLParser

VOID = {"meta", "br", "link", "img", "input", "hr"}
LOADING = {"script", "img", "iframe", "object", "embed", "link", "form", "base", "audio", "video", "source"}


class Page(HTMLParser):
    """The ids, links and text of a document. Raises AssertionError where the markup is not well-formed."""

    def __init__(self, document: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: list[str] = []
        self.feed(document)
        self.close()
        assert not self.open, f"never closed: {self.open}"
        assert document.lstrip().lower().startswith("<!doctype html>")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"an attribute twice on <{tag}>"
        assert not (tag == "p" and "p" in self.open), "a paragraph in a paragraph"
        own = tag == "img" and str(dict(attrs).get("src")).startswith("cid:")  # a part of the same mail
        assert own or tag not in LOADING, f"<{tag}> loads or runs"
        assert not any(name.startswith("on") for name in names), f"a handler on <{tag}>"
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag, f"</{tag}> out of order"

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] not in ("style", "title"):
            self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())

    @property
    def ids(self) -> list[str]:
        return [attrs["id"] for _, attrs in self.elements if "id" in attrs]

    @property
    def links(self) -> list[str]:
        """Out of the document."""
        return [address for address in self._addresses if not address.startswith("#")]

    @property
    def jumps(self) -> list[str]:
        """Within it."""
        return [address for address in self._addresses if address.startswith("#")]

    @property
    def _addresses(self) -> list[str]:
        return [attrs["href"] for tag, attrs in self.elements if tag == "a" and "href" in attrs]

    def count(self, tag: str) -> int:
        return sum(name == tag for name, _ in self.elements)
