"""Slack's limits, measured or documented, as one validator over messages and views.

Invariant: pure; it knows the shapes this room builds, and says each problem in words. The limit on a message's whole
text is documented nowhere: about 13,200 characters pass, so 12,000 are planned for; Slack expands a markdown block into
one block for each structure in it, and refuses more than 50, so 45 are planned for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

Block = Mapping[str, Any]

MOST_TEXT = 12_000  # characters of a message's blocks, all texts together
MOST_STRUCTURES = 45  # headings, lists, tables, paragraphs and other blocks of a message
MOST_BLOCKS = {"message": 50, "modal": 100, "home": 100}
MOST_FALLBACK = 4_000  # of `text`: chat.update refuses more; chat.postMessage would cut at 40,000
HEADER, SECTION, MARKDOWN, CONTEXT, BUTTON, VALUE = 150, 3_000, 12_000, 2_000, 75, 2_000
OPTION, OPTION_VALUE, PLACEHOLDER, INPUT, LABEL = 75, 150, 150, 3_000, 2_000
VIEW_TITLE, PRIVATE_METADATA, VIEW_BYTES, ID = 24, 3_000, 250_000, 255
MOST_SHOWN = 1_500  # characters that a reader sees of a first screen
TABLE_ROWS, TABLE_COLUMNS, TABLE_TEXT, CAPTION = 201, 20, 20_000, 150  # of a data_table; its header is a row
CHART_POINTS, CHART_NAME, CHART_TITLE = 20, 20, 50
CARDS, CARD_TITLE, CARD_BODY, CARD_BUTTONS = 10, 150, 200, 3

_LIST_ITEM = re.compile(r"\s*(?:[-*+]|\d{1,9}[.)])\s")
_TABLE_ROW = re.compile(r"\s*\|.*\|\s*$")
_HEADING = re.compile(r" {0,3}#{1,6}\s")
_MARKUP = re.compile(r"\]\([^)\s]*\)|(?m:^#{1,6}\s)|\\(?=[\W_])|<(?:https?:|!date)[^|>]*\|")


def message_problems(message: Mapping[str, Any]) -> list[str]:
    """Everything Slack would refuse, cut or preview in a message as chat.postMessage takes it."""
    blocks = message.get("blocks") or ()
    found = [*_fallback_problems(message), *_block_problems(blocks, "message")]
    if (length := text_length(blocks)) > MOST_TEXT:
        found.append(f"the blocks hold {length:,} characters, over {MOST_TEXT:,}")
    if (count := sum(map(count_structures, blocks))) > MOST_STRUCTURES:
        found.append(f"the blocks hold {count} structures, over {MOST_STRUCTURES}")
    if sum(map(_count_tables, blocks)) > 1:
        found.append("more than one table")
    if sum(block.get("type") == "data_visualization" for block in blocks) > 2:
        found.append("more than two charts")
    return found


def view_problems(view: Mapping[str, Any]) -> list[str]:
    """Everything Slack would refuse in a modal or a Home tab."""
    kind = view.get("type", "")
    found = [*_block_problems(view.get("blocks") or (), kind)]
    found += [
        f"{name}: over {VIEW_TITLE}" for name in ("title", "submit", "close") if _is_too_long(view, name, VIEW_TITLE)
    ]
    found += ["a modal needs a title"] * (kind == "modal" and "title" not in view)
    inputs = any(block.get("type") == "input" for block in view.get("blocks") or ())
    found += ["a modal with fields needs a submit"] * (kind == "modal" and inputs and "submit" not in view)
    found += ["private_metadata is too long"] * (len(view.get("private_metadata", "")) > PRIVATE_METADATA)
    found += ["callback_id is too long"] * (len(view.get("callback_id", "")) > ID)
    found += ["the view is too large"] * (len(repr(view).encode(errors="replace")) > VIEW_BYTES)
    return found


def text_length(blocks: Sequence[Any]) -> int:
    """Characters of everything a reader could see in these blocks."""
    return sum(len(text) for text in _texts(blocks))


def shown_length(blocks: Sequence[Block]) -> int:
    """Characters that a reader sees before they press anything: no addresses of links, no markup, no closed menus."""
    return sum(len(_MARKUP.sub("", text)) for block in blocks for text in _texts(_opened(block)))


def written_length(blocks: Sequence[Block]) -> int:
    """Characters of what stands there to be read, as it is sent: markup and addresses of links with it, no buttons."""
    return sum(text_length([block]) for block in blocks if block.get("type") not in ("actions", "context_actions"))


def _opened(block: Block) -> Block:
    """What a block shows: of a menu the line on it alone."""
    closed = {"options", "confirm"}
    elements = [{key: part for key, part in element.items() if key not in closed} for element in _elements(block)]
    return {**block, "elements": elements} if elements else block


def count_structures(block: Block) -> int:
    """How many blocks Slack makes of one: those of a markdown block, or itself."""
    return count_markdown_structures(str(block["text"])) if block.get("type") == "markdown" else 1


def count_markdown_structures(text: str) -> int:
    """Headings, lists, tables and paragraphs of a markdown text."""
    kinds = _line_kinds(text)
    return sum(kind == "heading" or kind not in ("", before) for before, kind in pairwise(["", *kinds]))


def _line_kinds(text: str) -> list[str]:
    return [_line_kind(line) for line in text.splitlines()]


def _line_kind(line: str) -> str:
    if not line.strip():
        return ""
    if _HEADING.match(line):
        return "heading"
    return "list" if _LIST_ITEM.match(line) else "table" if _TABLE_ROW.match(line) else "paragraph"


def _count_tables(block: Block) -> int:
    if block.get("type") != "markdown":
        return int(block.get("type") in ("table", "data_table"))
    return sum(kind == "table" and before != kind for before, kind in pairwise(["", *_line_kinds(str(block["text"]))]))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, part in value.items():
            if isinstance(part, str):
                if key in ("text", "alt_text"):
                    yield part
            else:
                yield from _texts(part)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for part in value:
            yield from _texts(part)


def _fallback_problems(message: Mapping[str, Any]) -> Iterator[str]:
    text = message.get("text", "")
    if not text.strip():
        yield "text: a notification and a screen reader would have nothing to say"
    if len(text) > MOST_FALLBACK:
        yield f"text: {len(text):,} characters, over {MOST_FALLBACK:,}"
    for flag in ("unfurl_links", "unfurl_media"):
        if message.get(flag, False) is not False:
            yield f"{flag}: links would be fetched and previewed"


def _block_problems(blocks: Sequence[Block], place: str) -> Iterator[str]:
    if place not in MOST_BLOCKS:
        yield f"“{place}” is no surface"
    elif len(blocks) > MOST_BLOCKS[place]:
        yield f"{len(blocks)} blocks, over {MOST_BLOCKS[place]}"
    ids = [block["block_id"] for block in blocks if "block_id" in block]
    if len(ids) != len(set(ids)):
        yield "a block_id is used twice"
    for number, block in enumerate(blocks, 1):
        kind = str(block.get("type", ""))
        check = _CHECKS.get(kind)
        problems = check(block) if check else iter([f"no block of type “{kind}” is built here"])
        if place == "modal" and kind in ("card", "carousel"):
            yield f"block {number} ({kind}): in messages and the Home tab only"
        yield from (f"block {number} ({kind}): {problem}" for problem in (*problems, *_id_problems(block)))


def _id_problems(block: Block) -> Iterator[str]:
    if len(block.get("block_id", "x")) > ID or not block.get("block_id", "x"):
        yield "block_id: 1 to 255 characters"
    elements = _elements(block)
    cards = [card for card in (block, *elements) if card.get("type") == "card"]
    buttons = [button for card in cards for button in card.get("actions", ())]
    actions = [element["action_id"] for element in (*elements, *buttons) if "action_id" in element]
    if any(not 0 < len(action) <= ID for action in actions):
        yield "action_id: 1 to 255 characters"
    if len(actions) != len(set(actions)):
        yield "an action_id is used twice"


def _elements(block: Block) -> list[Block]:
    single = [block[key] for key in ("element", "accessory") if key in block]
    return [*single, *(element for element in block.get("elements", ()) if isinstance(element, Mapping))]


def _header_problems(block: Block) -> Iterator[str]:
    yield from _text_object_problems(block.get("text"), HEADER, ("plain_text",))


def _section_problems(block: Block) -> Iterator[str]:
    fields = block.get("fields", ())
    if "text" in block or not fields:
        yield from _text_object_problems(block.get("text"), SECTION, ("mrkdwn", "plain_text"))
    if len(fields) > 10:
        yield "over 10 fields"
    for field in fields:
        yield from _text_object_problems(field, 2_000, ("mrkdwn", "plain_text"))
    if "accessory" in block:
        yield from _element_problems(block["accessory"])


def _markdown_problems(block: Block) -> Iterator[str]:
    if not 0 < len(str(block.get("text", ""))) <= MARKDOWN:
        yield f"text: 1 to {MARKDOWN:,} characters"


def _context_problems(block: Block) -> Iterator[str]:
    elements = block.get("elements", ())
    if not 1 <= len(elements) <= 10:
        yield "1 to 10 elements"
    for element in elements:
        yield from _text_object_problems(element, CONTEXT, ("mrkdwn", "plain_text"))


def _actions_problems(block: Block) -> Iterator[str]:
    elements = block.get("elements", ())
    if not 1 <= len(elements) <= 25:
        yield "1 to 25 elements"
    for element in elements:
        yield from _element_problems(element)


def _context_actions_problems(block: Block) -> Iterator[str]:
    elements = block.get("elements", ())
    if not 1 <= len(elements) <= 5:
        yield "1 to 5 elements"
    for element in elements:
        for name in ("positive_button", "negative_button"):
            yield from _text_object_problems(element[name].get("text"), BUTTON, ("plain_text",))
            yield from _value_problems(element[name])


def _input_problems(block: Block) -> Iterator[str]:
    yield from _text_object_problems(block.get("label"), LABEL, ("plain_text",))
    if "hint" in block:
        yield from _text_object_problems(block["hint"], LABEL, ("plain_text",))
    yield from _element_problems(block.get("element", {}))


def _divider_problems(_: Block) -> Iterator[str]:
    yield from ()


def _image_problems(block: Block) -> Iterator[str]:
    if not 0 < len(block.get("alt_text", "")) <= 2_000:
        yield "alt_text: 1 to 2,000 characters"
    if len(block.get("image_url", "")) > 3_000:
        yield "image_url: over 3,000 characters"


def _data_table_problems(block: Block) -> Iterator[str]:
    rows = block.get("rows", ())
    if not 2 <= len(rows) <= TABLE_ROWS:
        yield f"{len(rows)} rows, not 2 to {TABLE_ROWS}"
    widths = {len(row) for row in rows}
    if len(widths) > 1 or not all(1 <= width <= TABLE_COLUMNS for width in widths):
        yield f"rows of {sorted(widths)} cells"
    if not 0 < len(block.get("caption", "")) <= CAPTION:
        yield f"caption: 1 to {CAPTION} characters"
    if not 1 <= block.get("page_size", 5) <= 100:
        yield "page_size: 1 to 100"
    if any(cell.get("type") != "raw_text" for cell in (rows or [[]])[0]):
        yield "a header is raw_text"
    for cell in (cell for row in rows for cell in row):
        if cell.get("type") not in ("raw_text", "raw_number", "rich_text"):
            yield f"no cell of type “{cell.get('type')}” is built here"
        elif not "".join(_texts(cell)).strip():
            yield "an empty cell"
    if (length := text_length(rows)) > TABLE_TEXT:
        yield f"{length:,} characters in cells, over {TABLE_TEXT:,}"


def _data_visualization_problems(block: Block) -> Iterator[str]:
    chart = block.get("chart", {})
    if not 0 < len(block.get("title", "")) <= CHART_TITLE:
        yield f"title: 1 to {CHART_TITLE} characters"
    if chart.get("type") not in ("bar", "line", "area"):
        yield f"no chart of type “{chart.get('type')}” is built here"
    categories = chart.get("axis_config", {}).get("categories", [])
    names = [series["name"] for series in chart.get("series", ())]
    if not 1 <= len(categories) <= CHART_POINTS or len(set(categories)) != len(categories):
        yield f"1 to {CHART_POINTS} categories, each once"
    if not 1 <= len(names) <= 12 or len(set(names)) != len(names):
        yield "1 to 12 series, each once"
    if any(not 0 < len(name) <= CHART_NAME for name in (*names, *categories)):
        yield f"names and categories: 1 to {CHART_NAME} characters"
    if any([point["label"] for point in series["data"]] != categories for series in chart.get("series", ())):
        yield "a point for each category, in order"


def _card_problems(card: Block) -> Iterator[str]:
    texts = {"title": CARD_TITLE, "subtitle": CARD_TITLE, "body": CARD_BODY}
    if more := set(card) - {"type", "block_id", "actions", *texts}:
        yield f"no {', '.join(sorted(more))} of a card is built here"
    if not {"title", "body", "actions"} & set(card):
        yield "a card needs a title, a body or actions"
    for name in texts.keys() & card.keys():
        yield from _text_object_problems(card[name], texts[name], ("mrkdwn",))
    buttons = card.get("actions", ())
    if "actions" in card and not 1 <= len(buttons) <= CARD_BUTTONS:
        yield f"1 to {CARD_BUTTONS} buttons"
    for element in buttons:
        if element.get("type") != "button":
            yield f"a card has buttons, not “{element.get('type')}”"
        yield from _element_problems(element)


def _carousel_problems(block: Block) -> Iterator[str]:
    cards = block.get("elements", ())
    if not 1 <= len(cards) <= CARDS:
        yield f"1 to {CARDS} cards"
    for card in cards:
        if card.get("type") != "card":
            yield f"a carousel has cards, not “{card.get('type')}”"
        yield from _card_problems(card)


_CHECKS: dict[str, Callable[[Block], Iterator[str]]] = {
    "header": _header_problems,
    "section": _section_problems,
    "markdown": _markdown_problems,
    "context": _context_problems,
    "actions": _actions_problems,
    "context_actions": _context_actions_problems,
    "input": _input_problems,
    "divider": _divider_problems,
    "image": _image_problems,
    "data_table": _data_table_problems,
    "data_visualization": _data_visualization_problems,
    "card": _card_problems,
    "carousel": _carousel_problems,
}


def _element_problems(element: Block) -> Iterator[str]:
    kind = element.get("type", "")
    if kind == "button":
        yield from _button_problems(element)
    elif kind in ("static_select", "multi_static_select", "overflow"):
        yield from _options_problems(element.get("options", ()), 5 if kind == "overflow" else 100)
    elif kind in ("radio_buttons", "checkboxes"):
        yield from _options_problems(element.get("options", ()), 10)
    elif kind == "plain_text_input":
        if not 0 < element.get("max_length", 1) <= INPUT or len(element.get("initial_value", "")) > INPUT:
            yield f"plain_text_input: over {INPUT:,} characters"
    elif kind not in ("conversations_select", "timepicker", "number_input", "external_select"):
        yield f"no element of type “{kind}” is built here"
    if "placeholder" in element:
        yield from _text_object_problems(element["placeholder"], PLACEHOLDER, ("plain_text",))
    if "confirm" in element:
        yield from _confirm_problems(element["confirm"])


def _button_problems(element: Block) -> Iterator[str]:
    yield from _text_object_problems(element.get("text"), BUTTON, ("plain_text",))
    yield from _value_problems(element)
    if len(element.get("url", "")) > 3_000:
        yield "url: over 3,000 characters"
    if len(element.get("accessibility_label", "")) > BUTTON:
        yield f"accessibility_label: over {BUTTON} characters"


def _value_problems(element: Block) -> Iterator[str]:
    if len(element.get("value", "")) > VALUE:
        yield f"value: over {VALUE:,} characters"


def _options_problems(options: Sequence[Block], most: int) -> Iterator[str]:
    if not 1 <= len(options) <= most:
        yield f"1 to {most} options"
    for option in options:
        yield from _text_object_problems(option.get("text"), OPTION, ("plain_text", "mrkdwn"))
        if not 0 < len(option.get("value", "")) <= OPTION_VALUE:
            yield f"option value: 1 to {OPTION_VALUE} characters"


def _confirm_problems(confirm: Block) -> Iterator[str]:
    for name, most in (("title", 100), ("text", 300), ("confirm", 30), ("deny", 30)):
        yield from _text_object_problems(confirm.get(name), most, ("plain_text", "mrkdwn"))


def _text_object_problems(text: Any, most: int, kinds: Sequence[str]) -> Iterator[str]:
    """A text object of one of these kinds, of 1 to `most` characters."""
    if not isinstance(text, Mapping) or text.get("type") not in kinds:
        yield f"text must be {' or '.join(kinds)}"
        return
    words = str(text.get("text", ""))
    if not words.strip() or len(words) > most:
        yield f"text of {len(words):,} characters, not 1 to {most:,}"


def _is_too_long(view: Mapping[str, Any], name: str, most: int) -> bool:
    return name in view and len(view[name]["text"]) > most
