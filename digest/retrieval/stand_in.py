"""A stand-in for digest/question until it is there."""

from __future__ import annotations

import re
from datetime import datetime

from digest.text.word_lists import FRAMING_WORDS
from store.records.questions import Concept, QuestionWord, SearchLimits, StructuredQuestion
from store.text.tokens import is_stop


def understand(text: str, now: datetime) -> StructuredQuestion:
    runs: list[list[str]] = [[]]
    words = []
    for word in re.findall(r"[\w\-]+|[^\w\s]", text):
        framing = is_stop(word) or word.lower() in FRAMING_WORDS or not word[0].isalnum()
        words.append(QuestionWord(word, "framing" if framing else "concept"))
        if framing:
            runs.append([])
        else:
            runs[-1].append(word)
    concepts = tuple(Concept(" ".join(run), (" ".join(run),)) for run in runs if run)
    return StructuredQuestion(text, tuple(words), concepts)


def restrict(question: StructuredQuestion, limits: SearchLimits) -> StructuredQuestion:
    return question
