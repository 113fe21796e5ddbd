"""The article that Paper Route grew from: what it asked, and how many papers its surveys named.

Invariant: facts of the article alone; nothing of ours is mixed in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class ArticleQuestion:
    """What the article asked, in English and in Japanese (it asked in Japanese; both wordings here are ours)."""

    english: str
    japanese: str


Q1 = ArticleQuestion(
    "I want a comprehensive view of the technical trends around LoRA in image generation.",
    "画像生成におけるLoRAの技術動向を網羅的に知りたい。",
)
Q2 = ArticleQuestion("Tell me about research on 3D reconstruction.", "3D再構成に関する研究について教えてください。")
QUESTIONS = (Q1.english, Q1.japanese, Q2.english, Q2.japanese)
# The bundled sample holds papers on LoRA and on speech recognition, none on 3D reconstruction.
SAMPLE_QUESTIONS = (Q1.english, "Tell me about research on speech recognition.")

# Unique papers that the article's surveys named, a number a run, for its two questions: facts of the article. Where it
# varied nothing else it had the order tsp, summaries of 30 seconds by GPT-3.5-Turbo, and one call to Claude 3 Sonnet.
ArticleCounts = tuple[tuple[int, ...], tuple[int, ...]]
_BASE: ArticleCounts = ((42, 32, 36), (28, 39, 10))
ARTICLE: Mapping[str, Mapping[str, ArticleCounts]] = {
    "order": {"tsp": _BASE, "similarity": ((17, 17, 21), (14, 19, 12)), "none": ((24, 29, 28), (14, 18, 29))},
    "detail": {"30s": _BASE, "15s": ((26, 15, 28), (15, 22, 16))},
    "summary": {"GPT-3.5-Turbo": _BASE, "Claude 3 Haiku": ((34, 39, 30), (22, 5, 23))},
    "synthesis": {
        "Claude 3 Sonnet": _BASE,
        "Claude 3 Opus": ((40, 26, 14), (13, 10, 26)),
        "GPT-4-Turbo": ((12, 9, 11), (11, 9, 11)),
    },
}


def article_counts(question: str, what: str, level: str) -> tuple[int, ...]:
    """What the article's three runs named; empty where it asked no such question."""
    for at, asked in enumerate((Q1, Q2)):
        if question in (asked.english, asked.japanese):
            return ARTICLE[what][level][at]
    return ()
