"""The sections' titles: the model's where it has better ones, found while the sections are being written.

Invariant: there is a title for every section, whatever fails. The model keeps those that it finds (`keeping.py`).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import replace

from digest.errors import PaperRouteError, absorbed
from digest.parts import Parts
from digest.ports import Answer, SectionBrief
from digest.run import Run
from digest.synthesise import identity


class Naming:
    """Starts at once; close it when the titles are not wanted any more."""

    def __init__(self, briefs: Sequence[SectionBrief], parts: Parts, run: Run) -> None:
        self._briefs, self._parts, self._run = tuple(briefs), parts, run
        self._key = identity(parts.synthesis, *briefs, what="titles")
        self._kept = parts.store.texts.get(self._key)
        self._future: Future[Answer[tuple[str, ...]]] | None = None
        if self._kept is None:
            self._future = parts.executor.submit(parts.synthesis.titles, self._briefs)

    def named(self) -> list[SectionBrief]:
        """The briefs with their titles; the titles that they came with where the model failed, and health says so."""
        return [replace(brief, title=title) for brief, title in zip(self._briefs, self._titles(), strict=True)]

    def close(self) -> None:
        if self._future is not None:
            self._future.cancel()

    def _titles(self) -> Sequence[str]:
        if self._kept is not None or self._future is None:
            return tuple(json.loads(self._kept or "[]"))
        try:
            return self._run.result(self._future)
        except PaperRouteError as error:
            self._run.count(absorbed(error))
            self._run.note("synthesis", ok=False, detail=f"The sections are named by key words, because: {error}")
            return [brief.title for brief in self._briefs]
