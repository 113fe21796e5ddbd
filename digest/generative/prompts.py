"""Prompt templates, rendered with outside text fenced (`digest/text/data_fence.py`), and their hashes.

Invariant: a prompt's hash covers its whole template, so that other words are another prompt.

A template (templates/prompts/NAME.txt) has three blocks: instructions, shared and ask, the parts of a `Prompt`.
"""

from __future__ import annotations

from functools import cache
from importlib import resources

from digest.ports import Document, Prompt
from digest.text.data_fence import fence_data, fence_paragraphs
from store.records.editions import fingerprint
from templates import Environment, make_environment


def render_prompt(
    template: str, *, documents: tuple[Document, ...] = (), cache_key: str = "", **values: object
) -> Prompt:
    """The prompt of a template with these values. documents: shown beside it, fenced by whoever shows them."""
    blocks = _environment().get_template(f"{template}.txt")
    context = blocks.new_context(values)
    instructions, shared, ask = (
        "".join(blocks.blocks[part](context)).strip() for part in ("instructions", "shared", "ask")
    )
    return Prompt(instructions, ask, shared, documents, cache_key)


def prompt_hash(*templates: str, settings: str = "") -> str:
    """The identity of what a role asks: its templates, and what else shapes its answers."""
    folder = resources.files("templates.prompts")
    return fingerprint(*((folder / f"{name}.txt").read_text(encoding="utf-8") for name in templates), settings)


@cache
def _environment() -> Environment:
    # Plain text for a model, so nothing is escaped: `data` fences in what comes from outside.
    return make_environment("prompts", autoescape=False, data=fence_data, paragraphs=fence_paragraphs)
