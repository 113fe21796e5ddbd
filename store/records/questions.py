"""A question as it was understood: its concepts, what it excludes and how it is narrowed, and what was not understood.

Invariant: every word of the question has exactly one role, so that nothing of what was asked vanishes unsaid.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

WordRole = Literal[
    "concept", "exclusion", "author", "paper", "category", "period", "count", "language", "framing", "unknown"
]


@dataclass(frozen=True)
class QuestionWord:
    """A word as it stands in the question. role: what it is taken for; "framing": grammar, politeness, "papers on"."""

    text: str
    role: WordRole


@dataclass(frozen=True)
class Concept:
    """One thing that is asked about.

    asked: its words in the question. forms: how English abstracts write it, the usual one first ("large language
    models", "LLM"); a paper with any of them is on it. guessed: its forms were not known but concluded, as from a
    cognate.
    """

    asked: str
    forms: tuple[str, ...]
    guessed: bool = False


@dataclass(frozen=True)
class Correction:
    """A misspelt word, and the word that was searched for beside it."""

    typed: str
    used: str


@dataclass(frozen=True)
class SearchLimits:
    """What narrows a search, as it is given by options or said in the question. Times UTC; `until` is excluded."""

    since: datetime | None = None
    until: datetime | None = None
    categories: tuple[str, ...] = ()  # any of them
    authors: tuple[str, ...] = ()  # every one of them
    exclude: tuple[str, ...] = ()  # none of these terms


NO_LIMITS = SearchLimits()


@dataclass(frozen=True)
class StructuredQuestion:
    """words: all of the question's, in order. concepts: of which the first are not more important than the others.
    limits: what the question says, and options beside it. paper_ids: arXiv ids and DOIs. max_papers: None where no
    number was asked for. language: BCP 47, that in which the answer is asked for, else the question's own.
    """

    text: str
    words: tuple[QuestionWord, ...]
    concepts: tuple[Concept, ...]
    limits: SearchLimits = NO_LIMITS
    paper_ids: tuple[str, ...] = ()
    max_papers: int | None = None
    language: str = "en"
    corrections: tuple[Correction, ...] = ()
    period: str = ""  # the words that name it

    @property
    def not_understood(self) -> tuple[str, ...]:
        """Runs of words that stand together and were not understood."""
        runs: list[list[str]] = [[]]
        for word in self.words:
            if word.role == "unknown":
                runs[-1].append(word.text)
            elif runs[-1]:
                runs.append([])
        return tuple(" ".join(run) for run in runs if run)
