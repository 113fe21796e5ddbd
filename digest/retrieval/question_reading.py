"""A question read by a language model, where there is one, else by rules.

Invariant: what a model read is in the store before it is used, so that it is paid for once a day; rules stand in for a
model that failed, never in silence and never for one that the operator has set up wrongly.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from datetime import datetime

from pydantic import TypeAdapter, ValidationError

from digest.errors import BadInput, PaperRouteError, failure_usage, is_fatal
from digest.fan_out import give_head_start
from digest.ports import Answer, QuestionModel
from digest.question.corrections import Known
from digest.question.understand import understand
from digest.run_context import RunContext
from store.records.editions import Usage, fingerprint
from store.records.lazy_text import lazy_gettext
from store.records.questions import SearchLimits, StructuredQuestion
from store.tables.model_texts import ModelTexts
from store.text.tokens import tokens

_RECORD = TypeAdapter(StructuredQuestion)


def read_question(
    text: str,
    model: QuestionModel | None,
    texts: ModelTexts,
    known: Known,
    executor: Executor,
    run: RunContext,
    while_read: Callable[[], None] | None = None,
) -> StructuredQuestion:
    """known: what the store knows of words. while_read: done beside the model's reading, if there is one;
    what fails in it has to fail again where it is needed.

    Raises Cancelled, and ModelError where the model is set up wrongly.
    """
    if model is None:
        return understand(text, run.now, known)
    asked = executor.submit(_load_or_ask, text, run.now, model, texts)
    give_head_start([asked])
    by_rules = understand(text, run.now, known)  # while the model reads it: what rules stand on takes a while to load
    if while_read:
        executor.submit(while_read)
    try:
        return run.result(asked)
    except PaperRouteError as error:
        if is_fatal(error):
            raise
        run.count(failure_usage(error))
        detail = lazy_gettext(
            "The question was read by rules, without the language model, because: {error}", error=error.text
        )
        run.add_health("questions", ok=False, detail=detail)
        return by_rules


def refuse_empty(question: StructuredQuestion) -> None:
    """Raises BadInput where nothing of the question can be searched for: a letter by itself neither."""
    limits = question.limits
    words = (word for concept in question.concepts for form in concept.forms for word in tokens(form))
    if not (any(len(word) > 1 for word in words) or question.paper_ids or limits.authors or limits.categories):
        raise BadInput(
            lazy_gettext("No English search words were found in the question, and arXiv's papers are in English."),
            hint=lazy_gettext('Give them, for example --query "image generation", or configure a language model.'),
            for_readers=lazy_gettext("Name the topic in English words, such as “image generation”."),
        )


def refuse_contradictory_dates(limits: SearchLimits) -> None:
    """Raises BadInput where no day is within the limits."""
    if limits.since and limits.until and limits.since >= limits.until:
        raise BadInput(
            lazy_gettext("The dates contradict each other: no day is both after the one and before the other."),
            hint=lazy_gettext("Give an earlier --since."),
            for_readers=lazy_gettext("Exchange the dates, or leave one out."),
        )


def _load_or_ask(text: str, now: datetime, model: QuestionModel, texts: ModelTexts) -> Answer[StructuredQuestion]:
    """By a worker. What a question says of time is read anew each day."""
    key = fingerprint("questions", model.model, model.prompt_hash, now.date().isoformat(), text)
    if (kept := _decode(texts.get(key))) is not None:
        return Answer(kept, Usage("questions", model.model, calls=0))
    answer = model.read(text, now)
    texts.add(key, "questions", model.model, _RECORD.dump_json(answer.value).decode())
    return answer


def _decode(body: str | None) -> StructuredQuestion | None:
    """None for one that an earlier version wrote, of another shape."""
    try:
        return None if body is None else _RECORD.validate_json(body)
    except ValidationError:
        return None
