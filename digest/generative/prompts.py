"""Prompt templates, rendered with outside text fenced (`digest/text/data_fence.py`), and their hashes.

Invariant: a prompt's hash covers its whole template, so that other words are another prompt.

A template (templates/prompts/NAME.txt) has three blocks: instructions, shared and ask, the parts of a `Prompt`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
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


_JINJA = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
_WORD = re.compile(r"[^\W_]+")
_ECHO = 8  # words in a row: no prose shares as many with our templates by chance


def is_prompt_echo(text: str) -> bool:
    """Whether a text has words of our own templates: a run of them, or a whole line that leads to what follows."""
    lines = (_plain_words(line) for line in re.split(r"(?<=:)\s|\n", text) if line.endswith(":"))
    return not _template_runs().isdisjoint(_runs(text)) or not _template_leads().isdisjoint(lines)


@cache
def _template_runs() -> frozenset[tuple[str, ...]]:
    return frozenset(run for piece in _template_pieces() for run in _runs(piece))


@cache
def _template_leads() -> frozenset[str]:
    """ "Its papers, in order:" and its kin, of three words at least."""
    leads = (
        _plain_words(sentence) for piece in _template_pieces() for sentence in piece.split(". ") if piece[-1:] == ":"
    )
    return frozenset(lead for lead in leads if lead.count(" ") >= 2)


def _template_pieces() -> Iterator[str]:
    """What stands in the templates between values and their program."""
    for file in resources.files("templates.prompts").iterdir():
        if file.name.endswith(".txt"):
            for piece in _JINJA.sub("\n", file.read_text(encoding="utf-8")).splitlines():
                yield piece.strip()


def _plain_words(text: str) -> str:
    return " ".join(_WORD.findall(text.lower()))


def _runs(text: str) -> Iterator[tuple[str, ...]]:
    words = _WORD.findall(text.lower())
    yield from (tuple(words[at : at + _ECHO]) for at in range(len(words) - _ECHO + 1))


@cache
def _environment() -> Environment:
    # Plain text for a model, so nothing is escaped: `data` fences in what comes from outside.
    return make_environment("prompts", autoescape=False, data=fence_data, paragraphs=fence_paragraphs)
