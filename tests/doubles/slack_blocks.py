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
ELEMENTS = {"actions": 25, "context": 10, "context_actions": 5}
MESSAGE_TEXT = 13_200
_STRUCTURE = re.compile(r"\n\s*\n|\n(?=#{1,6} )|(?<=\n)(?=\|)")


def check_blocks(blocks: Any, most: int = 50) -> None:
    """Raises SlackSays as Slack would."""
    if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
        raise SlackSays("invalid_blocks_format")
    if len(blocks) > most:
        raise SlackSays("invalid_blocks", errors=[f"no more than {most} items allowed"])
    wrong = [problem for block in blocks for problem in _wrong(block)]
    ids = [block["block_id"] for block in blocks if "block_id" in block]
    if len(ids) != len(set(ids)):
        wrong.append("a block_id is used twice")
    if sum(block.get("type") == "markdown" and len(block.get("text", "")) for block in blocks) > 12_000:
        wrong.append("more than 12,000 characters of markdown")
    if sum(map(expanded, blocks)) > 50 and most == 50:
        wrong.append("expanded to more than 50 blocks")
    if wrong:
        raise SlackSays("invalid_blocks", errors=wrong)
    if most == 50 and sum(len(text) for text in texts(blocks)) > MESSAGE_TEXT:
        raise SlackSays("msg_blocks_too_long")


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


def _wrong(block: dict[str, Any]) -> Iterator[str]:  # noqa: C901 - a list of limits
    kind = block.get("type")
    if kind not in KNOWN:
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
    if kind in ELEMENTS:
        elements = block.get("elements") or []
        if not elements or len(elements) > ELEMENTS[kind]:
            yield f"{kind}: {len(elements)} elements"
        for element in elements:
            yield from _element(element)
    if "accessory" in block:
        yield from _element(block["accessory"])
    if kind == "image" and not (block.get("alt_text") and ("image_url" in block or "slack_file" in block)):
        yield "image: needs alt_text and a picture"


def _element(element: dict[str, Any]) -> Iterator[str]:  # noqa: C901 - likewise
    kind = element.get("type")
    if len(element.get("action_id", "")) > 255:
        yield "action_id too long"
    if kind == "button":
        text = element.get("text", {})
        if text.get("type") != "plain_text" or not 0 < len(text.get("text", "")) <= 75:
            yield "button: text"
        if len(element.get("value", "")) > 2_000 or len(element.get("url", "")) > 3_000:
            yield "button: value or url too long"
        if element.get("style") not in (None, "primary", "danger"):
            yield "button: style"
    if kind in ("mrkdwn", "plain_text") and not 0 < len(element.get("text", "")) <= 3_000:
        yield "context: text"
    if kind == "static_select":
        if set(element) - {"type", "action_id", "placeholder", "options", "initial_option", "confirm", "focus_on_load"}:
            yield "static_select: a field that it does not have"
        if not 1 <= len(element.get("options", [])) <= 100:
            yield "static_select: options"
        for option in element.get("options", []):
            if not 0 < len(option["text"]["text"]) <= 75 or not 0 < len(option["value"]) <= 150:
                yield "static_select: an option's text or value"
    if kind == "overflow" and not 1 <= len(element.get("options", [])) <= 5:
        yield "overflow: options"
    if kind == "feedback_buttons":
        for side in ("positive_button", "negative_button"):
            if len(element.get(side, {}).get("text", {}).get("text", "")) > 75:
                yield "feedback: text"
