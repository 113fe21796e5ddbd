"""Slack's own limits on blocks, as its server enforces them; written apart from the bot's: each checks the other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tests.doubles.slack_state import SlackSays

TEXT_BLOCKS = {"header": 150, "section": 3_000, "markdown": 12_000}
KNOWN = {
    *("header", "section", "markdown", "context", "actions", "divider", "image", "input", "context_actions", "table"),
    *("rich_text", "plan", "task_card", "alert", "file"),
}
CARDS = {"card", "carousel"}  # in messages and the Home tab
CARD_TEXTS = {"title": 150, "subtitle": 150, "body": 200, "subtext": 200}
IN_MESSAGES = {"data_table", "data_visualization"}  # and nowhere else
CELLS = {"raw_text": {"type", "text"}, "raw_number": {"type", "value", "text"}, "rich_text": {"type", "elements"}}
TABLE_FIELDS = {"type", "block_id", "caption", "rows", "page_size", "row_header_column_index"}
FIELDS = {
    "header": {"text", "level"},
    "section": {"text", "fields", "accessory", "expand"},
    "markdown": {"text"},
    "context": {"elements"},
    "actions": {"elements"},
    "context_actions": {"elements"},
    "divider": set(),
    "card": {*CARD_TEXTS, "hero_image", "icon", "slack_icon", "actions"},
    "carousel": {"elements"},
    "image": {"alt_text", "image_url", "slack_file", "title"},
    "input": {"label", "element", "hint", "optional", "dispatch_action"},
}
TEXT_OBJECT = {"plain_text": {"type", "text", "emoji"}, "mrkdwn": {"type", "text", "verbatim"}}
# Elements and what they have beside type, action_id and confirm.
ELEMENT_FIELDS = {
    "button": {"text", "value", "url", "style", "accessibility_label"},
    "static_select": {"placeholder", "options", "option_groups", "initial_option", "focus_on_load"},
    "multi_static_select": {"placeholder", "options", "initial_options", "max_selected_items", "focus_on_load"},
    "overflow": {"options"},
    "radio_buttons": {"options", "initial_option", "focus_on_load"},
    "checkboxes": {"options", "initial_options", "focus_on_load"},
    "timepicker": {"initial_time", "placeholder", "timezone", "focus_on_load"},
    "conversations_select": {
        *("placeholder", "initial_conversation", "default_to_current_conversation", "response_url_enabled", "filter"),
        "focus_on_load",
    },
    "plain_text_input": {
        *("initial_value", "multiline", "min_length", "max_length", "placeholder", "focus_on_load"),
        "dispatch_action_config",
    },
    "number_input": {
        *("is_decimal_allowed", "initial_value", "min_value", "max_value", "placeholder", "focus_on_load"),
        "dispatch_action_config",
    },
    "feedback_buttons": {"positive_button", "negative_button"},
}
TEXTS = {"header": {"plain_text"}, "section": {"plain_text", "mrkdwn"}}
IN_BLOCK = {
    "actions": {
        *("button", "static_select", "multi_static_select", "overflow", "radio_buttons", "checkboxes", "timepicker"),
        *("conversations_select", "external_select", "datepicker"),
    },
    "context": {"mrkdwn", "plain_text", "image"},
    "context_actions": {"feedback_buttons", "icon_button"},
}
ELEMENTS = {"actions": 25, "context": 10, "context_actions": 5}
MESSAGE_TEXT = 13_200
_STRUCTURE = re.compile(r"\n\s*\n|\n(?=#{1,6} )|(?<=\n)(?=\|)")


def check_blocks(blocks: Any, most: int = 50, *, modal: bool = False) -> None:
    """Raises SlackSays as Slack would."""
    if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
        raise SlackSays("invalid_blocks_format")
    if len(blocks) > most:
        raise SlackSays("invalid_blocks", errors=[f"no more than {most} items allowed"])
    known = (KNOWN if modal else KNOWN | CARDS) | (IN_MESSAGES if most == 50 else set())
    wrong = [problem for block in blocks for problem in _wrong(block, known)]
    ids = [block["block_id"] for block in blocks if "block_id" in block]
    if len(ids) != len(set(ids)):
        wrong.append("a block_id is used twice")
    if sum(block.get("type") == "markdown" and len(block.get("text", "")) for block in blocks) > 12_000:
        wrong.append("more than 12,000 characters of markdown")
    if sum(map(expanded, blocks)) > 50 and most == 50:
        wrong.append("expanded to more than 50 blocks")
    wrong += [*_too_many(blocks), *(problem for text in _text_objects(blocks) for problem in _text_object(text))]
    if wrong:
        raise SlackSays("invalid_blocks", errors=wrong)
    if sum(block.get("type") in ("table", "data_table") for block in blocks) > 1:
        raise SlackSays("only_one_table_allowed")
    if most == 50 and sum(len(text) for text in texts(blocks)) > MESSAGE_TEXT:
        raise SlackSays("msg_blocks_too_long")


def _too_many(blocks: list[dict[str, Any]]) -> Iterator[str]:
    if sum(block.get("type") == "data_visualization" for block in blocks) > 2:
        yield "no more than 2 data_visualization blocks"
    if sum(len(text) for block in blocks if block.get("type") == "data_table" for text in texts(block)) > 20_000:
        yield "data_table: more than 20,000 characters"


def _text_objects(value: Any) -> Iterator[dict[str, Any]]:
    """All of a message or view, at any depth; cells and rich text have none."""
    if isinstance(value, dict):
        if value.get("type") in TEXT_OBJECT:
            yield value
        for child in value.values():
            yield from _text_objects(child)
    elif isinstance(value, list):
        for child in value:
            yield from _text_objects(child)


def _text_object(text: dict[str, Any]) -> Iterator[str]:
    if more := set(text) - TEXT_OBJECT[text["type"]]:
        yield f"{text['type']}: no more properties allowed: {sorted(more)}"
    if not isinstance(text.get("text"), str) or not text["text"]:
        yield f"{text['type']}: text must be more than 0 characters"


def expanded(block: dict[str, Any]) -> int:
    """How many blocks a markdown block becomes."""
    if block.get("type") != "markdown":
        return 1
    return len([piece for piece in _STRUCTURE.split(block.get("text", "")) if piece.strip()])


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, child in value.items():
            if key == "text" and isinstance(child, str):
                yield child
            elif key != "value":
                yield from texts(child)
    elif isinstance(value, list):
        for child in value:
            yield from texts(child)


def _wrong(block: dict[str, Any], known: set[str]) -> Iterator[str]:  # noqa: C901 - a list of limits
    kind = block.get("type")
    if kind not in known:
        yield f"unsupported type: {kind}"
        return
    if len(block.get("block_id", "")) > 255:
        yield "block_id too long"
    if kind in TEXT_BLOCKS and not (kind == "section" and "fields" in block):
        text = block.get("text")
        said = text if kind == "markdown" else (text or {}).get("text")
        if not isinstance(said, str) or not said.strip():
            yield f"{kind}: missing text"
        elif len(said) > TEXT_BLOCKS[kind]:
            yield f"{kind}: text must be at most {TEXT_BLOCKS[kind]} characters"
        elif kind in TEXTS and text.get("type") not in TEXTS[kind]:
            yield f"{kind}: text of type {text.get('type')}"
    if more := set(block) - FIELDS.get(kind, set(block)) - {"type", "block_id"}:
        yield f"{kind}: no more properties allowed: {sorted(more)}"
    if kind in ELEMENTS:
        yield from _elements_of(kind, block.get("elements") or [])
    if "accessory" in block:
        yield from _element(block["accessory"])
    if kind == "input":
        yield from _input(block)
    if kind == "section":
        yield from _fields_of(block)
    if kind == "image" and not (block.get("alt_text") and ("image_url" in block or "slack_file" in block)):
        yield "image: needs alt_text and a picture"
    if kind == "data_table":
        yield from _table(block)
    if kind == "data_visualization":
        yield from _chart(block)
    if kind == "card":
        yield from _card(block)
    if kind == "carousel":
        yield from _carousel(block)


def _carousel(block: dict[str, Any]) -> Iterator[str]:
    cards = block.get("elements")
    if not isinstance(cards, list) or not 1 <= len(cards) <= 10:
        yield "carousel: 1 to 10 cards"
        return
    for card in cards:
        yield from _wrong(card, {"card"})
    actions = [element.get("action_id") for card in cards for element in card.get("actions", ())]
    if len(actions) != len(set(actions)):
        yield "carousel: an action_id is used twice"


def _card(card: dict[str, Any]) -> Iterator[str]:
    if not {"hero_image", "title", "actions", "body"} & set(card):
        yield "card: one of hero_image, title, actions, body"
    if {"icon", "slack_icon"} <= set(card):
        yield "card: icon and slack_icon"
    for name, most in CARD_TEXTS.items():
        text = card.get(name, {"type": "mrkdwn", "text": "-"})
        if not isinstance(text, dict) or text.get("type") != "mrkdwn":
            yield f"card: {name}: must provide an object"
        elif not 0 < len(text.get("text", "")) <= most:
            yield f"card: {name}: must be at most {most} characters"
    buttons = card.get("actions", [{"type": "button", "text": {"type": "plain_text", "text": "-"}}])
    if not 1 <= len(buttons) <= 3 or any(element.get("type") != "button" for element in buttons):
        yield "card: 1 to 3 buttons"
    for element in buttons:
        yield from _element(element)


def _fields_of(section: dict[str, Any]) -> Iterator[str]:
    fields = section.get("fields", ())
    if "fields" in section and not 1 <= len(fields) <= 10:
        yield f"section: {len(fields)} fields"
    if any(len(field.get("text", "")) > 2_000 for field in fields):
        yield "section: a field is too long"


def _input(block: dict[str, Any]) -> Iterator[str]:
    element = block.get("element") or {}
    for name in ("label", "hint"):
        shown = block.get(name, {"type": "plain_text", "text": "-"} if name == "hint" else {})
        if shown.get("type") != "plain_text" or len(shown.get("text", "")) > 2_000:
            yield f"input: {name}"
    if element.get("type") not in set(ELEMENT_FIELDS) - {"button", "overflow", "feedback_buttons"}:
        yield f"input: unsupported element: {element.get('type')}"
    yield from _element(element)


def _elements_of(kind: str, elements: list[dict[str, Any]]) -> Iterator[str]:
    if not elements or len(elements) > ELEMENTS[kind]:
        yield f"{kind}: {len(elements)} elements"
    actions = [element["action_id"] for element in elements if "action_id" in element]
    if len(actions) != len(set(actions)):
        yield f"{kind}: an action_id is used twice"
    for element in elements:
        if element.get("type") not in IN_BLOCK[kind]:
            yield f"{kind}: unsupported element: {element.get('type')}"
        yield from _element(element)


def _table(block: dict[str, Any]) -> Iterator[str]:
    rows = block.get("rows")
    if not isinstance(rows, list) or not 2 <= len(rows) <= 201:
        yield "data_table: 2 to 201 rows"
        return
    if set(block) - TABLE_FIELDS:
        yield "data_table: a field that it does not have"
    if not isinstance(block.get("caption"), str) or not block["caption"].strip():
        yield "data_table: missing caption"
    if not 1 <= block.get("page_size", 5) <= 100:
        yield "data_table: page_size"
    if len({len(row) for row in rows}) != 1 or not 1 <= len(rows[0]) <= 20:
        yield "data_table: every row needs the same 1 to 20 cells"
    if any(cell.get("type") == "rich_text" for cell in rows[0]):
        yield "data_table: rich_text in the header"
    for cell in (cell for row in rows for cell in row):
        yield from _cell(cell)


def _cell(cell: dict[str, Any]) -> Iterator[str]:
    kind = cell.get("type", "")
    if set(cell) != CELLS.get(kind):
        yield f"data_table: cell {kind}"
    elif kind == "raw_number" and (isinstance(cell["value"], bool) or not isinstance(cell["value"], int | float)):
        yield "data_table: value is no number"
    elif kind != "rich_text" and (not isinstance(cell["text"], str) or not cell["text"]):
        yield "data_table: text of a cell"
    for part in cell.get("elements", ()):
        if part.get("type") not in ("rich_text_section", "rich_text_list", "rich_text_quote", "rich_text_preformatted"):
            yield f"rich_text: {part.get('type')}"
        for element in part.get("elements") or [{}]:
            if element.get("type") == "link" and not str(element.get("url", "")).startswith(("https://", "http://")):
                yield "rich_text: url of a link"
            if element.get("type") not in ("link", "text", "emoji", "user", "channel", "date"):
                yield f"rich_text: {element.get('type')}"


def _chart(block: dict[str, Any]) -> Iterator[str]:
    chart = block.get("chart") or {}
    if not 0 < len(block.get("title") or "") <= 50:
        yield "data_visualization: title"
    if chart.get("type") == "pie":
        segments = chart.get("segments") or []
        if not 1 <= len(segments) <= 12 or any(len(part["label"]) > 20 or part["value"] <= 0 for part in segments):
            yield "data_visualization: segments"
        return
    axis, series = chart.get("axis_config") or {}, chart.get("series") or []
    categories = axis.get("categories") or []
    if chart.get("type") not in ("bar", "area", "line"):
        yield "data_visualization: type"
    if not 1 <= len(series) <= 12 or len({part["name"] for part in series}) != len(series):
        yield "data_visualization: series"
    if any(len(axis.get(name, "")) > 50 for name in ("x_label", "y_label")):
        yield "data_visualization: label of an axis"
    if any(not 0 < len(name) <= 20 for name in (*categories, *(part["name"] for part in series))):
        yield "data_visualization: name"
    for part in series:
        points = [point["label"] for point in part["data"]]
        if not 1 <= len(points) <= 20 or sorted(points) != sorted(set(categories)):
            yield "data_visualization: a point for each category"


def _element(element: dict[str, Any]) -> Iterator[str]:  # noqa: C901 - likewise
    kind = element.get("type")
    if len(element.get("action_id", "")) > 255:
        yield "action_id too long"
    if kind in ELEMENT_FIELDS:
        if more := set(element) - ELEMENT_FIELDS[kind] - {"type", "action_id", "confirm"}:
            yield f"{kind}: no more properties allowed: {sorted(more)}"
        yield from _options(kind, element)
    if kind == "button":
        text = element.get("text", {})
        if text.get("type") != "plain_text" or not 0 < len(text.get("text", "")) <= 75:
            yield "button: text"
        if len(element.get("value", "")) > 2_000 or len(element.get("url", "")) > 3_000:
            yield "button: value or url too long"
        if element.get("style") not in (None, "primary", "danger"):
            yield "button: style"
        if "url" in element and not str(element["url"]).startswith(("https://", "http://")):
            yield "button: url"
        if len(element.get("accessibility_label", "")) > 75:
            yield "button: accessibility_label"
    if kind in ("mrkdwn", "plain_text") and not 0 < len(element.get("text", "")) <= 3_000:
        yield "context: text"
    if kind == "feedback_buttons":
        for side in ("positive_button", "negative_button"):
            shown = element.get(side) or {}
            if not 0 < len(shown.get("text", {}).get("text", "")) <= 75 or not 0 < len(shown.get("value", "")) <= 2_000:
                yield "feedback: text or value"
            if shown.get("text", {}).get("type") != "plain_text":
                yield "feedback: text is no plain_text"


MOST_OPTIONS = {"static_select": 100, "multi_static_select": 100, "overflow": 5, "radio_buttons": 10, "checkboxes": 10}


def _options(kind: str, element: dict[str, Any]) -> Iterator[str]:
    if len((element.get("placeholder") or {}).get("text", "")) > 150:
        yield f"{kind}: placeholder"
    if kind == "plain_text_input" and len(element.get("initial_value", "")) > 3_000:
        yield "plain_text_input: initial_value"
    if kind not in MOST_OPTIONS:
        return
    options = element.get("options", [])
    if not 1 <= len(options) <= MOST_OPTIONS[kind]:
        yield f"{kind}: {len(options)} options"
    for option in options:
        if set(option) - {"text", "value", "description", "url"}:
            yield f"{kind}: a field that an option does not have"
        if not 0 < len(option["text"]["text"]) <= 75 or not 0 < len(option["value"]) <= 150:
            yield f"{kind}: an option's text or value"
        if len((option.get("description") or {}).get("text", "")) > 75:
            yield f"{kind}: an option's description"
    yield from _initial_options(kind, element, options)


def _initial_options(kind: str, element: dict[str, Any], options: list[dict[str, Any]]) -> Iterator[str]:
    chosen = [
        *element.get("initial_options", ()),
        *([element["initial_option"]] if "initial_option" in element else []),
    ]
    if "initial_options" in element and not element["initial_options"]:
        yield f"{kind}: initial_options is empty"
    if any(option not in options for option in chosen):
        yield f"{kind}: an initial option is none of the options"
    if len({option["value"] for option in options}) != len(options):
        yield f"{kind}: two options of one value"
