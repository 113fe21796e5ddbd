"""Documents of a prompt: papers whose sentences a model can point at, as text and as blocks that a provider cites.

As text a sentence is a line behind its number, `[7.3]`, as the model writes it. As `search_result` blocks (Anthropic)
each sentence is a block of its own, and what the provider says that the text rests on becomes the same `[7.3]`.

Invariant: the same documents are the same bytes, call after call, so that a provider can cache them; texts of papers
are fenced here, whoever made the document.
"""

from __future__ import annotations

from functools import lru_cache

from digest.ports import Document
from digest.text.data_fence import fence_data

MOST_TITLE, MOST_SUMMARY, MOST_SENTENCE = 500, 3_000, 1_000  # characters


@lru_cache(maxsize=8)  # of a survey every call shows the same, and each is rendered for its estimate and its request
def render_documents(documents: tuple[Document, ...]) -> str:
    """The documents as text; "" where there are none."""
    return "\n".join(map(_render_document, documents))


def _render_document(document: Document) -> str:
    lines = [f'<paper number="{document.number}">', f"<title>{fence_data(document.title, MOST_TITLE)}</title>"]
    if document.summary.strip():
        lines.append(f"<summary>{fence_data(document.summary, MOST_SUMMARY)}</summary>")
    lines += [
        f"[{document.number}.{position}] {fence_data(sentence, MOST_SENTENCE)}"
        for position, sentence in enumerate(document.sentences, 1)
        if sentence  # "" in the place of one that is not shown
    ]
    return "\n".join([*lines, "</paper>"])
