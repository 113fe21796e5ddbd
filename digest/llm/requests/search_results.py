"""Search results: documents as blocks that Anthropic cites, and its citations as `[7.3]` in the text.

Invariant: a marker stands at the end of the text that rests on it, within its sentence; what points at no sentence of
the documents is left out; the text itself is never changed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from digest.llm.requests.documents import MOST_SENTENCE, MOST_SUMMARY, MOST_TITLE
from digest.ports import Document
from digest.text.data_fence import fence_data

_END = re.compile(r"[\s.!?…。！？\"'”’»)）」]*\Z")


def search_result_blocks(documents: Sequence[Document]) -> list[dict[str, Any]]:
    """A block a document, in it a block a sentence."""
    return [
        {
            "type": "search_result",
            "source": document.url,
            "title": f"[{document.number}] {fence_data(document.title, MOST_TITLE)}",
            "content": [{"type": "text", "text": text} for _, text in _cited_texts(document)],
            "citations": {"enabled": True},
        }
        for document in documents
    ]


def _cited_texts(document: Document) -> list[tuple[str, str]]:
    """The marker and the text of each block. What is none of its sentences is cited as the paper."""
    number = document.number
    texts = [
        (f"[{number}.{position}]", fence_data(sentence, MOST_SENTENCE))
        for position, sentence in enumerate(document.sentences, 1)
        if sentence.strip()
    ]
    if document.summary.strip():
        texts.append((f"[{number}]", f"Summary: {fence_data(document.summary, MOST_SUMMARY)}"))
    return texts or [(f"[{number}.0]", fence_data(document.title, MOST_TITLE) or "untitled")]


class CitationMarkers:
    """Of one answer, piece by piece: the end of a block waits for its citations, which come after it."""

    def __init__(self, documents: Sequence[Document]) -> None:
        self._table = [[marker for marker, _ in _cited_texts(document)] for document in documents]
        self._block, self._end = "", ""
        self._pending: dict[str, None] = {}
        self.count = 0

    def add_text(self, piece: str) -> str:
        """What may be told of the block now."""
        text = self._end + piece
        self._end = text[_END.search(text).start() :] if self._table else ""  # type: ignore[union-attr]
        told = text[: len(text) - len(self._end)]
        self._block += told
        return told

    def cite(self, citation: Any) -> None:
        """A `search_result_location`."""
        index, start, end = (
            getattr(citation, name, None) for name in ("search_result_index", "start_block_index", "end_block_index")
        )
        if isinstance(index, int) and isinstance(start, int) and isinstance(end, int) and 0 <= index < len(self._table):
            self.count += 1
            self._pending |= dict.fromkeys(self._table[index][max(0, start) : end])

    def end_block(self) -> str:
        """What of the block was held back, with its markers; one that the model wrote itself is not written twice."""
        markers = "".join(marker for marker in self._pending if marker not in self._block)
        blank = " " if markers and self._block and not _needs_no_blank(self._block[-1]) else ""
        told = blank + markers + self._end
        self._block, self._end, self._pending = "", "", {}
        return told


def _needs_no_blank(char: str) -> bool:
    return char in "] \n" or unicodedata.east_asian_width(char) in "WF"
