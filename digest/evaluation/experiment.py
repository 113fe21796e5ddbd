"""The experiment as values: which surveys to make, and what is counted in each.

Invariant: pure; every number of an outcome comes from an edition, none from a language model; what is not known stays
None. A cell is one survey to be made, an outcome is what was counted in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Literal

from digest.evaluation.measures import likeness_of_neighbours, repetition
from digest.model_names import is_built_in
from store.records.editions import Edition, OrderMethod, Usage, fingerprint

Detail = Literal["30s", "15s"]
Synthesis = Literal["sections", "single"]
Selection = Literal["ranked", "all-words"]

ORDERS: tuple[OrderMethod, ...] = ("tsp", "similarity", "none")
DETAILS: tuple[Detail, ...] = ("30s", "15s")
SYNTHESES: tuple[Synthesis, ...] = ("sections", "single")
SELECTIONS: tuple[Selection, ...] = ("ranked", "all-words")  # the article's was the second
RUNS = 3  # the article's, too


@dataclass(frozen=True)
class Cell:
    """One survey to make. Cells of one run share what the store keeps: search, queries, vectors, summaries."""

    question: str
    run: int
    detail: Detail
    synthesis: Synthesis
    order: OrderMethod
    selection: Selection = "ranked"
    cite_every: bool = False  # whether the writer is asked to cite every paper, as the article's was


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

    def with_writer(self, model: str) -> ModelSet:
        """The same, but that another writes. model: provider:model, or "builtin"."""
        return replace(self, synthesis=model)

    @property
    def details(self) -> tuple[Detail, ...]:
        """The details in which these summaries can be had."""
        return DETAILS[:1] if is_built_in(self.summary) else DETAILS

    @property
    def syntheses(self) -> tuple[Synthesis, ...]:
        return SYNTHESES[:1] if is_built_in(self.synthesis) else SYNTHESES

    @property
    def cites(self) -> tuple[bool, ...]:
        """Whether these can be asked to cite every paper, or not to; built-in text cites each that it is given."""
        return (False,) if is_built_in(self.synthesis) else (False, True)


@dataclass(frozen=True)
class Outcome:
    """What a program counted in the edition of a cell. support: mean score, None where no statement could be judged.

    papers, material: what two surveys have in common: the same papers, and the same summaries of them.
    drafted: kept papers that the sections cited as they were first written. supported, partly, unsupported: sentences.
    """

    cell: Cell
    models: ModelSet
    edition: str  # its id, in the store of its run
    queries: tuple[str, ...]
    found: int
    kept: int
    drafted: int
    cited: int  # unique kept papers that the text cites
    unknown_markers: int  # dropped
    checked: int
    support: float | None
    weak: int
    supported: int
    partly: int
    unsupported: int
    repetition: float  # 0..1, as are the next
    likeness: float | None  # of neighbours, by their words
    step: float  # mean distance from a paper to the next, 0..2: how near in meaning neighbours in the text are
    summarised: int
    seconds: float
    usage: tuple[Usage, ...]
    papers: str
    material: str
    faults: tuple[str, ...] = ()  # what failed while it was made, and was absorbed

    @property
    def coverage(self) -> float:
        return self.cited / self.kept if self.kept else 0.0

    @property
    def draft_coverage(self) -> float:
        return self.drafted / self.kept if self.kept else 0.0

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
    cites: Sequence[bool] = (False,),
) -> list[Cell]:
    """Every cell that these models can vary, in the order in which they are made: a whole run before the next."""
    details = [detail for detail in details if detail in models.details] or models.details
    syntheses = [synthesis for synthesis in syntheses if synthesis in models.syntheses] or models.syntheses
    cites = [each for each in cites if each in models.cites] or models.cites[:1]
    cells = product(range(1, runs + 1), details, syntheses, questions, selections, cites, orders)
    return [
        Cell(question, run, detail, synthesis, order, selection, cite_every)
        for run, detail, synthesis, question, selection, cite_every, order in cells
    ]


def outcome(cell: Cell, models: ModelSet, edition: Edition) -> Outcome:
    counts, verdicts = edition.counts, [statement.verdict for statement in edition.statements]
    return Outcome(
        cell=cell,
        models=models,
        edition=edition.id,
        queries=edition.queries,
        found=counts.found,
        kept=counts.kept,
        drafted=counts.cited if counts.drafted is None else counts.drafted,
        cited=counts.cited,
        unknown_markers=counts.unknown_markers,
        checked=counts.checked,
        support=edition.support,
        weak=len(edition.checks),
        supported=verdicts.count("supported"),
        partly=verdicts.count("partly"),
        unsupported=verdicts.count("unsupported"),
        repetition=round(repetition([section.text for section in edition.sections]), 4),
        likeness=likeness_of_neighbours(edition.papers),
        step=round(edition.route.length / max(1, counts.kept - 1), 4),
        summarised=counts.summarised,
        seconds=edition.seconds["total"],
        usage=edition.usage,
        papers=fingerprint(*sorted(paper.id for paper in edition.papers)),
        material=fingerprint(*sorted(f"{paper.id} {paper.summary.text}" for paper in edition.papers)),
        faults=tuple(f"{line.source}: {line.detail}" for line in edition.health if not line.ok),
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
