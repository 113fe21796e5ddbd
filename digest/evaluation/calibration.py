"""Calibration of a judge: claims on papers of the bundled sample, of which we know whether the papers support them.

Invariant: beside each claim that holds stands one in nearly the same words that does not, so that wording alone earns
nothing. The claims are ours, about abstracts that are retold in our words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources

from pydantic import TypeAdapter

LEAST = 0.7  # balanced accuracy; 0.5 is a coin's. A judge below says too little of what it is asked next.


@dataclass(frozen=True)
class LabelledClaim:
    """kind: "true", or what is wrong with it. paper: its id."""

    paper: str
    claim: str
    supported: bool
    kind: str


_LINE = TypeAdapter(LabelledClaim)


def labelled_claims() -> list[LabelledClaim]:
    lines = (resources.files("digest.evaluation") / "calibration.jsonl").read_text(encoding="utf-8").splitlines()
    return [_LINE.validate_json(line) for line in lines]


@dataclass(frozen=True)
class Calibration:
    """What a judge made of the labelled claims. right, asked: by kind."""

    judge: str
    right: dict[str, int]
    asked: dict[str, int]

    @property
    def recall(self) -> float:
        """Of the claims that hold, the share that it finds supported."""
        return self.right["true"] / self.asked["true"]

    @property
    def specificity(self) -> float:
        """Of those that do not, the share that it refuses."""
        false = [kind for kind in self.asked if kind != "true"]
        return sum(self.right[kind] for kind in false) / sum(self.asked[kind] for kind in false)

    @property
    def precision(self) -> float | None:
        """Of the claims that it finds supported, the share that hold; None where it finds none."""
        wrong = sum(self.asked[kind] - self.right[kind] for kind in self.asked if kind != "true")
        said = self.right["true"] + wrong
        return self.right["true"] / said if said else None

    @property
    def balanced_accuracy(self) -> float:
        return (self.recall + self.specificity) / 2


def calibrate(judge: str, claims: Sequence[LabelledClaim], verdicts: Sequence[bool]) -> Calibration:
    """verdicts: of the claims, in order."""
    asked = Counter(claim.kind for claim in claims)
    right = Counter(claim.kind for claim, said in zip(claims, verdicts, strict=True) if said == claim.supported)
    return Calibration(judge, {kind: right[kind] for kind in asked}, dict(asked))
