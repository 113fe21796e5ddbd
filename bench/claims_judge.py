"""What a language model says of labelled statements: 1 supported, 0.5 partly or nothing of use, 0 unsupported.

Invariant: a call holds statements of one kind alone: beside its twin in the same words, a false one gives itself away.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from digest.claims.paper_reading import paper_sentences
from digest.generative.verification import ChatVerification
from digest.llm.budget import CallLabels
from digest.ports import VERIFIED_AT_ONCE, BriefPaper, StatementToVerify, Verification, VerificationModel
from paperroute.compose.app import open_app
from paperroute.config.load import Config
from store.records.editions import NO_SUMMARY, Paper

_SCORES = {"supported": 1.0, "partly": 0.5, "unsupported": 0.0}
_UNSAID = 0.5


def judge_scores(config: Config, judge: str, kinds: Sequence[Sequence[tuple[str, Paper]]]) -> list[list[float]]:
    """judge: provider:model of the configuration. kinds: of each kind its statements, each with its paper."""
    with tempfile.TemporaryDirectory() as folder:
        store = config.store.model_copy(update={"path": Path(folder) / "claims.db"})
        with open_app(config.model_copy(update={"store": store, "topics": ()})) as app:
            model = ChatVerification(app.models.chat(judge, CallLabels("evaluation")))
            return [list(_scores(model, held)) for held in kinds]


def _scores(model: VerificationModel, held: Sequence[tuple[str, Paper]]) -> Iterator[float]:
    numbers = {paper.id: number for number, paper in enumerate(dict.fromkeys(paper for _, paper in held), start=1)}
    asked = [_to_verify(text, paper, numbers[paper.id]) for text, paper in held]
    for at in range(0, len(asked), VERIFIED_AT_ONCE):
        yield from map(_score, model.verify(asked[at : at + VERIFIED_AT_ONCE], "en").value)


def _to_verify(text: str, paper: Paper, number: int) -> StatementToVerify:
    shown = BriefPaper(number, paper, NO_SUMMARY, paper_sentences(paper)[1:])
    return StatementToVerify(f"{text.rstrip('.')} [{number}].", (shown,))


def _score(found: Verification | None) -> float:
    return _SCORES[found.verdict] if found else _UNSAID
