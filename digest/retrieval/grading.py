"""Grades by a language model, blended into the built-in relevance of the best candidates.

Invariant: the model sees only what already stands first; where it fails the built-in relevance stands, and health says
so. A paper below the floor after blending is not kept, whoever put it there.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import replace

from digest.errors import PaperRouteError, failure_usage, is_fatal
from digest.ports import Grade, RelevanceModel
from digest.retrieval.relevance import FLOOR, GradedPaper
from digest.run_context import RunContext
from store.records.lazy_text import lazy_gettext
from store.records.questions import StructuredQuestion

_BATCH = 20  # papers a call
_MODEL_SHARE = 0.7  # of a blended relevance
_CORE = 0.6  # a model's grade from which on a paper is of the core


def grade_candidates(
    question: StructuredQuestion,
    graded: Sequence[GradedPaper],
    model: RelevanceModel,
    executor: Executor,
    run: RunContext,
    *,
    most: int,
) -> list[GradedPaper]:
    """The most relevant first again. most: so many of the first are shown to the model. Raises what only the operator
    can mend.
    """
    shown = list(graded[:most])
    batches = [shown[at : at + _BATCH] for at in range(0, len(shown), _BATCH)]
    futures = {
        executor.submit(model.grade, question, [one.selected.paper for one in batch]): batch for batch in batches
    }
    blended: dict[str, GradedPaper] = {}
    try:
        for future in run.as_done(futures):
            try:
                grades = run.count_and_unwrap(future.result())
            except PaperRouteError as error:
                if is_fatal(error):
                    raise
                run.count(failure_usage(error))
                detail = lazy_gettext(
                    "Some papers were chosen by built-in measures, because: {error}", error=error.text
                )
                run.add_health("relevance", ok=False, detail=detail)
                continue
            blended |= {
                one.selected.paper.id: _blend(one, grade) for one, grade in zip(futures[future], grades, strict=False)
            }
    finally:
        for future in futures:
            future.cancel()
    return sorted((blended.get(one.selected.paper.id, one) for one in graded), key=lambda one: -one.relevance)


def _blend(one: GradedPaper, grade: Grade) -> GradedPaper:
    value = round((1 - _MODEL_SHARE) * one.relevance + _MODEL_SHARE * grade.relevance, 3)
    selected = replace(
        one.selected,
        relevance=value,
        reason=grade.reason or one.selected.reason,
        core=grade.relevance >= _CORE,
    )
    return GradedPaper(selected, is_kept=value >= FLOOR)
