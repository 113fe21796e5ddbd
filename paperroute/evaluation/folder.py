"""The folder of an experiment's results.

    results.jsonl   a line for each finished cell       run-1.db ...   the store of each run, with its editions
    judged.jsonl    a line for each judged survey, pair, and calibration
    results.json    all of them, with what is derived   results.md, results.html     the report

Invariant: what is finished is a line, on the disk, before the next begins; a line that was cut off by a crash is one
that is not there.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from digest.errors import BadInput
from digest.evaluation.document import to_html, to_markdown
from digest.evaluation.experiment import Outcome
from digest.evaluation.report import TITLE, results_document, results_json
from digest.evaluation.verdicts import Judged

_T = TypeVar("_T")
_OUTCOME: TypeAdapter[Outcome] = TypeAdapter(Outcome)
_JUDGED: TypeAdapter[Judged] = TypeAdapter(Judged)


class ResultsFolder:
    """Where an evaluation leaves everything. Raises BadInput where it cannot be written."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._outcomes, self._judged = path / "results.jsonl", path / "judged.jsonl"
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise BadInput(f"{path} cannot be made: {error.strerror}.", hint="Choose another folder with -o.") from None

    def store(self, run: int) -> Path:
        return (self.path / f"run-{run}.db").absolute()

    def outcomes(self) -> list[Outcome]:
        """Those that are finished, of whatever models; not those of an older version, which counted less."""
        return list(_read_lines(self._outcomes, _OUTCOME))

    def judged(self) -> list[Judged]:
        return list(_read_lines(self._judged, _JUDGED))

    def add(self, new: Outcome) -> None:
        _append(self._outcomes, new)

    def add_judged(self, new: Judged) -> None:
        _append(self._judged, new)

    def reports(self) -> dict[str, str]:
        """What is to be written over all that is finished, by the name of its file."""
        outcomes, judged = self.outcomes(), self.judged()
        blocks = results_document(outcomes, judged)
        return {
            "results.json": results_json(outcomes, judged),
            "results.md": to_markdown(blocks),
            "results.html": to_html(blocks, TITLE),
        }


def _read_lines(path: Path, kind: TypeAdapter[_T]) -> Iterator[_T]:
    text = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
    for line in text.split("\n"):
        try:
            yield kind.validate_json(line)
        except ValidationError:
            continue


def _append(path: Path, new: Any) -> None:
    """Append a line and see it on the disk; after a torn line, on a line of its own."""
    line = json.dumps(asdict(new), ensure_ascii=False)
    with path.open("a+b") as file:
        if file.tell() and not path.read_bytes().endswith(b"\n"):
            file.write(b"\n")
        file.write(line.encode(errors="replace") + b"\n")
        file.flush()
        os.fsync(file.fileno())
