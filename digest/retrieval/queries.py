"""Search queries for a question: those that the user gave, else those that a model finds.

Invariant: what leaves here is bounded and searchable. A term is a word, a hyphenated word or words that belong
together; it holds a Latin letter or a digit, no operator, no field prefix, no quotation mark, no bracket.
A model's queries are in the store before anything is searched for, so that a question is paid for once. What stands in
for a model is named in the health lines, and never stands in for one that the operator has set up wrongly.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Sequence
from concurrent.futures import Executor

from digest.errors import BadInput, PaperRouteError, failure_usage, is_fatal
from digest.ports import Answer, QueryModel
from digest.retrieval.paper_lookup import parse_reference
from digest.run_context import RunContext
from store.records.editions import Query, Usage, fingerprint
from store.records.lazy_text import join_sentences, lazy_gettext
from store.tables.model_texts import ModelTexts
from store.text.tokens import is_stop, stems, unique_terms

MOST_CHARACTERS = 2_000  # of a question
MOST_QUERIES = 10
MOST_TERMS = 12
MOST_TERM_CHARACTERS = 60

_EXAMPLE = lazy_gettext('Ask for example: "LoRA for image generation".')
_QUOTES = str.maketrans("“”„‟«»「」『』＂", '"' * 11)
_DASHES = str.maketrans("‐‑‒–−", "-----")
_OPERATOR = re.compile(r"(?<!\S)\(?(OR|NOT|ANDNOT)\)?(?!\S)")
_FIELD = re.compile(r"(?<!\S)\(?((?:ti|au|abs|co|jr|cat|rn|id|all|submittedDate|lastUpdatedDate):)", re.IGNORECASE)
_SPLIT = re.compile(r'"([^"]*)"|([^\s",;/|]+)')
_PART = re.compile(r"[^\W_]+(?:['’.][^\W_]+)*(?:[+#]{1,2}(?!\w))?")
_LATIN_OR_GREEK = re.compile(r"[A-Za-z0-9\u00c0-\u024f\u0370-\u03ff]")


def clean_question(text: str) -> str:
    """The question on one line, in NFC, without invisible characters. Raises BadInput where nothing can be asked."""
    if len(text) > MOST_CHARACTERS:
        raise BadInput(
            lazy_gettext(
                "The question has {n} characters; at most {most} can be asked.", n=len(text), most=MOST_CHARACTERS
            ),
            hint=lazy_gettext("Say in a sentence or two what the survey should be about."),
        )
    clean = _strip_invisible(text)
    if not clean:
        raise BadInput(lazy_gettext("The question is empty."), hint=_EXAMPLE)
    if not any(char.isalpha() for char in clean) and not parse_reference(clean):
        raise BadInput(lazy_gettext("The question holds no word."), hint=_EXAMPLE)
    return clean


def _strip_invisible(text: str) -> str:
    """White space folded to single spaces; control, bidirectional, zero-width and unassigned characters out."""
    spaced = "".join(" " if char.isspace() else char for char in unicodedata.normalize("NFC", text))
    return " ".join("".join(char for char in spaced if unicodedata.category(char)[0] != "C").split())


def parse_query(text: str) -> Query:
    """A search phrase as a person types it: words, "words that belong together", AND between them as one likes.

    Raises BadInput, naming the phrase, for what a phrase cannot hold and for one with nothing to search for.
    """
    if len(text) > MOST_CHARACTERS:
        raise BadInput(
            lazy_gettext("A query has {n} characters.", n=len(text)),
            hint=lazy_gettext("Use at most {n} words.", n=MOST_TERMS),
        )
    shown = _strip_invisible(text)
    folded = unicodedata.normalize("NFKC", shown.translate(_QUOTES)).translate(_DASHES)
    _refuse_operators(folded, shown)
    if folded.count('"') % 2:
        raise BadInput(
            lazy_gettext("In the query “{query}” a quotation mark is not closed.", query=_shorten(shown)),
            hint=lazy_gettext("Close it, or leave it out."),
        )
    return Query(_check_terms(_terms(folded), shown))


def _refuse_operators(text: str, shown: str) -> None:
    bare = re.sub(r'"[^"]*"', " ", text)
    if found := _OPERATOR.search(bare):
        leaves = "" if found[1] == "OR" else lazy_gettext("A topic leaves words out with `exclude`.")
        raise BadInput(
            lazy_gettext(
                "The query “{query}” uses {word}, which a query here cannot have.", query=_shorten(shown), word=found[1]
            ),
            hint=join_sentences(lazy_gettext("Give each alternative as a query of its own."), leaves),
        )
    if found := _FIELD.search(bare):
        raise BadInput(
            lazy_gettext(
                "The query “{query}” uses the field prefix “{prefix}”, which a query here cannot have.",
                query=_shorten(shown),
                prefix=found[1],
            ),
            hint=lazy_gettext(
                "Give words only: they are looked for in titles and abstracts. A topic takes `categories`."
            ),
        )


def _terms(text: str) -> list[str]:
    """The terms in order, each once; grammar words only where quoted, or capitals amid small letters (US, IT, WHO)."""
    found = [(_clean_term(q or w), bool(q)) for q, w in _SPLIT.findall(text) if w != "AND"]
    shouted = text.isupper()
    return unique_terms(
        term
        for term, quoted in found
        if term and (quoted or not is_stop(term) or (len(term) > 1 and term.isupper() and not shouted))
    )


def _clean_term(text: str) -> str:
    """A term without signs: hyphens stay (text-to-image), all others part words, so that f(R) is "f R"."""
    pieces = ["-".join(_PART.findall(piece)) for piece in re.split(r"[^\w\-'’.+#]+", text)]
    return " ".join(piece for piece in pieces if piece)


def _check_terms(terms: Sequence[str], shown: str) -> tuple[str, ...]:
    if not terms:
        raise BadInput(
            lazy_gettext("The query “{query}” holds no word to search for.", query=_shorten(shown)),
            hint=lazy_gettext("Give one or more technical terms."),
        )
    if foreign := [term for term in terms if not _LATIN_OR_GREEK.search(term)]:
        raise BadInput(
            lazy_gettext(
                "The query “{query}” holds “{term}”, and arXiv's papers are in English.",
                query=_shorten(shown),
                term=_shorten(foreign[0]),
            ),
            hint=lazy_gettext('Give the terms in English, such as "image generation".'),
        )
    if len(terms) > MOST_TERMS:
        raise BadInput(
            lazy_gettext(
                "The query “{query}” has {n} terms; a paper must have every one of them.",
                query=_shorten(shown),
                n=len(terms),
            ),
            hint=lazy_gettext("Use at most {n}; 2 to 4 find most.", n=MOST_TERMS),
        )
    if long := [term for term in terms if len(term) > MOST_TERM_CHARACTERS]:
        raise BadInput(
            lazy_gettext("The term “{term}” is too long.", term=_shorten(long[0])),
            hint=lazy_gettext("At most {n} characters.", n=MOST_TERM_CHARACTERS),
        )
    return tuple(terms)


def _shorten(text: str) -> str:
    return text if len(text) <= 80 else f"{text[:79]}…"


def queries_for(question: str, given: Sequence[str], model: QueryModel) -> Answer[tuple[Query, ...]]:
    """The given queries where there are any (no model is asked), else the model's; each once, in order.

    Raises BadInput where a given query is bad, or where the model found nothing to search for.
    """
    if len(given) > MOST_QUERIES:
        raise BadInput(
            lazy_gettext("{n} queries were given.", n=len(given)),
            hint=lazy_gettext("Give at most {n}.", n=MOST_QUERIES),
        )
    if given:
        return Answer(_unique_queries(parse_query(text) for text in given), Usage("queries", "given", calls=0))
    answer = model.phrases(question)
    return Answer(_parse_model_phrases(answer.value), answer.usage)


def _parse_model_phrases(queries: Iterable[Query]) -> tuple[Query, ...]:
    """A model's phrases are untrusted: each is read as a user's would be, and one that is refused is left out."""
    good = []
    for query in queries:
        try:
            good.append(parse_query(query.text))
        except BadInput:
            continue
    if not good:
        raise BadInput(
            lazy_gettext("No search words were found in the question."),
            hint=lazy_gettext("Give some with --query."),
            for_readers=lazy_gettext("Name the topic in English words, such as “image generation”."),
        )
    return _unique_queries(good)[:MOST_QUERIES]


def _unique_queries(queries: Iterable[Query]) -> tuple[Query, ...]:
    """Each query once: the same words in another order or inflection are the same query."""
    first: dict[frozenset[tuple[str, ...]], Query] = {}
    for query in queries:
        first.setdefault(frozenset(tuple(stems(term)) for term in query.terms), query)
    return tuple(first.values())


def find_queries(
    question: str,
    given: Sequence[str],
    model: QueryModel,
    spare: QueryModel | None,
    texts: ModelTexts,
    executor: Executor,
    run: RunContext,
) -> tuple[Query, ...]:
    """Those given, those kept from an earlier run, the model's, or those of `spare` where it failed.

    Raises BadInput (nothing to search for), ModelError (no queries could be had), Cancelled.
    """
    with run.stage("queries") as stage:
        cached = _CachingQueryModel(model, spare, texts, executor, run)
        queries = run.count_and_unwrap(queries_for(question, given, cached))
        stage.detail = " · ".join(query.text for query in queries)
    return queries


class _CachingQueryModel:
    """The `QueryModel` of one run: it remembers, and has another to fall back on."""

    def __init__(
        self, model: QueryModel, spare: QueryModel | None, texts: ModelTexts, executor: Executor, run: RunContext
    ) -> None:
        self.model, self.prompt_hash = model.model, model.prompt_hash
        self._model, self._spare, self._texts, self._executor, self._run = model, spare, texts, executor, run

    def phrases(self, question: str) -> Answer[tuple[Query, ...]]:
        key = fingerprint("queries", self.model, self.prompt_hash, question)
        if (kept := self._texts.get(key)) is not None:
            return Answer(_decode(kept), Usage("queries", self.model, calls=0))
        try:
            return self._ask_in_worker(question, key)
        except PaperRouteError as error:
            if self._spare is None or is_fatal(error):
                raise
            return self._ask_spare(self._spare, question, error)

    def _ask_in_worker(self, question: str, key: str) -> Answer[tuple[Query, ...]]:
        """So that a cancelled run need not wait for the answer."""
        future = self._executor.submit(self._ask_and_keep, question, key)
        return next(self._run.as_done([future])).result()

    def _ask_and_keep(self, question: str, key: str) -> Answer[tuple[Query, ...]]:
        answer = self._model.phrases(question)
        self._texts.add(key, "queries", self.model, _encode(answer.value))
        return answer

    def _ask_spare(self, spare: QueryModel, question: str, error: PaperRouteError) -> Answer[tuple[Query, ...]]:
        self._run.count(failure_usage(error))
        answer = spare.phrases(question)
        detail = lazy_gettext("The search words are the question's own, because: {error}", error=error.text)
        self._run.add_health("queries", ok=False, detail=detail)
        return answer


def _encode(queries: tuple[Query, ...]) -> str:
    return json.dumps([query.terms for query in queries], ensure_ascii=False)


def _decode(text: str) -> tuple[Query, ...]:
    return tuple(Query(tuple(terms)) for terms in json.loads(text))
