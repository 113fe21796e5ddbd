"""Prompt templates, and the escaping of outside text, so that it stays data (prompt injection).

Invariant: a text from outside cannot close the tag that it stands in, nor hide characters in it. A prompt's hash covers
its whole template, so that other words are another prompt.

A template (templates/prompts/NAME.txt) has three blocks: instructions, shared and ask, the parts of a `Prompt`.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from importlib import resources

from digest.ports import Prompt
from store.records.editions import fingerprint
from templates import Environment, make_environment

_TAGS = (
    "abstract|concept|draft|exclusion|heading|opening|paper|previous|question|section|sentence|statement|summary|text"
    "|title"
)
_TAG = re.compile(rf"[<＜﹤‹〈](?=\s*/?\s*(?:{_TAGS})\b)", re.IGNORECASE)


def render_prompt(template: str, **values: object) -> Prompt:
    """The prompt of a template with these values."""
    blocks = _environment().get_template(f"{template}.txt")
    context = blocks.new_context(values)
    instructions, shared, ask = (
        "".join(blocks.blocks[part](context)).strip() for part in ("instructions", "shared", "ask")
    )
    return Prompt(instructions, ask, shared)


def prompt_hash(*templates: str, settings: str = "") -> str:
    """The identity of what a role asks: its templates, and what else shapes its answers."""
    folder = resources.files("templates.prompts")
    return fingerprint(*((folder / f"{name}.txt").read_text(encoding="utf-8") for name in templates), settings)


def fence_data(text: str, most: int = 6_000) -> str:
    """A text from outside as it may stand between tags: on one line, visible, bounded, none of our tags in it."""
    return _TAG.sub("(", " ".join(_strip_invisible(text).split()))[:most]


def fence_paragraphs(text: str, most: int = 20_000) -> str:
    """Likewise, with its paragraphs."""
    return "\n\n".join(fence_data(piece, most) for piece in text[:most].split("\n\n") if piece.strip())


def _strip_invisible(text: str) -> str:
    """Without control, format and private characters: what a person reading the abstract would not see either."""
    return "".join(" " if char.isspace() else char for char in text if char.isspace() or _is_visible(char))


def _is_visible(char: str) -> bool:
    return unicodedata.category(char)[0] != "C"


@cache
def _environment() -> Environment:
    # Plain text for a model, so nothing is escaped: `data` fences in what comes from outside.
    return make_environment("prompts", autoescape=False, data=fence_data, paragraphs=fence_paragraphs)
