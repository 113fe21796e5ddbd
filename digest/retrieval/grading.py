"""Grades by a language model, in batches side by side, blended into the built-in relevance of the best candidates.

Invariant: a grade is in the store before the worker that made it hands it on, so that none is paid for twice; what is
asked costs at most its share of a survey. A batch that fails leaves its papers without grades, and says so: what else
is known of them has to do. A paper below the floor after blending is not kept, whoever put it there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import asdict, astuple, replace
from functools import partial

from digest.errors import PaperRouteError, failure_usage, is_fatal
from digest.fan_out import FanOut
from digest.ports import GRADED_AT_ONCE, Answer, Grade, RelevanceModel
from digest.retrieval.relevance import FLOOR, GradedPaper
from digest.run_context import RunContext, describe_made
from store.records.editions import Paper, fingerprint
from store.records.lazy_text import AnyText, lazy_gettext, lazy_ngettext
from store.records.questions import StructuredQuestion
from store.tables.model_texts import ModelTexts

_MODEL_SHARE = 0.7  # of a blended relevance
_CORE = 0.6  # a model's grade from which on a paper is of the core


def blend_grades(graded: Sequence[GradedPaper], grades: Mapping[str, Grade]) -> list[GradedPaper]:
    """The most relevant first again. grades: by the papers' ids, of as many as were graded."""
    blended = (_blend(one, grades[one.selected.paper.id]) if one.selected.paper.id in grades else one for one in graded)
    return sorted(blended, key=lambda one: -one.relevance)


def _blend(one: GradedPaper, grade: Grade) -> GradedPaper:
    value = round((1 - _MODEL_SHARE) * one.relevance + _MODEL_SHARE * grade.relevance, 3)
    selected = replace(one.selected, relevance=value, reason=grade.reason, core=grade.relevance >= _CORE)
    return GradedPaper(selected, is_kept=value >= FLOOR)


def grade_batch(
    model: RelevanceModel, question: StructuredQuestion, papers: Sequence[Paper]
) -> Answer[tuple[Grade, ...]]:
    """A task of the fan-out."""
    return model.grade(question, papers)


class GradingJob:
    """The grades of candidates: those in the store, and those under way; `collect_results` brings them.

    candidates: the most promising first, since the model's share of a survey of `max_papers` may not allow all.
    `collect_results` raises Cancelled, and ModelError where the model is set up wrongly.
    """

    def __init__(
        self,
        question: StructuredQuestion,
        candidates: Sequence[Paper],
        model: RelevanceModel,
        texts: ModelTexts,
        fan_out: FanOut,
        run: RunContext,
        max_papers: int,
    ) -> None:
        self._model, self._texts, self._run, self._shown = model, texts, run, candidates
        papers = {paper.text_hash: paper for paper in candidates}
        identity = ("relevance", model.model, model.prompt_hash, _asked(question))
        self._keys = {hash_: fingerprint(*identity, hash_) for hash_ in papers}
        kept = texts.get_all(self._keys.values())
        self.done = {hash_: _decode(kept[key]) for hash_, key in self._keys.items() if key in kept}
        share = list(papers.values())[: model.most_graded(max_papers)]  # also of a run that goes on after a kill
        wanted = [paper for paper in share if paper.text_hash not in self.done]
        self._candidates, self._share = len(papers), len(share)
        self._total, self._made, self._ungraded, self._failures = len(wanted), 0, 0, list[AnyText]()
        self._stage = run.begin("relevance", self._total)
        batches = (wanted[at : at + GRADED_AT_ONCE] for at in range(0, len(wanted), GRADED_AT_ONCE))
        self.futures: dict[Future[Answer[tuple[Grade, ...]]], list[Paper]] = {
            fan_out.submit(grade_batch, model, question, batch, keep=partial(self._put_into_store, batch)): batch
            for batch in batches
        }

    @property
    def grades(self) -> dict[str, Grade]:
        """By the papers' ids, once they are there."""
        return {paper.id: self.done[paper.text_hash] for paper in self._shown if paper.text_hash in self.done}

    def _put_into_store(self, batch: Sequence[Paper], answer: Answer[tuple[Grade, ...]]) -> None:
        new = {self._keys[paper.text_hash]: _encode(grade) for paper, grade in zip(batch, answer.value, strict=True)}
        self._texts.add_all(new, "relevance", self._model.model)

    def keep(self, future: Future[Answer[tuple[Grade, ...]]]) -> None:
        batch = self.futures[future]
        try:
            grades = self._run.count_and_unwrap(future.result())
        except PaperRouteError as error:
            if is_fatal(error):
                raise
            self._run.count(failure_usage(error))
            self._ungraded += len(batch)
            self._failures.append(error.text)
        else:
            self.done |= {paper.text_hash: grade for paper, grade in zip(batch, grades, strict=True)}
            self._made += len(batch)
        self._stage.advance(self._made + self._ungraded, self._total)

    def close(self) -> None:
        if self._failures:
            detail = lazy_ngettext(
                "{n} candidate was judged without the language model, because: {error}",
                "{n} candidates were judged without the language model, because: {error}",
                self._ungraded,
                error=self._failures[0],
            )
            self._run.add_health("relevance", ok=False, detail=detail)
        made = lazy_ngettext("{n} paper graded", "{n} papers graded", self._made)
        self._stage.detail = (
            lazy_gettext("{made}, the most promising of {total}", made=made, total=self._candidates)
            if self._share < self._candidates
            else describe_made(self._made, self._candidates - self._ungraded, made)
        )
        self._stage.finish()


def _asked(question: StructuredQuestion) -> str:
    """All of a question that its grades depend on: not its dates and authors, which search and filter see to."""
    concepts = [asdict(concept) for concept in question.concepts]
    return json.dumps([question.text, question.language, concepts, question.limits.exclude], ensure_ascii=False)


def _encode(grade: Grade) -> str:
    return json.dumps(astuple(grade), ensure_ascii=False)


def _decode(text: str) -> Grade:
    return Grade(*json.loads(text))
