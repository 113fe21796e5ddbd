"""Verification job: statements on their way to a model that checks them, a batch a section, and what it said of each.

Invariant: a verdict is in the store before it is handed on, so that none is paid for twice. What could not be
verified has none, and health says how much of it and why: the built-in check stands there. So it does where the model
finds a control supported, which no paper supports.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from dataclasses import astuple
from functools import partial
from typing import Any

from digest.errors import ModelError, PaperRouteError, failure_usage, is_fatal
from digest.fan_out import FanOut
from digest.ports import VERIFIED_AT_ONCE, Answer, BriefPaper, StatementToVerify, Verification, VerificationModel
from digest.run_context import RunContext
from digest.verification.control_statement import ControlStatements
from store.records.editions import fingerprint
from store.records.lazy_text import AnyText, lazy_gettext, lazy_ngettext
from store.tables.model_texts import ModelTexts

Verdicts = tuple[Verification | None, ...]
_Place = tuple[int, str]  # a section, a sentence in it
_Batch = list[tuple[_Place | None, StatementToVerify]]  # None: a control


def verify_batch(model: VerificationModel, statements: Sequence[StatementToVerify], language: str) -> Answer[Verdicts]:
    """A task of the fan-out."""
    return model.verify(statements, language)


class VerificationJob:
    """Close it when no verdict is wanted any more: what has not begun is left."""

    def __init__(
        self,
        model: VerificationModel,
        language: str,
        papers: Sequence[BriefPaper],
        texts: ModelTexts,
        fan_out: FanOut,
        run: RunContext,
    ) -> None:
        """papers: all of the edition."""
        self.model = model.model
        self._controls = ControlStatements(papers)
        self._verifier, self._language = model, language
        self._texts, self._fan_out, self._run = texts, fan_out, run
        self._futures: dict[Future[Answer[Verdicts]], _Batch] = {}
        self._found: dict[_Place, Verification] = {}
        self._unverified, self._failures = 0, list[AnyText]()

    def begin(self, section: int, statements: Sequence[StatementToVerify]) -> None:
        """Start on a section's statements; -1 is the opening."""
        for at in range(0, len(statements), VERIFIED_AT_ONCE):
            self._begin([((section, one.sentence), one) for one in statements[at : at + VERIFIED_AT_ONCE]])

    def _begin(self, batch: _Batch) -> None:
        """With a control among them. What was said of the same before is not asked for again."""
        if control := self._controls.find({paper.number for _, one in batch for paper in one.papers}):
            batch.insert(len(batch) // 2, (None, control))
        statements = [statement for _, statement in batch]
        key = _batch_fingerprint(self._verifier, statements, self._language)
        if (kept := self._texts.get(key)) is not None:
            self._note_verdicts(batch, _decode(kept))
            return
        keep = partial(self._put_into_store, key)
        future = self._fan_out.submit(verify_batch, self._verifier, statements, self._language, keep=keep)
        self._futures[future] = batch

    def _put_into_store(self, key: str, answer: Answer[Verdicts]) -> None:
        self._texts.add(key, "verification", self.model, _encode(answer.value))

    def collect(self) -> dict[_Place, Verification]:
        """What was said of all that was begun so far. Raises Cancelled, and ModelError where it is set up wrongly."""
        while self._futures:
            for future in self._run.as_done(list(self._futures)):
                self._keep(self._futures.pop(future), future)
        return self._found

    def close(self) -> None:
        """Tell what failed."""
        for future in self._futures:
            future.cancel()
        if self._failures:
            detail = lazy_ngettext(
                "{n} statement was checked without the language model, because: {error}",
                "{n} statements were checked without the language model, because: {error}",
                self._unverified,
                error=self._failures[0],
            )
            self._run.add_health("verification", ok=False, detail=detail)

    def _keep(self, batch: _Batch, future: Future[Answer[Verdicts]]) -> None:
        try:
            verdicts = self._run.count_and_unwrap(future.result())
        except PaperRouteError as error:
            if is_fatal(error):
                raise
            self._run.count(failure_usage(error))
            told = [one for one in batch if one[0]]
            if isinstance(error, ModelError) and error.kind == "too_long" and len(told) > 1:
                self._begin(told[: len(told) // 2])
                self._begin(told[len(told) // 2 :])
            else:
                self._note_failure(batch, error.text)
        else:
            self._note_verdicts(batch, verdicts)

    def _note_verdicts(self, batch: _Batch, verdicts: Verdicts) -> None:
        found = dict(zip((place for place, _ in batch), verdicts, strict=True))
        if (control := found.pop(None, None)) and control.verdict == "supported":
            why = lazy_gettext("{model} finds supported what the papers do not say.", model=self.model)
            self._note_failure(batch, why)
            return
        self._found |= {place: one for place, one in found.items() if place and one}

    def _note_failure(self, batch: _Batch, why: AnyText) -> None:
        self._unverified += sum(place is not None for place, _ in batch)
        self._failures.append(why)


def _batch_fingerprint(model: VerificationModel, batch: Iterable[StatementToVerify], language: str) -> str:
    """The hash of everything that determines the verdicts."""
    held = [
        [statement.sentence, [[paper.number, paper.paper.text_hash, paper.sentences] for paper in statement.papers]]
        for statement in batch
    ]
    return fingerprint("verification", model.model, model.prompt_hash, language, json.dumps(held))


def _encode(verdicts: Verdicts) -> str:
    return json.dumps([verdict and astuple(verdict) for verdict in verdicts], ensure_ascii=False)


def _decode(text: str) -> Verdicts:
    return tuple(one and _read_verdict(*one) for one in json.loads(text))


def _read_verdict(verdict: Any, evidence: list[list[int]], reason: str, correction: str) -> Verification:
    return Verification(verdict, tuple((paper, position) for paper, position in evidence), reason, correction)
