"""Prose of an edition -> HTML paragraphs: Markdown sanitised, [n] linked.

Invariant: the only links are the ones made here for [n]. A model's Markdown may stress, list and quote, nothing more;
words taken from abstracts are shown as they are, their stars and underscores included.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markupsafe import Markup

from digest.render.reliability import StatementMark, in_words, replace_tokens
from digest.render.safe_text import split_citations, split_paragraphs
from store.records.editions import Edition

_TAGS = {"p", "em", "strong", "code", "pre", "ul", "ol", "li", "blockquote", "br", "a"}
_ATTRIBUTES = {"a": {"href", "class", "title"}}
# No address may come from a model, and no heading may stand above the page's own.
_OFF = ("link", "image", "autolink", "reference", "html_inline", "html_block", "code", "hr", "lheading", "entity")


@dataclass(frozen=True)
class CitationTarget:
    """Where a citation leads, and what it says when pointed at."""

    href: str
    title: str = ""


def to_html(text: str, targets: Mapping[int, CitationTarget], *, markup: bool) -> str:
    """The paragraphs of `text` as HTML, [n] linked to `targets`. `markup`: the text may hold Markdown."""
    parts = split_paragraphs(text)
    raw = (
        _render_markdown("\n\n".join(parts), targets)
        if markup
        else "".join(_paragraph_html(part, targets) for part in parts)
    )
    return nh3.clean(raw, tags=_TAGS, attributes=_ATTRIBUTES, url_schemes={"https"}, link_rel=None)


def to_standalone_html(edition: Edition, text: str, *, markup: bool) -> Markup:
    """The same for what is read away from the edition's page, in a mail or a feed: [n] leads to the paper itself, and
    a statement that is not well supported says so.
    """
    targets = {paper.number: CitationTarget(paper.url) for paper in edition.papers}
    made = replace_tokens(edition, to_html(text, targets, markup=markup), _stressed_words)
    return Markup(made)  # noqa: S704  # escaped and cleaned there


def _stressed_words(mark: StatementMark, stop: str) -> str:
    """With elements that every mail client and feed reader shows."""
    element = "b" if mark.verdict == "unsupported" else "i"
    return (f"<{element}>{escape(in_words(mark))}</{element}>" if mark.words else "") + stop


def _paragraph_html(text: str, targets: Mapping[int, CitationTarget]) -> str:
    return f"<p>{link_citations(text, targets)}</p>\n"


def link_citations(text: str, targets: Mapping[int, CitationTarget]) -> str:
    """Escaped words and linked citations."""
    return "".join(
        escape(piece) if isinstance(piece, str) else _anchor(piece, targets[piece])
        for piece in split_citations(text, targets)
    )


def _anchor(number: int, target: CitationTarget) -> str:
    title = f' title="{escape(target.title)}"' if target.title else ""
    return f'<a class="cite" href="{escape(target.href)}"{title}>[{number}]</a>'


def _render_markdown(text: str, targets: Mapping[int, CitationTarget]) -> str:
    return str(_parser().render(text, {"targets": targets}))


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).disable(list(_OFF))
    parser.add_render_rule("text", _render_text)
    parser.add_render_rule("heading_open", _open_bold)
    parser.add_render_rule("heading_close", _close_bold)
    parser.add_render_rule("fence", _render_fence)
    return parser


def _render_text(_: RendererHTML, tokens: Sequence[Token], index: int, __: Any, env: Any) -> str:
    return link_citations(tokens[index].content, env["targets"])


def _open_bold(*_: Any) -> str:
    return "<p><strong>"


def _close_bold(*_: Any) -> str:
    return "</strong></p>\n"


def _render_fence(_: RendererHTML, tokens: Sequence[Token], index: int, *__: Any) -> str:
    return f"<pre><code>{escape(tokens[index].content)}</code></pre>\n"
