"""Search phrases from a language model: other names for what a question asks about, in arXiv's language.

Invariant: exactly as many phrases as asked for, all different, each of a few short terms that a paper source can search
for; what a model gives beyond that is refused.
"""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, Field

from digest.generative.answer_check import InvalidAnswer, ask_until_valid
from digest.generative.prompts import prompt_hash, render_prompt
from digest.generative.search_terms import check_term, clean_term
from digest.ports import Answer, ChatModel
from store.records.editions import Query
from store.records.lazy_text import lazy_gettext
from store.text.tokens import is_generic, is_stop, stems, unique_terms

PHRASE_COUNT = 3
_SCHEMA_VERSION = "1"  # raised with `SearchPhrases`; spelt out, since its JSON schema may change with pydantic
_MOST_TERMS = 5
_MOST_WORDS = 4  # of a term
_MOST_TOKENS = 1_500


class SearchPhrases(BaseModel):
    """Search phrases for arXiv."""

    phrases: list[list[str]] = Field(description="search phrases, each a list of terms")


class ChatQueries:
    """A `QueryModel` over a chat model. Raises ModelError where its phrases cannot be used."""

    def __init__(self, chat: ChatModel, *, phrases: int = PHRASE_COUNT) -> None:
        self.model = chat.model
        self.prompt_hash = prompt_hash("queries", settings=f"{phrases} {_SCHEMA_VERSION}")
        self._chat, self._count = chat, phrases

    def phrases(self, question: str) -> Answer[tuple[Query, ...]]:
        def call(complaint: str) -> Answer[SearchPhrases]:
            ask = render_prompt("queries", question=question, count=self._count, complaint=complaint)
            return self._chat.fill(ask, SearchPhrases, role="queries", most_tokens=_MOST_TOKENS)

        return ask_until_valid(self.model, call, lambda filled: _parse_queries(filled.phrases, self._count))


def _parse_queries(phrases: Sequence[Sequence[str]], count: int) -> tuple[Query, ...]:
    found: dict[frozenset[tuple[str, ...]], Query] = {}
    for terms in phrases:
        query = _parse_query(terms)
        found.setdefault(frozenset(tuple(stems(term)) for term in query.terms), query)
        if len(found) == count:
            return tuple(found.values())
    raise InvalidAnswer(lazy_gettext("it had {n} different phrases, not {wanted}", n=len(found), wanted=count))


def _parse_query(terms: Sequence[str]) -> Query:
    clean = unique_terms(clean_term(term) for term in terms)
    if not 1 <= len(clean) <= _MOST_TERMS:
        raise InvalidAnswer(
            lazy_gettext("it had a phrase of {n} terms, and a phrase has 1 to {most}", n=len(clean), most=_MOST_TERMS)
        )
    for term in clean:
        check_term(term, _MOST_WORDS)
    if all(is_generic(word) or is_stop(word) for term in clean for word in term.split()):
        phrase = repr(" ".join(clean)[:80])
        raise InvalidAnswer(
            lazy_gettext("the phrase {phrase} has only words that nearly every paper has", phrase=phrase)
        )
    return Query(tuple(clean))
