"""A question -> queries: those given, those kept from an earlier run, the model's, or those of its stand-in.

Invariant: a model's queries are in the store before anything is searched for, so that a question is paid for once. What
stands in is named in the health lines, and never stands in for a model that the operator has set up wrongly.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from digest.errors import PaperRouteError, absorbed
from digest.parts import Parts
from digest.ports import Answer
from digest.queries import queries_for
from digest.run import Run
from store.records.editions import Query, Usage, digest_of


def find_queries(question: str, given: Sequence[str], parts: Parts, run: Run) -> tuple[Query, ...]:
    """Raises BadInput (nothing to search for), ModelError (no queries could be had), Cancelled."""
    with run.stage("queries") as stage:
        queries = run.took(queries_for(question, given, _Asking(parts, run)))
        stage.detail = " · ".join(query.text for query in queries)
    return queries


class _Asking:
    """The `QueryModel` of one run: it remembers, and has another to fall back on."""

    def __init__(self, parts: Parts, run: Run) -> None:
        self._parts, self._run = parts, run
        self.model, self.prompt_hash = parts.queries.model, parts.queries.prompt_hash

    def phrases(self, question: str) -> Answer[tuple[Query, ...]]:
        key = digest_of("queries", self.model, self.prompt_hash, question)
        if (kept := self._parts.store.texts.get(key)) is not None:
            return Answer(_decoded(kept), Usage("queries", self.model, calls=0))
        try:
            return self._asked(question, key)
        except PaperRouteError as error:
            return self._spare(question, error)

    def _asked(self, question: str, key: str) -> Answer[tuple[Query, ...]]:
        """By a worker, so that a cancelled run need not wait for the answer."""
        future = self._parts.executor.submit(self._made, question, key)
        return next(self._run.as_done([future])).result()

    def _made(self, question: str, key: str) -> Answer[tuple[Query, ...]]:
        answer = self._parts.queries.phrases(question)
        self._parts.store.texts.add(key, "queries", self.model, _encoded(answer.value))
        return answer

    def _spare(self, question: str, error: PaperRouteError) -> Answer[tuple[Query, ...]]:
        spare = self._parts.spare_queries
        if spare is None:
            raise error
        self._run.count(absorbed(error))
        answer = spare.phrases(question)
        detail = f"The search words are the question's own, because: {error}"
        self._run.note("queries", ok=False, detail=detail)
        return answer


def _encoded(queries: tuple[Query, ...]) -> str:
    return json.dumps([query.terms for query in queries], ensure_ascii=False)


def _decoded(text: str) -> tuple[Query, ...]:
    return tuple(Query(tuple(terms)) for terms in json.loads(text))
