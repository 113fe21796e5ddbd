"""The README's picture of an answer: the blocks that the bot posts, drawn as a page that looks like a thread.

    python -m bench.slack_picture STORE MESSAGE PAGE.html [papers|survey|digest]

MESSAGE is what was written to the bot; the newest edition of STORE answers it. What is drawn is what `bot/messages`
makes of the edition, block by block; only the look is an imitation. The last word draws instead what its buttons bring.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable
from html import escape
from pathlib import Path

from markdown_it import MarkdownIt

from bot.limits import Block
from bot.messages.answer import answer_message
from bot.messages.blocks import Message
from bot.messages.digest import digest_post
from bot.messages.paper_message import papers_message
from bot.messages.survey import survey_messages
from store import Store
from store.records.editions import Edition

_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>A thread</title><style>
body {{ margin: 0; background: #fff; color: #1d1c1d; font: 15px/1.46 Lato, Helvetica, "Liberation Sans", sans-serif }}
.bar {{ border-bottom: 1px solid #ddd; padding: 13px 20px; font-weight: 700; font-size: 18px }}
.bar small {{ font-weight: 400; font-size: 13px; color: #616061; margin-left: 8px }}
.message {{ display: grid; grid-template-columns: 36px 1fr; gap: 0 10px; padding: 10px 20px }}
.face {{ height: 36px; border-radius: 8px; display: grid; place-items: center; color: #fff; font-weight: 700 }}
.who {{ font-weight: 700 }} .when {{ color: #616061; font-size: 12px; margin-left: 6px }}
.app {{ background: #eee; color: #616061; font-size: 10px; padding: 1px 4px; border-radius: 2px; margin-left: 4px }}
.replies {{ color: #616061; font-size: 13px; display: flex; gap: 10px; align-items: center; padding: 2px 20px 0 }}
.replies::after {{ content: ""; flex: 1; border-top: 1px solid #ddd }}
a {{ color: #1264a3; text-decoration: none }}
.at {{ background: #e8f5fa; color: #1264a3; padding: 0 2px; border-radius: 3px }}
h1 {{ font-size: 18px; line-height: 1.33; margin: 4px 0 8px }} h2 {{ font-size: 16px; margin: 12px 0 2px }}
p {{ margin: 0 0 8px }} ul {{ margin: 0 0 8px; padding-left: 24px }} li {{ margin: 2px 0 }}
.context {{ color: #616061; font-size: 13px; margin: 8px 0 }} .context span {{ display: block }}
.actions {{ margin: 8px 0; display: flex; gap: 8px; flex-wrap: wrap }}
.button {{ border: 1px solid #bbb; border-radius: 8px; padding: 4px 12px; font-weight: 700; font-size: 13px }}
.thumbs {{ color: #616061; font-size: 13px; display: flex; gap: 16px; margin-bottom: 8px }}
table {{ border-collapse: collapse; margin: 8px 0; font-size: 13px }} caption {{ text-align: left; font-weight: 700 }}
th, td {{ border: 1px solid #ddd; padding: 4px 8px; text-align: left; vertical-align: top }}
.bars {{ display: flex; gap: 12px; align-items: end; height: 120px; margin: 8px 0; font-size: 11px; color: #616061 }}
.bars span {{ display: grid; justify-items: center }} .bars i {{ width: 34px; background: #1264a3 }}
.thumbs svg {{ width: 15px; height: 15px; vertical-align: -2px; fill: none; stroke: #616061; stroke-width: 1.6 }}
.thumbs span + span svg {{ transform: rotate(180deg) }}
</style><div class="bar">Thread<small># reading-group</small></div>{messages}</html>
"""
_MESSAGE = (
    '<div class="message"><div class="face" style="background:{colour}">{initials}</div><div>'
    '<div><span class="who">{who}</span>{app}<span class="when">{when}</span></div>{body}</div></div>'
)
_THUMB = (
    '<svg viewBox="0 0 16 16"><path d="M1.5 7h3v7h-3zM4.5 7.5 8 1.5c1.6 0 2 1 1.6 2.4L9 6h4.6c.9 0 1.4.8 1.2 1.6l-1.3'
    ' 5.2c-.2.7-.7 1.2-1.5 1.2H4.5z"/></svg> '
)


def _markdown(block: Block) -> str:
    return str(MarkdownIt("commonmark").render(block["text"]))


