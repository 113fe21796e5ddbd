"""Progress plan: pipeline events as the steps of a plan that a reader can follow.

Invariant: pure; steps only ever go forward, and every count shown was told by the pipeline.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from digest.render.safe_text import to_verbatim_line
from digest.run_context import Advanced, Finished, RunEvent, Started, TextSoFar, Waiting

StepStatus = Literal["pending", "in_progress", "complete", "error"]
MOST_DETAILS = 250  # characters of a step's details; Slack takes 256

_TITLES = {
    "queries": "Choosing search words",
    "search": "Searching arXiv",
    "filter": "Keeping the papers that fit",
    "embed": "Comparing papers",
    "order": "Laying the route",
    "summarise": "Summarising",
    "synthesise": "Writing",
}
_MARKS = {"pending": "◦", "in_progress": "▸", "complete": "✓", "error": "✗"}
_WORDS = {"pending": "to do", "in_progress": "under way", "complete": "done", "error": "stopped"}


@dataclass
class Step:
    id: str
    title: str
    status: StepStatus = "pending"
    details: str = ""


@dataclass
class Plan:
    steps: dict[str, Step] = field(default_factory=lambda: {id_: Step(id_, title) for id_, title in _TITLES.items()})

    def apply_event(self, event: RunEvent) -> bool:
        """Take an event in; whether there is anything new to show."""
        if isinstance(event, TextSoFar) or event.stage not in self.steps:
            return False
        step = self.steps[event.stage]
        if isinstance(event, Finished):
            step.status, step.details = "complete", to_verbatim_line(event.detail, MOST_DETAILS)
            return True
        step.status = "in_progress"
        if isinstance(event, Advanced):
            step.details = f"{event.done} of {event.total}"
        elif isinstance(event, Waiting):
            step.details = to_verbatim_line(f"{event.why}; {event.seconds:.0f} s", MOST_DETAILS)
        elif isinstance(event, Started):
            step.details = f"0 of {event.total}" if event.total else ""
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
        return "\n".join(_line(step) for step in self.steps.values())

    @property
    def now(self) -> str:
        """The step under way, in a few words."""
        steps = [step for step in self.steps.values() if step.status == "in_progress"]
        return f"{steps[-1].title.lower()} {steps[-1].details}".strip() if steps else "working"


def _line(step: Step) -> str:
    status = step.details or _WORDS[step.status]
    return f"{_MARKS[step.status]} {step.title}: {status}"
