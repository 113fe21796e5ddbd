"""Papers and editions as text for an assistant, within the length of one answer.

Invariant: control characters are out, of what is told and of what is structured; a text is cut at a line and says where
to go on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import CallToolResult, TextContent

from digest.i18n.catalog import get_catalog
from digest.render import edition_facts
from digest.render.safe_text import strip_harmful, to_line, to_verbatim_line
from store.records.editions import Paper
from store.records.lazy_text import lazy_ngettext
from store.tables.editions import EditionHead
from web.mcp.tool_results import Result

MOST_TEXT = 24_000  # characters of one answer
_MOST_VALUE = MOST_TEXT + 200  # and of one value in a structured one


def limit_answer(text: str, offset: int = 0) -> str:
    """At most MOST_TEXT characters from `offset`, ended at a line, with where to go on."""
    return cut_answer(text, offset)[0]


def cut_answer(text: str, offset: int = 0) -> tuple[str, int | None]:
    """The same, and where the rest begins; None where there is none."""
    inert = strip_harmful(text)
    if offset and offset >= len(inert):
        raise ToolError(f"The text has {len(inert):,} characters; offset {offset:,} is behind its end.")
    piece = inert[offset : offset + MOST_TEXT]
    if offset + len(piece) == len(inert):
        return piece, None
    piece = piece[: piece.rfind("\n") + 1] or piece
    end = offset + len(piece)
    return f"{piece}\n[{len(inert) - end:,} more characters: go on with offset {end}.]", end


def clean_values(value: Any) -> Any:
    """The same JSON, its texts without anything that could act on whoever reads them."""
    if isinstance(value, dict):
        return {name: clean_values(own) for name, own in value.items()}
    if isinstance(value, list):
        return [clean_values(own) for own in value]
    return strip_harmful(value)[:_MOST_VALUE] if isinstance(value, str) else value


def respond(text: str, result: Result) -> CallToolResult:
    """A tool's answer, in words that are within the limit, and as values."""
    values = clean_values(result.model_dump(mode="json"))
    return CallToolResult(content=[TextContent(type="text", text=text)], structured_content=values)


def edition_line(head: EditionHead) -> str:
    papers = lazy_ngettext("{n} paper", "{n} papers", head.papers)  # Babel reads no call inside an f-string
    about = f"{head.kind}, {head.slot or head.created_at:%Y-%m-%d}, {papers}"
    return f"{head.id} ({about}): {to_line(head.title, 300)}"


def edition_lines(heads: Sequence[EditionHead]) -> str:
    return "\n".join(f"- {edition_line(head)}" for head in heads)


def paper_line(paper: Paper) -> str:
    known = edition_facts.author_names(paper)
    names = ", ".join(known[:6]) + (" et al." if len(known) > 6 else "")
    status = edition_facts.status_line(paper, get_catalog("edition", "en"))
    marked = f" [{status}]" if status else ""
    told = f"{paper.id} ({paper.published:%Y-%m-%d}): {to_verbatim_line(paper.readable_title, 400)}{marked}"
    return told + (f". {names}" if names else "")


def paper_text(paper: Paper) -> str:
    where = f"{paper.url}, version {paper.version}, {paper.updated:%Y-%m-%d}"
    return f"{paper_line(paper)}\n{where}\n\n{to_verbatim_line(paper.readable_abstract, 8_000)}"