def _context(block: Block) -> str:
    spans = "".join(f"<span>{_words(element['text'])}</span>" for element in block["elements"])
    return f'<div class="context">{spans}</div>'


def _words(text: str) -> str:
    return re.sub(r"&lt;!date\^[^|]*\|([^&]*)&gt;", r"\1", escape(text, quote=False))


def _actions(block: Block) -> str:
    labels = (
        element["text"]["text"] if element["type"] == "button" else f"{element['placeholder']['text']} ▾"
        for element in block["elements"]
    )
    return f'<div class="actions">{"".join(f"<span class=button>{escape(label)}</span>" for label in labels)}</div>'


def _feedback(block: Block) -> str:
    (element,) = block["elements"]
    labels = (element[name]["text"]["text"] for name in ("positive_button", "negative_button"))
    return f'<div class="thumbs">{"".join(f"<span>{_THUMB}{escape(label)}</span>" for label in labels)}</div>'


def _table(block: Block) -> str:
    """Its first page."""
    head, *rows = ("".join(map(_cell, row)) for row in block["rows"][: block["page_size"] + 1])
    left = len(block["rows"]) - 1 - len(rows)
    rest = f"<p>1–{len(rows)} of {len(rows) + left} ›</p>" if left else ""
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    names = head.replace("<td>", "<th>").replace("</td>", "</th>")
    return f"<table><caption>{escape(block['caption'])}</caption><tr>{names}</tr>{body}</table>{rest}"


def _cell(cell: Block) -> str:
    if cell["type"] != "rich_text":
        return f"<td>{escape(cell['text'])}</td>"
    (link,) = cell["elements"][0]["elements"]
    return f'<td><a href="{escape(link["url"])}">{escape(link["text"])}</a></td>'


def _chart(block: Block) -> str:
    points = block["chart"]["series"][0]["data"]
    most = max(point["value"] for point in points)
    heights = ((point, round(80 * point["value"] / most)) for point in points)
    bars = (
        f'<span>{point["value"]}<i style="height: {height}px"></i>{escape(point["label"])}</span>'
        for point, height in heights
    )
    return f'<b>{escape(block["title"])}</b><div class="bars">{"".join(bars)}</div>'


def _section(block: Block) -> str:
    return f"<p>{_words(block['text']['text'])}</p>"


_DRAWN: dict[str, Callable[[Block], str]] = {
    "header": lambda block: f"<h1>{escape(block['text']['text'])}</h1>",
    "markdown": _markdown,
    "context": _context,
    "actions": _actions,
    "context_actions": _feedback,
    "section": _section,
    "data_table": _table,
    "data_visualization": _chart,
}


def page(asked: str, messages: Iterable[Iterable[Block]]) -> str:
    """The question, and each message as a reply. A block that is not drawn yet is an error, not a gap."""
    question = f'<p><span class="at">@paper-route</span> {escape(asked)}</p>'
    shown = [_message("Mei Tanaka", "MT", "#7c3aed", "9:41", question)]
    bodies = ["".join(_DRAWN[block["type"]](block) for block in blocks) for blocks in messages]
    shown.append(f'<div class="replies">{len(bodies)} repl{"y" if len(bodies) == 1 else "ies"}</div>')
    shown += [_message("paper-route", "PR", "#c2410c", "9:41", body, app=True) for body in bodies]
    return _PAGE.format(messages="".join(shown))


def _message(who: str, initials: str, colour: str, when: str, body: str, *, app: bool = False) -> str:
    tag = '<span class="app">APP</span>' if app else ""
    return _MESSAGE.format(who=who, initials=initials, colour=colour, when=when, body=body, app=tag)


def _messages(edition: Edition, what: str) -> list[Message]:
    if what == "papers":
        return [papers_message(edition)]
    if what == "digest":
        return [(post := digest_post(edition, subscription="1")).parent, *post.thread]
    return survey_messages(edition) if what == "survey" else [answer_message(edition)]


def main() -> None:
    path, asked, out, *what = sys.argv[1:]
    with Store.open(Path(path)) as store:
        edition = store.editions.get(store.editions.list(limit=1)[0].id)
    assert edition is not None
    messages = _messages(edition, "".join(what))
    Path(out).write_text(page(asked, (message.blocks for message in messages)))


if __name__ == "__main__":
    main()
