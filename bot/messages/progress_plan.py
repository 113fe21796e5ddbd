"""Progress plan: pipeline events as the steps of a plan that a reader can follow.

Invariant: pure; steps only ever go forward, and every count shown was told by the pipeline.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from digest.i18n.catalog import Catalog
from digest.render.safe_text import to_verbatim_line
from digest.run_context import MODEL_STAGES, Advanced, Finished, RunEvent, Started, TextSoFar, Waiting
from store.records.lazy_text import lazy_gettext

StepStatus = Literal["pending", "in_progress", "complete", "error"]
MOST_DETAILS = 250  # characters of a step's details; Slack takes 256

_TITLES = {
    "queries": lazy_gettext("Choosing search words"),
    "search": lazy_gettext("Searching arXiv"),
    "filter": lazy_gettext("Keeping the papers that fit"),
    "relevance": lazy_gettext("Grading the candidates"),
    "embed": lazy_gettext("Comparing papers"),
    "order": lazy_gettext("Laying the route"),
    "summarise": lazy_gettext("Summarising"),
    "synthesise": lazy_gettext("Writing"),
}
_MARKS = {"pending": "◦", "in_progress": "▸", "complete": "✓", "error": "✗"}
_STATUSES = {
    "pending": lazy_gettext("to do"),
    "in_progress": lazy_gettext("under way"),
    "complete": lazy_gettext("done"),
    "error": lazy_gettext("stopped"),
}


@dataclass
class Step:
    id: str
    title: str
    status: StepStatus = "pending"
    details: str = ""


class Plan:
    """In the words of one language."""

    def __init__(self, words: Catalog) -> None:
        self._words = words
        self._all = {id_: Step(id_, words.show(title)) for id_, title in _TITLES.items()}
        self._begun = set(_TITLES) - MODEL_STAGES  # and those as they begin

    @property
    def steps(self) -> dict[str, Step]:
        return {id_: step for id_, step in self._all.items() if id_ in self._begun}

    def apply_event(self, event: RunEvent) -> bool:
        """Take an event in; whether there is anything new to show."""
        if isinstance(event, TextSoFar) or event.stage not in self._all:
            return False
        self._begun.add(event.stage)
        step, words = self._all[event.stage], self._words
        if isinstance(event, Finished):
            step.status, step.details = "complete", to_verbatim_line(words.show(event.detail), MOST_DETAILS)
            return True
        step.status = "in_progress"
        if isinstance(event, Advanced):
            step.details = words.gettext("{done} of {all}", done=event.done, all=event.total)
        elif isinstance(event, Waiting):
            step.details = to_verbatim_line(
                words.gettext("{why}; {n} s", why=event.why, n=round(event.seconds)), MOST_DETAILS
            )
        elif isinstance(event, Started):
            step.details = words.gettext("{done} of {all}", done=0, all=event.total) if event.total else ""
        return True

    def stop(self) -> None:
        """What was under way will not be finished."""
        for step in self.steps.values():
            if step.status == "in_progress":
                step.status = "error"

    def chunks(self, shown: dict[str, tuple[str, str]]) -> list[dict[str, Any]]:
        """What of a stream has to be sent since `shown`, which is brought up to date."""
        found = []
        for step in self.steps.values():
            state = (step.status, step.details)
            if shown.get(step.id) != state:
                shown[step.id] = state
                chunk = {"type": "task_update", "id": step.id, "title": step.title, "status": step.status}
                found.append(chunk | ({"details": step.details} if step.details else {}))
        return found

    def text(self) -> str:
        """The plan as lines: for where there is no plan view. No meaning hangs on the marks alone."""
        return "\n".join(self._line(step) for step in self.steps.values())

    @property
    def now(self) -> str:
        """The step under way, in a few words."""
        steps = [step for step in self.steps.values() if step.status == "in_progress"]
        return f"{steps[-1].title} {steps[-1].details}".strip() if steps else self._words.gettext("working")

    def _line(self, step: Step) -> str:
        status = step.details or self._words.show(_STATUSES[step.status])
        return f"{_MARKS[step.status]} " + step.title + self._words.colon + status
