"""Block Kit builders: a Slack message as the bot makes it, and the few blocks it is made of.

Invariant: pure; every text given here is words, made inert on the way in, except where a parameter says markdown or
mrkdwn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot import ids
from bot.limits import (
    BUTTON,
    CAPTION,
    CHART_NAME,
    CHART_TITLE,
    CONTEXT,
    HEADER,
    MOST_FALLBACK,
    OPTION,
    PLACEHOLDER,
    Block,
)
from bot.messages import escape
from digest.i18n.catalog import Catalog
from digest.render import edition_facts
from digest.render.formats import offered_formats, paper_formats
from digest.render.safe_text import shorten, to_line
from store.records.editions import Edition

# What stands in a menu counts with a message's text, and leaves less room for the rest.
_MENU_TITLE, _MOST_IN_MENU = 40, 60
_ROWS_A_PAGE = 10


@dataclass(frozen=True)
class Message:
    """One message, in all its forms.

    text: what a notification and a screen reader say, mrkdwn. rescue: all of it as mrkdwn, for when blocks are refused.
    simpler: the same in blocks that every workspace has, sent in its place where these are refused.
    """

    text: str
    blocks: tuple[Block, ...] = ()
    rescue: str = ""  # decision 53
    simpler: Message | None = None  # decision 122

    def arguments(self) -> dict[str, Any]:
        """For chat.postMessage, with the previews of links off."""
        blocks = {"blocks": list(self.blocks)} if self.blocks else {}
        return {"text": self.text, **blocks, "unfurl_links": False, "unfurl_media": False}


def fallback(text: str) -> str:
    """One line of words as a message's text."""
    return escape.mrkdwn(to_line(text, MOST_FALLBACK // 8))


def plain_text(text: str, most: int) -> dict[str, Any]:
    """A plain_text object. Slack makes pictures of :codes: unless told not to."""
    return {"type": "plain_text", "text": shorten(escape.plain(text), most) or "–", "emoji": False}


def header(text: str) -> Block:
    """Slack reads nothing into a header's text, but not every client of it is Slack's own."""
    return {"type": "header", "text": plain_text(escape.make_inert(to_line(text, HEADER)), HEADER)}


def markdown(text: str) -> Block:
    """text: markdown."""
    return {"type": "markdown", "text": text}


def section(text: str) -> Block:
    """text: mrkdwn. Slack would make links of names and addresses in it; `verbatim` says not to."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}


def context(*texts: str) -> Block:
    """Small grey lines of words."""
    return {"type": "context", "elements": [plain_text(text, CONTEXT) for text in texts[:10]]}


def mrkdwn_context(text: str) -> Block:
    """text: mrkdwn."""
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": text, "verbatim": True}]}


def data_table(caption: str, names: Sequence[str], rows: Sequence[Sequence[Block]]) -> Block:
    """A table that is paged and sorted by its readers. names: of the columns. rows: of cells, as the next three."""
    header = [text_cell(name) for name in names]
    shown = plain_text(caption, CAPTION)["text"]
    return {"type": "data_table", "caption": shown, "page_size": _ROWS_A_PAGE, "rows": [header, *map(list, rows)]}


def text_cell(text: str) -> Block:
    return {"type": "raw_text", "text": escape.make_inert(text) or "–"}


def number_cell(number: float, text: str) -> Block:
    return {"type": "raw_number", "value": number, "text": text}


def link_cell(address: str, text: str) -> Block:
    """The address comes from a record."""
    link = {"type": "link", "url": address, "text": escape.make_inert(text)}
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [link]}]}


def bar_chart(title: str, name: str, points: Mapping[str, int]) -> Block:
    """A bar for each point. It has no words for whoever does not see it, so the text beside it says the numbers."""
    labels = [plain_text(label, CHART_NAME)["text"] for label in points]
    data = [{"label": label, "value": value} for label, value in zip(labels, points.values(), strict=True)]
    series = [{"name": plain_text(name, CHART_NAME)["text"], "data": data}]
    chart = {"type": "bar", "series": series, "axis_config": {"categories": labels}}
    return {"type": "data_visualization", "title": plain_text(title, CHART_TITLE)["text"], "chart": chart}


def divider() -> Block:
    return {"type": "divider"}


def actions(elements: Sequence[Block]) -> Block:
    return {"type": "actions", "elements": list(elements)}


def download_menu(of: str, words: Catalog) -> Block:
    """As a file, in any form that there is. of: an edition's id; or `ids.OF_REQUEST` and a request that looked for
    papers, which are a bibliography.
    """
    forms = paper_formats() if of.startswith(ids.OF_REQUEST) else offered_formats()
    options = [{"text": plain_text(words.show(form.label), OPTION), "value": f"{form.name} {of}"} for form in forms]
    placeholder = plain_text(words.gettext("Download"), PLACEHOLDER)
    return {"type": "static_select", "action_id": ids.DOWNLOAD, "placeholder": placeholder, "options": options}


def narrower_menu(edition: Edition, words: Catalog) -> Block | None:
    """The narrower questions that an edition offers, each asked by a click; None where it offers none."""
    options = [
        {"text": plain_text(question, OPTION), "value": f"{place} {edition.id}"}
        for place, question in enumerate(edition_facts.narrower_questions(edition))
    ]
    if not options:
        return None
    placeholder = plain_text(words.gettext("Ask more narrowly"), PLACEHOLDER)
    return {"type": "static_select", "action_id": ids.NARROWER, "placeholder": placeholder, "options": options}


def papers_menu(edition: Edition, words: Catalog) -> Block:
    """The papers of an edition, the first of them where there are many, to keep or rate one."""
    options = [
        {
            "text": plain_text(f"[{paper.number}] {escape.make_inert(edition_facts.paper_title(paper))}", _MENU_TITLE),
            "value": f"{paper.number} {edition.id}",
        }
        for paper in edition.papers[:_MOST_IN_MENU]
    ]
    placeholder = plain_text(words.gettext("Keep or rate a paper"), PLACEHOLDER)
    return {"type": "static_select", "action_id": ids.CHOOSE_PAPER, "placeholder": placeholder, "options": options}


def evidence_menu(edition: Edition, parts: Sequence[tuple[int, str]], words: Catalog) -> Block:
    """parts: index and title of each part of the text whose statements rest on something."""
    options = [
        {"text": plain_text(title, _MENU_TITLE), "value": f"{index} {edition.id}"}
        for index, title in parts[:_MOST_IN_MENU]
    ]
    placeholder = plain_text(words.gettext("Evidence"), PLACEHOLDER)
    return {"type": "static_select", "action_id": ids.EVIDENCE, "placeholder": placeholder, "options": options}


def button(action: str, text: str, value: str = "", *, url: str = "", style: str = "", about: str = "") -> Block:
    """about: what the button is for, for screen readers, where its text alone does not say."""
    made: dict[str, Any] = {"type": "button", "action_id": action, "text": plain_text(text, BUTTON)}
    made |= {"value": value} if value else {}
    made |= {"url": url} if url else {}
    made |= {"style": style} if style else {}
    return made | ({"accessibility_label": shorten(escape.plain(about), BUTTON)} if about else {})
