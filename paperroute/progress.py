"""Progress bars: pipeline events -> what a person at a terminal sees on stderr while it works.

On a terminal: one line a stage, the running one with a bar. Elsewhere (a log, a pipe): one plain line a finished stage.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn
from rich.table import Column

from digest.render.safe_text import to_line
from digest.run_context import Advanced, Finished, Listener, RunEvent, Started, TextSoFar, Waiting

_STAGE_LABELS = {
    "queries": "Choosing search words",
    "harvest": "Harvesting",
    "compare": "Comparing ids",
    "fill": "Reading the file",
    "read": "Counting and hashing",
    "copy": "Copying",
    "index": "Indexing for the search",
    "verify": "Holding both sides against each other",
    "search": "Asking for papers",
    "filter": "Keeping those on topic",
    "relevance": "Grading the candidates",
    "embed": "Placing them by meaning",
    "order": "Laying the route",
    "summarise": "Summarising",
    "synthesise": "Writing",
    "freeze": "Keeping the edition",
}


@contextmanager
def show_progress(console: Console, *, quiet: bool) -> Iterator[Listener]:
    """A listener that shows events on the console until the block ends."""
    if quiet:
        yield lambda _: None
    elif console.is_terminal:
        with _bars(console) as bars:
            yield _LiveListener(bars)
    else:
        yield _PlainListener(console)


def _bars(console: Console) -> Progress:
    return Progress(
        SpinnerColumn(finished_text="[green]✓[/]"),
        TextColumn("{task.description}"),
        BarColumn(bar_width=18),
        MofNCompleteColumn(),
        # What does not fit is cut off: nothing else may give way to it.
        TextColumn("[dim]{task.fields[detail]}[/]", table_column=Column(ratio=1, no_wrap=True, overflow="ellipsis")),
        console=console,
        expand=True,
        transient=True,
    )


class _PlainListener:
    def __init__(self, console: Console) -> None:
        self._console = console

    def __call__(self, event: RunEvent) -> None:
        if isinstance(event, Finished):
            self._line(f"{event.stage}: {event.detail} ({event.seconds:.1f} s)")
        elif isinstance(event, Waiting) and event.seconds >= 1:
            self._line(f"{event.stage}: {event.why} ({event.seconds:.0f} s)")

    def _line(self, text: str) -> None:
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)


def _tail(part: str, text: str) -> str:
    """What is being written, as one line: the part's name and the last words of it."""
    return f"{to_line(part, 30)}: …{to_line(text[-200:])[-30:]}"


class _LiveListener:
    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, event: RunEvent) -> None:
        match event:
            case Started(stage, total):
                self._start(stage, total)
            case Advanced(stage, done, total):
                self._bars.update(self._tasks[stage], completed=done, total=total or 1)
            case Waiting(stage, seconds, why) if seconds >= 1:
                self._bars.update(self._tasks[stage], detail=escape(f"{why} ({seconds:.0f} s)"))
            case Finished(stage, _, detail):
                task = self._tasks[stage]
                self._bars.update(task, total=1, completed=1, detail=escape(str(detail)))
            case TextSoFar(part, text):
                self._bars.update(self._tasks["synthesise"], detail=escape(_tail(part, text)))
            case _:
                pass

    def _start(self, stage: str, total: int | None) -> None:
        if stage in self._tasks:
            self._bars.reset(self._tasks[stage], total=total)
        else:
            self._tasks[stage] = self._bars.add_task(_STAGE_LABELS.get(stage, stage), total=total, detail="")
