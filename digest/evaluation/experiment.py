"""The article's experiment as values: which surveys to make, what is counted in each, and what the article counted.

Invariant: pure; every number of an outcome comes from an edition, none from a language model; what is not known stays
None. A cell is one survey to be made, an outcome is what was counted in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Literal

from digest.ports import is_built_in
from store.records.editions import Edition, OrderMethod, Usage

Detail = Literal["30s", "15s"]
Synthesis = Literal["sections", "single"]
Selection = Literal["ranked", "all-words"]

ORDERS: tuple[OrderMethod, ...] = ("tsp", "similarity", "none")
DETAILS: tuple[Detail, ...] = ("30s", "15s")
SYNTHESES: tuple[Synthesis, ...] = ("sections", "single")
SELECTIONS: tuple[Selection, ...] = ("ranked", "all-words")  # the article's was the second
RUNS = 3  # the article's, too


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


@dataclass(frozen=True)
class Cell:
    """One survey to make. Cells of one run share what the store keeps: search, queries, vectors, summaries."""

    question: str
    run: int
    detail: Detail
    synthesis: Synthesis
    order: OrderMethod
    selection: Selection = "all-words"  # of results from before there was a choice


@dataclass(frozen=True)
class ModelSet:
    """The models of the roles, each as provider:model."""

    queries: str
    embedding: str
    summary: str
    synthesis: str

    @property
    def built_in(self) -> bool:
        """Whether none of them is a language model: then every run gives the same."""
        return all(map(is_built_in, (self.queries, self.embedding, self.summary, self.synthesis)))

    @property
    def name(self) -> str:
        if self.built_in:
            return "built-in models"
        return self.synthesis if self.summary == self.synthesis else f"{self.summary} and {self.synthesis}"

    @property
    def details(self) -> tuple[Detail, ...]:
        """The details in which these summaries can be had."""
        return DETAILS[:1] if is_built_in(self.summary) else DETAILS

    @property
    def syntheses(self) -> tuple[Synthesis, ...]:
        return SYNTHESES[:1] if is_built_in(self.synthesis) else SYNTHESES


@dataclass(frozen=True)
class Outcome:
    """What a program counted in the edition of a cell. support: mean score, None where no statement could be judged."""

    cell: Cell
    models: ModelSet
    edition: str  # its id, in the store of its run
    queries: tuple[str, ...]
    found: int
    kept: int
    cited: int  # unique kept papers that the text cites
    unknown_markers: int  # dropped
    checked: int
    support: float | None
    weak: int
    step: float  # mean distance from a paper to the next, 0..2: how near in meaning neighbours in the text are
    summarised: int
    seconds: float
    usage: tuple[Usage, ...]
    faults: tuple[str, ...] = ()  # what failed while it was made, and was absorbed

    @property
    def coverage(self) -> float:
        return self.cited / self.kept if self.kept else 0.0

    @property
    def usd(self) -> float | None:
        """Dollars; None as soon as one price is unknown."""
        return total(usage.usd for usage in self.usage)

    def tokens(self, role: str = "") -> int:
        """Input and output, of one role or of all."""
        return sum(usage.input_tokens + usage.output_tokens for usage in self.usage if role in ("", usage.role))


def total(values: Iterable[float | None]) -> float | None:
    """The sum; unknown as soon as one of them is."""
    known = list(values)
    return None if None in known else float(sum(value for value in known if value is not None))


def plan(
    questions: Sequence[str],
    models: ModelSet,
    *,
    runs: int,
    orders: Sequence[OrderMethod] = ORDERS,
    details: Sequence[Detail] = DETAILS,
    syntheses: Sequence[Synthesis] = SYNTHESES,
    selections: Sequence[Selection] = SELECTIONS[:1],
) -> list[Cell]:
    """Every cell that these models can vary, in the order in which they are made: a whole run before the next."""
    details = [detail for detail in details if detail in models.details] or models.details
    syntheses = [synthesis for synthesis in syntheses if synthesis in models.syntheses] or models.syntheses
    cells = product(range(1, runs + 1), details, syntheses, questions, selections, orders)
    return [
        Cell(question, run, detail, synthesis, order, selection)
        for run, detail, synthesis, question, selection, order in cells
    ]


def outcome(cell: Cell, models: ModelSet, edition: Edition) -> Outcome:
    counts = edition.counts
    return Outcome(
        cell,
        models,
        edition.id,
        edition.queries,
        counts.found,
        counts.kept,
        counts.cited,
        counts.unknown_markers,
        counts.checked,
        edition.support,
        len(edition.checks),
        round(edition.route.length / max(1, counts.kept - 1), 4),
        counts.summarised,
        edition.seconds["total"],
        edition.usage,
        tuple(f"{line.source}: {line.detail}" for line in edition.health if not line.ok),
    )


@dataclass(frozen=True)
class Spread:
    """Several runs of the same."""

    mean: float
    least: float
    most: float


def spread(values: Iterable[float | None]) -> Spread | None:
    """None where there is no value, or one is unknown."""
    known = list(values)
    numbers = [value for value in known if value is not None]
    if not numbers or len(numbers) < len(known):
        return None
    return Spread(sum(numbers) / len(numbers), min(numbers), max(numbers))


def article_counts(question: str, what: str, level: str) -> tuple[int, ...]:
    """What the article's three runs named; empty where it asked no such question."""
    for at, asked in enumerate((Q1, Q2)):
        if question in (asked.english, asked.japanese):
            return ARTICLE[what][level][at]
    return ()
