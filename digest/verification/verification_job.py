"""Verification job: statements on their way to a model that checks them, a batch a section, and what it said of each.

Invariant: a verdict is in the store before the worker that had it hands it on, so that none is paid for twice. What
could not be verified has none, and health says how much of it and why: the built-in check stands there. So it does
where the model finds a control supported, which no paper supports.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from concurrent.futures import Executor, Future
from dataclasses import astuple
from typing import Any

from digest.errors import ModelError, PaperRouteError, failure_usage, is_fatal
from digest.ports import VERIFIED_AT_ONCE, Answer, BriefPaper, StatementToVerify, Verification, VerificationModel
from digest.run_context import RunContext
from digest.verification.control_statement import ControlStatements
from store.records.editions import Usage, fingerprint
from store.records.lazy_text import AnyText, lazy_gettext, lazy_ngettext
from store.tables.model_texts import ModelTexts

Verdicts = tuple[Verification | None, ...]
_Place = tuple[int, str]  # a section, a sentence in it; None stands for a control


class VerificationJob:
    """Close it when no verdict is wanted any more: what has not begun is left."""

    def __init__(
        self,
        model: VerificationModel,
        language: str,
        papers: Sequence[BriefPaper],
        texts: ModelTexts,
        executor: Executor,
        run: RunContext,
    ) -> None:
        """papers: all of the edition."""
        self.model = model.model
        self._controls = ControlStatements(papers)
        self._verifier, self._language = model, language
        self._texts, self._executor, self._run = texts, executor, run
        self._futures: dict[Future[Answer[Verdicts]], list[_Place | None]] = {}
        self._found: dict[_Place, Verification] = {}
        self._unverified, self._failures = 0, list[AnyText]()

    def begin(self, section: int, statements: Sequence[StatementToVerify]) -> None:
        """Start on a section's statements; -1 is the opening."""
        for at in range(0, len(statements), VERIFIED_AT_ONCE):
            batch: list[StatementToVerify] = [*statements[at : at + VERIFIED_AT_ONCE]]
            places: list[_Place | None] = [(section, statement.sentence) for statement in batch]
            if control := self._controls.find({paper.number for one in batch for paper in one.papers}):
                middle = len(batch) // 2
                batch.insert(middle, control)
                places.insert(middle, None)
            self._futures[self._executor.submit(self._verify_and_keep, batch)] = places

    def collect(self) -> dict[_Place, Verification]:
        """What was said of all that was begun so far. Raises Cancelled, and ModelError where it is set up wrongly."""
        for future in self._run.as_done(self._futures):
            self._keep(self._futures[future], future)
        self._futures.clear()
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

    def _verify_and_keep(self, batch: Sequence[StatementToVerify]) -> Answer[Verdicts]:
        """By a worker; in halves, each kept, where a model cannot hold so much."""
        key = _batch_fingerprint(self._verifier, batch, self._language)
        if (kept := self._texts.get(key)) is not None:
            return Answer(_decode(kept), Usage("verification", self.model, calls=0))
        try:
            answer = self._verifier.verify(batch, self._language)
        except ModelError as error:
            if error.kind != "too_long" or len(batch) < 2:
                raise
            half = len(batch) // 2
            first, second = self._verify_and_keep(batch[:half]), self._verify_and_keep(batch[half:])
            return Answer(first.value + second.value, first.usage + second.usage)
        self._texts.add(key, "verification", self.model, _encode(answer.value))
        return answer

    def _keep(self, places: Sequence[_Place | None], future: Future[Answer[Verdicts]]) -> None:
        try:
            verdicts = self._run.count_and_unwrap(future.result())
        except PaperRouteError as error:
            if is_fatal(error):
                raise
            self._run.count(failure_usage(error))
            self._note_failure(places, error.text)
            return
        found = dict(zip(places, verdicts, strict=True))
        if (control := found.pop(None, None)) and control.verdict == "supported":
            why = lazy_gettext("{model} finds supported what the papers do not say.", model=self.model)
            self._note_failure(places, why)
            return
        self._found |= {place: one for place, one in found.items() if place and one}

    def _note_failure(self, places: Sequence[_Place | None], why: AnyText) -> None:
        self._unverified += sum(place is not None for place in places)
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
